"""A county that keeps children until eighteen: whom it warns of, who leaves, who is counted."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from handlers.children import summary
from policy.summary import ALL, Caliber
from storage.work import Reading, Work
from tests.fakes.house import House, open_house

CHINA = timezone(timedelta(hours=8))
BEGAN = datetime(2026, 11, 20, 9, 0, tzinfo=CHINA)
#: Who turns sixteen, and who turns eighteen, within sixty days.
CHILDREN = {"王十六": "2010-12-20", "李十八": "2009-01-05"}
#: The age at which children leave, and of whom the county hears.
COUNTIES = {16: "王十六", 18: "李十八"}


@pytest.fixture(params=[16, 18])
async def county(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[tuple[House, int]]:
    """A house of a county where children leave at this age."""
    async with open_house(tmp_path, began=BEGAN) as house:
        policy, years = house.rules.policy, int(request.param)
        limits = {**policy.limits, "leaves_register_at": years}
        house.rules.follow(replace(policy, limits=limits))
        await house.store.write(_settle)
        yield house, years


async def test_the_township_is_warned_of_whoever_reaches_the_age(
    county: tuple[House, int],
) -> None:
    house, years = county
    await house.bells.morning()
    await house.settled()
    assert _newest(house) == f"青石镇：60 天之内有 1 个孩子满 {years} 岁，请早作安排。"
    supervisor = await house.visitor("督导员")
    await supervisor.says("快满年龄的孩子")
    await house.settled()
    card = house.paper.to("督导员")[-1].card
    assert card.text == f"1 个孩子快满 {years} 岁了，点开看："
    (named, *_) = [button.label for button in card.buttons()]
    assert named.startswith(COUNTIES[years])


async def test_whoever_is_of_age_leaves_and_nobody_before(county: tuple[House, int]) -> None:
    house, years = county
    name = COUNTIES[years]
    other = f"满 {34 - years} 岁了"
    await _opens_departure(house, name)
    labels = [button.label for button in house.paper.to("督导员")[-1].card.buttons()]
    assert f"满 {years} 岁了" in labels
    # A child of sixteen stays where children leave at eighteen.
    assert (other in labels) is (years == 16)
    assert "还没满" in await _says(house, f"满 {years} 岁了", "今天", "跳过", "发出去")
    await house.leap(timedelta(days=60))
    await _opens_departure(house, name)
    told = await _says(house, f"满 {years} 岁了", "今天", "跳过", "发出去")
    assert f"满 {years} 岁" in told
    assert await house.store.read(_active) == {*CHILDREN} - {name}


@pytest.mark.parametrize(("caliber", "november", "january"), [(16, 1, 0), (18, 2, 1)])
async def test_the_official_table_counts_up_to_both_ages(
    county: tuple[House, int], caliber: Caliber, november: int, january: int
) -> None:
    house, _ = county
    assert await house.store.read(_counter(house, caliber)) == november
    # By then one is sixteen, the other eighteen.
    house.clock.moment[0] += timedelta(days=60)
    assert await house.store.read(_counter(house, caliber)) == january


# -- steps ---------------------------------------------------------------------------------------


def _settle(work: Work) -> None:
    group = work.areas.search("青石镇河湾村一组")[0].id
    for name, born in CHILDREN.items():
        values = {"name": name, "sex": "male", "birth_date": born, "labels": "left_behind"}
        work.children.add(group, values, source="roster", by=0)


async def _opens_departure(house: House, name: str) -> None:
    """The supervisor opens a child's file, and says that nobody need look after them any more."""
    await _says(house, "找孩子", name)
    shown = house.paper.to("督导员")[-1].card.buttons()
    wanted = next(button.label for button in shown if button.label.startswith(name))
    await _says(house, wanted, "核对名册", "不用再管了，或者搬走了")


async def _says(house: House, *said: str) -> str:
    supervisor = await house.visitor("督导员")
    for one in said:
        await supervisor.says(one)
        await house.settled()
    return _newest(house)


def _newest(house: House) -> str:
    return house.paper.to("督导员")[-1].card.text


def _active(reading: Reading) -> set[str]:
    children = reading.children.page(0, 10)
    return {one.values["name"] for one in children if one.status == "active"}


def _counter(house: House, caliber: Caliber) -> Callable[[Reading], int]:
    """How many children the county's table of the day counts."""

    def counted(reading: Reading) -> int:
        day = house.clock.moment[0].date()
        asked = summary.Asked(area=reading.areas.roots()[0].id, day=day, caliber=caliber)
        table = summary.counted(reading, house.rules, asked)
        return table.total.counts[ALL] or 0

    return counted

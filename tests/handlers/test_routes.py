"""收不到报告的岗位: the county hears at once when a post falls silent, and once a week of all."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from handlers.reaching import routes
from storage.reaching.route_gaps import RouteGap
from storage.sealing import KeyRing
from storage.work import Reading, Work
from tests.fakes.house import LATER, House, open_house

#: A Friday morning, ten o'clock in the county.
BEGAN = datetime(2026, 11, 20, 2, tzinfo=UTC)
OPENED, WEEK = "没有人收得到紧急报告", "这星期核对了一遍"


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    file = tmp_path / "keys" / "house.keys"
    file.parent.mkdir()
    KeyRing.create(file)
    async with open_house(tmp_path, began=BEGAN, url=database_url) as opened:
        for name in LATER:
            await opened.visitor(name)
        yield opened


async def test_what_was_so_before_the_first_look_is_no_news(house: House) -> None:
    await look(house)
    await look(house)
    assert told(house, OPENED) == []
    gaps = await house.store.read(lambda reading: reading.route_gaps.open())
    assert gaps


async def test_when_the_last_one_of_a_post_is_not_reached_the_county_hears_at_once(
    house: House,
) -> None:
    await look(house)
    await reached(house, "派出所", False)
    await look(house)
    await look(house)
    first = told(house, OPENED)
    assert {one[0] for one in first} == {"县民政", "管理员"}
    assert len(first) == 2
    assert first[0][1].splitlines()[1] == "青石镇 派出所：一直没有人"
    # Reached again, and silent once more: it is news once more.
    await reached(house, "派出所", True)
    await look(house)
    await reached(house, "派出所", False)
    await look(house)
    assert len(told(house, OPENED)) == 4


async def test_whoever_is_told_of_no_report_is_no_news(house: House) -> None:
    await look(house)
    for name in ("教师", "网格员"):
        await reached(house, name, False)
    await look(house)
    assert told(house, OPENED) == []


async def test_a_shift_closes_the_gap_of_the_nights_alone(house: House) -> None:
    await reached(house, "派出所", False)
    await look(house)
    officer, helper = await person(house, "派出所"), await person(house, "副镇长")
    gap = await gap_of(house, "police_station")
    assert gap is not None
    assert "office" in gap.hours

    def shift(work: Work) -> None:
        until = work.now + timedelta(days=3)
        work.shifts.add(gap.area_id, gap.role, helper, work.now, until, by=officer)

    await house.store.write(shift)
    await look(house)
    after = await gap_of(house, "police_station")
    assert after is not None
    assert "office" in after.hours
    assert not {"night", "weekend"} & set(after.hours)


async def test_one_card_of_the_week_goes_to_the_county(house: House) -> None:
    await look(house)
    house.clock.moment[0] = datetime(2026, 11, 23, 1, 10, tzinfo=UTC)
    for _ in range(4):
        await house.bells.morning()
        house.clock.moment[0] += timedelta(days=1)
    await house.settled()
    assert sorted(one[0] for one in told(house, WEEK)) == sorted(["县民政", "管理员"])
    house.clock.moment[0] = datetime(2026, 11, 30, 1, 10, tzinfo=UTC)
    await house.bells.morning()
    await house.settled()
    assert len(told(house, WEEK)) == 4


async def test_each_manager_sees_the_gaps_of_their_own_places(house: House) -> None:
    await look(house)
    seen = {}
    for name in ("县民政", "督导员", "教师"):
        visitor = await house.visitor(name)
        before = len(house.paper.to(name))
        await visitor.says("我的")
        await house.settled()
        labels = [b.label for row in house.paper.to(name)[-1].card.rows for b in row]
        seen[name] = any("等您答复" in one for one in labels)
        assert len(house.paper.to(name)) > before
    assert seen == {"县民政": True, "督导员": True, "教师": False}
    supervisor = await house.visitor("督导员")
    for label in ("等您答复的（1）",):
        await supervisor.taps(label)
        await house.settled()
    await supervisor.says("1")
    await house.settled()
    text = house.paper.to("督导员")[-1].card.text
    assert "儿童主任" in text
    assert "云岭县" not in text
    assert "云峰乡" not in text


async def test_a_look_at_a_county_of_three_hundred_villages_asks_a_few_sets(house: House) -> None:
    def asked(reading: Reading) -> int:
        counted = 0
        real = reading.db.all

        def counting(*args: object, **values: object) -> object:
            nonlocal counted
            counted += 1
            return real(*args, **values)  # type: ignore[arg-type]

        reading.db.all = counting  # type: ignore[method-assign,assignment]
        try:
            routes.look(reading, house.rules)
        finally:
            del reading.db.all
        return counted

    # Posts, reach and gaps once; shifts and leave for each hour and the openings after them.
    assert await house.store.read(asked) <= 3 + 2 * 7


async def look(house: House) -> None:
    await house.bells.check_routes()
    await house.settled()


def told(house: House, what: str) -> list[tuple[str, str]]:
    return [(one.address, one.card.text) for one in house.paper.sent if what in one.card.text]


async def person(house: House, name: str) -> int:
    def known(reading: Reading) -> int:
        speaker = reading.people.speaker("paper", name)
        assert speaker is not None
        return speaker.person_id

    return await house.store.read(known)


async def reached(house: House, name: str, is_so: bool) -> None:
    def mark(work: Work) -> None:
        speaker = work.people.speaker("paper", name)
        assert speaker is not None
        work.people.mark_reachable(speaker.contact_id, is_so)

    await house.store.write(mark)


async def gap_of(house: House, role: str) -> RouteGap | None:
    gaps = await house.store.read(lambda reading: reading.route_gaps.open())
    town = await house.store.read(lambda reading: reading.areas.search("青石镇")[0].id)
    return next(
        (
            one
            for one in gaps
            if one.role == role and (role != "police_station" or one.area_id == town)
        ),
        None,
    )

"""The official table of a past day, by the places as they lay on that day."""

from collections.abc import Mapping
from datetime import date, timedelta

import pytest

from bot.county.rules import read_rules
from bot.settings import read_settings
from handlers.children import summary
from handlers.rules import Rules
from policy.areas import AreaRow
from policy.summary import ALL
from storage.store import Store
from storage.work import Reading, Work
from tests.fakes.clock import FakeClock

DAY = timedelta(days=1)
COUNTY, FIRST, SECOND = 1, 2, 3
CHILD = {"labels": "left_behind", "birth_date": "2016-09-01"}


@pytest.fixture
def rules() -> Rules:
    """New for each test: the ledger in it knows one register."""
    return read_rules(read_settings())


def county(*rows: AreaRow) -> list[AreaRow]:
    """云岭县 with two townships, and villages."""
    return [
        AreaRow(id=COUNTY, parent_id=None, kind="county", name="云岭县"),
        AreaRow(id=FIRST, parent_id=COUNTY, kind="town", name="青石镇"),
        AreaRow(id=SECOND, parent_id=COUNTY, kind="town", name="白水镇"),
        *rows,
    ]


def village(number: int, town: int, name: str, *former: str) -> AreaRow:
    return AreaRow(id=number, parent_id=town, kind="village", name=name, aliases=former)


def shown(reading: Reading, rules: Rules, area: int, day: date) -> Mapping[str, int]:
    """The lines of the table, by place, and how many children each has."""
    table = summary.counted(reading, rules, summary.Asked(area=area, day=day))
    assert table.holds
    return {row.name: row.counts[ALL] or 0 for row in table.rows}


async def test_the_table_of_a_past_day_keeps_the_places_of_that_day(
    store: Store, rules: Rules, clock: FakeClock
) -> None:
    def begin(work: Work) -> dict[int, int]:
        kept = work.places.replace(
            county(
                village(4, FIRST, "河湾村"),
                village(5, FIRST, "上河村"),
                village(6, SECOND, "大塘村"),
            )
        )
        for place, count in ((4, 1), (5, 2), (6, 3)):
            for number in range(count):
                values = {"name": f"孩{number}", **CHILD}
                work.children.add(kept[place], values, source="roster", by=0)
        return kept

    def change(work: Work) -> None:
        """河湾村 goes to the other township, 上河村 becomes part of 大塘村, 新村 is new."""
        work.places.replace(
            county(
                village(4, SECOND, "河湾村"),
                village(6, SECOND, "大塘村", "青石镇上河村"),
                village(7, FIRST, "新村"),
            )
        )

    kept = await store.write(begin)
    before = clock().astimezone(rules.zone).date()

    async def seen(area: int, day: date) -> Mapping[str, int]:
        return await store.read(lambda reading: shown(reading, rules, kept[area], day))

    then = {area: await seen(area, before) for area in (COUNTY, FIRST, SECOND)}
    assert then[FIRST] == {"河湾村": 1, "上河村": 2}
    clock.passes(2 * DAY)
    await store.write(change)
    today = clock().astimezone(rules.zone).date()
    assert await seen(COUNTY, today) == {"青石镇": 0, "白水镇": 6}
    assert await seen(FIRST, today) == {"新村": 0}
    assert await seen(SECOND, today) == {"河湾村": 1, "大塘村": 5}
    for day in (before, today - DAY):
        assert {area: await seen(area, day) for area in then} == then
    # So it is for a process that counts the register only now.
    fresh = read_rules(read_settings())
    for area, lines in then.items():
        counted = await store.read(
            lambda reading, area=area: shown(reading, fresh, kept[area], before)  # type: ignore[misc]
        )
        assert counted == lines


async def test_a_name_of_a_past_day_and_a_place_that_came_back(
    store: Store, rules: Rules, clock: FakeClock
) -> None:
    first = county(village(4, FIRST, "河湾村"), village(5, FIRST, "上河村"))
    tables = [
        first,
        county(village(4, FIRST, "河湾社区", "河湾村")),
        county(village(4, FIRST, "河湾社区"), village(5, FIRST, "上河村")),
    ]
    days = []
    for table in tables:
        kept = await store.write(lambda work, table=table: work.places.replace(table))  # type: ignore[misc]
        days.append(clock().astimezone(rules.zone).date())
        clock.passes(2 * DAY)
    names = [
        [*await store.read(lambda reading, day=day: shown(reading, rules, kept[FIRST], day))]  # type: ignore[misc]
        for day in days
    ]
    assert names == [["河湾村", "上河村"], ["河湾社区"], ["河湾社区", "上河村"]]

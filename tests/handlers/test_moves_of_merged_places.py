"""Who came, who went and who was there in a span in which places became part of others, or came
to stand by themselves again.

A place that took others in is what it is today, also for the time before: nobody came who was
only counted under another name, and whoever came to either of them came.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Protocol

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.commands.handing_over import office_turn
from bot.county.rules import read_rules
from bot.settings import read_settings
from handlers.catching_up import catch_up
from handlers.rules import Rules
from handlers.supervision import figures
from handlers.turn import Turn
from policy.areas import AreaRow
from storage.sealing import KeyRing
from storage.store import Store
from storage.supervision.spans import MICROSECOND, Span
from storage.work import Work
from tests.fakes.clock import FakeClock

RULES = read_rules(read_settings())
DAY = timedelta(days=1)
COUNTY, TOWN, OTHER_TOWN, RIVER, UPPER, POND = range(1, 7)
#: Of the villages and of the second township: whether it became part of another by now.
Merged = tuple[bool, bool]


def table(merged: Merged) -> list[AreaRow]:
    """The county, with 上河村 part of 河湾村 and 白水镇 of 青石镇, or not."""
    village, town = merged
    pond = TOWN if town else OTHER_TOWN
    rows = [
        AreaRow(id=COUNTY, parent_id=None, kind="county", name="云岭县"),
        AreaRow(
            id=TOWN,
            parent_id=COUNTY,
            kind="town",
            name="青石镇",
            aliases=("白水镇",) if town else (),
        ),
        AreaRow(
            id=RIVER,
            parent_id=TOWN,
            kind="village",
            name="河湾村",
            aliases=("上河村",) if village else (),
        ),
        AreaRow(id=POND, parent_id=pond, kind="village", name="大塘村"),
    ]
    if not village:
        rows.append(AreaRow(id=UPPER, parent_id=pond, kind="village", name="上河村"))
    if not town:
        rows.insert(2, AreaRow(id=OTHER_TOWN, parent_id=COUNTY, kind="town", name="白水镇"))
    return rows


class County:
    """The places by their numbers above, the children, and what was merged."""

    def __init__(self, ids: Mapping[int, int]) -> None:
        self.ids = {**ids}
        self.children: list[int] = []
        self.merged: Merged = (False, False)

    def stands(self, place: int) -> bool:
        """False for what became part of another."""
        gone = dict(zip((UPPER, OTHER_TOWN), self.merged, strict=True))
        return not gone.get(place, False)


class Deed(Protocol):
    def __call__(self, work: Work, here: County) -> None: ...


def _enter(place: int) -> Deed:
    def deed(work: Work, here: County) -> None:
        if here.stands(place):
            values = {"name": f"孩{len(here.children)}"}
            here.children.append(work.children.add(here.ids[place], values, source="roster", by=0))

    return deed


def _go(which: int, place: int) -> Deed:
    """Leave, come back, or move to a place."""

    def deed(work: Work, here: County) -> None:
        known = (
            work.children.get(here.children[which % len(here.children)]) if here.children else None
        )
        if known is None:
            return
        if known.status == "left":
            work.children.come_back(known.id, by=0)
        elif place == COUNTY:
            work.children.leave(known.id, "parent_home", work.now.date(), by=0)
        elif here.stands(place):
            work.children.move(known.id, here.ids[place], by=0)

    return deed


def _change(which: int) -> Deed:
    def deed(work: Work, here: County) -> None:
        if here.children:
            child = here.children[which % len(here.children)]
            work.children.change(child, {"address": f"{work.now}"}, source="visit", by=0)

    return deed


def _rearrange(village: bool, town: bool) -> Deed:
    """They become part of another, or stand by themselves again."""

    def deed(work: Work, here: County) -> None:
        if here.merged != (village, town):
            here.merged = (village, town)
            here.ids |= work.places.replace(table(here.merged))

    return deed


PLACES = (TOWN, OTHER_TOWN, RIVER, UPPER, POND)
DEEDS = st.one_of(
    st.builds(_enter, st.sampled_from(PLACES)),
    st.builds(_go, st.integers(0, 4), st.sampled_from((COUNTY, *PLACES))),
    st.builds(_change, st.integers(0, 4)),
    st.builds(_rearrange, st.booleans(), st.booleans()),
)


def counted(turn: Turn, here: County, place: int, span: Span) -> list[tuple[int, bool]]:
    """The same by replaying each child to both ends of the span."""
    was, now = (there(turn, here, place, moment) for moment in (span.since, span.until))
    return [(child, child in now) for child in sorted(was ^ now)]


def there(turn: Turn, here: County, place: int, moment: datetime) -> set[int]:
    """Who was in the register of a place."""
    tree, found = turn.work.areas, set[int]()
    for child in here.children:
        then = turn.work.children.as_of(child, moment)
        if then and then.status == "active" and tree.is_within(then.area_id, here.ids[place]):
            found.add(child)
    return found


def spans(turn: Turn, days: Sequence[datetime]) -> Iterator[Span]:
    """From the end of each day before to the end of each later one, and until now."""
    zone = turn.rules.zone
    on = sorted({day.astimezone(zone).date() for day in days})
    ends = [datetime.combine(day, datetime.min.time(), zone) - MICROSECOND for day in on]
    for since in ends:
        for until in (*ends, turn.work.now):
            if since < until:
                yield Span(since, until)


#: A file of its own for each example.
NUMBERS = count()


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(
    deeds=[
        (_enter(TOWN), 0),
        (_enter(UPPER), 1),
        (_rearrange(village=True, town=False), 1),
        (_rearrange(village=False, town=False), 1),
    ]
)
@given(deeds=st.lists(st.tuples(DEEDS, st.integers(0, 2)), min_size=4, max_size=14))
def test_whoever_came_and_went_is_whoever_counts_at_one_end_and_not_at_the_other(
    deeds: list[tuple[Deed, int]], sqlite_url: str, keys: KeyRing, clock: FakeClock
) -> None:
    empty = Path(sqlite_url.removeprefix("sqlite:///"))
    mine = shutil.copy(empty, empty.with_name(f"{next(NUMBERS)}.db"))
    opened = Store.open(f"sqlite:///{mine}", keys, clock, readers=1)
    try:
        _holds(opened, deeds, clock)
    finally:
        opened.close()


def _rules() -> Rules:
    """With a ledger that knows no register yet."""
    return replace(RULES)


def _holds(store: Store, deeds: list[tuple[Deed, int]], clock: FakeClock) -> None:
    kept = _rules()
    here = County(store.write(lambda work: work.places.replace(table((False, False)))).result())
    days = [clock()]
    for deed, passed in deeds:
        store.write(lambda work, deed=deed: deed(work, here)).result()  # type: ignore[misc]
        store.read(lambda reading: catch_up(reading, kept.ledger.step)).result()
        clock.passes(passed * DAY + timedelta(minutes=1))
        days.append(clock())

    def same(work: Work) -> None:
        for rules in (kept, _rules()):
            turn = office_turn(work, rules)
            for place in (COUNTY, *filter(here.stands, PLACES)):
                area = here.ids[place]
                for span in spans(turn, days):
                    told = figures.changes(turn, area, span)
                    assert [(child, came) for child, _, came in told] == counted(
                        turn, here, place, span
                    )
                    then = figures.children_then(turn, area, span)
                    assert sum(then.values()) == len(there(turn, here, place, span.until))
                    day = span.until.astimezone(rules.zone).date()
                    homes = rules.ledger.children(work.areas, day, work.now)
                    inside = work.areas.descendants(area)
                    assert sum(homes.get(one, 0) for one in inside) == sum(then.values())

    store.write(same).result()

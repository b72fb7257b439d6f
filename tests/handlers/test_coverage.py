"""How far the work reaches, and how cases stand after their end, as a handler counts them."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import pytest

import policy
from handlers import talk
from handlers.rules import Rules
from handlers.supervision import coverage, outcomes
from handlers.turn import Turn
from policy.tables import load_policy
from policy.words import Words
from storage.people.people import NOBODY
from storage.store import Store
from storage.supervision.spans import Span
from storage.work import Work
from tests.fakes.clock import FakeClock
from tests.fakes.house import House, open_house
from tests.storage.test_coverage import a_case
from tests.storage.test_figures import visited
from tests.storage.village import settled

DAY, BEGAN = timedelta(days=1), datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
HERE = Path(policy.__file__).parent


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, began=BEGAN) as opened:
        yield opened


def rules() -> Rules:
    zone = ZoneInfo("Asia/Shanghai")
    return Rules(policy=load_policy(HERE), words=cast("Words", None), zone=zone)


def turn(work: Work, of: Rules) -> Turn:
    at = work.now.astimezone(of.zone)
    return Turn(work=work, rules=of, speaker=NOBODY, at=at, finish=talk.finish)


async def test_whether_it_helped_is_what_those_say_who_can_know(
    store: Store, clock: FakeClock
) -> None:
    here = await store.write(settled)
    of = rules()
    cases = await store.write(lambda work: [a_case(work, here) for _ in range(5)])

    def end(work: Work) -> None:
        for case in cases:
            work.cases.add_entry(case, "confirm_close", by=here.boss, role="", stage="closed")

    await store.write(end)
    clock.passes(29 * DAY)

    def said(work: Work) -> None:
        work.findings.add(cases[0], "visitor", "yes")
        work.findings.add(cases[0], "child", "yes")
        work.findings.add(cases[1], "visitor", "yes")
        work.findings.add(cases[1], "child", "no")  # the child's no counts as much
        work.cases.add_entry(cases[2], "unsolved", by=0, role="", stage="received")
        work.findings.add(cases[3], "police", "yes")  # knows nothing of it

    await store.write(said)

    def told(work: Work) -> Mapping[str, int]:
        span = Span(work.now - 30 * DAY, work.now)
        return outcomes.counted(turn(work, of), here.county, span)

    clock.passes(3 * DAY)
    assert (await store.write(told))["after_30"] == 0  # visits of that day are still waited for
    clock.passes(5 * DAY)
    numbers = await store.write(told)
    assert {key: count for key, count in numbers.items() if key.endswith("_30")} == {
        "after_30": 5,
        "better_30": 1,
        "worse_30": 2,
        "unknown_30": 2,
    }
    assert numbers["after_90"] == 0

    def lists(work: Work) -> list[set[int]]:
        here_now, span = turn(work, of), Span(work.now - 30 * DAY, work.now)
        keys = ("after_30", "better_30", "worse_30", "unknown_30")
        return [set(outcomes.listed(here_now, key, here.county, span)) for key in keys]

    every, better, worse, unknown = await store.write(lists)
    assert every == set(cases)
    assert (better, worse) == ({cases[0]}, set(cases[1:3]))
    assert better | worse | unknown == every
    clock.passes(timedelta(hours=1))
    # What is said later changes nothing of what was told.
    await store.write(lambda work: work.findings.add(cases[0], "reporter", "no"))
    assert await store.write(told) == numbers


async def test_a_day_that_is_over_keeps_who_was_there(store: Store, clock: FakeClock) -> None:
    here = await store.write(settled)
    of = rules()

    def enter(work: Work) -> list[int]:
        places = (here.group, here.group, here.elsewhere)
        return [
            work.children.add(at, {"name": f"孩{n}"}, source="roster", by=0)
            for n, at in enumerate(places)
        ]

    ids = await store.write(enter)
    clock.passes(100 * DAY)

    def counted(work: Work, ago: int) -> tuple[int, set[int]]:
        until = work.now - ago * DAY
        span = Span(until - 30 * DAY, until)
        here_now = turn(work, of)
        return (
            coverage.of_children(here_now, here.town, span)["stale"],
            set(coverage.listed(here_now, "stale", here.town, span)),
        )

    assert await store.write(partial(counted, ago=0)) == (2, set(ids[:2]))
    clock.passes(2 * DAY)

    def go_on(work: Work) -> None:
        visited(work, ids[1], "done", alone=False)
        work.children.leave(ids[0], "parent_home", work.now.date(), by=0)
        work.children.add(here.group, {"name": "新来的"}, source="roster", by=0)

    await store.write(go_on)
    clock.passes(timedelta(hours=1))
    assert await store.write(partial(counted, ago=0)) == (0, set())
    assert await store.write(partial(counted, ago=2)) == (2, set(ids[:2]))


async def test_of_a_large_place_a_turn_counts_nothing_itself(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coverage, "LARGE", -1)
    visitor = await house.visitor("督导员")
    await visitor.says("统计")
    await house.settled()
    await visitor.taps("覆盖和及时")
    await house.settled()
    card = house.paper.to("督导员")[-1].card
    assert "建了全档的（建档率）" in card.text
    label = next(one.label for one in card.buttons() if one.label.startswith("没有儿童主任的村"))
    await visitor.taps(label)
    await house.settled()
    card = house.paper.to("督导员")[-1].card
    assert "到这天为止没有人任儿童主任" in card.text

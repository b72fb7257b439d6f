"""Whom the work reached, asked alike of both engines."""

from datetime import timedelta
from functools import partial

from storage.cases.case import Owner
from storage.reporting.reports import ReportIn
from storage.store import Store
from storage.supervision.spans import Span
from storage.work import Work
from tests.fakes.clock import FakeClock
from tests.storage.test_figures import duty, ended, visited
from tests.storage.village import Village, settled

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def three(work: Work) -> tuple[Village, list[int]]:
    here = settled(work)
    places = (here.group, here.group, here.elsewhere)
    ids = [
        work.children.add(at, {"name": f"孩{number}"}, source="roster", by=0)
        for number, at in enumerate(places)
    ]
    return here, ids


def stale(work: Work, area: int, days: int, ids: list[int] | None = None) -> set[int]:
    last, long = work.now.date(), days * DAY
    span = Span(work.now - long, work.now)
    found = work.coverage.stale((last - long, last), span, 0 if ids else area, ids or ())
    return set(found)


async def test_a_file_is_fresh_when_it_was_changed_or_the_child_visited(
    store: Store, clock: FakeClock
) -> None:
    here, ids = await store.write(three)
    assert await store.write(lambda work: stale(work, here.county, 92)) == set()
    clock.passes(100 * DAY)

    def later(work: Work) -> None:
        assert stale(work, here.county, 92) == set(ids)
        assert stale(work, here.town, 92) == set(ids[:2])
        visited(work, ids[0], "done", alone=False)
        visited(work, ids[1], "failed", alone=False)
        work.children.change(ids[2], {"nickname": "小石头"}, source="correction", by=0)

    await store.write(later)
    clock.passes(DAY)

    def after(work: Work) -> None:
        assert stale(work, here.county, 92) == {ids[1]}
        assert stale(work, here.county, 92, ids) == {ids[1]}
        was = Span(work.now - 93 * DAY, work.now - DAY - HOUR)
        days = (was.since.date(), was.until.date() - DAY)
        assert set(work.coverage.stale(days, was, here.county)) == set(ids)

    await store.write(after)


async def test_two_periods_without_a_look_at_the_child(store: Store, clock: FakeClock) -> None:
    here, ids = await store.write(three)

    def unseen(work: Work) -> set[int]:
        return set(work.coverage.unseen(work.now, here.county))

    def begins(work: Work, number: int) -> list[int]:
        due = 10 * DAY + number * timedelta(minutes=1)
        return [duty(work, here, "visit", "child", child, due) for child in ids[:2]]

    def ends(work: Work, duties: list[int], *, seen: bool) -> None:
        for one in duties:
            ended(work, one)
        visited(work, ids[0], "done", alone=False, seen=seen)
        visited(work, ids[1], "done", alone=False, seen=False)

    told_after = ((True, set[int]()), (False, {ids[1]}), (False, set(ids[:2])))
    for number, (seen, told) in enumerate(told_after):
        duties = await store.write(partial(begins, number=number))
        clock.passes(DAY)
        await store.write(partial(ends, duties=duties, seen=seen))
        clock.passes(11 * DAY)
        assert await store.write(unseen) == told
    # Seen again: no longer two.
    clock.passes(HOUR)
    await store.write(lambda work: visited(work, ids[0], "done", alone=False, seen=True))
    clock.passes(HOUR)
    assert await store.write(unseen) == {ids[1]}

    def before(work: Work) -> None:
        assert work.coverage.unseen(work.now - 3 * HOUR, here.county) == tuple(ids[:2])
        assert work.coverage.unseen(work.now, ids=ids) == (ids[1],)
        assert work.coverage.unseen(work.now, here.elsewhere) == ()

    await store.write(before)


async def test_who_was_to_be_visited_and_who_was(store: Store, clock: FakeClock) -> None:
    here, ids = await store.write(three)

    def begin(work: Work) -> None:
        for child in ids[:2]:
            duty(work, here, "visit", "child", child, DAY)
        ended(work, duty(work, here, "meeting", "case", 1, DAY))

    await store.write(begin)
    clock.passes(2 * DAY)
    await store.write(lambda work: visited(work, ids[0], "done", alone=False))
    clock.passes(DAY)

    def look(work: Work) -> None:
        span = Span(work.now - 30 * DAY, work.now)
        assert work.coverage.due(here.county, span) == (tuple(ids[:2]), (ids[0],))
        assert work.coverage.due(here.elsewhere, span) == ((), ())
        assert work.coverage.homes(here.town, span) == (ids[0],)
        assert work.coverage.by_kind(here.town, span) == {"home": (1, 0)}
        told = [row[:3] for row in work.coverage.of_kinds(here.town, span)]
        assert told == [(ids[0], "home", False)]
        assert work.coverage.by_kind(here.elsewhere, span) == {}
        late = Span(work.now - HOUR, work.now)
        assert work.coverage.due(here.county, late) == ((), ())

    await store.write(look)


async def test_posts_are_counted_as_they_were_held_then(store: Store, clock: FakeClock) -> None:
    here, _ = await store.write(three)
    clock.passes(DAY)

    def end(work: Work) -> None:
        role = next(
            one for one in work.people.roles(here.director) if one.role == "child_director"
        )
        work.people.end_role(role.id)

    await store.write(end)
    clock.passes(DAY)

    def look(work: Work) -> None:
        assert work.coverage.held(here.county, "child_director", work.now) == frozenset()
        before = work.now - DAY - HOUR
        assert work.coverage.held(here.county, "child_director", before) == {here.village}
        assert work.coverage.held(here.elsewhere, "child_director", before) == frozenset()

    await store.write(look)


def a_case(work: Work, here: Village) -> int:
    form = ReportIn(
        kind="report",
        area_id=here.group,
        form_version="v",
        answers="{}",
        grade="red",
        anonymous=False,
    )
    owner = Owner(role="child_supervisor", area_id=here.town, person_id=here.boss)
    return work.cases.open(work.reports.file(form), owner, stage="received", child_id=None).id


async def test_how_soon_the_police_had_it_without_what_is_hidden(
    store: Store, clock: FakeClock
) -> None:
    here, _ = await store.write(three)
    one, other = await store.write(lambda work: (a_case(work, here), a_case(work, here)))
    clock.passes(20 * timedelta(minutes=1))

    def taken(work: Work) -> None:
        for case in (one, other):
            for act in ("police_taken", "police_arrived"):
                work.cases.add_entry(case, act, by=here.boss, role="police", stage="received")
        work.findings.add(one, "police", "yes")
        work.findings.add(other, "police", "unknown")

    await store.write(taken)
    clock.passes(HOUR)

    def look(work: Work) -> None:
        span = Span(work.now - DAY, work.now)
        told = work.coverage.alarmed(here.county, span)
        assert [(case, at - opened) for case, opened, at in told] == [
            (other, 20 * timedelta(minutes=1)),
            (one, 20 * timedelta(minutes=1)),
        ]
        assert [row[0] for row in work.coverage.alarmed(here.town, span, hidden=[one])] == [other]
        early = Span(work.now - DAY, work.now - HOUR - timedelta(minutes=1))
        assert work.coverage.alarmed(here.county, early) == ()
        said = work.findings.of([one, other], work.now)
        assert [(f.who, f.said) for f in said[one]] == [("police", "yes")]
        assert other not in said

    await store.write(look)


async def test_each_end_of_a_case_is_known_whatever_came_of_it(
    store: Store, clock: FakeClock
) -> None:
    here, _ = await store.write(three)
    case = await store.write(lambda work: a_case(work, here))

    def ends(work: Work) -> None:
        work.cases.add_entry(case, "confirm_close", by=here.boss, role="", stage="closed")

    await store.write(ends)
    clock.passes(10 * DAY)

    def again(work: Work) -> None:
        work.findings.add(case, "reporter", "no")
        work.cases.add_entry(case, "unsolved", by=0, role="", stage="received")

    await store.write(again)
    clock.passes(DAY)
    await store.write(ends)
    clock.passes(DAY)

    def look(work: Work) -> None:
        month = Span(work.now - 30 * DAY, work.now)
        assert [row[0] for row in work.findings.closed(here.county, month)] == [case, case]
        assert work.findings.closed(here.county, month, hidden=[case]) == ()
        assert work.findings.closed(here.elsewhere, month) == ()
        [at] = work.findings.taken_up([case], work.now)[case]
        assert work.now - at == 2 * DAY
        assert work.findings.taken_up([case], work.now - 3 * DAY) == {}

    await store.write(look)

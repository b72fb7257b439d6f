"""Numbers of a place, counted by both engines alike."""

from datetime import date, timedelta
from functools import partial

from storage.cases.case import Owner
from storage.cases.duties import DutyIn
from storage.reporting.reports import ReportIn
from storage.store import Store
from storage.supervision.spans import Span
from storage.visiting.visit import Result, VisitIn
from storage.work import Reading, Work
from tests.fakes.clock import FakeClock
from tests.storage.test_school import child_of, class_of_two, noted
from tests.storage.village import Village, settled

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def duty(work: Work, here: Village, kind: str, subject: str, of: int, due: timedelta) -> int:
    set_now = work.duties.set(
        DutyIn(
            key=f"{kind}:{of}:{due}",
            kind=kind,
            subject=subject,
            subject_id=of,
            area_id=here.group,
            grade="yellow",
            person_id=here.director,
            due_at=work.now + due,
            rings_at=None,
        )
    )
    assert set_now is not None
    return set_now


def ended(work: Work, duty_id: int) -> None:
    assert work.duties.end(duty_id, by=1)


def visited(
    work: Work, child: int, result: Result, *, alone: bool, seen: bool | None = None
) -> None:
    work.visits.add(
        VisitIn(
            child_id=child,
            kind="home",
            result=result,
            seen=alone if seen is None else seen,
            alone=alone,
            answers="{}",
            person_id=1,
            on_day=work.now.date(),
            true_at=work.now,
        )
    )


def lately(work: Work, span: timedelta) -> Span:
    return Span(work.now - span, work.now)


def listed(work: Work, figure: str, area: int, span: Span) -> tuple[int, ...]:
    page = work.day_lists.page(figure, area, span, skip=0, count=9)
    assert page is not None
    assert page.of == len(page.rows)
    return tuple(row[0] for row in page.rows)


async def test_visits_children_and_absences_are_counted(store: Store, clock: FakeClock) -> None:
    def begin(work: Work) -> tuple[Village, list[int], int]:
        here = settled(work)
        children = [
            work.children.add(at, {"name": name}, source="roster", by=0)
            for at, name in ((here.group, "甲"), (here.group, "乙"), (here.elsewhere, "丙"))
        ]
        work.children.leave(children[1], "other", work.now.date(), by=0)
        made, (pupil, _) = class_of_two(work, here.director, here.village)
        assert noted(work, made, pupil, here.group, here.director) is not None
        work.children.leave(child_of(work, pupil), "other", work.now.date(), by=0)
        return here, children, duty(work, here, "visit", "child", children[0], DAY)

    here, children, first = await store.write(begin)

    def go_on(work: Work) -> None:
        work.duties.end(first, by=1)  # late
        in_time = duty(work, here, "visit", "child", children[0], 2 * HOUR)
        work.duties.end(in_time, by=1)
        duty(work, here, "visit", "child", children[0], 3 * HOUR)
        visited(work, children[0], "done", alone=True)
        visited(work, children[0], "done", alone=False, seen=True)
        visited(work, children[0], "failed", alone=False)
        visited(work, children[2], "done", alone=True)

    clock.passes(2 * DAY)
    await store.write(go_on)
    clock.passes(2 * DAY)

    def counted(work: Work) -> None:
        assert work.figures.of_children(here.town, lately(work, 30 * DAY)) == {
            "visits_due": 3,
            "visits_in_time": 1,
            "visits_late": 1,
            "visits_failed": 1,
            "visits_done": 2,
            "child_seen": 2,
            "seen_alone": 1,
            "returned": 0,
        }
        now = {"children": 1, "visits_overdue": 1, "absent": 1}
        assert work.figures.children_now(here.town) == now
        assert work.figures.children_now(here.county)["children"] == 2
        which = partial(work.figures.which, skip=0, count=9)
        assert which("children", here.county) == (children[0], children[2])
        assert work.figures.which("children", here.county, skip=1, count=9) == (children[2],)
        assert which("visits_overdue", here.town) == (children[0],)
        assert len(which("absent", here.town)) == 1
        assert which("absent", here.elsewhere) == ()

    await store.write(counted)


async def test_who_is_of_school_age_by_the_month_of_birth(store: Store) -> None:
    def play(work: Work) -> None:
        here = settled(work)
        born = ("2020-12-01", "2020-11-30", "2011-12-01", "2011-11-30", "")
        ids = [
            work.children.add(
                here.group, {"name": f"甲{at}", "birth_date": day}, source="roster", by=0
            )
            for at, day in enumerate(born)
        ]
        today, ages = date(2026, 11, 23), (6, 15)
        for place in (here.town, here.county):
            assert work.figures.of_school_age(place, ages, today) == 2
        assert work.figures.of_school_age(here.elsewhere, ages, today) == 0
        page = {"skip": 0, "count": 9}
        assert set(work.figures.who_is_of_school_age(here.town, ages, today, **page)) == {
            *ids[1:3]
        }

    await store.write(play)


async def test_open_cases_and_how_long_their_steps_took(store: Store, clock: FakeClock) -> None:
    def begin(work: Work) -> tuple[Village, list[int]]:
        here = settled(work)
        form = ReportIn(
            kind="report",
            area_id=here.group,
            form_version="v",
            answers="{}",
            grade="red",
            anonymous=False,
        )
        owner = Owner(role="child_director", area_id=here.village, person_id=here.director)
        filed = work.reports.file(form)
        case = work.cases.open(filed, owner, stage="received", child_id=None)
        duties = [
            duty(work, here, "acknowledge", "case", case.id, 5 * HOUR + n * timedelta(seconds=1))
            for n in range(10)
        ]
        assert work.figures.cases_now(here.town) == {"cases_red": 1}
        assert work.figures.of_cases(here.town, lately(work, DAY)) == {
            "reports": 1,
            "closed": 0,
            "solved": 0,
            "unsolved": 0,
            "told": 0,
            "told_due": 0,
        }
        assert work.figures.which("cases_red", here.town, skip=0, count=9) == (case.id,)
        assert work.figures.which("cases_blue", here.town, skip=0, count=9) == ()
        return here, duties

    here, duties = await store.write(begin)
    for one in duties:
        clock.passes(HOUR)
        await store.write(partial(ended, duty_id=one))

    def paced(work: Work) -> None:
        told = work.paces.of(here.town, lately(work, DAY))["acknowledge"]
        assert (told.count, told.in_time) == (10, 5)
        assert (told.p50, told.p90) == (5 * HOUR, 9 * HOUR)
        assert work.paces.of(here.elsewhere, lately(work, DAY)) == {}

    await store.write(paced)


async def test_closed_is_counted_apart_from_solved_and_both_open_their_lists(
    store: Store, clock: FakeClock
) -> None:
    def begin(work: Work) -> tuple[Village, list[int]]:
        here = settled(work)
        ids = []
        for _ in range(3):
            filed = work.reports.file(
                ReportIn(
                    kind="report",
                    area_id=here.group,
                    form_version="v",
                    answers="{}",
                    grade="yellow",
                    anonymous=False,
                    circumstances=("alone", "hungry"),
                )
            )
            owner = Owner(role="child_director", area_id=here.village, person_id=here.director)
            ids.append(work.cases.open(filed, owner, stage="assessment", child_id=None).id)
            told = duty(work, here, "feedback", "case", ids[-1], HOUR)
            if len(ids) == 1:
                ended(work, told)
        return here, ids

    here, cases = await store.write(begin)
    clock.passes(2 * HOUR)

    def close(work: Work) -> None:
        for case, solved in zip(cases[:2], ("yes", ""), strict=True):
            assert work.cases.to_stage(case, "closed", was="assessment")
            work.cases.ended(case, "helped", solved)
        work.cases.reopened(cases[1])
        work.cases.add_entry(cases[1], "unsolved", by=0, role="", stage="received")

    await store.write(close)
    clock.passes(HOUR)

    def counted(work: Work) -> None:
        span = lately(work, DAY)
        before = Span(work.now - 2 * DAY, span.since)
        numbers = work.figures.of_cases(here.town, span)
        closed = [one for one in cases if (case := work.cases.get(one)) and not case.is_open]
        assert (numbers["closed"], numbers["solved"]) == (len(closed), 1)
        assert (numbers["reports"], numbers["unsolved"]) == (3, 1)
        assert (numbers["told"], numbers["told_due"]) == (1, 3)
        again = partial(work.figures.which_reopened, skip=0, count=9)
        assert listed(work, "solved", here.town, span) == (cases[0],)
        assert again(here.town, span) == (cases[1],)
        assert again(here.town, before) == ()
        assert not any(work.figures.of_cases(here.town, before).values())
        assert len(listed(work, "reports", here.town, span)) == 3
        assert listed(work, "reports", here.elsewhere, span) == ()
        assert listed(work, "reports", here.town, Span(work.now, work.now)) == ()

    await store.write(counted)


async def test_numbers_by_place_and_day_are_those_of_each_place(
    store: Store, clock: FakeClock
) -> None:
    def begin(work: Work) -> tuple[Village, list[int]]:
        here = settled(work)
        children = [
            work.children.add(at, {"name": name}, source="roster", by=0)
            for at, name in ((here.group, "甲"), (here.village, "乙"), (here.elsewhere, "丙"))
        ]
        duty(work, here, "visit", "child", children[0], HOUR)
        work.reports.file(
            ReportIn(
                kind="report",
                area_id=here.group,
                form_version="v",
                answers="{}",
                grade="red",
                anonymous=False,
                circumstances=("alone",),
            )
        )
        visited(work, children[0], "done", alone=True)
        visited(work, children[2], "done", alone=True)
        visited(work, children[1], "failed", alone=False)
        return here, children

    here, children = await store.write(begin)
    clock.passes(2 * HOUR)

    def counted(work: Work) -> None:
        span = lately(work, DAY)
        trends = work.trends
        assert trends.by_area("children", here.county, span) == {
            here.group: 1,
            here.village: 1,
            here.elsewhere: 1,
        }
        for figure in ("visits_due", "visits_overdue", "reports"):
            assert trends.by_area(figure, here.town, span) == {here.group: 1}, figure
            assert trends.by_area(figure, here.elsewhere, span) == {}, figure
        assert trends.by_area("visits_in_time", here.town, span) == {}
        assert trends.reported(here.county, span) == {("red", ("alone",)): 1}
        assert trends.reported(here.elsewhere, span) == {}
        hour = (work.now - 2 * HOUR).replace(minute=0, second=0, microsecond=0)
        assert trends.hours(here.county, span) == {hour: 1}
        assert trends.hours(here.elsewhere, span) == {}
        assert sum(trends.visited(here.county, span).values()) == 2
        before = Span(work.now - 2 * DAY, span.since)
        assert trends.hours(here.county, before) == {}
        assert trends.reported(here.county, before) == {}
        assert trends.visited(here.county, before) == {}
        assert trends.by_area("visits_due", here.county, before) == {}
        assert sum(trends.visited(here.town, span).values()) == 1
        # Of one moment the last one first.
        assert listed(work, "visits_done", here.county, span) == (children[2], children[0])
        assert listed(work, "visits_failed", here.county, span) == (children[1],)
        assert listed(work, "visits_due", here.county, span) == (children[0],)
        assert listed(work, "visits_in_time", here.county, span) == ()

    await store.write(counted)


async def test_a_visit_counts_where_the_child_lived_when_it_was_made(
    store: Store, clock: FakeClock
) -> None:
    def begin(work: Work) -> tuple[Village, int]:
        here = settled(work)
        child = work.children.add(here.group, {"name": "甲"}, source="roster", by=0)
        visited(work, child, "done", alone=True)
        return here, child

    def go_on(work: Work) -> None:
        work.children.move(child, here.elsewhere, by=0)
        visited(work, child, "done", alone=False)

    def counted(work: Work, area: int) -> tuple[int, int]:
        numbers = work.figures.of_children(area, lately(work, 30 * DAY))
        return numbers["visits_done"], numbers["seen_alone"]

    here, child = await store.write(begin)
    clock.passes(2 * DAY)
    await store.write(go_on)
    clock.passes(2 * DAY)
    for area, numbers in ((here.town, (1, 1)), (here.elsewhere, (1, 0)), (here.county, (2, 1))):
        assert await store.write(partial(counted, area=area)) == numbers, area


def case_of(work: Work, here: Village) -> int:
    report = work.reports.file(
        ReportIn(
            kind="report",
            area_id=here.group,
            form_version="v",
            answers="{}",
            grade="yellow",
            anonymous=False,
        )
    )
    owner = Owner(role="child_director", area_id=here.village, person_id=here.director)
    return work.cases.open(report, owner, stage="emergency", child_id=None).id


async def test_what_a_look_reads_ahead_is_what_it_would_read_one_by_one(store: Store) -> None:
    def begin(work: Work) -> tuple[list[int], int]:
        here = settled(work)
        ids = [case_of(work, here) for _ in range(3)]
        duty(work, here, "contact", "case", ids[0], HOUR)
        work.cases.add_member(ids[1], here.cadre, "partner", by=0)
        work.people.set_name(here.cadre, "张三")
        return ids, here.cadre

    def seen(reading: Reading) -> list[object]:
        read = [(reading.duties.open_of("case", one), reading.cases.members(one)) for one in ids]
        return [*read, reading.people.name_of(cadre)]

    def ahead(reading: Reading) -> list[object]:
        reading.duties.read_ahead("case", ids)
        reading.cases.read_ahead(ids)
        reading.people.read_ahead([cadre])
        return seen(reading)

    def changed(work: Work) -> bool:
        """A turn that changes something sees that it did."""
        before = ahead(work)
        work.people.set_name(cadre, "李四")
        work.duties.end_of("case", ids[0], by=0)
        return seen(work) != before and work.people.name_of(cadre) == "李四"

    ids, cadre = await store.write(begin)
    assert await store.read(ahead) == await store.read(seen)
    assert await store.write(changed)


async def test_numbers_of_cases_are_told_without_those_that_are_hidden(
    store: Store, clock: FakeClock
) -> None:
    here = await store.write(settled)
    await store.write(partial(_ended_and_open, here=here))
    clock.passes(60 * DAY)
    before = await store.read(partial(_told_of_cases, here=here, seer=here.boss))

    def go_on(work: Work) -> None:
        for case_id in _ended_and_open(work, here):
            work.cases.add_member(case_id, here.boss, "excluded", by=0)

    clock.passes(-2 * DAY)  # nothing else is otherwise
    await store.write(go_on)
    clock.passes(2 * DAY)
    every = await store.read(partial(_told_of_cases, here=here, seer=here.cadre))
    assert all(was != now for was, now in zip(before, every, strict=True))
    assert await store.read(partial(_told_of_cases, here=here, seer=here.boss)) == before

    def add_up(work: Work) -> None:
        assert work.day_counts.keep(work.day_counts.recount(here.town))
        while work.paces.add_up():
            pass

    await store.write(add_up)
    assert await store.read(partial(_told_of_cases, here=here, seer=here.cadre)) == every
    assert await store.read(partial(_told_of_cases, here=here, seer=here.boss)) == before


def _ended_and_open(work: Work, here: Village) -> list[int]:
    """Two cases: one that ended and was taken up again, and one that goes on."""
    cases = []
    for grade in ("yellow", "red"):
        filed = work.reports.file(
            ReportIn(
                kind="report",
                area_id=here.group,
                form_version="v",
                answers="{}",
                grade=grade,
                anonymous=False,
                circumstances=("alone",),
            )
        )
        owner = Owner(role="child_director", area_id=here.village, person_id=here.director)
        cases.append(work.cases.open(filed, owner, stage="assessment", child_id=None).id)
        ended(work, duty(work, here, "feedback", "case", cases[-1], HOUR))
        ended(work, duty(work, here, "acknowledge", "case", cases[-1], HOUR))
    assert work.cases.to_stage(cases[0], "closed", was="assessment")
    work.cases.ended(cases[0], "helped", "yes")
    work.cases.add_entry(cases[0], "unsolved", by=0, role="", stage="received")
    return cases


def _told_of_cases(reading: Reading, here: Village, seer: int) -> tuple[object, ...]:
    """Every number of cases, and every list, of the county and of a town."""
    span = Span(reading.now - 90 * DAY, reading.now)
    hidden = reading.cases.hidden_from(seer)
    figures, trends = reading.figures, reading.trends
    found: list[object] = []
    for place in (here.county, here.town):
        found += [
            figures.of_cases(place, span, hidden=hidden),
            figures.cases_now(place, hidden=hidden),
            figures.which("cases_red", place, skip=0, count=9, hidden=hidden),
            figures.which_reopened(place, span, skip=0, count=9, hidden=hidden),
            sum(trends.by_area("reports", place, span, hidden=hidden).values()),
            trends.by_area("cases", place, span, hidden=hidden),
            trends.reported(place, span, hidden=hidden),
            trends.hours(place, span, hidden=hidden),
            reading.paces.of(place, span, hidden=hidden),
            *(
                reading.day_lists.page(key, place, span, skip=0, count=9, hidden=hidden)
                for key in ("closed", "solved", "reports", "told", "told_due")
            ),
        ]
    return tuple(found)


async def test_cases_are_hidden_while_somebody_is_excluded_with_what_goes_on_in_them(
    store: Store,
) -> None:
    def play(work: Work) -> None:
        here = settled(work)
        first, second = _ended_and_open(work, here)
        assert work.cases.hidden_from(here.boss) == ()
        work.cases.add_member(first, here.boss, "held", by=0)
        assert work.cases.hidden_from(here.boss) == ()
        member = work.cases.add_member(first, here.boss, "excluded", by=0)
        assert work.cases.hidden_from(here.boss) == (first,)
        work.cases.join(second, first, by=0)
        assert work.cases.hidden_from(here.boss) == tuple(sorted((first, second)))
        assert work.cases.hidden_from(here.cadre) == ()
        work.cases.end_member(member)
        assert work.cases.hidden_from(here.boss) == ()

    await store.write(play)

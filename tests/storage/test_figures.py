"""Numbers of a place, counted by both engines alike."""

from datetime import date, timedelta
from functools import partial

from storage.cases import Owner
from storage.duties import DutyIn
from storage.reports import ReportIn
from storage.store import Store
from storage.visits import Result, VisitIn
from storage.work import Work
from tests.fakes.clock import FakeClock
from tests.storage.test_school import class_of_two, noted
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


def visited(work: Work, child: int, result: Result, *, alone: bool) -> None:
    work.visits.add(
        VisitIn(
            child_id=child,
            kind="home",
            result=result,
            seen=alone,
            alone=alone,
            answers="{}",
            person_id=1,
            on_day=work.now.date(),
            true_at=work.now,
        )
    )


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
        return here, children, duty(work, here, "visit", "child", children[0], DAY)

    here, children, first = await store.write(begin)

    def go_on(work: Work) -> None:
        work.duties.end(first, by=1)  # late
        in_time = duty(work, here, "visit", "child", children[0], 2 * HOUR)
        work.duties.end(in_time, by=1)
        duty(work, here, "visit", "child", children[0], 3 * HOUR)
        visited(work, children[0], "done", alone=True)
        visited(work, children[0], "done", alone=False)
        visited(work, children[0], "failed", alone=False)
        visited(work, children[2], "done", alone=True)

    clock.passes(2 * DAY)
    await store.write(go_on)
    clock.passes(2 * DAY)

    def counted(work: Work) -> None:
        numbers = work.figures.of_children(here.town, work.now - 30 * DAY)
        assert numbers == {
            "children": 1,
            "visits_due": 3,
            "visits_in_time": 1,
            "visits_late": 1,
            "visits_overdue": 1,
            "visits_failed": 1,
            "visits_done": 2,
            "seen_alone": 1,
            "absent": 1,
            "returned": 0,
        }
        assert work.figures.of_children(here.county, work.now - 30 * DAY)["children"] == 2
        page = {"skip": 0, "count": 9}
        assert work.figures.which("children", here.county, **page) == (children[0], children[2])
        assert work.figures.which("children", here.county, skip=1, count=9) == (children[2],)
        assert work.figures.which("visits_overdue", here.town, **page) == (children[0],)
        assert len(work.figures.which("absent", here.town, **page)) == 1
        assert work.figures.which("absent", here.elsewhere, **page) == ()

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
        assert work.figures.of_school_age(here.town, ages, today) == 2
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
        assert work.figures.of_cases(here.town) == {"cases_red": 1}
        assert work.figures.which("cases_red", here.town, skip=0, count=9) == (case.id,)
        assert work.figures.which("cases_blue", here.town, skip=0, count=9) == ()
        return here, duties

    here, duties = await store.write(begin)
    for one in duties:
        clock.passes(HOUR)
        await store.write(partial(ended, duty_id=one))

    def paced(work: Work) -> None:
        told = work.figures.paces(here.town, work.now - DAY)["acknowledge"]
        assert (told.count, told.in_time) == (10, 5)
        assert (told.p50, told.p90) == (5 * HOUR, 9 * HOUR)
        assert work.figures.paces(here.elsewhere, work.now - DAY) == {}

    await store.write(paced)

"""Cases that have something in common are found by it, while they are young."""

from datetime import timedelta
from functools import partial

from storage.cases.case import Owner
from storage.reporting.reports import ReportIn
from storage.store import Store
from storage.work import Work
from tests.fakes.clock import FakeClock
from tests.storage.village import Village, settled

DAY = timedelta(days=1)


def reported(work: Work, here: Village, **marks: str) -> int:
    """A case with these marks; its id."""
    filed = work.reports.file(
        ReportIn(
            kind="report",
            area_id=here.group,
            form_version="v1",
            answers="{}",
            grade="yellow",
            anonymous=True,
        )
    )
    owner = Owner(role="child_director", area_id=here.group, person_id=here.director)
    case = work.cases.open(filed, owner, stage="received", child_id=None)
    for kind, what in marks.items():
        work.cases.mark(case.id, kind, what)
    return case.id


async def test_what_is_common_is_found_while_it_is_young(store: Store, clock: FakeClock) -> None:
    here = await store.write(settled)
    old = await store.write(partial(reported, here=here, school="青石小学"))
    clock.passes(10 * DAY)
    young = await store.write(partial(reported, here=here, school="青石小学", adult="某某"))
    clock.passes(DAY / 2)
    other = await store.write(partial(reported, here=here, school="河湾小学"))

    def look(work: Work) -> None:
        def found(
            kind: str,
            what: str,
            days: int,
            limit: int = 9,
            grades: tuple[str, ...] = ("red", "yellow"),
        ) -> list[int]:
            since = work.now - days * DAY
            same = work.cases.marked(kind, what, since, grades=grades, limit=limit)
            return [one.id for one in same]

        assert found("school", "青石小学", 20) == [young, old]
        assert found("school", "青石小学", 5) == [young]
        assert found("school", "青石小学", 20, limit=1) == [young]
        assert found("school", "河湾小学", 1) == [other]
        assert found("school", "河湾小学", 1, grades=("red", "orange")) == []
        assert found("adult", "某某", 1) == [young]
        assert found("adult", "青石小学", 20) == []

    await store.write(look)
    clock.passes(DAY / 2)
    await store.write(lambda work: work.cases.tell_mark("school", [old, young]))

    def told(work: Work) -> None:
        week, month = work.now - 7 * DAY, work.now - 30 * DAY
        assert work.cases.is_told("school", "青石小学", week)
        assert not work.cases.is_told("school", "河湾小学", month)
        assert not work.cases.is_told("adult", "某某", month)

    await store.write(told)
    clock.passes(10 * DAY)

    def old_now(work: Work) -> None:
        assert not work.cases.is_told("school", "青石小学", work.now - 7 * DAY)
        assert work.cases.is_told("school", "青石小学", work.now - 30 * DAY)

    await store.write(old_now)

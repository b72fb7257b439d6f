"""Undoing a whole import after anything may have happened: what was touched stays, the rest is as
it was before, told by a model that knows nothing of how it is done."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.cases.case import Owner
from storage.cases.duties import DutyIn
from storage.children.carers import CarerIn
from storage.children.roster import NotPossible, RosterRowIn
from storage.children.roster_undo import Stays, Undone
from storage.children.rosters import RESPONSIBLE
from storage.reporting.reports import ReportIn
from storage.school.absences import AbsenceIn
from storage.school.classes import PupilIn
from storage.store import Store
from storage.visiting.visit import VisitIn
from storage.work import Reading, Work
from tests.fakes.clock import FakeClock
from tests.storage.village import Village, settled

HOUR = timedelta(hours=1)
#: Rows of the import: brought by it, changed by it, given to other hands by it; and a bystander.
NEW, CHANGED, HANDED, BYSTANDER = range(2), range(2, 5), range(5, 7), 7
#: Why a touched row stays, what weighs most first.
WEIGHT = (
    "visit",
    "case",
    "absence",
    "duty",
    "carer",
    "left",
    "hands",
    "class",
    "import",
    "changed",
)
ACTS_AT_MOST = 8
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Known:
    """All that the register says of a child."""

    status: str
    area: int
    household: int
    values: Mapping[str, str] = field(repr=False)
    hands: tuple[tuple[int, str], ...]


# -- what may happen to a child: the act, and why it keeps the row; "" when it does not ----------


def _visited(work: Work, village: Village, child: int) -> str:
    today = work.now.date()
    told = VisitIn(
        child_id=child,
        kind="home",
        result="failed",
        answers="{}",
        person_id=village.cadre,
        on_day=today,
        true_at=work.now,
    )
    work.visits.add(told)
    return "visit"


def _reported(work: Work, village: Village, child: int) -> str:
    report = work.reports.file(_report(village, child))
    owner = Owner(role="child_director", area_id=village.village, person_id=village.director)
    work.cases.open(report, owner, stage="accepted", child_id=child)
    return "case"


def _bound(work: Work, village: Village, child: int) -> str:
    """A case from before the import turns out to be about the child."""
    free = [case for case in work.cases.below(village.county, 500) if case.child_id is None]
    case = free[0]
    work.cases.about_child(case.id, child)
    work.cases.add_entry(case.id, "child_bound", by=village.boss, role="", stage=case.stage)
    return "case"


def _missed_school(work: Work, village: Village, child: int) -> str:
    school = work.classes.school_at(village.village, f"小学{next(_numbers)}")
    room = work.classes.add(school.id, "三年级", grade=3, number=None, by=village.other)
    (pupil,) = work.classes.add_pupils(room, [PupilIn(name="孩子", child_id=child)])
    told = AbsenceIn(
        pupil_id=pupil,
        class_id=room,
        child_id=child,
        area_id=village.village,
        first_day=work.now.date(),
        reason="sick",
        excused=True,
        boards=False,
        by=village.other,
    )
    work.absences.note(told)
    return "absence"


def _paused(work: Work, village: Village, child: int) -> str:
    known = work.children.get(child)
    assert known is not None
    work.visits.put_off(
        [child],
        reason="away",
        first_day=work.now.date(),
        last_day=work.now.date(),
        by=village.cadre,
        household_id=known.household_id,
    )
    return "duty"


def _did_its_duty(work: Work, village: Village, child: int) -> str:
    _planned(work, village, child)
    work.duties.end_of("child", child, by=village.cadre, kinds=["visit"])
    return "duty"


def _looked_after(work: Work, village: Village, child: int) -> str:
    work.carers.add(child, CarerIn(kind="relative", said={}), by=village.cadre)
    return "carer"


def _given(work: Work, village: Village, child: int) -> str:
    work.responsibilities.assign(child, village.director, by=village.boss)
    return "hands"


def _taught(work: Work, village: Village, child: int) -> str:
    work.responsibilities.assign(child, village.boss, "teacher", by=village.boss)
    return "hands"


def _left(work: Work, village: Village, child: int) -> str:
    work.children.leave(child, "other", work.now.date(), by=village.director)
    return "left"


def _imported_again(work: Work, village: Village, child: int) -> str:
    known = work.children.get(child)
    assert known is not None
    again = RosterRowIn(
        number=9,
        kind="changed",
        area_id=known.area_id,
        values={"notes": f"第{next(_numbers)}份"},
        child_id=child,
        version=known.version,
    )
    roster = work.rosters.stage(village.town, "又一份.xlsx", by=village.boss)
    work.rosters.add(roster, [again], by=village.boss)
    work.rosters.apply(roster, by=village.boss)
    return "import"


def _corrected(work: Work, village: Village, child: int) -> str:
    text = f"改{next(_numbers)}"
    work.children.change(child, {"notes": text}, source="correction", by=village.cadre)
    return "changed"


def _disputed(work: Work, village: Village, child: int) -> str:
    for wanted in ("母亲", "祖母"):
        work.children.change(
            child,
            {"guardian_name": f"{wanted}{next(_numbers)}"},
            source="visit",
            by=village.cadre,
            expect={"guardian_name": ""},
        )
    return "changed"


def _moved(work: Work, village: Village, child: int) -> str:
    work.children.move(child, village.village, by=village.director)
    return "changed"


def _planned(work: Work, village: Village, child: int) -> str:
    """The program planned the next visit, and it climbed: nobody did anything."""
    duty = DutyIn(
        key=f"visit:{child}:{next(_numbers)}",
        kind="visit",
        subject="child",
        subject_id=child,
        area_id=village.group,
        grade="yellow",
        person_id=village.cadre,
        due_at=work.now,
        rings_at=work.now,
    )
    if not work.duties.visits_of([child]):
        made = work.duties.set(duty)
        work.duties.step(made or 0, was=0, level=1, rings_at=None)
    return ""


def _looked_at(work: Work, village: Village, child: int) -> str:
    work.children.open(child, village.boss, code="other")
    return ""


ACTS: tuple[Callable[[Work, Village, int], str], ...] = (
    _visited,
    _reported,
    _bound,
    _missed_school,
    _paused,
    _did_its_duty,
    _looked_after,
    _given,
    _taught,
    _left,
    _imported_again,
    _corrected,
    _disputed,
    _moved,
    _planned,
    _looked_at,
)


# -- the property --------------------------------------------------------------------------------


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    acts=st.lists(
        st.tuples(st.sampled_from(ACTS), st.integers(0, BYSTANDER)), max_size=ACTS_AT_MOST
    )
)
def test_what_was_touched_stays_and_says_why_and_all_else_is_as_before(
    store: Store,
    clock: FakeClock,
    acts: list[tuple[Callable[[Work, Village, int], str], int]],
) -> None:
    village, old = store.write(_begin).result()
    clock.passes(HOUR)
    before = _all(store, old)
    roster, stranger = store.write(lambda work: _import(work, village, old)).result()
    clock.passes(HOUR)
    brought = store.read(lambda reading: _brought(reading, roster)).result()
    children = [*brought, *old]
    touched: dict[int, set[str]] = {}
    for act, number in acts:
        clock.passes(HOUR)
        child = children[number]
        if "left" in touched.get(child, ()):
            continue
        why = store.write(
            lambda work, act=act, child=child: act(work, village, child)  # type: ignore[misc]
        ).result()
        if why:
            touched.setdefault(child, set()).add(why)
    clock.passes(HOUR)
    then = _all(store, children)
    foretold = store.read(lambda reading: _foretold(reading, roster)).result()
    undone = store.write(lambda work: work.roster_undo.undo(roster, by=village.boss)).result()
    assert isinstance(undone, Undone)
    rows = {child: number + 2 for number, child in enumerate(children[:BYSTANDER])}
    expected = tuple(
        Stays(number=rows[child], child_id=child, why=_weightiest(touched[child]))
        for child in children[:BYSTANDER]
        if child in touched
    )
    assert undone.kept == expected
    assert foretold == expected
    assert undone.back == sum(child not in touched for child in children[: HANDED.stop])
    now = _all(store, children)
    for number, child in enumerate(children):
        if child in touched or number == BYSTANDER:
            assert now[child] == then[child], number
        elif number in NEW:
            assert now[child].status == "undone"
        else:
            assert now[child] == before[child], number
    posts = store.read(lambda reading: reading.people.roles(stranger)).result()
    holds = any(stranger == person for one in now.values() for person, _ in one.hands)
    assert [post.role for post in posts] == ([RESPONSIBLE] if holds else [])
    again = store.write(lambda work: work.roster_undo.undo(roster, by=village.boss)).result()
    assert again == NotPossible(code="not-applied")


# -- steps ---------------------------------------------------------------------------------------


def _begin(work: Work) -> tuple[Village, list[int]]:
    village = settled(work)
    old = [
        work.children.add(
            village.group,
            {"name": f"旧{number}", "school": "老学校", "tier": "yellow"},
            source="registration",
            by=village.cadre,
        )
        for number in range(len(CHANGED) + len(HANDED) + 1)
    ]
    for number, child in enumerate(old):
        if number != 1:  # one whom nobody had before
            work.responsibilities.assign(child, village.cadre, by=village.boss)
    owner = Owner(role="child_director", area_id=village.village, person_id=village.director)
    for _ in range(ACTS_AT_MOST):
        report = work.reports.file(_report(village, None))
        work.cases.open(report, owner, stage="accepted", child_id=None)
    return village, old


def _import(work: Work, village: Village, old: list[int]) -> tuple[int, int]:
    stranger = work.people.add(name="名册上的人")
    rows = [
        RosterRowIn(
            number=number + 2,
            kind="new",
            area_id=village.group,
            values={"name": f"新{number}"},
            responsible_id=village.cadre if number else None,
        )
        for number in NEW
    ]
    rows += [
        RosterRowIn(
            number=number + 2,
            kind="changed",
            area_id=village.group if number % 2 else village.elsewhere,
            values={"name": f"旧{number}", "school": "新学校", "nickname": "毛毛"},
            child_id=old[number - CHANGED.start],
            version=1,
            responsible_id=village.other,
        )
        for number in CHANGED
    ]
    rows += [
        RosterRowIn(
            number=number + 2,
            kind="same",
            area_id=village.group,
            values={},
            child_id=old[number - CHANGED.start],
            version=1,
            responsible_id=stranger,
        )
        for number in HANDED
    ]
    roster = work.rosters.stage(village.town, "名册.xlsx", by=village.boss)
    work.rosters.add(roster, rows, by=village.boss)
    work.rosters.apply(roster, by=village.boss)
    work.people.add_role(stranger, RESPONSIBLE, village.village)
    return roster, stranger


def _report(village: Village, child: int | None) -> ReportIn:
    return ReportIn(
        kind="report",
        area_id=village.village,
        form_version="1",
        answers="{}",
        grade="yellow",
        anonymous=True,
        child_id=child,
    )


def _brought(reading: Reading, roster: int) -> list[int]:
    rows = reading.rosters.rows(roster, ["new"])
    return [row.child_id or 0 for row in rows]


def _foretold(reading: Reading, roster: int) -> tuple[Stays, ...]:
    known = reading.rosters.get(roster)
    assert known is not None
    return reading.roster_undo.would_stay(known)


def _all(store: Store, children: list[int]) -> dict[int, Known]:
    return store.read(lambda reading: {one: _known(reading, one) for one in children}).result()


def _known(reading: Reading, child: int) -> Known:
    known = reading.children.get(child)
    assert known is not None
    hands = reading.responsibilities.of_child(child)
    return Known(
        known.status,
        known.area_id,
        known.household_id,
        dict(known.values),
        tuple(sorted((one.person_id, one.kind) for one in hands)),
    )


def _weightiest(why: set[str]) -> str:
    return next(one for one in WEIGHT if one in why)

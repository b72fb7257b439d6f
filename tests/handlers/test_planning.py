"""Each child has one next visit, replanned in the turn that changed a fact."""

from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest

from bot.county.rules import read_rules
from bot.settings import read_settings
from handlers.rules import Rules
from handlers.visiting import planning
from storage.cases.case import Owner
from storage.cases.duties import Duty
from storage.reporting.reports import ReportIn
from storage.store import Store
from storage.visiting.visit import VisitIn
from storage.work import Reading, Work
from tests.fakes.clock import FakeClock
from tests.storage.village import Village, settled

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def rules() -> Rules:
    return read_rules(read_settings())


def enter(work: Work, village: Village, **values: str) -> int:
    return work.children.add(
        village.group, {"name": "王小明", **values}, source="registration", by=village.director
    )


def planned(work: Work, rules: Rules, child: int) -> list[Duty]:
    """What is open about a child after a turn."""
    planning.plan_stirred(work, rules)
    return [*work.duties.open_of("child", child)]


def visited(work: Work, child: int, day: date, kind: str = "home", **more: object) -> None:
    work.visits.add(
        VisitIn(
            child_id=child,
            kind=kind,
            result=more.pop("result", "done"),  # type: ignore[arg-type]
            seen=True,
            answers="{}",
            person_id=1,
            on_day=day,
            true_at=datetime(day.year, day.month, day.day, 4, tzinfo=UTC),
            **more,  # type: ignore[arg-type]
        )
    )


async def test_a_new_child_is_due_within_five_working_days_and_whose_it_is_follows(
    store: Store, rules: Rules
) -> None:
    def live(work: Work) -> None:
        village = settled(work)
        child = enter(work, village)
        [duty] = planned(work, rules, child)
        assert duty.due_at == datetime(2026, 11, 30, 9, 30, tzinfo=UTC)
        assert (duty.person_id, duty.role, duty.grade) == (None, "child_supervisor", "yellow")
        told = planning.read(duty)
        assert (told.step, [why.key for why in told.why]) == ("visit", ["first", "tier"])
        work.responsibilities.assign(child, village.cadre, by=village.boss)
        [given] = planned(work, rules, child)
        assert (given.id, given.person_id) == (duty.id, village.cadre)
        work.responsibilities.hand_over(village.cadre, village.other, by=village.boss)
        assert planned(work, rules, child)[0].person_id == village.other

    await store.write(live)


async def test_a_visit_a_tier_and_leaving_each_replan_at_once(
    store: Store, rules: Rules, clock: FakeClock
) -> None:
    def visit(work: Work) -> tuple[int, Village]:
        village = settled(work)
        child = enter(work, village)
        work.responsibilities.assign(child, village.cadre, by=village.boss)
        [first] = planned(work, rules, child)
        visited(work, child, date(2026, 11, 23))
        work.duties.end_of("child", child, by=village.cadre, kinds=["visit"])
        [after] = planned(work, rules, child)
        assert after.id != first.id
        assert after.due_at.date() == date(2026, 12, 23)
        return child, village

    child, village = await store.write(visit)
    clock.passes(DAY)

    def retier(work: Work) -> None:
        [after] = work.duties.open_of("child", child)
        work.children.change(child, {"tier": "red"}, source="correction", by=village.boss)
        [red] = planned(work, rules, child)
        assert (red.id, red.grade) == (after.id, "red")
        assert red.due_at == work.now + DAY
        work.children.move(child, village.village, by=village.boss)
        assert planned(work, rules, child)[0].area_id == village.village

    await store.write(retier)
    clock.passes(2 * DAY)

    def late(work: Work) -> None:
        # What was overdue stays so, although green gives it time.
        work.children.change(
            child, {"tier": "green"}, source="correction", by=1, expect={"tier": "red"}
        )
        [duty] = planned(work, rules, child)
        assert planning.read(duty).why[0].key == "missed"
        assert duty.due_at < work.now
        work.children.leave(child, "moved", date(2026, 11, 25), by=1)
        assert planned(work, rules, child) == []
        assert {one.state for one in work.duties.of("child", child)} == {"done", "cancelled"}
        work.children.come_back(child, by=1)
        [again] = planned(work, rules, child)
        assert planning.read(again).why[0].key == "first"

    await store.write(late)


async def test_a_promise_holds_until_somebody_was_there(store: Store, rules: Rules) -> None:
    def live(work: Work) -> None:
        child = enter(work, settled(work))
        visited(work, child, date(2026, 11, 23), next_on=date(2026, 12, 1))
        [duty] = planned(work, rules, child)
        assert duty.due_at.date() == date(2026, 12, 1)
        assert planning.read(duty).why[0].key == "promised"
        visited(work, child, date(2026, 11, 30))
        [duty] = planned(work, rules, child)
        assert duty.due_at.date() == date(2026, 12, 30)

    await store.write(live)


async def test_three_failures_ask_the_township_and_move_nothing_back(
    store: Store, rules: Rules
) -> None:
    def live(work: Work) -> None:
        child = enter(work, settled(work))
        steps = []
        for day in (24, 25, 26):
            visited(work, child, date(2026, 11, day), result="failed", reason="nobody")
            [duty] = planned(work, rules, child)
            steps.append((planning.read(duty).step, duty.due_at.date().day))
        assert steps == [("visit", 27), ("phone", 26), ("township", 27)]

    await store.write(live)


async def test_small_things_of_two_people_make_a_look_due_and_climb_faster(
    store: Store, rules: Rules
) -> None:
    def live(work: Work) -> None:
        village = settled(work)
        child = enter(work, village, tier="green")
        visited(work, child, date(2026, 11, 23))
        [duty] = planned(work, rules, child)
        assert (duty.grade, planning.read(duty).why[0].key) == ("blue", "tier")
        report = reported(work, village, child, by="teacher")
        assert planned(work, rules, child) == [duty]
        visited(work, child, date(2026, 11, 24), result="failed", reason="nobody")
        [look] = planned(work, rules, child)
        assert (look.due_at.date(), look.grade) == (date(2026, 11, 27), "yellow")
        [why] = [one for one in planning.read(look).why if one.key == "signals"]
        assert why.about == "visit_failed:1"
        # It was about another child: what is left is a visit that failed.
        work.reports.set_child(report, None)
        [alone] = planned(work, rules, child)
        assert alone.grade == "blue"
        assert "signals" not in {one.key for one in planning.read(alone).why}

    await store.write(live)


async def test_what_somebody_must_not_hear_of_sends_nobody(store: Store, rules: Rules) -> None:
    def live(work: Work) -> None:
        village = settled(work)
        child = enter(work, village, tier="green")
        case = work.cases.of_report(reported(work, village, child, by="teacher"))
        assert case is not None
        work.cases.add_member(case.id, village.director, "excluded", by=0)
        visited(work, child, date(2026, 11, 23), result="failed", reason="nobody")
        [duty] = planned(work, rules, child)
        assert "signals" not in {one.key for one in planning.read(duty).why}

    await store.write(live)


def reported(work: Work, village: Village, child: int, *, by: str) -> int:
    """A report about a child with its case; its row."""
    report = work.reports.file(
        ReportIn(
            kind="report",
            area_id=village.group,
            child_id=child,
            form_version="",
            answers="{}",
            grade="yellow",
            anonymous=False,
        )
    )
    contact = work.people.meet("web", by).contact_id
    work.reporters.keep(report.id, contact, {}, "123456")
    owner = Owner(role="child_supervisor", area_id=village.town, person_id=village.boss)
    work.cases.open(report, owner, stage="received", child_id=child)
    return report.id


async def test_a_pause_is_the_household_s_and_ends_by_itself(store: Store, rules: Rules) -> None:
    """CHT#8133: what was muted with the place must come back with it, and only that."""

    def live(work: Work) -> None:
        village = settled(work)
        brother, sister, other = (enter(work, village) for _ in range(3))
        work.children.join_household(brother, sister)
        household = work.children.some([brother])[0].household_id
        for child in (brother, sister, other):
            visited(work, child, date(2026, 11, 23))
        work.visits.put_off(
            [sister],
            reason="hospital",
            first_day=date(2026, 12, 1),
            last_day=date(2027, 1, 31),
            by=1,
        )
        both = work.visits.put_off(
            [brother, sister],
            reason="parents_home",
            first_day=date(2026, 12, 20),
            last_day=date(2026, 12, 31),
            by=1,
            household_id=household,
        )
        due = [planned(work, rules, child)[0].due_at.date() for child in (brother, sister, other)]
        # Three working days after the pause; each keeps its own.
        assert due == [date(2027, 1, 5), date(2027, 2, 3), date(2026, 12, 23)]
        assert work.visits.go_on(both, date(2026, 12, 19), [brother, sister], by=1)
        due = [planned(work, rules, child)[0].due_at.date() for child in (brother, sister)]
        assert due == [date(2026, 12, 23), date(2027, 2, 3)]

    await store.write(live)


async def test_a_visit_that_climbed_keeps_its_steps_when_the_next_one_is_later(
    store: Store, rules: Rules, clock: FakeClock
) -> None:
    def enter_one(work: Work) -> int:
        village = settled(work)
        child = enter(work, village)
        planning.plan_stirred(work, rules)
        return child

    child = await store.write(enter_one)
    clock.passes(30 * DAY)

    def climbed(work: Work) -> None:
        [duty] = work.duties.open_of("child", child)
        assert work.duties.step(duty.id, was=0, level=1, rings_at=None)
        work.visits.put_off(
            [child],
            reason="hospital",
            first_day=date(2026, 11, 24),
            last_day=date(2027, 1, 3),
            by=1,
        )
        [after] = planned(work, rules, child)
        assert (after.id != duty.id, after.level) == (True, 0)

    await store.write(climbed)


async def test_whom_nobody_stirred_is_found(store: Store, rules: Rules, clock: FakeClock) -> None:
    def lend(work: Work) -> tuple[int, int]:
        village = settled(work)
        child = enter(work, village)
        work.responsibilities.assign(child, village.cadre, by=village.boss)
        work.responsibilities.hand_over(
            village.cadre, village.other, by=village.boss, until=work.now + DAY
        )
        assert planned(work, rules, child)[0].person_id == village.other
        return child, village.cadre

    child, cadre = await store.write(lend)
    assert await store.read(lambda reading: reading.visits.strays(10)) == ()
    clock.passes(2 * DAY)
    assert await store.read(lambda reading: reading.visits.strays(10)) == (child,)

    def again(work: Work) -> int | None:
        planning.plan(work, rules, [child])
        return work.duties.open_of("child", child)[0].person_id

    assert await store.write(again) == cadre
    assert await store.read(lambda reading: reading.visits.strays(10)) == ()


async def test_other_tables_plan_every_child_anew_and_the_same_ones_none(
    store: Store, rules: Rules
) -> None:
    def enter_two(work: Work) -> list[int]:
        village = settled(work)
        children = [enter(work, village) for _ in range(2)]
        planning.plan_stirred(work, rules)
        return children

    children = await store.write(enter_two)
    mark = read_rules(read_settings()).tables
    assert await store.read(partial(stale_for, mark)) == ()
    for other in ("0" * 16, "z" * 16):
        stale = await store.read(partial(stale_for, other))
        assert sorted(stale) == children


def stale_for(mark: str, reading: Reading) -> tuple[int, ...]:
    return reading.visits.stale(mark, 10)

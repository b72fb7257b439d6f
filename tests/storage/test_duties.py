"""Duties: set once for their cause, stepped by one alone, ended once."""

from datetime import timedelta

import pytest

from storage.cases.duties import Climb, DutyIn
from storage.store import Store
from storage.work import Work
from tests.fakes.clock import FakeClock


def wanted(work: Work, key: str = "case:1:acknowledge:1", **other: object) -> DutyIn:
    values = {
        "key": key,
        "kind": "acknowledge",
        "subject": "case",
        "subject_id": 1,
        "area_id": None,
        "grade": "red",
        "person_id": 7,
        "due_at": work.now + timedelta(minutes=15),
        "rings_at": work.now + timedelta(minutes=10),
        **other,
    }
    return DutyIn(**values)  # type: ignore[arg-type]


def test_one_cause_sets_one_duty(store: Store) -> None:
    first = store.write(lambda work: work.duties.set(wanted(work))).result()
    again = store.write(lambda work: work.duties.set(wanted(work))).result()
    assert first is not None
    assert again is None
    assert len(store.read(lambda reading: reading.duties.of("case", 1)).result()) == 1


def test_what_is_to_be_done_is_sealed_and_read_again(store: Store) -> None:
    made = store.write(lambda work: work.duties.set(wanted(work, what="带孩子看病"))).result()
    duty = store.read(lambda reading: reading.duties.get(made or 0)).result()
    assert duty is not None
    assert duty.what == "带孩子看病"
    assert "带孩子看病" not in repr(duty)


def test_only_what_is_due_rings(store: Store, clock: FakeClock) -> None:
    made = store.write(lambda work: work.duties.set(wanted(work))).result()
    store.write(
        lambda work: work.duties.set(
            wanted(work, key="later", rings_at=work.now + timedelta(days=9))
        )
    ).result()
    store.write(lambda work: work.duties.set(wanted(work, key="never", rings_at=None))).result()
    assert ringing(store, clock) == ()
    clock.passes(timedelta(minutes=10))
    assert ringing(store, clock) == (made,)


def test_a_step_is_taken_by_whoever_moves_the_level_first(store: Store) -> None:
    made = store.write(lambda work: work.duties.set(wanted(work))).result() or 0

    def step(work: Work) -> bool:
        return work.duties.step(made, was=0, level=1, rings_at=None)

    assert [store.write(step).result() for _ in range(2)] == [True, False]


def test_no_level_is_recorded_twice(store: Store) -> None:
    made = store.write(lambda work: work.duties.set(wanted(work))).result() or 0

    def climb(work: Work) -> None:
        work.duties.climbed(
            made,
            Climb(
                level=1,
                passed_at=work.now,
                fired_at=work.now,
                step="township",
                person_id=3,
                role="child_supervisor",
            ),
        )

    store.write(climb).result()
    with pytest.raises(Exception, match=r"(?i)unique"):
        store.write(climb).result()
    climbs = store.read(lambda reading: reading.duties.climbs(made)).result()
    assert [(one.level, one.person_id) for one in climbs] == [(1, 3)]


def test_what_ended_neither_rings_nor_steps_nor_ends_again(store: Store, clock: FakeClock) -> None:
    made = store.write(lambda work: work.duties.set(wanted(work))).result() or 0
    ended = store.write(
        lambda work: work.duties.end_of("case", 1, by=7, kinds=["acknowledge"])
    ).result()
    assert ended == (made,)
    clock.passes(timedelta(days=1))
    assert ringing(store, clock) == ()
    moved = store.write(
        lambda work: work.duties.step(made, was=0, level=1, rings_at=None)
    ).result()
    assert not moved
    assert not store.write(lambda work: work.duties.end(made, by=8)).result()
    duty = store.read(lambda reading: reading.duties.get(made)).result()
    assert duty is not None
    assert (duty.state, duty.ended_by) == ("done", 7)


def test_only_the_named_kinds_end(store: Store) -> None:
    store.write(lambda work: work.duties.set(wanted(work))).result()
    store.write(lambda work: work.duties.set(wanted(work, key="other", kind="see_child"))).result()
    store.write(lambda work: work.duties.end_of("case", 1, by=7, kinds=["see_child"])).result()
    left = store.read(lambda reading: reading.duties.open_of("case", 1)).result()
    assert [duty.kind for duty in left] == ["acknowledge"]
    assert store.write(lambda work: work.duties.end_of("case", 1, by=7, kinds=[])).result() == ()


def test_another_time_keeps_the_first_one(store: Store) -> None:
    made = store.write(lambda work: work.duties.set(wanted(work))).result() or 0
    before = store.read(lambda reading: reading.duties.get(made)).result()
    assert before is not None
    later = before.due_at + timedelta(days=1)
    store.write(lambda work: work.duties.move(made, later, later, level=0)).result()
    after = store.read(lambda reading: reading.duties.get(made)).result()
    assert after is not None
    assert (after.due_at, after.first_due_at) == (later, before.due_at)


def test_what_somebody_had_to_do_is_anothers_after_a_hand_over(store: Store) -> None:
    made = store.write(lambda work: work.duties.set(wanted(work))).result() or 0
    store.write(lambda work: work.duties.set(wanted(work, key="b", person_id=8))).result()
    assert store.write(lambda work: work.duties.hand_over(7, 9)).result() == 1
    soon = store.read(
        lambda reading: reading.duties.of_people([9], reading.now + timedelta(days=1))
    ).result()
    assert [duty.id for duty in soon] == [made]


def ringing(store: Store, clock: FakeClock) -> tuple[int, ...]:
    return store.read(lambda reading: reading.duties.ringing(clock(), 10)).result()

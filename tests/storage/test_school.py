"""Classes and absences, on both engines."""

from dataclasses import replace
from datetime import date, timedelta

from storage.school.absences import AbsenceIn
from storage.school.classes import PupilIn
from storage.store import Store
from storage.tables import absence_entry, pupil
from storage.work import Work
from tests.storage.village import settled, worker

MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)


def class_of_two(work: Work, teacher: int, village: int) -> tuple[int, tuple[int, ...]]:
    """A class, and its pupils; the first is a child of the register."""
    child = work.children.add(village, {"name": "王小明"}, source="roster", by=0)
    school = work.classes.school_at(village, "河湾小学")
    made = work.classes.add(school.id, "三年级2班", grade=3, number=2, by=teacher)
    pupils = [PupilIn(name="王小明", child_id=child), PupilIn(name="李红", boards=True)]
    return made, work.classes.add_pupils(made, pupils)


def child_of(work: Work, pupil_id: int) -> int:
    pupil = work.classes.pupil(pupil_id)
    assert pupil is not None
    assert pupil.child_id is not None
    return pupil.child_id


def noted(work: Work, class_id: int, pupil_id: int, area_id: int, by: int) -> int | None:
    return work.absences.note(
        AbsenceIn(
            pupil_id=pupil_id,
            class_id=class_id,
            child_id=child_of(work, pupil_id),
            area_id=area_id,
            first_day=MONDAY,
            reason="",
            excused=False,
            boards=False,
            by=by,
        )
    )


async def test_a_school_is_one_and_a_class_has_its_teachers_and_pupils(store: Store) -> None:
    def play(work: Work) -> None:
        here = settled(work)
        teacher, other = (worker(work, name, "teacher", here.village) for name in ("a", "b"))
        made, pupils = class_of_two(work, teacher, here.village)
        again = work.classes.school_at(here.village, "河湾小学")
        assert work.classes.schools_below(here.county) == (again,)
        assert work.classes.schools_below(here.elsewhere) == ()
        assert [one.id for one in work.classes.of_teachers([teacher, other])] == [made]
        assert [one.name for one in work.classes.pupils(made)] == ["王小明", "李红"]
        assert work.classes.left(pupils[1])
        assert not work.classes.left(pupils[1])
        assert [one.id for one in work.classes.pupils(made)] == [pupils[0]]
        work.classes.ask_to_teach(made, other)
        assert (work.classes.teachers(made), work.classes.waits(made, other)) == ((teacher,), True)
        work.classes.let_teach(made, other)
        assert set(work.classes.teachers(made)) == {teacher, other}
        work.classes.leave(made, teacher)
        assert work.classes.teachers(made) == (other,)

    await store.write(play)


async def test_the_classes_of_whoever_leaves_are_the_successors(store: Store) -> None:
    def play(work: Work) -> None:
        here = settled(work)
        leaver, successor = (worker(work, name, "teacher", here.village) for name in ("a", "b"))
        made, _ = class_of_two(work, leaver, here.village)
        assert work.classes.hand_over(leaver, successor) == 1
        assert work.classes.teachers(made) == (successor,)
        assert work.classes.hand_over(leaver, successor) == 0
        assert work.classes.hand_over(successor, leaver) == 1
        assert work.classes.teachers(made) == (leaver,)

    await store.write(play)


async def test_a_pupil_is_missing_once_whoever_of_two_teachers_says_so(store: Store) -> None:
    def play(work: Work) -> None:
        here = settled(work)
        made, (pupil_id, _) = class_of_two(work, here.director, here.village)
        first = noted(work, made, pupil_id, here.group, here.director)
        assert first is not None
        assert noted(work, made, pupil_id, here.group, here.cadre) is None
        assert [one.id for one in work.absences.of_class(made)] == [first]
        assert work.absences.close(first, "returned", returned=TUESDAY, stood="absent", by=1)
        assert not work.absences.close(first, "withdrawn", returned=None, stood="", by=1)
        assert work.absences.of_pupil(pupil_id) is None
        assert noted(work, made, pupil_id, here.group, here.cadre) is not None

    await store.write(play)


async def test_what_was_learnt_and_done_stands_beside_the_absence(store: Store) -> None:
    def play(work: Work) -> None:
        here = settled(work)
        made, (pupil_id, _) = class_of_two(work, here.director, here.village)
        absence = noted(work, made, pupil_id, here.group, here.director)
        assert absence is not None
        work.absences.learn(
            absence, reason="sick", excused=True, until=TUESDAY, first_day=MONDAY, by=5
        )
        work.absences.add_entry(absence, "did", by=5, code="contact", note="奶奶说发烧了")
        assert work.absences.lost(absence, 99, by=5)
        assert not work.absences.lost(absence, 98, by=5)
        known = work.absences.get(absence)
        assert known is not None
        assert (known.reason, known.excused_until, known.done) == (
            "sick",
            TUESDAY,
            frozenset({"contact"}),
        )
        assert (known.cannot_be_found, known.case_id) == (True, 99)
        told = [(one.act, one.code, one.note) for one in work.absences.entries(absence)]
        assert told == [
            ("noted", "", ""),
            ("reason", "sick", ""),
            ("did", "contact", "奶奶说发烧了"),
            ("missing", "", ""),
        ]

    await store.write(play)


async def test_absences_are_found_by_place_and_by_child(store: Store) -> None:
    def play(work: Work) -> None:
        here = settled(work)
        made, (pupil_id, _) = class_of_two(work, here.director, here.village)
        absence = noted(work, made, pupil_id, here.group, here.director)
        assert absence is not None
        assert [one.id for one in work.absences.below(here.town)] == [absence]
        assert work.absences.below(here.elsewhere) == ()
        child, later = child_of(work, pupil_id), MONDAY + timedelta(days=90)
        assert [one.id for one in work.absences.of_child(child, later)] == [absence]
        work.absences.close(absence, "returned", returned=TUESDAY, stood="suspected", by=1)
        assert work.absences.of_child(child, later) == ()
        assert [one.stood for one in work.absences.of_child(child, MONDAY)] == ["suspected"]
        assert work.absences.below(here.county) == ()
        assert [one.id for one in work.absences.returned_below(here.county, MONDAY)] == [absence]
        assert work.absences.returned_below(here.county, MONDAY + timedelta(days=2)) == ()

    await store.write(play)


async def test_the_last_word_of_a_day_about_the_roll_stands(store: Store) -> None:
    def play(work: Work) -> None:
        here = settled(work)
        made, _ = class_of_two(work, here.director, here.village)
        assert work.classes.roll(made, MONDAY) is None
        work.classes.take_roll(made, MONDAY, absent=1, by=here.director)
        first = work.classes.roll(made, MONDAY)
        work.classes.take_roll(made, MONDAY, absent=0, by=here.cadre)
        assert first is not None
        assert work.classes.roll(made, MONDAY) == replace(first, absent=0, taken_by=here.cadre)

    await store.write(play)


async def test_names_and_notes_are_sealed(store: Store) -> None:
    def play(work: Work) -> list[bytes]:
        here = settled(work)
        made, (pupil_id, _) = class_of_two(work, here.director, here.village)
        absence = noted(work, made, pupil_id, here.group, here.director)
        assert absence is not None
        work.absences.add_entry(absence, "did", by=5, code="contact", note="奶奶说发烧了")
        rows = [row[0] for row in work.db.all(pupil.select().with_only_columns(pupil.c.name))]
        notes = absence_entry.select().with_only_columns(absence_entry.c.note)
        return [*rows, *(row[0] for row in work.db.all(notes) if row[0] is not None)]

    sealed = await store.write(play)
    assert len(sealed) == 3
    assert not any(word.encode() in one for one in sealed for word in ("王小明", "李红", "发烧"))

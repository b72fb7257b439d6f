"""Schools, their classes, who teaches them, and the pupils; and that the roll was called."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from storage.repository import BELOW, Kept, Seen, given, insert, listed, upsert
from storage.tables import class_teacher, pupil, roll_call, school, school_class

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

    from storage.database import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class School:
    """A school, and the head who said that it is theirs."""

    id: int
    area_id: int
    name: str
    head_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolClass:
    """A class of a school."""

    id: int
    school: School
    name: str
    grade: int | None
    number: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PupilIn:
    """A pupil to be put into a class."""

    name: str = field(repr=False)
    child_id: int | None = None
    boards: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pupil:
    """A pupil; of the register where that is known."""

    id: int
    class_id: int
    name: str = field(repr=False)
    child_id: int | None
    boards: bool
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RollCall:
    """The roll of a class was called."""

    day: date
    taken_by: int
    taken_at: datetime
    absent: int


_SCHOOL = select(school.c.id, school.c.area_id, school.c.name, school.c.head_id)
_SCHOOL_BY_ID = _SCHOOL.where(school.c.id == given("id"))
_SCHOOL_NAMED = _SCHOOL.where(school.c.area_id == given("area_id"), school.c.name == given("name"))
_SCHOOLS_BELOW = _SCHOOL.where(school.c.area_id.in_(BELOW)).order_by(school.c.name, school.c.id)
_CLASS = select(
    school_class.c.id,
    school_class.c.name,
    school_class.c.grade,
    school_class.c.number,
    school.c.id,
    school.c.area_id,
    school.c.name,
    school.c.head_id,
).join_from(school_class, school, school.c.id == school_class.c.school_id)
_BY_GRADE = (school_class.c.grade, school_class.c.number, school_class.c.name, school_class.c.id)
_CLASS_BY_ID = _CLASS.where(school_class.c.id == given("id"))
_OF_SCHOOL = _CLASS.where(school.c.id == given("school_id")).order_by(*_BY_GRADE)
_TEACHES = class_teacher.c.since.is_not(None) & class_teacher.c.until.is_(None)
_OF_TEACHERS = (
    _CLASS.join(class_teacher, class_teacher.c.class_id == school_class.c.id)
    .where(class_teacher.c.person_id.in_(listed("people")), _TEACHES)
    .order_by(*_BY_GRADE)
)
_TEACHERS = (
    select(class_teacher.c.person_id)
    .where(class_teacher.c.class_id == given("class_id"), _TEACHES)
    .order_by(class_teacher.c.since, class_teacher.c.id)
)
_PUPIL = select(
    pupil.c.id, pupil.c.class_id, pupil.c.name, pupil.c.child_id, pupil.c.boards, pupil.c.until
)
_PUPIL_BY_ID = _PUPIL.where(pupil.c.id == given("id"))
_PUPILS = _PUPIL.where(pupil.c.class_id == given("class_id"), pupil.c.until.is_(None)).order_by(
    pupil.c.id
)
_ROLL = select(
    roll_call.c.day, roll_call.c.taken_by, roll_call.c.taken_at, roll_call.c.absent
).where(roll_call.c.class_id == given("class_id"), roll_call.c.day == given("day"))
_ADD_SCHOOL = insert(school).on_conflict_do_nothing(
    index_elements=[school.c.area_id, school.c.name]
)
_HEADS = update(school).where(school.c.id == given("row")).values(head_id=given("now_head"))
_ADD_CLASS = insert(school_class)
_ASK = insert(class_teacher).on_conflict_do_nothing(
    index_elements=[class_teacher.c.class_id, class_teacher.c.person_id]
)
_LET = (
    update(class_teacher)
    .where(
        class_teacher.c.class_id == given("in_class"),
        class_teacher.c.person_id == given("person"),
    )
    .values(since=given("now"), until=None)
)
_LEAVE = (
    update(class_teacher)
    .where(
        class_teacher.c.class_id == given("in_class"),
        class_teacher.c.person_id == given("person"),
        class_teacher.c.until.is_(None),
    )
    .values(until=given("now"))
)
_WAITS = select(class_teacher.c.id).where(
    class_teacher.c.class_id == given("class_id"),
    class_teacher.c.person_id == given("person_id"),
    class_teacher.c.since.is_(None),
)
_ADD_PUPIL = insert(pupil)
_LINK = update(pupil).where(pupil.c.id == given("row")).values(child_id=given("now_child"))
_GONE = (
    update(pupil)
    .where(pupil.c.id == given("row"), pupil.c.until.is_(None))
    .values(until=given("now"))
)
_TAKE_ROLL = upsert(roll_call, "taken_by", "taken_at", "absent")


class ClassesSeen(Seen):
    """Schools and classes, to be looked at."""

    def school(self, school_id: int) -> School | None:
        """A school."""
        row = self._db.one(_SCHOOL_BY_ID, id=school_id)
        return None if row is None else _school(row)

    def schools_below(self, area_id: int) -> tuple[School, ...]:
        """The schools at or below a place."""
        return tuple(map(_school, self._db.all(_SCHOOLS_BELOW, area_id=area_id)))

    def get(self, class_id: int) -> SchoolClass | None:
        """A class."""
        row = self._db.one(_CLASS_BY_ID, id=class_id)
        return None if row is None else _class(row)

    def of_school(self, school_id: int) -> tuple[SchoolClass, ...]:
        """The classes of a school, the lowest first."""
        return tuple(map(_class, self._db.all(_OF_SCHOOL, school_id=school_id)))

    def of_teachers(self, people: Sequence[int]) -> tuple[SchoolClass, ...]:
        """The classes that these people teach."""
        rows = self._db.all(_OF_TEACHERS, people=[*people])
        return tuple({row[0]: _class(row) for row in rows}.values())

    def teachers(self, class_id: int) -> tuple[int, ...]:
        """Who teaches a class, the first of them first."""
        return tuple(row[0] for row in self._db.all(_TEACHERS, class_id=class_id))

    def waits(self, class_id: int, person_id: int) -> bool:
        """True for whoever asked to teach the class, too, and was not answered."""
        return self._db.one(_WAITS, class_id=class_id, person_id=person_id) is not None

    def pupil(self, pupil_id: int) -> Pupil | None:
        """A pupil, also one who left."""
        row = self._db.one(_PUPIL_BY_ID, id=pupil_id)
        return None if row is None else self._pupil(row)

    def pupils(self, class_id: int) -> tuple[Pupil, ...]:
        """The pupils of a class, in the order in which they came."""
        return tuple(map(self._pupil, self._db.all(_PUPILS, class_id=class_id)))

    def roll(self, class_id: int, day: date) -> RollCall | None:
        """The roll of a day; None while nobody called it."""
        row = self._db.one(_ROLL, class_id=class_id, day=day)
        if row is None:
            return None
        return RollCall(day=row[0], taken_by=row[1], taken_at=row[2], absent=row[3])

    def _pupil(self, row: Row) -> Pupil:
        return Pupil(
            id=row[0],
            class_id=row[1],
            name=self._open(pupil, "name", row[0], row[2]),
            child_id=row[3],
            boards=row[4],
            until=row[5],
        )


class Classes(ClassesSeen, Kept):
    """Schools and classes, to be entered."""

    def school_at(self, area_id: int, name: str) -> School:
        """The school of this name in a place; it is made when there is none."""
        row_id = self._work.new_id()
        self._db.run(
            _ADD_SCHOOL,
            id=row_id,
            area_id=area_id,
            name=name,
            head_id=None,
            created_at=self._now,
        )
        row = self._db.one(_SCHOOL_NAMED, area_id=area_id, name=name)
        assert row is not None
        return _school(row)

    def heads(self, school_id: int, person_id: int) -> None:
        """Somebody is the head of the school."""
        self._db.run(_HEADS, row=school_id, now_head=person_id)

    def add(
        self, school_id: int, name: str, *, grade: int | None, number: int | None, by: int
    ) -> int:
        """A new class, which whoever enters it teaches; its id."""
        class_id = self._work.new_id()
        self._db.run(
            _ADD_CLASS,
            id=class_id,
            school_id=school_id,
            name=name,
            grade=grade,
            number=number,
            created_by=by,
            created_at=self._now,
        )
        self.ask_to_teach(class_id, by)
        self.let_teach(class_id, by)
        return class_id

    def ask_to_teach(self, class_id: int, person_id: int) -> None:
        """Somebody says that they teach the class, too; nobody answered yet."""
        self._db.run(
            _ASK,
            id=self._work.new_id(),
            class_id=class_id,
            person_id=person_id,
            since=None,
            until=None,
        )

    def let_teach(self, class_id: int, person_id: int) -> None:
        """They do teach it."""
        self._db.run(_LET, in_class=class_id, person=person_id, now=self._now)

    def leave(self, class_id: int, person_id: int) -> None:
        """They teach it no more."""
        self._db.run(_LEAVE, in_class=class_id, person=person_id, now=self._now)

    def hand_over(self, person_id: int, to_person_id: int) -> int:
        """The classes of one are another's to teach; how many."""
        taught = self.of_teachers([person_id])
        for one in taught:
            self.ask_to_teach(one.id, to_person_id)
            self.let_teach(one.id, to_person_id)
            self.leave(one.id, person_id)
        return len(taught)

    def add_pupils(self, class_id: int, pupils: Iterable[PupilIn]) -> tuple[int, ...]:
        """New pupils; their ids."""
        rows = [
            {
                "id": (row_id := self._work.new_id()),
                "class_id": class_id,
                "name": self._seal(pupil, "name", row_id, one.name),
                "child_id": one.child_id,
                "boards": one.boards,
                "since": self._now,
                "until": None,
                "erased_at": None,
            }
            for one in pupils
        ]
        self._db.run_many(_ADD_PUPIL, rows)
        return tuple(int(str(row["id"])) for row in rows)

    def link(self, pupil_id: int, child_id: int | None) -> None:
        """The pupil is this child of the register."""
        self._db.run(_LINK, row=pupil_id, now_child=child_id)

    def left(self, pupil_id: int) -> bool:
        """The pupil left the class; False when that was so."""
        return self._db.run(_GONE, row=pupil_id, now=self._now) == 1

    def take_roll(self, class_id: int, day: date, *, absent: int, by: int) -> None:
        """The roll was called; a later word of the same day stands."""
        self._db.run(
            _TAKE_ROLL,
            class_id=class_id,
            day=day,
            taken_by=by,
            taken_at=self._now,
            absent=absent,
        )


def _school(row: Row) -> School:
    return School(id=row[0], area_id=row[1], name=row[2], head_id=row[3])


def _class(row: Row) -> SchoolClass:
    return SchoolClass(
        id=row[0],
        name=row[1],
        grade=row[2],
        number=row[3],
        school=School(id=row[4], area_id=row[5], name=row[6], head_id=row[7]),
    )

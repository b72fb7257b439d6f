"""Numbers of a place and all below it, each by one statement over the rows themselves.

Those of cases are told without the cases of which the reader must not hear (``hidden``).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, case, func, literal_column, select, text

from storage.repository import BELOW, HIDDEN, Seen, given, hiding, unindexed
from storage.supervision.day_facts import CAME_BACK, CLOSED, FELL_DUE, MADE, REPORTED, TO_TELL
from storage.tables import absence, case_entry, case_file, child, duty

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date

    from sqlalchemy import ColumnElement

    from storage.supervision.spans import Span


def _sum(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


_IS_OF_AGE = (
    child.c.area_id.in_(BELOW),
    child.c.status == "active",
    # Of the place's index: by month of birth alone SQLite would walk through all of the county.
    unindexed(child.c.born_month, 0) > given("born_after"),
    unindexed(child.c.born_month, 0) <= given("born_until"),
)
_OF_AGE = select(func.count()).where(*_IS_OF_AGE)
# Of the whole county its index says it by itself: all children of the register live there.
_ALL_OF_AGE = select(func.count()).where(
    child.c.status == "active",
    child.c.born_month > given("born_after"),
    child.c.born_month <= given("born_until"),
)
_WHO_IS_OF_AGE = (
    select(child.c.id)
    .where(*_IS_OF_AGE)
    .order_by(child.c.area_id, child.c.household_id, child.c.id)
    .limit(given("count"))
    .offset(given("skip"))
)
# What is open has an index of its own, with far less in it.
_IS_OVERDUE = (
    unindexed(duty.c.kind, "") == "visit",
    duty.c.area_id.in_(BELOW),
    duty.c.state == literal_column("'open'"),
    duty.c.due_at < given("now"),
)
_OVERDUE_BY_AREA = (
    select(duty.c.area_id, func.count()).where(*_IS_OVERDUE).group_by(duty.c.area_id)
)
_WHOSE_OVERDUE = (
    select(duty.c.subject_id)
    .where(*_IS_OVERDUE)
    .order_by(duty.c.due_at, duty.c.id)
    .limit(given("count"))
    .offset(given("skip"))
)
_ABSENT = select(func.count()).where(absence.c.area_id.in_(BELOW), absence.c.state == "open")
_IS_HIDDEN = case_file.c.id.in_(HIDDEN)
_OPEN_BY_AREA = hiding(
    select(case_file.c.area_id, case_file.c.grade, func.count())
    .where(
        case_file.c.area_id.in_(BELOW),
        case_file.c.closed_at.is_(None),
        case_file.c.joined_into.is_(None),
    )
    .group_by(case_file.c.area_id, case_file.c.grade),
    _IS_HIDDEN,
)
_WHICH_CASES = hiding(
    select(case_file.c.id)
    .where(
        case_file.c.area_id.in_(BELOW),
        case_file.c.grade == given("grade"),
        case_file.c.closed_at.is_(None),
        case_file.c.joined_into.is_(None),
    )
    .order_by(case_file.c.opened_at, case_file.c.id)
    .limit(given("count"))
    .offset(given("skip")),
    _IS_HIDDEN,
)
#: Taken up again after its end.
_WAS_REOPENED = (
    case_file.c.area_id.in_(BELOW),
    case_file.c.joined_into.is_(None),
    case_file.c.id.in_(
        select(case_entry.c.case_id).where(
            # In so many words: only so does the index of these come into play.
            text("case_entry.act IN ('unsolved', 'reopened', 'reopen')"),
            case_entry.c.entered_at > given("since"),
            case_entry.c.entered_at <= given("until"),
        )
    ),
)
_UNSOLVED = hiding(select(func.count()).where(*_WAS_REOPENED), _IS_HIDDEN)
_WHICH_CHILDREN = (
    select(child.c.id)
    .where(child.c.area_id.in_(BELOW), child.c.status == "active")
    .order_by(child.c.area_id, child.c.household_id, child.c.id)
    .limit(given("count"))
    .offset(given("skip"))
)
_WHO_IS_ABSENT = (
    select(absence.c.id)
    .where(absence.c.area_id.in_(BELOW), absence.c.state == "open")
    .order_by(absence.c.first_day, absence.c.id)
    .limit(given("count"))
    .offset(given("skip"))
)
_LISTS: dict[str, Select[Any]] = {
    "children": _WHICH_CHILDREN,
    "visits_overdue": _WHOSE_OVERDUE,
    "absent": _WHO_IS_ABSENT,
}


#: Cases that were taken up again in a period, each once.
_WHICH_REOPENED = hiding(
    select(case_file.c.id)
    .where(*_WAS_REOPENED)
    .order_by(case_file.c.id)
    .limit(given("count"))
    .offset(given("skip")),
    _IS_HIDDEN,
)


class FiguresSeen(Seen):
    """Numbers of a place and all below it; policy/figures.toml says what each means."""

    def children_now(self, area_id: int) -> Mapping[str, int]:
        """Children as they stand: in the register, not visited in time, missing from school."""
        return {
            "children": sum(self._reading.head_counts.children(area_id).values()),
            "visits_overdue": sum(self.overdue_by_area(area_id).values()),
            "absent": self.absent_now(area_id),
        }

    def absent_now(self, area_id: int) -> int:
        """How many are missing from school."""
        return self._numbers(_ABSENT, area_id=area_id)[0]

    def of_children(self, area_id: int, span: Span) -> Mapping[str, int]:
        """Visits of a span, and who came back to school in it."""
        days = self._reading.day_counts
        fell, made = days.total(FELL_DUE, area_id, span), days.total(MADE, area_id, span)
        return {
            "visits_due": fell["due"],
            "visits_in_time": fell["in_time"],
            "visits_late": fell["late"],
            "visits_failed": made["failed"],
            "visits_done": made["done"],
            "child_seen": made["seen"],
            "seen_alone": made["alone"],
            **days.total(CAME_BACK, area_id, span),
        }

    def overdue_by_area(self, area_id: int) -> Mapping[int, int]:
        """Visits that should have been made by now, by place."""
        rows = self._db.all(_OVERDUE_BY_AREA, area_id=area_id, now=self._now)
        return {row[0]: int(row[1]) for row in rows}

    def open_by_area(
        self, area_id: int, *, hidden: Collection[int] = ()
    ) -> Mapping[tuple[int, str], int]:
        """Open cases, by place and grade."""
        statement, more = _OPEN_BY_AREA.of(hidden)
        rows = self._db.all(statement, area_id=area_id, **more)
        return {(row[0], row[1]): int(row[2]) for row in rows}

    def of_school_age(self, area_id: int, ages: tuple[int, int], today: date) -> int:
        """Children from the first of these years on and below the second, by month of birth."""
        if [root.id for root in self._reading.areas.roots()] == [area_id]:
            return self._numbers(_ALL_OF_AGE, **_born(ages, today))[0]
        return self._numbers(_OF_AGE, area_id=area_id, **_born(ages, today))[0]

    def who_is_of_school_age(
        self, area_id: int, ages: tuple[int, int], today: date, *, skip: int, count: int
    ) -> tuple[int, ...]:
        """The same children, a page of them."""
        page = {"area_id": area_id, "skip": skip, "count": count}
        return tuple(row[0] for row in self._db.all(_WHO_IS_OF_AGE, **page, **_born(ages, today)))

    def cases_now(self, area_id: int, *, hidden: Collection[int] = ()) -> Mapping[str, int]:
        """Open cases by grade."""
        grades: Counter[str] = Counter()
        for (_, grade), count in self.open_by_area(area_id, hidden=hidden).items():
            grades[grade] += count
        return {f"cases_{grade}": count for grade, count in grades.items()}

    def of_cases(
        self, area_id: int, span: Span, *, hidden: Collection[int] = ()
    ) -> Mapping[str, int]:
        """What came, ended and was told in a span."""
        days, during = self._reading.day_counts, {"since": span.since, "until": span.until}
        unsolved, more = _UNSOLVED.of(hidden)
        return {
            **days.total(REPORTED, area_id, span, hidden=hidden),
            **days.total(CLOSED, area_id, span, hidden=hidden),
            "unsolved": self._numbers(unsolved, area_id=area_id, **during, **more)[0],
            **days.total(TO_TELL, area_id, span, hidden=hidden),
        }

    def which(
        self,
        figure: str,
        area_id: int,
        *,
        skip: int,
        count: int,
        hidden: Collection[int] = (),
    ) -> tuple[int, ...]:
        """What a number counts, a page of it: ids of children, absences or cases."""
        page = {"area_id": area_id, "skip": skip, "count": count}
        if figure.startswith("cases_"):
            statement, more = _WHICH_CASES.of(hidden)
            grade = figure.removeprefix("cases_")
            rows = self._db.all(statement, **page, grade=grade, **more)
        elif figure == "visits_overdue":
            rows = self._db.all(_WHOSE_OVERDUE, **page, now=self._now)
        else:
            rows = self._db.all(_LISTS[figure], **page)
        return tuple(row[0] for row in rows)

    def which_reopened(
        self,
        area_id: int,
        span: Span,
        *,
        skip: int,
        count: int,
        hidden: Collection[int] = (),
    ) -> tuple[int, ...]:
        """The cases that were taken up again in a span, a page of them."""
        page = {"skip": skip, "count": count, "since": span.since, "until": span.until}
        statement, more = _WHICH_REOPENED.of(hidden)
        rows = self._db.all(statement, area_id=area_id, **page, **more)
        return tuple(row[0] for row in rows)

    def _numbers(self, statement: Select[Any], **values: object) -> tuple[int, ...]:
        row = self._db.one(statement, **values)
        assert row is not None
        return tuple(int(number) for number in row)


def _born(ages: tuple[int, int], today: date) -> dict[str, int]:
    month = today.year * 12 + today.month
    return {"born_after": month - ages[1] * 12, "born_until": month - ages[0] * 12}

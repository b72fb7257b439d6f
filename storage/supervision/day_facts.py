"""What is counted by place and day: which rows of a table, on which day, and what of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import case, func, literal_column, select

from storage.repository import HIDDEN, given
from storage.tables import absence, case_file, case_report, duty, report, visit

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

Numbers: TypeAlias = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fact:
    """What of a table falls on a day at a place, and what is counted of it."""

    area: ColumnElement[int | None]
    moment: ColumnElement[Any]
    where: tuple[ColumnElement[bool], ...]
    #: None: all of it.
    numbers: Mapping[str, ColumnElement[bool] | None]
    #: Of what is about a case: that it is one of HIDDEN.
    is_hidden: ColumnElement[bool] | None = None


_WAS_MET = duty.c.state == literal_column("'done'")
_FALLS_DUE = duty.c.state.in_((literal_column("'open'"), literal_column("'done'")))
WAS_DONE = visit.c.result == literal_column("'done'")
FELL_DUE = Fact(
    area=duty.c.area_id,
    moment=duty.c.due_at,
    where=(duty.c.kind == literal_column("'visit'"), _FALLS_DUE),
    numbers={
        "due": None,
        "met": _WAS_MET,
        "in_time": _WAS_MET & (duty.c.ended_at <= duty.c.due_at),
        "late": _WAS_MET & (duty.c.ended_at > duty.c.due_at),
    },
)
MADE = Fact(
    area=visit.c.area_id,
    moment=visit.c.true_at,
    where=(visit.c.result.in_((literal_column("'done'"), literal_column("'failed'"))),),
    numbers={
        "done": WAS_DONE,
        "failed": visit.c.result == literal_column("'failed'"),
        "alone": WAS_DONE & visit.c.alone.is_(True),
        "seen": WAS_DONE & visit.c.seen.is_(True),
    },
)
TO_TELL = Fact(
    area=duty.c.area_id,
    moment=duty.c.due_at,
    where=(duty.c.kind == literal_column("'feedback'"), _FALLS_DUE),
    numbers={"told_due": None, "told": _WAS_MET},
    is_hidden=duty.c.subject_id.in_(HIDDEN),
)
IS_REPORT_HIDDEN = report.c.id.in_(
    select(case_report.c.report_id).where(case_report.c.case_id.in_(HIDDEN))
)
REPORTED = Fact(
    area=report.c.area_id,
    moment=report.c.created_at,
    where=(),
    numbers={"reports": None},
    is_hidden=IS_REPORT_HIDDEN,
)
CLOSED = Fact(
    area=case_file.c.area_id,
    moment=case_file.c.closed_at,
    where=(case_file.c.closed_at.is_not(None), case_file.c.joined_into.is_(None)),
    numbers={"closed": None, "solved": case_file.c.solved == literal_column("'yes'")},
    is_hidden=case_file.c.id.in_(HIDDEN),
)
CAME_BACK = Fact(
    area=absence.c.area_id,
    moment=absence.c.closed_at,
    where=(absence.c.closed_at.is_not(None), absence.c.state == literal_column("'returned'")),
    numbers={"returned": None},
)
FACTS = (FELL_DUE, MADE, TO_TELL, REPORTED, CLOSED, CAME_BACK)
#: All numbers that are kept, in their order.
NUMBERS = tuple(name for fact in FACTS for name in fact.numbers)
NONE: Numbers = (0,) * len(NUMBERS)


def _stands(fact: Fact) -> slice:
    first = NUMBERS.index(next(iter(fact.numbers)))
    return slice(first, first + len(fact.numbers))


#: Where those of each fact stand among all.
STANDS = {fact: _stands(fact) for fact in FACTS}


def spread(fact: Fact, numbers: Iterable[int]) -> Numbers:
    """Those of a fact, among all."""
    told = dict(zip(fact.numbers, numbers, strict=True))
    return tuple(told.get(name, 0) for name in NUMBERS)


def within(fact: Fact) -> tuple[ColumnElement[bool], ...]:
    """That it is of a span."""
    return (*fact.where, fact.moment > given("since"), fact.moment <= given("until"))


def sums(columns: Mapping[str, ColumnElement[Any]]) -> list[ColumnElement[Any]]:
    """The sum of each column under its name, 0 where there is no row."""
    return [func.coalesce(func.sum(one), 0).label(name) for name, one in columns.items()]


def sums_of(fact: Fact) -> list[ColumnElement[Any]]:
    """The numbers of a fact, counted from its rows."""
    one: ColumnElement[Any] = literal_column("1")
    return sums(
        {
            name: one if is_so is None else case((is_so, 1), else_=0)
            for name, is_so in fact.numbers.items()
        }
    )


def added(one: Numbers, other: Iterable[int]) -> Numbers:
    """The sum of each of them."""
    return tuple(a + b for a, b in zip(one, other, strict=True))

"""What by itself comes of the schools' months: each school is asked, and its head's duty rings."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from conversation.cards import Button, Card
from handlers.matter import Matter
from handlers.saying import button
from handlers.school import classes, school_tasks
from handlers.school.school_months import KIND, SUBJECT, about, monthly, quarter_name, start_of
from handlers.school.school_tasks import Task
from handlers.turn import Turn
from policy.absence import month_end
from storage.cases.duties import Duty
from storage.school.classes import School

#: Schools that one turn asks.
ASKED = 50


def ask_all(turn: Turn) -> int:
    """Ask the next schools for the month whose time has come; how many were asked."""
    today = turn.at.date()
    month = monthly(turn).asked_on(today)
    policy = turn.rules.policy
    if not policy.absence.school.days_between(month, month_end(month), policy.calendar):
        return 0
    asked_from = start_of(turn, month.replace(day=monthly(turn).day))
    schools = turn.work.school_months.unasked(month, asked_from + timedelta(days=1), ASKED)
    for one in schools:
        school = turn.work.classes.school(one)
        row = turn.work.school_months.ask(one, month)
        if school is not None and row is not None:
            ask(turn, school, row, month, _due(turn, month), cause=0)
    return len(schools)


def _due(turn: Turn, month: date) -> datetime:
    """By when a month's numbers are there; who is asked late has a working day."""
    calendar = turn.rules.policy.calendar
    wanted = calendar.workday_by(month.replace(day=monthly(turn).due))
    soon = calendar.add_workdays(turn.at.date(), 1)
    return school_tasks.closing(turn, max(wanted, soon))


def ask(
    turn: Turn, school: School, row: int, month: date, due: datetime, *, cause: int, why: str = ""
) -> None:
    """A duty of the head, and one card: the place and the month, no number and no name.

    ``cause`` tells one asking from the next; ``why`` is what the county wants to know.
    """
    key = "month.again" if why else "month.asked"
    text = turn.words(key, where=school.name, month=month.month, when=turn.day(due), text=why)
    card = Card(text=text, rows=(button(turn.words("month.look"), "month", str(row)),))
    task = Task(
        key=f"{SUBJECT}:{row}:{cause}",
        kind=KIND,
        subject=SUBJECT,
        subject_id=row,
        area_id=school.area_id,
        due=due,
    )
    told = f"month:{row}:{cause}"
    school_tasks.ask_head(turn, school, task, card, key=told, about=about(row))


def matter(turn: Turn, duty: Duty) -> Matter | None:
    """The month of a duty; None when nothing is to be told any more."""
    row = turn.work.school_months.get(duty.subject_id)
    school = turn.work.classes.school(row.school_id) if row else None
    if row is None or school is None or row.state == "said":
        return None
    text = turn.words("month.waiting", where=school.name, month=row.month.month)
    look = button(turn.words("month.look"), "month", str(row.id))
    return Matter(without=frozenset(), about=about(row.id), text=text, rows=(look,))


def waiting(turn: Turn) -> Iterator[tuple[Button, ...]]:
    """What waits for the speaker: months of their schools, quarters of their county."""
    schools = {one.id: one for one in classes.headed(turn)}
    for row in turn.work.school_months.waiting([*schools]):
        label = turn.words(
            "month.line", where=schools[row.school_id].name, month=row.month.month, what=""
        )
        yield button(label, "month", str(row.id))
    at = [one.area_id for one in turn.roles if one.role in monthly(turn).checks]
    for check in turn.work.school_months.open_checks(at):
        label = turn.words("month.check_line", text=quarter_name(turn, check.quarter))
        yield button(label, "quarter", str(check.id))

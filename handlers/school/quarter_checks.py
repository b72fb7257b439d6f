"""The county's check of a quarter: the months of its schools in which something stands out."""

from collections.abc import Sequence
from datetime import date, datetime

from conversation.cards import Card
from handlers import filling
from handlers.matter import Matter
from handlers.reaching import telling
from handlers.saying import SHOWN, answer, button
from handlers.school import school_tasks
from handlers.school.month_duties import ask
from handlers.school.school_months import (
    CHECK,
    CHECKED,
    is_checker,
    monthly,
    quarter_name,
    rows_of,
    show,
    view,
)
from handlers.school.school_tasks import Task
from handlers.supervision import figures
from handlers.turn import Filled, Turn
from policy.absence import MONTHS, months_of
from policy.masking import defang
from storage.cases.duties import Duty
from storage.school.school_months import Check, SchoolMonth


def open_checks(turn: Turn) -> None:
    """A quarter whose months are behind us is the county's to check."""
    quarter = monthly(turn).quarter_checked_on(turn.at.date())
    work, calendar = turn.work, turn.rules.policy.calendar
    for root in work.areas.roots():
        if work.school_months.check_of(root.id, quarter) is not None:
            continue
        if not work.school_months.below(root.id, months_of(quarter)):
            continue
        row = work.school_months.open_check(root.id, quarter)
        if row is None:
            continue
        last = calendar.add_workdays(turn.at.date(), monthly(turn).check_days)
        due = school_tasks.closing(turn, last)
        _ask(turn, row, root.id, quarter, due)


def _ask(turn: Turn, row: int, area: int, quarter: date, due: datetime) -> None:
    """A duty of the first who checks, and a card to each."""
    task = Task(
        key=f"{CHECKED}:{row}:0",
        kind=CHECK,
        subject=CHECKED,
        subject_id=row,
        area_id=area,
        due=due,
    )
    checkers = _checkers(turn, area)
    role, first = checkers[0]
    school_tasks.give(turn, task, role, first)
    text = turn.words("month.check_asked", text=quarter_name(turn, quarter), when=turn.day(due))
    card = Card(text=text, rows=(button(turn.words("month.look"), "quarter", str(row)),))
    for _, person in checkers:
        if person is not None:
            telling.tell_person(turn, person, card, key=f"check:{row}:{person}")


def _checkers(turn: Turn, area: int) -> list[tuple[str, int | None]]:
    """Who checks, each with the post; the post alone while nobody holds it."""
    posts = monthly(turn).checks
    held = turn.work.people.in_posts(posts, [area])
    return [(one.role, one.person_id) for one in held] or [(posts[0], None)]


def matter(turn: Turn, duty: Duty) -> Matter | None:
    """The quarter of a duty."""
    check = turn.work.school_months.check(duty.subject_id)
    if check is None or check.state != "open":
        return None
    text = turn.words("month.check_waiting", text=quarter_name(turn, check.quarter))
    look = button(turn.words("month.look"), "quarter", str(check.id))
    return Matter(without=frozenset(), about=f"check:{check.id}", text=text, rows=(look,))


# -- the talk ----------------------------------------------------------------------------------


def quarter(turn: Turn, arg: str) -> None:
    """复核: the months in which something stands out are to be opened; the rest is one tap."""
    check_id, _, skip = arg.partition(":")
    check = _check(turn, check_id)
    if check is None:
        return
    rows = turn.work.school_months.below(check.area_id, months_of(check.quarter))
    odd = [one for one in rows if _stands_out(one)]
    open_ones = [one for one in rows if one.state != "said"]
    text = turn.words(
        "month.check",
        text=quarter_name(turn, check.quarter),
        count=len({one.school_id for one in rows}),
        what=len(rows) - len(open_ones),
        left=len(open_ones),
        value=len(odd) - len(open_ones),
    )
    start = int(skip or 0)
    shown = rows_of(turn, odd[start : start + SHOWN])
    if len(odd) > start + SHOWN:
        shown.append(button(turn.words("form.more"), "quarter", f"{check_id}:{start + SHOWN}"))
    done = (
        [button(turn.words("month.checked"), "quarter.done", check_id)]
        if check.state == "open" and not open_ones and is_checker(turn, check.area_id)
        else []
    )
    state = [turn.words("month.check_done")] if check.state == "done" else []
    answer(turn, "\n".join([text, *state]), *shown, *done)


def _stands_out(row: SchoolMonth) -> bool:
    """Nothing was said, the school says otherwise, or pupils left school or came back."""
    numbers = {**row.counted, **row.said}
    return (
        row.state != "said"
        or bool(row.said)
        or any(numbers.get(name, 0) for name in ("suspected", "dropout", "returned"))
    )


def _check(turn: Turn, check_id: str) -> Check | None:
    check = turn.work.school_months.check(int(check_id or 0))
    if check is None or "children" not in figures.may(turn, check.area_id):
        answer(turn, turn.words("month.not_yours"))
        return None
    return check


def finish(turn: Turn, check_id: str) -> None:
    """都核对过了; not while a school has not answered."""
    check = _check(turn, check_id)
    if check is None:
        return
    rows: Sequence[SchoolMonth] = turn.work.school_months.below(
        check.area_id, months_of(check.quarter)
    )
    by = turn.speaker.person_id
    is_whole = all(one.state == "said" for one in rows) and is_checker(turn, check.area_id)
    if is_whole and turn.work.school_months.checked(check.id, by=by):
        turn.work.duties.end_of(CHECKED, check.id, by=by)
        turn.work.audit.write(
            by, "quarter.checked", "area", check.area_id, {"quarter": str(check.quarter)}
        )
    quarter(turn, check_id)


def begin_back(turn: Turn, month_id: str) -> None:
    """请学校再看看."""
    seen = view(turn, month_id)
    if seen is None:
        return
    if not seen.checks or seen.row.state != "said":
        show(turn, month_id)
        return
    filling.begin(turn, "month_back", preset={"month_id": month_id}, in_place=True)


def sent_back(turn: Turn, filled: Filled) -> None:
    """The school is asked again, with what the county wants to know."""
    said = filled.answers
    seen = view(turn, said["month_id"])
    if seen is None:
        return
    row, why = seen.row, said["month_doubt"]
    if not seen.checks or not turn.work.school_months.send_back(row.id, why):
        show(turn, said["month_id"])
        return
    calendar = turn.rules.policy.calendar
    due = school_tasks.closing(turn, calendar.add_workdays(turn.at.date(), MONTHS))
    ask(turn, seen.school, row.id, row.month, due, cause=turn.work.new_id(), why=defang(why))
    turn.work.audit.write(
        turn.speaker.person_id, "month.asked_again", "school", seen.school.id, {}
    )
    show(turn, said["month_id"], head=turn.words("month.back_done", where=seen.school.name))

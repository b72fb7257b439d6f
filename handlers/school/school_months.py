"""学校每月报数: each school looks at its numbers once a month, and the county checks a quarter.

The numbers are counted; a school types one only where it knows better, and says why.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from conversation.cards import Button, Card
from handlers import filling
from handlers.reaching import telling
from handlers.saying import BESIDE, answer, button
from handlers.school import absence_ladder, classes
from handlers.supervision import figures
from handlers.turn import Filled, Turn
from policy.absence import MONTHS, STOOD, Monthly, month_end
from policy.masking import defang
from storage.school.classes import School
from storage.school.school_months import SchoolMonth

#: The numbers of a school, in their order.
NUMBERS = ("enrolled", "left_behind", "absent", "suspected", "dropout", "returned")
LEFT_BEHIND = "left_behind"
KIND, CHECK = "school_month", "quarter_check"
SUBJECT, CHECKED = "month", "check"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A school's month as somebody may see it."""

    row: SchoolMonth
    school: School
    #: True for the head: what is there may be changed and said.
    heads: bool
    #: True for whoever checks the schools of the place.
    checks: bool


def view(turn: Turn, month_id: str) -> View | None:
    """The month, for who heads the school or sees its place; absent and foreign are the same."""
    row = turn.work.school_months.get(int(month_id or 0))
    school = turn.work.classes.school(row.school_id) if row else None
    if row is not None and school is not None:
        heads = classes.heads(turn, school)
        if heads or "children" in figures.may(turn, school.area_id):
            checks = is_checker(turn, school.area_id)
            return View(row=row, school=school, heads=heads, checks=checks)
    answer(turn, turn.words("month.not_yours"))
    return None


def is_checker(turn: Turn, area_id: int) -> bool:
    """True for whoever checks the schools of a place."""
    posts = monthly(turn).checks
    return any(
        one.role in posts and turn.work.areas.is_within(area_id, one.area_id) for one in turn.roles
    )


def monthly(turn: Turn) -> Monthly:
    """When months are asked, and who checks them: absence.toml."""
    return turn.rules.policy.absence.monthly


def start_of(turn: Turn, day: date) -> datetime:
    """When a day of the county begins."""
    return datetime.combine(day, time(), turn.rules.zone).astimezone(turn.work.now.tzinfo)


def about(row: int) -> str:
    """How rows of the outbox name a month."""
    return f"{SUBJECT}:{row}"


def quarter_name(turn: Turn, quarter: date) -> str:
    """2026年第3季度, by the first day of it."""
    return turn.words("month.quarter", year=quarter.year, count=quarter.month // MONTHS + 1)


# -- the numbers of a school ----------------------------------------------------------------------


def counted(turn: Turn, school: School, month: date) -> Mapping[str, int]:
    """The numbers of a school's month, as everything that was entered says."""
    work, last = turn.work, month_end(month)
    pupils = work.school_months.pupils(school.id)
    known = work.children.some([one for one in pupils if one])
    missed = [
        one
        for row in work.school_months.absences(school.id, start_of(turn, month), last)
        if (one := work.absences.get(row)) is not None
    ]
    stood = Counter(absence_ladder.stands(turn, one) for one in missed if one.is_open)
    return {
        "enrolled": len(pupils),
        "left_behind": sum(LEFT_BEHIND in one.labels for one in known if one.status == "active"),
        "absent": len({one.pupil_id for one in missed}),
        "suspected": stood["suspected"],
        "dropout": stood["dropout"],
        "returned": sum(
            one.stood in STOOD
            for one in missed
            if one.returned is not None and month <= one.returned <= last
        ),
    }


def show(turn: Turn, month_id: str, *, head: str = "") -> None:
    """The numbers of a month; the head says that they are right, or which one is not."""
    seen = view(turn, month_id)
    if seen is None:
        return
    row = seen.row
    is_said = row.state == "said"
    numbers = row.counted if is_said else counted(turn, seen.school, row.month)
    lines = [
        *([head] if head else []),
        turn.words("month.title", where=seen.school.name, month=row.month.month),
        *(_line(turn, name, numbers, row.said) for name in NUMBERS),
        *([turn.words("month.note", text=row.note)] if row.note else []),
        turn.words(f"month.state.{row.state}"),
    ]
    answer(turn, defang("\n".join(lines)), *_buttons(turn, seen))


def _line(turn: Turn, name: str, numbers: Mapping[str, int], said: Mapping[str, int]) -> str:
    label = turn.words(f"month.number.{name}")
    if name in said:
        return turn.words(
            "month.said_line", name=label, count=said[name], value=numbers.get(name, 0)
        )
    return turn.words("stats.line", name=label, count=numbers.get(name, 0))


def _buttons(turn: Turn, seen: View) -> list[tuple[Button, ...]]:
    row = str(seen.row.id)
    if seen.row.state != "said":
        if not seen.heads:
            return []
        return [
            button(turn.words("month.right"), "month.say", row),
            button(turn.words("month.wrong"), "month.fix", row),
        ]
    if seen.checks:
        return [button(turn.words("month.doubt"), "month.back", row)]
    return []


def begin_fix(turn: Turn, month_id: str) -> None:
    """有一个数不对."""
    seen = view(turn, month_id)
    if seen is None:
        return
    if not seen.heads or seen.row.state == "said":
        show(turn, month_id)
        return
    filling.begin(turn, "month_fix", preset={"month_id": month_id}, in_place=True)


def fixed(turn: Turn, filled: Filled) -> None:
    """One number is another, with the reason."""
    said = filled.answers
    seen = view(turn, said["month_id"])
    if seen is None:
        return
    if not seen.heads or seen.row.state == "said":
        show(turn, said["month_id"])
        return
    numbers = {**seen.row.said, said["month_figure"]: int(said["month_count"])}
    name = turn.words(f"month.number.{said['month_figure']}")
    reason = turn.words("month.reason", name=name, text=said["month_why"])
    note = "；".join(filter(None, (seen.row.note, reason)))
    turn.work.school_months.correct(seen.row.id, numbers, note)
    turn.work.audit.write(
        turn.speaker.person_id,
        "month.corrected",
        "school",
        seen.school.id,
        {"month": str(seen.row.month), "number": said["month_figure"]},
    )
    show(turn, said["month_id"], head=turn.words("month.fixed"))


def say(turn: Turn, month_id: str) -> None:
    """没问题，就这样报: one tap."""
    seen = view(turn, month_id)
    if seen is None:
        return
    by = turn.speaker.person_id
    numbers = counted(turn, seen.school, seen.row.month)
    if not seen.heads or not turn.work.school_months.say(seen.row.id, numbers, by=by):
        show(turn, month_id)
        return
    turn.work.duties.end_of(SUBJECT, seen.row.id, by=by)
    text = turn.words("month.done", where=seen.school.name, month=seen.row.month.month)
    telling.settle(turn, about(seen.row.id), Card(text=text), but=turn.speaker.contact_id)
    turn.work.audit.write(
        by, "month.said", "school", seen.school.id, {"month": str(seen.row.month)}
    )
    answer(turn, text)


# -- the schools of a place -----------------------------------------------------------------------


def listed(turn: Turn, arg: str) -> None:
    """学校每月报数 of a place: who has answered, who has not; no school stands before another."""
    area, month, skip = (*arg.split(":"), "", "")[:3]
    place = int(area or 0)
    if "children" not in figures.may(turn, place):
        answer(turn, turn.words("stats.not_yours"))
        return
    on = _date(month) or monthly(turn).asked_on(turn.at.date())
    rows = turn.work.school_months.below(place, [on])
    said = sum(one.state == "said" for one in rows)
    text = turn.words(
        "month.list" if rows else "month.list_none",
        area=turn.work.areas.full_name(place),
        month=on.month,
        count=len(rows),
        what=said,
        left=len(rows) - said,
    )
    sums = Counter[str]()
    for one in rows:
        sums.update({**one.counted, **one.said} if one.state == "said" else {})
    lines = [
        turn.words("stats.line", name=turn.words(f"month.number.{name}"), count=sums[name])
        for name in NUMBERS
        if said
    ]
    start = int(skip or 0)
    shown = rows_of(turn, rows[start : start + BESIDE])
    if len(rows) > start + BESIDE:
        shown.append(button(turn.words("form.more"), "months", f"{area}:{on}:{start + BESIDE}"))
    before = (on - timedelta(days=1)).replace(day=1)
    earlier = button(turn.words("month.earlier", month=before.month), "months", f"{area}:{before}")
    back = button(turn.words("stats.back"), "stats", area)
    answer(turn, "\n".join([text, *lines]), *shown, earlier, back)


def rows_of(turn: Turn, rows: Iterable[SchoolMonth]) -> list[tuple[Button, ...]]:
    """A button for each month, with its school and how it stands."""
    found = []
    for one in rows:
        school = turn.work.classes.school(one.school_id)
        label = turn.words(
            "month.line",
            where=school.name if school else "",
            month=one.month.month,
            what=turn.words(f"month.short.{one.state}"),
        )
        found.append(button(label, "month", str(one.id)))
    return found


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None

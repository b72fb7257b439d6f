"""学校每月报数: each school looks at its numbers once a month, and the county checks a quarter.

The numbers are counted; a school types one only where it knows better, and says why.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from conversation.cards import Button, Card
from handlers import filling
from handlers.cases import duties
from handlers.matter import Matter
from handlers.reaching import telling
from handlers.saying import BESIDE, SHOWN, answer, button
from handlers.school import absence_ladder, classes
from handlers.supervision import figures
from handlers.turn import Filled, Turn
from policy.absence import MONTHS, STOOD, Monthly, month_end, months_of
from policy.duties import first_ring
from policy.masking import defang
from storage.cases.duties import Duty, DutyIn
from storage.school.classes import School
from storage.school.school_months import Check, SchoolMonth

#: The numbers of a school, in their order.
NUMBERS = ("enrolled", "left_behind", "absent", "suspected", "dropout", "returned")
LEFT_BEHIND = "left_behind"
KIND, CHECK = "school_month", "quarter_check"
SUBJECT, CHECKED = "month", "check"
GRADE = "yellow"
#: Schools that one turn asks.
ASKED = 50


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
            checks = _checks(turn, school.area_id)
            return View(row=row, school=school, heads=heads, checks=checks)
    answer(turn, turn.words("month.not_yours"))
    return None


def _checks(turn: Turn, area_id: int) -> bool:
    """True for whoever checks the schools of a place."""
    posts = _monthly(turn).checks
    return any(
        one.role in posts and turn.work.areas.is_within(area_id, one.area_id) for one in turn.roles
    )


def _monthly(turn: Turn) -> Monthly:
    return turn.rules.policy.absence.monthly


# -- asking, by itself ----------------------------------------------------------------------------


def ask_all(turn: Turn) -> int:
    """Ask the next schools for the month whose time has come; how many were asked."""
    today = turn.at.date()
    month = _monthly(turn).asked_on(today)
    policy = turn.rules.policy
    if not policy.absence.school.days_between(month, month_end(month), policy.calendar):
        return 0
    asked_from = _at(turn, month.replace(day=_monthly(turn).day), time())
    schools = turn.work.school_months.unasked(month, asked_from + timedelta(days=1), ASKED)
    for one in schools:
        school = turn.work.classes.school(one)
        row = turn.work.school_months.ask(one, month)
        if school is not None and row is not None:
            _ask(turn, school, row, month, _due(turn, month), cause=0)
    return len(schools)


def _due(turn: Turn, month: date) -> datetime:
    """By when a month's numbers are there; who is asked late has a working day."""
    calendar = turn.rules.policy.calendar
    wanted = _at(turn, calendar.workday_by(month.replace(day=_monthly(turn).due)), calendar.closes)
    soon = calendar.add_workdays(turn.at.date(), 1)
    return max(wanted, _at(turn, soon, calendar.closes))


def _at(turn: Turn, day: date, hour: time) -> datetime:
    zone = turn.rules.zone
    return datetime.combine(day, hour, zone).astimezone(turn.work.now.tzinfo)


def _ask(
    turn: Turn, school: School, row: int, month: date, due: datetime, *, cause: int, why: str = ""
) -> None:
    """A duty of the head, and one card: the place and the month, no number and no name."""
    role = _head_post(turn)
    people = classes.who_heads(turn, school, role)
    whose = people[0] if len(people) == 1 else None
    _set(turn, KIND, SUBJECT, row, school.area_id, due, person=whose, role=role, cause=cause)
    key = "month.again" if why else "month.asked"
    text = turn.words(key, where=school.name, month=month.month, when=_day(turn, due), text=why)
    card = Card(text=text, rows=(button(turn.words("month.look"), "month", str(row)),))
    for person in people:
        telling.tell_person(
            turn,
            turn.work.deputies.deputy_of(person, turn.work.now) or person,
            card,
            key=f"month:{row}:{cause}:{person}",
            about=_about(row),
        )


def _head_post(turn: Turn) -> str:
    roles = turn.rules.policy.roles
    return next((name for name, role in roles.items() if role.heads_school), "")


def _set(
    turn: Turn,
    kind: str,
    subject: str,
    row: int,
    area: int,
    due: datetime,
    *,
    person: int | None,
    role: str,
    cause: int,
) -> None:
    policy, now = turn.rules.policy, turn.work.now
    turn.work.duties.set(
        DutyIn(
            key=f"{subject}:{row}:{cause}",
            kind=kind,
            subject=subject,
            subject_id=row,
            area_id=area,
            grade=GRADE,
            person_id=person,
            role=role,
            due_at=due,
            rings_at=first_ring(policy.duties, kind, GRADE, now, due, duties.clockwork(turn)),
        )
    )


def _about(row: int) -> str:
    return f"{SUBJECT}:{row}"


def _day(turn: Turn, moment: datetime) -> str:
    return turn.day(moment)


def open_checks(turn: Turn) -> None:
    """A quarter whose months are behind us is the county's to check."""
    quarter = _monthly(turn).quarter_checked_on(turn.at.date())
    work, calendar = turn.work, turn.rules.policy.calendar
    for root in work.areas.roots():
        if work.school_months.check_of(root.id, quarter) is not None:
            continue
        if not work.school_months.below(root.id, months_of(quarter)):
            continue
        row = work.school_months.open_check(root.id, quarter)
        if row is None:
            continue
        last = calendar.add_workdays(turn.at.date(), _monthly(turn).check_days)
        due = _at(turn, last, calendar.closes)
        for at, (role, person) in enumerate(_checkers(turn, root.id)):
            if at == 0:
                _set(turn, CHECK, CHECKED, row, root.id, due, person=person, role=role, cause=0)
            if person is not None:
                text = turn.words(
                    "month.check_asked", text=_quarter(turn, quarter), when=_day(turn, due)
                )
                look = button(turn.words("month.look"), "quarter", str(row))
                card = Card(text=text, rows=(look,))
                telling.tell_person(turn, person, card, key=f"check:{row}:{person}")


def _checkers(turn: Turn, area: int) -> list[tuple[str, int | None]]:
    """Who checks, each with the post; the post alone while nobody holds it."""
    posts = _monthly(turn).checks
    held = turn.work.people.in_posts(posts, [area])
    return [(one.role, one.person_id) for one in held] or [(posts[0], None)]


def _quarter(turn: Turn, quarter: date) -> str:
    return turn.words("month.quarter", year=quarter.year, count=quarter.month // MONTHS + 1)


def matter(turn: Turn, duty: Duty) -> Matter | None:
    """The month of a duty; None when nothing is to be told any more."""
    row = turn.work.school_months.get(duty.subject_id)
    school = turn.work.classes.school(row.school_id) if row else None
    if row is None or school is None or row.state == "said":
        return None
    text = turn.words("month.waiting", where=school.name, month=row.month.month)
    look = button(turn.words("month.look"), "month", str(row.id))
    return Matter(without=frozenset(), about=_about(row.id), text=text, rows=(look,))


def check_matter(turn: Turn, duty: Duty) -> Matter | None:
    """The quarter of a duty."""
    check = turn.work.school_months.check(duty.subject_id)
    if check is None or check.state != "open":
        return None
    text = turn.words("month.check_waiting", text=_quarter(turn, check.quarter))
    look = button(turn.words("month.look"), "quarter", str(check.id))
    return Matter(without=frozenset(), about=f"check:{check.id}", text=text, rows=(look,))


def waiting(turn: Turn) -> Iterator[tuple[Button, ...]]:
    """What waits for the speaker: months of their schools, quarters of their county."""
    schools = {one.id: one for one in classes.headed(turn)}
    for row in turn.work.school_months.waiting([*schools]):
        label = turn.words(
            "month.line", where=schools[row.school_id].name, month=row.month.month, what=""
        )
        yield button(label, "month", str(row.id))
    at = [one.area_id for one in turn.roles if one.role in _monthly(turn).checks]
    for check in turn.work.school_months.open_checks(at):
        label = turn.words("month.check_line", text=_quarter(turn, check.quarter))
        yield button(label, "quarter", str(check.id))


# -- the numbers of a school ----------------------------------------------------------------------


def counted(turn: Turn, school: School, month: date) -> Mapping[str, int]:
    """The numbers of a school's month, as everything that was entered says."""
    work, last = turn.work, month_end(month)
    pupils = work.school_months.pupils(school.id)
    known = work.children.some([one for one in pupils if one])
    missed = [
        one
        for row in work.school_months.absences(school.id, _at(turn, month, time()), last)
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
    telling.settle(turn, _about(seen.row.id), Card(text=text), but=turn.speaker.contact_id)
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
    on = _date(month) or _monthly(turn).asked_on(turn.at.date())
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
    shown = _rows(turn, rows[start : start + BESIDE])
    if len(rows) > start + BESIDE:
        shown.append(button(turn.words("form.more"), "months", f"{area}:{on}:{start + BESIDE}"))
    before = (on - timedelta(days=1)).replace(day=1)
    earlier = button(turn.words("month.earlier", month=before.month), "months", f"{area}:{before}")
    back = button(turn.words("stats.back"), "stats", area)
    answer(turn, "\n".join([text, *lines]), *shown, earlier, back)


def _rows(turn: Turn, rows: Iterable[SchoolMonth]) -> list[tuple[Button, ...]]:
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


# -- the county's check of a quarter --------------------------------------------------------------


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
        text=_quarter(turn, check.quarter),
        count=len({one.school_id for one in rows}),
        what=len(rows) - len(open_ones),
        left=len(open_ones),
        value=len(odd) - len(open_ones),
    )
    start = int(skip or 0)
    shown = _rows(turn, odd[start : start + SHOWN])
    if len(odd) > start + SHOWN:
        shown.append(button(turn.words("form.more"), "quarter", f"{check_id}:{start + SHOWN}"))
    done = (
        [button(turn.words("month.checked"), "quarter.done", check_id)]
        if check.state == "open" and not open_ones and _checks(turn, check.area_id)
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
    is_whole = all(one.state == "said" for one in rows) and _checks(turn, check.area_id)
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
    due = _at(turn, calendar.add_workdays(turn.at.date(), MONTHS), calendar.closes)
    _ask(turn, seen.school, row.id, row.month, due, cause=turn.work.new_id(), why=defang(why))
    turn.work.audit.write(
        turn.speaker.person_id, "month.asked_again", "school", seen.school.id, {}
    )
    show(turn, said["month_id"], head=turn.words("month.back_done", where=seen.school.name))

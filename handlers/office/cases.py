"""线索与工单: the cases that somebody has to do with, and one of them with all they may read."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from conversation.cards import Button
from handlers.cases import cases, duties, involved, possible
from handlers.office import custody
from handlers.office.custody import File, Step
from handlers.office.lights import Due, Light, due, is_today, light
from handlers.people import colleagues
from handlers.turn import Turn
from policy.grading import GRADES
from policy.receipt import say_number
from storage.cases.case import Case

#: Of one place, the newest; nobody reads more.
MANY = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One case of a list."""

    id: int
    number: str
    grade: str
    grade_name: str
    place: str
    stage: str
    owner: str
    opened_at: datetime
    is_accepted: bool
    is_open: bool
    is_mine: bool
    is_new: bool
    due: Due | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which cases are wanted."""

    #: open, closed
    state: str = "open"
    grade: str = ""
    #: "", mine, new, unclaimed, late, today
    only: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One case, as far as somebody may read it."""

    line: Line
    head: tuple[str, ...] = field(repr=False)
    reports: tuple[str, ...] = field(repr=False)
    entries: tuple[str, ...] = field(repr=False)
    #: What is still to be done: its light, and what it says.
    dues: tuple[tuple[Light, str], ...]
    #: Whom one can call about it, and their telephone.
    calls: tuple[tuple[str, str], ...] = field(repr=False)
    #: By which something is done that waits; and whatever else may be done.
    awaited: tuple[Button, ...]
    buttons: tuple[Button, ...]
    #: What was sent with it; and who looked at it and at them.
    files: tuple[File, ...] = field(repr=False)
    looks: tuple[Step, ...]


#: What a list may be narrowed to.
ONLY: Mapping[str, Callable[[Turn, Case], bool]] = {
    "": lambda turn, case: True,
    "mine": lambda turn, case: _is_mine(turn, case),
    "new": lambda turn, case: is_today(turn, case.opened_at),
    "unclaimed": lambda turn, case: case.is_open and not case.is_accepted,
    "late": lambda turn, case: _light(turn, case) == "late",
    "today": lambda turn, case: _light(turn, case) == "soon",
}


def listed(turn: Turn, asked: Asked) -> tuple[Case, ...]:
    """The cases that the speaker has to do with, the most urgent and the most overdue first."""
    found = _closed(turn) if asked.state == "closed" else _open(turn)
    ids = [case.id for case in found]
    turn.work.cases.read_ahead(ids)
    turn.work.duties.read_ahead("case", ids)
    chosen = [
        case
        for case in found
        if asked.grade in ("", case.grade)
        and case.joined_into is None
        and involved.relations(turn, case)
        and ONLY[asked.only](turn, case)
    ]
    if asked.state != "closed":
        chosen.sort(key=lambda case: _weight(turn, case))
    return tuple(chosen)


def lines(turn: Turn, some: Iterable[Case]) -> tuple[Line, ...]:
    """How a list shows them."""
    return tuple(_line(turn, case) for case in some)


def lines_of(turn: Turn, case_ids: Iterable[int]) -> tuple[Line, ...]:
    """These cases as far as the speaker has to do with them, in this order."""
    ids = [*case_ids]
    turn.work.cases.read_ahead(ids)
    turn.work.duties.read_ahead("case", ids)
    known = {case.id: case for case in turn.work.cases.some(ids)}
    found = (known[one] for one in ids if one in known)
    return lines(turn, (case for case in found if involved.relations(turn, case)))


def page(turn: Turn, case_id: int) -> Page | None:
    """One case, the look written down; None for absent and for foreign ones alike."""
    seen = involved.view(turn, case_id)
    if seen is None:
        return None
    case = seen.case
    turn.work.audit.write(turn.speaker.person_id, "case.read", "case", case.id, {})
    told = cases.story(turn, seen)
    offers = possible.offers(turn, seen)
    awaited = [name for name in offers if possible.is_awaited(turn, case, name)]
    others = [one for one in cases.beside(turn, seen) if one.action.verb != cases.FILES]
    return Page(
        line=_line(turn, case),
        head=(*told.head[1:], *told.helpers),
        reports=tuple(told.reports),
        entries=tuple(told.entries),
        dues=tuple((light(turn, duty.due_at), said) for duty, said in told.dues),
        calls=_calls(turn, case),
        awaited=_acts(turn, case, awaited),
        buttons=(*_acts(turn, case, [one for one in offers if one not in awaited]), *others),
        files=custody.files(turn, seen),
        looks=custody.looks(turn, seen),
    )


def _calls(turn: Turn, case: Case) -> tuple[tuple[str, str], ...]:
    """Who has something to do there, for whoever's post it concerns: a click urges nobody."""
    if not case.is_open or "receiver" not in involved.relations(turn, case):
        return ()
    people, tree = turn.work.people, turn.work.areas
    found = [case.owner.person_id]
    for duty in involved.open_duties(turn, case):
        places = [row.id for row in tree.path(duty.area_id or 0)]
        holders = () if duty.person_id else people.holders([duty.role], places)
        found += [duty.person_id, *(one.person_id for one in holders)]
    kept_out = {
        one.person_id for one in turn.work.cases.members(case.id) if one.kind == "excluded"
    }
    known = dict.fromkeys(one for one in found if one and one not in kept_out)
    return tuple(
        (colleagues.called(turn, one), phone)
        for one in known
        if one != turn.speaker.person_id and (phone := people.phone_of(one))
    )


def _acts(turn: Turn, case: Case, names: Iterable[str]) -> tuple[Button, ...]:
    return tuple(one for name in names if (one := possible.act_button(turn, case, name)))


def _open(turn: Turn) -> list[Case]:
    me = turn.speaker.person_id
    found = {case.id: case for case in (*cases.owned(turn), *cases.helped(turn))}
    for place in _places(turn):
        found |= {case.id: case for case in turn.work.cases.below(place, MANY, seer=me)}
    return [*found.values()]


def _closed(turn: Turn) -> list[Case]:
    me, found = turn.speaker.person_id, dict[int, Case]()
    for place in _places(turn):
        found |= {case.id: case for case in turn.work.cases.closed_below(place, MANY, seer=me)}
    return [*found.values()]


def _places(turn: Turn) -> tuple[int, ...]:
    roles = turn.rules.policy.roles
    return tuple(
        dict.fromkeys(
            post.area_id
            for post in turn.roles
            if post.role in roles and roles[post.role].reads_reports
        )
    )


def _line(turn: Turn, case: Case) -> Line:
    first = next(iter(involved.open_duties(turn, case)), None)
    return Line(
        id=case.id,
        number=say_number(case.number),
        grade=case.grade,
        grade_name=turn.words(f"grade.{case.grade}"),
        place=turn.work.areas.full_name(case.area_id) if case.area_id else "",
        stage=turn.rules.policy.lifecycle.stages[case.stage].name,
        owner=involved.owner_name(turn, case),
        opened_at=case.opened_at.astimezone(turn.rules.zone),
        is_accepted=case.is_accepted,
        is_open=case.is_open,
        is_mine=involved.is_owner(turn, case),
        is_new=is_today(turn, case.opened_at),
        due=due(turn, first, says_whose=not duties.is_owners(case, first)) if first else None,
    )


def _is_mine(turn: Turn, case: Case) -> bool:
    """True for one's own, and where something is to be done by oneself: a second person's, too,
    and what the police station has to do, by whoever sits there.
    """
    return involved.is_owner(turn, case) or any(
        involved.is_mine(turn, duty) or involved.is_posts(turn, duty)
        for duty in involved.open_duties(turn, case)
    )


def _light(turn: Turn, case: Case) -> Light | None:
    """Of what is due first about it; None where nothing is."""
    waiting = involved.open_duties(turn, case)
    return light(turn, waiting[0].due_at) if waiting else None


def _weight(turn: Turn, case: Case) -> tuple[bool, int, float]:
    waiting = involved.open_duties(turn, case)
    moment = waiting[0].due_at if waiting else case.opened_at
    is_late = _light(turn, case) == "late"
    return (not is_late, GRADES.index(case.grade), moment.timestamp())

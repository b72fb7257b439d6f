"""What a report would lead to that is only tried: its grade, who would hear, what would be due.

It asks the functions that a report asks, and writes nothing. No name stands in it: posts, places.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from conversation import engine
from conversation.dialogue import Line
from handlers.cases import conflicts, opening
from handlers.cases.duties import clockwork
from handlers.heard.open_form import OpenForm
from handlers.people import colleagues
from handlers.people.staff import Present
from handlers.reaching import telling
from handlers.reporting import first_words, report
from handlers.turn import Turn
from policy.duties import due_at
from policy.lifecycle import Raised
from policy.routing import Hour, Told, who_hears, who_is_told
from storage.people.person import Holder

#: What somebody does who takes a case.
ACCEPT = "accept"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearer:
    """A post that would hear."""

    post: str
    #: False where no channel brings them anything now: they would be telephoned.
    is_reached: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Something that would have to be done, by when; ``once_taken`` if somebody took it now."""

    what: str = field(repr=False)
    by: datetime
    once_taken: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Foretold:
    """What would follow a report at this moment."""

    grade: str
    reasons: tuple[str, ...]
    #: Where it would be told of: the place that was chosen, else the county.
    place: str
    hearers: tuple[Hearer, ...]
    #: Posts that the table tells, and where nobody would hear of it.
    unmanned: tuple[str, ...]
    #: When they would hear, where that is not at once.
    later: datetime | None
    #: Whose it would be.
    owner: str
    dues: tuple[Due, ...]
    #: What would be written into the report, and what would be sealed apart from it.
    kept: tuple[Line, ...] = field(repr=False)
    apart: tuple[Line, ...] = field(repr=False)


def foretell(here: OpenForm, answers: Mapping[str, str]) -> Foretold | None:
    """What these answers would lead to; None for a form that becomes no report."""
    kind = here.form.name
    if kind not in first_words.REPORTS:
        return None
    turn = here.turn.as_program()
    said, identity = report.split_identity(answers)
    # The children of a try-out are invented: none of the register is meant.
    body = {name: value for name, value in said.items() if name not in report.OF_CHILD}
    found = report.graded(turn, f"{kind} {kind}", body)
    area = report.area_of(turn, body)
    told = Told(
        grade=found.grade,
        circumstances=tuple(body.get("circumstances", "").split()),
        suspect=body.get("suspect", ""),
        area=area or 0,
    )
    hidden = conflicts.meant_in(turn, area, body)
    when = telling.hour(turn, found.grade)
    holders = telling.hearers(turn, told, when, without=hidden) if area is not None else ()
    owner = opening.first_owner(turn, found.grade, area, holders, hidden)
    return Foretold(
        grade=found.grade,
        reasons=turn.rules.policy.grading.reasons([one.key for one in found.reasons]),
        place=(turn.work.areas.full_name(area) or "") if area is not None else "",
        hearers=_hearers(turn, holders),
        unmanned=_unmanned(turn, told, when) if area is not None else (),
        later=when.at.astimezone(turn.rules.zone) if when.waits else None,
        owner=_post(turn, owner.role, owner.area_id),
        dues=_dues(turn, found.grade, {holder.role for holder in holders}),
        kept=_lines(here, said),
        apart=_lines(here, identity),
    )


def _hearers(turn: Turn, holders: tuple[Holder, ...]) -> tuple[Hearer, ...]:
    found: dict[str, bool] = {}
    for one in holders:
        post = _post(turn, one.role, one.area_id)
        found[post] = found.get(post, False) or one.is_reached
    return tuple(Hearer(post=post, is_reached=is_reached) for post, is_reached in found.items())


def _unmanned(turn: Turn, told: Told, when: Hour) -> tuple[str, ...]:
    staff = Present(turn.work, when.at)
    routing = turn.rules.policy.routing
    posts = who_is_told(
        told.grade,
        told.circumstances,
        told.area,
        turn.work.areas,
        routing,
        suspect=told.suspect,
    )
    return tuple(
        _post(turn, *post)
        for post in posts
        if not who_hears([post], staff, in_office=when.in_office)
    )


def _post(turn: Turn, role: str, area_id: int | None) -> str:
    if area_id is not None:
        return colleagues.post_name(turn, role, area_id)
    return turn.rules.policy.roles[role].name


def _dues(turn: Turn, grade: str, posts: set[str]) -> tuple[Due, ...]:
    """What begins with the case, for whom it is told, and when somebody takes it."""
    lifecycle = turn.rules.policy.lifecycle
    begins = lifecycle.raised.get(grade, Raised())
    at_once = [
        *lifecycle.start.sets,
        *(kind for post, kinds in begins.posts.items() if post in posts for kind in kinds),
    ]
    accept = lifecycle.acts.get(ACCEPT)
    taken = [kind for kind in (accept.sets if accept else ()) if kind not in at_once]
    clock, kinds = clockwork(turn), turn.rules.policy.duties.kinds
    return tuple(
        Due(
            what=kinds[kind].name,
            by=due_at(kinds[kind], grade, turn.work.now, clock).astimezone(turn.rules.zone),
            once_taken=once_taken,
        )
        for once_taken, some in ((False, at_once), (True, taken))
        for kind in dict.fromkeys(some)
    )


def _lines(here: OpenForm, answers: Mapping[str, str]) -> tuple[Line, ...]:
    return engine.told(here.form, answers, now=here.turn.at, lists=here.lists)

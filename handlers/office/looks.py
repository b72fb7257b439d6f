"""审计: who opened which child's file, who took which list out, and why; what programs took."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby

from handlers.children import lookers, register, stewards
from handlers.people import colleagues
from handlers.turn import Turn
from policy.masking import mask_name
from storage.audit import PROGRAM
from storage.children.child_looks import MAX_SEQ
from storage.systems.machines import Took

#: Looks on one page, and in one file.
SHOWN, EXPORTED = 100, 20_000
#: Lists that left, the last ones.
LEFT = 50
#: Lists whose length tells how many cases there are.
OF_CASES = frozenset({"cases", "reports"})
#: Answers to one program that are looked at: a county's children are five hundred answers.
TOOK = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """Somebody opened a child's file; the name is always 张*."""

    seq: int
    at: datetime
    who: str
    child: int
    name: str = field(repr=False)
    place: str
    why: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """Somebody took a list out of the house."""

    at: datetime
    who: str
    what: str
    rows: int
    why: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What another office's program read in clear on one day, of one place."""

    #: When it asked last that day.
    at: datetime
    program: str
    what: str
    place: str
    times: int
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The looks, and for whoever keeps the whole county's register what left."""

    looks: tuple[Looked, ...]
    left: tuple[Left, ...]
    taken: tuple[Taken, ...]


def may(turn: Turn) -> bool:
    """True for whoever keeps the register from above the villages."""
    return bool(stewards.heads(turn))


def page(turn: Turn, before: int = MAX_SEQ) -> Page:
    """The newest looks, or those before one; what left stands beside the newest.

    A list may be of any place: who took it is for those above all of them.
    """
    is_above_all = bool({root.id for root in turn.work.areas.roots()} & {*stewards.heads(turn)})
    tells = is_above_all and before == MAX_SEQ
    return Page(
        looks=listed(turn, before),
        left=_left(turn) if tells else (),
        taken=_taken(turn) if tells else (),
    )


def _left(turn: Turn) -> tuple[Left, ...]:
    """The lists that left; of others' lists of cases not how long they are where one is hidden."""
    me, hides = turn.seer, bool(turn.hidden)
    return tuple(
        Left(
            at=one.at.astimezone(turn.rules.zone),
            who=turn.words("authenticator.office")
            if one.by == PROGRAM
            else colleagues.called(turn, one.by),
            what=one.what,
            rows=one.rows,
            why=one.reason,
        )
        for one in turn.work.exports.latest(LEFT)
        if not (hides and one.what in OF_CASES and one.by != me)
    )


def _taken(turn: Turn) -> tuple[Taken, ...]:
    """A program asks page by page, perhaps every hour: a day of it is one line."""
    hides = bool(turn.hidden)
    found = [
        one
        for token in turn.work.machines.all()
        for one in _taken_by(turn, token.id, token.name)
        if not (hides and one.what in OF_CASES)
    ]
    return tuple(sorted(found, key=lambda one: one.at, reverse=True)[:LEFT])


def _taken_by(turn: Turn, token: int, name: str) -> Iterator[Taken]:
    took = turn.work.machines.took(token, TOOK)

    def day_of(one: Took) -> date:
        return one.at.astimezone(turn.rules.zone).date()

    days = [tuple(ones) for _, ones in groupby(took, day_of)]
    if len(took) == TOOK and len(days) > 1:
        del days[-1]  # some of that day was not looked at
    for day in days:
        for what, area in dict.fromkeys((one.what, one.area_id) for one in day):
            ones = [one for one in day if (one.what, one.area_id) == (what, area)]
            yield Taken(
                at=ones[0].at.astimezone(turn.rules.zone),
                program=name,
                what=what,
                place=turn.work.areas.full_name(area),
                times=len(ones),
                rows=sum(one.rows for one in ones),
            )


def exported(turn: Turn) -> list[Looked]:
    """All that ``listed`` lists page by page, for a file."""
    found, before = list[Looked](), MAX_SEQ
    while len(found) < EXPORTED:
        looked = turn.work.child_looks.below(stewards.heads(turn), before=before, count=SHOWN)
        if not looked:
            break
        found += listed(turn, before)
        before = looked[-1].seq
    return found


def listed(turn: Turn, before: int = MAX_SEQ) -> tuple[Looked, ...]:
    """The looks at the children of the speaker's places, the newest first."""
    found = turn.work.child_looks.below(stewards.heads(turn), before=before, count=SHOWN)
    children = {one.id: one for one in turn.work.children.some({one.child_id for one in found})}
    own, may_tell = register.own_ids(turn), lookers.teller(turn)
    seen = {
        child.id
        for child in children.values()
        if register.view_of(turn, child, own=child.id in own)
    }
    return tuple(
        Looked(
            seq=one.seq,
            at=one.look.at.astimezone(turn.rules.zone),
            who=colleagues.called(turn, one.look.person_id),
            child=one.child_id,
            name=mask_name(children[one.child_id].name),
            place=turn.work.areas.full_name(children[one.child_id].area_id),
            why=one.look.reason or turn.words(f"look.{one.look.code or 'other'}"),
        )
        for one in found
        if one.child_id in seen and may_tell(children[one.child_id], one.look)
    )

"""A roster that came in the talk: what it would change, and the yes.

Its doubts are ``roster_doubts``, the way back is ``roster_history``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from conversation.cards import Button, Card
from handlers import tables
from handlers.saying import answer, button, home_row
from handlers.turn import Turn
from policy.areas import AreaTree
from storage.children.roster import (
    Applied,
    NotPossible,
    Roster,
    Stale,
)
from storage.children.rosters import RESPONSIBLE
from storage.office.sent_tables import SentTable
from storage.work import Work

#: What the preview counts, in this order.
COUNTED = ("new", "changed", "same", "doubtful", "outside", "bad")


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A roster that was looked through and waits for a yes."""

    table: SentTable
    roster_id: int
    #: The first things to mend, without what stands in the cells.
    faults: tuple[str, ...] = field(repr=False)
    #: The sender's own file with what is wrong beside each row; None when nothing is.
    marked: bytes | None = field(repr=False)
    #: Hints on rows that are taken all the same.
    hints: int


def put_in(work: Work, roster_id: int, by: int) -> Applied | Stale | NotPossible:
    """All that is good of a staged import, or nothing; who answers for a child holds a post."""
    done = work.rosters.apply(roster_id, by=by)
    if isinstance(done, Applied):
        for person, area in work.rosters.holders(roster_id):
            if not work.people.roles(person):
                work.people.add_role(person, RESPONSIBLE, village_of(work.areas, area))
    return done


def village_of(tree: AreaTree, area: int) -> int:
    """The village of a place, else the place itself."""
    villages = [row.id for row in tree.path(area) if row.kind == "village"]
    return villages[0] if villages else area


# -- what it would change -----------------------------------------------------------------------


def found(turn: Turn, staged: Staged) -> None:
    """The preview, with the marked file where something is to be mended."""
    if not turn.work.sent_tables.move_on(staged.table, "found"):
        return
    counts = turn.work.rosters.counts(staged.roster_id)
    rows = sum(counts.values())
    turn.work.audit.write(
        turn.speaker.person_id, "roster-sent", "roster", staged.roster_id, {"rows": rows}
    )
    lines = [
        turn.words("roster.found", count=rows),
        counts_line(turn, counts),
        *hands_lines(turn, staged.roster_id),
    ]
    if staged.hints:
        lines.append(turn.words("roster.hints", count=staged.hints))
    if staged.faults:
        lines.append(turn.words("roster.faults", text="\n".join(staged.faults)))
    ready = _confirms(turn, staged.roster_id, counts)
    lines.append(turn.words("roster.sure" if ready else "roster.nothing"))
    document = None
    if staged.marked is not None:
        document = tables.marked_file(turn, "roster.marked", staged.marked)
        lines.append(turn.words("roster.mend"))
    turn.say(
        Card(
            text="\n".join(lines),
            rows=(*choices(turn, staged.roster_id, counts), home_row(turn)),
            document=document,
        ),
        asks=turn.draft is None,
    )


def counts_line(turn: Turn, counts: Mapping[str, int]) -> str:
    """新 3，改 2: how many rows there are of each kind."""
    told = [
        turn.words(f"roster.count.{kind}", count=counts[kind])
        for kind in COUNTED
        if counts.get(kind)
    ]
    return turn.words("roster.counts", what="，".join(told))


def hands_lines(turn: Turn, roster_id: int) -> list[str]:
    """Children who are known already, and come into other hands by a yes."""
    hands = turn.work.rosters.hands(roster_id)
    return [turn.words("roster.hands", count=hands)] if hands else []


def _changes(counts: Mapping[str, int]) -> int:
    """How many rows a yes would put in."""
    return counts.get("new", 0) + counts.get("changed", 0)


def _confirms(turn: Turn, roster_id: int, counts: Mapping[str, int]) -> tuple[str, ...]:
    """What the yes is called, by what it would do; nothing where it would do nothing."""
    changes, hands = _changes(counts), turn.work.rosters.hands(roster_id)
    if changes:
        return (turn.words("roster.confirm", count=changes),)
    return (turn.words("roster.confirm_hands", count=hands),) * bool(hands)


def choices(
    turn: Turn, roster_id: int, counts: Mapping[str, int]
) -> tuple[tuple[Button, ...], ...]:
    """The yes, the way to the doubts, and the no."""
    arg = str(roster_id)
    doubtful = counts.get("doubtful", 0)
    return (
        *(button(label, "roster.confirm", arg) for label in _confirms(turn, roster_id, counts)),
        *(
            (button(turn.words("roster.doubts", count=doubtful), "roster.doubts", arg),)
            * bool(doubtful)
        ),
        button(turn.words("roster.drop"), "roster.drop", arg),
    )


# -- the yes ------------------------------------------------------------------------------------


def confirm(turn: Turn, roster_id: str) -> None:
    """确认导入: all that is good, in one go."""
    known = own_staged(turn, roster_id)
    if known is None:
        return
    if not holds_all(turn, turn.work.rosters.areas(known.id)):
        answer(turn, turn.words("table.not_yours"))
        return
    done = put_in(turn.work, known.id, turn.speaker.person_id)
    match done:
        case Applied():
            _settle_table(turn, known.id, "taken")
            told = [
                turn.words(f"roster.done.{what}", count=count)
                for what, count in (
                    ("new", done.new),
                    ("changed", done.changed),
                    ("hands", done.responsibilities),
                )
                if count
            ]
            answer(
                turn,
                turn.words("roster.done.text", what="，".join(told)),
                button(turn.words("roster.undo"), "roster.undo", str(known.id)),
                button(turn.words("mine.tables"), "tables"),
            )
        case Stale() | NotPossible():
            _look_again(turn, known)


def drop(turn: Turn, roster_id: str) -> None:
    """不导入: forgotten as if it had not come."""
    known = own_staged(turn, roster_id)
    if known is not None:
        turn.work.rosters.discard(known.id)
        _settle_table(turn, known.id, "dropped")
        answer(turn, turn.words("roster.dropped"))


def _look_again(turn: Turn, known: Roster) -> None:
    """The register moved on since: the same file is compared anew."""
    table = turn.work.sent_tables.of_roster(known.id)
    turn.work.rosters.discard(known.id)
    _settle_table(turn, known.id, "dropped")
    if table is None:
        answer(turn, turn.words("roster.stale_gone"))
    else:
        tables.look_again(turn, table)


def _settle_table(turn: Turn, roster_id: int, state: str) -> None:
    table = turn.work.sent_tables.of_roster(roster_id)
    if table is not None:
        turn.work.sent_tables.move_on(table, "taken" if state == "taken" else "dropped")


def own_staged(turn: Turn, roster_id: str) -> Roster | None:
    """The speaker's own staged import; else they are told, and None."""
    known = turn.work.rosters.get(int(roster_id))
    if known is None or known.staged_by != turn.speaker.person_id:
        answer(turn, turn.words("form.gone"))
        return None
    if known.state != "staged":
        answer(turn, turn.words("roster.over"))
        return None
    return known


def holds_all(turn: Turn, areas: frozenset[int]) -> bool:
    """True for whoever imports in each of these places."""
    held = tables.places(turn, "roster")
    tree = turn.work.areas
    return all(any(tree.is_within(area, place) for place in held) for area in areas)

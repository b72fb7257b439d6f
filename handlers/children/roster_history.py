"""导入记录: what was brought in within the last thirty days, and taking it back."""

from collections import Counter
from collections.abc import Iterator, Sequence

from conversation.cards import Button
from handlers import tables
from handlers.children import register, rosters
from handlers.saying import answer, button
from handlers.turn import Turn
from storage.children.roster import NotPossible, Roster
from storage.children.roster_undo import Stays, Undone
from storage.children.rosters import UNDO_WITHIN

#: Imports that fit one card beside the way home, and rows of one that are listed on it.
SHOWN = 7
LINES = 10


def history(turn: Turn, _: str = "") -> None:
    """导入记录: what was brought in within the last thirty days where the speaker imports.

    What waits for the speaker's own yes stands first: its card may be gone from sight.
    """
    rows = [button(_wait(turn, one), "roster.doubts", str(one.id)) for one in _unsaid(turn)]
    rows += [button(_line(turn, one), "roster.show", str(one.id)) for one in _mine(turn)]
    rows = rows[:SHOWN]
    answer(turn, turn.words("tables.some" if rows else "tables.none"), *rows)


def show(turn: Turn, roster_id: str) -> None:
    """One import, and the way back; of one that was taken back what it left."""
    known = _known(turn, roster_id)
    if known is None:
        return
    counts = turn.work.rosters.counts(known.id)
    text = turn.words(
        "tables.one", what=_line(turn, known), text=rosters.counts_line(turn, counts)
    )
    rows = [] if known.state == "undone" else [_undo_button(turn, known)]
    answer(turn, text, *rows, *_kept_row(turn, known), _history_button(turn))


def ask_undo(turn: Turn, roster_id: str) -> None:
    """撤销: sure? And what would stay."""
    known = _applied(turn, roster_id)
    if known is not None:
        stays = turn.work.roster_undo.would_stay(known)
        lines = [turn.words("roster.undo_ask", what=_line(turn, known)), *_why(turn, stays)]
        sure = button(turn.words("roster.undo_sure"), "roster.undo_sure", roster_id)
        keep = button(turn.words("roster.undo_no"), "tables")
        answer(turn, "\n".join(lines), sure, keep)


def undo(turn: Turn, roster_id: str) -> None:
    """The whole import is taken back, but for what others did since."""
    known = _applied(turn, roster_id)
    if known is None:
        return
    done = turn.work.roster_undo.undo(known.id, by=turn.speaker.person_id)
    match done:
        case Undone():
            nobody = done.held_by_nobody
            lines = [
                turn.words("roster.undone", count=done.back),
                *([turn.words("roster.undone_nobody", count=nobody)] if nobody else []),
                *_why(turn, done.kept),
            ]
            answer(turn, "\n".join(lines), *_kept_row(turn, known), _history_button(turn))
        case NotPossible():
            answer(turn, turn.words("roster.later" if done.code == "keys" else "roster.over"))


def kept(turn: Turn, arg: str) -> None:
    """没有动的: the rows that an undo left alone, each with the reason."""
    roster_id, _, start = arg.partition(":")
    known = _known(turn, roster_id)
    if known is None:
        return
    stays, first = turn.work.roster_undo.stayed(known.id), int(start or 0)
    page = stays[first : first + LINES]
    lines = [turn.words("roster.kept", count=len(stays)), *_stay_lines(turn, page)]
    following = f"{roster_id}:{first + LINES}"
    more = [button(turn.words("form.more"), "roster.kept", following)]
    rows = more if first + LINES < len(stays) else []
    answer(turn, "\n".join(lines), *rows, _history_button(turn))


def _why(turn: Turn, stays: Sequence[Stays]) -> list[str]:
    """How many rows stay, and for how many of them each reason."""
    counts = Counter(one.why for one in stays)
    told = [
        turn.words("roster.kept_why", what=turn.words(f"roster.stays.{why}"), count=count)
        for why, count in counts.most_common()
    ]
    return [turn.words("roster.kept", count=len(stays)), *told] if stays else []


def _stay_lines(turn: Turn, stays: Sequence[Stays]) -> Iterator[str]:
    """第 5 行，王小明（10岁，河湾村二组）：后来走访过."""
    children = {one.id: one for one in turn.work.children.some([one.child_id for one in stays])}
    own = register.own_ids(turn)
    for one in stays:
        child = children.get(one.child_id)
        seen = register.view_of(turn, child, own=child.id in own) if child else None
        name = register.called(turn, seen) if seen else turn.words("roster.elsewhere")
        why = turn.words(f"roster.stays.{one.why}")
        yield turn.words("roster.stay", number=one.number, name=name, what=why)


def _kept_row(turn: Turn, known: Roster) -> list[tuple[Button, ...]]:
    count = len(turn.work.roster_undo.stayed(known.id))
    label = turn.words("roster.kept_show", count=count)
    return [button(label, "roster.kept", str(known.id))] if count else []


def _undo_button(turn: Turn, known: Roster) -> tuple[Button, ...]:
    return button(turn.words("roster.undo"), "roster.undo", str(known.id))


def _history_button(turn: Turn) -> tuple[Button, ...]:
    return button(turn.words("mine.tables"), "tables")


# -- which there are ---------------------------------------------------------------------------


def _here(turn: Turn) -> tuple[Roster, ...]:
    tree, held = turn.work.areas, tables.places(turn, "roster")
    areas = {area for place in held for area in tree.descendants(place)}
    return turn.work.rosters.in_areas(areas)


def _unsaid(turn: Turn) -> list[Roster]:
    """What the speaker sent, was looked through whole, and waits for their yes."""
    mine = (
        one
        for one in _here(turn)
        if one.state == "staged" and one.staged_by == turn.speaker.person_id
    )
    tables_of = turn.work.sent_tables.of_roster
    return [one for one in mine if (table := tables_of(one.id)) and table.state == "found"]


def _wait(turn: Turn, known: Roster) -> str:
    when = turn.moment(known.staged_at)
    area = turn.work.areas.full_name(known.area_id)
    return turn.words("tables.unsaid", when=when, area=area)


def _mine(turn: Turn) -> list[Roster]:
    since = turn.work.now - UNDO_WITHIN
    return [
        one
        for one in _here(turn)
        if one.state in {"applied", "undone"} and one.applied_at and one.applied_at >= since
    ]


def _applied(turn: Turn, roster_id: str) -> Roster | None:
    known = _known(turn, roster_id)
    if known is not None and known.state != "applied":
        answer(turn, turn.words("roster.over"))
        return None
    return known


def _known(turn: Turn, roster_id: str) -> Roster | None:
    known = next((one for one in _mine(turn) if one.id == int(roster_id)), None)
    if known is None:
        answer(turn, turn.words("roster.over"))
    return known


def _line(turn: Turn, known: Roster) -> str:
    assert known.applied_at is not None
    counts = turn.work.rosters.counts(known.id)
    when = known.applied_at.astimezone(turn.rules.zone)
    return turn.words(
        "tables.undone" if known.state == "undone" else "tables.line",
        when=turn.moment(when),
        count=counts.get("new", 0) + counts.get("changed", 0),
        area=turn.work.areas.full_name(known.area_id),
    )

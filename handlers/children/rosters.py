"""A roster that came in the talk: what it would change, the yes, the doubts, the way back."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from conversation.cards import Button, Card
from handlers import tables
from handlers.children import register
from handlers.people import proof
from handlers.saying import answer, button, home_row
from handlers.turn import Turn
from policy.areas import AreaTree
from policy.register.columns import COLUMNS
from storage.children.child import Child
from storage.children.roster import (
    Applied,
    NotPossible,
    Roster,
    RosterRow,
    RosterRowIn,
    RowKind,
    Stale,
)
from storage.children.roster_undo import Stays, Undone
from storage.children.rosters import RESPONSIBLE, UNDO_WITHIN
from storage.office.sent_tables import SentTable
from storage.work import Work

#: What the preview counts, in this order.
COUNTED = ("new", "changed", "same", "doubtful", "outside", "bad")
#: Imports that fit one card beside the way home, and rows of one that are listed on it.
SHOWN = 7
LINES = 10


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
        _told(turn, counts),
        *_hands(turn, staged.roster_id),
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
            rows=(*_choices(turn, staged.roster_id, counts), home_row(turn)),
            document=document,
        ),
        asks=turn.draft is None,
    )


def _told(turn: Turn, counts: Mapping[str, int]) -> str:
    told = [
        turn.words(f"roster.count.{kind}", count=counts[kind])
        for kind in COUNTED
        if counts.get(kind)
    ]
    return turn.words("roster.counts", what="，".join(told))


def _hands(turn: Turn, roster_id: int) -> list[str]:
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


def _choices(
    turn: Turn, roster_id: int, counts: Mapping[str, int]
) -> tuple[tuple[Button, ...], ...]:
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
    known = _staged(turn, roster_id)
    if known is None:
        return
    if not _holds_all(turn, turn.work.rosters.areas(known.id)):
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
    known = _staged(turn, roster_id)
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


def _staged(turn: Turn, roster_id: str) -> Roster | None:
    """The speaker's own staged import; else they are told, and None."""
    known = turn.work.rosters.get(int(roster_id))
    if known is None or known.staged_by != turn.speaker.person_id:
        answer(turn, turn.words("form.gone"))
        return None
    if known.state != "staged":
        answer(turn, turn.words("roster.over"))
        return None
    return known


def _holds_all(turn: Turn, areas: frozenset[int]) -> bool:
    held = tables.places(turn, "roster")
    tree = turn.work.areas
    return all(any(tree.is_within(area, place) for place in held) for area in areas)


# -- the doubts ---------------------------------------------------------------------------------


def doubts(turn: Turn, roster_id: str) -> None:
    """The next row that is perhaps a child we know."""
    known = _staged(turn, roster_id)
    if known is None or proof.is_missing(turn):
        return
    counts = turn.work.rosters.counts(known.id)
    row = next(iter(turn.work.rosters.rows(known.id, ["doubtful"], count=1)), None)
    if row is None:
        lines = [
            turn.words("roster.settled"),
            _told(turn, counts),
            *_hands(turn, known.id),
        ]
        answer(turn, "\n".join(lines), *_choices(turn, known.id, counts))
        return
    child, arg = _likeness(turn, row), f"{known.id}:{row.id}"
    lines = [
        turn.words("roster.doubt", count=counts["doubtful"], number=row.number),
        turn.words("roster.in_file", name=_called(turn, row)),
    ]
    if child is not None:
        seen = register.view_of(turn, child, own=False)
        assert seen is not None
        lines.append(turn.words("roster.in_register", name=register.called(turn, seen)))
    else:
        lines += row.faults
    answer(
        turn,
        "\n".join(lines),
        button(turn.words("roster.is_same"), "roster.same", arg),
        # One number is one child: who has the number of another is not taken as a new one.
        *(
            (button(turn.words("roster.is_other"), "roster.other", arg),)
            * (not _one_number(row, child))
        ),
        button(turn.words("roster.skip"), "roster.skip", arg),
    )


def is_same(turn: Turn, arg: str) -> None:
    """It is the child of the register, or of the other row."""
    row = _doubtful(turn, arg)
    if row is None:
        return
    child = _likeness(turn, row)
    if child is None:
        _settle(turn, arg, row, replace(_again(row), kind="skipped"))
        return
    differs = row.area_id != child.area_id or any(
        child.values.get(key, "") != value for key, value in row.values.items()
    )
    _settle(
        turn,
        arg,
        row,
        replace(
            _again(row),
            kind="changed" if differs else "same",
            child_id=child.id,
            version=child.version,
        ),
    )


def is_other(turn: Turn, arg: str) -> None:
    """It is a child whom nobody knows yet."""
    row = _doubtful(turn, arg)
    if row is not None:
        kind: RowKind = "skipped" if _one_number(row, _likeness(turn, row)) else "new"
        _settle(turn, arg, row, replace(_again(row), kind=kind))


def skip(turn: Turn, arg: str) -> None:
    """The row is left out for now."""
    row = _doubtful(turn, arg)
    if row is not None:
        _settle(turn, arg, row, replace(_again(row), kind="skipped"))


def _settle(turn: Turn, arg: str, row: RosterRow, now: RosterRowIn) -> None:
    roster_id = arg.partition(":")[0]
    turn.work.rosters.settle(int(roster_id), row, now, by=turn.speaker.person_id)
    doubts(turn, roster_id)


def _doubtful(turn: Turn, arg: str) -> RosterRow | None:
    """The row while it is doubtful; else the next one is shown, and None."""
    roster_id, _, row_id = arg.partition(":")
    known = _staged(turn, roster_id)
    if known is None:
        return None
    row = turn.work.rosters.row(known.id, int(row_id))
    if row is None or row.kind != "doubtful":
        doubts(turn, roster_id)
        return None
    return row


def _likeness(turn: Turn, row: RosterRow) -> Child | None:
    """The known child that a row is perhaps about, while it is the speaker's to see."""
    child = turn.work.children.get(row.child_id) if row.child_id else None
    if (
        child is None
        or child.status != "active"
        or not _holds_all(turn, frozenset({child.area_id}))
    ):
        return None
    return child if register.view_of(turn, child, own=False) else None


def _one_number(row: RosterRow, child: Child | None) -> bool:
    number = row.values.get("id_number", "")
    return child is not None and bool(number) and number == child.id_number


def _again(row: RosterRow) -> RosterRowIn:
    return RosterRowIn(
        number=row.number,
        kind=row.kind,
        area_id=row.area_id,
        values=row.values,
        responsible_id=row.responsible_id,
        faults=row.faults,
    )


def _called(turn: Turn, row: RosterRow) -> str:
    born = row.values.get("birth_date", "") or COLUMNS.words["not_collected"][0]
    place = turn.work.areas.full_name(row.area_id) if row.area_id else ""
    return turn.words("roster.row", name=row.values.get("name", ""), when=born, area=place)


# -- taking it back -----------------------------------------------------------------------------


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
    text = turn.words("tables.one", what=_line(turn, known), text=_told(turn, counts))
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

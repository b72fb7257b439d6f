"""Rows of a roster that are perhaps a child we know: the same, another, or later."""

from dataclasses import replace

from handlers.children import register, rosters
from handlers.people import proof
from handlers.saying import answer, button
from handlers.turn import Turn
from policy.register.columns import COLUMNS
from storage.children.child import Child
from storage.children.roster import RosterRow, RosterRowIn, RowKind


def doubts(turn: Turn, roster_id: str) -> None:
    """The next row that is perhaps a child we know."""
    known = rosters.own_staged(turn, roster_id)
    if known is None or proof.is_missing(turn):
        return
    counts = turn.work.rosters.counts(known.id)
    row = next(iter(turn.work.rosters.rows(known.id, ["doubtful"], count=1)), None)
    if row is None:
        lines = [
            turn.words("roster.settled"),
            rosters.counts_line(turn, counts),
            *rosters.hands_lines(turn, known.id),
        ]
        answer(turn, "\n".join(lines), *rosters.choices(turn, known.id, counts))
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
    known = rosters.own_staged(turn, roster_id)
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
        or not rosters.holds_all(turn, frozenset({child.area_id}))
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

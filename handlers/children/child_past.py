"""Who looked into a child's file, and what changed in it."""

from handlers.children import lookers, register
from handlers.children.child_file import opened, said
from handlers.children.register import View
from handlers.people import colleagues
from handlers.saying import answer, button
from handlers.turn import Turn
from policy.masking import defang
from policy.register.columns import COLUMNS
from storage.children.child import (
    AREA,
    LEFT_ON,
    LEFT_REASON,
    NOTE,
    STATUS,
    TO,
    Entry,
)

#: Lines of one card.
LOOKS, CHANGES = 15, 15


def looks(turn: Turn, child_id: str) -> None:
    """谁看过."""
    seen = opened(turn, child_id)
    if seen is None:
        return
    lines = [turn.words("child.looks_title", name=register.called(turn, seen))]
    lines += who_looked(turn, seen)
    answer(turn, defang("\n".join(lines)), button(turn.words("child.back"), "child", child_id))


def who_looked(turn: Turn, seen: View) -> list[str]:
    """Who opened the file and why, a line each, the newest first."""
    lines, may_tell = [], lookers.teller(turn)
    told = [
        one for one in turn.work.child_looks.of_child(seen.child.id) if may_tell(seen.child, one)
    ]
    for look in reversed(told[-LOOKS:]):
        why = look.reason or turn.words(f"look.{look.code or 'other'}")
        when = turn.moment(look.at)
        lines.append(
            turn.words(
                "child.look", when=when, name=colleagues.called(turn, look.person_id), text=why
            )
        )
    return lines


def history(turn: Turn, child_id: str) -> None:
    """变化: what was changed, by whom, from what; only columns that the speaker reads."""
    seen = opened(turn, child_id)
    if seen is None:
        return
    lines = [turn.words("child.history_title", name=register.called(turn, seen))]
    lines += what_changed(turn, seen)
    answer(turn, defang("\n".join(lines)), button(turn.words("child.back"), "child", child_id))


def what_changed(turn: Turn, seen: View) -> list[str]:
    """Each change of what the speaker reads, the newest first."""
    lines = []
    for entry in reversed(turn.work.children.history(seen.child.id)[-CHANGES:]):
        changes = [
            turn.words(
                "child.changed_line",
                heading=COLUMNS[key].heading,
                before=said(COLUMNS[key], before),
                after=said(COLUMNS[key], after),
            )
            for key, (before, after) in entry.changes.items()
            if key in seen.fields
        ]
        when = f"{entry.entered_at.astimezone(turn.rules.zone):%Y-%m-%d}"
        who = colleagues.called(turn, entry.person_id) if entry.person_id else ""
        head = turn.words(
            "child.entry", when=when, what=turn.words(f"child.source.{entry.source}"), name=who
        )
        changes += _moves(turn, seen, entry)
        is_first = entry.source == "roster" and not any(b for b, _ in entry.changes.values())
        lines.append(head if is_first else "\n".join([head, *changes]))
    return lines


def _moves(turn: Turn, seen: View, entry: Entry) -> list[str]:
    """What an entry says about leaving, moving and coming back; words for whoever reads notes."""
    told, name = entry.changes, turn.work.areas.full_name
    was, now = told.get(STATUS, ("", ""))
    before, after = told.get(AREA, ("", ""))
    offered, to = told.get(TO, ("", ""))
    lines = []
    if now == "left":
        what = turn.words(f"child.left.{told.get(LEFT_REASON, ('', 'other'))[1]}")
        when = told.get(LEFT_ON, ("", ""))[1]
        lines.append(turn.words("child.moved.left", what=what, when=when))
    if was == "left":
        lines.append(turn.words("child.moved.back"))
    if before:
        lines.append(
            turn.words("child.moved.area", before=name(int(before)), after=name(int(after)))
        )
    elif to:
        lines.append(turn.words("child.moved.offered", area=name(int(to))))
    elif offered and not now:
        lines.append(turn.words("child.moved.stayed", area=name(int(offered))))
    if "notes" in seen.fields and (text := told.get(NOTE, ("", ""))[1]):
        lines.append(turn.words("child.moved.note", text=text))
    return lines

"""A child's file: read as far as the rights go, each look written down, changed line by line."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from conversation.cards import Button
from handlers import filling
from handlers.children import register, retained, stewards, weeks
from handlers.children.register import View
from handlers.people import colleagues, proof
from handlers.saying import OFFERED, answer, button
from handlers.turn import Filled, Turn
from policy.masking import defang, mask
from policy.register.columns import COLUMNS, Column
from storage.children.child import (
    Child,
)

#: What may be done about a child and stands on the first card, so that it has eight choices.
ON_FILE = 5
#: Lines on one card; beside them the pages before and after, and the way home.
LINES = 5
#: What a button is called that is not called like its verb.
LABELS = {"child.visits": "checkin.button"}
#: Kinds of columns that have a form question; places are changed by moving the child.
CHANGEABLE = frozenset(
    {"name", "id_number", "date", "phone", "choice", "choices", "school", "text"}
)
#: The village says it all.
TOLD_APART = frozenset({"town", "group"})


def show(turn: Turn, child_id: str) -> None:
    """The core of the file; one that is not one's own asks for a reason first."""
    seen = register.view(turn, int(child_id))
    if seen is None:
        register.refuse(turn)
    elif seen.own:
        _open(turn, seen, code="own")
    elif register.reads_on(turn, seen):
        _show(turn, seen)
    else:
        _ask_why(turn, seen, register.called(turn, seen))


def ask_why(turn: Turn, child_id: str) -> None:
    """查看明文: the reason first, also for a file whose reader saw no more than 张*."""
    seen = register.view(turn, int(child_id))
    if seen is None:
        register.refuse(turn)
    else:
        _ask_why(turn, seen, register.called(turn, replace(seen, fields=seen.fields - {"name"})))


def _ask_why(turn: Turn, seen: View, name: str) -> None:
    if proof.is_missing(turn):
        return
    preset = {"child_id": str(seen.child.id), "child_label": name}
    filling.begin(turn, "look", preset=preset, in_place=True)


def looked(turn: Turn, filled: Filled) -> None:
    """The reason is given: the look is in the audit, and the file is shown."""
    seen = register.view(turn, int(filled.answers["child_id"]))
    if seen is None:
        register.refuse(turn)
        return
    if proof.is_missing(turn):  # the form was begun before the county asked, or elsewhere
        return
    why = filled.answers["look_for"]
    _open(turn, seen, code=why, reason=filled.answers.get("look_reason", ""))


def part(turn: Turn, arg: str) -> None:
    """One part of the record: child, father ..."""
    child_id, _, group = arg.partition(":")
    seen = opened(turn, child_id)
    if seen is None:
        return
    keys = [key for key in shown(seen) if COLUMNS[key].group == group]
    head = turn.words(
        "child.part_title",
        name=register.called(turn, seen),
        what=turn.words(f"child.part.{group}"),
    )
    answer(
        turn,
        "\n".join([head, *_lines(turn, seen, keys)]),
        button(turn.words("child.change"), "child.lines", arg),
        button(turn.words("child.back"), "child", child_id),
    )


def _open(turn: Turn, seen: View, *, code: str, reason: str = "") -> None:
    _show(turn, register.open_file(turn, seen, code=code, reason=reason))


def _show(turn: Turn, seen: View) -> None:
    core = [key for key in shown(seen) if COLUMNS[key].core]
    lines = [
        register.called(turn, seen),
        *_lines(turn, seen, core),
        *labels(turn, seen),
        *siblings(turn, seen),
        _keepers(turn, seen),
        *(weeks.in_file(turn, seen.child.id) if may_visit(turn, seen) else []),
        *standing(turn, seen),
    ]
    first, rest = _split(turn, seen)
    buttons = [
        *first,
        _button(turn, "child.parts", seen),
        _button(turn, "child.records", seen),
        *([_button(turn, "child.more", seen)] if rest else []),
    ]
    answer(turn, defang("\n".join(lines)), *_pairs(buttons))


def parts(turn: Turn, child_id: str) -> None:
    """档案各项: the parts of the record that the speaker reads."""
    seen = opened(turn, child_id)
    if seen is None:
        return
    groups = dict.fromkeys(COLUMNS[key].group for key in shown(seen))
    buttons = [
        button(turn.words(f"child.part.{group}"), "child.part", f"{child_id}:{group}")[0]
        for group in groups
    ]
    _offer(turn, seen, "child.parts", buttons)


def records(turn: Turn, child_id: str) -> None:
    """走访和改动: what was done with the child, and who looked."""
    seen = opened(turn, child_id)
    if seen is not None:
        names = ("child.visits", "child.history", "child.looks")
        _offer(turn, seen, "child.records", [_button(turn, name, seen) for name in names])


def more(turn: Turn, child_id: str) -> None:
    """更多: what the first card had no room for."""
    seen = opened(turn, child_id)
    if seen is not None:
        _offer(turn, seen, "child.more", list(_split(turn, seen)[1]))


def _offer(turn: Turn, seen: View, key: str, buttons: Sequence[Button]) -> None:
    head = turn.words("child.part_title", name=register.called(turn, seen), what=turn.words(key))
    back = button(turn.words("child.back"), "child", str(seen.child.id))
    answer(turn, head, *_pairs(buttons), back)


def _button(turn: Turn, verb: str, seen: View) -> Button:
    return button(turn.words(LABELS.get(verb, verb)), verb, str(seen.child.id))[0]


def _split(turn: Turn, seen: View) -> tuple[Sequence[Button], Sequence[Button]]:
    """What may be done about the child: what stands on the first card, and the rest."""
    found = [one for row in deeds(turn, seen) for one in row]
    if len(found) <= ON_FILE:
        return found, ()
    return found[: ON_FILE - 1], found[ON_FILE - 1 :]


def deeds(turn: Turn, seen: View) -> list[tuple[Button, ...]]:
    """What the speaker may do about the child beside reading and changing lines."""
    child_id = str(seen.child.id)
    rows = []
    if may_visit(turn, seen):
        rows.append(button(turn.words("checkin.begin"), "visit", child_id))
    if "guardian_name" in seen.fields:
        rows.append(button(turn.words("carer.look"), "carers", child_id))
    if weeks.is_on(turn) and may_visit(turn, seen):
        rows.append(button(turn.words("family.look"), "family", child_id))
    if may_assign(turn, seen):
        rows.append(button(turn.words("keep.change"), "keep", child_id))
    return [*rows, *_coming_and_going(turn, seen), *retained.buttons(turn, seen)]


def _coming_and_going(turn: Turn, seen: View) -> list[tuple[Button, ...]]:
    """What whoever keeps the register may do about the child's place in it."""
    if not stewards.keeps(turn, seen.child.area_id):
        return []
    rows = _doubles(turn, seen) if stewards.is_head(turn, seen.child.area_id) else []
    if seen.child.status == "left":
        verb = "depart.back"
    else:
        verb = "depart" if seen.child.to_area_id is None else "transfer.stop"
    label = turn.words(f"child.do.{verb}")
    return [*rows, button(label, verb, str(seen.child.id))]


def _doubles(turn: Turn, seen: View) -> list[tuple[Button, ...]]:
    """Making two files one, and two again."""
    if seen.child.status != "active":
        return []
    splits = [
        button(turn.words("twin.split", when=turn.day(at)), "twin.split", str(one.id))
        for one, at in undoable(turn, seen)
    ]
    find = button(turn.words("twin.find"), "twin.find", str(seen.child.id))
    return [*splits[:OFFERED], find]


def undoable(turn: Turn, seen: View) -> tuple[tuple[Child, datetime], ...]:
    """Which files were made one with this, not too long ago to be undone."""
    since = turn.work.now - turn.rules.policy.timing["merge_undone"]
    merged = turn.work.children.merged_into(seen.child.id)
    return tuple((one, at) for one, at in merged if at >= since)


def _lines(turn: Turn, seen: View, keys: Iterable[str]) -> list[str]:
    """What is known line by line; what is 未采集 in one line, for it is not the same as no."""
    told = {key: value(turn, seen, key) for key in keys}
    lines = [
        turn.words("child.line", heading=COLUMNS[key].heading, value=value)
        for key, value in told.items()
        if value
    ]
    missing = "、".join(COLUMNS[key].heading for key, value in told.items() if not value)
    if missing:
        lines.append(turn.words("child.line", heading=said(COLUMNS["name"], ""), value=missing))
    return lines


def value(turn: Turn, seen: View, key: str) -> str:
    """A column in words, as far as the speaker may read it; "" while it is not known."""
    column = COLUMNS[key]
    if column.kind == "area":
        return turn.work.areas.full_name(seen.child.area_id)
    kept = seen.child.values.get(key, "")
    told = said(column, kept) if kept else ""
    return mask(column.kind, told) if key in seen.masked else told


def said(column: Column, value: str) -> str:
    """A value in the official words; 未采集 is not the same as no."""
    if not value:
        return COLUMNS.words["not_collected"][0]
    if column.kind in ("choice", "choices"):
        return "、".join(COLUMNS.word(column.codes, code) for code in value.split())
    return value


def labels(turn: Turn, seen: View) -> list[str]:
    """The labels in a line; none where they are not known or not to be read."""
    if "labels" not in seen.fields or not seen.child.labels:
        return []
    column = COLUMNS["labels"]
    value = said(column, " ".join(seen.child.labels))
    return [turn.words("child.line", heading=column.heading, value=value)]


def siblings(turn: Turn, seen: View) -> list[str]:
    """The brothers and sisters whom the speaker may see, in a line."""
    others = [
        one
        for child in turn.work.children.of_household(seen.child.household_id)
        if child.id != seen.child.id
        and (one := register.view_of(turn, child, own=child.id in register.own_ids(turn)))
    ]
    if not others:
        return []
    names = "、".join(register.called(turn, one) for one in others)
    return [turn.words("child.siblings", text=names)]


def _keepers(turn: Turn, seen: View) -> str:
    return turn.words("child.keepers", text=keeper_names(turn, seen))


def keeper_names(turn: Turn, seen: View) -> str:
    """Who answers for the child."""
    held = turn.work.responsibilities.of_child(seen.child.id)
    names = "、".join(colleagues.called(turn, one.person_id) for one in held)
    return names or turn.words("child.no_keeper")


def standing(turn: Turn, seen: View) -> list[str]:
    """That the child left, is to move, or is disputed about."""
    lines = []
    if seen.child.status == "left":
        why = turn.words(f"child.left.{seen.child.left_reason or 'other'}")
        lines.append(turn.words("child.has_left", when=seen.child.left_on, what=why))
    lines += retained.lines(turn, seen)
    if seen.child.to_area_id is not None:
        area = turn.work.areas.full_name(seen.child.to_area_id)
        lines.append(turn.words("child.is_offered", area=area))
    if turn.work.disputes.of_child(seen.child.id):
        lines.append(turn.words("child.disputed"))
    return lines


def shown(seen: View) -> list[str]:
    """The columns that the speaker sees, some of them masked, each said once."""
    sees = seen.fields | seen.masked
    return [
        key
        for key, column in COLUMNS.table.items()
        if key in sees and key not in TOLD_APART and column.person != "responsible"
    ]


def readable(seen: View) -> list[str]:
    """The columns that the speaker reads, each said once."""
    return [key for key in shown(seen) if key in seen.fields]


def opened(turn: Turn, child_id: str) -> View | None:
    """The child whose file the speaker has open; else they are led to it, or refused."""
    seen = register.view(turn, int(child_id))
    if seen is None:
        register.refuse(turn)
        return None
    if not seen.own and not register.reads_on(turn, seen):
        show(turn, child_id)
        return None
    if not register.reads_on(turn, seen):  # a card led here past the file itself
        register.open_file(turn, seen, code="own")
    return seen


def lines(turn: Turn, arg: str) -> None:
    """The lines of a part, each to be changed, a few at a time."""
    child_id, _, rest = arg.partition(":")
    group, _, at = rest.partition(":")
    seen = opened(turn, child_id)
    if seen is None:
        return
    every = [
        button(COLUMNS[key].heading, "child.line", f"{child_id}:{key}")[0]
        for key in readable(seen)
        if COLUMNS[key].group == group and COLUMNS[key].kind in CHANGEABLE
    ]
    start = int(at or 0)
    ways = [
        *([("form.earlier", start - LINES)] if start else []),
        *([("form.more", start + LINES)] if start + LINES < len(every) else []),
    ]
    pages = [
        button(turn.words(key), "child.lines", f"{child_id}:{group}:{to}")[0] for key, to in ways
    ]
    rows = _pairs(every[start : start + LINES])
    answer(turn, turn.words("child.which_line"), *rows, *_pairs(pages))


def may_visit(turn: Turn, seen: View) -> bool:
    """True for who enters visits: whose child it is, and whoever keeps the register there."""
    is_theirs = seen.own or stewards.keeps(turn, seen.child.area_id)
    return is_theirs and seen.child.status == "active"


def may_assign(turn: Turn, seen: View) -> bool:
    """True for whoever brings in the people who answer for children there."""
    return seen.child.status == "active" and colleagues.manages(
        turn, "responsible", seen.child.area_id
    )


def _pairs(buttons: Sequence[Button]) -> list[tuple[Button, ...]]:
    return [tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2)]

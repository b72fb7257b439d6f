"""A line of a child's file is changed, and two who changed the same are settled."""

from collections.abc import Sequence
from typing import assert_never

from handlers import filling
from handlers.children import register
from handlers.children.child_file import CHANGEABLE, opened, readable, said
from handlers.children.register import View
from handlers.people import colleagues, proof
from handlers.saying import answer, button
from handlers.turn import Filled, Turn
from policy.masking import defang
from policy.register.columns import COLUMNS
from policy.register.identity import BadNumber, read_identity
from storage.children.child import Changed, Conflict
from storage.children.disputes import Dispute


def begin_line(turn: Turn, arg: str) -> None:
    """One line: asked as its kind wants."""
    child_id, _, key = arg.partition(":")
    seen = opened(turn, child_id)
    if seen is None:
        return
    column = COLUMNS[key]
    if key not in readable(seen) or column.kind not in CHANGEABLE:
        register.refuse(turn)
        return
    stands = seen.child.values.get(key, "")
    filling.begin(
        turn,
        "child",
        preset={
            "child_id": child_id,
            "child_key": key,
            "child_stands": stands,
            "child_now": said(column, stands),
            "child_heading": column.heading,
            "child_asks": column.codes or ("date" if column.kind == "date" else "words"),
        },
        in_place=True,
    )


def change(turn: Turn, filled: Filled) -> None:
    """The new value; a grave one that somebody else changed meanwhile waits for a human."""
    answers = filled.answers
    child_id, key = answers["child_id"], answers["child_key"]
    seen = opened(turn, child_id)
    if seen is None:
        return
    column = COLUMNS[key]
    new = tidied(key, answers.get(f"new_{answers['child_asks']}", ""))
    if key not in readable(seen) or new is None:
        answer(
            turn,
            turn.words("child.bad_value", heading=column.heading),
            button(turn.words("child.again"), "child.line", f"{child_id}:{key}"),
            button(turn.words("child.back"), "child", child_id),
        )
        return
    done = turn.work.children.change(
        seen.child.id,
        {key: new},
        source="correction",
        by=turn.speaker.person_id,
        expect={key: answers.get("child_stands", "")},
    )
    note(turn, seen)
    match done:
        case Changed():
            text = turn.words("child.changed", heading=column.heading, value=said(column, new))
        case Conflict():
            text = turn.words("child.conflict", heading=column.heading)
        case _:
            assert_never(done)
    answer(
        turn,
        defang(text),
        button(turn.words("child.another_line"), "child.lines", f"{child_id}:{column.group}"),
        button(turn.words("child.back"), "child", child_id),
    )


def tidied(key: str, value: str) -> str | None:
    """The value as the register keeps it; None for one that cannot be right."""
    column = COLUMNS[key]
    match column.kind:
        case "id_number" if value:
            told = read_identity(value)
            return None if isinstance(told, BadNumber) else told.number
        case "phone" if value:
            digits = "".join(char for char in value if char.isdecimal())
            return digits if 7 <= len(digits) <= 13 else None
        case "name" if key == "name" and not value:
            return None
        case _:
            return value[: column.limit]


def note(turn: Turn, seen: View) -> None:
    """Have the child found by name as they are now."""
    now = turn.work.children.get(seen.child.id)
    if now is not None:
        tree = turn.work.areas
        turn.work.after_commit(lambda: turn.rules.roll.note(now, tree))


def disputes(turn: Turn) -> Sequence[Dispute]:
    """What waits for the speaker: grave columns that two people changed."""
    roles = turn.rules.policy.roles
    tops = {at for role, at in colleagues.held(turn) if role in roles and roles[role].manages}
    return turn.work.disputes.below(sorted(tops)) if tops else ()


def show_dispute(turn: Turn, dispute_id: str) -> None:
    """Both values side by side."""
    told = _dispute(turn, dispute_id)
    if told is None:
        return
    dispute, seen = told
    column = COLUMNS[dispute.key]
    values = dict.fromkeys((dispute.stands, dispute.wanted))
    text = turn.words(
        "child.dispute",
        name=register.called(turn, seen),
        heading=column.heading,
        before=said(column, dispute.stands),
        after=said(column, dispute.wanted),
        who=colleagues.called(turn, dispute.person_id),
    )
    keys = ("child.keep_stands", "child.take_wanted")
    rows = [
        button(turn.words(key, value=said(column, value)), f"{key}", dispute_id)
        for key, value in zip(keys, values, strict=False)
    ]
    answer(turn, defang(text), *rows)


def keep_stands(turn: Turn, dispute_id: str) -> None:
    """What stands there is right."""
    _settle(turn, dispute_id, wanted=False)


def take_wanted(turn: Turn, dispute_id: str) -> None:
    """What was wanted is right."""
    _settle(turn, dispute_id, wanted=True)


def _settle(turn: Turn, dispute_id: str, *, wanted: bool) -> None:
    told = _dispute(turn, dispute_id)
    if told is None:
        return
    dispute, seen = told
    value = dispute.wanted if wanted else dispute.stands
    turn.work.disputes.settle(dispute.id, value, turn.speaker.person_id)
    note(turn, seen)
    answer(
        turn,
        turn.words("child.settled", heading=COLUMNS[dispute.key].heading),
        button(turn.words("child.back"), "child", str(seen.child.id)),
    )


def _dispute(turn: Turn, dispute_id: str) -> tuple[Dispute, View] | None:
    dispute = next((one for one in disputes(turn) if one.id == int(dispute_id)), None)
    seen = register.view(turn, dispute.child_id) if dispute else None
    if dispute and seen and dispute.key in seen.waits and proof.is_missing(turn):
        return None
    if dispute is None or seen is None or dispute.key not in seen.fields:
        register.refuse(turn)
        return None
    return dispute, seen

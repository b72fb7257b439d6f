"""Visits that are due: whose, since when, why; and how a missed one is told."""

from conversation.cards import Action, Button
from handlers import planning
from handlers.casework import Matter
from handlers.telling import rows
from handlers.turn import Turn
from policy.masking import mask_name
from policy.reasons import say_why
from storage.duties import Duty


def about(child_id: int) -> str:
    """How rows of the outbox and drafts name a child's next visit."""
    return f"visit:{child_id}"


def matter(turn: Turn, duty: Duty) -> Matter | None:
    """The child of a missed visit. All but red stand in the digest of whoever must hear."""
    child = turn.work.children.meant(duty.subject_id)
    if child is None or child.status != "active":
        return None
    look = Button(label=turn.words("visit.look"), action=Action("child", str(child.id)))
    return Matter(
        without=frozenset(),
        about=about(child.id),
        text=turn.words(
            "visit.missed",
            name=mask_name(child.name),
            area=turn.work.areas.full_name(child.area_id),
            reasons=reasons(turn, duty),
        ),
        rows=rows(look),
        in_digest=duty.grade != "red",
    )


def reasons(turn: Turn, duty: Duty) -> str:
    """Why there is a visit now: 暑假，每周一次；等级黄，每月一次."""
    policy = turn.rules.policy
    told = [
        say_why(why, turn.rules.words, policy.rhythm, policy.seasons)
        for why in planning.read(duty).why
    ]
    return "；".join(dict.fromkeys(told))

"""What two persons decide at the desk: its differences, why, and who may be the second."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from handlers.office import administration
from handlers.people import colleagues, standing
from handlers.turn import Turn
from storage.office.proposals import Proposal, Proposals

#: What one must write at least, so that it can be understood later.
WHY_CHARS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that is said otherwise; "" where it said, or says, nothing."""

    key: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a change would bring: its differences, or everything that is wrong with it."""

    differences: tuple[Difference, ...] = ()
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something that was proposed, as the page shows it."""

    id: int
    why: str = field(repr=False)
    state: str
    who: str
    at: datetime
    decider: str
    #: True for whoever may decide it now.
    is_mine_to_decide: bool


def between(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Difference, ...]:
    """What is said otherwise, one thing after another."""
    return tuple(
        Difference(key=key, before=before.get(key, ""), after=after.get(key, ""))
        for key in dict.fromkeys((*before, *after))
        if before.get(key) != after.get(key)
    )


def is_needed(turn: Turn) -> bool:
    """False where the county says that one person is enough."""
    return turn.rules.policy.limits["rule_change_persons"] > 1


def may_be(turn: Turn, first: int) -> bool:
    """Nobody is the second person to themselves: by another account, or somebody just invited."""
    links = turn.work.links
    if links.who_is(turn.speaker.person_id) == links.who_is(first):
        return False
    return any(
        administration.keeps(turn, post.role) and standing.counts(turn, post)
        for post in turn.roles
    )


def may_propose(turn: Turn, why: str) -> bool:
    """True for whoever configures the channel and said why."""
    return administration.configures(turn) and len(why) >= WHY_CHARS


def decide(turn: Turn, changes: Proposals[Any], change_id: int, *, agrees: bool) -> bool:
    """Agree as the second person, or refuse; whoever proposed may only take it back."""
    found, me = changes.get(change_id), turn.speaker.person_id
    if found is None or not administration.configures(turn):
        return False
    if not agrees:
        return changes.refuse(change_id, by=me)
    return _may_agree(turn, found) and changes.apply(change_id, by=me)


def as_shown(turn: Turn, change: Proposal) -> dict[str, Any]:
    """What the page shows of every kind of change."""
    at = change.decided_at or change.proposed_at
    return {
        "id": change.id,
        "why": change.why,
        "state": change.state,
        "who": colleagues.called(turn, change.proposed_by),
        "at": at.astimezone(turn.rules.zone),
        "decider": colleagues.called(turn, change.decided_by) if change.decided_by else "",
        "is_mine_to_decide": _may_agree(turn, change),
    }


def _may_agree(turn: Turn, change: Proposal) -> bool:
    return change.state == "proposed" and may_be(turn, change.proposed_by)

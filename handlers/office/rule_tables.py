"""规则表: who wants which words in force, why, and who agreed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from handlers.office import administration, second_person
from handlers.turn import Turn
from policy.tables import Policy
from storage.office.rule_changes import RuleChange


@dataclass(frozen=True, slots=True, kw_only=True)
class Change(second_person.Change):
    """The county's own words of a table that somebody wants."""

    table: str
    content: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What waits, what is in force by table, and the changes of one table."""

    waiting: tuple[Change, ...]
    changed: Mapping[str, str] = field(repr=False)
    history: tuple[Change, ...] = ()


def seen(turn: Turn, table: str = "") -> Seen | None:
    """The changes, for whoever configures the channel."""
    if not administration.configures(turn):
        return None
    work = turn.work.rule_changes
    return Seen(
        waiting=tuple(_change(turn, one) for one in work.proposed()),
        changed=work.in_force(),
        history=tuple(_change(turn, one) for one in work.of(table)) if table else (),
    )


def one(turn: Turn, change_id: int) -> tuple[Change, Mapping[str, str]] | None:
    """One change, and what is in force."""
    if not administration.configures(turn):
        return None
    found = turn.work.rule_changes.get(change_id)
    if found is None:
        return None
    return _change(turn, found), turn.work.rule_changes.in_force()


def keeps_somebody(policy: Policy) -> bool:
    """False when nobody would be left who could change the tables back."""
    return any(role.level == "county" and role.manages for role in policy.roles.values())


def propose(turn: Turn, table: str, content: str, why: str) -> str | None:
    """Propose a change that was checked: "applied" where one person is enough, else "proposed"."""
    if not second_person.may_propose(turn, why):
        return None
    work, me = turn.work.rule_changes, turn.speaker.person_id
    row = work.propose(table, content, why, based_on=work.newest(), by=me)
    if second_person.is_needed(turn):
        return "proposed"
    return "applied" if work.apply(row, by=me) else None


def decide(turn: Turn, change_id: int, *, agrees: bool) -> bool:
    """Agree as the second person, or refuse."""
    return second_person.decide(turn, turn.work.rule_changes, change_id, agrees=agrees)


def _change(turn: Turn, change: RuleChange) -> Change:
    shown = second_person.as_shown(turn, change)
    return Change(**shown, table=change.table, content=change.content)

"""What was noticed about children, as the rules add it up: reports, absences, visits."""

import json
from collections.abc import Collection, Mapping, Set
from datetime import date, datetime, timedelta, tzinfo

from policy.absence import AbsenceTable
from policy.signals import Kind, Signal, Weak
from policy.tables import Policy
from storage.children.noticed import Noticed
from storage.work import Reading

#: What is older plays no part any more, not even in what nobody looked at since.
SINCE = timedelta(days=400)


def signals(
    work: Reading,
    policy: Policy,
    zone: tzinfo,
    children: Collection[int],
    hidden: Set[int] = frozenset(),
) -> Mapping[int, tuple[Signal, ...]]:
    """What counts about each of these children, without what somebody must not hear of.

    They may be whoever reads what comes of it; ``hidden`` are those who surely do not.
    """
    weak = policy.signals.weak
    found = work.noticed.about(children, work.now - SINCE)
    return {
        child: tuple(
            Signal(kind=kind, on=_day(one.on, one.at, zone), by=one.person_id)
            for one in noticed
            if (kind := _kind(one, weak, policy.absence)) is not None and one.kept_from <= hidden
        )
        for child, noticed in found.items()
    }


def _kind(one: Noticed, weak: Weak, absence: AbsenceTable) -> Kind | None:
    """What it counts as; None for what says nothing about the child."""
    match one.kind:
        case "report":
            return None if one.outcome in weak.unfounded else "report"
        case "absence":
            return "absence" if absence.path(one.reason).path in ("ladder", "police") else None
        case "visit_failed":
            return "visit_failed"
        case "visit_done":
            return "visit_worried" if weak.is_worried(json.loads(one.answers)) else None


def _day(on: date | None, at: datetime, zone: tzinfo) -> date:
    return on or at.astimezone(zone).date()

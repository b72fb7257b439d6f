"""Several cases with something in common: the county hears once, and each case says so."""

import json
from collections.abc import Iterator, Sequence

from conversation.cards import Card
from handlers import casework, colleagues, telling
from handlers.turn import Turn
from policy.grading import is_worse
from policy.receipt import say_number
from policy.signals import Near, in_common
from storage.audit import PROGRAM
from storage.cases import Case
from storage.reports import Report

#: In the story of each of them.
ACT = "clustered_"
#: Cases that are named on the card.
NAMED = 6


def notice(turn: Turn, report: Report) -> None:
    """A new report: tell the county what it has in common with others, unless it was told."""
    case = turn.work.cases.of_report(report.id)
    if case is None or case.area_id is None:
        return
    rules = turn.rules.policy.signals.cluster
    if is_worse(rules.grade, case.grade):
        return
    around = {one.id: one for one in _around(turn, case)}
    known = [_near(turn, one) for one in around.values()]
    for kind, same in in_common(_near(turn, case), known, rules).items():
        cases = [around.get(one.case_id, case) for one in same]
        if not any(_was_told(turn, one, kind) for one in cases):
            _tell(turn, kind, case, cases)


def _around(turn: Turn, case: Case) -> Iterator[Case]:
    """The other cases of its township that are young enough."""
    path = turn.work.areas.path(case.area_id or 0)
    rules = turn.rules.policy.signals.cluster
    since = turn.work.now - rules.within
    top = next((area.id for area in path if area.kind == "town"), path[0].id)
    for one in turn.work.cases.near(top, since):
        if one.id != case.id and not is_worse(rules.grade, one.grade):
            yield one


def _near(turn: Turn, case: Case) -> Near:
    path = turn.work.areas.path(case.area_id) if case.area_id is not None else ()
    said = [json.loads(report.answers) for report in turn.work.cases.reports(case.id)]
    child = turn.work.children.get(case.child_id) if case.child_id is not None else None
    schools = [child.values.get("school", "")] if child is not None else []
    schools += [one.get("school_class", "") for one in said]
    rules = turn.rules.policy.signals.cluster
    adults = ["".join(one.get("suspect_name", "").split()) for one in said]
    return Near(
        case_id=case.id,
        at=case.opened_at,
        grade=case.grade,
        child_id=case.child_id,
        village=next((area.id for area in path if area.kind == "village"), None),
        school=next(filter(None, map(rules.school_in, schools)), ""),
        adult=next(filter(None, adults), ""),
    )


def _was_told(turn: Turn, case: Case, kind: str) -> bool:
    return any(entry.act == f"{ACT}{kind}" for entry in turn.work.cases.entries(case.id))


def _tell(turn: Turn, kind: str, case: Case, cases: Sequence[Case]) -> None:
    """One of the county by name; nobody who must not hear of one of them."""
    for one in cases:
        turn.work.cases.add_entry(one.id, f"{ACT}{kind}", by=PROGRAM, role="", stage=one.stage)
        told = {"common": kind, "cases": len(cases)}
        turn.work.audit.write(PROGRAM, "case.clustered", "case", one.id, told)
    hidden = frozenset[int]().union(*(casework.excluded(turn, one.id) for one in cases))
    person = casework.coordinator(turn, case.area_id, without=hidden).person_id
    if person is None:
        return
    days = turn.rules.policy.signals.cluster.within.days
    path = turn.work.areas.path(case.area_id or 0)
    place = "village" if kind == "village" else "town"
    area = next((one.id for one in path if one.kind == place), path[-1].id)
    text = turn.words(
        f"cluster.{kind}",
        area=turn.work.areas.full_name(area),
        days=days,
        count=len(cases),
    )
    looks = [
        colleagues.button(
            turn.words("cluster.look", number=say_number(one.number)), "case.details", str(one.id)
        )
        for one in cases[:NAMED]
    ]
    telling.tell_person(
        turn,
        person,
        Card(text=text, rows=tuple(looks)),
        key=f"cluster:{kind}:{case.id}",
        when=telling.hour(turn, case.grade),
    )

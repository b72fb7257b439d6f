"""Several cases with something in common: those above hear once, and each case says so."""

import json
from collections.abc import Sequence

from conversation.cards import Card
from handlers import saying
from handlers.cases import involved, owners
from handlers.reaching import telling
from handlers.turn import Turn
from policy.grading import GRADES, is_worse
from policy.receipt import say_number
from policy.routing import seated
from policy.signals import Common, are_enough
from storage.audit import PROGRAM
from storage.cases.case import Case
from storage.reporting.reports import Report

#: In the story of each of them.
ACT = "clustered_"
#: Cases that are named on the card, and that are compared: more say no more.
NAMED, COMPARED = 6, 50


def notice(turn: Turn, report: Report) -> None:
    """A new report: tell those above what it has in common with others, unless they were told."""
    case = turn.work.cases.of_report(report.id)
    if case is None or case.area_id is None:
        return
    cases, rules = turn.work.cases, turn.rules.policy.signals.cluster
    since = turn.work.now - rules.within
    grave = [grade for grade in GRADES if not is_worse(rules.grade, grade)]
    for kind, what in _marks(turn, case, report).items():
        cases.mark(case.id, kind, what)
        if case.grade not in grave or cases.is_told(kind, what, since):
            continue
        same = cases.marked(kind, what, since, grades=grave, limit=COMPARED)
        if are_enough([(one.id, one.child_id) for one in same], rules):
            _tell(turn, kind, case, same)


def _marks(turn: Turn, case: Case, report: Report) -> dict[Common, str]:
    """By what a case is compared with others of its township."""
    rules = turn.rules.policy.signals.cluster
    path = {area.kind: area.id for area in turn.work.areas.path(case.area_id or 0)}
    child = turn.work.children.get(case.child_id) if case.child_id is not None else None
    said: dict[str, str] = json.loads(report.answers)
    named = [child.values.get("school", "")] if child is not None else []
    school = next(filter(None, map(rules.school_in, [*named, said.get("school_class", "")])), "")
    adult = "".join(said.get("suspect_name", "").split())
    found: dict[Common, str] = {}
    if "village" in path:
        found["village"] = str(path["village"])
    if school:
        found["school"] = f"{path.get('town')} {school}"
    if adult:
        found["adult"] = f"{path.get('town')} {adult}"
    return found


def _tell(turn: Turn, kind: Common, case: Case, cases: Sequence[Case]) -> None:
    """One of the county and one of the township by name; nobody who must not hear of one of them.

    Whom several reports name the county looks into alone.
    """
    turn.work.cases.tell_mark(kind, [one.id for one in cases])
    for one in cases:
        turn.work.cases.add_entry(one.id, f"{ACT}{kind}", by=PROGRAM, role="", stage=one.stage)
        told = {"common": kind, "cases": len(cases)}
        turn.work.audit.write(PROGRAM, "case.clustered", "case", one.id, told)
    hidden = frozenset[int]().union(*(involved.excluded(turn, one.id) for one in cases))
    people = [owners.coordinator(turn, case.area_id, without=hidden).person_id]
    if kind != "adult":
        people.append(_of_township(turn, case, hidden))
    for person in dict.fromkeys(people):
        if person is not None:
            telling.tell_person(
                turn,
                person,
                _card(turn, kind, case, cases),
                key=f"cluster:{kind}:{case.id}:{person}",
                when=telling.hour(turn, GRADES[-1]),
            )


def _of_township(turn: Turn, case: Case, hidden: frozenset[int]) -> int | None:
    policy = turn.rules.policy
    roles = policy.duties.levels["township"]
    posts = seated(roles, case.area_id or 0, turn.work.areas, policy.routing)
    found = telling.on_call(turn, posts, case.grade, without=hidden)
    return found[0].person_id if found else None


def _card(turn: Turn, kind: str, case: Case, cases: Sequence[Case]) -> Card:
    path = turn.work.areas.path(case.area_id or 0)
    place = "village" if kind == "village" else "town"
    area = next((one.id for one in path if one.kind == place), path[-1].id)
    text = turn.words(
        f"cluster.{kind}",
        area=turn.work.areas.full_name(area),
        days=turn.rules.policy.signals.cluster.within.days,
        count=len(cases),
    )
    looks = [
        saying.button(
            turn.words("cluster.look", number=say_number(one.number)), "case.details", str(one.id)
        )
        for one in cases[:NAMED]
    ]
    return Card(text=text, rows=tuple(looks))

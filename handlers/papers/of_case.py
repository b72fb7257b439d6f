"""What stands on the papers of a case, as far as their maker reads it."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from handlers import erasing
from handlers.cases import cases, duties, involved
from handlers.cases.involved import View
from handlers.children import register
from handlers.papers import of_child, of_plan
from handlers.people import colleagues
from handlers.turn import Turn
from policy.receipt import say_number
from storage.cases.case import Case, Entry
from storage.cases.duties import Duty

#: Acts by which whoever works on it says who was called, and by which the police say it.
CALLS = ("police_called", "police_taken")
#: What a report's form calls it, by the field that shows it.
OF_REPORT = {
    "place_words": "place_words",
    "occurred_at": "when",
    "how": "how",
    "child_told": "child",
    "child_sex": "child_sex",
    "child_school": "school_class",
    "circumstances": "circumstances",
    "what": "what",
    "suspect": "suspect",
    "safe": "safe",
    "done": "done",
    "police_when": "police_when",
    "police_station": "police_station",
    "police_number": "police_number",
}


def acts(turn: Turn, case: Case, name: str) -> tuple[Entry, ...]:
    """The acts of its story of which each has a paper of its own, as far as words are left."""
    story = turn.work.cases.entries(case.id) if name else ()
    return tuple(one for one in story if one.act == name and "form" in json.loads(one.body))


def facts(turn: Turn, seen: View, entry: Entry | None) -> dict[str, str]:
    """How the case stands; what was said in it for those who read answers; its child.

    ``entry`` is the act that the paper is about, where there may be several.
    """
    case = seen.case
    waiting = turn.work.duties.open_of("case", case.id)
    late = [duty for duty in waiting if duty.due_at < turn.work.now]
    known = {
        "number": say_number(case.number),
        "grade": turn.words(f"grade.{case.grade}"),
        "stage": turn.rules.policy.lifecycle.stages[case.stage].name,
        "area": turn.work.areas.full_name(case.area_id) if case.area_id else "",
        "reported_at": _moment(turn, case.opened_at),
        "reporter": turn.words("paper.reporter"),
        "owner": involved.owner_name(turn, case),
        "owner_post": _post(turn, case),
        "accepted_at": _moment(turn, case.accepted_at),
        "seen_at": _moment(turn, case.seen_at),
        "overdue": _lines(turn, case, late),
        "todo": _lines(turn, case, waiting),
        "told": _told(turn, case),
        "erased": erasing.receipt(turn, "case", case.id),
        "story": "\n".join(cases.did(turn, entry) for entry in turn.work.cases.entries(case.id)),
    }
    if "answers" in cases.parts_of(turn, seen):
        known |= _reported(turn, case) | of_plan.facts(turn, seen, entry)
    child = register.view(turn, case.child_id) if case.child_id else None
    if child is None:
        return known
    register.open_file(turn, child, code="report")
    return {**known, **of_child.facts(turn, child)}


def _reported(turn: Turn, case: Case) -> dict[str, str]:
    """What the reports say, the first that says it; and what the acts of the case add."""
    facts: dict[str, str] = {}
    reasons: dict[str, None] = {}
    files = 0
    for report in turn.work.cases.reports(case.id):
        reasons |= dict.fromkeys(turn.rules.policy.grading.reasons(report.reasons))
        sent = turn.work.attachments.of_report(report.id)
        files += sum(not one.is_lost for one in sent)
        bodies = [(report.form_version, json.loads(report.answers))]
        for entry in turn.work.reports.entries(report.id):
            if entry.kind == "answers":
                body = json.loads(entry.body)
                bodies.append((body.pop("form"), body))
        for version, answers in bodies:
            _add(facts, of_plan.said(turn, {**answers, "form": version}))
        if report.kind == "danger":  # its form asks nothing that is known already
            facts.setdefault("safe", turn.words("paper.in_danger"))
    for name in CALLS:
        for call in acts(turn, case, name):
            _add(facts, of_plan.said(turn, json.loads(call.body)))
    facts["reasons"] = "；".join(reasons)
    if files:
        facts["files"] = turn.words("alarm.files", count=files)
    return facts


def _add(facts: dict[str, str], said: Mapping[str, str]) -> None:
    """What is not known yet."""
    for field, question in OF_REPORT.items():
        if said.get(question) and not facts.get(field):
            facts[field] = said[question]


def _post(turn: Turn, case: Case) -> str:
    if case.owner.area_id is None:
        return turn.rules.policy.roles[case.owner.role].name
    return colleagues.post_name(turn, case.owner.role, case.owner.area_id)


def _told(turn: Turn, case: Case) -> str:
    roles = turn.rules.policy.roles
    posts = [one.role for one in turn.work.cases.members(case.id) if one.kind == "told"]
    return "、".join(dict.fromkeys(roles[role].name for role in posts if role in roles))


def _lines(turn: Turn, case: Case, of: Sequence[Duty]) -> str:
    """What is to be done; whoever has the case is not to answer for what is another's."""
    return "\n".join(_line(turn, case, duty) for duty in of)


def _line(turn: Turn, case: Case, duty: Duty) -> str:
    said = duties.said(turn, duty)
    if duties.is_owners(case, duty):
        return said
    return f"{said}　{turn.words('duty.whose', name=duties.whose(turn, duty))}"


def _moment(turn: Turn, moment: datetime | None) -> str:
    return "" if moment is None else f"{moment.astimezone(turn.rules.zone):%Y-%m-%d %H:%M}"

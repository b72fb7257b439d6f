"""An assessment proposes a grade; a human settles it and says why."""

import json
from collections.abc import Mapping

from handlers import saying
from handlers.cases import casework, grades, involved, possible, seconds
from handlers.cases.involved import View
from handlers.turn import Turn
from policy.assessment import Judgement, judge
from policy.grading import is_worse, may_change
from storage.cases.case import Case

#: What somebody has to do after an assessment.
SETTLES = "settle_risk"


def proposed(turn: Turn, seen: View) -> dict[str, str]:
    """What the newest assessment proposes, for the form in which a human settles it."""
    entries = reversed(turn.work.cases.entries(seen.case.id))
    bodies = (json.loads(entry.body) for entry in entries if entry.act == "assess")
    newest = next((body for body in bodies if "form" in body), None)  # the rest was removed
    if newest is None:
        return {}
    found = judge(turn.rules.policy.assessment, newest)
    return {"proposed": found.level.grade, "because": _why(turn, found)}


def _why(turn: Turn, found: Judgement) -> str:
    """得分 55，风险高，建议橙; or the red flags."""
    grade = turn.words(f"grade.{found.level.grade}")
    if found.score is None:
        flags = turn.rules.policy.assessment.flags
        named = "、".join(flags[one].name for one in found.flags)
        return turn.words("assess.flagged", what=named, grade=grade)
    return turn.words("assess.scored", count=found.score, what=found.level.name, grade=grade)


def settled(turn: Turn, case: Case, body: Mapping[str, str]) -> Case | None:
    """The grade that a human settled; lowering it needs the right, as always."""
    new, reason = body["grade"], body["reason"]
    if new == case.grade:
        return case
    if is_worse(case.grade, new) and not grades.may_lower(turn):
        _leave_to_second(turn, case, body)
        return None
    if not may_change(case.grade, new, reason):
        text = turn.words("alarm.regrade_denied")
        saying.answer(turn, text, (possible.details_button(turn, case),))
        return None
    return grades.set_grade(turn, case, new, {"from": case.grade, "to": new, "reason": reason})


def _leave_to_second(turn: Turn, case: Case, body: Mapping[str, str]) -> None:
    """Whoever may lower it reads what was thought, and settles it; until then it stays."""
    turn.work.cases.add_entry(
        case.id,
        "asked_lower",
        by=turn.speaker.person_id,
        role=involved.role_in(turn, case),
        stage=case.stage,
        body=casework.dump(body),
    )
    turn.work.audit.write(turn.speaker.person_id, "case.asked_lower", "case", case.id, {})
    name = seconds.ask(turn, case, SETTLES, "case.asks_grade")
    grade = turn.words(f"grade.{case.grade}")
    text = turn.words("alarm.regrade_asked", name=name, grade=grade)
    saying.answer(turn, text, (possible.details_button(turn, case),))

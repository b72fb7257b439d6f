"""An assessment proposes a grade; a human settles it and says why."""

import json
from collections.abc import Mapping

from handlers import saying
from handlers.cases import grades, possible
from handlers.cases.involved import View
from handlers.turn import Turn
from policy.assessment import Judgement, judge
from policy.grading import may_change
from storage.cases.case import Case


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
    roles = turn.rules.policy.roles
    lowers = any(roles[post.role].lowers_grade for post in turn.roles if post.role in roles)
    if not may_change(case.grade, new, reason, lowers=lowers):
        text = turn.words("alarm.regrade_denied")
        saying.answer(turn, text, (possible.details_button(turn, case),))
        return None
    return grades.set_grade(turn, case, new, {"from": case.grade, "to": new, "reason": reason})

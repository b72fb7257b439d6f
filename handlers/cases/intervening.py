"""What the police came to; what was done about a guardian, and when somebody looks again."""

from collections.abc import Mapping
from datetime import date

from handlers.cases import deadlines, duties
from handlers.turn import Turn
from storage.cases.case import Case


def police_said(turn: Turn, case: Case, body: Mapping[str, str]) -> Case | None:
    """处置结果: whether they prosecute is counted; the rest stands in the story."""
    turn.work.findings.add(case.id, "police", body.get("opened", ""))
    return case


def intervened(turn: Turn, case: Case, body: Mapping[str, str]) -> Case | None:
    """训诫, 告诫书 ...: the day of the next visit is a duty."""
    next_visit = body.get("next_visit", "")
    if next_visit:
        due = deadlines.end_of_day(turn, date.fromisoformat(next_visit))
        duties.set_for_case(turn, case, "admonition_visit", turn.work.new_id(), due=due)
    return case

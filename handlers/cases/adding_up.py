"""Several small things about one child make its cases more urgent; a mistaken link is undone."""

import json
from collections.abc import Iterable, Mapping

from conversation.cards import Card
from handlers.cases import grades, involved, possible
from handlers.children import noticing
from handlers.reaching import telling
from handlers.turn import Turn
from policy.grading import is_worse
from policy.reasons import read_counts, say_counts
from policy.receipt import say_number
from policy.signals import Signal, add_up
from storage.audit import PROGRAM
from storage.cases.case import Case, Entry

#: In the story of a case, with the grade: what added up, and that it does not any more.
ADDED, TAKEN_BACK = "added_up", "taken_back"


def heed(turn: Turn, children: Iterable[int | None]) -> None:
    """Something was noticed about these children: their open cases are as urgent as it all is."""
    ids = {one for one in children if one is not None}
    cases = [case for one in sorted(ids) for case in turn.work.cases.of_child(one) if _is_on(case)]
    if not cases:
        return
    for case in cases:
        total = add_up(_signals(turn, case), turn.at.date(), turn.rules.policy.signals.weak)
        if total is None or not is_worse(total.step.grade, case.grade):
            continue
        counts = " ".join(f"{kind}:{count}" for kind, count in total.counts.items())
        told = {"from": case.grade, "to": total.step.grade, ADDED: counts}
        grades.set_grade(turn, case, total.step.grade, told, by=PROGRAM, what="alarm.added_up")


def unlinked(turn: Turn, case: Case, child_id: int | None) -> None:
    """The case was not about this child: what was raised only because of that goes back."""
    cases = {one.id: one for one in turn.work.cases.of_child(child_id)} if child_id else {}
    for one in (cases | {case.id: turn.work.cases.get(case.id) or case}).values():
        before = _before(turn, one) if _is_on(one) else None
        if before is not None:
            _put_back(turn, one, before)


def line(turn: Turn, body: Mapping[str, str]) -> str:
    """What added up, or that it does not, for the story; "" for other entries."""
    if counts := body.get(ADDED):
        text = say_counts(read_counts(counts), turn.rules.words)
        return turn.words("signal.added_up", text=text)
    return turn.words("signal.taken_back") if body.get(TAKEN_BACK) else ""


def _is_on(case: Case) -> bool:
    return case.is_open and case.joined_into is None


def _before(turn: Turn, case: Case) -> str | None:
    """The grade before all that was raised and does not add up any more; None: it stays.

    Whoever graded it since has the last word.
    """
    before, stands = None, case.grade
    for entry in reversed(turn.work.cases.entries(case.id)):
        if entry.act != grades.GRADED:
            continue
        said = json.loads(entry.body)
        if (
            not said.get(ADDED)
            or said["to"] != stands
            or _still_adds_up(turn, case, entry, stands)
        ):
            break
        before = stands = said["from"]
    return before


def _still_adds_up(turn: Turn, case: Case, raised: Entry, grade: str) -> bool:
    """True when on the day of the raise the other signals alone would have done it."""
    day = raised.entered_at.astimezone(turn.rules.zone).date()
    total = add_up(_signals(turn, case), day, turn.rules.policy.signals.weak)
    return total is not None and not is_worse(grade, total.step.grade)


def _signals(turn: Turn, case: Case) -> tuple[Signal, ...]:
    """What counts about the child of a case, for all who hear of the case."""
    if case.child_id is None:
        return ()
    hidden = involved.excluded(turn, case.id)
    found = noticing.signals(
        turn.work, turn.rules.policy, turn.rules.zone, [case.child_id], hidden
    )
    return found.get(case.child_id, ())


def _put_back(turn: Turn, case: Case, before: str) -> None:
    told = {"from": case.grade, "to": before, TAKEN_BACK: "yes"}
    after = grades.set_grade(turn, case, before, told, by=PROGRAM)
    owner = case.owner.person_id
    if owner is None or owner == turn.speaker.person_id:
        return
    grade = turn.words(f"grade.{before}")
    text = turn.words("signal.put_back", number=say_number(case.number), grade=grade)
    telling.tell_person(
        turn,
        owner,
        Card(text=text, rows=telling.rows(possible.details_button(turn, after))),
        key=f"case:{case.id}:put_back:{turn.work.new_id()}",
    )

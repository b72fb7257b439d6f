"""What was weighed, wanted and agreed about a case: its goals, its items, its conference."""

import json
from collections.abc import Mapping, Sequence

from conversation.engine import told
from handlers.cases import assessing, duties
from handlers.cases.casework import View
from handlers.choices import lists
from handlers.people import colleagues
from handlers.turn import Turn
from policy.papers import CELL
from storage.cases import Case, Entry
from storage.duties import Duty

#: Duties by the field whose rows they are.
ROWS = {"goals": "goal", "plan_items": "plan_item", "decisions": "decision"}


def facts(turn: Turn, seen: View) -> dict[str, str]:
    """What whoever reads the answers of a case may have on paper of its plan."""
    story = turn.work.cases.entries(seen.case.id)
    known = {
        field: "\n".join(_row(turn, duty, story) for duty in _of(turn, seen.case, kind))
        for field, kind in ROWS.items()
    }
    return {**known, "assessed": _assessed(turn, seen, story), **_conference(turn, story)}


def _of(turn: Turn, case: Case, kind: str) -> list[Duty]:
    found = (duty for duty in turn.work.duties.of("case", case.id) if duty.kind == kind)
    return sorted(found, key=lambda duty: duty.id)


def _row(turn: Turn, duty: Duty, story: Sequence[Entry]) -> str:
    """What, by whom, until when, and what was said of it last."""
    due = duty.due_at.astimezone(turn.rules.zone)
    cells = (duty.what, duties.whose(turn, duty), f"{due:%Y-%m-%d}", _became(turn, duty, story))
    return CELL.join(" ".join(cell.split()) for cell in cells)


def _became(turn: Turn, duty: Duty, story: Sequence[Entry]) -> str:
    for entry in reversed(story):
        body = json.loads(entry.body)
        if body.get("duty") == str(duty.id):
            acts = turn.rules.policy.lifecycle.acts
            did = acts[entry.act].did if entry.act in acts else ""
            return f"{turn.day(entry.true_at)} {'，'.join(said(turn, body).values()) or did}"
    return ""


def _assessed(turn: Turn, seen: View, story: Sequence[Entry]) -> str:
    """What the score proposed, and what a human settled and why."""
    lines = [found] if (found := assessing.proposed(turn, seen).get("because", "")) else []
    settled = _newest(story, "settle_risk")
    if settled is not None:
        words = "；".join(said(turn, json.loads(settled.body)).values())
        name, when = colleagues.called(turn, settled.person_id), turn.day(settled.true_at)
        lines.append(turn.words("paper.settled", when=when, name=name, text=words))
    return "\n".join(lines)


def _conference(turn: Turn, story: Sequence[Entry]) -> dict[str, str]:
    """The newest one; where it was is written by hand."""
    held = _newest(story, "confer")
    if held is None:
        return {}
    words = said(turn, json.loads(held.body))
    return {
        "held_on": words.get("held_on", ""),
        "members": words.get("members", ""),
        "discussed": words.get("what", ""),
    }


def _newest(story: Sequence[Entry], act: str) -> Entry | None:
    """The newest such act of which the words are still there."""
    acts = (entry for entry in reversed(story) if entry.act == act)
    return next((entry for entry in acts if "form" in json.loads(entry.body)), None)


def said(turn: Turn, body: Mapping[str, str]) -> dict[str, str]:
    """Question name -> answer, in the words of the form; nothing of what was removed."""
    version = body.get("form", "")
    if not version:
        return {}
    form = turn.rules.form(turn.work, version)
    answers = {name: value for name, value in body.items() if name != "form"}
    lines = told(form, answers, now=turn.at, lists=lists(turn))
    return {line.path.rpartition("/")[2]: line.answer for line in lines}

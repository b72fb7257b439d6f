"""What was weighed, wanted and agreed about a case: its goals, its items, its conference."""

import json
from collections.abc import Mapping, Sequence

from conversation.engine import told
from handlers.cases import assessing, duties, referrals
from handlers.cases.involved import View
from handlers.choices import lists
from handlers.people import colleagues
from handlers.turn import Turn
from policy.papers import CELL
from storage.cases.case import Case, Entry
from storage.cases.duties import Duty

#: The act of sitting together.
CONFERENCE = "confer"
#: Duties by the field whose rows they are.
ROWS = {"goals": "goal", "plan_items": "plan_item", "decisions": "decision"}


def facts(turn: Turn, seen: View, entry: Entry | None) -> dict[str, str]:
    """What whoever reads the answers of a case may have on paper of its plan."""
    story = turn.work.cases.entries(seen.case.id)
    known = {
        field: "\n".join(_row(turn, duty, story) for duty in _of(turn, seen.case, kind))
        for field, kind in ROWS.items()
    }
    return {
        **known,
        "assessed": _assessed(turn, seen, story),
        **_conference(turn, entry),
        **_referral(turn, seen.case, entry),
    }


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
            words = "，".join(said(turn, body).values())
            return f"{turn.day(entry.true_at)} {words}" if words else _line(turn, entry)
    return ""


def _line(turn: Turn, entry: Entry) -> str:
    """11-24 问到了：机构没接，床位满了."""
    acts = turn.rules.policy.lifecycle.acts
    did = acts[entry.act].did if entry.act in acts else ""
    words = said(turn, json.loads(entry.body)).values()
    return f"{turn.day(entry.true_at)} {'，'.join((did, *words))}"


def _assessed(turn: Turn, seen: View, story: Sequence[Entry]) -> str:
    """What the score proposed, and what a human settled and why."""
    lines = [found] if (found := assessing.proposed(turn, seen).get("because", "")) else []
    settled = _newest(story, "settle_risk")
    if settled is not None:
        words = "；".join(said(turn, json.loads(settled.body)).values())
        name, when = colleagues.called(turn, settled.person_id), turn.day(settled.true_at)
        lines.append(turn.words("paper.settled", when=when, name=name, text=words))
    return "\n".join(lines)


def _referral(turn: Turn, case: Case, asked: Entry | None) -> dict[str, str]:
    """Whom it asks, for what, until when; and what became of it."""
    if asked is None or asked.act != referrals.REFER:
        return {}
    found = referrals.told(turn, case, asked)
    due = found.waits.due_at.astimezone(turn.rules.zone) if found.waits is not None else None
    return {
        "referred_to": found.to,
        "referred_contact": found.contact,
        "referred_phone": found.phone,
        "referred_for": found.what,
        "referred_by": f"{due:%Y-%m-%d}" if due is not None else "",
        "referred_became": "；".join(_line(turn, one) for one in found.became),
    }


def _conference(turn: Turn, held: Entry | None) -> dict[str, str]:
    """Who sat together and what was said; where it was is written by hand."""
    if held is None or held.act != CONFERENCE:
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

"""A report is filed: the alarm, the ordinary report, the receipt, and the one who is told."""

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from conversation.cards import Action, Button, Card
from handlers import filling
from handlers.cases import adding_up, clusters, exclusion, joining, opening, placing
from handlers.children import register
from handlers.children.own import named
from handlers.reaching import telling
from handlers.reporting import bound, flood, picking, same
from handlers.reporting.first_words import NOTHING, REPORTS, begin_report, speaker
from handlers.saying import home_row
from handlers.turn import Filled, Turn
from policy.asides import is_child, tells_of_several
from policy.danger import danger_facts
from policy.grading import Graded, grade
from policy.receipt import say_number
from storage.audit import PROGRAM
from storage.cases.case import Case
from storage.people.person import Holder
from storage.reporting.drafts import Draft
from storage.reporting.reports import Report, ReportIn

#: Questions with these beginnings say who reports: they go to the vault, never into the report.
IDENTITY = ("speaker_", "callback")
#: A report that is as urgent as this reaches a human, also when it was never sent.
URGENT = frozenset({"red", "orange"})
#: What the program told the form; nobody said it.
PRESETS = frozenset({"suggested", "serious", "sees_register"})
#: Asked of those whose post must report; what anybody may tick who says that the police know.
OF_DUTY, CALLED = "police_called", "police"
#: Which child: picked in the register, or said in words where the list did not have them.
OF_CHILD = frozenset({"child_id", "child_words"})


def raise_alarm(turn: Turn, filled: Filled) -> None:
    """The danger form is answered: the alarm exists, whoever must act is told, then we ask on."""
    report, pin, told = file(turn, _placed(turn, filled), kind="danger")
    lines = [told]
    if speaker(turn)["speaker_duty"] == "yes":
        lines.append(turn.words("danger.duty"))
    _receipt(turn, report, pin, lines)
    preset = {**speaker(turn), "what": filled.answers["what"]}
    filling.begin(turn, "danger_more", preset=preset, report_id=report.id)


def _placed(turn: Turn, filled: Filled) -> Filled:
    """Who named a village with what happened has said where: the county alone would hear else."""
    said = filled.answers
    if said.get("place") or said.get("place_point"):
        return filled
    words = " ".join(filter(None, (said.get("place_words"), said.get("what"))))
    spoken = turn.work.areas.spoken_of(words)
    if len(spoken) != 1:
        return filled
    return replace(filled, answers={**said, "place": str(spoken[0].id)})


def file_report(turn: Turn, filled: Filled) -> None:
    """The ordinary report is confirmed."""
    report, pin, told = file(turn, filled, kind="report")
    key = "receipt.anonymous" if report.anonymous else "receipt.named"
    slip = bound.bind(turn, report, filled.answers)
    _receipt(turn, report, pin, [told, turn.words(key), *([slip] if slip else [])])
    words = " ".join(filled.answers.get(name, "") for name in ("place_words", "what"))
    said = len(turn.spoken)
    placing.ask(turn, turn.work.cases.of_report(report.id), words)
    if len(turn.spoken) == said:  # one question at a time
        same.ask(turn, report)


def file_message(turn: Turn, filled: Filled) -> None:
    """A message for a human: read by whoever is told of a yellow report."""
    report, pin, _ = file(turn, filled, kind="message")
    text = turn.words("message.done", number=say_number(report.number), pin=pin)
    turn.say(Card(text=text, rows=(home_row(turn),)), report_id=report.id)


def file(turn: Turn, filled: Filled, *, kind: str) -> tuple[Report, str, str]:
    """Store the report, seal who said it, bind its files and tell whoever must act.

    With its PIN, and what to say of who was told.
    """
    said, identity = split_identity(filled.answers)
    body, child_id = which_child(turn, said)
    facts = {**body, **known_of(turn, child_id)}
    found = graded(turn, f"{kind} {filled.form.name}", facts, _heard(turn, filled.draft))
    told = _reported(turn, kind, body, filled.draft.form_version, found, child_id)
    told = replace(told, draft_id=filled.draft.id)
    if identity.get("speaker_named") == "no":
        told = replace(told, anonymous=True, answers=dump(like_anybody(body)))
    first = flood.first_of(turn, told)
    report, pin, holders = _file(turn, told, identity, first)
    if first is not None:
        return report, pin, turn.words("receipt.again", number=say_number(first.number))
    line = telling.told_line(turn, report, holders)
    much = f"\n{turn.words('receipt.much')}" if flood.is_much(turn, report) else ""
    return report, pin, f"{line}{much}"


def raise_known(
    turn: Turn, body: Mapping[str, str], child_id: int | None, *, kind: str = "danger"
) -> tuple[Report, str]:
    """A report whose answers the program knows already, and what its receipt says.

    ``kind`` is also the form that would have asked for them.
    """
    version, _ = turn.rules.current_form(turn.work, kind)
    found = graded(turn, kind, body)
    told = _reported(turn, kind, body, version, found, child_id)
    report, pin, holders = _file(turn, told, speaker(turn))
    number = turn.words("receipt.text", number=say_number(report.number), pin=pin)
    return report, f"{number}\n{telling.told_line(turn, report, holders)}"


def _heard(turn: Turn, draft: Draft) -> list[str]:
    """What a machine has made out of the recordings so far."""
    return [file.transcript for file in turn.work.attachments.of_draft(draft.id)]


def which_child(turn: Turn, body: Mapping[str, str]) -> tuple[dict[str, str], int | None]:
    """The answers, and the child who was picked in the register, if one was.

    Who was picked is not among the answers: each reader is told as far as they may see the child.
    """
    rest = {name: value for name, value in body.items() if name not in OF_CHILD}
    if words := body.get("child_words"):
        rest["child"] = words
    value = body.get("child_id", "")
    return rest, picking.picked(turn, value) if value else None


def known_of(turn: Turn, child_id: int | None) -> dict[str, str]:
    """What the register knows and the form therefore does not ask, as grading wants it."""
    child = turn.work.children.get(child_id) if child_id is not None else None
    years = register.age(child, turn.at.date()) if child is not None else None
    if years is None:
        return {}
    return {"child_years": str(years)}


def bind_child(turn: Turn, report: Report, child_id: int) -> None:
    """The child of a report whose alarm came first; one whom somebody found before stays."""
    case = turn.work.cases.of_report(report.id)
    if case is None or case.child_id is None:
        turn.work.reports.set_child(report.id, child_id)
        if case is not None:
            turn.work.cases.about_child(case.id, child_id)
        adding_up.heed(turn, [child_id])


def _reported(
    turn: Turn,
    kind: str,
    body: Mapping[str, str],
    version: str,
    found: Graded,
    child_id: int | None,
) -> ReportIn:
    return ReportIn(
        kind=kind,
        area_id=area_of(turn, body, child_id),
        child_id=child_id,
        form_version=version,
        answers=dump(body),
        grade=found.grade,
        reasons=tuple(reason.key for reason in found.reasons),
        circumstances=tuple(body.get("circumstances", "").split()),
        state="filed",
        anonymous=False,
        occurred_at=moment_of(body.get("when", "")),
    )


def _file(
    turn: Turn, told: ReportIn, identity: Mapping[str, str], first: Case | None = None
) -> tuple[Report, str, tuple[Holder, ...]]:
    """``first`` is the case in which it goes on: it says the same once more."""
    report = turn.work.reports.file(told)
    pin = f"{secrets.randbelow(1_000_000):06}"
    turn.work.reporters.keep(report.id, turn.speaker.contact_id, identity, pin)
    if told.draft_id is not None:
        turn.work.attachments.bind(told.draft_id, report.id)
    # Not who: that is sealed with the report, and what the audit keeps it keeps for ever.
    turn.work.audit.write(PROGRAM, "report.filed", "report", report.id, {})
    holders = opening.open_case(turn, report, told.child_id, quietly=first is not None)
    if first is None:
        joining.offer(turn, report)
    exclusion.opened(turn, report)
    if first is None:
        clusters.notice(turn, report)
    else:
        flood.add(turn, report, first)
    adding_up.heed(turn, [told.child_id])
    return report, pin, holders


def speaks_of_danger(turn: Turn, draft: Draft) -> bool:
    """True when what was answered so far is urgent; a bare tap on the danger button is not."""
    if draft.danger or not tells(turn, draft):
        return draft.danger
    form, answers = filling.answers_of(turn, draft)
    body, _ = split_identity(answers)
    return graded(turn, form.name, body, _heard(turn, draft)).grade in URGENT


def tells(turn: Turn, draft: Draft) -> bool:
    """True for a report in which something was answered."""
    form, answers = filling.answers_of(turn, draft)
    body, _ = split_identity(answers)
    return form.name in REPORTS and any(body.values())


def split_identity(answers: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """What was said, and who said it: the second goes to the vault."""
    body = {
        name: value
        for name, value in answers.items()
        if not name.startswith(IDENTITY) and name not in PRESETS
    }
    identity = {name: value for name, value in answers.items() if name.startswith(IDENTITY)}
    return body, identity


def like_anybody(body: Mapping[str, str]) -> dict[str, str]:
    """What was said, without an answer that only those whose post must report are asked for.

    Who does not want to be known would be one of these few. That somebody called is kept.
    """
    rest = dict(body)
    if rest.pop(OF_DUTY, "") == "yes":
        done = dict.fromkeys((*rest.get("done", "").split(), CALLED))
        rest["done"] = " ".join(done)
    return rest


def graded(turn: Turn, kind: str, body: Mapping[str, str], heard: Iterable[str] = ()) -> Graded:
    """How urgent the answers are, with their words and those that a machine heard."""
    facts = {"kind": kind, **body}
    said = " ".join([*(body.get(name, "") for name in ("what", "message")), *heard])
    facts |= danger_facts(named(turn, said), turn.rules.policy.danger)
    if is_child(said, turn.rules.policy.asides):
        facts["speaks"] = "child"
    return grade(facts, turn.rules.policy.grading)


def area_of(turn: Turn, body: Mapping[str, str], child_id: int | None = None) -> int | None:
    """The area that was chosen, else the child's, else the county: every place has an owner."""
    if place := body.get("place", ""):
        return turn.work.areas.meant(int(place))
    child = turn.work.children.get(child_id) if child_id is not None else None
    if child is not None:
        return child.area_id
    roots = turn.work.areas.roots()
    return roots[0].id if roots else None


def moment_of(value: str) -> datetime | None:
    """The moment that an answer names."""
    return datetime.fromisoformat(value) if value else None


def _receipt(turn: Turn, report: Report, pin: str, lines: list[str]) -> None:
    head = turn.words("receipt.text", number=say_number(report.number), pin=pin)
    several = tells_of_several(told_in(report), turn.rules.policy.asides)
    more = [turn.words("receipt.several")] if several else []
    again = Button(
        label=turn.words("receipt.another"), action=Action("report.another", str(report.id))
    )
    text = "\n".join([head, *lines, *more, turn.words("receipt.add")])
    turn.say(
        Card(text=text, rows=(*(((again,),) if several else ()), home_row(turn))),
        key=f"report:{report.id}:receipt",
        report_id=report.id,
        asks=False,
    )


def begin_another(turn: Turn, report_id: str) -> None:
    """再报一个孩子: a report of its own, with the words in which several were told of."""
    mine = turn.work.reports.of_contact(turn.speaker.contact_id)
    before = next((one for one in mine if str(one.id) == report_id), None)
    words = told_in(before) if before is not None else ""
    begin_report(turn, said={"what": words} if words else NOTHING)


def told_in(report: Report) -> str:
    """What happened, in the words of whoever reported; "" where nobody said."""
    told = json.loads(report.answers).get("what", "")
    return str(told)


def dump(value: Mapping[str, str]) -> str:
    """Answers as they are kept."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

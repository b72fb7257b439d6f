"""What a receiver may do with a report: read it (each look is written down), change its grade."""

import json
from collections.abc import Sequence

from conversation.cards import Action, Button, Card
from conversation.engine import told
from handlers import filling
from handlers.turn import Filled, Turn
from policy.grading import may_change
from policy.masking import defang
from policy.receipt import say_number
from policy.scope import may_see
from storage.reports import Report

#: One message of a long story; a single answer has at most 2,000 characters.
PAGE_CHARS = 1900


def details(turn: Turn, report_id: str) -> None:
    """Everything that was said, for those whose place it is; the look is in the audit."""
    report = _mine(turn, report_id)
    if report is None:
        return
    turn.work.audit.write(turn.speaker.person_id, "report.read", "report", report.id, {})
    regrade = Button(
        label=turn.words("alarm.regrade"), action=Action("case.regrade", str(report.id))
    )
    *before, last = _pages(_story(turn, report))
    for page in before:
        turn.say(Card(text=page), report_id=report.id, asks=False)
    turn.say(Card(text=last, rows=((regrade,), filling.home_row(turn))), report_id=report.id)


def begin_regrade(turn: Turn, report_id: str) -> None:
    """Raise freely, lower with a reason."""
    report = _mine(turn, report_id)
    if report is not None:
        filling.begin(turn, "regrade", preset={"grade_now": report.grade}, report_id=report.id)


def regrade(turn: Turn, filled: Filled) -> None:
    """The new grade, with who, when and why."""
    report = _mine(turn, str(filled.draft.report_id))
    if report is None:
        return
    new, reason = filled.answers["grade"], filled.answers.get("reason", "")
    if not may_change(report.grade, new, reason, lowers=_may_lower(turn)):
        turn.say(Card(text=turn.words("alarm.regrade_denied"), rows=(filling.home_row(turn),)))
        return
    turn.work.reports.set_grade(report.id, new, report.reasons)
    turn.work.reports.add_entry(
        report.id, "graded", json.dumps([report.grade, new, reason], ensure_ascii=False)
    )
    turn.work.audit.write(
        turn.speaker.person_id,
        "report.graded",
        "report",
        report.id,
        {"from": report.grade, "to": new},
    )
    said = turn.words(
        "alarm.regraded", number=say_number(report.number), grade=turn.words(f"grade.{new}")
    )
    turn.say(Card(text=said, rows=(filling.home_row(turn),)))


def _pages(lines: Sequence[str]) -> list[str]:
    """The lines as texts that every channel takes whole, with no link that could be tapped."""
    pages = [""]
    for line in map(defang, lines):
        if pages[-1] and len(pages[-1]) + len(line) > PAGE_CHARS:
            pages.append("")
        pages[-1] += f"\n{line}" if pages[-1] else line
    return pages


def _may_lower(turn: Turn) -> bool:
    roles = turn.rules.policy.roles
    return any(roles[role.role].lowers_grade for role in turn.roles if role.role in roles)


def _mine(turn: Turn, report_id: str) -> Report | None:
    """The report, if it lies within the speaker's places; absent and foreign sound the same."""
    report = turn.work.reports.get(int(report_id))
    if report is not None and may_see(
        ((role.role, role.area_id) for role in turn.roles),
        report.area_id,
        turn.work.areas,
        turn.rules.policy.roles,
    ):
        return report
    turn.say(Card(text=turn.words("alarm.not_yours"), rows=(filling.home_row(turn),)))
    return None


def _story(turn: Turn, report: Report) -> list[str]:
    number, grade = say_number(report.number), turn.words(f"grade.{report.grade}")
    lines = [turn.words("alarm.detail_title", number=number, grade=grade)]
    posts = ((role.role, role.area_id) for role in turn.roles)
    parts = turn.rules.policy.rights.parts(posts, report.area_id, turn.work.areas)
    reasons = turn.rules.policy.grading.reasons(report.reasons)
    if reasons and "reasons" in parts:
        lines.append(turn.words("alarm.reasons", reasons="；".join(reasons)))
    if "answers" in parts:
        lines += _answers(turn, report.form_version, json.loads(report.answers))
    if "additions" in parts:
        lines += _additions(turn, report)
    if "files" in parts:
        lines += _files(turn, report)
    return lines


def _files(turn: Turn, report: Report) -> list[str]:
    """What a machine made out of the recordings, and how many files there are."""
    files = turn.work.attachments.of_report(report.id)
    heard = [turn.words("alarm.heard", text=file.transcript) for file in files if file.transcript]
    return [*heard, turn.words("alarm.files", count=len(files))] if files else []


def _additions(turn: Turn, report: Report) -> list[str]:
    lines: list[str] = []
    for entry in turn.work.reports.entries(report.id):
        when = entry.created_at.astimezone(turn.rules.zone)
        match entry.kind:
            case "said":
                lines.append(turn.words("alarm.said", when=f"{when:%m-%d %H:%M}", text=entry.body))
            case "answers":
                body = json.loads(entry.body)
                lines += _answers(turn, body.pop("form"), body)
            case _:
                pass
    return lines


def _answers(turn: Turn, version: str, answers: dict[str, str]) -> list[str]:
    """Each answer with its question, in the words of the form that asked it."""
    form = turn.rules.form(turn.work, version)
    lines = told(form, answers, now=turn.at, lists=filling.lists(turn))
    return [f"{line.label.rstrip('？?')}：{line.answer}" for line in lines]

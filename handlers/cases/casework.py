"""Acting on a case: what the speaker may do, and what follows when they did it."""

import json
from collections.abc import Mapping
from dataclasses import replace

from conversation.cards import Card
from conversation.letters import tidy
from handlers.cases import case_card, duties, involved, possible
from handlers.cases.involved import View
from handlers.reaching import telling
from handlers.reaching.telling import rows, urgency
from handlers.reporting import reporters
from handlers.saying import home_row
from handlers.turn import Turn
from policy.lifecycle import BEFORE, Act, may
from policy.receipt import say_number
from storage.cases.case import Case
from storage.cases.duties import Duty
from storage.reporting.reports import Report


def may_do(turn: Turn, case_id: int, name: str) -> tuple[View, Act] | None:
    """The case and the act, if the speaker may do it now; else they are told why not."""
    seen = involved.view(turn, case_id)
    act = turn.rules.policy.lifecycle.acts.get(name)
    if seen is None or act is None:
        _say_not_yours(turn)
        return None
    if not may(act, seen.case, seen.is_to_it) or (
        act.of and not possible.answerable(turn, seen, act)
    ):
        say_too_late(turn, seen.case)
        return None
    return seen, act


def _say_not_yours(turn: Turn) -> None:
    turn.say(Card(text=turn.words("alarm.not_yours"), rows=(home_row(turn),)))


def say_too_late(turn: Turn, case: Case) -> None:
    """Somebody else was first, or it cannot be done now."""
    key = "case.taken" if case.is_accepted and case.is_open else "case.not_now"
    text = turn.words(key, number=say_number(case.number), name=involved.owner_name(turn, case))
    turn.say(Card(text=text, rows=(*rows(possible.details_button(turn, case)), home_row(turn))))


def record(turn: Turn, case: Case, name: str, act: Act, body: Mapping[str, str]) -> Case:
    """Write an act into the story with all that the table says follows from it."""
    me, work = turn.speaker.person_id, turn.work
    stage = act.stage_after(case.stage, case.grade)
    if stage == BEFORE:
        stage = work.cases.stage_before(case.id, case.stage) or case.stage
    if stage != case.stage:
        work.cases.to_stage(case.id, stage, was=case.stage)
        case = replace(case, stage=stage)
    entry = work.cases.add_entry(
        case.id, name, by=me, role=involved.role_in(turn, case), stage=stage, body=dump(body)
    )
    work.duties.end_of("case", case.id, by=me, kinds=act.ends)
    for duty in _answered(turn, case, act, body.get("duty", "")):
        work.duties.end(duty.id, by=me)
    if act.lapses:
        work.duties.end_of("case", case.id, by=me, state="cancelled")
    # Whoever takes it over has to do what is open already, by the same time.
    waiting = {duty.kind for duty in involved.open_duties(turn, case) if not duty.what}
    for kind in act.sets:
        if kind not in waiting:
            duties.set_for_case(turn, case, kind, entry)
    if act.tells:
        reporters.tell_of(turn, case, act.tells, entry)
    work.audit.write(me, f"case.{name}", "case", case.id, {"stage": stage})
    return case


def _answered(turn: Turn, case: Case, act: Act, duty_id: str) -> tuple[Duty, ...]:
    """The duty that an act says is done; for a late visit also those that it makes up for."""
    now = turn.work.now
    return tuple(
        duty
        for duty in involved.open_duties(turn, case)
        if duty.kind in act.of
        and not act.keeps
        and (str(duty.id) == duty_id or (act.nearest and duty.due_at <= now))
    )


def required(turn: Turn, seen: View) -> dict[str, str]:
    """What 13号 wants done in the circumstances of the case."""
    lines = turn.rules.policy.circumstances.lines
    told = [
        must
        for report in turn.work.cases.reports(seen.case.id)
        for one in report.circumstances
        if one in lines
        for must in lines[one].must
    ]
    return {"must": "；".join(dict.fromkeys(told)) or turn.words("case.must_nothing")}


def tell_more(turn: Turn, report: Report, cause: str, *, what: str = "alarm.more") -> None:
    """Whoever works on the case of a report hears that there is more to read."""
    case = turn.work.cases.of_report(report.id)
    if case is None:
        return
    for person in involved.working_on(turn, case):
        telling.tell_person(
            turn,
            person,
            case_card.card(turn, case, what),
            key=f"report:{report.id}:more:{cause}:{person}",
            priority=urgency(case.grade),
            about=case_card.about(case),
        )


def progress(turn: Turn, report: Report) -> str:
    """How far a report is, as its reporter may know: a key of the words table "state"."""
    case = turn.work.cases.of_report(report.id)
    if case is None or not case.is_accepted:
        return "filed"
    if not case.is_open:
        return "closed"
    return "visited" if case.seen_at is not None else "accepted"


def dump(body: Mapping[str, str]) -> str:
    """Answers as a story keeps them."""
    said = {key: tidy(value) for key, value in body.items()}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))

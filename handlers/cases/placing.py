"""Where it is, learnt after the report: the case is that place's from then on."""

import json
from dataclasses import replace

from conversation.cards import Action, Button, Card
from handlers import filling, telling
from handlers.cases import casework, clusters, duties, exclusion, grades, joining, opening
from handlers.turn import Turn
from policy.areas import AreaRow
from policy.lifecycle import may
from policy.receipt import say_number
from storage.cases import Case

#: In the story of a case.
PLACED = "placed"
#: Whoever may write into a case may say where it is.
NOTE = "note"


def ask(turn: Turn, case: Case | None, text: str) -> None:
    """Where words name one smaller place, whether the case is there; once for a place."""
    spoken = turn.work.areas.spoken_of(text)
    if case is not None and len(spoken) == 1:
        _offer(turn, case, spoken[0])


def ask_at(turn: Turn, case: Case | None, latitude: float, longitude: float) -> None:
    """The same for a position that somebody sent."""
    near = turn.work.areas.near(latitude, longitude)
    if case is not None and near:
        _offer(turn, case, near[0])


def _offer(turn: Turn, case: Case, place: AreaRow) -> None:
    if not case.is_open or not _is_within(turn, case, place.id):
        return
    arg = f"{case.id}:{place.id}"
    where = turn.work.areas.full_name(place.id)
    yes = Button(label=turn.words("placing.yes"), action=Action("case.here", arg))
    said = turn.words("placing.ask", area=where, number=say_number(case.number))
    key = f"here:{case.id}:{place.id}:{turn.speaker.contact_id}"
    turn.say(Card(text=said, rows=((yes,),)), key=key, asks=turn.draft is None)


def set_place(turn: Turn, arg: str) -> None:
    """是这里: by whoever reported it, or may write into it; those who hear there hear now."""
    case_id, _, area_id = arg.partition(":")
    case, area = turn.work.cases.standing(int(case_id)), turn.work.areas.get(int(area_id))
    if case is None or area is None or not _may(turn, case):
        turn.say(Card(text=turn.words("alarm.not_yours"), rows=(filling.home_row(turn),)))
        return
    if not case.is_open or not _is_within(turn, case, area.id):
        text = turn.words("placing.known", number=say_number(case.number))
        turn.say(Card(text=text), in_place=True, asks=False)
        return
    after = _place(turn, case, area.id)
    first, *_ = turn.work.cases.reports(case.id)
    heard = telling.told_line(
        turn, replace(first, grade=after.grade), grades.receivers(turn, after)
    )
    said = turn.words("placing.done", area=turn.work.areas.full_name(area.id))
    turn.say(Card(text=f"{said}\n{heard}"), in_place=True, asks=False)


def _is_within(turn: Turn, case: Case, area_id: int) -> bool:
    """True for a smaller place in that of the case."""
    return area_id != case.area_id and (
        case.area_id is None or turn.work.areas.is_within(area_id, case.area_id)
    )


def _may(turn: Turn, case: Case) -> bool:
    """True for who reported it, and for whoever may write into it."""
    me = turn.speaker.contact_id
    reports = turn.work.cases.reports(case.id)
    if any(turn.work.reporters.contact_of(one.id) == me for one in reports):
        return True
    seen, act = casework.view(turn, case.id), turn.rules.policy.lifecycle.acts.get(NOTE)
    return seen is not None and act is not None and may(act, seen.case, seen.is_to_it)


def _place(turn: Turn, case: Case, area_id: int) -> Case:
    """The case, its reports and what is to be done about it are of this place."""
    work = turn.work
    work.cases.place(case.id, area_id)
    for report in work.cases.reports(case.id):
        if report.area_id is None or report.area_id == case.area_id:
            work.reports.set_area(report.id, area_id)
    work.duties.place("case", case.id, area_id)
    entry = work.cases.add_entry(
        case.id,
        PLACED,
        by=turn.speaker.person_id if turn.roles else 0,
        role="",
        stage=case.stage,
        body=casework.dump({"area": str(area_id)}),
    )
    told = {"from": case.area_id, "to": area_id}
    work.audit.write(turn.speaker.person_id, "case.placed", "case", case.id, told)
    _leave_out(turn, case)
    after = _owned(turn, work.cases.get(case.id) or case)
    grades.tell_everybody(turn, after, "alarm.placed", entry)
    for report in work.cases.reports(case.id):
        clusters.notice(turn, report)
    joining.offer(turn, work.cases.reports(case.id)[0])
    return work.cases.get(case.id) or after


def _leave_out(turn: Turn, case: Case) -> None:
    """Workers there whom the reports name hear nothing of it."""
    for report in turn.work.cases.reports(case.id):
        exclusion.answered_more(turn, report, json.loads(report.answers))
        for entry in turn.work.reports.entries(report.id):
            if entry.kind == "said":
                exclusion.said_more(turn, report, entry.body)


def _owned(turn: Turn, case: Case) -> Case:
    """Nobody had it yet: whoever is first to have such a case there."""
    if case.is_accepted:
        return case
    first, *_ = turn.work.cases.reports(case.id)
    hearers, hidden = grades.receivers(turn, case), casework.excluded(turn, case.id)
    owner = opening.first_owner(turn, case.grade, first.area_id, hearers, hidden)
    turn.work.cases.own(case.id, owner)
    after = replace(case, owner=owner)
    duties.give_to_owner(turn, case, after)
    return after

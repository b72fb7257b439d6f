"""Where it is, learnt after the report: the case is that place's from then on."""

import json
from dataclasses import replace

from conversation.cards import Action, Button, Card
from handlers import saying
from handlers.cases import (
    case_card,
    casework,
    clusters,
    duties,
    exclusion,
    grades,
    involved,
    joining,
    opening,
    owners,
)
from handlers.reaching import telling
from handlers.saying import home_row
from handlers.turn import Turn
from policy.areas import AreaRow
from policy.lifecycle import may
from policy.receipt import say_number
from storage.audit import PROGRAM
from storage.cases.case import Case

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
        turn.say(Card(text=turn.words("alarm.not_yours"), rows=(home_row(turn),)))
        return
    fits = _is_within(turn, case, area.id) or (
        _works(turn, case) and _is_said(turn, case, area.id)
    )
    if not (case.is_open and fits):
        text = turn.words("placing.known", number=say_number(case.number))
        turn.say(Card(text=text), in_place=True, asks=False)
        return
    heard = move(turn, case, area.id)
    said = turn.words("placing.done", area=turn.work.areas.full_name(area.id))
    turn.say(Card(text=f"{said}\n{heard}"), in_place=True, asks=False)


def ask_owner(turn: Turn, case: Case, area_id: int, cause: int) -> None:
    """One of several reports says another place now: whoever has the case decides."""
    arg = f"{case.id}:{area_id}"
    yes = Button(label=turn.words("placing.yes"), action=Action("case.here", arg))
    where = turn.work.areas.full_name(area_id)
    text = turn.words("placing.ask", area=where, number=say_number(case.number))
    for person in involved.working_on(turn, case):
        key = f"case:{case.id}:here:{cause}:{person}"
        telling.tell_person(turn, person, Card(text=text, rows=((yes,),)), key=key)


def _is_within(turn: Turn, case: Case, area_id: int) -> bool:
    """True for a smaller place in that of the case."""
    return area_id != case.area_id and (
        case.area_id is None or turn.work.areas.is_within(area_id, case.area_id)
    )


def _is_said(turn: Turn, case: Case, area_id: int) -> bool:
    """True for another place that one of its reports says it is in."""
    reports = turn.work.cases.reports(case.id)
    return area_id != case.area_id and any(one.area_id == area_id for one in reports)


def _reported_it(turn: Turn, case: Case) -> bool:
    me = turn.speaker.contact_id
    reports = turn.work.cases.reports(case.id)
    return any(turn.work.reporters.contact_of(one.id) == me for one in reports)


def _may(turn: Turn, case: Case) -> bool:
    """True for who reported it, and for whoever may write into it."""
    return _reported_it(turn, case) or _works(turn, case)


def _works(turn: Turn, case: Case) -> bool:
    seen, act = involved.view(turn, case.id), turn.rules.policy.lifecycle.acts.get(NOTE)
    return seen is not None and act is not None and may(act, seen.case, seen.is_to_it)


def move(turn: Turn, case: Case, area_id: int) -> str:
    """It is in another place: whoever must hear there hears; what to say of who that is."""
    after = _place(turn, case, area_id)
    first, *_ = turn.work.cases.reports(case.id)
    there = replace(first, grade=after.grade)
    return telling.told_line(turn, there, grades.receivers(turn, after))


def _place(turn: Turn, case: Case, area_id: int) -> Case:
    """The case, its reports and what is to be done about it are of this place."""
    work, by = turn.work, PROGRAM if _reported_it(turn, case) else turn.speaker.person_id
    work.cases.place(case.id, area_id)
    for report in work.cases.reports(case.id):
        if report.area_id is None or report.area_id == case.area_id:
            work.reports.set_area(report.id, area_id)
    work.duties.place("case", case.id, area_id)
    entry = work.cases.add_entry(
        case.id,
        PLACED,
        by=by,
        role="",
        stage=case.stage,
        body=casework.dump({"area": str(area_id)}),
    )
    told = {"from": case.area_id, "to": area_id}
    work.audit.write(by, "case.placed", "case", case.id, told)
    _leave_out(turn, case)
    moved = work.cases.get(case.id) or case
    if not _is_within(turn, case, area_id):
        _let_go(turn, moved)
    after = owners.follow_place(turn, _owned(turn, moved))
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


def _let_go(turn: Turn, case: Case) -> None:
    """Who heard of it where it is not has nothing to do with it."""
    told = [one for one in turn.work.cases.members(case.id) if one.kind == "told"]
    stands_in = turn.work.deputies.acting_for
    gone = [
        one
        for one in told
        if not any(
            owners.is_posted(turn, person, case)
            for person in (one.person_id, *stands_in(one.person_id, turn.work.now))
        )
    ]
    for member in gone:
        turn.work.cases.end_member(member.id)
    if gone:
        text = turn.words("case.not_here", number=say_number(case.number))
        people = [one.person_id for one in gone]
        telling.withdraw(turn, case_card.about(case), people, saying.note(turn, text))


def _owned(turn: Turn, case: Case) -> Case:
    """Nobody had it yet: whoever is first to have such a case there."""
    if case.is_accepted:
        return case
    first, *_ = turn.work.cases.reports(case.id)
    hearers, hidden = grades.receivers(turn, case), involved.excluded(turn, case.id)
    owner = opening.first_owner(turn, case.grade, first.area_id, hearers, hidden)
    turn.work.cases.own(case.id, owner)
    after = replace(case, owner=owner)
    duties.give_to_owner(turn, case, after)
    return after

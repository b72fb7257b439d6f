"""Many reports of one person: none is refused, and an alarm said again and again is one case.

After a few alarms of one person about one place, more of the same is a report like any other, with
its number, and goes on in the first of their cases: whoever works on that hears of it once in a
while, with how many there are. It can be taken apart like any two cases.
"""

import json
from datetime import timedelta

from conversation.cards import Card
from handlers.cases import case_card, involved, possible, uniting
from handlers.children.own import named_of_own
from handlers.reaching import telling
from handlers.turn import ALARM, Turn
from policy.grading import GRADES
from policy.receipt import say_number
from policy.repeats import Said, is_more_of_the_same
from storage.audit import PROGRAM
from storage.cases.case import Case
from storage.reporting.reports import Report, ReportIn

#: How the causes of cards begin that tell of more of the same.
KEY = "flood:"
DAY = timedelta(days=1)
#: In the story of a case: whoever reported it reported very much that day.
MANY = "many"


def first_of(turn: Turn, told: ReportIn) -> Case | None:
    """The open case of which a new alarm says the same once more; None for another matter."""
    policy, work = turn.rules.policy, turn.work
    if told.grade != GRADES[0] or told.area_id is None:
        return None
    since = work.now - policy.timing["alarms_within"]
    alike = policy.limits["alarms_alike"]
    lately = work.reports.alarms_of(turn.speaker.contact_id, told.area_id, since)
    if len(lately) < alike:
        return None
    before = [_said(turn, child_id, one.answers) for one, child_id in lately]
    new = _said(turn, told.child_id, told.answers)
    if not is_more_of_the_same(new, before, alike=alike, most=policy.limits["alarms_most"]):
        return None
    for one, _ in lately:
        case = work.cases.of_report(one.id)
        standing = work.cases.standing(case.id) if case else None
        if standing is not None and standing.is_open:
            return standing
    return None


def _said(turn: Turn, child_id: int | None, answers: str) -> Said:
    body = json.loads(answers)
    words = body.get("what", "") or body.get("message", "")
    return Said(child_id=child_id, words=words, names=named_of_own(turn, words))


def add(turn: Turn, report: Report, first: Case) -> None:
    """The case of the new alarm goes on in the first one; who works on it hears once in a while.

    The program does it: nobody's name stands with it.
    """
    case = turn.work.cases.of_report(report.id)
    if case is None:
        return
    into = uniting.unite(turn.as_program(), case, first, "same", quietly=True)
    _tell(turn, into)


def _tell(turn: Turn, case: Case) -> None:
    """One card a while to each: a card that waits says the new number."""
    outbox, about = turn.work.outbox, case_card.about(case)
    last = outbox.newest_hour(about, KEY)
    when = turn.work.now
    if last is not None:
        when = max(when, last if last > when else last + turn.rules.policy.timing["alarm_added"])
    outbox.take_back(about, KEY)
    count = len(turn.work.cases.reports(case.id))
    text = turn.words("alarm.again", number=say_number(case.number), count=count)
    card = Card(text=text, rows=telling.rows(possible.details_button(turn, case)))
    for person in involved.working_on(turn, case):
        reach = turn.work.people.reach(person)
        if reach is not None and person != turn.speaker.person_id:
            turn.tell(
                reach.contact_id,
                reach.channel,
                card,
                key=f"{KEY}{case.id}:{count}:{person}",
                priority=ALARM,
                about=about,
                not_before=when,
            )


def is_much(turn: Turn, report: Report) -> bool:
    """True for an ordinary report beyond a day's number: it is taken, and its case says so."""
    if report.grade == GRADES[0]:
        return False
    since = turn.work.now - DAY
    most = turn.rules.policy.limits["reports_a_day"]
    if turn.work.reports.count_of(turn.speaker.contact_id, since) <= most:
        return False
    case = turn.work.cases.of_report(report.id)
    if case is None:
        return False
    turn.work.cases.add_entry(case.id, MANY, by=PROGRAM, role="", stage=case.stage)
    return True

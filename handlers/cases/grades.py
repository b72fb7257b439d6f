"""How urgent a case is: another grade, the times that go with it, and who must hear of it then."""

from collections.abc import Mapping
from dataclasses import replace

from handlers.cases import case_card, casework, duties, involved
from handlers.children.own import named
from handlers.reaching import telling
from handlers.reaching.telling import urgency
from handlers.turn import Turn
from policy import grading
from policy.danger import danger_facts
from policy.duties import due_at
from policy.grading import is_worse
from policy.lifecycle import Raised
from storage.audit import PROGRAM
from storage.cases.case import Case
from storage.people.person import Holder
from storage.reporting.reports import Report

#: In the story of a case.
GRADED = "graded"
#: What is answered to whether the child is safe; 说不准 is neither.
SAFE = {"yes": True, "no": False}


def set_grade(
    turn: Turn,
    case: Case,
    grade: str,
    body: Mapping[str, str],
    *,
    by: int | None = None,
    what: str = "alarm.raised",
) -> Case:
    """Another grade: what is open is due as it wants, never later than it was.

    Given by the speaker, or by the program, where the story must not say who spoke. A graver one
    is told to everybody who hears of such a case.
    """
    who = turn.speaker.person_id if by is None else by
    turn.work.cases.set_grade(case.id, grade)
    after = replace(case, grade=grade)
    duties.follow_grade(turn, after)
    entry = turn.work.cases.add_entry(
        case.id,
        GRADED,
        by=who,
        role=involved.role_in(turn, case) if by is None else "",
        stage=case.stage,
        body=casework.dump(body),
    )
    told = {"from": case.grade, "to": grade}
    turn.work.audit.write(who, "case.graded", "case", case.id, told)
    if case.is_open and is_worse(grade, case.grade):
        tell_everybody(turn, after, what, entry)
    return after


def may_lower(turn: Turn) -> bool:
    """True for whoever holds a post that lowers grades."""
    roles = turn.rules.policy.roles
    return any(roles[post.role].lowers_grade for post in turn.roles if post.role in roles)


def seen(turn: Turn, case: Case, body: Mapping[str, str]) -> Case | None:
    """The child was seen; not safe means red, at once."""
    safe = body.get("safe", "")
    turn.work.cases.saw(case.id, turn.work.now, safe=SAFE.get(safe))
    if safe != "no" or case.grade == "red":
        return case
    return set_grade(turn, case, "red", {"from": case.grade, "to": "red"})


def rise(turn: Turn, report: Report, text: str) -> str:
    """What is said later and speaks of danger makes the case as urgent as if it had come first.

    What to say to whoever said it; "" when the grade stays.
    """
    policy = turn.rules.policy
    facts = danger_facts(named(turn, text), policy.danger)
    case = turn.work.cases.of_report(report.id)
    if not facts or case is None or not case.is_open:
        return ""
    graded = grading.grade(facts, policy.grading)
    if not is_worse(graded.grade, case.grade):
        return ""
    reasons = tuple(dict.fromkeys([*report.reasons, *(one.key for one in graded.reasons)]))
    turn.work.reports.set_grade(report.id, graded.grade, reasons)
    told = {"from": case.grade, "to": graded.grade}
    case = set_grade(turn, case, graded.grade, told, by=PROGRAM, what="alarm.risen")
    heard = telling.told_line(turn, replace(report, grade=case.grade), receivers(turn, case))
    return f"{turn.words('receipt.risen')}\n{heard}"


def tell_everybody(turn: Turn, case: Case, what: str, cause: int) -> None:
    """Whoever hears of such a case from its beginning hears now, and has to do what they would."""
    begins = turn.rules.policy.lifecycle.raised.get(case.grade, Raised())
    if case.is_accepted:
        for kind in begins.owner:
            _begin(turn, case, kind, cause)
    hearers = receivers(turn, case)
    for post in dict.fromkeys(holder.role for holder in hearers):
        for kind in begins.posts.get(post, ()):
            _begin(turn, case, kind, cause, post=post)
    _tell(turn, case, hearers, what, cause)


def _begin(turn: Turn, case: Case, kind: str, cause: int, *, post: str = "") -> None:
    """A duty of this kind, unless one is open or was done less than its own time ago."""
    described, clock = turn.rules.policy.duties.kinds[kind], duties.clockwork(turn)
    for duty in turn.work.duties.of("case", case.id):
        if duty.kind != kind or (post and duty.role != post):
            continue
        done_at = duty.ended_at if duty.state == "done" else None
        lately = done_at and due_at(described, case.grade, done_at, clock) > turn.work.now
        if duty.state == "open" or lately:
            return
    duties.set_for_case(turn, case, kind, cause, post=post)


# -- who hears ----------------------------------------------------------------------------------


def receivers(turn: Turn, case: Case) -> tuple[Holder, ...]:
    """Who would be told of the case if it came in now as it stands, each once."""
    when, hidden = telling.hour(turn, case.grade), involved.excluded(turn, case.id)
    found = {
        holder.person_id: holder
        for report in turn.work.cases.reports(case.id)
        for holder in telling.receivers(
            turn, replace(report, grade=case.grade), when, without=hidden
        )
    }
    return tuple(found.values())


def _tell(turn: Turn, case: Case, hearers: tuple[Holder, ...], what: str, cause: int) -> None:
    """Each of them, for the first time or once more, and whoever works on it."""
    told = involved.told_of(turn, case)
    posts = {holder.person_id: holder.role for holder in hearers}
    for person, post in posts.items():
        if person not in (*told, case.owner.person_id):
            turn.work.cases.add_member(case.id, person, "told", by=PROGRAM, role=post)
    when = telling.hour(turn, case.grade)
    for person in dict.fromkeys([*posts, *involved.working_on(turn, case)]):
        with telling.as_read(turn, when):
            card = case_card.card(
                turn, case, what, involved.of_post(turn, case, posts.get(person, ""))
            )
        telling.tell_person(
            turn,
            person,
            card,
            key=f"case:{case.id}:graded:{cause}:{person}",
            priority=urgency(case.grade),
            about=case_card.about(case),
            when=when,
        )

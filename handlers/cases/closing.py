"""The end of a case and after it: a second person, visits, whether it helped, going on again."""

from collections.abc import Mapping

from handlers import saying
from handlers.cases import duties, hearing, involved, owners, seconds
from handlers.cases.grades import SAFE
from handlers.cases.involved import View
from handlers.children import register
from handlers.reaching import telling
from handlers.turn import Turn
from storage.cases.case import Case, Owner
from storage.cases.duties import Duty

#: What a second person has to do before a case ends.
SECONDS = "confirm_close"
#: What the child itself says whether it is better, as it is counted.
BETTER = {"better": "yes", "same": "no", "worse": "no"}

# -- asking for the end, and the second person -------------------------------------------------


def left(turn: Turn, seen: View) -> dict[str, str]:
    """What is still open and would lapse with the end, for whoever asks for it or agrees."""
    unsaid = {SECONDS, *turn.rules.policy.lifecycle.closing.lapses_unsaid}
    found = (one for one in involved.open_duties(turn, seen.case) if one.kind not in unsaid)
    names = (f"{duties.name_of(turn, one)}{_exactly(one)}" for one in found)
    return {"left": "；".join(dict.fromkeys(names))}


def _exactly(duty: Duty) -> str:
    return f"（{duty.what}）" if duty.what else ""


def proposed(turn: Turn, case: Case, body: Mapping[str, str]) -> Case | None:
    """申请结案: how it ended, as whoever worked on it says; it counts once a second agrees."""
    turn.work.cases.ended(case.id, body["outcome"], "")
    return case


def ask_second(turn: Turn, case: Case, _: Mapping[str, str]) -> None:
    """Somebody else is to look at it: the nearest who may, by name."""
    ask_another(turn, case)


def ask_another(turn: Turn, case: Case) -> None:
    """The next who may be the second, by name; the post of the table where nobody is left."""
    seconds.ask(turn, case, SECONDS, "case.asks_close")


def sent_back(turn: Turn, case: Case, _: Mapping[str, str]) -> None:
    """退回再办: the owner goes on; nothing is an outcome yet."""
    turn.work.cases.ended(case.id, "", case.solved)
    if case.owner.person_id is not None:
        hearing.tell(turn, case, case.owner.person_id, "case.sent_back_to")


# -- after the end ------------------------------------------------------------------------------


def revisited(turn: Turn, case: Case, body: Mapping[str, str]) -> Case | None:
    """回访了: what was seen of the child, and whether it is solved."""
    if body.get("met") == "seen":
        turn.work.cases.saw(case.id, turn.work.now, safe=SAFE.get(body.get("safe", "")))
    solved = _solved(body)
    turn.work.findings.add(case.id, "visitor", body.get("solved", ""))
    turn.work.findings.add(case.id, "child", BETTER.get(body.get("child_says", ""), ""))
    if solved:
        turn.work.cases.ended(case.id, case.outcome, solved)
    return case


def _solved(body: Mapping[str, str]) -> str:
    """What the visit comes to: the child's own no counts as much as the visitor's."""
    said = (body.get("solved", ""), BETTER.get(body.get("child_says", ""), ""))
    return "no" if "no" in said else "yes" if "yes" in said else ""


def asks_child(turn: Turn, seen: View) -> dict[str, str]:
    """Whether the child is old enough to be asked; one of whom that is not known is asked."""
    child = turn.work.children.meant(seen.case.child_id) if seen.case.child_id else None
    years = register.age(child, turn.at.date()) if child else None
    least = turn.rules.policy.lifecycle.closing.asks_child_from
    return {"asks_child": "no" if years is not None and years < least else "yes"}


def after_visit(turn: Turn, case: Case, body: Mapping[str, str]) -> None:
    """One bad answer takes the case up again."""
    if "no" in (body.get("safe"), _solved(body)):
        reopen(turn, case, "reopened", by=turn.speaker.person_id)


def taken_up(turn: Turn, case: Case, _: Mapping[str, str]) -> Case | None:
    """重新办: the case waits for somebody to accept it, as at the beginning."""
    turn.work.cases.reopened(case.id)
    return _waits_again(turn, case)


def tell_of_reopening(turn: Turn, case: Case, _: Mapping[str, str]) -> None:
    """The owner and whoever agreed to the end hear that it goes on, and may take it at once."""
    for person in _concerned(turn, case):
        hearing.tell(turn, case, person, "case.is_reopened")


def reopen(turn: Turn, case: Case, why: str, *, by: int) -> None:
    """Take it up again because of an answer; ``by`` 0 keeps whoever reported out of the story."""
    start = turn.rules.policy.lifecycle.start
    turn.work.cases.reopened(case.id)
    case = _waits_again(turn, case)
    turn.work.cases.to_stage(case.id, start.stage, was=case.stage)
    turn.work.duties.end_of("case", case.id, by=by, state="cancelled")
    entry = turn.work.cases.add_entry(case.id, why, by=by, role="", stage=start.stage)
    for kind in start.sets:
        duties.set_for_case(turn, case, kind, entry)
    turn.work.audit.write(by, f"case.{why}", "case", case.id, {"stage": start.stage})
    tell_of_reopening(turn, turn.work.cases.get(case.id) or case, {})


def _waits_again(turn: Turn, case: Case) -> Case:
    turn.work.cases.own(case.id, _living_owner(turn, case))
    return turn.work.cases.get(case.id) or case


def _living_owner(turn: Turn, case: Case) -> Owner:
    """The owner, if they still hold the post; else who holds it now; else the co-ordinator."""
    owner = case.owner
    if owner.area_id is not None:
        posts = [(owner.role, owner.area_id)]
        found = telling.reachable(turn, posts, without=involved.excluded(turn, case.id))
        people = [holder.person_id for holder in found]
        if owner.person_id in people:
            return owner
        if people:
            return Owner(role=owner.role, area_id=owner.area_id, person_id=people[0])
    return owners.coordinator(turn, case.area_id, without=involved.excluded(turn, case.id))


def _concerned(turn: Turn, case: Case) -> tuple[int, ...]:
    agreed = [
        entry.person_id
        for entry in turn.work.cases.entries(case.id)
        if entry.act == "confirm_close"
    ]
    owner = [case.owner.person_id] if case.owner.person_id is not None else []
    people = dict.fromkeys([*owner, *agreed[-1:]])
    gone = involved.excluded(turn, case.id)
    return tuple(one for one in people if one not in gone)


# -- whoever reported ---------------------------------------------------------------------------


def solved(turn: Turn, report_id: str) -> None:
    """解决了: counted apart from closed."""
    case = _of_reporter(turn, report_id)
    if case is None:
        return
    if not case.is_open:
        turn.work.cases.ended(case.id, case.outcome, "yes")
        turn.work.findings.add(case.id, "reporter", "yes")
        turn.work.cases.add_entry(case.id, "solved", by=0, role="", stage=case.stage)
        turn.work.audit.write(0, "case.solved", "case", case.id, {"stage": case.stage})
    _thank(turn, "told.thanks_solved")


def unsolved(turn: Turn, report_id: str) -> None:
    """没有解决: it is taken up again with a new clock; who said so stays apart."""
    case = _of_reporter(turn, report_id)
    if case is None:
        return
    if not case.is_open:
        turn.work.findings.add(case.id, "reporter", "no")
        reopen(turn, case, "unsolved", by=0)
    _thank(turn, "told.thanks_unsolved")


def _of_reporter(turn: Turn, report_id: str) -> Case | None:
    """The case of a report that the speaker made; absent and foreign sound the same."""
    contact_id = turn.work.reporters.contact_of(int(report_id))
    contact = turn.work.people.contact(contact_id) if contact_id else None
    if contact is not None and contact.person_id == turn.speaker.person_id:
        return turn.work.cases.of_report(int(report_id))
    saying.answer(turn, turn.words("alarm.not_yours"))
    return None


def _thank(turn: Turn, key: str) -> None:
    saying.answer(turn, turn.words(key))

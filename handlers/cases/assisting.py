"""Others who help: items of a plan or a conference, referrals, and who may see a case."""

from collections.abc import Mapping
from datetime import date

from conversation.cards import Card
from handlers import saying
from handlers.cases import case_card, casework, deadlines, duties, helpers, possible
from handlers.people import colleagues
from handlers.reaching import telling
from handlers.reaching.telling import urgency
from handlers.turn import Turn
from policy.receipt import say_number
from storage.cases.case import Case, Member

# -- items with somebody and a day ---------------------------------------------------------------


def planned(turn: Turn, case: Case, body: Mapping[str, str]) -> Case | None:
    """帮扶加一项: what, by whom, until when: a duty of that person."""
    return _give(turn, case, body, "plan_item")


def aimed(turn: Turn, case: Case, body: Mapping[str, str]) -> Case | None:
    """帮扶目标: whoever has the case looks on a day whether it is reached."""
    due = deadlines.end_of_day(turn, date.fromisoformat(body["until"]))
    duties.set_for_case(turn, case, "goal", turn.work.new_id(), what=body["what"], due=due)
    return case


def decided(turn: Turn, case: Case, body: Mapping[str, str]) -> Case | None:
    """会商定一项: the same, decided together."""
    return _give(turn, case, body, "decision")


def _give(turn: Turn, case: Case, body: Mapping[str, str], kind: str) -> Case | None:
    person = _chosen(turn, case, body["helper"])
    if person is None:
        return None
    due = deadlines.end_of_day(turn, date.fromisoformat(body["until"]))
    cause = turn.work.new_id()
    duty = duties.set_for_case(turn, case, kind, cause, what=body["what"], due=due, person=person)
    _ask(turn, case, person, "case.asks_item", duty)
    return case


def _chosen(turn: Turn, case: Case, person_id: str) -> int | None:
    """The chosen one, if they still can be asked; else it is said."""
    if person_id in helpers.near(turn, case_card.about(case)):
        return int(person_id)
    casework.say_too_late(turn, case)
    return None


def tell_owner_stuck(turn: Turn, case: Case, _: Mapping[str, str]) -> None:
    """Whoever has the case hears that somebody cannot do it."""
    _tell_owner(turn, case, "case.is_stuck")


# -- conferences ---------------------------------------------------------------------------------


def conferred(turn: Turn, case: Case, body: Mapping[str, str]) -> Case | None:
    """会商: who sat together is kept; they see nothing by it."""
    known = helpers.near(turn, case_card.about(case))
    for person_id in body.get("members", "").split():
        if person_id in known:
            turn.work.cases.add_member(
                case.id, int(person_id), "conference", by=turn.speaker.person_id
            )
    return case


# -- referrals -----------------------------------------------------------------------------------


def referred(turn: Turn, case: Case, body: Mapping[str, str]) -> Case | None:
    """转介: somebody may see the parts that they need, and answers whether they take it."""
    person = _let(turn, case, body, "referral")
    if person is None:
        return None
    cause = turn.work.new_id()
    duty = duties.set_for_case(
        turn, case, "take_referral", cause, what=body["what"], person=person
    )
    _ask(turn, case, person, "case.asks_referral", duty)
    return case


def over(turn: Turn, case: Case, _: Mapping[str, str]) -> None:
    """The referral has an outcome, or was not taken: nothing is seen any more, the owner hears."""
    for member in turn.work.cases.members(case.id):
        mine = member.person_id == turn.speaker.person_id
        if mine and member.kind == "partner" and member.basis == "referral":
            turn.work.cases.end_member(member.id)
    _tell_owner(turn, case, "case.referral_answered")


# -- who may see it ------------------------------------------------------------------------------


def let_in(turn: Turn, case: Case, body: Mapping[str, str]) -> Case | None:
    """请人看这件: for a reason, some parts, until a day."""
    person = _let(turn, case, body, body["basis"])
    if person is None:
        return None
    _ask(turn, case, person, "case.lets_in", None)
    return case


def _let(turn: Turn, case: Case, body: Mapping[str, str], basis: str) -> int | None:
    person = _chosen(turn, case, body["helper"])
    if person is None:
        return None
    turn.work.cases.add_member(
        case.id,
        person,
        "partner",
        by=turn.speaker.person_id,
        basis=basis,
        parts=tuple(body.get("parts", "").split()),
        until=deadlines.end_of_day(turn, date.fromisoformat(body["until"])),
    )
    told = {"person": person, "basis": basis, "until": body["until"]}
    turn.work.audit.write(turn.speaker.person_id, "case.let", "case", case.id, told)
    return person


def partners(turn: Turn, case: Case) -> tuple[Member, ...]:
    """Who may see it beside those whose work it is."""
    return tuple(one for one in turn.work.cases.members(case.id) if one.kind == "partner")


def lines(turn: Turn, case: Case) -> list[str]:
    """Each of them: who, why, until when."""
    bases = turn.rules.policy.lifecycle.lists["bases"]
    return [
        turn.words(
            "case.partner",
            name=colleagues.called(turn, one.person_id),
            what=bases.get(one.basis, one.basis),
            when=turn.day(one.until) if one.until else "",
        )
        for one in partners(turn, case)
    ]


def ask_whom_to_shut_out(turn: Turn, case: Case) -> None:
    """不再请人看: whom?"""
    offers = [
        saying.button(line, "case.shut", f"{case.id}:{one.id}")
        for one, line in zip(partners(turn, case), lines(turn, case), strict=True)
    ][: saying.OFFERED]
    key = "case.shut_ask" if offers else "case.shut_nobody"
    text = turn.words(key, number=say_number(case.number))
    saying.answer(turn, text, *offers, (possible.details_button(turn, case),))


def shut_out(turn: Turn, arg: str) -> None:
    """From now on they see nothing of it."""
    case_id, _, member_id = arg.partition(":")
    found = casework.may_do(turn, int(case_id), "shut_out")
    if found is None:
        return
    case, act = found[0].case, found[1]
    member = next((one for one in partners(turn, case) if str(one.id) == member_id), None)
    if member is None:
        casework.say_too_late(turn, case)
        return
    turn.work.cases.end_member(member.id)
    casework.record(turn, case, "shut_out", act, {"person": str(member.person_id)})
    text = turn.words("case.shut_done", name=colleagues.called(turn, member.person_id))
    saying.answer(turn, text, (possible.details_button(turn, case),))


# -- telling -------------------------------------------------------------------------------------


def _tell_owner(turn: Turn, case: Case, what: str) -> None:
    if case.owner.person_id is not None:
        _tell(turn, case, case.owner.person_id, case_card.card(turn, case, what))


def _ask(turn: Turn, case: Case, person_id: int, what: str, duty_id: int | None) -> None:
    """Tell whoever is to help, with the buttons that answer it."""
    duty = turn.work.duties.get(duty_id) if duty_id is not None else None
    _tell(turn, case, person_id, case_card.card_for_helper(turn, case, what, duty))


def _tell(turn: Turn, case: Case, person_id: int, card: Card) -> None:
    if person_id != turn.speaker.person_id:
        telling.tell_person(
            turn,
            person_id,
            card,
            key=f"case:{case.id}:told:{turn.work.new_id()}",
            priority=urgency(case.grade),
            about=case_card.about(case),
        )

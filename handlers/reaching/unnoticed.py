"""A card that was not noticed goes to its reader's next contact, and then they are telephoned.

Delivery knows what an address refused, and the page what it showed; of everything else only a tap
or a word tells. Whoever was heard, on the contact that a card was sent to and after it was, has
noticed it.
"""

import secrets
from typing import Literal, TypeAlias, assert_never

from conversation.cards import card_to_json
from handlers.outgoing import is_asking
from handlers.reaching import gathering
from handlers.reaching.telling import PAGE, asks_a_worker
from handlers.rules import Rules
from handlers.turn import Turn
from policy.grading import GRADES
from policy.reminders import Reminders
from storage.people.person import Contact
from storage.reaching.owed import OutboxIn, OutRow
from storage.reaching.unnoticed import Asking, copy_key, original
from storage.work import Reading, Work

#: What is to be done about a card: nobody need look after it, not yet, or it goes on.
Step: TypeAlias = Literal["over", "waits", "goes_on"]


def look(reading: Reading, rules: Rules) -> tuple[Asking, ...]:
    """The cards that have waited long enough, and those after which nobody need look any more."""
    table = rules.policy.reminders
    if not table.unseen:
        return ()
    soonest = min(table.unshown, *table.unseen.values())
    return tuple(
        one
        for one in reading.unnoticed.asking(reading.now - soonest)
        if _step(reading, table, one) != "waits"
    )


def take(turn: Turn, card: Asking) -> None:
    """Do what is due about one card; whoever says first that nobody looks any more does it."""
    step = _step(turn.work, turn.rules.policy.reminders, card)
    match step:
        case "waits":
            return
        case "over":
            turn.work.unnoticed.asks_no_more(card.id)
        case "goes_on":
            if turn.work.unnoticed.asks_no_more(card.id):
                _go_on(turn, card)
        case _:
            assert_never(step)


def fall_over(work: Work, row_id: int, cause: str) -> bool:
    """A card that one address does not take goes to the person's next one, each tried once.

    After the last one somebody is to call them, where the card asked for something. True when
    there was another address.
    """
    row = work.outbox.get(row_id)
    here = work.people.contact(row.contact_id) if row else None
    if row is None or here is None:
        return False
    following = _next(work, here.person_id, _first_of(work, row.id), but=here.id)
    if following is not None:
        _copy(work, row, following)
        return True
    if asks_a_worker(row.about):
        work.undelivered.add(here.person_id, row.about or "", cause, row.card, row.priority)
    for about, card in gathering.apart(row):
        work.undelivered.add(here.person_id, about, cause, card_to_json(card), row.priority)
    return False


def _step(reading: Reading, table: Reminders, card: Asking) -> Step:
    patience = table.unseen.get(_grade(reading, card))
    if patience is None or reading.unnoticed.is_seen(card, _contacts(reading, card.person_id)):
        return "over"
    waited = reading.now - card.asks_since
    if waited >= patience:
        return "goes_on"
    is_shut = card.channel == PAGE and card.shown_at is None and waited >= table.unshown
    if is_shut and _next(reading, card.person_id, card.first) is not None:
        return "goes_on"
    return "waits"


def _go_on(turn: Turn, card: Asking) -> None:
    """To the next contact; after the last one they are telephoned, once for a matter."""
    work, row = turn.work, turn.work.outbox.get(card.id)
    following = _next(work, card.person_id, card.first)
    if row is None or row.about is None:
        return
    if following is not None:
        _copy(work, row, following)
        turn.told_others = True
        return
    for about, told in gathering.apart(row):
        if _waits(work, about) and not _is_called(work, about, card.person_id):
            work.undelivered.add(card.person_id, about, "unseen", card_to_json(told), row.priority)
    if _is_telephoned(work, card) and not _is_called(work, row.about, card.person_id):
        work.undelivered.add(card.person_id, row.about, "unseen", row.card, row.priority)


def _grade(reading: Reading, card: Asking) -> str:
    """How urgent the matter is now; "" where nothing is to be done any more, or not by them."""
    kind, _, row = (card.about or "").removeprefix("ring:").partition(":")
    if kind == "case":
        return _of_case(reading, int(row), card.person_id)
    if kind == gathering.KIND:
        told = reading.outbox.get(card.id)
        grades = (
            [_of_case(reading, one, card.person_id) for one in gathering.cases_of(told)]
            if told
            else []
        )
        return min(filter(None, grades), key=GRADES.index, default="")
    if kind == "call":
        call = reading.undelivered.get(int(row))
        return call.grade if call and call.state == "open" else ""
    return ""


def _of_case(reading: Reading, case_id: int, person_id: int) -> str:
    case = reading.cases.get(case_id)
    if case is None or not case.is_open or case.joined_into is not None:
        return ""
    members = reading.cases.members(case.id)
    is_hidden = (person_id, "excluded") in {(one.person_id, one.kind) for one in members}
    return "" if is_hidden else case.grade


def _waits(reading: Reading, about: str) -> bool:
    """True for a case that nobody has accepted."""
    case = reading.cases.get(int(about.partition(":")[2]))
    return case is not None and case.is_open and not case.is_accepted


def _is_called(reading: Reading, about: str, person_id: int) -> bool:
    return any(one.person_id == person_id for one in reading.undelivered.of_matter(about))


def _contacts(reading: Reading, person_id: int) -> tuple[int, ...]:
    return tuple(one.id for one in reading.people.contacts_of(person_id))


def _next(
    reading: Reading, person_id: int, first: int, *, but: int | None = None
) -> Contact | None:
    """Where messages reach the person and the card was not sent yet."""
    sent = reading.outbox.get(first)
    tried = {but, sent.contact_id if sent else None}
    return next(
        (
            one
            for one in reading.people.reachable_of(person_id)
            if one.id not in tried and not reading.outbox.spoke(copy_key(first, one.id))
        ),
        None,
    )


def _copy(work: Work, row: OutRow, to: Contact) -> None:
    work.outbox.put(
        OutboxIn(
            key=copy_key(_first_of(work, row.id), to.id),
            contact_id=to.id,
            channel=to.channel,
            priority=row.priority,
            card=row.card,
            token=secrets.token_urlsafe(16),
            turn=0,
            report_id=row.report_id,
            document_id=row.document_id,
            about=row.about,
            asks_since=work.now if is_asking(row.about) else None,
        )
    )


def _first_of(reading: Reading, row_id: int) -> int:
    return original(row_id, reading.outbox.key_of(row_id))


def _is_telephoned(reading: Reading, card: Asking) -> bool:
    """True for news of a report, and for all that waits for somebody to accept the case.

    Whoever accepted it acted. What a ladder says climbs by itself, and so does a call.
    """
    kind, _, row = (card.about or "").partition(":")
    key = reading.outbox.key_of(card.first)
    if kind != "case" or key.startswith("duty:"):
        return False
    case = reading.cases.get(int(row))
    is_news = key.startswith("report:") or ":graded:" in key
    return is_news or (case is not None and not case.is_accepted)

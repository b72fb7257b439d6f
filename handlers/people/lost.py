"""手机丢了: one tap locks a lost phone for good, and eight digits give the person a new one.

What is locked leads nobody to the person any more (``storage/people/locks.py``); their posts,
children and reports stay theirs, and what is urgent goes on to the next one.
"""

from conversation.cards import Card
from handlers import filling, saying
from handlers.office import administration
from handlers.people import colleagues, wiping
from handlers.saying import SHOWN, answer, button
from handlers.turn import ALARM, REPLY, Filled, Turn
from storage.people.locks import Locked
from storage.people.person import Contact
from storage.reaching.outbox_seen import OF_LOCKS

#: A page of ours that is open clears itself.
PAGE = ("page",)


def begin(turn: Turn, _: str = "") -> None:
    """手机丢了: one's own, which one tap locks, or that of somebody whom one manages."""
    rows = []
    if _elsewhere(turn):
        rows.append(button(turn.words("lost.mine"), "lost.mine"))
    if colleagues.is_manager(turn):
        rows.append(button(turn.words("lost.other"), "lost.other"))
    answer(turn, turn.words("lost.which" if rows else "lost.nowhere"), *rows)


# -- one's own ----------------------------------------------------------------------------------


def ask_mine(turn: Turn, _: str = "") -> None:
    """Yes or no."""
    if not _elsewhere(turn):
        answer(turn, turn.words("lost.nowhere"))
        return
    answer(
        turn,
        turn.words("lost.mine_sure"),
        button(turn.words("lost.yes"), "lost.mine_yes"),
        button(turn.words("lost.no"), "account"),
    )


def lock_mine(turn: Turn, _: str = "") -> None:
    """Every phone and page of the speaker is locked, but this one; whoever manages them hears."""
    if not _elsewhere(turn):
        answer(turn, turn.words("lost.nowhere"))
        return
    me = turn.speaker.person_id
    _lock(turn, me, but=turn.speaker.contact_id)
    cause = turn.work.new_id()
    for person_id in _managers(turn, me):
        colleagues.tell_person(
            turn,
            person_id,
            turn.words("lost.of_yours", name=colleagues.called(turn, me)),
            button(turn.words("lost.code_button"), "lost.code", str(me)),
            key=f"lost:{cause}:{person_id}",
        )
    answer(turn, turn.words("lost.mine_done"))


def _elsewhere(turn: Turn) -> bool:
    """True when the speaker talks to us at some other phone or page, too."""
    here = turn.speaker.contact_id
    return any(row_id != here for row_id, _ in turn.work.locks.open_of(turn.speaker.person_id))


def _managers(turn: Turn, person_id: int) -> list[int]:
    """Whoever manages one of a person's posts, each once."""
    posts = turn.work.people.roles_ahead(person_id)
    found = {
        holder.person_id: None
        for post in posts
        if post.role in turn.rules.policy.roles
        for holder in colleagues.managers_of(turn, post.role, post.area_id)
    }
    return [one for one in found if one != person_id]


# -- of somebody whom one manages ---------------------------------------------------------------


def ask_whose(turn: Turn, _: str = "") -> None:
    """Whose: a name."""
    if colleagues.is_manager(turn):
        filling.begin(turn, "lost_phone", in_place=True)
    else:
        answer(turn, turn.words("people.not_yours"))


def named(turn: Turn, filled: Filled) -> None:
    """The name is given: whoever is called so, a button each that locks."""
    staff = colleagues.staff(turn, ahead=True)
    wanted = filled.answers["holder_name"]
    found = [one for one in colleagues.named(turn, staff, wanted) if one != _me(turn)]
    rows = [
        button(colleagues.with_posts(turn, one, staff[one]), "lost.lock", str(one))
        for one in found[:SHOWN]
    ]
    text = turn.words("lost.tap" if rows else "term.nobody", name=wanted)
    answer(turn, text, *rows, button(turn.words("term.again"), "lost.other"))


def ask(turn: Turn, person: str) -> None:
    """From a list, where a finger slips: yes or no."""
    person_id = _managed(turn, person)
    if person_id is None:
        return
    if person_id in turn.work.locks.without_phone([person_id]):
        offer_code(turn, person)
        return
    answer(
        turn,
        turn.words("lost.sure", name=colleagues.called(turn, person_id)),
        button(turn.words("lost.yes"), "lost.lock", person),
        button(turn.words("lost.no"), "mine"),
    )


def lock(turn: Turn, person: str) -> None:
    """Everything that leads to this person is locked now."""
    person_id = _managed(turn, person)
    if person_id is None:
        return
    _lock(turn, person_id, but=None)
    answer(
        turn,
        turn.words("lost.done", name=colleagues.called(turn, person_id)),
        button(turn.words("lost.code_button"), "lost.code", person),
    )


def offer_code(turn: Turn, person: str) -> None:
    """Eight digits for somebody whose phone was locked: whoever sends them is that person."""
    person_id = _managed(turn, person)
    if person_id is None:
        return
    digits = turn.work.links.offer(person_id, given_by=_me(turn))
    name, number = colleagues.called(turn, person_id), f"{digits[:4]} {digits[4:]}"
    answer(turn, turn.words("lost.code", name=name, number=number))


def tell_of_return(turn: Turn, person_id: int, given_by: int) -> None:
    """Whoever gave the digits hears that they were used, and so does somebody who can ask.

    Else a manager becomes whoever they manage, and nobody knows.
    """
    name, giver = (colleagues.called(turn, one) for one in (person_id, given_by))
    told = {given_by: turn.words("lost.back", name=name)}
    managers = [one for one in _managers(turn, person_id) if one != given_by]
    keepers = administration.keepers(turn.work, turn.rules)
    for one in managers or [one for one in keepers if one not in (person_id, given_by)]:
        told[one] = turn.words("lost.back_by", name=name, who=giver)
    cause = turn.work.new_id()
    for one, text in told.items():
        colleagues.tell_person(turn, one, text, key=f"unlocked:{cause}:{one}")


def _managed(turn: Turn, person: str) -> int | None:
    """The person, if the speaker manages one of their posts; else they are told so."""
    person_id = int(person) if person.isdecimal() else 0
    posts = turn.work.people.roles_ahead(person_id)
    if person_id != _me(turn) and any(
        colleagues.manages(turn, post.role, post.area_id) for post in posts
    ):
        return person_id
    answer(turn, turn.words("people.not_yours"))
    return None


def _me(turn: Turn) -> int:
    return turn.speaker.person_id


# -- the lock -----------------------------------------------------------------------------------


def _lock(turn: Turn, person_id: int, *, but: int | None) -> None:
    locked = turn.work.locks.lock(person_id, by=_me(turn), but=but, alarm=ALARM)
    for contact in locked.contacts:
        card = Card(
            text=turn.words("lost.there"), calls=saying.EMERGENCY, wipes=_messages(turn, contact)
        )
        key = f"{OF_LOCKS}{contact.id}:{turn.work.new_id()}"
        turn.tell(contact.id, contact.channel, card, key=key, priority=REPLY)
    if turn.work.people.reach(person_id) is None:
        _pass_on(turn, person_id, locked)


def _messages(turn: Turn, contact: Contact) -> tuple[str, ...]:
    """What the lost phone still shows, as far as it can be removed."""
    if contact.channel not in wiping.APPS:
        return PAGE
    return wiping.messages(turn, contact.id)


def _pass_on(turn: Turn, person_id: int, locked: Locked) -> None:
    """The alarms that were shown at the lost phone go on, as if they had not arrived."""
    for about, card, priority in locked.alarms:
        kind, _, row = about.partition(":")
        case = turn.work.cases.get(int(row)) if kind == "case" else None
        if case is not None and (not case.is_accepted or case.owner.person_id == person_id):
            turn.work.undelivered.add(person_id, about, "gone", card, priority)

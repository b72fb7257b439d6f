"""A channel that was given up: whoever still writes there is shown the way to the chat page."""

from collections.abc import Sequence

from conversation.cards import Card
from handlers import filling, home
from handlers.people import account
from handlers.people.invite_sheet import TOKEN
from handlers.turn import Turn
from storage.people.person import Contact
from storage.work import Work

#: What the link of somebody who moves begins with, where an invitation's token may stand.
LINK = "link-"
#: The chat page's part of an address.
PAGE = "/chat#"


def point(turn: Turn) -> None:
    """Below whatever was answered: a link by which the page knows who comes, once an hour."""
    door = next((one for one in turn.rules.doors if PAGE in one), None)
    key = f"move:{turn.speaker.contact_id}:{turn.work.now:%Y%m%d%H}"
    if door is None or not turn.spoken or turn.work.outbox.spoke(key):
        return
    life = turn.rules.policy.timing["invite_life"]
    way = turn.work.links.offer_way(turn.speaker.person_id, life)
    text = turn.words("move.there", text=door.replace(TOKEN, f"{LINK}{way}"))
    turn.say(Card(text=text), key=key, asks=False)


def arrive(turn: Turn, token: str) -> bool:
    """True for such a link: the page is theirs, with what they had begun and what waits."""
    if not token.startswith(LINK):
        return False
    stays = account.come_by(turn, token.removeprefix(LINK))
    if stays is None:
        return True
    here = turn.speaker.contact_id
    for one in turn.work.people.contacts_of(stays):
        if one.channel in turn.rules.given_up:
            turn.work.drafts.move(one.id, here)
            turn.work.sending.readdress(one.id, here, turn.speaker.channel)
    turn.say(Card(text=turn.words("move.came")), asks=False)
    if turn.draft is not None or turn.work.drafts.open_of(here):
        filling.go_on(turn)
    else:
        home.show(turn)
    return True


def leave(work: Work, contacts: Sequence[int]) -> None:
    """Messages reach nobody there any more; what was begun there goes on elsewhere, if it can."""
    for one in contacts:
        work.people.mark_reachable(one, False)
        if (to := _elsewhere(work, one)) is not None:
            work.drafts.move(one, to.id)


def carry(work: Work, contacts: Sequence[int]) -> None:
    """What waits for these contacts goes to another of their people's."""
    for one in contacts:
        if (to := _elsewhere(work, one)) is not None:
            work.sending.readdress(one, to.id, to.channel)


def _elsewhere(work: Work, contact_id: int) -> Contact | None:
    """Where its person was heard last, of where messages reach them."""
    here = work.people.contact(contact_id)
    ways = work.people.reachable_of(here.person_id) if here is not None else ()
    return next((one for one in ways if one.id != contact_id), None)

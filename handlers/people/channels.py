"""哪里收提醒: of several phones and pages which hear reminders, and which only what is urgent."""

from handlers.saying import answer, button
from handlers.turn import Turn
from storage.people.person import Contact

#: Nobody is told anything there.
NO_PHONES = frozenset({"console", "api"})


def show(turn: Turn, _: str = "") -> None:
    """Each of them with what it hears; a tap makes it the other."""
    found = of_speaker(turn)
    if len(found) < 2:
        most = turn.rules.policy.reminders.most_a_day
        answer(turn, turn.words("hears.alone", count=most))
        return
    rows = [
        button(
            turn.words("hears.urgent" if one.alarms_only else "hears.all", name=_name(turn, one)),
            "hears.turn",
            str(one.id),
        )
        for one in found
    ]
    answer(turn, turn.words("hears.which"), *rows)


def turn_over(turn: Turn, contact_id: str) -> None:
    """Of one of the speaker's own the other wish."""
    found = {str(one.id): one for one in of_speaker(turn)}
    if contact_id in found:
        _wish(turn, found[contact_id], not found[contact_id].alarms_only)
    else:
        show(turn)


def urgent_here(turn: Turn, _: str = "") -> None:
    """这里只收急的."""
    _wish_here(turn, True)


def all_here(turn: Turn, _: str = "") -> None:
    """这里什么都收."""
    _wish_here(turn, False)


def of_speaker(turn: Turn) -> list[Contact]:
    """Where the speaker is told something."""
    contacts = turn.work.people.contacts_of(turn.speaker.person_id)
    return [one for one in contacts if one.channel not in NO_PHONES]


def _wish_here(turn: Turn, alarms_only: bool) -> None:
    here = next((one for one in of_speaker(turn) if one.id == turn.speaker.contact_id), None)
    if here is None:
        show(turn)
    else:
        _wish(turn, here, alarms_only)


def _wish(turn: Turn, contact: Contact, alarms_only: bool) -> None:
    """Reminders are heard somewhere: the last one that hears them goes on."""
    others = [one for one in of_speaker(turn) if one.id != contact.id]
    if alarms_only and not others:
        show(turn)
        return
    if alarms_only and all(one.alarms_only or not one.reachable for one in others):
        answer(turn, turn.words("hears.last"))
        return
    turn.work.people.set_alarms_only(contact.id, alarms_only)
    show(turn)


def _name(turn: Turn, contact: Contact) -> str:
    name = turn.words("hears.page") if contact.channel == "web" else contact.channel.capitalize()
    if contact.id == turn.speaker.contact_id:
        return turn.words("hears.here", name=name)
    return name

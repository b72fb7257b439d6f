"""Many notices of cases within an hour: the first come at once, further ones stand in one card.

Red is never gathered. The one card rings once and grows in its place; each line leads to its case.
"""

from collections.abc import Collection, Container, Iterator
from datetime import datetime

from conversation.cards import Action, Button, Card, card_from_json
from handlers.turn import REMINDER, Turn
from policy.receipt import say_number
from storage.people.person import Reach
from storage.reaching.owed import OutRow

#: How the one card of a person is known.
KIND = "gather"
#: Cases of one card; the way to all of them is the eighth button.
SHOWN = 7
OPENS = "case.details"


def took(
    turn: Turn, person_id: int, reach: Reach, about: str, card: Card, at: datetime | None
) -> bool:
    """True when the news of a case stands in the hour's one card, and is no message of its own.

    ``at`` is when it is sent, if not at once.
    """
    table = turn.rules.policy.reminders
    moment = at or turn.work.now
    since = moment - table.gather_within
    open_now = _current(turn, person_id, reach, since)
    if open_now is None:
        contacts = [one.id for one in turn.work.people.contacts_of(person_id)]
        if turn.work.outbox.told_of_cases(contacts, since, moment) < table.gather_after:
            return False
    case_id = int(about.partition(":")[2])
    told, button = line(turn, case_id, card)
    before = [one for one in _lines(open_now) if one[1].action != button.action]
    _put(turn, person_id, reach, [*before, (told, button)], open_now, at)
    return True


def drop(
    turn: Turn, about: str, people: Collection[int] | None = None, *, but: Container[int] = ()
) -> None:
    """A case that asks nothing any more stands in nobody's card, or not in those of ``people``.

    The cards of the contacts ``but`` stay.
    """
    outbox = turn.work.outbox
    if not about.startswith("case:"):
        return
    if people is None:
        rows = outbox.gathered(turn.work.now)
    else:
        rows = tuple(row for one in people for row in outbox.about(f"{KIND}:{one}"))
    gone = Action(OPENS, about.partition(":")[2])
    for row in rows:
        lines = _lines(row)
        left = [one for one in lines if one[1].action != gone]
        if len(left) < len(lines) and row.contact_id not in but:
            reach = Reach(contact_id=row.contact_id, channel=row.channel)
            _put(turn, _person(row), reach, left, row, None)


def apart(row: OutRow) -> Iterator[tuple[str, Card]]:
    """The matters of such a card, each with a card of its own."""
    for line, button in _lines(row) if _is_gathered(row) else ():
        yield f"case:{button.action.arg}", Card(text=line, rows=((button,),))


def cases_of(row: OutRow) -> tuple[int, ...]:
    """The cases that stand in such a card."""
    return tuple(int(button.action.arg) for _, button in _lines(row)) if _is_gathered(row) else ()


def _is_gathered(row: OutRow) -> bool:
    return (row.about or "").startswith(f"{KIND}:")


def _current(turn: Turn, person_id: int, reach: Reach, since: datetime) -> OutRow | None:
    """The card that still grows: begun within the hour, where its reader is told now."""
    for row in reversed(turn.work.outbox.about(f"{KIND}:{person_id}")):
        began = turn.work.outbox.key_of(row.id).split(":")[2]
        if datetime.fromisoformat(began.replace("h", ":")) > since:
            fits = row.contact_id == reach.contact_id and len(_lines(row)) < SHOWN
            return row if fits else None
    return None


def _put(
    turn: Turn,
    person_id: int,
    reach: Reach,
    lines: list[tuple[str, Button]],
    before: OutRow | None,
    at: datetime | None,
) -> None:
    """The card in the place of the one before."""
    outbox = turn.work.outbox
    began = (at or turn.work.now).isoformat().replace(":", "h")
    replaces = None
    if before is not None:
        began = outbox.key_of(before.id).split(":")[2]
        outbox.settle(before.id)
        outbox.supersede(before.id)
        replaces = before.id if before.state == "sent" else before.replaces
    turn.tell(
        reach.contact_id,
        reach.channel,
        _card(turn, lines),
        key=f"{KIND}:{person_id}:{began}:{turn.work.new_id()}",
        priority=REMINDER,
        about=f"{KIND}:{person_id}" if lines else None,
        replaces=replaces,
        not_before=at,
    )


def _card(turn: Turn, lines: list[tuple[str, Button]]) -> Card:
    home = Button(label=turn.words("mine.cases"), action=Action("cases"))
    if not lines:
        return Card(text=turn.words("gather.over"), rows=((home,),))
    text = [turn.words("gather.title", count=len(lines)), *(line for line, _ in lines)]
    return Card(text="\n".join(text), rows=(*((button,) for _, button in lines), (home,)))


def line(turn: Turn, case_id: int, card: Card) -> tuple[str, Button]:
    """A case in one line, of what a card says first, and the way to it."""
    case = turn.work.cases.get(case_id)
    assert case is not None
    number = say_number(case.number)
    line = turn.words(
        "gather.line",
        number=number,
        grade=turn.words(f"grade.{case.grade}"),
        area=turn.work.areas.full_name(case.area_id) if case.area_id else "",
        what=card.text.partition("\n")[0],
    )
    label = turn.words("progress.open", number=number)
    return line, Button(label=label, action=Action(OPENS, str(case_id)))


def _lines(row: OutRow | None) -> list[tuple[str, Button]]:
    """The cases of a card with what it says of each, the oldest first."""
    if row is None:
        return []
    card = card_from_json(row.card)
    buttons = [one for one in card.all_buttons() if one.action.verb == OPENS]
    told = card.text.split("\n")[-len(buttons) :] if buttons else []
    return list(zip(told, buttons, strict=True))


def _person(row: OutRow) -> int:
    return int((row.about or "").partition(":")[2])

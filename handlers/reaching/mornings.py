"""What could not be told as it rang is told in the morning, all of it in one card for each.

The office was closed, or the day was full (``quiet``). Whatever was done meanwhile is not told.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from conversation.cards import Button, Card
from handlers.cases import duties
from handlers.matter import Matter
from handlers.reaching import gathering, ringing, telling
from handlers.rules import Rules
from handlers.saying import home_row
from handlers.turn import REMINDER, Turn
from storage.cases.duties import Duty, Waiting
from storage.work import Reading

#: Matters of one card, duties of one matter, and bytes of all lines: what has no room waits on.
SHOWN, EACH, ROOM = 6, 3, 1000


@dataclass(slots=True, kw_only=True)
class Item:
    """One matter, and what of it waits."""

    matter: Matter
    waiting: list[Waiting] = field(default_factory=list)


def people(reading: Reading, rules: Rules, day: date) -> tuple[int, ...]:
    """Who has something waiting on the morning of a day."""
    return reading.duties.waited_for(_morning(rules, day))


def send(turn: Turn, person_id: int, day: date) -> None:
    """One card to whoever should have heard, or who stands in for them; once a day."""
    key = f"duty:morning:{day:%Y%m%d}:{person_id}"
    if turn.work.outbox.spoke(key):
        return
    items = _items(turn, person_id, day)
    shown = _fitting(turn, items)
    for one in shown:
        for waiting in one.waiting:
            turn.work.duties.told(waiting)
    if not shown:
        return
    reader = turn.work.deputies.deputy_of(person_id, turn.work.now)
    if reader is None or any(reader in one.matter.without for one in shown):
        reader = person_id
    if len(items) > 1 and telling.way_to(turn, reader, REMINDER, None) is not None:
        card = _card(turn, shown, len(items) - len(shown))
        telling.tell_person(turn, reader, card, key=key)
        return
    # Alone, or for whom somebody is to telephone: each is a matter of its own.
    for number, one in enumerate(shown):
        own = f"{key}:{number}" if number else key
        telling.tell_person(turn, reader, _one(turn, one), key=own, about=one.matter.about)


def _morning(rules: Rules, day: date) -> datetime:
    return datetime.combine(day, rules.policy.reminders.digest_from, rules.zone)


def _items(turn: Turn, person_id: int, day: date) -> list[Item]:
    """What still waits for a person, by its matter; what does not any more is let go."""
    found: dict[str, Item] = {}
    for one in turn.work.duties.waiting(person_id, _morning(turn.rules, day)):
        matter = _matter(turn, one, person_id)
        if matter is None:
            turn.work.duties.told(one)
        else:
            found.setdefault(matter.about, Item(matter=matter)).waiting.append(one)
    return [*found.values()]


def _matter(turn: Turn, one: Waiting, person_id: int) -> Matter | None:
    """None where it is done, is somebody else's now, or must not be heard by them any more."""
    duty = one.duty
    matter = ringing.MATTERS[duty.subject](turn, duty) if duty.state == "open" else None
    if matter is None or person_id in matter.without:
        return None
    is_theirs = one.step != "self" or duty.person_id in (None, person_id)
    return matter if is_theirs or _acts_for(turn, person_id, duty) else None


def _acts_for(turn: Turn, person_id: int, duty: Duty) -> bool:
    return duty.person_id in turn.work.deputies.acting_for(person_id, turn.work.now)


def _fitting(turn: Turn, items: Sequence[Item]) -> list[Item]:
    """As many as there is room for; one in any case."""
    shown: list[Item] = []
    room = ROOM
    for number, one in enumerate(items[:SHOWN], 1):
        room -= len("\n".join(_lines(turn, number, one)).encode())
        if shown and room < 0:
            break
        shown.append(one)
    return shown


def _one(turn: Turn, item: Item) -> Card:
    """One matter says all, and offers what may be done about it; what else of it waits follows."""
    first, *others = item.waiting
    card = ringing.card_of(
        turn, first.duty, item.matter, turn.work.now, goes_above=_goes_above(first)
    )
    return replace(card, text="\n".join([card.text, *_steps(turn, others)]))


def _goes_above(one: Waiting) -> bool:
    return one.step != "self"


def _card(turn: Turn, shown: Sequence[Item], left: int) -> Card:
    lines = [turn.words("remind.morning", count=len(shown) + left)]
    for number, one in enumerate(shown, 1):
        lines += _lines(turn, number, one)
    if left:
        lines.append(turn.words("remind.morning_more", count=left))
    looks = [_look(turn, number, one) for number, one in enumerate(shown, 1)]
    return Card(text="\n".join(lines), rows=(*telling.pairs(looks), home_row(turn)))


def _lines(turn: Turn, number: int, item: Item) -> list[str]:
    """What it is about, and below it what is to be done, by when and by whom."""
    head = turn.words("remind.morning_item", number=number, text=_headline(turn, item))
    return [head, *_steps(turn, item.waiting)]


def _steps(turn: Turn, waiting: Sequence[Waiting]) -> list[str]:
    lines = []
    for one in waiting[:EACH]:
        text = duties.said(turn, one.duty)
        if _goes_above(one):
            name = ringing.called(turn, one.duty)
            lines.append(turn.words("remind.morning_whose", text=text, name=name))
        else:
            lines.append(turn.words("remind.morning_what", text=text))
    if len(waiting) > EACH:
        lines.append(turn.words("remind.morning_others", count=len(waiting) - EACH))
    return lines


def _headline(turn: Turn, item: Item) -> str:
    duty = item.waiting[0].duty
    if duty.subject == "case":
        line, _ = gathering.line(turn, duty.subject_id, Card(text=item.matter.text))
        return line.lstrip("· ")
    return item.matter.text.partition("\n")[0]


def _look(turn: Turn, number: int, item: Item) -> Button:
    duty = item.waiting[0].duty
    if duty.subject == "case":
        action = gathering.line(turn, duty.subject_id, Card(text=""))[1].action
    else:
        action = item.matter.rows[0][0].action
    return Button(label=turn.words("remind.morning_look", number=number), action=action)

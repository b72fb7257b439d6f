"""The morning's digest: what is due today and overdue, one card a day for each who must do it.

The pushed card names no child; names are on the list behind it (``due_list``). It shrinks as
visits are done.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from conversation.cards import Action, Button, Card, card_from_json
from handlers.outgoing import Told
from handlers.people import colleagues
from handlers.reaching.telling import pairs
from handlers.rules import Rules
from handlers.saying import button, note
from handlers.turn import REMINDER, Turn
from handlers.visiting import shares, tier_rounds, visits
from handlers.visiting.households import Home, Seen, read
from handlers.visiting.shares import Share
from policy.masking import mask_name
from storage.work import Reading

#: Households that one pushed card lists; the list behind it has them all.
LINES = 8
#: Bytes of its lines in UTF-8: with the buttons the card stays below two kilobytes (a slow line).
ROOM = 1150
#: Short buttons that stand in one row.
ACROSS = 3


def key_of(day: date, person_id: int) -> str:
    """Names the one digest of a person's day."""
    return f"digest:{day:%Y%m%d}:{person_id}"


def about(person_id: int) -> str:
    """How rows of the outbox name a person's digest."""
    return f"digest:{person_id}"


def unsent(reading: Reading, rules: Rules, day: date) -> Mapping[int, Share]:
    """The shares of a day that nobody was told of, and those of whom one must hear more."""
    found = shares.of_day(reading, rules, day)
    spoken = reading.outbox.spoken(key_of(day, person) for person in found)
    return {
        person: share
        for person, share in found.items()
        if share.undelivered or key_of(day, person) not in spoken
    }


def send(turn: Turn, told: Mapping[int, Share], day: date) -> None:
    """One card for each; the digests of earlier days ask for nothing any more."""
    spoken = turn.work.outbox.spoken(key_of(day, person) for person in told)
    fresh: dict[int, Share] = {}
    for person, share in told.items():
        if key_of(day, person) not in spoken:
            fresh[person] = share
        elif share.undelivered:
            _redraw(turn, person, share, day)
    seen = read(turn.work, [child for share in fresh.values() for child in share.told()])
    cards = {
        person: card
        for person, share in fresh.items()
        if (card := _card(turn, share, day, seen)) is not None
    }
    turn.work.outbox.lay_aside(map(about, cards))
    reaches = turn.work.people.reaches(cards)
    turn.tell_all(
        [
            Told(
                contact_id=reaches[person].contact_id,
                channel=reaches[person].channel,
                card=card,
                key=key_of(day, person),
                about=about(person),
            )
            for person, card in cards.items()
            if person in reaches
        ],
        priority=REMINDER,
    )


def refresh(turn: Turn, people: Iterable[int]) -> None:
    """The digests of these people, in their places, as things stand after this turn's visits."""
    day = turn.at.date()
    for person_id in dict.fromkeys(people):
        if turn.work.outbox.about(about(person_id)):
            _redraw(turn, person_id, share_now(turn, person_id), day)


def share_now(turn: Turn, person_id: int) -> Share:
    """A person's share now, without walking the county: their own, and who they stand in for."""
    work = turn.work
    people = [person_id, *work.deputies.acting_for(person_id, work.now)]
    until = shares.end_of(turn.at.date(), turn.rules)
    quiet = work.visits.quiet_on(turn.at.date())
    horizon = shares.horizon_of(turn.at.date(), turn.rules)
    mine = [one for one in work.duties.of_people(people, horizon) if one.kind == "visit"]
    own = [one.subject_id for one in mine if one.due_at <= until]
    ahead = len(mine) - len(own)
    instead = [one for one in _told_instead(turn, person_id) if one not in own]
    morning = shares.morning_of(turn.at.date(), turn.rules)
    climbed = work.visits.climbed(morning).get(person_id, ())
    return Share(
        tiers=len(tier_rounds.waiting(turn, person_id)),
        ahead=ahead if ahead >= turn.rules.policy.reminders.ahead_least else 0,
        own=[one for one in own if one not in quiet],
        instead=[one for one in instead if one not in quiet],
        climbed=[one for one in climbed if one not in {*quiet, *own, *instead}],
    )


def due(turn: Turn) -> list[Home]:
    """The households that the speaker has to visit, in the order of their list."""
    share = share_now(turn, turn.speaker.person_id)
    return read(turn.work, share.all()).homes(share.all())


def _told_instead(turn: Turn, person_id: int) -> list[int]:
    """The children who fell to a person this morning, and whose visit is still due.

    The digest itself remembers them: to find them anew is to walk the county.
    """
    rows = turn.work.outbox.about(about(person_id))
    told = _remembered(card_from_json(rows[-1].card)) if rows else []
    duties = turn.work.duties.visits_of(told)
    ends = shares.end_of(turn.at.date(), turn.rules)
    return [child_id for child_id, duty in duties.items() if duty.due_at <= ends]


def _remembered(card: Card) -> list[int]:
    """The children whose own people were not reached, as the digest's first button knows them."""
    opens = next((one.action.arg for one in card.all_buttons() if one.action.verb == "visits"), "")
    return [int(one) for one in opens.split(",") if one]


def _redraw(turn: Turn, person_id: int, share: Share, day: date) -> None:
    text = turn.words("digest.all_done", when=_day(turn, day))
    seen = read(turn.work, share.told())
    card = _card(turn, share, day, seen) or note(turn, text)
    for row in turn.work.outbox.about(about(person_id)):
        if card_from_json(row.card).text == card.text:
            continue
        turn.work.outbox.settle(row.id)
        turn.work.outbox.supersede(row.id)
        turn.tell(
            row.contact_id,
            row.channel,
            card,
            key=f"{about(person_id)}:{turn.work.new_id()}",
            priority=REMINDER,
            about=about(person_id),
            replaces=row.id if row.state == "sent" else row.replaces,
        )


# -- the card -----------------------------------------------------------------------------------


def _card(turn: Turn, share: Share, day: date, seen: Seen) -> Card | None:
    """None when there is nothing to say."""
    homes, climbed = seen.homes(share.all()), seen.homes(share.climbed)
    if not homes and not climbed and not share.tiers and not share.ahead:
        return None
    room = ROOM // (2 if homes and climbed else 1)
    own = _fitting(turn, homes, room, undelivered=frozenset(share.undelivered))
    others = _fitting(turn, climbed, room, undelivered=frozenset(), whose=True)
    key = "digest.title" if homes or climbed else "digest.title_tiers"
    lines = [
        turn.words(key, when=_day(turn, day)),
        *(_of_own(turn, own, homes) if homes else []),
        *(_of_climbed(turn, others, climbed) if climbed else []),
        *([turn.words("digest.tiers", count=share.tiers)] if share.tiers else []),
        *_of_ahead(turn, share, homes),
    ]
    taps = _taps(turn, homes[: len(own)])
    lists = _list_rows(turn, share, homes) if homes or climbed else ()
    return Card(text="\n".join(lines), rows=(*taps, *lists[:1], *_looks(turn, share), *lists[1:]))


def _of_own(turn: Turn, told: Sequence[str], homes: Sequence[Home]) -> list[str]:
    late = [home for home in homes if home.due < turn.work.now]
    count = sum(len(home.children) for home in homes)
    head = turn.words("digest.count", what=len(homes), count=count)
    if late:
        head += turn.words("digest.count_late", count=len(late))
    return [head, *_by_place(turn, told, homes)]


def _of_climbed(turn: Turn, told: Sequence[str], homes: Sequence[Home]) -> list[str]:
    return [turn.words("digest.climbed", count=len(homes)), *_by_place(turn, told, homes)]


def _of_ahead(turn: Turn, share: Share, homes: Sequence[Home]) -> list[str]:
    """What comes up, so that not all of it is due on one morning."""
    if not share.ahead:
        return []
    key = "digest.ahead_besides" if homes else "digest.ahead"
    days = turn.rules.policy.reminders.ahead_days
    return [turn.words(key, count=share.ahead, what=days)]


def _list_rows(turn: Turn, share: Share, homes: Sequence[Home]) -> tuple[tuple[Button, ...], ...]:
    """The way to the list, which remembers who fell to this person; and what lets it wait."""
    remembered = ",".join(map(str, share.instead))
    open_it = button(turn.words("digest.open"), "visits", remembered)
    return (open_it, *(wait_rows(turn) if homes else ()))


def wait_rows(turn: Turn) -> tuple[tuple[Button, ...], ...]:
    """明天再提醒, 说明原因."""
    later = Button(label=turn.words("digest.later"), action=Action("visits.later"))
    why = Button(label=turn.words("digest.why"), action=Action("visits.why"))
    return pairs([later, why])


def _looks(turn: Turn, share: Share) -> tuple[tuple[Button, ...], ...]:
    return (
        *([button(turn.words("digest.tiers_look"), "tiers")] if share.tiers else []),
        *([button(turn.words("mine.children"), "children")] if share.ahead else []),
    )


def _taps(turn: Turn, homes: Sequence[Home]) -> tuple[tuple[Button, ...], ...]:
    """One tap from the morning's card to the visit of each household, by the number of its line.

    The labels name nobody: they stand on a lock screen.
    """
    taps = [
        Button(
            label=turn.words("digest.tap", number=number),
            action=Action("visit", str(home.duties[0].subject_id)),
        )
        for number, home in enumerate(homes, 1)
    ]
    return tuple(tuple(taps[at : at + ACROSS]) for at in range(0, len(taps), ACROSS))


def _fitting(
    turn: Turn,
    homes: Sequence[Home],
    room: int,
    *,
    undelivered: frozenset[int],
    whose: bool = False,
) -> list[str]:
    """The lines of as many households as there is room for; of one in any case."""
    lines: list[str] = []
    for number, home in enumerate(homes[:LINES], 1):
        line = _line(turn, number, home, undelivered=undelivered, whose=whose)
        room -= len(line.encode())
        if lines and room < 0:
            break
        lines.append(line)
    return lines


def _by_place(turn: Turn, told: Sequence[str], homes: Sequence[Home]) -> list[str]:
    """The lines below their places, and how many households have none."""
    lines: list[str] = []
    place = None
    for line, home in zip(told, homes, strict=False):
        if home.area_id != place:
            place = home.area_id
            lines.append(turn.words("digest.place", area=turn.work.areas.full_name(place)))
        lines.append(line)
    if len(homes) > len(told):
        lines.append(turn.words("digest.more", count=len(homes) - len(told)))
    return lines


def _line(turn: Turn, number: int, home: Home, *, undelivered: frozenset[int], whose: bool) -> str:
    names = "、".join(mask_name(child.name) for child in home.children)
    line = turn.words(
        "digest.line",
        number=number,
        name=names,
        left=visits.left(turn, home.due),
        what=turn.words(f"visits.step.{visits.step(home.duties[0])}"),
        reasons=visits.reasons(turn, home.duties[0], most=1),
    )
    person = home.duties[0].person_id
    missing = any(child.id in undelivered for child in home.children)
    if person is None:
        line += turn.words("digest.nobody")
    elif whose or missing:
        key = "digest.undelivered" if missing else "digest.whose"
        line += turn.words(key, name=colleagues.called(turn, person))
    return line


def _day(turn: Turn, day: date) -> str:
    week = "一二三四五六日"[day.weekday()]
    return turn.words("digest.day", when=visits.say_day(turn, day), what=week)

"""The morning's digest: what is due today and overdue, one card a day for each who must do it.

The pushed card names no child; names are on the list behind it. It shrinks as visits are done.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from conversation.cards import Action, Button, Card, card_from_json
from handlers import filling
from handlers.children import register
from handlers.people import colleagues
from handlers.reaching.telling import pairs
from handlers.saying import BESIDE, answer, button, note
from handlers.turn import REMINDER, Filled, Rules, Told, Turn
from handlers.visiting import tier_rounds, visits
from policy.masking import mask_name
from policy.routing import seated
from storage.cases.duties import Duty
from storage.children.child import Child
from storage.repository import in_parts
from storage.visiting.visit import Due
from storage.work import Reading

#: Households that one pushed card lists; the list behind it has them all.
LINES = 8
#: Bytes of its lines in UTF-8: with the buttons the card stays below two kilobytes (a slow line).
ROOM = 1150
#: Children of whom the digests of one turn speak.
TOLD = 400
#: Short buttons that stand in one row.
ACROSS = 3
#: Why a child's own people are not reached, as far as a digest speaks of it.
UNDELIVERED = ("unreachable", "unregistered")


@dataclass(slots=True, kw_only=True)
class Share:
    """What stands in one person's digest: children by what they are to them."""

    own: list[int] = field(default_factory=list)
    #: Whose own people are away, unknown or were not reached.
    instead: list[int] = field(default_factory=list)
    undelivered: list[int] = field(default_factory=list)
    #: Missed visits that climbed to them.
    climbed: list[int] = field(default_factory=list)
    #: How many children of theirs have a tier that is to be looked at again.
    tiers: int = 0

    def all(self) -> list[int]:
        """The children whose visit is this person's to do."""
        return [*self.own, *self.instead]

    def told(self) -> list[int]:
        """All children of whom the digest speaks."""
        return [*self.all(), *self.climbed]


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The children of one household whose visits are due."""

    area_id: int
    children: tuple[Child, ...]
    duties: tuple[Duty, ...]

    @property
    def due(self) -> datetime:
        """The earliest of their times."""
        return min(duty.due_at for duty in self.duties)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """Children and their next visits, read at once for everybody who hears of them."""

    children: dict[int, Child]
    duties: dict[int, Duty]


# -- whose it is --------------------------------------------------------------------------------


def shares(reading: Reading, rules: Rules, day: date) -> Mapping[int, Share]:
    """Every person's share of a day; while anybody is there, nothing overdue is without them."""
    until = datetime.combine(day + timedelta(days=1), time(), rules.zone)
    quiet = reading.visits.quiet_on(day)
    found: dict[int, Share] = defaultdict(Share)
    hands, dues = _Hands(reading, rules), reading.visits.due(until)
    climbed = reading.visits.climbed(reading.now)
    hands.meet({due.person_id for due in dues if due.person_id is not None}.union(climbed))
    for due in dues:
        person, cause = hands.of(due)
        if person is None or due.child_id in quiet:
            continue
        share = found[person]
        (share.instead if cause else share.own).append(due.child_id)
        if cause in UNDELIVERED:
            share.undelivered.append(due.child_id)
    for person, children in climbed.items():
        if hands.is_reached(person):
            share = found[person]
            share.climbed += [one for one in children if one not in {*quiet, *share.all()}]
    for owner, area, count in tier_rounds.whose(reading, rules):
        who = hands.for_tiers(owner, area)
        if who is not None:
            found[who].tiers += count
    return found


class _Hands:
    """Who has a visit to do today, found at once for all persons and once for each place."""

    def __init__(self, reading: Reading, rules: Rules) -> None:
        self._reading, self._rules = reading, rules
        self._gaps = {
            gap.child_id: gap.cause
            for root in reading.areas.roots()
            for gap in reading.responsibilities.gaps(root.id, at_most=1 << 30)
            if gap.cause != "elsewhere"  # far away, but reached
        }
        self._deputies = reading.deputies.all_at(reading.now)
        self._places: dict[int | None, int | None] = {}
        self._reached: dict[int, bool] = {}

    def meet(self, people: Collection[int]) -> None:
        """Ask at once which of these are reached, and of whoever stands in for them."""
        asked = {*people, *(self._deputies.get(one, one) for one in people)}
        reaches = self._reading.people.reaches(asked)
        self._reached |= {one: one in reaches for one in asked}

    def of(self, due: Due) -> tuple[int | None, str]:
        """The person, and why it is not whom the child was given to."""
        cause = self._gaps.get(due.child_id, "")
        if due.person_id is not None and not cause:
            person = self._stand_in(due.person_id)
            if person is not None:
                return person, ""
            cause = "unreachable"
        return self._instead(due.area_id), cause or "nobody"

    def for_tiers(self, owner: int, area_id: int) -> int | None:
        """Who looks at the tiers of somebody's children: they, or whoever stands in for them."""
        return self._stand_in(owner) if owner else self._instead(area_id)

    def is_reached(self, person_id: int) -> bool:
        """True for whom a message finds."""
        if person_id not in self._reached:
            self.meet([person_id])
        return self._reached[person_id]

    def _stand_in(self, person_id: int) -> int | None:
        """The person, or whoever does their work today; None when neither is reached."""
        whose = self._deputies.get(person_id, person_id)
        return whose if self.is_reached(whose) else None

    def _instead(self, area_id: int | None) -> int | None:
        if area_id not in self._places:
            self._places[area_id] = self._nearest(area_id)
        return self._places[area_id]

    def _nearest(self, area_id: int | None) -> int | None:
        if area_id is None:
            return None
        reading, policy = self._reading, self._rules.policy
        for role, seat in seated(policy.reminders.instead, area_id, reading.areas, policy.routing):
            for holder in reading.people.holders((role,), (seat,)):
                away = reading.deputies.away(holder.person_id, reading.now)
                if away is None:
                    return holder.person_id
                if away.deputy_id is not None and self.is_reached(away.deputy_id):
                    return away.deputy_id
        return None


def unsent(reading: Reading, rules: Rules, day: date) -> Mapping[int, Share]:
    """The shares of a day that nobody was told of, and those of whom one must hear more."""
    found = shares(reading, rules, day)
    spoken = reading.outbox.spoken(key_of(day, person) for person in found)
    return {
        person: share
        for person, share in found.items()
        if share.undelivered or key_of(day, person) not in spoken
    }


def pages(shares: Mapping[int, Share]) -> Iterator[Mapping[int, Share]]:
    """The shares, so many at a time as one turn tells: whoever talks meanwhile waits for it."""
    page: dict[int, Share] = {}
    count = 0
    for person, share in shares.items():
        page[person] = share
        count += len(share.told())
        if count >= TOLD:
            yield page
            page, count = {}, 0
    if page:
        yield page


# -- the pushed card ----------------------------------------------------------------------------


def key_of(day: date, person_id: int) -> str:
    """Names the one digest of a person's day."""
    return f"digest:{day:%Y%m%d}:{person_id}"


def about(person_id: int) -> str:
    """How rows of the outbox name a person's digest."""
    return f"digest:{person_id}"


def send(turn: Turn, shares: Mapping[int, Share], day: date) -> None:
    """One card for each; the digests of earlier days ask for nothing any more."""
    spoken = turn.work.outbox.spoken(key_of(day, person) for person in shares)
    fresh: dict[int, Share] = {}
    for person, share in shares.items():
        if key_of(day, person) not in spoken:
            fresh[person] = share
        elif share.undelivered:
            _redraw(turn, person, share, day)
    seen = _read(turn, [child for share in fresh.values() for child in share.told()])
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
            _redraw(turn, person_id, _share_of(turn, person_id), day)


def _share_of(turn: Turn, person_id: int) -> Share:
    """A person's share now, without walking the county: their own, and who they stand in for."""
    work = turn.work
    people = [person_id, *work.deputies.acting_for(person_id, work.now)]
    until = _ends(turn, turn.at.date())
    quiet = work.visits.quiet_on(turn.at.date())
    own = [one.subject_id for one in work.duties.of_people(people, until) if one.kind == "visit"]
    instead = [one for one in _told_instead(turn, person_id) if one not in own]
    climbed = work.visits.climbed(work.now).get(person_id, ())
    return Share(
        tiers=len(tier_rounds.waiting(turn, person_id)),
        own=[one for one in own if one not in quiet],
        instead=[one for one in instead if one not in quiet],
        climbed=[one for one in climbed if one not in {*quiet, *own, *instead}],
    )


def due(turn: Turn) -> list[Home]:
    """The households that the speaker has to visit, in the order of their list."""
    share = _share_of(turn, turn.speaker.person_id)
    return _homes(_read(turn, share.all()), share.all())


def _told_instead(turn: Turn, person_id: int) -> list[int]:
    """The children who fell to a person this morning, and whose visit is still due.

    The digest itself remembers them: to find them anew is to walk the county.
    """
    rows = turn.work.outbox.about(about(person_id))
    told = _remembered(card_from_json(rows[-1].card)) if rows else []
    duties = turn.work.duties.visits_of(told)
    ends = _ends(turn, turn.at.date())
    return [child_id for child_id, duty in duties.items() if duty.due_at <= ends]


def _remembered(card: Card) -> list[int]:
    """The children whose own people were not reached, as the digest's first button knows them."""
    opens = next((one.action.arg for one in card.all_buttons() if one.action.verb == "visits"), "")
    return [int(one) for one in opens.split(",") if one]


def _redraw(turn: Turn, person_id: int, share: Share, day: date) -> None:
    text = turn.words("digest.all_done", when=_day(turn, day))
    seen = _read(turn, share.told())
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


def _card(turn: Turn, share: Share, day: date, seen: _Seen) -> Card | None:
    """None when there is nothing to say."""
    homes, climbed = _homes(seen, share.all()), _homes(seen, share.climbed)
    if not homes and not climbed and not share.tiers:
        return None
    room = ROOM // (2 if homes and climbed else 1)
    own = _fitting(turn, homes, room, undelivered=frozenset(share.undelivered))
    others = _fitting(turn, climbed, room, undelivered=frozenset(), whose=True)
    key = "digest.title" if homes or climbed else "digest.title_tiers"
    lines = [turn.words(key, when=_day(turn, day))]
    if homes:
        late = [home for home in homes if home.due < turn.work.now]
        count = sum(len(home.children) for home in homes)
        lines.append(
            turn.words("digest.count", what=len(homes), count=count)
            + (turn.words("digest.count_late", count=len(late)) if late else "")
        )
        lines += _by_place(turn, own, homes)
    if climbed:
        lines.append(turn.words("digest.climbed", count=len(climbed)))
        lines += _by_place(turn, others, climbed)
    looks: tuple[tuple[Button, ...], ...] = ()
    if share.tiers:
        lines.append(turn.words("digest.tiers", count=share.tiers))
        looks = ((Button(label=turn.words("digest.tiers_look"), action=Action("tiers")),),)
    if not homes and not climbed:
        return Card(text="\n".join(lines), rows=looks)
    remembered = ",".join(map(str, share.instead))
    open_it = Button(label=turn.words("digest.open"), action=Action("visits", remembered))
    later = Button(label=turn.words("digest.later"), action=Action("visits.later"))
    why = Button(label=turn.words("digest.why"), action=Action("visits.why"))
    buttons = pairs([later, why]) if homes else ()
    return Card(
        text="\n".join(lines), rows=(*_taps(turn, homes[: len(own)]), (open_it,), *looks, *buttons)
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


def _read(turn: Turn, child_ids: Sequence[int]) -> _Seen:
    work, seen = turn.work, _Seen(children={}, duties={})
    for some in in_parts(child_ids):
        duties = work.duties.visits_of(some)
        seen.duties.update(duties)
        seen.children.update((child.id, child) for child in work.children.some(duties))
    return seen


def _homes(seen: _Seen, child_ids: Iterable[int]) -> list[Home]:
    """The households of these children, by natural village, the most overdue first in each."""
    duties = seen.duties
    households: dict[int, list[Child]] = defaultdict(list)
    for child_id in sorted(frozenset(child_ids)):
        if child := seen.children.get(child_id):
            households[child.household_id].append(child)
    homes = [
        Home(
            area_id=children[0].area_id,
            children=tuple(children),
            duties=tuple(
                sorted((duties[one.id] for one in children), key=lambda duty: duty.due_at)
            ),
        )
        for children in households.values()
    ]
    first: dict[int, int] = {}
    for home in sorted(homes, key=lambda home: (home.due, home.area_id)):
        first.setdefault(home.area_id, len(first))
    return sorted(homes, key=lambda home: (first[home.area_id], home.due))


def _day(turn: Turn, day: date) -> str:
    week = "一二三四五六日"[day.weekday()]
    return turn.words("digest.day", when=visits.say_day(turn, day), what=week)


def _ends(turn: Turn, day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), turn.rules.zone)


# -- the list behind it -------------------------------------------------------------------------


def show(turn: Turn, arg: str = "") -> None:
    """今天去哪几家: by natural village and household, with names; each household to be opened."""
    share = _share_of(turn, turn.speaker.person_id)
    seen = _read(turn, share.told())
    homes, climbed = _homes(seen, share.all()), _homes(seen, share.climbed)
    if not homes and not climbed:
        answer(turn, turn.words("visits.nothing"), *_next(turn))
        return
    start = int(arg.removeprefix("+")) if arg.startswith("+") else 0
    listed = [*((home, "visit") for home in homes), *((home, "child") for home in climbed)]
    page = listed[start : start + BESIDE]
    heads = [
        *([turn.words("visits.title", count=len(homes))] if homes else []),
        *([turn.words("visits.climbed", count=len(climbed))] if climbed else []),
    ]
    rows = [
        button(_label(turn, home), verb, str(home.duties[0].subject_id)) for home, verb in page
    ]
    if start + BESIDE < len(listed):
        rows.append(button(turn.words("form.more"), "visits", f"+{start + BESIDE}"))
    if homes:
        later, why = turn.words("digest.later"), turn.words("digest.why")
        rows.append(
            (
                Button(label=later, action=Action("visits.later")),
                Button(label=why, action=Action("visits.why")),
            )
        )
    lines = [*heads, *(_told(turn, home) for home, verb in page if verb == "visit")]
    answer(turn, "\n".join(lines), *rows)


def _told(turn: Turn, home: Home) -> str:
    duty = home.duties[0]
    return turn.words(
        "visits.line",
        name=_names(turn, home),
        what=turn.words(f"visits.step.{visits.step(duty)}"),
        reasons=visits.reasons(turn, duty, most=2),
    )


def _label(turn: Turn, home: Home) -> str:
    area = turn.work.areas.get(home.area_id)
    left = visits.left(turn, home.due)
    return turn.words(
        "visits.label", name=_names(turn, home), area=area.name if area else "", left=left
    )


def _names(turn: Turn, home: Home) -> str:
    """As far as the speaker may read them."""
    own = register.own_ids(turn)
    views = (register.view_of(turn, child, own=child.id in own) for child in home.children)
    return "、".join(
        one.child.name if "name" in one.fields else mask_name(one.child.name)
        for one in views
        if one is not None
    )


def _next(turn: Turn) -> list[tuple[Button, ...]]:
    return [button(turn.words("mine.children"), "children")]


def later(turn: Turn, _: str = "") -> None:
    """明天再提醒: the next digest speaks of it again; the day of the visit stays."""
    share = _share_of(turn, turn.speaker.person_id)
    tomorrow = turn.at.date() + timedelta(days=1)
    turn.work.visits.be_quiet(share.all(), tomorrow)
    homes = _homes(_read(turn, share.all()), share.all())
    answer(turn, turn.words("digest.put_off", count=len(homes)))


def begin_why(turn: Turn, _: str = "") -> None:
    """说明原因: why it is late; the day of the visit stays."""
    if _share_of(turn, turn.speaker.person_id).all():
        filling.begin(turn, "visit_late", in_place=True)
    else:
        answer(turn, turn.words("visits.nothing"))


def explained(turn: Turn, filled: Filled) -> None:
    """The reason stands beside every visit that is due; whoever hears of a missed one sees it."""
    filled = replace(filled, answers=filling.with_told(filled.answers, "late_note"))
    share = _share_of(turn, turn.speaker.person_id)
    for child_id in share.all():
        visits.explain(turn, child_id, filled)
    answer(turn, turn.words("digest.explained", count=len(share.all())))

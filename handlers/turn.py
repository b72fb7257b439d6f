"""One turn: what one person did, and everything that it causes, in one unit of work."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from conversation.cards import Card, Document, card_to_json, is_of_child, shown_name, to_child
from conversation.dates import needs_year
from conversation.form import Form
from conversation.windows import fitted
from handlers.outgoing import Spoken, Told, is_lasting, owed
from handlers.reaching import open_ways
from handlers.rules import Rules
from handlers.visiting import planning
from storage.people.people import NOBODY
from storage.people.person import Role, Speaker
from storage.reaching.owed import OutboxIn
from storage.reporting.drafts import Draft
from storage.work import Work

#: Priorities of what is sent: the smaller goes first.
ALARM, REPLY, REMINDER, BROADCAST = 0, 1, 2, 3
#: How long a card of this turn is its process's own to send.
LEASE = timedelta(seconds=30)
#: When what a day's bound of short messages held back goes out on the next.
MORNING = time(8)
#: So long after its last card whoever spoke as a child is spoken to so: a phone is often shared.
CHILD_STAYS = timedelta(hours=12)

#: The forms of an alarm.
OF_DANGER = frozenset({"danger", "danger_more"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A form that a person confirmed: answers by question name, and by path."""

    form: Form
    draft: Draft
    answers: Mapping[str, str] = field(repr=False)
    by_path: Mapping[str, str] = field(repr=False)


@dataclass(slots=True, kw_only=True)
class Turn:
    """The turn of one speaker. Handlers read it, say cards and write through ``work``."""

    work: Work
    rules: Rules
    speaker: Speaker
    #: When it happened, in the county's time zone.
    at: datetime
    #: What a finished form leads to.
    finish: "Callable[[Turn, Filled], None]" = field(repr=False)
    #: The draft that the person is talking about.
    draft: Draft | None = None
    #: The channel's id of the pressed message, when it is still the newest card.
    in_place: str | None = None
    #: The channel's id of the message that the person pressed on or replied to.
    replies_to: str | None = None
    #: The channel's id of what the person sent, where it can be removed again.
    heard_as: str | None = None
    #: The token of the card that the person replied to, where the channel shows it.
    replied_token: str | None = field(default=None, repr=False)
    #: True where the speaker did something, and is not only spoken to.
    is_heard: bool = False
    #: True where the speaker said a code of their authenticator app a moment ago.
    is_proven: bool = False
    #: True where the speaker's words tell of danger: they are answered, whatever it costs.
    is_urgent: bool = False
    #: True once a bound of short messages was reached in this turn.
    is_spent: bool = False
    #: A short line on the pressed button.
    toast: str | None = None
    #: Cards for the speaker, and whether somebody else was told something.
    spoken: list[Spoken] = field(default_factory=list)
    told_others: bool = False
    #: When what is being written will be read, where that is not now.
    read_at: datetime | None = None
    card_id: int | None = None
    owner: str = ""
    #: Of several posts of theirs the one, with its place, by which the speaker acts now.
    hat: tuple[str, int] | None = None
    #: Of another office's program: the post that its token names, in place of any that it holds.
    posts: tuple[Role, ...] | None = None
    #: And who made the token.
    made_by: int | None = None
    _roles: tuple[Role, ...] | None = None
    _whose: tuple[int, ...] | None = None
    _at_once: bool | None = None
    _of_child: bool | None = None

    @property
    def of_child(self) -> bool:
        """True where a child speaks of itself, or did some hours ago: what it reads says 你."""
        if self._of_child is None:
            last = self.work.outbox.newest_of(self.speaker)
            is_fresh = last is not None and self.work.now - last.created_at <= CHILD_STAYS
            was_child = last is not None and is_fresh and is_of_child(last.card)
            self._of_child = was_child and not self.roles
        return self._of_child

    @of_child.setter
    def of_child(self, is_so: bool) -> None:
        self._of_child = is_so

    @property
    def number(self) -> int:
        """The number of this turn: a button made before it is stale afterwards."""
        return self.speaker.turn + 1

    @property
    def seer(self) -> int:
        """Whose exclusions count: a program sees no case that is hidden from who let it in."""
        if self.made_by is None:
            return self.speaker.person_id
        return self.work.links.who_is(self.made_by)

    @property
    def is_elder(self) -> bool:
        """True where the speaker wants few and large buttons; the desk has its own pages.

        A short message has none: what it does not list cannot be chosen.
        """
        channel = self.speaker.channel
        return self.speaker.is_elder and channel != "console" and not open_ways.is_open(channel)

    @property
    def is_in_danger(self) -> bool:
        """True while the speaker tells of danger: in its own form, or where it was heard."""
        if self.draft is None:
            return False
        form = self.rules.form(self.work, self.draft.form_version)
        return self.draft.danger or form.name in OF_DANGER

    @property
    def hidden(self) -> tuple[int, ...]:
        """The cases that are in no number that the speaker hears; mostly none."""
        return self.work.cases.hidden_from(self.seer)

    @property
    def roles(self) -> tuple[Role, ...]:
        """The roles that the speaker holds now, and those of whom they stand in for."""
        if self.posts is not None:
            return self.posts
        if open_ways.is_open(self.speaker.channel):
            return ()
        if self._roles is None:
            people = self.work.people
            self._roles = tuple(role for one in self.whose for role in people.roles(one))
        return self._roles

    @property
    def whose(self) -> tuple[int, ...]:
        """The speaker, and those for whom they stand in now."""
        if self._whose is None:
            person_id = self.speaker.person_id
            is_open = open_ways.is_open(self.speaker.channel)
            absent = () if is_open else self.work.deputies.acting_for(person_id, self.work.now)
            self._whose = (person_id, *absent)
        return self._whose

    def as_program(self) -> "Turn":
        """The same moment, in which the program acts: nobody's name and no post stand with it."""
        return replace(self, speaker=NOBODY, draft=None, posts=(), _whose=None)

    def moment(self, at: datetime) -> str:
        """11-23 10:00 where the county is; with the year where it is long ago."""
        local = at.astimezone(self.rules.zone)
        return f"{self.day(local)} {local:%H:%M}"

    def day(self, on: date | datetime) -> str:
        """11-23, or 2025-11-23."""
        day = on.astimezone(self.rules.zone).date() if isinstance(on, datetime) else on
        return f"{day:%Y-%m-%d}" if needs_year(day, self.at.date()) else f"{day:%m-%d}"

    def words(self, key: str, /, **values: object) -> str:
        """A sentence; a child is told some of them in words of its own."""
        words = self.rules.words
        return (words.to_child if self.of_child else words)(key, **values)

    def say(
        self,
        card: Card,
        *,
        key: str | None = None,
        report_id: int | None = None,
        about: str | None = None,
        in_place: bool = False,
        asks: bool = True,
    ) -> None:
        """Answer the speaker; with ``in_place`` the card takes the place of the pressed one.

        ``key`` names a cause that is told once; a card that does not ask leaves the question open
        that stood before it. A short message beyond the day's bound is not sent.
        """
        if key and self.work.outbox.spoke(key):
            return
        fitting = self._fitting(card, asks=asks)
        priority, allowed = self._within_bounds(fitting, asks=asks)
        if allowed is None:
            return
        token = secrets.token_urlsafe(16)
        replaces = self.in_place if in_place else None
        at_once = self._goes_at_once()
        row = self.work.outbox.put(
            OutboxIn(
                key=key,
                contact_id=self.speaker.contact_id,
                channel=self.speaker.channel,
                priority=priority,
                card=card_to_json(allowed),
                token=token,
                turn=self.number,
                draft_id=self.draft.id if self.draft else None,
                report_id=report_id,
                answers=self.heard_as,
                about=about,
                lasting=is_lasting(allowed),
                replaces=self.speaker.card_id if replaces else None,
                document_id=allowed.document.id if allowed.document else None,
                lease_owner=self.owner if at_once else None,
                lease_until=self.work.now + LEASE if at_once else None,
            )
        )
        self.in_place = None
        if asks:
            self.card_id = row
        spoken = Spoken(
            id=row,
            contact_id=self.speaker.contact_id,
            card=allowed,
            token=token,
            priority=priority,
            replaces=replaces,
            at_once=at_once,
        )
        self.spoken.append(spoken)

    def _fitting(self, card: Card, *, asks: bool) -> Card:
        """The card as the speaker reads it: discreet, with few buttons, in words for a child."""
        if open_ways.is_open(self.speaker.channel):
            card = open_ways.discreet(card, self.draft)
        if card.rows or asks or not self.is_elder:  # words before a question are no card of choice
            card = fitted(card, self.words, is_elder=self.is_elder)
        return to_child(card) if self.of_child else card

    def _within_bounds(self, card: Card, *, asks: bool) -> tuple[int, Card | None]:
        """With what priority it is sent; None where a day's short messages are used up."""
        if not open_ways.is_open(self.speaker.channel):
            return REPLY, card
        if self.is_urgent or self.is_in_danger:
            priority, allowed = ALARM, card
        else:
            left = self.texts_left(self.speaker.contact_id, self.work.now)
            self.is_spent = self.is_spent or left <= 1
            if left <= 0:
                return REPLY, None
            # Each answer costs the county money: the day's last says so.
            priority, allowed = REPLY, Card(text=self.words("sms.enough")) if left == 1 else card
        is_beside = not asks and self.draft is not None
        return priority, open_ways.beside(allowed) if is_beside else allowed

    def tell(
        self,
        contact_id: int,
        channel: str,
        card: Card,
        *,
        key: str,
        priority: int,
        report_id: int | None = None,
        about: str | None = None,
        replaces: int | None = None,
        not_before: datetime | None = None,
    ) -> None:
        """Tell somebody else, once for this cause; a dialogue of theirs is not disturbed.

        ``about`` names what the card asks to do something about; ``replaces`` is an earlier card
        whose place it takes; ``not_before`` is when it is sent, if not at once.
        """
        if open_ways.is_open(channel):
            there = self.work.people.contact(contact_id)
            if there is None or not there.reachable:
                return  # whoever wants no more; what is told is read under its number
            card = fitted(open_ways.discreet(card, None), self.words, is_elder=False)
            if priority != ALARM and self.texts_left(contact_id, self.work.now) <= 0:
                not_before = max(filter(None, (not_before, self._tomorrow())))
        else:
            is_elder = contact_id in self.work.people.elders([contact_id])
            card = fitted(card, self.words, is_elder=is_elder)
        self.work.outbox.put(
            owed(
                contact_id,
                channel,
                card,
                key=key,
                priority=priority,
                report_id=report_id,
                about=about,
                replaces=replaces,
                not_before=not_before,
                now=self.work.now,
            )
        )
        self.told_others = True

    def _tomorrow(self) -> datetime:
        """When what a day's bound held back goes out."""
        tomorrow = self.work.now.astimezone(self.rules.zone).date() + timedelta(days=1)
        return datetime.combine(tomorrow, MORNING, self.rules.zone)

    def tell_all(self, told: Sequence[Told], *, priority: int) -> None:
        """Tell many people at once."""
        elders = self.work.people.elders(one.contact_id for one in told)
        self.work.outbox.put_many(
            owed(
                one.contact_id,
                one.channel,
                fitted(one.card, self.words, is_elder=one.contact_id in elders),
                key=one.key,
                priority=priority,
                about=one.about,
                now=self.work.now,
            )
            for one in told
        )
        self.told_others = bool(told) or self.told_others

    def document(self, name: str, mime: str, content: bytes) -> Document:
        """A file of ours, kept sealed, to be sent with a card of this turn."""
        kept = self.work.attachments.give(
            self.speaker.contact_id, name=name, mime=mime, content=content
        )
        return Document(id=kept, name=shown_name(name), mime=mime, size=len(content))

    def texts_left(self, contact_id: int, at: datetime) -> int:
        """How many short messages a number may still get on the day of a moment."""
        local = at.astimezone(self.rules.zone)
        return open_ways.left(self.work, self.rules.policy.limits, contact_id, local)

    def _goes_at_once(self) -> bool:
        """False while an earlier card to the speaker waits for its time or another process."""
        if self._at_once is None and self.speaker.channel in self.rules.given_up:
            self._at_once = bool(self.owner)  # what waits there is sent by nobody
        if self._at_once is None:
            self._at_once = bool(self.owner) and not self.work.outbox.must_wait(
                self.speaker, REPLY, self.owner
            )
        return self._at_once

    def close(self) -> None:
        """Plan anew what the turn stirred, and write where the talk stands: its last thing."""
        planning.plan_stirred(self.work, self.rules)
        self.work.people.save_turn(
            self.speaker.contact_id,
            turn=self.number,
            draft_id=self.draft.id if self.draft else None,
            card_id=self.card_id or self.speaker.card_id,
            heard=self.is_heard,
        )

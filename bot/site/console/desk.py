"""Who sits at the console, and what their turn shows: every request is a turn of that person."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Generic, TypeVar, cast

from bot.channels.webchat import address_of
from conversation.cards import Card, card_from_json
from handlers import tables, talk
from handlers.cases import cases
from handlers.children import register, summary
from handlers.office import (
    administration,
    analysis,
    authenticator,
    claims,
    hands,
    looks,
    missing,
    staff,
)
from handlers.office.authenticator import Mine
from handlers.people import colleagues, entrance
from handlers.turn import Rules, Turn
from storage.authenticators import Said
from storage.console import Door
from storage.sent_tables import Waiting
from storage.store import Store
from storage.work import Reading, Work

T = TypeVar("T")

#: A session is marked as used so often at most.
TOUCHED = timedelta(minutes=1)
#: Seconds of a look after which the same look of the same person is one of the long ones, and
#: of how many that is remembered.
LONG, MANY = 0.5, 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A card of the talk, as it stands beside a page."""

    id: int
    card: Card = field(repr=False)
    token: str = field(repr=False)
    #: False once its buttons do nothing any more.
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """Somebody who sits at the console now."""

    contact_id: int
    person_id: int
    address: str = field(repr=False)
    name: str
    posts: tuple[str, ...]
    #: The parts of the console that are theirs.
    sees: frozenset[str]
    cards: tuple[Shown, ...] = field(repr=False)
    #: True while a form waits for its next answer.
    is_asked: bool
    #: The kinds of table that they may bring in, and how far one is that is being read.
    imports: frozenset[str]
    waits: Waiting | None
    #: True for a while after six digits of the authenticator app were said at this browser.
    is_proven: bool
    must_touch: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside(Generic[T]):
    """Who asked, and what they see; None for what is absent or not theirs."""

    seat: Seat
    value: T | None


#: The parts of the console, and for whom each is.
PARTS: Mapping[str, Callable[[Turn], bool]] = {
    "today": lambda turn: True,
    "cases": cases.has_cases,
    "children": register.sees_register,
    "hands": hands.may,
    "visits": register.sees_register,
    "school": missing.may,
    "staff": staff.may,
    "analysis": lambda turn: bool(analysis.places(turn)),
    "summary": lambda turn: bool(summary.places(turn)),
    "claims": claims.may,
    "looks": looks.may,
    "admin": administration.may,
}


class Desk:
    """The store, as the console sees it."""

    def __init__(self, store: Store, rules: Rules) -> None:
        self._store = store
        self._rules = rules
        #: Who waited long for which part when they looked last: a county is counted for some.
        self._slow: dict[tuple[bytes, str], None] = {}

    # -- inside -------------------------------------------------------------------------------

    async def look(
        self, mark: bytes, part: str, view: Callable[[Turn], T | None]
    ) -> Inside[T] | None:
        """What somebody sees, on a connection that cannot write; None for nobody."""
        key, seconds = (mark, part), 0.0

        def timed(reading: Reading) -> Inside[T] | None:
            nonlocal seconds
            began = time.perf_counter()
            seen = self._seen(reading, mark, part, view)
            seconds = time.perf_counter() - began
            return seen

        found = await self._store.read(timed, long=key in self._slow)
        self._slow.pop(key, None)
        if seconds > LONG:
            self._slow[key] = None
            while len(self._slow) > MANY:
                self._slow.pop(next(iter(self._slow)))
        return await self._touched(mark, found)

    async def act(
        self, mark: bytes, part: str, view: Callable[[Turn], T | None]
    ) -> Inside[T] | None:
        """The same for what leaves something behind: a look that is audited, an invitation."""
        found = await self._store.write(lambda work: self._seen(work, mark, part, view))
        return await self._touched(mark, found)

    async def prove(self, mark: bytes, code: str) -> tuple[Inside[Mine], Said] | None:
        """Somebody says six digits of their app; right ones count for this browser for a while."""

        def say(turn: Turn) -> Said:
            said = authenticator.say(turn, code)
            if said is Said.RIGHT:
                turn.work.console.prove(mark)
            return said

        done = await self.act(mark, "today", say)
        found = await self.look(mark, "today", authenticator.mine)
        if done is None or done.value is None or found is None:
            return None
        return found, done.value

    async def counted(self) -> None:
        """Have the register counted, a short look at a time; then it takes none."""
        while not await self._store.read(self._rules.ledger.step):
            pass

    async def note_export(self, seat: Seat, what: str, rows: int, reason: str) -> None:
        """Somebody takes a list out of the house."""
        await self._store.write(
            lambda work: work.exports.note(what, rows, by=seat.person_id, reason=reason)
        )

    def _seen(
        self, reading: Reading, mark: bytes, part: str, view: Callable[[Turn], T | None]
    ) -> Inside[T] | None:
        timing = self._rules.policy.timing
        session = reading.console.session(mark, timing["console_idle"])
        if session is None:
            return None
        lasts = timing["authenticator_lasts"]
        proven_at = session.proven_at
        is_proven = proven_at is not None and reading.now - proven_at <= lasts
        turn = self._turn(reading, session.contact_id, is_proven=is_proven)
        if turn is None or not entrance.may(turn):
            return None
        sees = frozenset(name for name, is_for in PARTS.items() if is_for(turn))
        value = view(turn) if part in sees else None
        contact = reading.people.contact(session.contact_id)
        assert contact is not None
        rows = reading.outbox.of_turn(session.contact_id, turn.speaker.turn, session.created_at)
        return Inside(
            value=value,
            seat=Seat(
                contact_id=session.contact_id,
                person_id=turn.speaker.person_id,
                address=contact.address,
                name=colleagues.called(turn, turn.speaker.person_id),
                posts=tuple(
                    colleagues.post_name(turn, role.role, role.area_id) for role in turn.roles
                ),
                sees=sees,
                cards=tuple(
                    _shown(row.id, row.card, row.token, turn.speaker.card_id) for row in rows
                ),
                is_asked=turn.draft is not None,
                imports=frozenset(kind for kind in tables.KINDS if tables.places(turn, kind)),
                waits=reading.sent_tables.owed(session.contact_id),
                is_proven=is_proven,
                must_touch=reading.now - session.seen_at > TOUCHED,
            ),
        )

    def _turn(self, reading: Reading, contact_id: int, *, is_proven: bool) -> Turn | None:
        """The person's turn. On a reading a handler that would write finds nothing to write by."""
        speaker = reading.people.speaker_of(contact_id)
        if speaker is None:
            return None
        return Turn(
            work=cast("Work", reading),
            rules=self._rules,
            speaker=speaker,
            at=reading.now.astimezone(self._rules.zone),
            finish=talk.finish,
            draft=speaker.draft,
            is_proven=is_proven,
        )

    async def _touched(self, mark: bytes, found: Inside[T] | None) -> Inside[T] | None:
        if found is not None and found.seat.must_touch:
            await self._store.write(lambda work: work.console.touch(mark))
        return found

    # -- the door -----------------------------------------------------------------------------

    async def waiting(self, browser: bytes) -> Door | None:
        """The code that this browser shows."""
        return await self._store.read(lambda reading: reading.console.waiting(browser))

    async def ask(self, browser: bytes) -> str | None:
        """A new code for it; None while too many wait."""
        life = self._rules.policy.timing["console_code"]
        return await self._store.write(lambda work: work.console.ask(browser, life))

    async def enter(self, browser: bytes, mark: bytes) -> bool:
        """Use the confirmed code up; False when there is none."""
        return await self._store.write(lambda work: self._enter(work, browser, mark))

    async def enter_as(self, session: str, mark: bytes) -> bool:
        """Come in as one of the demo's people."""
        address = address_of(session)
        return await self._store.write(lambda work: self._enter_as(work, address, mark))

    async def leave(self, mark: bytes) -> None:
        """Get up."""
        await self._store.write(lambda work: work.console.end(mark))

    def _enter(self, work: Work, browser: bytes, mark: bytes) -> bool:
        person = work.console.enter(browser)
        if person is not None:
            self._sit_down(work, person, mark)
        return person is not None

    def _enter_as(self, work: Work, address: str, mark: bytes) -> bool:
        speaker = work.people.speaker("web", address)
        if speaker is not None:
            self._sit_down(work, speaker.person_id, mark)
        return speaker is not None

    def _sit_down(self, work: Work, person: int, mark: bytes) -> None:
        policy = self._rules.policy
        work.console.begin(
            person,
            mark,
            policy.timing["console_ends"],
            at_most=policy.limits["console_sessions"],
        )


def _shown(row_id: int, card: str, token: str | None, newest: int | None) -> Shown:
    read = card_from_json(card)
    stale = any(talk.is_stale(button.action) for button in read.buttons())
    return Shown(id=row_id, card=read, token=token or "", is_current=row_id == newest or not stale)

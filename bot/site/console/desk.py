"""Who sits at the console, and what their turn shows: every request is a turn of that person."""

import time
from collections.abc import Callable
from typing import TypeVar

from bot.channels.webchat import address_of
from bot.keeping.reading_on import read_on
from bot.site.console.seats import Inside, Seat, Seats
from handlers.catching_up import NotRead
from handlers.office import authenticator
from handlers.rules import Rules
from handlers.turn import Turn
from storage.office.console import Door
from storage.people.authenticators import Said
from storage.store import Store
from storage.work import Reading, Work

T = TypeVar("T")

#: Seconds of a look after which the same look of the same person is one of the long ones, and
#: of how many that is remembered.
LONG, MANY = 0.5, 1000


class Desk:
    """The store, as the console sees it."""

    def __init__(self, store: Store, rules: Rules) -> None:
        self._store = store
        self._rules = rules
        self._seats = Seats(rules)
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
            seen = self._seats.seen(reading, mark, part, view)
            seconds = time.perf_counter() - began
            return seen

        try:
            found = await self._store.read(timed, long=key in self._slow)
        except NotRead as much:
            await read_on(self._store, much.step)
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
        found = await self._store.write(lambda work: self._seats.seen(work, mark, part, view))
        return await self._touched(mark, found)

    async def prove(self, mark: bytes, code: str, fresh: bytes) -> Said | None:
        """Somebody says six digits of their app; right ones count for this browser for a while.

        Then the session is known by its fresh mark alone.
        """

        def say(turn: Turn) -> Said:
            said = authenticator.say(turn, code)
            if said is Said.RIGHT:
                turn.work.console.prove(mark, fresh)
            return said

        done = await self.act(mark, "today", say)
        return None if done is None else done.value

    async def counted(self) -> None:
        """Have the register counted, a short look at a time; then it takes none."""
        while not await self._store.read(self._rules.ledger.step):
            pass

    async def note_export(self, seat: Seat, what: str, rows: int, reason: str) -> None:
        """Somebody takes a list out of the house."""
        await self._store.write(
            lambda work: work.exports.note(what, rows, by=seat.person_id, reason=reason)
        )

    async def sits(self, mark: bytes) -> bool:
        """True while somebody sits behind a session."""
        idle = self._rules.policy.timing["console_idle"]
        return await self._store.read(lambda reading: bool(reading.console.session(mark, idle)))

    async def _touched(self, mark: bytes, found: Inside[T] | None) -> Inside[T] | None:
        if found is not None and found.seat.must_touch:
            await self._store.write(lambda work: work.console.touch(mark))
        return found

    # -- the door -----------------------------------------------------------------------------

    async def waiting(self, browser: bytes) -> Door | None:
        """The code that this browser shows."""
        return await self._store.read(lambda reading: reading.console.waiting(browser))

    async def ask(self, browser: bytes, network: str | None) -> None:
        """A new code for it; whoever asks for thousands has their turn among others."""
        life = self._rules.policy.timing["console_code"]
        await self._store.write(
            lambda work: work.console.ask(browser, life, network), source=f"door:{network}"
        )

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

"""The store: many turns share one commit, and nothing is confirmed before it.

A storage thread takes all turns that wait, opens one transaction, runs them one after the other,
commits once, and then settles all of them with one wake-up of the event loop.
SQLite has one such thread, PostgreSQL several, on any number of machines.
"""

from __future__ import annotations

import itertools
from contextlib import closing
from queue import SimpleQueue
from threading import Lock
from typing import TYPE_CHECKING, Self, TypeVar

from storage import migrate
from storage.engines import OneProcess, Place, fault_of
from storage.faults import NotStored
from storage.opening import prepare, refuse_a_pool
from storage.turns.inhand import InHand
from storage.turns.pending import Outcome, Pending, settle
from storage.turns.threads import Job, Look, Reader, Writer, lane_number
from storage.turns.watchdog import Watchdog
from storage.work import Reading, Shared, Work

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from storage.sealing import KeyRing

T = TypeVar("T")

#: More waiting turns than this are refused: the channel brings them again.
MAX_WAITING = 10_000


class Store:
    """The memory of the program. Turns are plain functions that may be run a second time."""

    def __init__(
        self,
        writers: list[Writer],
        readers: list[Reader],
        looks: SimpleQueue[Look | None],
        long_looks: SimpleQueue[Look | None],
        turn_seconds: float,
        lock: OneProcess,
        in_hand: InHand,
        shared: Shared,
        place: Place,
    ) -> None:
        #: The number that no other living process of this database has.
        self.worker = shared.worker
        #: What this process calls itself on the leases of what it sends.
        self.owner = shared.owner
        self._shared = shared
        self._writers = writers
        self._looks = looks
        self._long_looks = long_looks
        self._lock = lock
        self._place = place
        self._in_hand = in_hand
        self._watchdog = Watchdog([writer.watched for writer in writers], turn_seconds)
        self._next_writer = itertools.cycle(writers).__next__
        self._closing = Lock()
        self._closed = False
        self._threads: tuple[Reader | Writer | Watchdog, ...] = (
            # In the order in which they end. The writer after the readers: whoever closes a
            # SQLite file last writes its log back into it.
            *readers,
            *writers,
            self._watchdog,
        )
        for thread in self._threads:
            thread.start()

    @classmethod
    def open(
        cls,
        url: str,
        keys: KeyRing,
        clock: Callable[[], datetime],
        *,
        turn_seconds: float = 5,
        writers: int = 4,
        readers: int = 2,
    ) -> Self:
        """A running store, its tables brought up; raises StoreFault when it cannot be opened."""
        place = Place(url, statement_seconds=turn_seconds)
        lock = OneProcess(place).take()
        in_hand = InHand(place.file if place.is_sqlite else keys.path)
        try:
            refuse_a_pool(place)
            migrate.bring_up(place)
            place.know()
            with closing(place.for_writing()) as db:
                shared = prepare(db, keys)
                # After a death in a turn there is one thread: the next is blamed on one turn.
                count = 1 if place.is_sqlite or in_hand.suspicious else writers
                writing = [Writer(place, clock, shared, in_hand.hand()) for _ in range(count)]
            looks: SimpleQueue[Look | None] = SimpleQueue()
            long_looks: SimpleQueue[Look | None] = SimpleQueue()
            reading = [
                *(Reader(place, clock, shared, looks) for _ in range(readers)),
                Reader(place, clock, shared, long_looks),
            ]
            return cls(
                writing, reading, looks, long_looks, turn_seconds, lock, in_hand, shared, place
            )
        except BaseException as error:
            place.forget()
            in_hand.close()
            lock.free()
            raise fault_of(place, error) from None

    def write(
        self,
        turn: Callable[[Work], T],
        lane: str = "",
        source: str = "",
        *,
        is_urgent: Callable[[], bool] = bool,
    ) -> Pending[T]:
        """What the turn returns, once it is durable.

        Turns of one lane are carried out one after the other, in the order in which they came,
        whatever process they came to. In a rush those of one source take turns with others',
        and a lane with something urgent goes before.
        A turn that raises is undone alone and its Pending raises the same. NotStored means that
        nothing was kept and time may mend it.
        """
        pending: Pending[T] = Pending()
        writer = self._writer_of(lane) if lane else self._next_writer()
        if self._closed or writer.waiting >= MAX_WAITING:
            settle([Outcome(pending, error=NotStored("closed" if self._closed else "busy"))])
        else:
            writer.put(Job(turn, lane, pending, source, is_urgent))
        return pending

    def read(self, look: Callable[[Reading], T], *, long: bool = False) -> Pending[T]:
        """What the look returns; it sees one moment of the memory and disturbs no turn.

        One that may take seconds says so: these wait for each other, and nobody else for them.
        """
        pending: Pending[T] = Pending()
        if self._closed:
            settle([Outcome(pending, error=NotStored("closed"))])
        else:
            (self._long_looks if long else self._looks).put(Look(look, pending))
        return pending

    @property
    def kept(self) -> int:
        """How many turns were kept since the start."""
        return sum(writer.kept for writer in self._writers)

    @property
    def trouble(self) -> str:
        """Why nothing was kept when something should have been the last time; "" when it was."""
        return max(writer.latest for writer in self._writers)[1]

    @property
    def waiting(self) -> int:
        """How many turns wait."""
        return sum(writer.waiting for writer in self._writers)

    def renew_keys(self) -> bool:
        """Take up keys that were rotated meanwhile; True when storage.resealing has work to do."""
        renewed = [sealer.renew() for sealer in (self._shared.sealer, self._shared.vault)]
        return any(renewed)

    def close(self) -> None:
        """Finish what was taken, then let go of the database. Blocks; twice is once."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
            for thread in self._threads:
                thread.finish()
            self._place.forget()
            self._in_hand.close()
            self._lock.free()

    def _writer_of(self, lane: str) -> Writer:
        return self._writers[lane_number(lane) % len(self._writers)]

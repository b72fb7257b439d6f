"""The storage threads: one connection each, on which many turns become durable together."""

from __future__ import annotations

import logging
import time
from collections import deque
from contextlib import closing
from dataclasses import dataclass
from hashlib import blake2b
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any

from storage import audit
from storage.engines import is_trouble, why
from storage.faults import NotStored, TurnTookTooLong
from storage.systems import hooks
from storage.turns import core
from storage.turns.pending import Outcome, Pending, settle
from storage.turns.watchdog import Interrupt, Watched
from storage.work import Reading, Work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from storage.database import Database, Named
    from storage.engines import Place
    from storage.turns.inhand import Hand
    from storage.work import Shared

#: Turns that share a commit at most: more would only make the first of them wait.
BATCH = 128
#: How long a transaction is waited for whose connection was lost in its commit, in seconds.
UNDECIDED, UNDECIDED_PAUSE = 5.0, 0.05

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """A turn that waits to be carried out."""

    turn: Callable[[Work], Any]
    lane: str
    pending: Pending[Any]
    #: Where it comes from: what comes from there waits together in a rush; "": the lane is it.
    source: str = ""
    #: True for words of danger; asked in a rush alone.
    is_urgent: Callable[[], bool] = bool


@dataclass(frozen=True, slots=True)
class Look:
    """A look that waits to be taken."""

    look: Callable[[Reading], Any]
    pending: Pending[Any]


class Rush:
    """More turns than a batch takes: each source has one in its turn, whoever came first.

    What comes of one lane stays in its order, also where it comes from several sources. The
    program's own turns, which are of no lane, go first: alarms climb by them. Of others every
    second one is of a lane that speaks of danger, while there are any: whoever writes 救命 a
    thousand times has their turn among these, and holds up nobody who does not.
    """

    def __init__(self) -> None:
        self._plain: dict[str, deque[Job]] = {}
        self._urgent: dict[str, deque[Job]] = {}
        #: The source behind which a lane waits, and with how many turns.
        self._lanes: dict[str, tuple[str, int]] = {}
        #: Those that speak of danger.
        self._pressing: set[str] = set()
        self._urgent_is_next = True
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def put(self, job: Job) -> None:
        """Behind those of its source."""
        source, waiting = job.source or job.lane, 0
        if job.lane:
            source, waiting = self._lanes.get(job.lane, (source, 0))
            if job.lane not in self._pressing and job.is_urgent():
                self._pressing.add(job.lane)
                self._bring(job.lane, source, waiting)
            self._lanes[job.lane] = source, waiting + 1
        queues = self._urgent if job.lane in self._pressing else self._plain
        queues.setdefault(source, deque()).append(job)
        self._count += 1

    def take(self, most: int) -> list[Job]:
        """The next ones: the program's, then of each source one, and round again."""
        taken: list[Job] = []
        while (self._plain or self._urgent) and len(taken) < most:
            queues, source = self._next()
            waiting = queues.pop(source)
            job = waiting.popleft()
            if waiting:
                queues[source] = waiting
            self._left(job)
            taken.append(job)
        self._count -= len(taken)
        return taken

    def _next(self) -> tuple[dict[str, deque[Job]], str]:
        if "" in self._plain:
            return self._plain, ""
        is_urgent = bool(self._urgent) and (self._urgent_is_next or not self._plain)
        self._urgent_is_next = not is_urgent
        queues = self._urgent if is_urgent else self._plain
        return queues, next(iter(queues))

    def _bring(self, lane: str, source: str, waiting: int) -> None:
        """What a lane said before it spoke of danger goes with it, in its order."""
        if not waiting:
            return
        behind = self._plain[source]
        self._urgent.setdefault(source, deque()).extend(one for one in behind if one.lane == lane)
        if left := deque(one for one in behind if one.lane != lane):
            self._plain[source] = left
        else:
            del self._plain[source]

    def _left(self, job: Job) -> None:
        if not job.lane:
            return
        source, waiting = self._lanes.pop(job.lane)
        if waiting > 1:
            self._lanes[job.lane] = source, waiting - 1
        else:
            self._pressing.discard(job.lane)


class Writer:
    """Carries turns out, a batch at a time."""

    def __init__(
        self, place: Place, clock: Callable[[], datetime], shared: Shared, hand: Hand
    ) -> None:
        self.watched = Watched(self._stop_statement)
        self._hand = hand
        #: Turns that became durable here.
        self.kept = 0
        #: When something was kept here last, or not, and why not.
        self.latest = (0.0, "")
        self._place = place
        self._clock = clock
        self._shared = shared
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._rush = Rush()
        self._thread = Thread(target=self._run, name="storage-writer", daemon=True)
        self._db: Database | None = place.for_writing(shared.worker)
        self._knows_log = False
        #: The transaction that is under way (PostgreSQL).
        self._named: Named | None = None

    @property
    def waiting(self) -> int:
        """How many turns wait here."""
        return self._queue.qsize() + len(self._rush)

    def start(self) -> None:
        """Begin to carry out."""
        self._thread.start()

    def put(self, job: Job) -> None:
        """Carry this out as soon as may be."""
        self._queue.put(job)

    def finish(self) -> None:
        """Carry out what waits, then end. Blocks."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        core.stay(self._shared.worker)
        while batch := self._gather():
            settle(self._carry_out(batch))
        self._let_go()

    def _gather(self) -> list[Job]:
        """As they came, up to a batch; of more than that a fair share of each source."""
        if self._rush:
            return self._share()
        job = self._queue.get()
        batch: list[Job] = []
        while job is not None:
            batch.append(job)
            if len(batch) == BATCH:
                return batch if self._queue.empty() else self._share(batch)
            try:
                job = self._queue.get_nowait()
            except Empty:
                return batch
        if batch:
            self._queue.put(None)
        return batch

    def _share(self, came: Iterable[Job] = ()) -> list[Job]:
        for job in came:
            self._rush.put(job)
        for _ in range(self._queue.qsize()):
            following = self._queue.get_nowait()
            if following is None:  # the end comes after all that waits
                self._queue.put(None)
            else:
                self._rush.put(following)
        return self._rush.take(BATCH)

    def _carry_out(self, batch: list[Job], *, apart: bool = False) -> list[Outcome]:
        """``apart``: each in a savepoint. Without, a turn that raises undoes the whole batch.

        Turns hardly ever raise, and a savepoint is two statements and a copy of each page.
        """
        if not batch:
            return []
        try:
            return self._together(batch, apart=apart or len(batch) == 1)
        except _Raised:
            return self._carry_out(batch, apart=True)
        except _Overdue as overdue:
            self._let_go()
            rest = [job for job in batch if job is not overdue.job]
            return [overdue.outcome(), *self._carry_out(rest)]
        except BaseException as trouble:  # the next batch must find a working thread
            self._let_go()
            self.latest = time.monotonic(), _code(trouble)
            log.warning("batch undone", extra={"why": _code(trouble), "turns": len(batch)})
            return self._one_by_one(batch)

    def _one_by_one(self, batch: list[Job]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        away: str | None = None
        for job in batch:
            try:
                if away is None:
                    outcomes += self._together([job], apart=True)
                else:
                    outcomes.append(Outcome(job.pending, error=NotStored(away)))
            except _Overdue as overdue:
                self._let_go()
                outcomes.append(overdue.outcome())
            except BaseException as trouble:
                self._let_go()
                self.latest = time.monotonic(), _code(trouble)
                outcomes.append(Outcome(job.pending, error=NotStored(_code(trouble))))
                if isinstance(trouble, _Away):
                    away = trouble.code
        return outcomes

    def _together(self, batch: list[Job], *, apart: bool) -> list[Outcome]:
        db = self._begin(batch)
        facts: list[audit.Fact] = []
        try:
            outcomes = [self._turn(db, job, facts, apart=apart) for job in batch]
        except _Raised:
            db.tell("ROLLBACK")
            self._shared.forms.clear()  # one of them may have been published in this batch
            raise
        audit.append(db, self._shared.audit_key, facts)
        self._commit(db)
        self.kept += len(outcomes)
        self.latest = time.monotonic(), ""
        return outcomes

    def _commit(self, db: Database) -> None:
        """Make it durable; where the answer is lost, PostgreSQL is asked what it became."""
        try:
            db.commit()
        except Exception as trouble:
            named, self._named = self._named, None
            if named is None or not is_trouble(trouble) or not self._is_kept(named):
                raise
            log.warning("a commit was answered late", extra={"why": why(trouble)})
            self._let_go()

    def _is_kept(self, named: Named) -> bool:
        """True for what surely was committed; False where that cannot be known."""
        try:
            with closing(self._place.for_writing()) as other:
                until = time.monotonic() + UNDECIDED
                while other.became(named, "in progress") and time.monotonic() < until:
                    time.sleep(UNDECIDED_PAUSE)
                return other.became(named, "committed")
        except Exception as error:  # it is away, or another has taken over
            log.warning("a commit stays unclear", extra={"why": why(error)})
            return False

    def _begin(self, batch: list[Job]) -> Database:
        try:
            self._place.require_known()
            if self._db is not None and self._knows_log and self._place.has_lost_its_log():
                self._save_log(self._db)
            if self._db is None:
                self._db = self._place.for_writing(self._shared.worker)
                self._knows_log = False
            self._db.tell(self._place.begin_writing)
            if not self._knows_log:
                self._place.know_log()
                self._knows_log = True
        except Exception as trouble:
            raise _Away(why(trouble)) from trouble
        if self._db.is_postgresql:
            # Always in the same order, so that two batches never wait for each other.
            lanes = sorted({lane_number(one.lane) for one in batch if one.lane})
            self._named = self._db.take_lanes(lanes)
        return self._db

    def _save_log(self, db: Database) -> None:
        """Nobody would find what is in it after a kill: into the file with it, however long.

        Nothing is let go of before: another connection would look into the next log for it.
        """
        while not self._is_written_back(db):
            time.sleep(UNDECIDED_PAUSE)
        log.error("the log of the database was removed; another is begun")
        self._place.give_up_log()
        self._let_go()

    def _is_written_back(self, db: Database) -> bool:
        try:
            return db.write_back()
        except Exception as trouble:
            log.warning("the log is not written back", extra={"why": why(trouble)})
            return False

    def _turn(self, db: Database, job: Job, facts: list[audit.Fact], *, apart: bool) -> Outcome:
        work = Work(db, self._clock(), self._shared, self._hand)
        if apart:
            db.tell("SAVEPOINT turn")
        self.watched.enter()
        try:
            try:
                value = job.turn(work)
                hooks.put(work)
            finally:
                self.watched.leave()
                self._hand.put_down()
        except BaseException as error:
            if self.watched.struck:
                self.watched.leave()
                raise _Overdue(job) from None
            if isinstance(error, Interrupt) or is_trouble(error):
                raise
            if not apart:
                raise _Raised from None
            db.tell("ROLLBACK TO SAVEPOINT turn")
            db.tell("RELEASE SAVEPOINT turn")
            return Outcome(job.pending, error=error)
        if apart:
            db.tell("RELEASE SAVEPOINT turn")
        facts += work.facts
        calls = tuple(work.calls)
        work.end()
        return Outcome(job.pending, value, calls=calls)

    def _let_go(self) -> None:
        # A connection that saw trouble is not trusted again, and neither is what was read on it.
        self._shared.forget()
        if self._db is not None:
            self._db.close()
            self._db = None

    def _stop_statement(self) -> None:
        db = self._db
        if db is not None:
            db.interrupt()


class Reader:
    """Takes looks, one at a time, on a connection that cannot write.

    Several take them from one queue: whoever is free, so that a long look keeps nobody waiting
    as long as another reader is there.
    """

    def __init__(
        self,
        place: Place,
        clock: Callable[[], datetime],
        shared: Shared,
        looks: SimpleQueue[Look | None],
    ) -> None:
        self._place = place
        self._clock = clock
        self._shared = shared
        self._queue = looks
        self._thread = Thread(target=self._run, name="storage-reader", daemon=True)
        self._db: Database | None = None
        self._log_number = 0

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def finish(self) -> None:
        """Let the looks that wait be taken, then end; so do those of the same queue. Blocks."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        core.roam()
        while look := self._queue.get():
            settle([self._take(look)])
        self._queue.put(None)
        self._let_go()

    def _take(self, look: Look) -> Outcome:
        try:
            return self._try(look)
        except BaseException:  # a connection may have died in its sleep: once more
            self._let_go()
        try:
            return self._try(look)
        except BaseException as trouble:  # the next look must find a working thread
            self._let_go()
            return Outcome(look.pending, error=NotStored(why(trouble)))

    def _try(self, look: Look) -> Outcome:
        self._place.require_known()
        if self._log_number != self._place.log_number:
            self._let_go()
        if self._db is None:
            self._log_number = self._place.log_number
            self._db = self._place.for_reading()
        self._db.tell(self._place.begin_reading)
        self._db.remember()
        reading = Reading(self._db, self._clock(), self._shared)
        try:
            value = look.look(reading)
        except BaseException as error:
            if is_trouble(error):
                raise
            self._db.tell("ROLLBACK")
            return Outcome(look.pending, error=error)
        finally:
            self._db.forget()
            reading.end()
        self._db.tell("COMMIT")
        return Outcome(look.pending, value)

    def _let_go(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None


class _Away(Exception):
    """No transaction could be begun: there is no use in trying the next turn."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def _code(trouble: BaseException) -> str:
    return trouble.code if isinstance(trouble, _Away) else why(trouble)


class _Raised(Exception):
    """A turn raised where nothing but the whole batch can be undone."""


class _Overdue(Exception):
    """A turn was interrupted; all that shared its transaction must begin again."""

    def __init__(self, job: Job) -> None:
        super().__init__()
        self.job = job

    def outcome(self) -> Outcome:
        return Outcome(self.job.pending, error=TurnTookTooLong())


def lane_number(lane: str) -> int:
    """A lane as a signed 64-bit number, the same in every process."""
    return int.from_bytes(blake2b(lane.encode(), digest_size=8).digest(), "big", signed=True)

"""What is kept beside the database, so that its loss, or a hand in it, is noticed and mended."""

import asyncio
import logging
import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.intake import Intake
from handlers import watch
from storage import anchors, backup
from storage.audit import Anchor, Head
from storage.faults import StoreFault
from storage.store import Store
from storage.turns import core
from storage.work import Reading

log = logging.getLogger(__name__)

#: A backup is made so often, unless that would take more than a thirtieth of the time.
BACKUP_EVERY = timedelta(minutes=5)
SHARE = 30
#: Held back on the disk of the data, so that an alarm about a full disk can still be written.
RESERVE = 32 << 20
#: Megabytes; the database writes it back from sixteen on, unless somebody reads for long.
LONG_LOG = 256
#: Below so many free bytes the reserve is given up; above so many it is taken again.
FULL, ROOMY = 16 << 20, 256 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Where everything lies."""

    url: str
    #: The database's own folder; None on PostgreSQL, whose server makes its own backups.
    data: Path | None
    #: Backups, and the heads of the audit.
    folder: Path
    #: For so many days the last backup of each day is kept.
    days: int
    zone: ZoneInfo


class Safekeeping:
    """Notes heads of the audit, makes backups, and keeps some room on the disk."""

    def __init__(
        self,
        store: Store,
        intake: Intake,
        clock: Clock,
        kept: Kept,
        doubts: Callable[[], bool] = bool,
    ) -> None:
        """``doubts``: True while nobody knows what time it is."""
        self._store = store
        self._intake = intake
        self._clock = clock
        self._kept = kept
        self._doubts = doubts
        #: The rows that the audit had when its head was noted last.
        self._noted = 0
        self._took = timedelta()
        #: What is wrong, as a code; "" when nothing is.
        self.trouble = ""

    async def note_head(self) -> None:
        """Note the head of the audit, unless nothing came since."""
        if not await self.look_back():
            return
        head = await self._store.read(lambda reading: reading.audit.head())
        if head.seq != self._noted:
            await self._note(head)

    async def look_back(self) -> bool:
        """Tell when the database is not what it was, or not where it was; False if unknown.

        An older file, a standby that had not followed, a backup: what people said since is gone.
        """
        try:
            last = await asyncio.to_thread(anchors.newest, self._file)
        except StoreFault as fault:
            await self._tell(fault)
            return False
        past = await self._store.read(partial(_compare, last=last))
        if past.line == "new":
            await self._store.write(lambda work: work.pulses.take_line())
        elif past.line == "other":
            log.error("another server keeps the database")
            await self._intake.run(watch.took_over)
        if last and not past.is_there:
            rows = past.head.seq
            log.error("the audit went back", extra={"noted": last.seq, "rows": rows})
            await self._intake.run(partial(watch.went_back, noted=last, rows=rows))
            await self._note(past.head)
        return True

    async def _note(self, head: Head) -> None:
        at = self._clock.now().astimezone(self._kept.zone)
        try:
            await asyncio.to_thread(anchors.note, self._file, at, head)
        except StoreFault as fault:
            await self._tell(fault)
        else:
            self._noted = head.seq

    @property
    def _file(self) -> Path:
        return self._kept.folder / anchors.NAME

    # -- backups -------------------------------------------------------------------------------

    async def back_up(self) -> None:
        """Make a backup when one is due, and remove the oldest; what fails is told once a day."""
        if self._kept.data is None:
            return
        now = self._clock.now()
        try:
            if await asyncio.to_thread(self._is_due, now):
                await asyncio.to_thread(self._make, now)
        except StoreFault as fault:
            await self._tell(fault)
        else:
            self.trouble = ""
        await self._watch_log(now)

    async def _watch_log(self, now: datetime) -> None:
        """What cannot be written back into the file grows beside it, until the disk is full."""
        size = await asyncio.to_thread(backup.size_of_log, self._kept.url) >> 20
        if size > LONG_LOG:
            log.error("the log of the database is not written back", extra={"megabytes": size})
            day = now.astimezone(self._kept.zone).date()
            await self._intake.run(partial(watch.log_grows, size=size, day=day))

    def _is_due(self, now: datetime) -> bool:
        newest = self._newest(now)
        return newest is None or now - newest >= max(BACKUP_EVERY, SHARE * self._took)

    def _newest(self, now: datetime) -> datetime | None:
        """Of which moment the newest is; one that lies ahead is of a clock that was wrong."""
        moments = map(backup.moment_of, backup.all_in(self._kept.folder))
        return max((at for at in moments if at is not None and at <= now), default=None)

    def _make(self, now: datetime) -> None:
        core.roam()
        began = time.monotonic()
        folder = self._kept.folder
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise StoreFault("backup-not-written", path=folder, error=error.strerror) from None
        newest = self._newest(now)
        is_first_of_day = newest is None or newest.date() != now.date()
        backup.backup(self._kept.url, backup.file_of(folder, now), thorough=is_first_of_day)
        # A clock that leapt makes all of them old at once: no day goes while it is doubted.
        backup.thin_out(folder, now, None if self._doubts() else self._kept.days)
        self._took = timedelta(seconds=time.monotonic() - began)

    async def _tell(self, fault: StoreFault) -> None:
        log.error("not kept", extra={"code": fault.code})
        self.trouble = fault.code
        day = self._clock.now().astimezone(self._kept.zone).date()
        await self._intake.run(partial(watch.not_kept, code=fault.code, why=str(fault), day=day))

    # -- a full disk ---------------------------------------------------------------------------

    async def keep_room(self) -> None:
        """Hold room back, and give it up when the disk is full: what is told then can be kept."""
        data = self._kept.data
        if data is None:
            return
        reserve = data / "reserve"
        free = await asyncio.to_thread(lambda: shutil.disk_usage(data).free)
        if free < FULL and reserve.exists():
            await asyncio.to_thread(reserve.unlink)
            log.error("the disk is full")
            day = self._clock.now().astimezone(self._kept.zone)
            await self._intake.run(partial(watch.disk_full, at=day))
        elif free > ROOMY and not reserve.exists():
            await asyncio.to_thread(_hold, reserve)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Past:
    """What the database says of what was noted."""

    head: Head
    is_there: bool
    #: same, other; new before the first look
    line: str


def _compare(reading: Reading, last: Anchor | None) -> _Past:
    audit = reading.audit
    return _Past(
        head=audit.head(),
        is_there=last is None or last.seq == 0 or audit.holds(last),
        line=reading.pulses.line(),
    )


def _hold(reserve: Path) -> None:
    """Take room on the disk that nobody else gets; without it when the system refuses."""
    handle = os.open(reserve, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        with suppress(OSError):
            os.posix_fallocate(handle, 0, RESERVE)
            return
    finally:
        os.close(handle)
    reserve.unlink()

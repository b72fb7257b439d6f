"""Recordings written down by a machine: a command of the county's own, in a limited child process.

The recording itself is the evidence and is kept whatever becomes of this; the words are marked as
a machine's wherever they are shown. Nothing leaves the county unless its own command sends it.
"""

import asyncio
import logging
import os
import resource
import shlex
import signal
import tempfile
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Final

from bot.clock import Clock
from bot.intake import Intake
from bot.jail import environment
from handlers.reporting import recordings
from storage.reporting.attachment import Attachment
from storage.store import Store
from storage.turns import core

log = logging.getLogger(__name__)

WALL_SECONDS: Final = 180
CPU_SECONDS: Final = 360
MEMORY_BYTES: Final = 6 << 30
#: As long as an answer in words may be.
MAX_CHARS: Final = 2000
#: One at a time: it may take all processors.
AT_ONCE: Final = 1
#: Whoever took one and died leaves it to the next after this.
LEASE: Final = timedelta(seconds=2 * WALL_SECONDS)
RETRY: Final = timedelta(minutes=30)
#: A recording is tried for so long; then it stays as it is.
PATIENCE: Final = timedelta(hours=6)


class Unheard(Exception):
    """The command did not do it; ``why`` says how, without anybody's words."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Transcriber:
    """Writes down the recordings that wait for it."""

    def __init__(self, store: Store, intake: Intake, clock: Clock, command: str) -> None:
        self._store = store
        self._intake = intake
        self._clock = clock
        self._command = shlex.split(command)

    async def transcribe_due(self) -> None:
        """Write down the next recording."""
        now = self._clock.now()
        due = await self._store.write(lambda work: work.attachments.unheard(now, AT_ONCE, LEASE))
        for recording in due:
            await self._write_down(recording)

    async def _write_down(self, recording: Attachment) -> None:
        content = await self._store.read(lambda reading: reading.attachments.content(recording.id))
        try:
            words = await heard(self._command, content or b"")
        except Unheard as fault:
            log.warning("not transcribed", extra={"id": recording.id, "why": fault.why})
            if self._clock.now() - recording.created_at < PATIENCE:
                again = self._clock.now() + RETRY
                await self._store.write(
                    lambda work: work.attachments.hear_again(recording.id, again)
                )
                return
            words = ""
        await self._intake.speak_to(
            recording.contact_id, lambda turn: recordings.heard(turn, recording.id, words)
        )


async def heard(command: Sequence[str], recording: bytes) -> str:
    """The words that the command prints for a recording; raises Unheard."""
    with tempfile.TemporaryDirectory(prefix="xiangban-") as folder:
        try:
            child = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                cwd=folder,
                env=environment(),
                start_new_session=True,
            )
        except OSError as error:
            raise Unheard(type(error).__name__) from None
        _limit(child.pid)
        core.roam(child.pid)
        try:
            async with asyncio.timeout(WALL_SECONDS):
                out, _ = await child.communicate(recording)
        except TimeoutError:
            raise Unheard("too-slow") from None
        finally:
            _end(child.pid)
            await child.wait()
    if child.returncode != 0:
        raise Unheard(f"status {child.returncode}")
    return _tidy(out.decode("utf-8", "replace"))


def _limit(pid: int) -> None:
    """Bounds that the child inherits to its own children; where the system has them."""
    if hasattr(resource, "prlimit"):
        for what, most in (
            (resource.RLIMIT_CPU, CPU_SECONDS),
            (resource.RLIMIT_AS, MEMORY_BYTES),
            (resource.RLIMIT_CORE, 0),
        ):
            try:
                resource.prlimit(pid, what, (most, most))
            except OSError:  # it has ended already
                return


def _end(group: int) -> None:
    """Nothing that it started lives on."""
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def _tidy(said: str) -> str:
    """One paragraph without characters that steer a screen."""
    plain = "".join(" " if unicodedata.category(each)[0] == "C" else each for each in said)
    return " ".join(plain.split())[:MAX_CHARS]

"""Long polling, driven by us: the offset moves only past what was stored."""

import asyncio
import json
import logging
from collections import defaultdict
from collections.abc import Coroutine, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, TypeVar, assert_never

from telegram.error import TelegramError

from bot.channels.channel import Arrival, NotStored
from bot.channels.telegram.client import Answer, Client, Declined, Done, Lost, Unreached
from bot.channels.telegram.hearing import Hearing
from bot.channels.telegram.reading import WANTED, Heard, read

log = logging.getLogger(__name__)
T = TypeVar("T")

POLL_SECONDS: Final = 30
#: Waits after troubles: another poller or a webhook; a wrong token; then 1, 2, 4 ... 30 s.
CONFLICT_SECONDS: Final = 30.0
REFUSED_SECONDS: Final = 60.0
LONGEST_PAUSE_SECONDS: Final = 30.0


class Polling:
    """Asks for updates and brings them to the intake, each person's in order."""

    def __init__(self, client: Client, hearing: Hearing) -> None:
        self._client = client
        self._hearing = hearing
        self._offset: int | None = None
        #: Updates at or above the offset that are stored already.
        self._stored: set[int] = set()
        self._failures = 0
        #: A code of what is wrong with the line; "" when nothing is.
        self.trouble = ""
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Listen until ``stop``; what was taken is finished before this returns."""
        while not self._stopping.is_set():
            answer = await self._unless_stopped(self._ask())
            if answer is not None:
                self.trouble = _trouble(answer)
                await self._rest(await self._dealt_with(answer))

    def stop(self) -> None:
        """End ``run`` soon; what was not taken stays with Telegram."""
        self._stopping.set()

    # -- asking ---------------------------------------------------------------------------------

    async def _ask(self) -> Answer:
        params: dict[str, object] = {"timeout": POLL_SECONDS, "allowed_updates": WANTED}
        if self._offset is not None:
            params["offset"] = self._offset
        return await self._client.call("getUpdates", params, seconds=POLL_SECONDS + 10)

    async def _dealt_with(self, answer: Answer) -> float:
        """Seconds to rest before the next question."""
        match answer:
            case Done(list(updates)):
                self._failures = 0
                return await self._take_all([each for each in updates if _has_number(each)])
            case Declined(status=409):
                return await self._conflict(answer)
            case Declined(status=401 | 404):
                log.error("telegram does not know the token", extra={"status": answer.status})
                return REFUSED_SECONDS
            case Declined(retry_after=float(seconds)):
                return seconds
            case Done() | Declined() | Unreached() | Lost():
                return self._longer_pause(answer)
            case _:
                assert_never(answer)

    async def _conflict(self, answer: Declined) -> float:
        if "webhook" not in answer.why:
            log.error("another program polls with the same token; only one may")
            return CONFLICT_SECONDS
        log.warning("a webhook was set for this bot; it is taken away, for we poll")
        try:
            await self._client.bot.delete_webhook(drop_pending_updates=False)
        except TelegramError as error:
            log.warning("webhook not taken away", extra={"error": type(error).__name__})
            return CONFLICT_SECONDS
        return 1.0

    def _longer_pause(self, answer: Answer) -> float:
        self._failures += 1
        trouble = answer.how if isinstance(answer, Unreached | Lost) else type(answer).__name__
        log.warning("no updates", extra={"trouble": trouble, "failures": self._failures})
        return min(LONGEST_PAUSE_SECONDS, 2.0 ** min(self._failures - 1, 10))

    async def _rest(self, seconds: float) -> None:
        if seconds > 0:
            await self._unless_stopped(asyncio.sleep(seconds))

    async def _unless_stopped(self, waiting: Coroutine[Any, Any, T]) -> T | None:
        """What it gives, or None when we are told to stop first."""
        tasks = asyncio.create_task(waiting), asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return tasks[0].result() if tasks[0].done() else None
        finally:
            for task in tasks:
                task.cancel()

    # -- taking ---------------------------------------------------------------------------------

    async def _take_all(self, updates: Sequence[Mapping[str, Any]]) -> float:
        lanes: dict[str, list[tuple[int, Heard]]] = defaultdict(list)
        for update in updates:
            number = update["update_id"]
            if number not in self._stored:
                heard = self._read(update)
                lanes[_lane(heard)].append((number, heard))
        waits = await asyncio.gather(*map(self._take_lane, lanes.values()))
        self._move_offset(updates)
        return max((wait.total_seconds() for wait in waits), default=0.0)

    def _read(self, update: Mapping[str, Any]) -> Heard:
        raw = json.dumps(update, ensure_ascii=False).encode(errors="replace")
        return read(update, raw, self._hearing.now())

    async def _take_lane(self, lane: Sequence[tuple[int, Heard]]) -> timedelta:
        """Take one person's updates in order, up to the first that could not be stored."""
        for number, heard in lane:
            taken = await self._hearing.take(heard)
            if isinstance(taken, NotStored):
                return taken.after
            self._stored.add(number)
            self._hearing.answer_press(heard, taken)
        return timedelta(0)

    def _move_offset(self, updates: Sequence[Mapping[str, Any]]) -> None:
        for number in sorted(update["update_id"] for update in updates):
            if number not in self._stored:
                break
            self._stored.discard(number)
            self._offset = number + 1


def _trouble(answer: Answer) -> str:
    match answer:
        case Done(list()):
            return ""
        case Declined(status=409):
            return "another-poller"
        case Declined(status=401 | 404):
            return "token"
        case _:
            return "no-updates"


def _has_number(update: object) -> bool:
    return isinstance(update, dict) and isinstance(update.get("update_id"), int)


def _lane(heard: Heard) -> str:
    return heard.address if isinstance(heard, Arrival) else ""

"""One update on its way in: read, stored, and only then answered."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, assert_never

from telegram.error import TelegramError

from bot.channels.channel import Arrival, Intake, NotStored, Stored, Taken
from bot.channels.telegram.client import Client
from bot.channels.telegram.reading import Elsewhere, Heard, Nothing
from bot.channels.telegram.words import Words
from conversation.incoming import Pressed

log = logging.getLogger(__name__)

#: Answers to presses under way at once; more are left out, for they are only a courtesy.
MAX_COURTESIES: Final = 500
COURTESY_SECONDS: Final = 10.0
FINISH_SECONDS: Final = 2.0


def press_answer(heard: Heard, taken: Taken) -> dict[str, str] | None:
    """The parameters of ``answerCallbackQuery`` for a press that is stored."""
    if not isinstance(taken, Stored) or not isinstance(heard, Arrival):
        return None
    if not isinstance(heard.incoming, Pressed):
        return None
    query = heard.key.rpartition(":")[2]
    return {"callback_query_id": query} | ({"text": taken.toast[:200]} if taken.toast else {})


class Hearing:
    """Brings what was heard to the intake, and says the little that the channel says by itself."""

    def __init__(
        self, client: Client, intake: Intake, words: Words, now: Callable[[], datetime]
    ) -> None:
        self._client = client
        self._intake = intake
        self._words = words
        self.now = now
        self._courtesies: set[asyncio.Task[None]] = set()

    async def take(self, heard: Heard) -> Taken:
        """Whether the update may be confirmed to Telegram."""
        match heard:
            case Arrival():
                return await self._take(heard)
            case Elsewhere():
                self._leave(heard)
                return Stored()
            case Nothing():
                log.info("update of no person", extra={"kind": heard.kind})
                return Stored()
            case _:
                assert_never(heard)

    def answer_press(self, heard: Heard, taken: Taken) -> None:
        """Stop the waiting sign of a button. "query is too old" is usual after a restart."""
        if params := press_answer(heard, taken):
            self._say_aside(self._call_aside("answerCallbackQuery", params))

    async def finish(self) -> None:
        """Wait a little for what is being said on the side."""
        if self._courtesies:
            _, late = await asyncio.wait(self._courtesies, timeout=FINISH_SECONDS)
            for task in late:
                task.cancel()

    async def _take(self, arrival: Arrival) -> Taken:
        try:
            taken = await self._intake.take(arrival)
        except Exception as error:  # what was not stored is never confirmed
            log.error("intake failed", extra={"error": type(error).__name__})  # noqa: TRY400
            return NotStored(after=timedelta(seconds=2))
        return taken

    def _say_aside(self, saying: Coroutine[Any, Any, None]) -> None:
        if len(self._courtesies) >= MAX_COURTESIES:
            saying.close()
            return
        task = asyncio.create_task(saying)
        self._courtesies.add(task)
        task.add_done_callback(self._courtesies.discard)

    async def _call_aside(self, method: str, params: Mapping[str, object]) -> None:
        await self._client.call(method, params, seconds=COURTESY_SECONDS)

    def _leave(self, place: Elsewhere) -> None:
        if place.inside:
            self._say_aside(self._say_farewell(place))

    async def _say_farewell(self, place: Elsewhere) -> None:
        log.info("leaving a group")
        bot = self._client.bot
        try:
            if place.added:
                await bot.send_message(place.chat_id, self._words.farewell)
        except TelegramError as error:
            log.info("no farewell", extra={"error": type(error).__name__})
        try:
            await bot.leave_chat(place.chat_id)
        except TelegramError as error:
            log.warning("could not leave a group", extra={"error": type(error).__name__})

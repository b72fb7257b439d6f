"""One update on its way in: read, stored, and only then answered."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
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
        if isinstance(taken, Stored) and isinstance(arrival.incoming, Pressed):
            self._say_aside(self._answer_press(arrival, taken.toast))
        return taken

    def _say_aside(self, saying: Coroutine[Any, Any, None]) -> None:
        if len(self._courtesies) >= MAX_COURTESIES:
            saying.close()
            return
        task = asyncio.create_task(saying)
        self._courtesies.add(task)
        task.add_done_callback(self._courtesies.discard)

    async def _answer_press(self, arrival: Arrival, toast: str | None) -> None:
        """Stop the button's waiting sign. "query is too old" is usual after a restart."""
        query = arrival.key.rpartition(":")[2]
        params = {"callback_query_id": query} | ({"text": toast[:200]} if toast else {})
        await self._client.call("answerCallbackQuery", params, seconds=COURTESY_SECONDS)

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

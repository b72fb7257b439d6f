"""Telegram as a channel: hears by long polling or by webhook, speaks through the Bot API."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from datetime import datetime, timedelta
from itertools import chain, repeat
from typing import Final

from aiohttp import ClientSession, web
from telegram.error import TelegramError

from bot.channels.channel import (
    Delivery,
    FileGone,
    FileTooLarge,
    Intake,
    Limits,
    Outgoing,
    Refused,
    TryLater,
)
from bot.channels.telegram.client import (
    ANSWER_SECONDS,
    TELEGRAM,
    Client,
    Declined,
    Done,
    Lost,
    Upload,
)
from bot.channels.telegram.hearing import Hearing
from bot.channels.telegram.polling import Polling
from bot.channels.telegram.sending import (
    LIMITS,
    MAX_UPLOAD,
    delivery,
    edit_delivery,
    edited_message,
    new_document,
    new_message,
    removals,
)
from bot.channels.telegram.webhook import Webhook, derived_secret, webhook_path
from bot.channels.telegram.words import Words
from bot.clock import steady
from conversation.cards import Document

log = logging.getLogger(__name__)

FINISH_SECONDS: Final = 6.0
WIPE_AGAIN: Final = timedelta(seconds=2)
#: Seconds between attempts at what must succeed one day.
PAUSES: Final = (1.0, 2.0, 5.0, 15.0, 60.0)


class TelegramChannel:
    """People who talk to the bot in a private Telegram chat.

    With ``public_url`` Telegram brings updates to ``webhook`` (served at ``webhook_path``);
    without, the channel asks for them. ``now`` gives the aware time of what carries none.
    ``named`` is told the bot's own name once Telegram said it.
    """

    name: Final = "telegram"
    limits: Final[Limits] = LIMITS

    def __init__(
        self,
        token: str,
        session: ClientSession,
        *,
        now: Callable[[], datetime],
        api_root: str = TELEGRAM,
        proxy: str | None = None,
        public_url: str | None = None,
        webhook_secret: str | None = None,
        answer_seconds: float = ANSWER_SECONDS,
        named: Callable[[str], object] = lambda name: None,
    ) -> None:
        self._client = Client(
            session, token, api_root=api_root, proxy=proxy, answer_seconds=answer_seconds
        )
        self._words = Words.load()
        self._now = now
        self._named = named
        self._public_url = public_url
        self._secret = webhook_secret or derived_secret(token, "webhook secret")
        self.webhook_path = webhook_path(token)
        self._hearing: Hearing | None = None
        self._polling: Polling | None = None
        self._webhook: Webhook | None = None
        self._tasks: list[asyncio.Task[None]] = []

    # -- speaking -------------------------------------------------------------------------------

    async def send(self, outgoing: Outgoing) -> Delivery:
        """Change the message that is replaced, or send a new one."""
        if outgoing.card.wipes and (trouble := await self._wipe(outgoing)):
            return trouble
        if outgoing.card.document is not None:
            return await self._send_document(outgoing, outgoing.card.document)
        if outgoing.replaces and outgoing.replaces.isdecimal():
            params = edited_message(outgoing, self._words)
            edited = await self._client.call("editMessageText", params)
            if done := edit_delivery(edited, outgoing.replaces):
                return done
        return delivery(await self._client.call("sendMessage", new_message(outgoing, self._words)))

    async def _send_document(self, outgoing: Outgoing, document: Document) -> Delivery:
        if len(outgoing.content) > MAX_UPLOAD:
            return Refused(code="telegram-file-too-large")
        params = new_document(outgoing, self._words)
        upload = Upload(name=document.name, mime=document.mime, content=outgoing.content)
        return delivery(await self._client.upload("sendDocument", params, "document", upload))

    async def _wipe(self, outgoing: Outgoing) -> Delivery | None:
        """Remove messages of both sides; what keeps it from going on. Twice is once."""
        for numbers in removals(outgoing.card):
            trouble = await self._remove("deleteMessages", outgoing, message_ids=numbers)
            if isinstance(trouble, Refused):  # one that is too old stops them all
                single = [
                    await self._remove("deleteMessage", outgoing, message_id=one)
                    for one in numbers
                ]
                trouble = next(
                    (one for one in single if not isinstance(one, Refused | None)), None
                )
            if trouble:
                return trouble
        return None

    async def _remove(self, method: str, outgoing: Outgoing, **which: object) -> Delivery | None:
        answer = await self._client.call(method, {"chat_id": outgoing.address, **which})
        match answer:
            case Done():
                return None
            case Lost():
                return TryLater(after=WIPE_AGAIN)
            case _:
                return delivery(answer)

    # -- files ----------------------------------------------------------------------------------

    async def fetch(self, source: str) -> AsyncGenerator[bytes]:
        """The bytes of a file, as they come; raises FileGone, FileTooLarge or OSError."""
        path, size = await self._locate(source)
        if size > LIMITS.file:
            raise FileTooLarge
        fetched = 0
        async with aclosing(self._client.download(path)) as pieces:
            async for piece in pieces:
                fetched += len(piece)
                if fetched > LIMITS.file:
                    raise FileTooLarge
                yield piece
        if size and fetched != size:
            raise OSError(f"telegram download: {fetched} of {size} bytes")

    async def _locate(self, source: str) -> tuple[str, int]:
        match await self._client.call("getFile", {"file_id": source}):
            case Done({"file_path": str(path)} as file):
                return path, file.get("file_size") or 0
            case Declined(status=400, why=why) if "too big" in why:
                raise FileTooLarge
            case Declined(status=400 | 404):
                raise FileGone
            case answer:
                raise OSError(f"telegram getFile: {type(answer).__name__}")

    # -- listening ------------------------------------------------------------------------------

    async def start(self, intake: Intake) -> None:
        """Begin to listen; troubles with Telegram are met again and again, not raised."""
        self._hearing = Hearing(self._client, intake, self._words, self._now)
        if self._public_url is None:
            self._polling = Polling(self._client, self._hearing)
            self._keep_up(self._polling.run)
        else:
            url = self._public_url.rstrip("/") + self.webhook_path
            self._webhook = Webhook(self._client, self._hearing, url=url, secret=self._secret)
            self._keep_up(self._webhook.watch)
        self._keep_up(self._introduce)
        self._keep_up(self._learn_name)

    async def webhook(self, request: web.Request) -> web.Response:
        """Telegram's delivery of one update, for the site to serve at ``webhook_path``."""
        if self._webhook is None:
            return web.Response(status=503, headers={"Retry-After": "2"})
        return await self._webhook.handle(request)

    async def stop(self) -> None:
        """Stop listening; what was taken is finished, what was not is not confirmed."""
        tasks, self._tasks = self._tasks, []
        if self._polling and tasks:
            self._polling.stop()
            await asyncio.wait(tasks[:1], timeout=FINISH_SECONDS)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._hearing:
            await self._hearing.finish()

    @property
    def trouble(self) -> str:
        """A code of what is wrong between Telegram and us; "" when nothing is known to be."""
        listening = self._webhook or self._polling
        return listening.trouble if listening else ""

    async def time(self) -> datetime | None:
        """What time it is for Telegram, by its last answer; None while it did not answer yet."""
        if self._client.told is None:
            return None
        said, at = self._client.told
        return said + timedelta(seconds=steady() - at)

    async def own_name(self) -> str:
        """The bot's own name, without @; "" while Telegram cannot be asked."""
        try:
            return await self._name()
        except TelegramError:
            return ""

    async def reach(self) -> str:
        """How Telegram answers us: "ok", or a code of what is wrong."""
        try:
            await self._client.bot.get_me()
        except TelegramError as error:
            return type(error).__name__
        return "ok"

    async def _introduce(self) -> None:
        """Put the few commands in the chat's menu; without them everything works too."""
        await self._client.bot.set_my_commands(self._words.commands)

    async def _learn_name(self) -> None:
        self._named(await self._name())

    async def _name(self) -> str:
        return (await self._client.bot.get_me()).username or ""

    def _keep_up(self, work: Callable[[], Awaitable[None]]) -> None:
        self._tasks.append(asyncio.create_task(_again_and_again(work)))


async def _again_and_again(work: Callable[[], Awaitable[None]]) -> None:
    """Do it until it is done, however often Telegram is not there."""
    for pause in chain(PAUSES, repeat(PAUSES[-1])):
        try:
            await work()
        except Exception as error:  # logged without its words: they may quote a message
            trouble = type(error).__name__
            log.warning("telegram: trying again", extra={"trouble": trouble, "pause": pause})
            await asyncio.sleep(pause)
        else:
            break

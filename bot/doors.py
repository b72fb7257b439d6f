"""How an invitation is opened: addresses in which TOKEN stands for it."""

import aiohttp

from bot.channels.telegram import TelegramChannel
from bot.clock import Clock
from bot.settings import Settings
from handlers.people.invite_sheet import TELEGRAM, TOKEN


def page_door(url: str) -> str:
    """The chat page; what stands behind # never reaches a server's log."""
    return f"{url}/chat#start={TOKEN}"


def telegram_door(name: str) -> str:
    """Telegram's own link to a bot, which brings "/start TOKEN"."""
    return f"{TELEGRAM}{name}?start={TOKEN}"


async def doors_of(settings: Settings) -> tuple[str, ...]:
    """All doors of these settings; Telegram is asked for the bot's name, if it can be reached."""
    page = (page_door(settings.public_url),) if settings.public_url else ()
    if not settings.telegram_token:
        return page
    async with aiohttp.ClientSession() as session:
        channel = TelegramChannel(
            settings.telegram_token,
            session,
            now=Clock().now,
            api_root=settings.telegram_api,
            proxy=settings.telegram_proxy,
        )
        name = await channel.own_name()
    return (*page, telegram_door(name)) if name else page

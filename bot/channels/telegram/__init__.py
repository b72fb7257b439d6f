"""Telegram: the only package that knows its Bot API."""

from bot.channels.telegram.channel import TelegramChannel

__all__ = ["TelegramChannel"]

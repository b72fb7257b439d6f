"""Short messages through whatever gateway a county has."""

from bot.channels.sms.channel import SmsChannel

__all__ = ["SmsChannel"]

"""Telegram, pretended: a strict Bot API server with people, lanes, limits, faults and a ledger."""

from tests.fakes.telegram.account import BOT, TOKEN
from tests.fakes.telegram.ledger import Call, Ledger, Made, Message
from tests.fakes.telegram.people import Group, Person, Seen
from tests.fakes.telegram.server import FakeTelegram

__all__ = [
    "BOT",
    "TOKEN",
    "Call",
    "FakeTelegram",
    "Group",
    "Ledger",
    "Made",
    "Message",
    "Person",
    "Seen",
]

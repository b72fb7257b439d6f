"""The bot with deadly words, for these tests alone: ``python -m tests.faults.deadly ... run``."""

import os
import re
import resource
import sys

from bot import app
from bot.__main__ import main
from conversation.incoming import Incoming, Said
from handlers import talk
from handlers.turn import Turn

RAISES, HANGS, HOARDS, DIES = "这句会抛错", "这句会卡住", "这句会吃光内存", "这句会断气"
#: Holds the interpreter, so that no thread of the bot can stop it.
SEIZES = "这句会卡死"
GIGABYTE = 1 << 30

_take = talk.take


def take(turn: Turn, incoming: Incoming) -> None:
    match incoming:
        case Said(text=text) if text == RAISES:
            raise ValueError(f"words that nobody may log: {text}")
        case Said(text=text) if text == HANGS:
            while True:
                pass
        case Said(text=text) if text == HOARDS:
            hoard = []
            while True:
                hoard.append(bytes(GIGABYTE // 16))
        case Said(text=text) if text == DIES:
            os._exit(11)
        case Said(text=text) if text == SEIZES:
            re.match("(a+)+b", "a" * 64)
        case _:
            _take(turn, incoming)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (2 * GIGABYTE, 2 * GIGABYTE))
    talk.take = take
    app.STUCK_SECONDS, app.PULSE_EVERY = 3, 1
    sys.exit(main())

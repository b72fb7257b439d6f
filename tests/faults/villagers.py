"""People who talk to the bot all at once, whatever becomes of it, until they hold a receipt."""

import asyncio
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from tests.fakes.telegram import FakeTelegram, Message, Person, Seen

#: The line of a receipt that carries its number.
RECEIPT: Final = re.compile(r"受理号：(\d{3} \d{3} \d{3})")
#: Found nowhere but in what these people say: it may never lie about in the clear.
CANARY: Final = "水渠边喊不应"
#: Longer than any outage of these tests; who hears nothing for so long was forgotten.
PATIENCE: Final = float(os.environ.get("FAULTS_PATIENCE", "120"))
#: Buttons that answer no question.
_WAYS: Final = frozenset({"上一步", "稍后继续", "取消", "更多 ▸", "◂ 上一页", "回首页", "选好了"})


@dataclass(slots=True, kw_only=True)
class Villager:
    """One person: reports something, then adds to the receipt in quick succession."""

    telegram: FakeTelegram
    number: int
    #: The first button: the danger path or the ordinary report.
    path: str = "孩子现在有危险"
    additions: int = 3
    #: Told just before the sentence is said that ends the danger form.
    before_words: Callable[[], None] = lambda: None
    #: Seconds before each act; people need time to read.
    pause: float = 0.0
    #: Numbers of receipts, without blanks.
    receipts: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    #: Seconds from each act to its answer.
    waits: list[float] = field(default_factory=list)
    _since: int = 0

    @property
    def person(self) -> Person:
        return self.telegram.person(self.number, f"村民{self.number}")

    async def report(self) -> None:
        """From /start to a receipt, and then the additions."""
        self._begin()
        self.person.says("/start")
        screen = await self._next_screen()
        self._begin()
        self.person.taps(self.path, on=screen)
        for _ in range(80):
            screen = await self._next_screen()
            if receipt := RECEIPT.search(screen.text):
                self.receipts.append(receipt[1].replace(" ", ""))
                break
            await asyncio.sleep(self.pause)
            self._begin()
            self._answer(screen)
        else:
            raise AssertionError(f"no receipt in eighty steps:\n{self.person.screen()}")
        await self._add_to(screen)

    def _answer(self, screen: Seen) -> None:
        """The first choice, else a sentence; what may be skipped is skipped."""
        labels = [label for row in screen.buttons for label in row]
        ready = [each for each in labels if each == "发出去" or each.startswith("选好了（")]
        if ready:
            self.person.taps(ready[0], on=screen)
        elif "跳过" in labels:
            self.person.taps("跳过", on=screen)
        elif choices := [each for each in labels if each not in _WAYS]:
            self.person.taps(choices[0], on=screen)
        else:
            self.before_words()
            self.person.says(f"{CANARY}，{self.number} 家的孩子")

    async def _add_to(self, receipt: Seen) -> None:
        """Several replies to the receipt without waiting: they must keep their order."""
        await asyncio.sleep(max(0.3, self.pause))
        self._begin()
        for count in range(self.additions):
            words = f"{CANARY}，补充{count + 1}"
            self.person.says(words, reply_to=receipt)
            self.added.append(words)
        async with asyncio.timeout(PATIENCE):
            while len(self._heard()) < self.additions:
                await self.telegram.changes()

    def _begin(self) -> None:
        self._since = self.telegram.events()

    async def _next_screen(self) -> Seen:
        """What the bot shows to the last act: the receipt, else the newest card with buttons."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(PATIENCE):
                while not (shown := _screen(self._heard())):
                    await self.telegram.changes()
                self.waits.append(time.monotonic() - began)
                # Who reads before tapping sees the latest: an older answer may still be coming.
                while (shown := _screen(self._heard())) and not await self._is_still():
                    pass
        except TimeoutError:
            raise AssertionError(
                f"{self.number} heard nothing for {PATIENCE} s:\n{self.person.screen()}"
            ) from None
        assert shown is not None
        return next(each for each in self.person.sees() if each.message_id == shown.message_id)

    async def _is_still(self) -> bool:
        """Whether nothing new comes while one reads."""
        events = [message.changed for message in self._heard()]
        await asyncio.sleep(0.05)
        return events == [message.changed for message in self._heard()]

    def _heard(self) -> list[Message]:
        """The bot's messages that are new or changed since the last act, in that order."""
        messages = self.telegram.chats[self.number]
        fresh = [each for each in messages if each.ours and each.changed > self._since]
        return sorted(fresh, key=lambda message: message.changed)


def _screen(heard: list[Message]) -> Message | None:
    receipt = next((each for each in heard if RECEIPT.search(each.text)), None)
    asking = [each for each in heard if each.keyboard]
    return receipt or (asking[-1] if asking else None)

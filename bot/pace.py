"""How fast a channel may be spoken to: a chat's own pace, and the pace of all together."""

import asyncio
import time
from collections import deque
from datetime import timedelta

#: Messages that one chat may get in quick succession before its pace counts.
BURST = 3
MANY_CHATS = 10_000
#: Answers share the pace with alarms; what matters less waits for both.
SHARES = 1


class Pace:
    """Waits until a chat may be spoken to. Who matters more goes first when all together wait.

    Of many of the first kind every other turn is left to the second: an answer to somebody who
    speaks does not wait until a thousand alarms are told.
    """

    def __init__(self, overall: float, per_chat: float) -> None:
        """``overall`` and ``per_chat`` are messages a second; 0 means no limit."""
        self._gap = 1 / overall if overall else 0.0
        self._chat_gap = 1 / per_chat if per_chat else 0.0
        self._next = 0.0
        self._chats: dict[str, float] = {}
        self._resting: dict[str, float] = {}
        #: By how much it matters, the first first; each in the order of its coming.
        self._queues: dict[int, deque[asyncio.Future[None]]] = {}
        self._served: int | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def wait(self, address: str, priority: int) -> None:
        """Return when one message may go to ``address``."""
        if self._chat_gap and (pause := self._chat_pause(address)) > 0:
            await asyncio.sleep(pause)
        if self._gap:
            await self._turn(priority)

    def let_go(self) -> None:
        """Nobody waits for their turn any more: the program stops."""
        self._gap = 0.0
        while (ticket := self._first()) is not None:
            ticket.set_result(None)

    def hold(self, address: str, after: timedelta) -> None:
        """The channel asked this chat to rest."""
        self._resting[address] = time.monotonic() + after.total_seconds()

    def rests(self, address: str) -> float | None:
        """Seconds for which the chat must not be spoken to, or None when it may."""
        until = self._resting.get(address)
        if until is None:
            return None
        rest = until - time.monotonic()
        if rest > 0:
            return rest
        del self._resting[address]
        return None

    def _chat_pause(self, address: str) -> float:
        """Seconds until the chat may be spoken to; counts this message."""
        now = time.monotonic()
        # A chat that was quiet has saved up a burst.
        ready = max(self._chats.get(address, 0.0), now - BURST * self._chat_gap)
        self._chats[address] = ready + self._chat_gap
        if len(self._chats) > MANY_CHATS:
            self._chats = {key: at for key, at in self._chats.items() if at > now}
        return max(0.0, ready - now)

    async def _turn(self, priority: int) -> None:
        now = time.monotonic()
        if not self._queues and self._next <= now:
            self._next = max(self._next, now - self._gap) + self._gap
            return
        ticket: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queues.setdefault(priority, deque()).append(ticket)
        self._wind()
        await ticket

    def _wind(self) -> None:
        if self._timer is None and self._queues:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(max(0.0, self._next - time.monotonic()), self._ring)

    def _ring(self) -> None:
        self._timer = None
        ticket = self._first()
        if ticket is not None:
            self._next = max(self._next, time.monotonic() - self._gap) + self._gap
            ticket.set_result(None)
        self._wind()

    def _first(self) -> "asyncio.Future[None] | None":
        """Whose turn it is of those who still wait; None when nobody does."""
        for priority in [*self._queues]:
            waiting = self._queues[priority]
            while waiting and waiting[0].cancelled():
                _ = waiting.popleft()
            if not waiting:
                del self._queues[priority]
        order = sorted(self._queues)
        if not order:
            return None
        is_next_of_two = len(order) > 1 and self._served == order[0] and order[1] <= SHARES
        chosen = order[1] if is_next_of_two else order[0]
        self._served = chosen
        return self._queues[chosen].popleft()

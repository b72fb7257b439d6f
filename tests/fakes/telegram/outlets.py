"""The two ways out for updates: getUpdates with its offset, and the webhook with its lanes.

The facts are those of tdlib/telegram-bot-api: each lane is first in, first out, with one delivery
under way; a first failure is retried at once, then after 2, 4, 8 ... seconds; a Retry-After is
obeyed, but an update that would be too old by then is dropped.
"""

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector

from tests.fakes.telegram.faults import Roads
from tests.fakes.telegram.ledger import Made
from tests.fakes.telegram.refusals import Refusal

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
ANSWER_SECONDS = 60.0
MAX_RETRY_AFTER = 3600.0
CONFLICT = (
    "Conflict: terminated by other getUpdates request;"
    " make sure that only one bot instance is running"
)


class Queue:
    """Updates that are not confirmed yet, in the order in which they happened."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._pending: dict[int, Made] = {}
        self._lanes: dict[int, deque[Made]] = defaultdict(deque)
        self._last = 0
        #: Kinds that the bot asked for; empty for all of them.
        self.allowed: tuple[str, ...] = ()
        self._poll: asyncio.Future[str] | None = None

    def put(self, made: Made) -> None:
        if self.allowed and made.kind not in self.allowed:
            return
        self._last = made.update_id
        self._pending[made.update_id] = made
        self._lanes[made.lane].append(made)
        self._call_poll("")

    def __len__(self) -> int:
        return sum(1 for _ in self._waiting())

    def lanes(self) -> set[int]:
        """The lanes in which something waits."""
        return {made.lane for made in self._waiting()}

    def first(self, lane: int) -> Made | None:
        """What stands at the head of the lane."""
        waiting = self._lanes[lane]
        while waiting and not self._waits(waiting[0]):
            waiting.popleft()
        return waiting[0] if waiting else None

    def confirm(self, made: Made) -> None:
        made.confirmed_at = made.confirmed_at or self._clock()
        self._pending.pop(made.update_id, None)

    def expire(self, made: Made) -> None:
        made.expired = True
        self._pending.pop(made.update_id, None)

    def drop(self) -> None:
        for made in self._pending.values():
            made.dropped = True
        self._pending.clear()

    async def poll(self, *, offset: int, limit: int, seconds: float) -> list[Made]:
        """What waits from the offset on, as soon as there is any; the offset confirms the rest."""
        self.terminate_polls(CONFLICT)
        self._pass(offset)
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        poll = self._poll = loop.create_future()
        while not (ready := list(islice(self._ready(), limit))):
            await asyncio.wait({poll}, timeout=max(0.0, until - loop.time()))
            if not poll.done():
                break
            if poll.result():
                raise Refusal(409, poll.result())
            poll = self._poll = loop.create_future()
        if self._poll is poll:
            self._poll = None
        for made in ready:
            made.attempts += 1
        return ready

    def terminate_polls(self, reason: str) -> None:
        self._call_poll(reason)

    def _pass(self, offset: int) -> None:
        """Confirm what the offset has passed. One from the future confirms nothing."""
        if offset < 0:
            for made in list(self._waiting())[:offset]:
                self.confirm(made)
        elif offset <= self._last + 1:
            for made in list(takewhile(lambda made: made.update_id < offset, self._waiting())):
                self.confirm(made)

    def _ready(self) -> Iterator[Made]:
        now = self._clock()
        return (made for made in self._waiting() if made.due_at <= now)

    def _waiting(self) -> Iterator[Made]:
        return (made for made in list(self._pending.values()) if self._waits(made))

    def _waits(self, made: Made) -> bool:
        """Whether it is neither confirmed, nor dropped, nor too old."""
        if made.update_id in self._pending and made.expires_at <= self._clock():
            self.expire(made)
        return self._pending.get(made.update_id) is made

    def _call_poll(self, reason: str) -> None:
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(reason)


@dataclass(slots=True, kw_only=True)
class Hook:
    """Where updates are brought."""

    url: str
    secret: str
    connections: int
    last_error: str = ""
    last_error_at: int = 0


class Courier:
    """Brings updates to the webhook, lane by lane."""

    def __init__(
        self,
        queue: Queue,
        roads: Roads,
        clock: Callable[[], float],
        obey: Callable[[bytes], Awaitable[None]],
    ) -> None:
        """``obey`` carries out the one call that an answer to an update may hold."""
        self._queue = queue
        self._obey = obey
        self._roads = roads
        self._clock = clock
        self.hook: Hook | None = None
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._copies: set[asyncio.Task[Any]] = set()
        self._session: ClientSession | None = None
        self._gate = asyncio.Semaphore(40)

    def set_hook(self, hook: Hook | None) -> None:
        self.hook = hook
        for task in self._tasks.values():
            task.cancel()
        self._tasks.clear()
        if hook:
            self._gate = asyncio.Semaphore(hook.connections)
            for lane in self._queue.lanes():
                self.wake(lane)

    def wake(self, lane: int) -> None:
        """There may be something new in the lane."""
        if self.hook and lane not in self._tasks:
            task = asyncio.get_running_loop().create_task(self._run(lane))
            self._tasks[lane] = task
            task.add_done_callback(lambda done: self._forget(lane, done))

    async def bring(self, body: bytes, *, secret: str | None = None) -> tuple[int, str]:
        """Post any body as Telegram would; the status and the Retry-After."""
        assert self.hook
        headers = {"Content-Type": "application/json"}
        headers[SECRET_HEADER] = self.hook.secret if secret is None else secret
        async with self._http().post(
            self.hook.url, data=body, headers=headers, allow_redirects=False
        ) as response:
            answer = await response.read()
            if answer and 200 <= response.status <= 299:
                await self._obey(answer)
            return response.status, response.headers.get("Retry-After", "")

    async def stop(self) -> None:
        tasks = [*self._tasks.values(), *self._copies]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session:
            await self._session.close()

    def _http(self) -> ClientSession:
        if self._session is None:
            self._session = ClientSession(
                connector=TCPConnector(limit=0),
                timeout=ClientTimeout(total=ANSWER_SECONDS),
            )
        return self._session

    def _forget(self, lane: int, task: asyncio.Task[None]) -> None:
        if self._tasks.get(lane) is task:
            del self._tasks[lane]

    async def _run(self, lane: int) -> None:
        await asyncio.sleep(self._roads.lateness())
        while made := self._queue.first(lane):
            await self._bring_until_taken(made)

    async def _bring_until_taken(self, made: Made) -> None:
        delay = 0.0
        while self._queue.first(made.lane) is made:
            await asyncio.sleep(max(0.0, made.due_at - self._clock()))
            retry_after = await self._attempt(made)
            if made.confirmed_at is not None:
                break
            if retry_after is None:
                pause, delay = delay, min(self._roads.cap(), max(2.0, delay * 2))
            else:
                pause = min(MAX_RETRY_AFTER, retry_after)
            if self._clock() + pause > made.expires_at:
                self._queue.expire(made)
                break
            await asyncio.sleep(pause * self._roads.hurry)

    async def _attempt(self, made: Made) -> float | None:
        """Bring it once; the Retry-After of a refusal."""
        body = _dumps(made.body).encode()
        for _ in range(self._roads.copies() - 1):
            self._aside(self._copy(made, body))
        async with self._gate:
            return await self._post(made, body)

    async def _post(self, made: Made, body: bytes) -> float | None:
        hook = self.hook
        if hook is None:
            return None
        made.attempts += 1
        try:
            status, retry_after = await self.bring(body)
        except (ClientError, OSError, TimeoutError) as error:
            hook.last_error = f"Connection failed: {type(error).__name__}"
            hook.last_error_at = int(self._clock())
            return None
        if 200 <= status <= 299:
            self._queue.confirm(made)
            return None
        hook.last_error = f"Wrong response from the webhook: {status}"
        hook.last_error_at = int(self._clock())
        return float(retry_after) if retry_after.isdecimal() else None

    async def _copy(self, made: Made, body: bytes) -> None:
        await asyncio.sleep(self._roads.lateness())
        await self._post(made, body)

    def _aside(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._copies.add(task)
        task.add_done_callback(self._copies.discard)


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)

"""Results that come after the commit, handed over with one wake-up of the event loop per batch."""

import asyncio
import concurrent.futures
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeAlias, TypeVar

T = TypeVar("T")


class Pending(Generic[T]):
    """A result to come: ``await`` it in an event loop, call ``result()`` in a plain thread."""

    __slots__ = ("_future", "_loop")

    def __init__(self) -> None:
        self._future: asyncio.Future[T] | concurrent.futures.Future[T]
        try:
            self._loop: asyncio.AbstractEventLoop | None = asyncio.get_running_loop()
            self._future = self._loop.create_future()
        except RuntimeError:
            self._loop = None
            self._future = concurrent.futures.Future()

    def __await__(self) -> Generator[Any, None, T]:
        if isinstance(self._future, asyncio.Future):
            return self._future.__await__()
        return asyncio.wrap_future(self._future).__await__()

    def result(self, timeout: float | None = None) -> T:
        """The result, waited for by blocking this thread: never call it in an event loop."""
        if isinstance(self._future, asyncio.Future):
            return self._future.result()
        return self._future.result(timeout)

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        """The loop that waits for it, if one does."""
        return self._loop

    def settle(self, value: T | None, error: BaseException | None) -> None:
        """Give the outcome to whoever waits."""
        if self._future.done():  # given up by its waiter
            return
        if error is None:
            self._future.set_result(value)  # type: ignore[arg-type]
        else:
            self._future.set_exception(_bearable(error))


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one turn ended, and what is to be called if it was kept."""

    pending: Pending[Any]
    value: Any = field(default=None, repr=False)
    error: BaseException | None = None
    calls: tuple[Callable[[], object], ...] = ()


Loop: TypeAlias = asyncio.AbstractEventLoop


def settle(outcomes: Iterable[Outcome]) -> None:
    """Settle all, with one wake-up for each event loop that waits."""
    by_loop: dict[Loop | None, list[Outcome]] = {}
    for outcome in outcomes:
        by_loop.setdefault(outcome.pending.loop, []).append(outcome)
    for loop, mine in by_loop.items():
        if loop is None:
            _settle_here(mine)
            continue
        try:
            loop.call_soon_threadsafe(_settle_in, loop, mine)
        except RuntimeError:  # the loop was closed: nobody waits any more
            continue


def _settle_in(loop: Loop, outcomes: Iterable[Outcome]) -> None:
    for outcome in outcomes:
        for call in outcome.calls:
            loop.call_soon(call)
        outcome.pending.settle(outcome.value, outcome.error)


def _settle_here(outcomes: Iterable[Outcome]) -> None:
    for outcome in outcomes:
        error = outcome.error
        try:
            for call in outcome.calls:
                call()
        except Exception as raised:  # it belongs to whoever asked for the call
            error = raised
        outcome.pending.settle(outcome.value, error)


def _bearable(error: BaseException) -> BaseException:
    # A future cannot carry a StopIteration; asyncio takes a bare BaseException as its own end.
    if isinstance(error, Exception) and not isinstance(error, StopIteration):
        return error
    bearable = RuntimeError(type(error).__name__)
    bearable.__cause__ = error
    return bearable

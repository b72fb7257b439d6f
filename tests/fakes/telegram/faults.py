"""Faults of calls, on a schedule that a seed repeats."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

BEFORE = ("500", "502", "429", "403", "timeout-before", "reset-before")
AFTER = ("500-after", "502-after", "timeout-after", "reset-after", "truncated", "slow")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What goes wrong with one call: before it has its effect, or after."""

    kind: str
    #: How long "slow" takes, or how long a timeout holds the line before it is cut.
    seconds: float = 60.0
    retry_after: int = 1


@dataclass(slots=True, kw_only=True)
class _Planned:
    method: str
    chat_id: int | None
    times: int
    fault: Fault


@dataclass(slots=True)
class Faults:
    """Which calls fail, and how."""

    seed: int = 0
    _planned: list[_Planned] = field(default_factory=list)
    _rate: float = 0.0
    _kinds: Sequence[str] = ()
    _methods: frozenset[str] = frozenset()
    _retry_after: tuple[int, int] = (1, 3)
    _seconds: float = 60.0
    _dice: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)

    def once(
        self,
        method: str,
        kind: str,
        *,
        chat_id: int | None = None,
        times: int = 1,
        seconds: float = 60.0,
        retry_after: int = 1,
    ) -> None:
        """The next ``times`` calls of the method (to that chat) go wrong in this way."""
        assert kind in BEFORE + AFTER, kind
        fault = Fault(kind=kind, seconds=seconds, retry_after=retry_after)
        self._planned.append(_Planned(method=method, chat_id=chat_id, times=times, fault=fault))

    def mix(
        self,
        rate: float,
        kinds: Sequence[str] = BEFORE + AFTER,
        *,
        methods: Sequence[str] = ("sendMessage", "editMessageText", "answerCallbackQuery"),
        retry_after: tuple[int, int] = (1, 3),
        seconds: float = 60.0,
    ) -> None:
        """From now on this share of calls goes wrong, by the seed."""
        assert set(kinds) <= set(BEFORE + AFTER), kinds
        self._rate, self._kinds, self._methods = rate, tuple(kinds), frozenset(methods)
        self._retry_after, self._seconds = retry_after, seconds

    def clear(self) -> None:
        self._planned.clear()
        self._rate = 0.0

    def choose(self, method: str, chat_id: int | None) -> Fault | None:
        for planned in self._planned:
            if planned.method == method and planned.chat_id in (None, chat_id):
                planned.times -= 1
                if planned.times == 0:
                    self._planned.remove(planned)
                return planned.fault
        if method in self._methods and self._dice.random() < self._rate:
            return Fault(
                kind=self._dice.choice(self._kinds),
                seconds=self._seconds,
                retry_after=self._dice.randint(*self._retry_after),
            )
        return None


@dataclass(slots=True, kw_only=True)
class Roads:
    """How updates reach the bot's webhook: twice, late, overtaking one another."""

    seed: int = 0
    #: Share of updates that are brought 2 to 5 times, at once or after a while.
    duplicates: float = 0.0
    #: A lane starts up to this many seconds late, so that lanes overtake one another.
    jitter: float = 0.0
    #: Real seconds for each second of Telegram's retry delays.
    hurry: float = 1.0
    _dice: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)

    def copies(self) -> int:
        if self._dice.random() >= self.duplicates:
            return 1
        return self._dice.randint(2, 5)

    def lateness(self) -> float:
        return self._dice.uniform(0, self.jitter)

    def cap(self) -> float:
        """The longest delay between two attempts: Telegram rolls it between 60 and 120 s."""
        return self._dice.uniform(60, 120)

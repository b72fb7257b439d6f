"""Telegram's flood limits: a bucket for each chat, one for all, and the ban after a refusal."""

import math
from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class Bucket:
    rate: float
    burst: float
    level: float
    at: float

    def wait(self, now: float) -> float:
        """Seconds until one more fits."""
        self.level = min(self.burst, self.level + (now - self.at) * self.rate)
        self.at = now
        return 0.0 if self.level >= 1 else (1 - self.level) / self.rate


@dataclass(slots=True, kw_only=True)
class Pace:
    """When a call is one too many. Off unless ``on``; forced bans hold always."""

    on: bool = False
    overall: float = 30.0
    per_chat: float = 1.0
    burst: float = 3.0
    _all: Bucket | None = None
    _chats: dict[int, Bucket] = field(default_factory=dict)
    _banned_until: dict[int, float] = field(default_factory=dict)

    def banned_for(self, chat_id: int, now: float) -> float:
        return max(0.0, self._banned_until.get(chat_id, 0.0) - now)

    def ban(self, chat_id: int, seconds: float, now: float) -> None:
        self._banned_until[chat_id] = max(self._banned_until.get(chat_id, 0.0), now + seconds)

    def take(self, chat_id: int, now: float) -> int:
        """0 when the call fits, else the retry_after to answer."""
        if not self.on:
            return 0
        everyone = self._all = self._all or _full(self.overall, self.overall, now)
        chat = self._chats.setdefault(chat_id, _full(self.per_chat, self.burst, now))
        wait = max(everyone.wait(now), chat.wait(now))
        if wait > 0:
            return max(1, math.ceil(wait))
        everyone.level -= 1
        chat.level -= 1
        return 0


def _full(rate: float, burst: float, now: float) -> Bucket:
    return Bucket(rate=rate, burst=burst, level=burst, at=now)

"""Guessing at what only one person knows: so many wrong tries, then a wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import case, delete, select

from storage.repository import Kept, given, insert, upsert
from storage.tables import pin_tries

if TYPE_CHECKING:
    from datetime import datetime

#: After so many wrong tries in a row there is a wait of so long.
TRIES = 5
LOCKED_FOR = timedelta(hours=1)
#: After so many wrong tries of all people together within an hour it is full for an hour: the
#: bounds above mean nothing to whoever comes with many accounts.
TRIES_OF_ALL = 200
#: And after so many at one thing.
TRIES_AT_ONE = 50


#: Whom the common count is of: nobody's id.
_ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """How often somebody was wrong, and until when they wait."""

    tries: int
    locked_until: datetime | None


_TRIED = select(pin_tries.c.tries, pin_tries.c.locked_until).where(
    pin_tries.c.number_index == given("mark")
)
_COUNT = upsert(pin_tries, "tries", "locked_until", "last_at")
_TALLY = insert(pin_tries)
_TALLY = _TALLY.on_conflict_do_update(
    index_elements=[pin_tries.c.number_index],
    set_={
        # An hour that is over begins anew, and of two processes both are counted.
        "tries": case(
            (pin_tries.c.locked_until > _TALLY.excluded.last_at, pin_tries.c.tries + 1), else_=1
        ),
        "locked_until": case(
            (
                (pin_tries.c.locked_until > _TALLY.excluded.last_at)
                & (pin_tries.c.tries + 1 < given("most", pin_tries.c.tries.type)),
                pin_tries.c.locked_until,
            ),
            else_=_TALLY.excluded.locked_until,
        ),
        "last_at": _TALLY.excluded.last_at,
    },
)
_FORGIVE = delete(pin_tries).where(pin_tries.c.number_index == given("mark"))
_FORGET = delete(pin_tries).where(pin_tries.c.last_at < given("before"))


class Tries(Kept):
    """Wrong tries by a mark of what is guessed at, or of who guesses."""

    def waits(self, purpose: str, of: str) -> Tried | None:
        """The wait that goes on; None for whoever may try."""
        known = self._known(purpose, of)
        waiting = known.locked_until is not None and self._now < known.locked_until
        return known if waiting else None

    def all_wait(self, purpose: str) -> datetime | None:
        """Until when it is full, because all together were wrong too often; else None."""
        return self._full(purpose, _ALL, TRIES_OF_ALL)

    def waits_at(self, purpose: str, what: str) -> datetime | None:
        """Until when it is full at one thing, whoever guesses at it; else None."""
        return self._full(purpose, f"at|{what}", TRIES_AT_ONE)

    def wrong(self, purpose: str, of: str, *, at: str = "") -> Tried:
        """Count one more, for them and for all together; the fifth of theirs begins a wait.

        ``at`` is what they guess at, where that has a bound of its own.
        """
        self._tally(purpose, _ALL, TRIES_OF_ALL)
        if at:
            self._tally(purpose, f"at|{at}", TRIES_AT_ONE)
        before = self._known(purpose, of).tries
        tries = 1 if before >= TRIES else before + 1
        locked_until = self._now + LOCKED_FOR if tries >= TRIES else None
        self._db.run(
            _COUNT,
            number_index=self._blind(purpose, of),
            tries=tries,
            locked_until=locked_until,
            last_at=self._now,
        )
        return Tried(tries=tries, locked_until=locked_until)

    def forgive(self, purpose: str, of: str) -> None:
        """Right at last: nothing is counted any more."""
        self._db.run(_FORGIVE, mark=self._blind(purpose, of))

    def forget(self, before: datetime) -> int:
        """Forget wrong tries of long ago; how many."""
        return self._db.run(_FORGET, before=before)

    def _tally(self, purpose: str, of: str, most: int) -> None:
        self._db.run(
            _TALLY,
            number_index=self._blind(purpose, of),
            tries=1,
            locked_until=self._now + LOCKED_FOR,
            last_at=self._now,
            most=most,
        )

    def _full(self, purpose: str, of: str, most: int) -> datetime | None:
        known = self._known(purpose, of)
        ends = known.locked_until
        return ends if known.tries >= most and ends is not None and self._now < ends else None

    def _known(self, purpose: str, of: str) -> Tried:
        row = self._db.one(_TRIED, mark=self._blind(purpose, of)) or (0, None)
        return Tried(tries=row[0], locked_until=row[1])

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
#: After so many wrong tries of all people together within an hour nobody may try for an hour: the
#: bounds above mean nothing to whoever comes with many accounts.
TRIES_OF_ALL = 200


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
                & (pin_tries.c.tries + 1 < TRIES_OF_ALL),
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
        """Until when nobody may try, because all together were wrong too often; else None."""
        known = self._known(purpose, _ALL)
        ends = known.locked_until
        is_full = known.tries >= TRIES_OF_ALL and ends is not None and self._now < ends
        return ends if is_full else None

    def wrong(self, purpose: str, of: str) -> Tried:
        """Count one more, for them and for all together; the fifth begins a wait."""
        self._db.run(
            _TALLY,
            number_index=self._blind(purpose, _ALL),
            tries=1,
            locked_until=self._now + LOCKED_FOR,
            last_at=self._now,
        )
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

    def _known(self, purpose: str, of: str) -> Tried:
        row = self._db.one(_TRIED, mark=self._blind(purpose, of)) or (0, None)
        return Tried(tries=row[0], locked_until=row[1])

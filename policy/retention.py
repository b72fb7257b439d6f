"""How long what was said is kept after what it was for is over."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

#: What is removed by itself; what was said goes last, and takes along who said it.
Kind: TypeAlias = Literal["reporter", "case"]
KINDS: tuple[Kind, ...] = ("reporter", "case")
#: No year is longer: nothing goes a day too early.
_YEAR = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One line of retention.toml."""

    #: What it is called.
    name: str
    #: From when the years are counted.
    after: Literal["case_closed"]
    years: int
    #: The law or the rule that says so, and why so long.
    source: str
    reason: str

    def over_before(self, now: datetime) -> datetime:
        """What ended before this moment is kept no longer."""
        return now - self.years * _YEAR

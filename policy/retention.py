"""How long what was said is kept after what it was for is over."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Literal, TypeAlias, get_args

#: What is removed by itself; what was said goes last, and takes along who said it.
Kind: TypeAlias = Literal[
    "reporter", "case", "report", "child", "wrong", "visit", "family", "absence", "roll"
]
KINDS: tuple[Kind, ...] = get_args(Kind)
#: From when the years of each are counted.
After: TypeAlias = Literal[
    "case_closed",
    "report_made",
    "child_left",
    "visit_made",
    "care_ended",
    "absence_ended",
    "roll_called",
]
#: What goes along with another is not kept longer than that.
WITHIN: Mapping[Kind, Kind] = {
    "reporter": "case",
    "wrong": "child",
    "visit": "child",
    "family": "child",
}
#: Of these there are many: all of a calendar year goes together, as its years are over.
BY_YEAR: frozenset[Kind] = frozenset({"report", "visit", "family", "absence", "roll"})
#: No year is longer: nothing goes a day too early.
_YEAR = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One line of retention.toml."""

    #: What it is called.
    name: str
    #: From when the years are counted.
    after: After
    years: int
    #: The law or the rule that says so, and why so long.
    source: str
    reason: str

    def over_before(self, now: datetime) -> datetime:
        """What ended before this moment is kept no longer."""
        return now - self.years * _YEAR

    def ends(self, end: datetime) -> datetime:
        """Until when what ended then is kept."""
        return end + self.years * _YEAR

    def over_before_year(self, now: datetime, zone: tzinfo) -> datetime:
        """The same, of whole calendar years alone."""
        year = now.astimezone(zone).year - self.years
        return datetime(year, 1, 1, tzinfo=zone)

"""Working days, as the State Council's yearly notices set them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

#: So long before the table runs out the next notice is asked for; it comes in November.
NOTICE_AHEAD = timedelta(days=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holiday:
    """Days off in a row."""

    name: str
    first: date
    last: date

    def days(self) -> Iterator[date]:
        """Each day of it."""
        for number in range((self.last - self.first).days + 1):
            yield self.first + timedelta(days=number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Holidays and make-up workdays of the years whose notice was entered.

    Beyond them Monday to Friday are worked; ``knows`` tells which it was.
    """

    holidays: Mapping[date, str]
    workdays: frozenset[date]
    years: frozenset[int] = field(default=frozenset())
    #: When offices open and close, on the wall.
    opens: time = time(8, 30)
    closes: time = time(17, 30)

    @property
    def covered_until(self) -> date:
        """The last day of the last year whose notice was entered."""
        return date(max(self.years), 12, 31) if self.years else date.min

    def runs_out(self, today: date) -> bool:
        """True when the next year's notice must be entered now."""
        return self.covered_until < today + NOTICE_AHEAD

    def knows(self, day: date) -> bool:
        """True when the notice of that year was entered."""
        return day.year in self.years

    def is_workday(self, day: date) -> bool:
        """True on a day when offices are open."""
        if day in self.workdays:
            return True
        return day.weekday() < 5 and day not in self.holidays

    def is_open(self, moment: datetime) -> bool:
        """True in office hours; the moment is in the county's own zone."""
        return self.is_workday(moment.date()) and self.opens <= moment.time() < self.closes

    def next_opening(self, moment: datetime) -> datetime:
        """When offices open next after a moment outside office hours, in the moment's zone."""
        day = moment.date()
        if not self.is_workday(day) or moment.time() >= self.opens:
            day = self.add_workdays(day + timedelta(days=1), 0)
        return datetime.combine(day, self.opens, moment.tzinfo)

    def workday_by(self, day: date) -> date:
        """The day itself when it is worked, else the last worked one before it."""
        while not self.is_workday(day):
            day -= timedelta(days=1)
        return day

    def add_workdays(self, day: date, count: int) -> date:
        """The ``count``-th working day after a day; with 0 the day itself, or the next worked."""
        while count > 0 or not self.is_workday(day):
            day += timedelta(days=1)
            if count > 0 and self.is_workday(day):
                count -= 1
        return day

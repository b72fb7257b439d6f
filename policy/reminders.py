"""When and how often people are reminded."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from policy.calendar import Calendar
from policy.durations import Lasting


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminders:
    """The table reminders.toml; its hours are on the county's wall."""

    digest_from: time
    digest_until: time
    #: So many visits within so many working days are told before they are due.
    ahead_least: int
    ahead_days: int
    quiet_from: time
    quiet_until: time
    most_a_day: int
    #: Of cases that are not red so many messages come at once within so long; the rest in one.
    gather_after: int
    gather_within: Lasting
    #: Grade -> for how long what is urgent is put off; all else until the next morning.
    put_off: Mapping[str, Lasting]
    through: tuple[str, ...]
    #: Grade -> kinds of duties that ring at night.
    at_night: Mapping[str, tuple[str, ...]]
    #: Matters of a notice to many that goes out at night.
    notices_at_night: tuple[str, ...]
    instead: tuple[str, ...]
    unshown: Lasting
    #: Grade -> after how long somebody looks whether a card was noticed.
    unseen: Mapping[str, Lasting]

    def digest_of(self, now: datetime, calendar: Calendar) -> date | None:
        """The day whose digest is to be sent now, in the county's own zone; None: none is."""
        is_time = self.digest_from <= now.time() < self.digest_until
        return now.date() if is_time and calendar.is_workday(now.date()) else None

    def loud(self, moment: datetime) -> datetime:
        """The moment itself, or when the night is over."""
        if self.quiet_from <= self.quiet_until:
            is_quiet = self.quiet_from <= moment.time() < self.quiet_until
        else:
            is_quiet = moment.time() >= self.quiet_from or moment.time() < self.quiet_until
        if not is_quiet:
            return moment
        day = moment.date()
        if moment.time() >= self.quiet_until:
            day += timedelta(days=1)
        return datetime.combine(day, self.quiet_until, moment.tzinfo)

    def morning_after(self, moment: datetime) -> datetime:
        """The hour of the digest on the next day."""
        day = moment.date() + timedelta(days=1)
        return datetime.combine(day, self.digest_from, moment.tzinfo)

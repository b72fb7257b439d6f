"""The drill: who would hear of every kind of report in every village, before one comes.

It asks ``policy.routing`` what a report would ask, at hours of every kind that lie ahead.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from policy.calendar import Calendar
from policy.grading import GRADES
from policy.routing import (
    Hearer,
    Post,
    Routing,
    Staff,
    Told,
    Tree,
    hour_of,
    who_hears,
    who_hears_of,
    who_is_told,
)

#: The kinds of hours, as the words call them.
HOURS = ("office", "night", "weekend", "holiday")
#: On the wall: in the middle of a night, and of a day off.
NIGHT, DAY = time(2), time(11)
#: A day off that lies further away is not looked for.
AHEAD = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One hour for all hours of its kind, in the county's zone."""

    name: str
    at: datetime
    in_office: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Who would hear of one kind of report in one village at one hour."""

    area_id: int
    grade: str
    #: All circumstances for which the same posts are told.
    circumstances: tuple[str, ...]
    hour: str
    hearers: tuple[Hearer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A post that should hear, and nobody there would: neither holder, nor deputy, nor shift."""

    post: Post
    #: The most urgent grade that it should hear of.
    grade: str
    hours: tuple[str, ...]


def samples(now: datetime, calendar: Calendar) -> tuple[Sample, ...]:
    """The next hour of each kind; no holiday where the table knows none."""
    opening = now if calendar.is_open(now) else calendar.next_opening(now)
    night = _next(now, NIGHT, lambda _: True)
    weekend = _next(
        now,
        DAY,
        lambda day: (
            day.weekday() > 4
            and day.date() not in calendar.holidays
            and not calendar.is_workday(day.date())
        ),
    )
    holiday = _next(now, DAY, lambda day: day.date() in calendar.holidays)
    found = (("office", opening), ("night", night), ("weekend", weekend), ("holiday", holiday))
    return tuple(
        Sample(name=name, at=at, in_office=calendar.is_open(at))
        for name, at in found
        if at is not None
    )


def _next(now: datetime, wall: time, fits: Callable[[datetime], bool]) -> datetime | None:
    first = datetime.combine(now.date(), wall, now.tzinfo)
    moments = (first + timedelta(days=number) for number in range(AHEAD))
    return next((one for one in moments if one > now and fits(one)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """The tables of a county, and who there is at a moment."""

    tree: Tree
    routing: Routing
    levels: Mapping[str, Sequence[str]]
    calendar: Calendar
    circumstances: Sequence[str]
    staff_at: Callable[[datetime], Staff]

    def walk(self, villages: Iterable[int], now: datetime) -> Iterator[Line]:
        """Every village x kind of report x grade x hour, with who would hear of it."""
        hours = samples(now, self.calendar)
        alike = {grade: self._alike(grade) for grade in GRADES}
        for village in villages:
            for grade in GRADES:
                for same in alike[grade]:
                    for sample in hours:
                        yield Line(
                            area_id=village,
                            grade=grade,
                            circumstances=same,
                            hour=sample.name,
                            hearers=self._hearers(village, grade, same[0], sample),
                        )

    def gaps(self, villages: Iterable[int], now: datetime) -> tuple[Gap, ...]:
        """The posts that the table tells, and where nobody would hear; the most urgent first."""
        hours = samples(now, self.calendar)
        found = (
            Gap(
                post=post,
                grade=grade,
                hours=tuple(one.name for one in hours if not self._is_heard(post, grade, one)),
            )
            for post, grade in self._wanted(villages).items()
        )
        return tuple(one for one in found if one.hours)

    def _wanted(self, villages: Iterable[int]) -> dict[Post, str]:
        """The posts of these villages, each with the most urgent grade that it hears of."""
        wanted: dict[Post, str] = {}
        for grade in GRADES:
            kinds = [same[:1] for same in self._alike(grade)]
            for village in villages:
                for kind in kinds:
                    for post in who_is_told(grade, kind, village, self.tree, self.routing):
                        wanted.setdefault(post, grade)
        return wanted

    def _alike(self, grade: str) -> list[tuple[str, ...]]:
        """The circumstances, those together for which the same posts are told."""
        known = set(self.routing.told[grade])
        found: dict[frozenset[str], list[str]] = {}
        for one in self.circumstances:
            more = frozenset(self.routing.also.get(one, ())) - known
            found.setdefault(more, []).append(one)
        return [tuple(same) for same in found.values()]

    def _hearers(
        self, village: int, grade: str, circumstance: str, sample: Sample
    ) -> tuple[Hearer, ...]:
        when = hour_of(grade, sample.at, self.routing, self.calendar)
        return who_hears_of(
            Told(grade=grade, circumstances=(circumstance,), area=village),
            self.staff_at(when.at),
            self.tree,
            self.routing,
            self.levels,
            in_office=when.in_office,
        )

    def _is_heard(self, post: Post, grade: str, sample: Sample) -> bool:
        when = hour_of(grade, sample.at, self.routing, self.calendar)
        return bool(who_hears([post], self.staff_at(when.at), in_office=when.in_office))

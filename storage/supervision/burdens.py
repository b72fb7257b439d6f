"""How much the program asked of whoever works: counts of a week, and nothing of what was said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from storage.repository import Kept, Seen, given, insert
from storage.tables import burden_week

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """Messages and taps, typed characters, and seconds in which somebody was at it."""

    said: int = 0
    chars: int = 0
    seconds: int = 0

    def and_also(self, more: Week) -> Week:
        """Both together."""
        return Week(
            said=self.said + more.said,
            chars=self.chars + more.chars,
            seconds=self.seconds + more.seconds,
        )


_OF_WEEK = select(
    burden_week.c.person_id, burden_week.c.said, burden_week.c.chars, burden_week.c.seconds
).where(burden_week.c.week == given("week"))
_OF_PERSON = _OF_WEEK.where(burden_week.c.person_id == given("person"))
_adding = insert(burden_week)
_ADD = _adding.on_conflict_do_update(
    index_elements=[burden_week.c.person_id, burden_week.c.week],
    set_={
        name: burden_week.c[name] + _adding.excluded[name] for name in ("said", "chars", "seconds")
    },
)
_FORGET = delete(burden_week).where(burden_week.c.week < given("before"))


class BurdensSeen(Seen):
    """What was measured."""

    def of_week(self, week: date) -> Mapping[int, Week]:
        """Everybody's week that begins on a Monday."""
        return {row[0]: _week(row[1:]) for row in self._db.all(_OF_WEEK, week=week)}

    def of_person(self, person_id: int, week: date) -> Week:
        """One person's; nothing is nought."""
        row = self._db.one(_OF_PERSON, person=person_id, week=week)
        return Week() if row is None else _week(row[1:])


class Burdens(BurdensSeen, Kept):
    """What is measured, to be added up."""

    def add(self, told: Iterable[tuple[int, date, Week]]) -> None:
        """Add to the weeks of people who hold a post; nobody else is measured."""
        every = [*told]
        posts = self._reading.people.roles_of({person for person, _, _ in every})
        self._db.run_many(
            _ADD,
            [
                {
                    "person_id": person,
                    "week": week,
                    "said": one.said,
                    "chars": one.chars,
                    "seconds": one.seconds,
                }
                for person, week, one in every
                if posts.get(person)
            ],
        )

    def forget(self, before: date) -> int:
        """Weeks that began before a day go; how many rows."""
        return self._db.run(_FORGET, before=before)


def _week(row: tuple[int, ...]) -> Week:
    said, chars, seconds = row
    return Week(said=said, chars=chars, seconds=seconds)

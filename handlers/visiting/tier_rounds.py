"""Whose tier is to be looked at again, in the months in which the county wants it."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time

from handlers.rules import Rules
from handlers.turn import Turn
from storage.visiting.tier_looks import Round
from storage.work import Reading


def running(reading: Reading, rules: Rules) -> Round | None:
    """The round of this month as far as it has come; None where there is none."""
    today = reading.now.astimezone(rules.zone).date()
    month = rules.policy.rhythm.reassess.running(today)
    return None if month is None else as_of(rules, month, today.day)


def as_of(rules: Rules, month: date, day: int) -> Round:
    """A round on a day of its month."""
    days = rules.policy.rhythm.reassess.days
    return Round(month, began(rules, month), days, min(day, days))


def began(rules: Rules, month: date) -> datetime:
    """The first moment of a month, as it is compared with what is stored."""
    return datetime.combine(month, time(), rules.zone).astimezone(UTC)


def whose(reading: Reading, rules: Rules) -> Sequence[tuple[int, int, int]]:
    """How many wait: by who answers for them (0: nobody), and by place."""
    told = running(reading, rules)
    return () if told is None else reading.tier_looks.whose(told)


def waiting(turn: Turn, person: int) -> tuple[int, ...]:
    """Whom somebody is asked about: their own, those of whom they stand in for, nobody's."""
    told = running(turn.work, turn.rules)
    if told is None:
        return ()
    work = turn.work
    people = [person, *work.deputies.acting_for(person, work.now)]
    own = work.tier_looks.of_people(people, told)
    first = turn.rules.policy.reminders.instead[:1]
    places = [
        post.area_id for one in people for post in work.people.roles(one) if post.role in first
    ]
    return tuple(dict.fromkeys((*own, *work.tier_looks.of_nobody(places, told))))

"""The hour before which somebody is not reminded: at night, and more often than a day bears."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from handlers.turn import Turn
from policy.routing import Hour

#: Days over which too many reminders are spread.
DAYS = 14


def at_day(turn: Turn, when: Hour) -> Hour:
    """The same hour, or the one when the night is over."""
    moment = turn.rules.policy.reminders.loud(when.at)
    return when if moment == when.at else replace(when, at=moment, waits=True)


def later(turn: Turn, person_id: int, grade: str, when: Hour, *, kind: str = "") -> Hour:
    """The same hour, or the next one that a reminder about something of this grade may have.

    ``kind`` is the duty's: few of them ring at night. A place is kept for the digest that is still
    to come.
    """
    table = turn.rules.policy.reminders
    if grade in table.through:
        return when if kind in table.at_night.get(grade, ()) else at_day(turn, when)
    moment = table.loud(when.at)
    contacts = [one.id for one in turn.work.people.contacts_of(person_id)]
    for _ in range(DAYS):
        kept = moment.time() < table.digest_from
        if _reminded(turn, contacts, moment.date()) < max(1, table.most_a_day - kept):
            break
        moment = table.morning_after(moment)
    return when if moment == when.at else replace(when, at=moment, waits=True)


def is_crowded(turn: Turn, person_id: int) -> bool:
    """True for whom the last hour brought so many reminders that a further one is not read."""
    table, now = turn.rules.policy.reminders, turn.work.now
    contacts = [one.id for one in turn.work.people.contacts_of(person_id)]
    some = turn.work.outbox.reminded(contacts, now - table.gather_within, now + timedelta(hours=1))
    return some >= table.gather_after


def _reminded(turn: Turn, contacts: list[int], day: date) -> int:
    begins = datetime.combine(day, time(), turn.rules.zone)
    return turn.work.outbox.reminded(contacts, begins, begins + timedelta(days=1))

"""How the program itself is, for whoever keeps it: the day's line, and a clock that leapt."""

from datetime import UTC, date, datetime, time, timedelta

from conversation.cards import Button, Card
from handlers.people import colleagues
from handlers.reaching import telling
from handlers.saying import answer, button, home_row
from handlers.turn import ALARM, REMINDER, Turn
from policy.grading import GRADES
from storage import anchors
from storage.audit import Anchor
from storage.people.person import Holder
from storage.people.tries import TRIES_OF_ALL
from storage.pulses import Outage

#: A card that waits longer than this for its hour is not counted among the day's.
MADE = timedelta(days=30)


def keepers(turn: Turn) -> tuple[Holder, ...]:
    """The county's administrators; where there is none, whoever manages the townships' people."""
    roles = turn.rules.policy.roles
    seats = [root.id for root in turn.work.areas.roots()]
    for level in ("county", "township"):
        posts = [
            (name, at)
            for name, role in roles.items()
            if role.level == "county" and level in role.manages
            for at in seats
        ]
        if found := telling.on_call(turn, posts, GRADES[0]):
            return found
    return ()


def is_keeper(turn: Turn) -> bool:
    """True for whoever may say that the clock is right."""
    roles = turn.rules.policy.roles
    return any(
        role in roles and roles[role].level == "county" and "township" in roles[role].manages
        for role, _ in colleagues.held(turn)
    )


# -- a leap of the clock ------------------------------------------------------------------------


def leapt(turn: Turn, outage: Outage) -> None:
    """Whoever keeps the program is asked whether the new time is right."""
    rows = (
        button(turn.words("watch.right"), "clock.right", str(outage.id)),
        button(turn.words("watch.wrong"), "clock.wrong", str(outage.id)),
    )
    text = turn.words(
        f"watch.{outage.kind}",
        time=_span(turn, outage.since, outage.until),
        when=_said(turn, outage.until),
    )
    _tell(turn, text, *rows, key=f"clock:{outage.id}", priority=ALARM)


def goes_on(turn: Turn, outage: Outage) -> None:
    """What was held goes on; what the false time dated lies where it should.

    A clock that was ahead has gone back, by itself or by the leap that held all: of one that was
    right nothing lies ahead.
    """
    turn.work.pulses.bring_back(abs(outage.until - outage.since))
    text = turn.words("watch.goes_on", when=_said(turn, turn.work.now))
    _tell(turn, text, key=f"clock:{outage.id}:on", priority=REMINDER)


def right(turn: Turn, outage_id: str) -> None:
    """时间是对的: what was held goes on within a second."""
    outage = _open(turn, outage_id)
    if outage is not None and turn.work.pulses.settle(outage.id, by=turn.speaker.person_id):
        answer(turn, turn.words("watch.thanks"))


def wrong(turn: Turn, outage_id: str) -> None:
    """时间不对: nothing climbs until the clock is mended."""
    if _open(turn, outage_id) is not None:
        answer(turn, turn.words("watch.mend"))


def _open(turn: Turn, outage_id: str) -> Outage | None:
    if not is_keeper(turn):
        answer(turn, turn.words("people.not_yours"))
        return None
    outage = turn.work.pulses.get(int(outage_id or 0))
    if outage is None or outage.settled_at is not None or outage.kind == "away":
        answer(turn, turn.words("watch.settled"))
        return None
    return outage


# -- a channel that takes nothing -----------------------------------------------------------------


def channel_away(turn: Turn, channel: str, since: datetime) -> None:
    """Whoever keeps the program hears once that a channel is away, on whatever else they have."""
    if not turn.work.pulses.channel_away(channel, since):
        return
    text = turn.words("watch.channel_away", name=channel.capitalize(), when=_said(turn, since))
    _tell_elsewhere(turn, channel, text, key=f"away:{channel}:{turn.work.new_id()}")


def channel_back(turn: Turn, channel: str, at: datetime) -> None:
    """And once that it is back."""
    if turn.work.pulses.channel_back(channel):
        text = turn.words("watch.channel_back", name=channel.capitalize(), when=_said(turn, at))
        _tell(turn, text, key=f"back:{channel}:{turn.work.new_id()}", priority=REMINDER)


def _tell_elsewhere(turn: Turn, channel: str, text: str, *, key: str) -> None:
    card = Card(text=text, rows=(home_row(turn),))
    for one in keepers(turn):
        for contact in turn.work.people.reachable_of(one.person_id):
            if contact.channel != channel:
                turn.tell(
                    contact.id,
                    contact.channel,
                    card,
                    key=f"{key}:{contact.id}",
                    priority=ALARM,
                )


# -- guessing -----------------------------------------------------------------------------------


def guessed(turn: Turn, purpose: str) -> None:
    """Whoever keeps the program hears, once, that all together guessed too often."""
    until = turn.work.tries.all_wait(purpose)
    if until is not None:
        text = turn.words(f"watch.{purpose}", count=TRIES_OF_ALL, when=_said(turn, until))
        _tell(turn, text, key=f"{purpose}:{until:%Y%m%d%H%M}", priority=ALARM)


# -- short messages -----------------------------------------------------------------------------


def texts_spent(turn: Turn) -> None:
    """Whoever keeps the program hears once a day that short messages reached a bound."""
    key = f"texts-spent:{turn.work.now.astimezone(turn.rules.zone):%Y%m%d}"
    limits = turn.rules.policy.limits
    number, count = limits["texts_a_day"], limits["texts_a_day_all"]
    text = turn.words("watch.texts_spent", number=number, count=count)
    _tell(turn, text, key=key, priority=REMINDER)


# -- what is kept ------------------------------------------------------------------------------


def broken_file(turn: Turn, file_id: int) -> None:
    """Whoever keeps the program hears, once a day, of a file that is not what was received.

    Not of which case it is: a keeper may be one who must not hear of that.
    """
    text = turn.words("watch.broken_file", number=file_id)
    _tell(turn, text, key=f"broken:{file_id}:{turn.at:%Y%m%d}", priority=ALARM)


# -- what lies beside the database ---------------------------------------------------------------


def not_kept(turn: Turn, *, code: str, why: str, day: date) -> None:
    """A backup, or what lies beside it, could not be written: told once a day."""
    _tell(turn, turn.words("watch.not_kept", why=why), key=f"{code}:{day}", priority=ALARM)


def log_grows(turn: Turn, *, size: int, day: date) -> None:
    """The database file cannot be written to; what people say lies beside it: told once a day."""
    _tell(turn, turn.words("watch.log_grows", size=size), key=f"log-grows:{day}", priority=ALARM)


def disk_full(turn: Turn, *, at: datetime) -> None:
    """The disk is full; a little was held back, so that this can be kept."""
    _tell(turn, turn.words("watch.disk_full"), key=f"disk-full:{at:%Y%m%d%H}", priority=ALARM)


def went_back(turn: Turn, *, noted: Anchor, rows: int) -> None:
    """The database is not what it was: what people said since may be gone."""
    text = turn.words("watch.went_back", number=noted.seq, when=noted.day, count=rows)
    _tell(turn, text, key=f"went-back:{noted.seq}:{noted.digits}", priority=ALARM)


def took_over(turn: Turn) -> None:
    """A standby of the database took over; of several processes one tells it."""
    if turn.work.pulses.take_line():
        text = turn.words("watch.took_over", when=_said(turn, turn.work.now))
        _tell(turn, text, key=f"took-over:{turn.work.new_id()}", priority=ALARM)


# -- the day's line -----------------------------------------------------------------------------


def tell_day(turn: Turn) -> None:
    """应发、已发、失败 of the day, when the program was away, and the head of the audit."""
    first = datetime.combine(turn.at.date(), time(), turn.at.tzinfo).astimezone(UTC)
    now = turn.work.now
    tally = turn.work.pulses.tally(first, now, first - MADE)
    waiting = tally.due - tally.sent - tally.failed
    head = turn.words(
        "watch.day",
        when=turn.day(turn.at),
        due=tally.due,
        sent=tally.sent,
        failed=tally.failed,
        waiting=waiting,
        climbs=tally.climbs,
    )
    lines = [
        turn.words(
            f"watch.was_{one.kind}",
            when=_said(turn, one.since),
            time=_span(turn, one.since, one.until),
            count=one.missed,
        )
        for one in turn.work.pulses.between(first, now)
    ]
    audited = turn.words(
        "watch.audit", anchor=anchors.spelt(turn.at.date(), turn.work.audit.head())
    )
    _tell(
        turn, "\n".join([head, *lines, audited]), key=f"daily:{turn.at:%Y%m%d}", priority=REMINDER
    )


def _tell(turn: Turn, text: str, *rows: tuple[Button, ...], key: str, priority: int) -> None:
    card = Card(text=text, rows=(*rows, home_row(turn)))
    for one in keepers(turn):
        telling.tell_person(
            turn, one.person_id, card, key=f"{key}:{one.person_id}", priority=priority
        )


def _said(turn: Turn, moment: datetime) -> str:
    return f"{moment.astimezone(turn.rules.zone):%Y-%m-%d %H:%M}"


def _span(turn: Turn, since: datetime, until: datetime) -> str:
    minutes = max(1, round(abs(until - since).total_seconds() / 60))
    for key, size in (("days", 1440), ("hours", 60)):
        if minutes >= 2 * size:
            return turn.words(f"duty.{key}", count=minutes // size)
    return turn.words("duty.minutes", count=minutes)

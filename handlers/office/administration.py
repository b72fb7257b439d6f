"""管理: what did not arrive, what will be erased, days off, opinions, places, and the burden."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from secrets import token_urlsafe

from handlers.cases import case_card
from handlers.people import colleagues
from handlers.reaching import calls, telling
from handlers.rules import Rules
from handlers.turn import Turn
from policy.burden import Cost, Task, task_of
from policy.calendar import Holiday
from policy.hiding import SMALL
from policy.retention import Kept as Retained
from storage.office.upkeep import Asked
from storage.poison import Poisoned
from storage.reaching.owed import OutboxIn
from storage.work import Reading

#: Cards that are looked at, the newest first.
LOOKED_AT = 1000
SHOWN = 200
#: The burden is measured over so long, and whoever speaks so soon has answered.
BURDEN, PATIENCE = timedelta(days=7), timedelta(days=1)
OPINIONS = timedelta(days=365)
#: What goes within this is said beforehand.
SOON = timedelta(days=7)
#: Rules of timing.toml by which something is erased.
KEPT = (
    *("inbox_kept", "outbox_kept", "loose_kept", "draft_kept"),
    *("claims_kept", "family_kept", "burden_kept", "hook_kept", "api_answers_kept"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """A card that did not arrive; what it said is not shown."""

    id: int
    name: str = field(repr=False)
    posts: str
    channel: str
    priority: int
    state: str
    at: datetime
    #: True when the person is reached now, so that it can be sent again.
    is_reached: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How long something is kept."""

    key: str
    days: int
    #: Rows that go within a week.
    going: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How long everything is kept."""

    #: What passes through (timing.toml).
    days: tuple[Kept, ...]
    #: What was said and written down (retention.toml).
    years: tuple[Retained, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """The calendar as it stands."""

    years: Mapping[int, tuple[tuple[Holiday, ...], tuple[date, ...]]]
    until: date
    runs_out: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What somebody thinks of the channel; nobody's name stands beside it."""

    at: datetime
    text: str = field(repr=False)
    ease: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One place, and what lies right below it."""

    id: int
    name: str
    kind: str
    below: int
    children: int
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Burden:
    """What the holders of a post are sent unasked."""

    post: str
    people: int
    #: A day and person, in tenths.
    tenths: int
    sent: int
    answered: int
    #: What a week is expected to cost them on average; None: so few that it would be somebody's.
    week: Cost | None
    #: True when that is too much for any of them.
    is_too_much: bool


def may(turn: Turn) -> bool:
    """True for whoever manages anybody."""
    return colleagues.is_manager(turn)


def configures(turn: Turn) -> bool:
    """True for those of the county who manage others: the whole channel is theirs to keep."""
    return any(keeps(turn, name) for name, _ in colleagues.held(turn))


def keeps(turn: Turn, role: str) -> bool:
    """True for a post by which somebody keeps the whole channel."""
    described = turn.rules.policy.roles.get(role)
    return described is not None and described.level == "county" and bool(described.manages)


def keepers(reading: Reading, rules: Rules) -> tuple[int, ...]:
    """Everybody for whom that is true."""
    roles = rules.policy.roles
    names = [name for name, role in roles.items() if role.level == "county" and role.manages]
    posts = reading.people.in_posts(names, [root.id for root in reading.areas.roots()])
    return tuple(dict.fromkeys(post.person_id for post in posts))


# -- what did not arrive --------------------------------------------------------------------------


def lost(turn: Turn) -> tuple[Lost, ...]:
    """The cards that did not arrive at the people whom the speaker manages, the newest first.

    None about a case of which the speaker must not hear.
    """
    managed, hidden = colleagues.staff(turn), _hidden(turn)
    found = [
        one
        for one in turn.work.upkeep.undelivered(LOOKED_AT)
        if one.person_id in managed and one.about not in hidden
    ]
    return tuple(
        Lost(
            id=one.id,
            name=colleagues.called(turn, one.person_id),
            posts="、".join(
                colleagues.post_name(turn, post.role, post.area_id)
                for post in managed[one.person_id]
            ),
            channel=one.channel,
            priority=one.priority,
            state=one.state,
            at=one.created_at.astimezone(turn.rules.zone),
            is_reached=turn.work.people.reach(one.person_id) is not None,
        )
        for one in found[:SHOWN]
    )


def _hidden(turn: Turn) -> frozenset[str | None]:
    """What cards are about that tell of a case of which the speaker must not hear."""
    cases = [case_card.about(one) for one in turn.work.cases.some(turn.hidden)]
    called = (one for case in cases for one in turn.work.undelivered.of_matter(case))
    return frozenset((*cases, *map(telling.ring, cases), *(calls.about(one.id) for one in called)))


def send_again(turn: Turn, row_id: int) -> bool:
    """Send a card once more, by whatever reaches its person now; False when nothing does."""
    one = turn.work.upkeep.undelivered_one(row_id)
    if one is None or one.person_id not in colleagues.staff(turn) or one.about in _hidden(turn):
        return False
    reach = turn.work.people.reach(one.person_id)
    row = turn.work.outbox.get(one.id)
    if reach is None or row is None:
        return False
    turn.work.outbox.put(
        OutboxIn(
            key=f"again:{one.id}",
            contact_id=reach.contact_id,
            channel=reach.channel,
            priority=one.priority,
            card=row.card,
            token=token_urlsafe(16),
            turn=0,
            about=one.about,
            report_id=row.report_id,
            document_id=row.document_id,
        )
    )
    turn.work.sending.supersede_lost(one.id)
    turn.work.audit.write(turn.speaker.person_id, "outbox-again", "outbox", one.id, {})
    return True


def poisoned(turn: Turn) -> tuple[Poisoned, ...] | None:
    """What no turn could bear, without its content."""
    if not configures(turn):
        return None
    zone = turn.rules.zone
    return tuple(
        replace(one, taken_at=one.taken_at.astimezone(zone)) for one in turn.work.poison.list()
    )


def discard(turn: Turn, row_id: int) -> bool:
    """It will not be taken again."""
    return configures(turn) and turn.work.poison.discard(row_id, turn.speaker.person_id)


# -- rules that are looked up ---------------------------------------------------------------------


def kept(turn: Turn) -> Keeping:
    """What is erased by itself, after how long, and how much of it soon."""
    timing, now = turn.rules.policy.timing, turn.work.now
    return Keeping(
        days=tuple(
            Kept(
                key=key,
                days=timing[key] // timedelta(days=1),
                going=turn.work.upkeep.older(key, now - timing[key] + SOON),
            )
            for key in KEPT
        ),
        years=tuple(turn.rules.policy.retention.values()),
    )


def days_off(turn: Turn) -> Days:
    """The years whose notice was entered, and whether the next one is wanted now."""
    table = turn.rules.policy.calendar
    return Days(
        years={
            year: (
                _in_a_row({day: name for day, name in table.holidays.items() if day.year == year}),
                tuple(sorted(day for day in table.workdays if day.year == year)),
            )
            for year in sorted(table.years, reverse=True)
        },
        until=table.covered_until,
        runs_out=table.runs_out(turn.at.date()),
    )


def _in_a_row(days: Mapping[date, str]) -> tuple[Holiday, ...]:
    found: list[Holiday] = []
    for day, name in sorted(days.items()):
        last = found[-1] if found else None
        if last is not None and last.name == name and last.last == day - timedelta(days=1):
            found[-1] = Holiday(name=name, first=last.first, last=day)
        else:
            found.append(Holiday(name=name, first=day, last=day))
    return tuple(found)


# -- people --------------------------------------------------------------------------------------


def opinions(turn: Turn) -> tuple[Opinion, ...] | None:
    """What people think of the channel, the newest first."""
    if not configures(turn):
        return None
    said = turn.work.feedback.since(turn.work.now - OPINIONS)
    return tuple(
        Opinion(
            at=one.created_at.astimezone(turn.rules.zone),
            text=str(told.get("feedback", "")),
            ease=str(told.get("ease", "")),
        )
        for one in reversed(said[-SHOWN:])
        for told in [json.loads(one.body)]
    )


def places(turn: Turn, area: int | None) -> tuple[Place, ...]:
    """The speaker's places, or what lies right below one of them."""
    tree = turn.work.areas
    roles = turn.rules.policy.roles
    mine = [at for name, at in colleagues.held(turn) if name in roles and roles[name].manages]
    if area is None:
        ids = list(dict.fromkeys(mine))
    elif any(tree.is_within(area, at) for at in mine):
        ids = [one.id for one in tree.children(area)]
    else:
        return ()
    people = Counter(post.area_id for posts in colleagues.staff(turn).values() for post in posts)
    found: list[Place] = []
    for one in ids:
        row = tree.get(one)
        if row is not None:
            below = tree.descendants(one)
            found.append(
                Place(
                    id=one,
                    name=tree.full_name(one) or row.name,
                    kind=row.kind,
                    below=len(tree.children(one)),
                    children=turn.work.children.count([one]),
                    people=sum(people[at] for at in below),
                )
            )
    return tuple(found)


def burden(turn: Turn) -> tuple[Burden, ...]:
    """What each post is sent unasked, how much of it is answered, and what a week costs.

    Nobody stands alone: of few people no cost is said.
    """
    asked = {
        one.person_id: one for one in turn.work.upkeep.asked(turn.work.now - BURDEN, PATIENCE)
    }
    weeks = _weeks(turn, asked)
    of_post: dict[str, set[int]] = {}
    for person, posts in colleagues.staff(turn).items():
        for post in posts:
            of_post.setdefault(post.role, set()).add(person)
    roles, days = turn.rules.policy.roles, BURDEN // timedelta(days=1)
    found: list[Burden] = []
    for role in roles:
        people = of_post.get(role, set())
        sent = sum(asked[one].sent for one in people if one in asked)
        if people:
            costs = [weeks.get(one, Cost(minutes=0, chars=0)) for one in people]
            many = len(people) >= SMALL
            mean = Cost(
                minutes=round(sum(one.minutes for one in costs) / len(people)),
                chars=round(sum(one.chars for one in costs) / len(people)),
            )
            table = turn.rules.policy.burden
            found.append(
                Burden(
                    post=roles[role].name,
                    people=len(people),
                    tenths=round(10 * sent / days / len(people)),
                    sent=sent,
                    answered=sum(asked[one].answered for one in people if one in asked),
                    week=mean if many else None,
                    is_too_much=many and any(table.is_too_much(one) for one in costs),
                )
            )
    return tuple(found)


def _weeks(turn: Turn, asked: Mapping[int, Asked]) -> Mapping[int, Cost]:
    """What a week costs each: the cards of the last one, and what the next one is to see done."""
    tasks: dict[int, Counter[Task]] = defaultdict(Counter)
    for person, one in asked.items():
        tasks[person]["message"] += one.sent
    for person, kind, count in turn.work.upkeep.due(turn.work.now + BURDEN):
        tasks[person][task_of(kind)] += count
    calendar, today = turn.rules.policy.calendar, turn.at.date()
    school = turn.rules.policy.absence.school
    days = school.days_between(today, today + BURDEN - timedelta(days=1), calendar)
    for person, classes in turn.work.upkeep.taught().items():
        tasks[person]["roll"] += classes * days
    return {person: turn.rules.policy.burden.week(counts) for person, counts in tasks.items()}

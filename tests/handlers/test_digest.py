"""One digest a morning: once, to somebody who is reached, never at night, never five old ones."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest

from bot.channels.channel import Outgoing
from bot.county.rules import read_rules
from bot.settings import read_settings
from conversation.cards import Card, card_from_json
from handlers.children import finding
from handlers.reaching import quiet, ringing, telling
from handlers.rules import Rules
from handlers.turn import Turn
from handlers.visiting import digest, due_list, planning, shares
from policy.reminders import Reminders
from storage.database import Database, Row, Statement
from storage.people.people import NOBODY
from storage.store import Store
from storage.visiting.visit import VisitIn
from storage.work import Work
from tests.fakes.clock import FakeClock
from tests.fakes.phone import unbearable
from tests.storage.village import Village, settled, worker

#: A Monday at half past seven in Shanghai, after the five working days of the first visit.
MONDAY = datetime(2026, 11, 29, 23, 30, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def rules() -> Rules:
    return read_rules(read_settings())


def turn_of(work: Work, rules: Rules) -> Turn:
    at = work.now.astimezone(rules.zone)
    return Turn(work=work, rules=rules, speaker=NOBODY, at=at, finish=lambda *_: None)


def morning(work: Work, rules: Rules) -> list[tuple[int, str]]:
    """Send what is to be sent: to whom, and its text."""
    turn = turn_of(work, rules)
    digest.send(turn, digest.unsent(work, rules, turn.at.date()), turn.at.date())
    return [*cards(work)]


def cards(work: Work) -> Iterator[tuple[int, str]]:
    rows = work.db.raw.execute("SELECT id FROM outbox WHERE state = 'queued' ORDER BY id")
    for (row_id,) in rows.fetchall():
        row = work.outbox.get(row_id)
        assert row is not None
        contact = work.people.contact(row.contact_id)
        assert contact is not None
        yield contact.person_id, card_from_json(row.card).text


def with_children(work: Work, rules: Rules) -> Village:
    village = settled(work)
    for name in ("王小明", "李红"):
        child = work.children.add(village.group, {"name": name}, source="registration", by=1)
        work.responsibilities.assign(child, village.cadre, by=1)
    planning.plan_stirred(work, rules)
    return village


async def test_one_card_names_place_reason_and_no_child_and_comes_once(
    store: Store, rules: Rules, clock: FakeClock
) -> None:
    village = await store.write(lambda work: with_children(work, rules))
    clock.now = MONDAY
    for _ in range(2):
        [(person, text)] = await store.write(lambda work: morning(work, rules))
        assert person == village.cadre
        assert "青石镇河湾村一组" in text
        assert "新登记，5个工作日内第一次" in text
        assert "小明" not in text


@pytest.mark.parametrize(
    ("failures", "following"), [(0, "去一趟"), (2, "先打电话"), (3, "请镇里一起去")]
)
async def test_each_line_says_what_is_to_be_done_next(
    store: Store, rules: Rules, clock: FakeClock, failures: int, following: str
) -> None:
    def fail(work: Work) -> None:
        village = settled(work)
        child = work.children.add(village.group, {"name": "王小明"}, source="registration", by=1)
        work.responsibilities.assign(child, village.cadre, by=1)
        for _ in range(failures):
            visit = VisitIn(
                child_id=child,
                kind="home",
                result="failed",
                reason="nobody",
                answers="{}",
                person_id=village.cadre,
                on_day=work.now.date(),
                true_at=work.now,
            )
            work.visits.add(visit)
        planning.plan_stirred(work, rules)

    await store.write(fail)
    clock.now = MONDAY
    [(_, text)] = await store.write(lambda work: morning(work, rules))
    assert f"，{following}；" in text.splitlines()[-1]


async def test_after_an_outage_there_is_today_s_alone(
    store: Store, rules: Rules, clock: FakeClock
) -> None:
    await store.write(lambda work: with_children(work, rules))
    for days in range(3):
        clock.now = MONDAY + days * DAY
        await store.write(lambda work: morning(work, rules))
    clock.now = MONDAY + 3 * DAY
    sent = await store.write(lambda work: morning(work, rules))
    assert ["12月3日" in text for _, text in sent] == [True]


async def test_whoever_is_on_leave_has_a_deputy_who_hears(
    store: Store, rules: Rules, clock: FakeClock
) -> None:
    village = await store.write(lambda work: with_children(work, rules))
    clock.now = MONDAY

    def leave(work: Work) -> None:
        end = work.now + 3 * DAY
        work.deputies.plan(village.cadre, village.other, work.now - DAY, end, by=village.cadre)

    await store.write(leave)
    assert [one for one, _ in await store.write(lambda work: morning(work, rules))] == [
        village.other
    ]


async def test_what_could_not_be_delivered_goes_to_the_next_and_shows_as_such(
    store: Store, rules: Rules, clock: FakeClock
) -> None:
    village = await store.write(lambda work: with_children(work, rules))
    clock.now = MONDAY

    def block(work: Work, person: int) -> None:
        for contact in work.people.contacts_of(person):
            work.people.mark_reachable(contact.id, False)

    await store.write(lambda work: block(work, village.cadre))
    [(person, text)] = await store.write(lambda work: morning(work, rules))
    assert (person, "【未送达】" in text) == (village.director, True)
    # The village's own director cannot be reached either: the township.
    await store.write(lambda work: block(work, village.director))
    told = await store.write(lambda work: morning(work, rules))
    assert told[-1][0] == village.boss


@pytest.mark.parametrize(
    ("at", "day"),
    [
        ("2026-11-30 07:29", None),
        ("2026-11-30 07:30", date(2026, 11, 30)),
        ("2026-11-30 17:59", date(2026, 11, 30)),
        ("2026-11-30 18:00", None),
        ("2026-11-28 09:00", None),
        # 10 October 2026 is a Saturday that is worked.
        ("2026-10-10 09:00", date(2026, 10, 10)),
        ("2026-10-05 09:00", None),
    ],
)
def test_the_digest_has_its_hours_on_working_days(rules: Rules, at: str, day: date | None) -> None:
    moment = datetime.fromisoformat(at).replace(tzinfo=rules.zone)
    assert rules.policy.reminders.digest_of(moment, rules.policy.calendar) == day


def test_the_night_is_quiet_whichever_side_of_midnight_it_begins(rules: Rules) -> None:
    table = rules.policy.reminders

    def loud(at: str, table: Reminders = table) -> str:
        moment = datetime.fromisoformat(at).replace(tzinfo=rules.zone)
        return f"{table.loud(moment):%d %H:%M}"

    assert loud("2026-11-30 21:29") == "30 21:29"
    assert loud("2026-11-30 21:30") == "01 07:00"
    assert loud("2026-12-01 06:59") == "01 07:00"
    assert loud("2026-12-01 07:00") == "01 07:00"


async def test_two_reminders_a_day_at_most_but_what_is_urgent_goes_through(
    store: Store, rules: Rules, clock: FakeClock
) -> None:
    clock.now = MONDAY + timedelta(hours=3)

    def remind(work: Work) -> list[str]:
        turn, boss = turn_of(work, rules), worker(work, "boss", "child_supervisor", 0)
        hours = []
        for number, grade in enumerate(["yellow", "blue", "red", "yellow", "orange", "blue"]):
            when = quiet.later(turn, boss, grade, telling.hour(turn, grade))
            hours.append(f"{when.at:%d %H:%M}" if when.waits else "now")
            telling.tell_person(
                turn, boss, Card(text=str(number)), key=f"duty:{number}", when=when
            )
        return hours

    def go(work: Work) -> list[str]:
        settled(work)
        return remind(work)

    assert await store.write(go) == ["now", "now", "now", "01 07:30", "now", "01 07:30"]


async def test_forty_households_are_one_short_card_and_a_list_in_pages(
    store: Store, rules: Rules, clock: FakeClock
) -> None:
    def crowd(work: Work) -> Village:
        village = settled(work)
        for number in range(40):
            named = {"name": f"孩子{number}"}
            child = work.children.add(village.group, named, source="registration", by=1)
            work.responsibilities.assign(child, village.cadre, by=1)
            planning.plan_stirred(work, rules)
        return village

    def page(work: Work, show: Callable[[Turn, str], None], arg: str) -> Card:
        speaker = work.people.speaker("web", "cadre")
        assert speaker is not None
        turn = replace(turn_of(work, rules), speaker=speaker)
        show(turn, arg)
        return turn.spoken[-1].card

    async def leaf(show: Callable[[Turn, str], None], verb: str, child: str) -> list[str]:
        met: list[str] = []
        arg: str | None = ""
        while arg is not None:
            card = await store.write(partial(page, show=show, arg=arg))
            assert len(card.text) <= 1500
            buttons = card.buttons()
            assert len(buttons) <= 16
            met += [one.action.arg for one in buttons if one.action.verb == child]
            arg = next((one.action.arg for one in buttons if one.action.verb == verb), None)
        return met

    village = await store.write(crowd)
    clock.now = MONDAY
    [(person, text)] = await store.write(lambda work: morning(work, rules))
    assert person == village.cadre
    assert "要去 40 家" in text
    assert "32" in text.splitlines()[-1]
    assert len(text) <= 600
    for show, verb, child in (
        (due_list.show, "visits", "visit"),
        (finding.mine, "children", "child"),
    ):
        met = await leaf(show, verb, child)
        assert len(met) == len(set(met)) == 40


async def test_many_with_long_names_and_missed_ones_from_below_are_a_small_card(
    store: Store, rules: Rules, clock: FakeClock
) -> None:
    """Two kilobytes with all buttons, on every way; what has no room is counted."""

    def crowd(work: Work) -> tuple[int, list[int]]:
        village = settled(work)
        children = []
        for _ in range(36):
            named = {"name": "阿依古丽·买买提·阿卜杜拉"}
            child = work.children.add(village.group, named, source="registration", by=1)
            work.responsibilities.assign(child, village.cadre, by=1)
            planning.plan_stirred(work, rules)
            children.append(child)
        return village.boss, children

    def sent(work: Work) -> Card:
        turn = turn_of(work, rules)
        share = shares.Share(own=children[:18], climbed=children[18:])
        digest.send(turn, {boss: share}, turn.at.date())
        [(row_id,)] = work.db.raw.execute(
            "SELECT id FROM outbox WHERE state = 'queued'"
        ).fetchall()
        row = work.outbox.get(row_id)
        assert row is not None
        return card_from_json(row.card)

    boss, children = await store.write(crowd)
    clock.now = MONDAY + 9 * DAY
    card = await store.write(sent)
    assert [*unbearable(Outgoing(id=1, address="123456789", card=card))] == []
    own, others = (
        len(re.findall(r"(?m)^[0-9]+\. ", part)) for part in card.text.split("请帮着问问")
    )
    assert own
    assert others
    assert card.text.count("……还有") == 2
    taps = [one for one in card.all_buttons() if one.action.verb == "visit"]
    assert len(taps) == own


async def test_a_morning_of_many_reads_no_more_often_than_that_of_one(
    store: Store, rules: Rules, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL each look is a journey: five thousand cadres would make tens of thousands."""
    looks: list[object] = []
    look = Database.all

    def counted(db: Database, statement: Statement, **values: object) -> list[Row]:
        looks.append(statement)
        return look(db, statement, **values)

    def give(work: Work, number: int) -> int:
        village = settled(work)
        cadre = worker(work, f"cadre{number}", "responsible", village.village)
        named = {"name": f"孩子{number}"}
        child = work.children.add(village.group, named, source="registration", by=1)
        work.responsibilities.assign(child, cadre, by=1)
        planning.plan_stirred(work, rules)
        return cadre

    async def heard(moment: datetime) -> tuple[int, int]:
        clock.now = moment
        looks.clear()
        sent = await store.write(lambda work: morning(work, rules))
        return len({person for person, _ in sent}), len(looks) - 2 * len(sent)

    await store.write(lambda work: give(work, 0))
    monkeypatch.setattr(Database, "all", counted)
    alone, of_one = await heard(MONDAY)
    for number in range(1, 30):
        await store.write(partial(give, number=number))
    many, of_many = await heard(MONDAY + 7 * DAY)
    assert (alone, many) == (1, 30)
    assert of_many <= of_one + 2


async def test_what_climbs_in_the_evening_stands_in_the_next_morning_s(
    store: Store, rules: Rules, clock: FakeClock
) -> None:
    """A card as offices close asks for what nobody can do before the next day."""
    village = await store.write(lambda work: with_children(work, rules))

    def heard(work: Work, at: datetime) -> list[str]:
        clock.now = work.now = at
        while ringing_now := work.duties.ringing(at, 200):
            for duty in ringing_now:
                ringing.ring(turn_of(work, rules), duty)
        told = morning(work, rules)
        return [text for person, text in told if person == village.boss]

    # Due on Monday; three working days later, as offices close, the township is asked.
    thursday = MONDAY + 3 * DAY
    assert await store.write(lambda work: heard(work, thursday + timedelta(hours=10))) == []
    [text] = await store.write(lambda work: heard(work, thursday + DAY))
    assert "请帮着问问" in text


async def test_what_comes_up_for_all_on_one_day_is_said_before(
    store: Store, rules: Rules, clock: FakeClock
) -> None:
    """Twenty children were entered at once: on the first morning, not on the last one."""

    def crowd(work: Work) -> Village:
        village = settled(work)
        for number in range(20):
            named = {"name": f"孩子{number}"}
            child = work.children.add(village.group, named, source="registration", by=1)
            work.responsibilities.assign(child, village.cadre, by=1)
        planning.plan_stirred(work, rules)
        return village

    clock.now = MONDAY
    village = await store.write(crowd)
    clock.now = MONDAY + DAY
    [(person, text)] = await store.write(lambda work: morning(work, rules))
    assert person == village.cadre
    assert "5 个工作日里有 20 个孩子要去看" in text

    def card_now(work: Work) -> str:
        turn = turn_of(work, rules)
        digest.refresh(turn, [village.cadre])
        return [text for _, text in cards(work)][-1]

    assert await store.write(card_now) == text

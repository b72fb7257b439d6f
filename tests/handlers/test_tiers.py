"""等级再看一遍: a few each morning, one tap each, and once to the township what is left."""

from datetime import UTC, date, datetime, timedelta

import pytest

from bot.county.rules import read_rules
from bot.settings import read_settings
from conversation.cards import Card, card_from_json
from handlers.rules import Rules
from handlers.supervision import coverage
from handlers.turn import Turn
from handlers.visiting import digest, planning, shares, tier_rounds, tiers
from policy.rhythm import Reassess
from storage.people.people import NOBODY
from storage.store import Store
from storage.supervision.spans import Span
from storage.work import Work
from tests.fakes.clock import FakeClock
from tests.storage.village import Village, settled

DAY = timedelta(days=1)
#: A Monday, half past seven in Shanghai.
FIRST = datetime(2027, 2, 28, 23, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def rules() -> Rules:
    return read_rules(read_settings())


def turn_of(work: Work, rules: Rules, person: int = 0) -> Turn:
    at = work.now.astimezone(rules.zone)
    speaker = NOBODY
    if person:
        reach = work.people.reach(person)
        assert reach is not None
        found = work.people.speaker_of(reach.contact_id)
        assert found is not None
        speaker = found
    return Turn(work=work, rules=rules, speaker=speaker, at=at, finish=lambda *_: None)


def entered(work: Work, rules: Rules) -> tuple[Village, list[int]]:
    """Forty children of the cadre, and one of nobody."""
    here = settled(work)
    ids = []
    for number in range(41):
        values = {"name": f"孩{number}", "tier": "黄"}
        child = work.children.add(here.group, values, source="roster", by=0)
        if number:
            work.responsibilities.assign(child, here.cadre, by=1)
        ids.append(child)
    return here, ids


def cards(work: Work, person: int) -> list[Card]:
    rows = work.db.raw.execute("SELECT id FROM outbox ORDER BY id").fetchall()
    found = [work.outbox.get(row_id) for (row_id,) in rows]
    contacts = {one.contact_id: work.people.contact(one.contact_id) for one in found if one}
    return [
        card_from_json(one.card)
        for one in found
        if one and (told := contacts[one.contact_id]) and told.person_id == person
    ]


async def test_each_morning_asks_for_a_few_more_and_by_the_end_for_all(
    store: Store, rules: Rules, clock: FakeClock
) -> None:
    here, ids = await store.write(lambda work: entered(work, rules))
    clock.now = FIRST

    def asked(work: Work) -> int:
        share = shares.of_day(work, rules, turn_of(work, rules).at.date()).get(here.cadre)
        told = share.tiers if share else 0
        assert told == len(tier_rounds.waiting(turn_of(work, rules), here.cadre))
        return told

    counts = []
    for _ in range(20):
        counts.append(await store.write(asked))
        clock.passes(DAY)
    assert counts == sorted(counts)
    assert 0 < counts[0] < 10 < counts[10] < counts[-1] == 40
    director = await store.write(
        lambda work: tier_rounds.waiting(turn_of(work, rules), here.director)
    )
    assert director == (ids[0],)  # nobody's is asked of the village
    clock.now = datetime(2027, 4, 1, 1, 0, tzinfo=UTC)
    assert await store.write(asked) == 0


async def test_the_morning_names_how_many_and_one_tap_keeps_or_changes_a_tier(
    store: Store, rules: Rules, clock: FakeClock
) -> None:
    here, ids = await store.write(lambda work: entered(work, rules))
    await store.write(lambda work: planning.plan_stirred(work, rules))
    clock.now = FIRST + 21 * DAY

    def morning(work: Work) -> None:
        turn = turn_of(work, rules)
        day = turn.at.date()
        digest.send(turn, digest.unsent(work, rules, day), day)

    await store.write(morning)

    def read(work: Work) -> None:
        [card] = cards(work, here.cadre)
        assert "等级要再看一遍的：40 个孩子" in card.text
        assert "孩1" not in card.text
        assert "tiers" in {one.action.verb for one in card.buttons()}

    await store.write(read)

    def taps(work: Work) -> None:
        turn = turn_of(work, rules, here.cadre)
        first, second, *_ = tier_rounds.waiting(turn, here.cadre)
        for child, what in ((first, "same"), (second, "red")):
            known = work.children.get(child)
            assert known is not None
            tiers.said(turn_of(work, rules, here.cadre), f"{child}:{what}:{known.version}")
        changed = work.children.get(second)
        assert changed is not None
        assert changed.tier == "红"
        left = tier_rounds.waiting(turn, here.cadre)
        assert len(left) == 38
        assert not {first, second} & {*left}
        # A card of before somebody changed it does nothing but show how it is now.
        tiers.said(turn, f"{left[0]}:red:999")
        assert len(tier_rounds.waiting(turn, here.cadre)) == 38
        # A foreigner's tap finds nobody.
        tiers.said(turn_of(work, rules, here.other), f"{left[0]}:same:1")
        assert len(tier_rounds.waiting(turn, here.cadre)) == 38
        assert any("等级要再看一遍的：38 个孩子" in one.text for one in cards(work, here.cadre))

    await store.write(taps)

    def elsewhere(work: Work) -> None:
        work.children.change(ids[5], {"tier": "橙"}, source="correction", by=0)
        planning.plan_stirred(work, rules)

    before = await store.write(
        lambda work: len(tier_rounds.waiting(turn_of(work, rules), here.cadre))
    )
    await store.write(elsewhere)
    after = await store.write(
        lambda work: len(tier_rounds.waiting(turn_of(work, rules), here.cadre))
    )
    assert before - after in (0, 1)  # 0 where it was one of the two

    def counted(work: Work) -> tuple[int, int]:
        turn = turn_of(work, rules)
        numbers = coverage.of_children(turn, here.town, Span(work.now - 30 * DAY, work.now))
        assert numbers["to_reassess"] == 41
        return numbers["reassessed"], numbers["unreassessed"]

    looked, left = await store.write(counted)
    assert (looked, left) == (41 - after - 1, after + 1)
    clock.passes(20 * DAY)
    assert await store.write(counted) == (looked, left)


async def test_what_is_left_is_told_to_the_township_once(
    store: Store, rules: Rules, clock: FakeClock
) -> None:
    here, _ = await store.write(lambda work: entered(work, rules))
    for moment, told in (
        (datetime(2027, 3, 31, 2, 0, tzinfo=UTC), 0),
        (datetime(2027, 4, 1, 2, 0, tzinfo=UTC), 1),
        (datetime(2027, 4, 2, 2, 0, tzinfo=UTC), 1),
        (datetime(2027, 5, 2, 2, 0, tzinfo=UTC), 1),
    ):
        clock.now = moment
        await store.write(lambda work: tiers.climb(turn_of(work, rules)))
        said = await store.write(lambda work: [one.text for one in cards(work, here.boss)])
        assert len(said) == told
        assert all("青石镇：3 月等级再看一遍，还有 41 个孩子没有看" in one for one in said)


def test_rounds_are_the_months_of_the_table() -> None:
    rounds = Reassess(months=(3, 9))
    assert rounds.running(date(2027, 3, 31)) == date(2027, 3, 1)
    assert rounds.running(date(2027, 4, 1)) is None
    assert rounds.last(date(2027, 2, 28)) == date(2026, 9, 1)
    assert rounds.last(date(2027, 9, 1)) == date(2027, 9, 1)
    assert Reassess().last(date(2027, 9, 1)) is None

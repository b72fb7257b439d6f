"""Whoever holds a post and reports without a name is not known by not having been told."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from conversation.cards import Card
from storage.cases.case import Case
from storage.work import Reading
from tests.fakes.house import House, open_house

SAID = ("报告", "4", "孩子天天在网吧", "河湾村", "跳过", "不清楚")
#: The director's post must report: they are asked whether the police know, and may stay unknown.
NEIGHBOUR, DIRECTOR = ("不留名", "跳过", "发出去"), ("不留名", "不清楚", "跳过", "发出去")
CALLED = ("不留名", "打了", "跳过", "跳过", "跳过", "跳过", "发出去")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, began=datetime(2026, 11, 20, 2, tzinfo=UTC)) as opened:
        yield opened


async def _reports(
    house: House, name: str, rest: tuple[str, ...]
) -> tuple[Case, set[str], str, dict[str, str]]:
    """Somebody reports: the case, who was told of it, whose it is, and what was said."""
    speaker = await house.visitor(name)
    for word in (*SAID, *rest):
        await speaker.says(word)
        await house.settled()

    def told(reading: Reading) -> tuple[Case, set[str], str, dict[str, str]]:
        (root,) = reading.areas.roots()
        case = reading.cases.below(root.id, 9)[0]
        members = reading.cases.members(case.id)
        names = {str(reading.people.name_of(one.person_id)) for one in members}
        (report,) = reading.cases.reports(case.id)
        return case, names, case.owner.role, json.loads(report.answers)

    return await house.store.read(told)


async def test_a_case_looks_the_same_whoever_reported_it(house: House) -> None:
    first, *seen = await _reports(house, "邻居", NEIGHBOUR)
    house.clock.moment[0] += timedelta(hours=2)
    second, *seen_of_own = await _reports(house, "儿童主任", DIRECTOR)
    assert first.id != second.id
    assert first.grade == second.grade
    assert seen_of_own == seen


async def test_whoever_reported_gets_the_card_of_their_post(house: House) -> None:
    case, *_ = await _reports(house, "儿童主任", DIRECTOR)
    cards = [one.card for one in house.paper.to("儿童主任")]
    assert any("我来处理" in _labels(one) and "等级" in one.text for one in cards)
    director = await house.visitor("儿童主任")
    await director.taps("我来处理")
    await house.settled()
    taken = await house.store.read(lambda reading: reading.cases.get(case.id))
    assert taken is not None
    assert taken.accepted_at is not None


async def test_that_the_police_know_stands_there_as_anybody_says_it(house: House) -> None:
    *_, said = await _reports(house, "儿童主任", CALLED)
    assert said["done"] == "police"
    assert "police_called" not in said


async def test_whoever_gives_their_name_is_not_told_of_their_own_report(house: House) -> None:
    _, told, _, said = await _reports(house, "儿童主任", ("不清楚", "跳过", "发出去"))
    assert told
    assert "儿童主任" not in told
    assert said["police_called"] == "unknown"


def _labels(card: Card) -> list[str]:
    return [button.label for row in card.rows for button in row]

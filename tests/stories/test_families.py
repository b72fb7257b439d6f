"""Dialogues of children's families, in a county that asks them each week; on both engines."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage.sealing import KeyRing
from storage.work import Work
from tests.fakes.house import House, open_house
from tests.stories.test_stories import Teller

STORIES = sorted((Path(__file__).parent / "families").glob("*.story"))
#: A Monday morning.
BEGAN = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.fixture
async def house(tmp_path: Path, database_url: str) -> AsyncIterator[House]:
    (tmp_path / "keys").mkdir()
    KeyRing.create(tmp_path / "keys" / "house.keys")
    async with open_house(tmp_path, began=BEGAN, url=database_url) as opened:
        ask_families(opened)
        await opened.store.write(settle_child)
        yield opened


@pytest.mark.parametrize("story", STORIES, ids=[path.stem for path in STORIES])
async def test_a_story_of_a_family_goes_as_it_was_told(
    story: Path, house: House, request: pytest.FixtureRequest
) -> None:
    told = await asyncio.to_thread(story.read_text, "utf-8")
    played = await Teller(house).play(told)
    if request.config.getoption("--update"):
        await asyncio.to_thread(story.write_text, played, "utf-8")
    assert played == told


def ask_families(house: House) -> None:
    """The county has switched it on."""
    policy = house.rules.policy
    contact = replace(policy.rhythm.contact, on=True)
    house.rules.policy = replace(policy, rhythm=replace(policy.rhythm, contact=contact))


def settle_child(work: Work) -> None:
    """One child in the hands of the child director, visited this month, of a household of two."""
    director = work.people.meet("paper", "儿童主任").person_id
    places = {work.areas.full_name(row.id): row.id for row in work.places.load()}
    values = {"name": "赵雨涵", "sex": "female", "birth_date": "2014-11-30", "nickname": "涵涵"}
    area = places["青石镇河湾村二组"]
    child = work.children.add(area, values, source="roster", by=0)
    work.responsibilities.assign(child, director, by=0)

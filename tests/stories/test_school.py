"""Dialogues of teachers, in a township where some of the pupils are in the register."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from policy.absence import Break
from storage.work import Work
from tests.fakes.house import House, open_house
from tests.stories.test_stories import Teller

STORIES = sorted((Path(__file__).parent / "school").glob("*.story"))
#: A Monday, before the morning roll.
BEGAN = datetime(2026, 11, 23, 0, 20, tzinfo=UTC)

#: Place, name, what else is known.
CHILDREN: tuple[tuple[str, str, dict[str, str]], ...] = (
    (
        "青石镇河湾村一组",
        "王小明",
        {"school": "青石小学", "class": "三(2)班", "guardian_name": "王大山"},
    ),
    ("青石镇青石村一组", "李红", {}),
    ("青石镇青石村一组", "赵雨涵", {"school": "青石小学", "class": "三年级1班"}),
    ("云峰乡云峰村一组", "陈浩然", {"school": "青石小学", "class": "三年级2班"}),
)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, began=BEGAN) as opened:
        for name in ("校长", "派出所", "县教育"):
            await opened.visitor(name)
        await opened.store.write(settle_children)
        yield opened


@pytest.mark.parametrize("story", STORIES, ids=[path.stem for path in STORIES])
async def test_a_story_of_a_school_goes_as_it_was_told(
    story: Path, house: House, request: pytest.FixtureRequest
) -> None:
    if story.stem == "holiday":
        have_break(house, Break(first=date(2026, 12, 1), last=date(2026, 12, 7)))
    told = await asyncio.to_thread(story.read_text, "utf-8")
    played = await Teller(house).play(told)
    if request.config.getoption("--update"):
        await asyncio.to_thread(story.write_text, played, "utf-8")
    assert played == told


def have_break(house: House, one: Break) -> None:
    """The county has entered a school holiday."""
    policy = house.rules.policy
    school = replace(policy.absence.school, breaks={"winter": one})
    house.rules.policy = replace(policy, absence=replace(policy.absence, school=school))


def settle_children(work: Work) -> None:
    """The children above; those of 河湾村 are in the hands of its child director."""
    director = work.people.meet("paper", "儿童主任").person_id
    places = {work.areas.full_name(row.id): row.id for row in work.places.load()}
    for place, name, more in CHILDREN:
        values = {"name": name, "sex": "male", "birth_date": "2017-03-05", **more}
        added = work.children.add(places[place], values, source="roster", by=0)
        if "河湾村" in place:
            work.responsibilities.assign(added, director, by=0)

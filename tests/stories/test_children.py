"""Dialogues about children of the register, in a county where some are known."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.work import Work
from tests.fakes.house import House, open_house
from tests.stories.test_stories import BEGAN, Teller

STORIES = sorted((Path(__file__).parent / "children").glob("*.story"))

#: Place, name, sex, birthday, what else is known.
CHILDREN: tuple[tuple[str, str, str, str, dict[str, str]], ...] = (
    ("青石镇河湾村一组", "王小明", "male", "2016-03-05", {"nickname": "明明"}),
    ("青石镇河湾村一组", "王小芳", "female", "2018-07-01", {"father_phone": "13800000001"}),
    ("青石镇河湾村二组", "赵雨涵", "female", "2014-11-30", {"guardian_name": "赵大山"}),
    ("青石镇青石村一组", "王晓明", "male", "2015-01-20", {}),
    ("云峰乡云峰村一组", "王小明", "male", "2013-09-09", {}),
)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, began=BEGAN) as opened:
        await opened.store.write(settle_children)
        yield opened


@pytest.mark.parametrize("story", STORIES, ids=[path.stem for path in STORIES])
async def test_a_story_about_children_goes_as_it_was_told(
    story: Path, house: House, request: pytest.FixtureRequest
) -> None:
    told = await asyncio.to_thread(story.read_text, "utf-8")
    played = await Teller(house).play(told)
    if request.config.getoption("--update"):
        await asyncio.to_thread(story.write_text, played, "utf-8")
    assert played == told


def settle_children(work: Work) -> None:
    """The children above; those of 河湾村 are in the hands of its child director."""
    director = work.people.meet("paper", "儿童主任").person_id
    household = 0
    places = {work.areas.full_name(row.id): row.id for row in work.places.load()}
    for place, name, sex, born, more in CHILDREN:
        area = places[place]
        values = {"name": name, "sex": sex, "birth_date": born, **more}
        added = work.children.add(
            area, values, source="roster", by=0, household_id=household or None
        )
        household = added if name == "王小明" and not household else 0
        if "河湾村" in place:
            work.responsibilities.assign(added, director, by=0)

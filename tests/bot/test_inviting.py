"""The first officer of a county comes in by an invitation from the command line."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from bot import inviting
from bot.office_words import words
from bot.settings import HOME
from policy.tables import load_policy
from storage.work import Reading
from tests.fakes.house import House, open_house

POLICY = load_policy(HOME / "policy")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, began=datetime(2026, 11, 20, 2, tzinfo=UTC)) as opened:
        yield opened


async def test_who_types_the_line_holds_the_post(house: House) -> None:
    (token,) = await invited(house, role="县民政局（未保办）", area="云岭县")
    officer = await house.visitor("新来的科长")
    await officer.says(f"/start {token}")
    await house.settled()

    def posts(reading: Reading) -> list[str]:
        speaker = reading.people.speaker("paper", "新来的科长")
        assert speaker is not None
        return [role.role for role in reading.people.roles(speaker.person_id)]

    assert await house.store.read(posts) == ["civil_affairs"]


async def test_an_unknown_post_or_place_is_said_with_what_there_is(house: House) -> None:
    with pytest.raises(inviting.NoSuchPost, match="没有“村官”这个岗位"):
        await invited(house, role="村官", area="青石镇")
    with pytest.raises(inviting.NoSuchPost, match="“月亮镇”不能定"):
        await invited(house, role="child_supervisor", area="月亮镇")


async def invited(house: House, *, role: str, area: str) -> list[str]:
    ask = partial(inviting.invite, policy=POLICY, words=words, role=role, area=area, count=1)
    return await house.store.write(ask)

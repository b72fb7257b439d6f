"""A position names the village around it, to be confirmed; elsewhere the place is asked."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage.work import Work
from tests.fakes.house import House, open_house

BEGAN = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
#: Where two villages of the demo county lie.
LIE = {"青石镇青石村": (25.60, 99.50), "青石镇河湾村": (25.62, 99.52)}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, began=BEGAN) as opened:
        await opened.store.write(_locate)
        yield opened


def _locate(work: Work) -> None:
    tree = work.areas
    work.places.replace(
        [
            replace(row, latitude=LIE[name][0], longitude=LIE[name][1]) if name in LIE else row
            for row in work.places.load()
            for name in [tree.full_name(row.id)]
        ]
    )


async def _shown(house: House) -> tuple[str, list[str]]:
    await house.settled()
    card = house.paper.to("邻居")[-1].card
    return card.text, [button.label for button in card.buttons()]


async def _place_of_the_report(house: House) -> str:
    await house.settled()
    alarm = next(one for one in house.paper.to("县民政") if "受理号" in one.card.text)
    return alarm.card.text


async def test_the_nearest_village_is_offered_first_and_never_taken_silently(house: House) -> None:
    neighbour = await house.visitor("邻居")
    await neighbour.says("孩子现在有危险")
    await neighbour.shares(25.618, 99.518)
    text, labels = await _shown(house)
    assert "是的就点一下" in text
    assert labels[:3] == ["青石镇河湾村", "青石镇青石村", "都不是，就用这个位置"]
    await neighbour.says("1")
    await neighbour.says("孩子一个人在井边哭")
    assert "地点：青石镇河湾村" in await _place_of_the_report(house)


async def test_who_is_somewhere_else_says_so_and_the_position_stays(house: House) -> None:
    neighbour = await house.visitor("邻居")
    await neighbour.says("孩子现在有危险")
    await neighbour.shares(25.618, 99.518)
    await neighbour.says("3")
    text, _ = await _shown(house)
    assert "孩子现在怎么了" in text
    await neighbour.says("孩子一个人在井边哭")
    assert "河湾村" not in await _place_of_the_report(house)
    civil = await house.visitor("县民政")
    await civil.taps("看详情")
    await house.settled()
    assert "25.618" in house.paper.to("县民政")[-1].card.text


async def test_another_village_may_be_typed_instead(house: House) -> None:
    neighbour = await house.visitor("邻居")
    await neighbour.says("孩子现在有危险")
    await neighbour.shares(25.618, 99.518)
    await neighbour.says("大坪村")
    text, _ = await _shown(house)
    assert "孩子现在怎么了" in text


async def test_far_from_every_known_village_the_place_is_asked_and_the_position_kept(
    house: House,
) -> None:
    neighbour = await house.visitor("邻居")
    await neighbour.says("孩子现在有危险")
    await neighbour.shares(26.5, 99.5)
    text, labels = await _shown(house)
    assert "看不出是哪个村" in text
    assert "说不清，就用这个位置" in labels
    await neighbour.says("孩子掉井里了")  # who is in a hurry need name no village
    civil = await house.visitor("县民政")
    await _place_of_the_report(house)
    await civil.taps("看详情")
    await house.settled()
    assert "26.500" in house.paper.to("县民政")[-1].card.text


async def test_a_position_that_came_first_offers_the_villages_around_it(house: House) -> None:
    neighbour = await house.visitor("邻居")
    await neighbour.shares(25.618, 99.518)
    await house.settled()
    await neighbour.taps("孩子现在有危险")
    text, labels = await _shown(house)
    assert "是的就点一下" in text
    assert labels[:3] == ["青石镇河湾村", "青石镇青石村", "都不是，就用这个位置"]


async def test_a_position_after_the_receipt_is_part_of_the_report(house: House) -> None:
    """It asks whether it is there; yes makes it the case of that village."""
    neighbour = await house.visitor("邻居")
    for said in ("孩子现在有危险", "青石镇", "青石镇，说不清哪个村", "孩子掉井里了"):
        await neighbour.says(said)
        await house.settled()
    await neighbour.shares(25.618, 99.518)
    await house.settled()
    asked = [one.card.text for one in house.paper.to("邻居")]
    assert any("是在青石镇河湾村吗" in one for one in asked)

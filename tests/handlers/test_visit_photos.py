"""Photos of a visit: with the report that is made of it they stay, without one they go."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage.sealing import KeyRing
from storage.work import Reading
from tests.fakes.house import House, open_house
from tests.stories.test_children import settle_children

BEGAN = datetime(2026, 11, 20, 2, tzinfo=UTC)
TOLD = "今天上午去赵雨涵家，见到孩子和爷爷，单独和孩子聊了聊，没钱交学费"


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    (tmp_path / "keys").mkdir()
    KeyRing.create(tmp_path / "keys" / "house.keys")
    async with open_house(tmp_path, began=BEGAN, url=database_url) as opened:
        await opened.store.write(settle_children)
        yield opened


async def visited(house: House, *, reported: bool) -> None:
    """A visit with a photo, which worries; a report of it is one tap."""
    worker = await house.visitor("儿童主任")
    await worker.says(TOLD)
    await worker.sends("photo")
    await house.settled()
    for _ in range(6):
        if "发出去" in [one.label for one in house.paper.to("儿童主任")[-1].card.buttons()]:
            break
        await worker.says("选好了")
        await house.settled()
    await worker.taps("发出去")
    await house.settled()
    if reported:
        labels = [one.label for one in house.paper.to("儿童主任")[-1].card.buttons()]
        await worker.taps(next(one for one in labels if "上报" in one))
        await house.settled()


async def files(house: House) -> int:
    def count(reading: Reading) -> int:
        rows = reading.db.raw.execute("SELECT count(*) FROM attachment").fetchall()
        return int(rows[0][0])

    return await house.store.read(count)


@pytest.mark.parametrize("reported", [False, True])
async def test_a_photo_of_a_visit_without_a_report_expires(house: House, reported: bool) -> None:
    await visited(house, reported=reported)
    kept = house.rules.policy.timing["loose_kept"]
    house.clock.moment[0] += kept - timedelta(hours=1)
    await house.bells.tidy()
    assert await files(house) == 1
    house.clock.moment[0] += timedelta(hours=2)
    await house.bells.tidy()
    assert await files(house) == (1 if reported else 0)


async def test_a_photo_of_a_form_that_is_still_open_stays(house: House) -> None:
    worker = await house.visitor("儿童主任")
    await worker.says(TOLD)
    await worker.sends("photo")
    await house.settled()
    house.clock.moment[0] += house.rules.policy.timing["loose_kept"] + timedelta(hours=1)
    await house.bells.tidy()
    assert await files(house) == 1

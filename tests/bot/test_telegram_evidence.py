"""An alarm told by voice on Telegram, and a photo as a file, opened by whoever has the case."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from tests.fakes.telegram.town import Town, give_posts, goes, open_town, tells
from tests.handlers.test_evidence import PLACE, VOICE, photo

NEIGHBOUR, DIRECTOR, STATION = 2201, 2202, 2203
POSTS = {
    DIRECTOR: ("陈主任", "child_director", "青石镇河湾村"),
    STATION: ("孙警官", "police_station", "青石镇"),
}


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """A county in which everybody has begun to talk."""
    settle = partial(give_posts, posts=POSTS)
    async with open_town(tmp_path, "2027-03-01 09:00", settle) as opened:
        for number in (NEIGHBOUR, *POSTS):
            await tells(opened.fake.person(number), ("/start", "110"))
        yield opened


async def test_a_spoken_alarm_is_heard_and_a_photo_says_not_where_it_was_taken(
    town: Town,
) -> None:
    neighbour, director, station = (
        town.fake.person(one) for one in (NEIGHBOUR, DIRECTOR, STATION)
    )
    taken = photo()
    await tells(neighbour, ("孩子现在有危险", "在什么地方"), ("青石镇河湾村", "孩子现在怎么了"))
    neighbour.sends_voice(VOICE)
    await neighbour.hears("受理号")
    neighbour.sends_document(taken, "IMG_20270301_王家门口.jpg", "image/jpeg")
    await neighbour.hears("已放到")
    await director.hears("紧急：孩子现在有危险")
    await asyncio.sleep(6)  # the beat that fetches comes every five seconds
    await goes(director, ("看详情", "附件：2 个"), ("看附件", "录音 1"))
    director.taps("录音 1")
    got = await director.hears("这是原件")
    assert (got.document, director.opens(got)) == ("录音1.ogg", VOICE)
    director.taps("照片 1")
    got = await director.hears("这是小图")
    assert got.document == "照片1.jpg"
    copy = director.opens(got)
    assert PLACE not in copy
    with Image.open(BytesIO(copy)) as seen:
        assert dict(seen.getexif()) == {}
    await goes(station, ("看详情", "附件：2 个"), ("看附件", "照片 1"), ("照片 1", "这是小图"))
    station.taps("看原件")
    whole = await station.hears("这是原件")
    assert station.opens(whole) == taken
    sent = [one for one in town.fake.ledger.sent() if one.document]
    assert len(sent) == 4
    assert all(one.protected for one in sent)
    assert not any("王家" in one.text or "王家" in one.document["file_name"] for one in sent)

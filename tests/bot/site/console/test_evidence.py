"""What was sent with a case, at the desk: looked at, played, saved, and each of it noted."""

import re
from io import BytesIO

from PIL import Image

from tests.bot.site.console.conftest import Console
from tests.handlers.test_evidence import PLACE, VOICE, alarm, files_of, photo, written_of


async def case_page(console: Console) -> str:
    """The page of the only case."""
    listed = await console.gets("/console/cases")
    address = re.search(r'href="(/console/cases/[\w-]{20,})"', listed)
    assert address is not None
    return await console.gets(address[1])


def addresses(page: str) -> list[str]:
    found = re.findall(r'(?:src|href)="(/console/evidence/[^"]+)"', page)
    return [one.replace("&amp;", "&") for one in found]


async def test_a_township_hears_the_recording_and_sees_the_photo_s_copy(console: Console) -> None:
    house = console.house
    await alarm(house, ("photo", photo()), ("video", b"film"))
    await console.comes_in("督导员")
    page = await case_page(console)
    assert "收到的材料" in page
    voice, copy, film = (one for one in await files_of(house))
    assert voice.sha256 is not None
    assert f"校验 {voice.sha256[:8]}" in page
    played = [one for one in addresses(page) if "save" not in one]
    saved = [one for one in addresses(page) if "save" in one]
    assert len(played) == 3
    assert len(saved) == 2  # not the photo's original
    response = await console.client.get(played[0])
    assert await response.read() == VOICE
    assert "sandbox" in response.headers["Content-Security-Policy"]
    assert response.headers["Cache-Control"] == "no-store"
    shown = await console.client.get(played[1])
    assert shown.headers["Content-Type"] == "image/jpeg"
    assert shown.headers["Content-Disposition"].startswith("inline;")
    body = await shown.read()
    assert PLACE not in body
    with Image.open(BytesIO(body)) as seen:
        assert seen.size == (960, 1280)
    whole = await console.client.get(played[1].replace("copy", "original"))
    assert whole.status == 409
    assert "原件不由您的岗位打开" in await whole.text()
    taken = await console.client.get(saved[1])
    assert taken.headers["Content-Disposition"].startswith("attachment;")
    assert await taken.read() == b"film"
    page = await case_page(console)
    for step in ("收到，算了校验", "做了小图", "看了小图", "存下了原件", "录音 1：打开了原件"):
        assert step in page, step
    assert [verb for verb, _ in await written_of(house, copy.id)] == [
        "file.stored",
        "file.copied",
        "file.opened",
    ]
    assert film.kind == "video"


async def test_a_player_that_asks_for_a_piece_gets_it(console: Console) -> None:
    await alarm(console.house)
    await console.comes_in("督导员")
    (address, _) = addresses(await case_page(console))
    for asked, status, piece in (
        ("bytes=0-3", 206, VOICE[:4]),
        ("bytes=-4", 206, VOICE[-4:]),
        ("bytes=100-", 206, VOICE[100:]),
        (f"bytes={len(VOICE)}-", 416, b""),
        ("bytes=x", 200, VOICE),
    ):
        response = await console.client.get(address, headers={"Range": asked})
        assert (response.status, await response.read()) == (status, piece), asked

"""Files that a page gives."""

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.site import chat
from bot.site.chat import file_name
from bot.site.filetypes import HEAD_BYTES, FileType, recognise
from conversation.cards import Card, Document
from conversation.incoming import SentFile
from tests.bot.site.conftest import Browser
from tests.bot.site.village import Village

JPEG = b"\xff\xd8\xff\xe0" + bytes(2000)
LARGEST = 20_000_000


def office(first: str) -> bytes:
    """A zip that holds what a Word or Excel file holds."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr(first, "<Types/>")
    return held.getvalue()


def box(brand: bytes) -> bytes:
    """The first box of an ISO base media file."""
    return b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0isom"


@pytest.mark.parametrize(
    ("head", "name", "claimed", "mime", "kind"),
    [
        (JPEG, "a.jpg", "", "image/jpeg", "photo"),
        (b"\x89PNG\r\n\x1a\n....", "a", "", "image/png", "photo"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "a", "", "image/webp", "photo"),
        (box(b"heic"), "a.heic", "", "image/heic", "photo"),
        (b"ID3\x04", "a.mp3", "", "audio/mpeg", "voice"),
        (b"\xff\xfb\x90", "a.mp3", "", "audio/mpeg", "voice"),
        (box(b"M4A "), "a.m4a", "", "audio/mp4", "voice"),
        (box(b"3gp4"), "a.3gp", "audio/3gpp", "audio/mp4", "voice"),
        (b"#!AMR\n", "a.amr", "", "audio/amr", "voice"),
        (b"RIFF\x10\0\0\0WAVEfmt ", "a.wav", "", "audio/wav", "voice"),
        (b"OggS\0", "a.ogg", "", "audio/ogg", "voice"),
        (b"\x1a\x45\xdf\xa3", "a.webm", "audio/webm", "audio/webm", "voice"),
        (b"\x1a\x45\xdf\xa3", "a.webm", "video/webm", "video/webm", "video"),
        (box(b"isom"), "a.mp4", "video/mp4", "video/mp4", "video"),
        (box(b"qt  "), "a.mov", "", "video/quicktime", "video"),
        (b"%PDF-1.7", "a.pdf", "", "application/pdf", "document"),
        ("孩子的事".encode(), "说明.txt", "", "text/plain", "document"),
        ("孩子的事".encode("gb18030"), "说明.TXT", "", "text/plain", "document"),
    ],
)
def test_a_file_is_what_its_bytes_say(
    head: bytes, name: str, claimed: str, mime: str, kind: Any
) -> None:
    assert recognise(head, name, claimed) == FileType(mime, kind)


@pytest.mark.parametrize("ending", ["docx", "xlsx"])
def test_office_files_are_taken(ending: str) -> None:
    found = recognise(office("[Content_Types].xml"), f"名单.{ending}")
    assert found is not None
    assert found.kind == "document"


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg"),
        (b"<!doctype html><script>", "a.txt"),
        (b"\xef\xbb\xbf  <html>", "a.txt"),
        (b"MZ\x90\0", "a.jpg"),
        (b"\x7fELF", "a.txt"),
        (b"GIF89a", "a.gif"),
        (b"RIFF\x10\0\0\0AVI ", "a.avi"),
        (office("payload.exe"), "a.docx"),
        (office("[Content_Types].xml"), "a.docm"),
        (office("[Content_Types].xml"), "a.zip"),
        (b"plain words", "a.sh"),
        (b"words\0words", "a.txt"),
        (b"", "a.txt.exe"),
    ],
)
def test_other_files_are_not_taken(head: bytes, name: str) -> None:
    assert recognise(head, name) is None


WRITING = st.characters(min_codepoint=0x20, exclude_categories=["C"])


@given(st.text(min_size=1, alphabet=WRITING))
def test_any_plain_text_is_taken_wherever_the_head_is_cut(text: str) -> None:
    head = ("字" + text * 200).encode()[:HEAD_BYTES]
    assert recognise(head, "a.txt") == FileType("text/plain", "document")


@given(st.binary(max_size=64), st.text(), st.text())
def test_no_bytes_make_it_stumble(head: bytes, name: str, claimed: str) -> None:
    recognise(head, name, claimed)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("照片 1.jpg", "照片 1.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\fakepath\\伤.jpg", "伤.jpg"),
        ("a\r\nSet-Cookie: x.txt", "aSet-Cookie: x.txt"),
        ("\u202egpj.exe", "gpj.exe"),
        ("a\0.pdf", "a.pdf"),
        ("..", ""),
        ("长" * 300 + ".pdf", "长" * 116 + ".pdf"),
    ],
)
def test_a_name_is_only_something_to_show(sent: str, kept: str) -> None:
    assert file_name(quote(sent)) == kept


async def test_a_photo_is_stored_and_then_spoken_of(browser: Browser, village: Village) -> None:
    given = await browser.gives(JPEG, quote("伤.jpg"), "image/jpeg")
    assert await given.json() == {"file": "f0", "kind": "photo"}
    said = await browser.sends(kind="file", file="f0")
    assert said.status == 200
    assert village.arrivals[0].incoming == SentFile(
        kind="photo", source="f0", name="伤.jpg", mime="image/jpeg", size=len(JPEG)
    )
    assert village.files["f0"][2] == JPEG


async def test_nobody_can_speak_of_anothers_file(serve: Any, village: Village) -> None:
    one, other = await serve(), await serve()
    await one.opens()
    await other.opens()
    await one.gives(JPEG, "a.jpg", "image/jpeg")
    assert (await other.sends(kind="file", file="f0")).status == 400
    assert village.heard() == []


async def test_the_largest_file_passes_and_one_byte_more_does_not(
    browser: Browser, village: Village
) -> None:
    largest = JPEG + bytes(LARGEST - len(JPEG))
    assert (await browser.gives(largest, "a.jpg", "image/jpeg")).status == 200
    refused = await browser.gives(largest + b"x", "a.jpg", "image/jpeg")
    assert refused.status == 413
    assert "20兆" in (await refused.json())["say"]
    assert list(village.files) == ["f0"]


async def test_a_file_that_hides_its_size_is_stopped_on_the_way(
    browser: Browser, village: Village
) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield JPEG
        for _ in range(300):
            yield bytes(100_000)

    headers = browser.own | {"X-Name": "a.jpg", "Content-Type": "image/jpeg"}
    response = await browser.client.post("/chat/files", data=endless(), headers=headers)
    assert response.status == 413
    assert village.files == {}


async def test_an_upload_that_falls_silent_is_given_up(
    browser: Browser, village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat, "IDLE", 0.05)
    over = asyncio.Event()

    async def stuck() -> AsyncIterator[bytes]:
        yield JPEG + bytes(HEAD_BYTES)
        await over.wait()

    headers = browser.own | {"X-Name": "a.jpg", "Content-Type": "image/jpeg"}
    response = await browser.client.post("/chat/files", data=stuck(), headers=headers)
    over.set()
    assert response.status == 408
    assert village.files == {}


@pytest.mark.parametrize("how", ["length", "chunks", "in a chunk"])
async def test_of_an_upload_that_breaks_off_nothing_is_kept(
    browser: Browser, village: Village, how: str
) -> None:
    await browser.opens()
    client, half = browser.client, JPEG + bytes(HEAD_BYTES)
    cookie = client.session.cookie_jar.filter_cookies(client.make_url("/"))["chat"].value
    head = {
        "Host": f"{client.host}:{client.port}",
        "Cookie": f"chat={cookie}",
        "Sec-Fetch-Site": "same-origin",
        "Content-Type": "image/jpeg",
        "X-Name": "a.jpg",
        **(
            {"Content-Length": f"{2 * len(half)}"}
            if how == "length"
            else {"Transfer-Encoding": "chunked"}
        ),
    }
    begun = {
        "length": half,
        "chunks": f"{len(half):x}\r\n".encode() + half + b"\r\n",
        "in a chunk": f"{2 * len(half):x}\r\n".encode() + half,
    }[how]
    _, line = await asyncio.open_connection(client.host, client.port)
    said = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    line.write(f"POST /chat/files HTTP/1.1\r\n{said}\r\n".encode() + begun)
    await line.drain()
    await asyncio.sleep(0.1)
    line.close()
    await line.wait_closed()
    await asyncio.sleep(0.1)
    assert village.files == {}


@pytest.mark.parametrize(
    ("body", "name", "status"),
    [(b"", "a.jpg", 400), (b"MZ\x90", "a.jpg", 415), (b"<svg/>", "a.svg", 415)],
)
async def test_what_cannot_be_taken_gets_a_sentence(
    browser: Browser, village: Village, body: bytes, name: str, status: int
) -> None:
    response = await browser.gives(body, name, "image/jpeg")
    assert response.status == status
    assert (await response.json())["say"].endswith("。")
    assert village.files == {}


# -- files that we give -----------------------------------------------------------------------

LIST = Document(id=1, name='名 单"1".xlsx', mime="application/x-list", size=5)


async def test_a_card_names_its_file_and_the_page_can_fetch_it(
    browser: Browser, village: Village
) -> None:
    address = await browser.opens()
    village.ours[1] = b"bytes"
    out = await village.send(address, Card(text="给您名单。", document=LIST))
    [shown] = await browser.polls()
    assert shown["document"] == {"name": '名 单"1".xlsx', "size": 5}
    response = await browser.client.get(f"/chat/cards/{out.id}/document")
    assert (response.status, await response.read()) == (200, b"bytes")
    assert response.headers["Content-Type"] == "application/x-list"
    assert response.headers["Content-Disposition"] == (
        "attachment; filename*=UTF-8''%E5%90%8D%20%E5%8D%95%221%22.xlsx"
    )
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-store"


async def test_nobody_else_fetches_it_and_what_is_gone_is_said(
    serve: Any, village: Village
) -> None:
    one, other, stranger = await serve(), await serve(), await serve()
    address = await one.opens()
    await other.opens()
    village.ours[1] = b"bytes"
    out = await village.send(address, Card(text="给您名单。", document=LIST))
    bare = await village.send(address, Card(text="没有文件"))
    paths = [f"/chat/cards/{row}/document" for row in (out.id, bare.id, 12, "1" * 40, "x")]
    assert [(await other.client.get(path)).status for path in paths] == [404] * 5
    assert [(await one.client.get(path)).status for path in paths] == [200] + [404] * 4
    assert (await stranger.client.get(paths[0])).status == 401
    gone = await other.client.get(paths[0])
    assert "不在了" in (await gone.json())["say"]

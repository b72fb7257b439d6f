"""Who opens what was sent with a report, in which version, and what is written down of it."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from bot import jail
from bot.channels.channel import Outgoing
from conversation.incoming import Chosen
from storage.reporting.attachment import Attachment
from storage.work import Reading, Work
from tests.fakes.house import House, open_house
from tests.fakes.paper import Paper

BEGAN = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
#: Where the picture was taken, as a telephone writes it.
PLACE = b"Taken behind the third house"
VOICE = b"OggS" + bytes(range(256)) * 20


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, began=BEGAN) as opened:
        yield opened


def photo(width: int = 2400, height: int = 1800) -> bytes:
    """A photo as a telephone makes it: on its side, with where and when it was taken."""
    picture = Image.effect_mandelbrot((width, height), (-2, -1.5, 1, 1.5), 40).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned
    exif[0x010E] = PLACE.decode()
    exif.get_ifd(0x8825)[2] = (26.0, 35.0, 12.5)
    written = BytesIO()
    picture.save(written, "JPEG", quality=95, exif=exif, comment=PLACE)
    return written.getvalue()


async def alarm(house: House, *files: tuple[str, bytes]) -> None:
    """A neighbour, who cannot type, raises the alarm by voice; and sends more."""
    neighbour = await house.visitor("邻居")
    await neighbour.says("孩子现在有危险")
    await neighbour.says("青石镇河湾村")
    await neighbour.sends("voice", VOICE, mime="audio/ogg")
    await house.settled()
    receipt = next(one for one in reversed(house.paper.to("邻居")) if "受理号" in one.card.text)
    for kind, data in files:
        await neighbour.sends(kind, data, replies_to=str(receipt.id))  # type: ignore[arg-type]
    await house.files.fetch_due()
    await house.settled()


async def _goes(house: House, name: str, *labels: str) -> Outgoing:
    """What somebody is shown who goes by these buttons."""
    who = await house.visitor(name)
    for label in labels:
        await who.taps(label)
        await house.settled()
    return house.paper.to(name)[-1]


async def files_of(house: House) -> tuple[Attachment, ...]:
    def look(reading: Reading) -> tuple[Attachment, ...]:
        return tuple(
            found
            for one in reading.attachments.stored_after(0, 100)
            if (found := reading.attachments.get(one.id)) is not None
        )

    return await house.store.read(look)


async def written_of(house: House, file_id: int) -> list[tuple[str, dict[str, object]]]:
    facts = await house.store.read(lambda reading: reading.audit.of("attachment", file_id))
    return [(one.verb, json.loads(one.detail)) for one in facts]


async def test_an_alarm_that_was_spoken_is_heard_by_whoever_has_the_case(house: House) -> None:
    await alarm(house)
    got = await _goes(house, "儿童主任", "看详情", "看附件", "录音 1")
    assert got.content == VOICE
    assert got.card.document is not None
    assert got.card.document.name == "录音1.ogg"
    (voice,) = await files_of(house)
    stored, opened = await written_of(house, voice.id)
    assert stored == ("file.stored", {"sha256": voice.sha256, "size": len(VOICE)})
    assert (opened[0], opened[1]["version"]) == ("file.opened", "original")


async def test_a_village_sees_a_copy_without_where_it_was_taken_the_police_the_original(
    house: House,
) -> None:
    await house.visitor("派出所")
    taken = photo()
    assert PLACE in taken
    await alarm(house, ("photo", taken))
    got = await _goes(house, "儿童主任", "看详情", "看附件", "照片 1")
    assert got.card.document is not None
    assert (got.card.document.name, got.card.document.mime) == ("照片1.jpg", "image/jpeg")
    assert "原件" not in [one.label for one in got.card.buttons()]
    assert PLACE not in got.content
    assert len(got.content) <= jail.COPY_BYTES
    with Image.open(BytesIO(got.content)) as copy:
        assert copy.size == (960, 1280)  # turned upright
        assert dict(copy.getexif()) == {}
        assert copy.info.keys() <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    await _goes(house, "派出所", "看详情", "看附件", "照片 1")
    whole = await _goes(house, "派出所", "看原件")
    assert whole.content == taken


async def test_whoever_may_not_open_the_original_does_not_by_its_button_either(
    house: House,
) -> None:
    await alarm(house, ("photo", photo(800, 600)))
    picture = next(one for one in await files_of(house) if one.kind == "photo")
    for version, key in (("original", "不由您的岗位打开"), ("copy", "小图")):
        said = await _sees(house, "儿童主任", f"{picture.id}:{version}")
        assert key in said.card.text
        assert (said.content == b"") is (version == "original")


async def test_what_is_not_what_came_is_not_shown_and_the_keeper_hears(house: House) -> None:
    await house.visitor("管理员")
    await alarm(house)
    (voice,) = await files_of(house)
    await house.store.write(lambda work: work.attachments.put_chunk(voice.id, 0, b"OggS other"))
    got = await _goes(house, "儿童主任", "看详情", "看附件", "录音 1")
    assert "和收到时对不上" in got.card.text
    assert got.content == b""
    (notice,) = [one for one in house.paper.to("管理员") if "和收到时不一样" in one.card.text]
    assert str(voice.id) in notice.card.text
    assert [verb for verb, _ in await written_of(house, voice.id)] == [
        "file.stored",
        "file.broken",
    ]


async def test_a_sum_that_was_changed_along_with_the_bytes_is_noticed(house: House) -> None:
    """The row says what its bytes say; the audit says what came."""
    await alarm(house)
    (voice,) = await files_of(house)

    def forge(work: Work) -> None:
        work.attachments.put_chunk(voice.id, 0, b"OggS other")
        work.attachments.finish(voice.id, sha256(b"OggS other").hexdigest(), 10, chunks=1)

    await house.store.write(forge)
    got = await _goes(house, "儿童主任", "看详情", "看附件", "录音 1")
    assert "和收到时对不上" in got.card.text


async def test_a_file_that_was_never_fetched_is_told_to_both_and_is_no_attachment(
    house: House,
) -> None:
    neighbour = await house.visitor("邻居")
    await neighbour.says("孩子现在有危险")
    await neighbour.says("青石镇河湾村")
    await neighbour.sends("voice", VOICE)
    house.paper.files.clear()
    await house.files.fetch_due()
    await house.settled()
    assert "没取到" in house.paper.to("邻居")[-1].card.text
    assert "没有收到" in house.paper.to("儿童主任")[-1].card.text
    details = await _goes(house, "儿童主任", "看详情")
    assert "没有收到：录音 1 个。可以请报告的人再发一次" in details.card.text
    assert "附件：" not in details.card.text
    listed = await _goes(house, "儿童主任", "看附件")
    assert "录音 1　11-20 10:00　没有收到" in listed.card.text
    assert [one.label for one in listed.card.buttons()] == ["看详情", "回首页"]


async def test_a_lost_file_that_comes_again_as_a_reply_is_in_the_case(house: House) -> None:
    neighbour = await house.visitor("邻居")
    await neighbour.says("孩子现在有危险")
    await neighbour.says("青石镇河湾村")
    await neighbour.sends("voice", VOICE)
    house.paper.files.clear()
    await house.files.fetch_due()
    await house.settled()
    told = house.paper.to("邻居")[-1]
    await neighbour.sends("voice", VOICE, replies_to=str(told.id))
    await house.files.fetch_due()
    await house.settled()
    details = await _goes(house, "儿童主任", "看详情")
    assert "附件：1 个\n没有收到：录音 1 个" in details.card.text


@pytest.mark.parametrize("error", [OSError("telegram getFile: Lost"), LookupError("ours")])
async def test_a_file_that_does_not_come_for_an_hour_is_told_and_stops_no_other(
    house: House, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch = Paper.fetch

    async def fetched(paper: Paper, source: str) -> AsyncIterator[bytes]:
        if source.startswith("邻居"):
            raise error
        async for piece in fetch(paper, source):
            yield piece

    monkeypatch.setattr(Paper, "fetch", fetched)
    for name in ("邻居", "另一个邻居"):
        one = await house.visitor(name)
        await one.says("孩子现在有危险")
        await one.says("青石镇河湾村")
        await one.sends("voice", VOICE)
    await house.files.fetch_due()
    await house.settled()
    told = {name: len(house.paper.to(name)) for name in ("邻居", "另一个邻居")}
    await house.wait(timedelta(minutes=50))
    assert len(house.paper.to("邻居")) == told["邻居"]
    await house.wait(timedelta(minutes=30))
    assert len(house.paper.to("邻居")) == told["邻居"] + 1
    assert "没取到" in house.paper.to("邻居")[-1].card.text
    assert len(house.paper.to("另一个邻居")) == told["另一个邻居"]


async def test_what_comes_while_more_is_asked_after_an_alarm_is_there_at_once(
    house: House,
) -> None:
    """Nobody waits until a form is filled in; nor is it gone when everything else is skipped."""
    await alarm(house)
    neighbour = await house.visitor("邻居")
    await neighbour.sends("photo", photo(400, 300))
    await house.settled()
    assert any("照片已放到" in one.card.text for one in house.paper.to("邻居")[-2:])
    assert "有补充" in house.paper.to("儿童主任")[-1].card.text
    await neighbour.says("取消")
    await house.settled()
    await neighbour.taps("不填了")
    await house.files.fetch_due()
    await house.settled()
    details = await _goes(house, "儿童主任", "看详情", "看附件")
    assert "共 2 件" in details.card.text


async def test_what_nobody_can_make_smaller_is_said_to_be_for_others(house: House) -> None:
    await alarm(house, ("photo", b"\xff\xd8\xff\xe0 no picture at all"), ("video", b"film"))
    listed = await _goes(house, "儿童主任", "看详情", "看附件")
    assert [one.label for one in listed.card.buttons()][:1] == ["录音 1"]
    assert "由这些岗位打开：派出所、县公安局" in listed.card.text
    assert "照片 1" in listed.card.text
    town = await _goes(house, "督导员", "看详情", "看附件", "视频 1")
    assert town.content == b"film"


async def _sees(house: House, name: str, arg: str) -> Outgoing:
    """What somebody reads who presses this button of a file, wherever they have it from."""
    who = await house.visitor(name)
    await who.does(Chosen(verb="case.file", arg=arg))
    await house.settled()
    return house.paper.to(name)[-1]


OUTSIDERS = ("邻居", "教师", "网格员", "云峰儿童主任", "云峰督导员", "李老师")


@pytest.mark.parametrize("name", OUTSIDERS)
async def test_nobody_opens_a_file_of_a_case_that_they_may_not_see(
    house: House, name: str
) -> None:
    await house.visitor(name)
    await alarm(house, ("photo", photo(400, 300)), ("video", b"film"))
    for one in await files_of(house):
        for version in ("", ":copy", ":original"):
            said = await _sees(house, name, f"{one.id}{version}")
            assert (said.card.text, said.content) == ("没有这条线索。", b"")
        assert "file.opened" not in [verb for verb, _ in await written_of(house, one.id)]


@pytest.mark.parametrize("how", ["post ended", "excluded", "held"])
async def test_whoever_may_see_it_no_more_opens_nothing(house: House, how: str) -> None:
    await alarm(house, ("photo", photo(400, 300)))
    assert (await _goes(house, "儿童主任", "看详情", "看附件", "照片 1")).content

    def end(work: Work) -> None:
        person = work.people.meet("paper", "儿童主任").person_id
        if how == "post ended":
            for post in work.people.roles(person):
                work.people.end_role(post.id)
            return
        report = work.attachments.stored_after(0, 1)[0].report_id
        case = work.cases.of_report(report or 0)
        assert case is not None
        kind = "excluded" if how == "excluded" else "held"
        work.cases.add_member(case.id, person, kind, by=0, basis="meant")

    await house.store.write(end)
    house.clock.moment[0] += timedelta(seconds=1)
    for one in await files_of(house):
        before = await written_of(house, one.id)
        said = await _sees(house, "儿童主任", str(one.id))
        assert (said.card.text, said.content) == ("没有这条线索。", b"")
        assert await written_of(house, one.id) == before

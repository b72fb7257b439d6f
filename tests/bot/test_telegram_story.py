"""The whole program on Telegram, over HTTP: polling and webhook, as a person would use it."""

import asyncio
import logging
import re
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.clock import Clock
from storage.store import Store
from storage.work import Work
from tests.fakes.telegram import TOKEN, FakeTelegram, Person
from tests.fakes.telegram.town import program_behind

DATA = Path(__file__).parents[1] / "data"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
JPEG = b"\xff\xd8\xff\xe0" + b"photo of a wall" * 100


@pytest.fixture(params=["polling", "webhook"])
async def telegram(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Any]:
    """The fake with our program at work behind it; its ``store`` is the program's own."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}" if request.param == "webhook" else None
    async with (
        FakeTelegram() as fake,
        program_behind(
            fake, tmp_path, Clock(), listen=f"127.0.0.1:{port}", public_url=url
        ) as store,
    ):
        yield Chat(fake, store)


class Chat:
    """Telegram and the memory behind the bot."""

    def __init__(self, fake: FakeTelegram, store: Store) -> None:
        self.fake = fake
        self.store = store

    def person(self, number: int) -> Person:
        return self.fake.person(number)

    async def reports(self) -> list[Any]:
        def look(reading: Any) -> list[Any]:
            ids = [row.id for row in reading.places.load()]
            since = reading.now.replace(year=2000)
            return list(reading.reports.in_areas(ids, since))

        return await self.store.read(look)


async def test_a_photo_and_a_reply_to_the_receipt_go_to_the_same_report(telegram: Chat) -> None:
    person = telegram.person(1002)
    for said, heard in (
        ("报告", "孩子遇到什么情况"),
        ("1", "看到或者听到"),
        ("爷爷住院，两个孩子自己做饭", "在什么地方"),
    ):
        person.says(said)
        await person.hears(heard)
    person.sends_photo(JPEG)
    await person.hears("收到了（照片）")
    for said, heard in (
        ("河湾村", "哪个孩子"),
        ("跳过", "安全吗"),
        ("不清楚", "名字"),
        ("不留名", "还知道"),
        ("跳过", "对不对"),
    ):
        person.says(said)
        await person.hears(heard)
    person.says("发出去")
    receipt = await person.hears("受理号")
    person.says("今天又去看了，门锁着", reply_to=receipt)
    await person.hears("已补充到")
    (report,) = await telegram.reports()
    entries = await telegram.store.read(lambda reading: reading.reports.entries(report.id))
    files = await telegram.store.read(lambda reading: reading.attachments.of_report(report.id))
    assert [entry.body for entry in entries] == ["今天又去看了，门锁着"]
    assert [file.kind for file in files] == ["photo"]
    async with asyncio.timeout(20):
        while files[0].state != "stored":
            await asyncio.sleep(0.2)
            files = await telegram.store.read(
                lambda reading: reading.attachments.of_report(report.id)
            )
    kept = await telegram.store.read(
        lambda reading: b"".join(reading.attachments.chunks(files[0].id))
    )
    assert kept == JPEG


async def test_a_chat_is_cleared_of_both_sides_and_the_report_stays(telegram: Chat) -> None:
    person, other = telegram.person(1011), telegram.person(1012)
    other.says("你好")
    await other.hears("110")
    person.says("孩子现在有危险")
    await person.hears("在什么地方")
    for number in range(3):
        person.sends_photo(JPEG, album="3 pictures", caption="" if number else "门口")
    person.says("青石镇河湾村")
    await person.hears("受理号")
    person.says("报告")
    await person.hears("孩子遇到什么情况")
    person.says("清空对话")
    await person.hears("请先记在别处")
    person.taps("都删掉")
    await person.hears("好了")
    left = [message for message in telegram.fake.chats[1011] if not message.deleted]
    assert [message.text[:2] for message in left] == ["好了"]
    assert not any(message.deleted for message in telegram.fake.chats[1012])
    assert len(await telegram.reports()) == 1


async def test_what_is_too_old_to_be_cleared_does_not_keep_the_rest(telegram: Chat) -> None:
    person = telegram.person(1013)
    person.says("你好")
    await person.hears("110")
    for message in telegram.fake.chats[1013]:
        message.date -= 49 * 3600
    person.says("帮助")
    await person.hears("怎么用")
    person.says("清空对话")
    await person.hears("请先记在别处")
    person.taps("都删掉")
    await person.hears("好了")
    left = [message.text for message in telegram.fake.chats[1013] if not message.deleted]
    assert len(left) == 3
    assert left[0] == "你好"


async def test_an_edited_message_is_asked_for_again_and_a_long_one_is_noted_in_part(
    telegram: Chat,
) -> None:
    person = telegram.person(1014)
    person.says("隔壁的娃没人管饭" * 400)
    await person.hears("听起来孩子可能正有危险")
    person.edits("隔壁的娃有人管")
    await person.hears("请把对的再发一遍")
    calm = telegram.person(1015)
    calm.says("隔壁的娃好几天没来上学" * 300)
    await calm.hears("先记下前 2000 字")
    calm.says("3")
    await calm.hears("在什么地方")


async def test_an_old_button_shows_where_one_is_now(telegram: Chat) -> None:
    person = telegram.person(1003)
    person.says("报告")
    old = await person.hears("孩子遇到什么情况")
    person.says("1 2")
    await person.hears("看到或者听到")
    person.taps("选好了", on=old)
    await person.hears("看到或者听到")
    assert person.toasts == ["这一步填过了，接着填下面的"]


async def test_a_sticker_is_answered_kindly_and_the_question_stays(telegram: Chat) -> None:
    person = telegram.person(1004)
    person.says("报告")
    await person.hears("孩子遇到什么情况")
    person.sends_sticker()
    await person.hears("看不懂")
    await person.hears("孩子遇到什么情况")


async def test_a_file_that_is_too_large_is_answered_with_what_to_do(telegram: Chat) -> None:
    person = telegram.person(1009)
    person.says("报告")
    await person.hears("孩子遇到什么情况")
    person.sends_video(b"x", size=30_000_000)
    await person.hears("超过 20 MB")


async def test_a_supervisor_s_day_with_the_register(telegram: Chat) -> None:
    """Invite with codes to print, bring in a roster, find a child, hand over."""
    boss, new, leaver = (telegram.person(number) for number in (1031, 1032, 1033))
    for person in (boss, new, leaver):
        person.says("你好")
        await person.hears("110")

    def settle(work: Work) -> None:
        for number, name, role, place in (
            (1031, "赵督导", "child_supervisor", "青石镇"),
            (1033, "老周", "grid_worker", "青石镇河湾村"),
        ):
            speaker = work.people.speaker("telegram", str(number))
            assert speaker is not None
            work.people.set_name(speaker.person_id, name)
            work.people.add_role(speaker.person_id, role, work.areas.search(place)[0].id)

    await telegram.store.write(settle)
    for tapped, heard in (
        ("我的工作", "您现在是"),
        ("更多", "您还可以做这些"),
        ("人员和值班", "人员和值班"),
        ("发邀请", "请他来做什么"),
        ("网格员", "在什么地方"),
    ):
        boss.says(tapped)
        await boss.hears(heard)
    boss.says("河湾村")
    await boss.hears("请他做多久")
    boss.taps("一直做")
    await boss.hears("要请几个人")
    boss.says("1")
    sheet = await boss.hears("一张一个人", within=20)
    assert sheet.document == "邀请码.html"
    assert boss.opens(sheet).count(b"<section>") == 1
    link = re.search(r"start=([\w-]{22})", (await boss.hears("邀请好了")).text)
    assert link is not None
    new.says(f"/start {link[1]}")
    await new.hears("您叫什么名字")
    for said, heard in (("小李", "电话"), ("13800006666", "记下了")):
        new.says(said)
        await new.hears(heard)

    roster = (DATA / "roster-yunling.xlsx").read_bytes()
    boss.sends_document(roster, "名册.xlsx", XLSX)
    await boss.hears("这是什么", within=20)
    boss.says("1")
    found = await boss.hears("名册看完了", within=60)
    assert found.document == "名册核对结果.xlsx"
    boss.taps("确认导入")
    await boss.hears("已写进台账")
    for said, heard in (("找孩子", "找哪个孩子"), ("徐思勇", "是哪一个"), ("1", "为什么要看")):
        boss.says(said)
        await boss.hears(heard)
    boss.says("核对名册")
    await boss.hears("就读学校")

    for said, heard in (("交接工作", "谁不做了"), ("老周", "交给谁"), ("小李", "点一下就交接")):
        boss.says(said)
        await boss.hears(heard)
    boss.says("1")
    await boss.hears("交接好了")
    await leaver.hears("谢谢您")
    await new.hears("由您接着做")


async def test_no_private_word_is_logged_even_at_debug(
    telegram: Chat, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("", "bot", "storage"):  # a command that ran before may have set their levels
        caplog.set_level(logging.DEBUG, name)
    logging.getLogger("bot.intake").debug("listening")
    private = ("王小花被锁在屋里", "后山第三家的外孙", "陈秀英", "13987654321", "kept-photo")
    person = telegram.person(770077)
    for said, heard in (
        ("报告", "孩子遇到什么情况"),
        ("1", "看到或者听到"),
        (private[0], "在什么地方"),
        ("河湾村", "哪个孩子"),
        (private[1], "安全吗"),
        ("不清楚", "名字"),
        ("留名", "称呼"),
        (private[2], "电话"),
        (private[3], "还知道"),
        ("跳过", "对不对"),
    ):
        person.says(said)
        await person.hears(heard)
    person.says("发出去")
    receipt = await person.hears("受理号")
    pin = receipt.text.split("查询密码：")[1][:6]
    logged = [str(record.__dict__) + record.getMessage() for record in caplog.records]
    found = [
        (word, line)
        for word in (*private, pin, TOKEN, "770077")
        for line in logged
        if word in line
    ]
    assert found == []
    assert any("listening" in line for line in logged)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

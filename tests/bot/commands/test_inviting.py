"""The first officer of a county comes in by an invitation from the command line."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import segno

from bot.commands import inviting
from bot.commands.words import words
from bot.county.rules import read_rules
from bot.doors import page_door, telegram_door
from bot.settings import HOME, read_settings
from handlers.people.invite_sheet import WALLS, poster, sheet
from policy.tables import load_policy
from storage.work import Reading
from tests.fakes.house import House, open_house

LINKS = re.compile(r"https://\S+")
ZONE = ZoneInfo("Asia/Shanghai")
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


async def test_a_post_of_the_command_line_begins_and_ends_on_its_days(house: House) -> None:
    days = (date(2026, 11, 22), date(2026, 11, 23))
    (token,) = await invited(house, role="网格员", area="青石镇河湾村", days=days)
    worker = await house.visitor("新网格员")
    await worker.says(f"/start {token}")
    await house.settled()
    assert "2026-11-22 到 2026-11-23" in house.paper.to("新网格员")[-1].card.text
    held = []
    for _ in range(5):
        held.append(await house.store.read(_holds_a_post))
        await house.leap(timedelta(days=1))
    assert held == [False, False, True, True, False]
    later = (date(2026, 12, 2), date(2026, 12, 1))
    with pytest.raises(inviting.NoSuchPost, match="比 --from 还早"):
        await invited(house, role="网格员", area="青石镇河湾村", days=later)


def _holds_a_post(reading: Reading) -> bool:
    speaker = reading.people.speaker("paper", "新网格员")
    return speaker is not None and bool(reading.people.roles(speaker.person_id))


async def test_in_the_chat_an_invitation_is_a_link_for_each_way_in(house: House) -> None:
    house.rules.open_door(page_door("https://bao.example"))
    house.rules.open_door(telegram_door("xiangban_bot"))
    supervisor = await house.visitor("督导员")
    for said in ("我的", "发邀请", "儿童主任", "青石村", "一直做", "1"):
        await supervisor.says(said)
    await house.settled()
    written, printed = house.paper.to("督导员")[-2:]
    page, telegram = LINKS.findall(written.card.text)
    assert printed.card.document is not None
    assert printed.card.document.name == "邀请码.html"
    assert page.startswith("https://bao.example/chat#start=")
    assert telegram.startswith("https://t.me/xiangban_bot?start=")
    assert page.rpartition("=")[2] == telegram.rpartition("=")[2]


async def test_who_manages_a_post_hears_of_a_second_use_of_a_printed_slip(house: House) -> None:
    (token,) = await invited(house, role="网格员", area="青石镇河湾村")
    for name in ("新网格员", "捡到的人"):
        await (await house.visitor(name)).says(f"/start {token}")
    await house.settled()
    assert "又有人想用它" in house.paper.to("督导员")[-1].card.text


def test_a_sheet_has_one_slip_for_each_person_with_a_code_for_each_way_in() -> None:
    doors = (page_door("https://bao.example"), telegram_door("xiangban_bot"))
    rules = read_rules(read_settings())
    page = sheet(
        ["AAAA", "BBBB"],
        doors,
        rules.words,
        role="teacher",
        post="青石镇 <教师>",
        until=datetime(2026, 11, 23, 10, 0, tzinfo=UTC),
    )
    assert page.count("<section>") == 2
    for door, token in ((door, token) for door in doors for token in ("AAAA", "BBBB")):
        link = door.replace("TOKEN", token)
        assert segno.make(link, micro=False, error="m").svg_inline(border=2, omitsize=True) in page
    assert "2026-11-23 10:00" in page
    assert "老师" in page
    assert "<教师>" not in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")


def test_a_poster_is_for_everybody_and_each_wall_has_its_words() -> None:
    doors = (page_door("https://bao.example"), telegram_door("xiangban_bot"))
    rules = read_rules(read_settings())
    pages = [
        poster(wall, doors, rules.words, place="青石镇 <一>", hotlines=rules.policy.hotlines)
        for wall in WALLS
    ]
    for page in pages:
        for way in ("https://bao.example/chat", "https://t.me/xiangban_bot"):
            assert (
                segno.make(way, micro=False, error="m").svg_inline(border=2, omitsize=True) in page
            )
        assert "start" not in page
        assert "<一>" not in page
        assert page.index("110") < page.index("12345")
    village, school = pages
    assert "村里的孩子" in village
    assert "老师最先看见" in school


async def test_in_the_chat_a_manager_gets_a_poster_and_nobody_else(house: House) -> None:
    supervisor, teacher = await house.visitor("督导员"), await house.visitor("教师")
    await supervisor.says("打印海报")
    await house.settled()
    assert "还没有能扫的地址" in house.paper.to("督导员")[-1].card.text
    house.rules.open_door(page_door("https://bao.example"))
    for said in ("打印海报", "贴在学校"):
        await supervisor.says(said)
    await teacher.says("打印海报")
    await house.settled()
    card = house.paper.to("督导员")[-1].card
    assert card.document is not None
    assert card.document.name == "学校的海报.html"
    assert house.paper.to("教师")[-1].card.document is None


async def invited(
    house: House,
    *,
    role: str,
    area: str,
    days: tuple[date | None, date | None] = (None, None),
) -> tuple[str, ...]:
    ask = partial(
        inviting.invite,
        policy=POLICY,
        words=words,
        role=role,
        area=area,
        count=1,
        zone=ZONE,
        days=days,
    )
    return (await house.store.write(ask)).tokens

"""Short messages in the whole program: nobody has a post there, and what 体检 says of them."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.commands.words import words
from bot.health.doctor import examine
from bot.settings import SettingsFault, read_settings
from storage.people.people import Role
from storage.work import Reading, Work
from tests.bot.test_reporter_stories import Town, of_sms
from tests.fakes.sms_gateway import FakeGateway

BOSS = "13800000099"
LIFE = timedelta(days=1)


async def test_nobody_gets_a_post_or_becomes_somebody_else_by_a_short_message(
    tmp_path: Path,
) -> None:
    async with of_sms(tmp_path, "json") as town:
        token, code = await town.store.write(offered)
        person = town.person(99)
        for said in (f"/start {token}", code, "登记", "我的账号", "进后台", "我的"):
            person.says(said)
            await person.hears("请打开相伴网页办")
        assert await town.store.read(lambda look: posts_of(look, BOSS)) == ()
        found = await town.store.read(lambda look: look.people.speaker("sms", BOSS))
        assert found is not None
        assert found.person_id != await town.store.read(boss)


async def test_a_number_that_somebody_gave_a_post_to_has_none_there_either(tmp_path: Path) -> None:
    async with of_sms(tmp_path, "json") as town:
        await town.store.write(given_a_post)
        person = town.person(99)
        for said in ("工单", "儿童", "今天走访", "统计"):
            person.says(said)
            await person.hears("1")
        shown = person.screen()
        assert "请打开相伴" in shown
        assert not any(word in shown for word in ("接单", "包保", "台账"))


async def test_who_wants_no_more_is_told_nothing_until_they_write_again(tmp_path: Path) -> None:
    async with of_sms(tmp_path, "form") as town:
        person = town.person(99)
        person.says("你好")
        await person.hears("110")
        person.says("退订")
        await until(town, reachable=False)
        person.says("你好")
        await person.hears("110")
        await until(town, reachable=True)


def offered(work: Work) -> tuple[str, str]:
    """An invitation to the highest post, and the code of somebody who has it."""
    county = work.areas.roots()[0].id
    person = work.people.meet("paper", "县民政").person_id
    work.people.add_role(person, "civil_affairs", county)
    _, token = work.invitations.issue("civil_affairs", county, person, LIFE)
    return token, work.links.offer(person)


def given_a_post(work: Work) -> None:
    """By mistake: nothing that is offered anywhere leads here."""
    met = work.people.meet("sms", BOSS)
    work.people.add_role(met.person_id, "civil_affairs", work.areas.roots()[0].id)


def boss(look: Reading) -> int:
    found = look.people.speaker("paper", "县民政")
    assert found is not None
    return found.person_id


def posts_of(look: Reading, number: str) -> tuple[Role, ...]:
    found = look.people.speaker("sms", number)
    assert found is not None
    return tuple(look.people.roles(found.person_id))


async def until(town: Town, *, reachable: bool) -> None:
    """Wait until the number can, or cannot, be told anything."""
    async with asyncio.timeout(20):
        while True:
            found = await town.store.read(lambda look: look.people.speaker("sms", BOSS))
            if found is not None and found.reachable == reachable:
                return
            await asyncio.sleep(0.05)


# -- 体检 -----------------------------------------------------------------------------------------


async def said(folder: Path, **more: Any) -> tuple[bool, str]:
    settings = read_settings(
        database_url=f"sqlite:///{folder / 'data' / 'x.db'}",
        key_file=folder / "keys" / "x.keys",
        public_url="https://bot.example.cn",
        **more,
    )
    found = {one.what: one for one in await examine(settings, words)}["短信"]
    return found.well, found.said


async def test_a_gateway_that_answers_is_well_and_where_it_brings_messages_is_said(
    tmp_path: Path,
) -> None:
    assert await said(tmp_path) == (True, "没有设置（BOT_SMS），不收发短信。")
    async with FakeGateway() as gateway:
        file = gateway.table(tmp_path)
        well, told = await said(tmp_path, sms=file)
        assert (well, told) == (True, "sms.toml：收在 https://bot.example.cn/sms")
        file.chmod(0o644)
        well, told = await said(tmp_path, sms=file)
        assert not well
        assert "chmod 600" in told
        file.chmod(0o600)
    well, told = await said(tmp_path, sms=file)
    assert not well
    assert "连不上网关 http://127.0.0.1" in told
    file.write_text("[send]\n", "utf-8")
    well, told = await said(tmp_path, sms=file)
    assert not well
    assert "缺 send.url" in told
    assert "缺 hear" in told


def test_a_table_that_is_not_there_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsFault, match="没有这个文件"):
        read_settings(sms=tmp_path / "sms.toml")

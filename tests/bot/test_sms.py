"""Short messages in the whole program: nobody has a post there, and what 体检 says of them."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.commands.words import words
from bot.health.doctor import examine
from bot.settings import SettingsFault, read_settings
from storage.people.person import Role
from storage.tables import outbox
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


async def test_a_corrected_name_is_not_said_back_there(tmp_path: Path) -> None:
    async with of_sms(tmp_path, "json") as town:
        person = town.person(99)
        for said, follows in (
            ("我要报告", "孩子遇到什么情况"),
            ("1", "您看到或者听到了什么"),
            ("门口有个娃娃", "在什么地方"),
            ("青石村", "是哪个孩子"),
            ("陈二蛋", "孩子现在安全吗"),
            ("说错了，是陈三蛋", "改过来了"),
        ):
            person.says(said)
            await person.hears(follows)
        assert "二蛋" not in person.screen()
        assert "三蛋" not in person.screen()


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


async def test_a_forged_goodbye_is_noticed_by_whoever_the_number_belongs_to(
    tmp_path: Path,
) -> None:
    async with of_sms(tmp_path, "form") as town:
        person = town.person(99)
        person.says("你好")
        await person.hears("110")
        person.says("TD")
        await person.hears("不是您要退的")
        await until(town, reachable=False)
        said = len(person.shown())
        person.says("TD")
        person.says("退订")
        await asyncio.sleep(0.5)
        assert len(person.shown()) == said
        person.says("孩子掉进水塘里了")
        await person.hears("110")
        await until(town, reachable=True)


def bounds(folder: Path, number: int, everybody: int) -> Path:
    """A county that pays for so many messages a day."""
    rules = folder / "county" / "policy"
    rules.mkdir(parents=True)
    told = f"texts_a_day = {number}\ntexts_a_day_all = {everybody}\n"
    (rules / "limits.toml").write_text(told, "utf-8")
    return rules.parent


async def test_a_number_that_writes_without_end_is_heard_and_not_answered_without_end(
    tmp_path: Path,
) -> None:
    async with of_sms(tmp_path, "json", county=bounds(tmp_path, 4, 100)) as town:
        await town.store.write(offered)  # the county has somebody who hears of it
        person = town.person(99)
        for at in range(3):
            person.says("你好")
            await person.hears("110")
            assert len(person.shown()) == at + 1
        person.says("你好")
        await person.hears("不再一条条回")
        for _ in range(3):
            person.says("你好")
        await asyncio.sleep(1)
        assert len(person.shown()) == 4
        assert len(await town.store.read(told_of_bound)) == 1
        # Another number is answered, and danger always.
        other = town.person(98)
        other.says("你好")
        await other.hears("110")
        person.says("有人在打孩子，孩子流血了")
        await person.hears("110")


async def test_who_was_answered_enough_can_still_raise_the_alarm_to_its_end(
    tmp_path: Path,
) -> None:
    """By the danger button's words or number, and every step after it."""
    async with of_sms(tmp_path, "json", county=bounds(tmp_path, 2, 100)) as town:
        person = town.person(99)
        person.says("你好")
        await person.hears("110")
        person.says("你好")
        await person.hears("不再一条条回")
        person.taps("孩子现在有危险")
        await person.hears("先打电话")
        person.taps("青石镇")
        await person.hears("在什么地方")
        person.taps("河湾村")
        await person.hears("孩子现在怎么了")
        person.says("一直哭")
        await person.hears("受理号")
        (report,) = await town.reports()
        assert report.grade == "red"


async def test_all_numbers_together_cost_no_more_than_the_county_said(tmp_path: Path) -> None:
    async with of_sms(tmp_path, "json", county=bounds(tmp_path, 10, 3)) as town:
        for number in range(6):
            town.person(number).says("你好")
        first = town.person(77)
        first.says("救命，孩子快被打死了")
        await first.hears("110")
        await asyncio.sleep(1)
        said = sum(len(town.person(number).shown()) for number in range(6))
        assert said == 3


async def test_what_nobody_could_finish_for_want_of_answers_reaches_a_human(
    tmp_path: Path,
) -> None:
    async with of_sms(tmp_path, "json", county=bounds(tmp_path, 2, 100)) as town:
        person = town.person(99)
        person.says("你好")
        await person.hears("110")
        person.says("隔壁的孩子三天没去上学了")
        await person.hears("不再一条条回")

        def rung(work: Work) -> None:
            found = work.people.speaker("sms", BOSS)
            assert found is not None
            (draft,) = work.drafts.open_of(found.contact_id)
            work.drafts.wake(draft.id, work.now, "unfinished")

        await town.store.write(rung)
        filed: list[Any] = []
        for _ in range(100):
            filed = filed or await town.reports()
            await asyncio.sleep(0 if filed else 0.1)
        assert "三天没去上学" in filed[0].answers


async def test_what_an_officer_writes_is_not_read_by_whoever_holds_the_phone(
    tmp_path: Path,
) -> None:
    async with of_sms(tmp_path, "json") as town:
        person = town.person(99)
        person.says("你好")
        await person.hears("110")

        def says_back(work: Work) -> None:
            pass

        await town.store.write(says_back)


def told_of_bound(look: Reading) -> list[str]:
    """The cards that say to whoever keeps the program that a bound was reached."""
    found = look.db.all(select(outbox.c.key).where(outbox.c.key.like("texts-spent:%")))
    return [row[0] for row in found]


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
    with pytest.raises(SettingsFault, match=r"没有 \S+ 这个文件"):
        read_settings(sms=tmp_path / "sms.toml")

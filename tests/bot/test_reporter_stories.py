"""What a reporter does with words and numbers alone, over HTTP, on every channel that has them."""

import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest

from bot.clock import Clock
from storage.store import Store
from tests.fakes.sms_gateway import FakeGateway
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram.town import program_behind


class Channel(Protocol):
    """People of one channel: each says, taps and hears."""

    def person(self, number: int) -> Any:
        """Somebody who has never been here."""
        ...


class Town:
    """A county's people on one channel, and the memory behind the bot."""

    def __init__(self, channel: Channel, store: Store) -> None:
        self.channel = channel
        self.store = store

    def person(self, number: int) -> Any:
        return self.channel.person(number)

    async def reports(self) -> list[Any]:
        def look(reading: Any) -> list[Any]:
            ids = [row.id for row in reading.places.load()]
            since = reading.now.replace(year=2000)
            return list(reading.reports.in_areas(ids, since))

        return await self.store.read(look)


@pytest.fixture(params=["polling", "webhook", "sms as json", "sms as form"])
async def town(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Town]:
    """The program at work behind a channel's fake."""
    kind: str = request.param
    async with of_sms(tmp_path, kind) if "sms" in kind else _of_telegram(tmp_path, kind) as one:
        yield one


@asynccontextmanager
async def _of_telegram(folder: Path, kind: str) -> AsyncIterator[Town]:
    port = _free_port()
    url = f"http://127.0.0.1:{port}" if kind == "webhook" else None
    listen = f"127.0.0.1:{port}"
    async with (
        FakeTelegram() as fake,
        program_behind(fake, folder, Clock(), listen=listen, public_url=url) as store,
    ):
        yield Town(fake, store)


@asynccontextmanager
async def of_sms(folder: Path, kind: str, **settings: Any) -> AsyncIterator[Town]:
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    async with (
        FakeTelegram() as telegram,
        FakeGateway(kind.split()[-1], hook=f"{url}/sms") as gateway,
        program_behind(
            telegram,
            folder,
            Clock(),
            listen=f"127.0.0.1:{port}",
            public_url=url,
            sms=gateway.table(folder),
            **settings,
        ) as store,
    ):
        yield Town(gateway, store)
        assert gateway.broken == []


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_three_taps_and_a_sentence_raise_the_alarm(town: Town) -> None:
    person = town.person(1001)
    person.says("/start")
    await person.hears("110")
    person.taps("孩子现在有危险")
    await person.hears("先打电话")
    person.taps("青石镇")
    await person.hears("在什么地方")
    person.taps("河湾村")
    await person.hears("孩子现在怎么了")
    person.says("掉进水塘里了")
    receipt = await person.hears("受理号")
    (report,) = await town.reports()
    assert report.grade == "red"
    assert f"{report.number[:3]} {report.number[3:6]} {report.number[6:]}" in receipt.text


async def test_who_tells_instead_of_tapping_is_heard_and_may_add_to_it(town: Town) -> None:
    person = town.person(1005)
    for said, heard in (
        ("喂", "先打 110"),
        ("我要反映情况", "孩子遇到什么情况"),
        ("隔壁那家娃三天没去上学了", "您说的记下了"),
        ("选好了", "在什么地方"),
        ("河湾村", "哪个孩子"),
        ("跳过", "安全吗"),
        ("他爸妈在广东，奶奶管不住", "您说的记下了"),
        ("不清楚", "名字"),
        ("不留名", "还知道"),
        ("跳过", "对不对"),
        ("发出去", "受理号"),
        ("谢谢你们！", "随时在这里说"),
        ("忘了说，他家在二组", "还是另外一件事"),
    ):
        person.says(said)
        await person.hears(heard)
    person.taps("补充刚才报的")
    await person.hears("已补充到")
    (report,) = await town.reports()
    assert json.loads(report.answers)["circumstances"] == "out_of_school"
    assert json.loads(report.answers)["what"].split("\n") == [
        "隔壁那家娃三天没去上学了",
        "他爸妈在广东，奶奶管不住",
    ]
    entries = await town.store.read(lambda reading: reading.reports.entries(report.id))
    assert [entry.body for entry in entries] == ["忘了说，他家在二组"]


async def test_a_village_told_in_the_first_words_is_the_first_place_to_tap(town: Town) -> None:
    person = town.person(1006)
    for said, heard in (
        ("你是机器人不", "是机器人，不是真人"),
        ("河湾村有个娃好几天没人管了，饿得直哭", "听起来孩子可能正有危险"),
        ("对头", "在什么地方"),
    ):
        person.says(said)
        await person.hears(heard)
    person.taps("青石镇河湾村")
    await person.hears("受理号")
    (report,) = await town.reports()
    village = await town.store.read(lambda reading: reading.areas.search("河湾村")[0].id)
    assert (report.grade, report.area_id) == ("red", village)


async def test_a_grandmother_who_tells_a_story_at_every_question_is_heard(town: Town) -> None:
    person = town.person(1007)
    for said, heard in (
        ("我要报告", "孩子遇到什么情况"),
        ("我跟你讲嘛我们隔壁那个娃造孽得很他妈跑了他爸在外头打工一年到头不落屋", "您说的记下了"),
        ("我喊他到我家吃了碗面", "在什么地方"),
        ("就在我们河湾村二组那个大榕树底下", "是哪个孩子"),
        ("昨天晚上", "时间记下了"),
        ("老刘家的", "安全吗"),
        ("现在在我家吃饭嘛，乖得很", "您说的记下了"),
        ("莫写我名字", "不留您的名字"),
        ("安全", "还知道些什么"),
        ("没得了没得了，就这些", "对不对"),
        ("发出去嘛", "受理号"),
    ):
        person.says(said)
        await person.hears(heard)
    (report,) = await town.reports()
    told = json.loads(report.answers)
    assert report.anonymous
    assert told["child"] == "老刘家的"
    assert told["when"].startswith("20")
    assert told["what"].split("\n")[1:] == ["我喊他到我家吃了碗面", "现在在我家吃饭嘛，乖得很"]
    assert "莫写" not in report.answers


async def test_a_father_far_away_whose_calls_nobody_takes_has_somebody_go_there(
    town: Town,
) -> None:
    person = town.person(1008)
    for said, heard in (
        ("我妈带娃在老家，电话打不通两天了", "马上有人去看一眼"),
        ("要", "在什么地方"),
        ("👍", "说个大概也行"),
        ("河湾村", "安全吗"),
        ("不知道", "110"),
        ("已经报警了", "什么时候打的"),
    ):
        person.says(said)
        await person.hears(heard)
    (report,) = await town.reports()
    village = await town.store.read(lambda reading: reading.areas.search("河湾村")[0].id)
    assert (report.grade, report.area_id) == ("red", village)


async def test_a_child_says_once_what_it_is_called(town: Town) -> None:
    person = town.person(1009)
    for said, heard in (
        ("我叫刘小宝，我爸喝酒了打我", "12355"),
        ("不急", "你遇到什么事了"),
        ("对", "你在哪里"),
        ("我有点害怕", "再说一下在哪里"),
        ("河湾村", "安全吗"),
        ("我躲在厕所里", "你说的记下了"),
        ("不知道", "名字"),
        ("不知道", "还知道些什么"),
        ("就这样", "对不对"),
        ("发出去", "受理号"),
    ):
        person.says(said)
        await person.hears(heard)
    (report,) = await town.reports()
    told = json.loads(report.answers)
    assert told["child"] == "刘小宝"
    assert told["what"].split("\n")[1:] == ["我有点害怕", "我躲在厕所里"]
    assert report.anonymous


async def test_two_people_do_not_see_each_other(town: Town) -> None:
    one, two = town.person(1005), town.person(1006)
    one.says("报告")
    two.says("要不要报")
    await one.hears("孩子遇到什么情况")
    await two.hears("您是孩子的什么人")
    assert "您是孩子的什么人" not in one.screen()


async def test_a_number_and_a_pin_tell_the_state_from_another_phone(town: Town) -> None:
    person, other = town.person(1007), town.person(1008)
    person.says("危险")
    await person.hears("先打电话")
    person.says("青石村")
    await person.hears("怎么了")
    person.says("被关在屋里")
    receipt = await person.hears("受理号")
    number = receipt.text.split("受理号：")[1][:11]
    pin = receipt.text.split("查询密码：")[1][:6]
    other.says("查进度")
    await other.hears("还没有在这里报告过")
    other.taps("用受理号查")
    await other.hears("受理号是多少")
    other.says(number)
    await other.hears("密码是多少")
    other.says(pin)
    await other.hears("已收到")

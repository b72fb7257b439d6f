"""A channel takes nothing for an hour, or is given up: what is urgent goes on, nothing is lost."""

import re
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import wiring
from bot.bells import Bells
from bot.channels.channel import Channel, Delivery, TryLater, Unclear
from bot.delivery import MAX_ATTEMPTS
from bot.delivery import Delivery as Sender
from bot.intake import Intake
from bot.pace import Pace
from bot.settings import SettingsFault, read_settings
from conversation.cards import Card
from handlers import talk
from handlers.reaching import telling
from handlers.turn import Turn
from storage.people.people import NOBODY
from storage.sealing import KeyRing
from storage.work import Reading, Work
from tests.fakes.house import House, open_house
from tests.fakes.paper import Visitor
from tests.handlers.test_calls import lines
from tests.handlers.test_climbing import alarmed, person_id
from tests.handlers.test_unnoticed import alarms, called, has_a_page

BEGAN = datetime(2026, 11, 20, 2, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DOOR = "https://county.example/chat#start=TOKEN"
AWAY = TryLater(after=timedelta(seconds=5), this_chat_only=False)


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    file = tmp_path / "keys" / "house.keys"
    file.parent.mkdir()
    KeyRing.create(file)
    async with open_house(tmp_path, began=BEGAN, url=database_url) as opened:
        opened.rules.doors = (DOOR,)
        killed(opened)
        yield opened


@pytest.mark.parametrize("trouble", [AWAY, Unclear()], ids=["unreached", "unclear"])
async def test_an_hour_in_which_a_channel_takes_nothing(house: House, trouble: Delivery) -> None:
    for name in ("督导员", "管理员"):
        await house.visitor(name)
        await has_a_page(house, name)
    house.clock.moment[0] += MINUTE
    await (await house.visitor("督导员")).says("你好")
    await house.settled()
    before = Counter(one.address for one in house.paper.sent)
    house.paper.down = trouble
    await alarmed(house)
    await passes(house, 30)
    # In time: on the page, or on the list of whoever telephones.
    assert alarms(house.page.to("督导员的页面")) == 1
    assert "县民政" in await called(house)
    killed(house)
    await passes(house, 30)
    assert alarms(house.page.to("督导员的页面")) == 1
    house.paper.down = None
    await passes(house, 12)
    # Nothing is lost, and whoever was told elsewhere is told once more at most.
    assert alarms(house.page.to("督导员的页面")) == 1
    assert alarms(house.paper.to("督导员")) == 1
    assert alarms(house.paper.to("县民政")) == 1
    assert Counter(one.address for one in house.paper.sent)["教师"] > before["教师"]
    assert await waiting(house) == 0
    told = [one.card.text for one in house.page.to("管理员的页面")]
    assert sum("Paper 从 2026-11-20 10:01 起发不出消息" in one for one in told) == 1
    assert len({one.person_id for one in await lines(house)}) == len(await lines(house))


async def test_after_a_night_without_a_clear_answer_everything_is_sent_all_the_same(
    house: House,
) -> None:
    house.paper.down = Unclear()
    await (await house.visitor("教师")).says("你好")
    for _ in range(8 * 12):
        house.clock.moment[0] += 5 * MINUTE
        await house.settled()
    house.paper.down = None
    house.clock.moment[0] += 5 * MINUTE
    await house.settled()
    assert len(house.paper.to("教师")) == 1
    assert await waiting(house) == 0


async def test_a_message_that_alone_is_never_answered_clearly_is_refused_in_the_end(
    house: House,
) -> None:
    house.paper.deaf["教师"] = Unclear()
    await (await house.visitor("教师")).says("你好")
    neighbour = await house.visitor("邻居")
    for _ in range(MAX_ATTEMPTS + 2):
        await neighbour.says("你好")
        await house.settled()
        house.clock.moment[0] += 5 * MINUTE
        await house.settled()
    assert await waiting(house) == 0
    del house.paper.deaf["教师"]
    await house.settled()
    assert house.paper.to("教师") == []


async def test_the_end_is_told_once_too(house: House) -> None:
    await house.visitor("管理员")
    await has_a_page(house, "管理员")
    house.paper.down = AWAY
    await (await house.visitor("教师")).says("你好")
    await passes(house, 12)
    house.paper.down = None
    await passes(house, 15)
    told = [one.card.text for one in (*house.page.sent, *house.paper.sent)]
    assert sum("起又能发消息了" in one for one in told) == 1


async def test_a_short_silence_and_one_chat_are_no_news(house: House) -> None:
    await house.visitor("管理员")
    await has_a_page(house, "管理员")
    house.paper.deaf["教师"] = TryLater(after=timedelta(seconds=5))
    await (await house.visitor("教师")).says("你好")
    await passes(house, 20)
    house.paper.down = AWAY
    await (await house.visitor("网格员")).says("你好")
    await passes(house, 8)
    house.paper.down = None
    await passes(house, 20)
    assert not any("起发不出消息" in one.card.text for one in house.page.sent)


async def test_whoever_writes_by_a_channel_that_was_given_up_goes_on_at_the_page(
    house: House,
) -> None:
    worker = await house.visitor("网格员")
    for said in ("/start", "报告一个情况", "是，报告这件事"):
        await worker.says(said)
        await house.settled()
    asked = house.paper.to("网格员")[-1].card
    given_up(house)
    await house.bells.give_up()
    await remind(house, "网格员", "提醒")
    await house.settled()
    assert "提醒" not in [one.card.text for one in house.paper.to("网格员")]
    await worker.says("青石镇河湾村")
    await house.settled()
    answered, shown = (one.card.text for one in house.paper.to("网格员")[-2:])
    assert answered != asked.text
    found = re.search(r"https://county\.example/chat#start=(link-[\w-]+)", shown)
    assert found is not None
    page = Visitor(house.page, house.intake, "新的页面", house.clock.moment)
    await page.says(f"/start {found[1]}")
    await house.settled()
    texts = [one.card.text for one in house.page.to("新的页面")]
    assert texts[0] == "认出您了。往后的消息都到这里来。"
    assert answered.endswith(texts[1])
    assert "提醒" in texts
    person = await person_id(house, "网格员")

    def whose(reading: Reading) -> int:
        speaker = reading.people.speaker("web", "新的页面")
        assert speaker is not None
        assert speaker.draft is not None
        return speaker.person_id

    assert await house.store.read(whose) == person
    # The link was for once, and whoever comes with it now is nobody.
    other = Visitor(house.page, house.intake, "别人的页面", house.clock.moment)
    await other.says(f"/start {found[1]}")
    await house.settled()
    assert "不对" in house.page.to("别人的页面")[-1].card.text
    # What is told from now on comes to the page.
    await remind(house, "网格员", "再提醒")
    await house.settled()
    assert "再提醒" in [one.card.text for one in house.page.to("新的页面")]


async def test_who_has_a_page_is_told_there_from_the_start(house: House) -> None:
    await house.visitor("督导员")
    await has_a_page(house, "督导员")
    house.paper.down = AWAY
    await alarmed(house)
    given_up(house)
    await house.bells.give_up()
    await house.settled()
    assert alarms(house.page.to("督导员的页面")) == 1
    house.paper.down = None
    await passes(house, 5)
    assert alarms(house.paper.to("督导员")) == 0


async def test_an_alarm_is_taken_there_all_the_same(house: House) -> None:
    given_up(house)
    await house.bells.give_up()
    await alarmed(house)
    told = [one.card.text for one in house.paper.to("教师")]
    assert any("受理号" in one for one in told)
    assert sum(DOOR.partition("TOKEN")[0] in one for one in told) == 1
    await passes(house, 6)
    assert "督导员" in await called(house)


def test_telegram_is_given_up_only_where_there_is_a_page_to_go_to() -> None:
    with pytest.raises(SettingsFault, match="请先设置 BOT_PUBLIC_URL"):
        read_settings(telegram_given_up=True)
    assert read_settings(telegram_given_up=True, public_url="https://a.cn").telegram_given_up


def given_up(house: House) -> None:
    house.rules.given_up = frozenset({"paper"})
    house.delivery.give_up(house.rules.given_up)


class OwnPace(Pace):
    """A chat rests by the clock of the house, as its rows do, and not by that on the wall."""

    def rests(self, address: str) -> float | None:
        """Never besides."""
        return None


def killed(house: House) -> None:
    """What the process knew is gone; the store is as it was."""
    channels: list[Channel] = [house.paper, house.page, house.office]
    house.delivery = Sender(
        house.store, channels, house.clock, wiring.metrics(), {"paper": OwnPace(0, 0)}
    )
    house.intake = Intake(house.store, house.rules, house.delivery, house.clock, wiring.metrics())
    house.bells = Bells(house.store, house.rules, house.delivery, house.clock, house.intake)


async def passes(house: House, minutes: int) -> None:
    for _ in range(minutes):
        house.clock.moment[0] += MINUTE
        await house.bells.give_up()
        await house.bells.look_after()
        await house.bells.call_up()
        await house.bells.watch_channels()
        await house.settled()


async def waiting(house: House) -> int:
    return await house.store.read(lambda reading: reading.sending.waiting(reading.now))


async def remind(house: House, name: str, text: str) -> None:
    """A reminder, put as a handler puts it."""
    person = await person_id(house, name)

    def put(work: Work) -> None:
        at = work.now.astimezone(house.rules.zone)
        turn = Turn(work=work, rules=house.rules, speaker=NOBODY, at=at, finish=talk.finish)
        telling.tell_person(turn, person, Card(text=text), key=f"test:{text}")

    await house.store.write(put)

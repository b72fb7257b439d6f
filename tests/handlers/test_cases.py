"""Who may read a report, how it is shown, and what cannot be done with its buttons."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.channels.channel import Arrival, Outgoing, Stored
from conversation.incoming import Unreadable
from storage.work import Reading, Work
from tests.fakes.house import House, open_house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, began=datetime(2026, 11, 20, 2, tzinfo=UTC)) as opened:
        yield opened


async def test_each_look_at_a_report_is_written_down(house: House) -> None:
    await reported(house, "门锁着，孩子在里面哭")
    supervisor = await house.visitor("督导员")
    await supervisor.taps("看详情")
    await house.settled()
    await supervisor.taps("看详情")
    await house.settled()
    assert await looks(house) == 2


async def test_a_post_that_ended_reads_nothing_more(house: House) -> None:
    await reported(house, "门锁着，孩子在里面哭")
    await house.store.write(lambda work: end_roles(work, "督导员"))
    supervisor = await house.visitor("督导员")
    await supervisor.taps("看详情")
    await house.settled()
    assert newest(house, "督导员").card.text == "没有这条线索。"
    assert await looks(house) == 0


async def test_somebody_elses_button_does_nothing(house: House) -> None:
    await reported(house, "门锁着，孩子在里面哭")
    alarm = newest(house, "督导员")
    stranger = await house.visitor("路人")
    await stranger.presses(alarm, 0)
    await house.settled()
    assert stranger.toasts == ["这个按钮不是发给您的"]
    assert "哭" not in newest(house, "路人").card.text
    assert await looks(house) == 0


async def test_a_long_story_comes_in_messages_that_every_channel_takes(house: House) -> None:
    await reported(house, "长" * 1990)
    neighbour = await house.visitor("邻居")
    receipt = next(one for one in house.paper.to("邻居") if "受理号" in one.card.text)
    for _ in range(3):
        await neighbour.says("又" * 1900, replies_to=str(receipt.id))
    supervisor = await house.visitor("督导员")
    await house.settled()
    before = len(house.paper.to("督导员"))
    await supervisor.taps("看详情")
    await house.settled()
    told = house.paper.to("督导员")[before:]
    assert len(told) > 2
    assert max(len(one.card.text) for one in told) <= 4096
    assert "".join(one.card.text for one in told).count("又") == 3 * 1900


async def test_a_link_that_somebody_wrote_cannot_be_tapped(house: House) -> None:
    await reported(house, "看 https://evil.example/x?a=1 和 t.me/evil @evil")
    supervisor = await house.visitor("督导员")
    await supervisor.taps("看详情")
    await house.settled()
    text = newest(house, "督导员").card.text
    assert [bad for bad in ("://", ".example", "t.me", "@evil") if bad in text] == []


async def test_what_no_channel_could_read_is_kept_and_answered_to_nobody(house: House) -> None:
    arrival = Arrival(
        channel="paper",
        key="paper:malformed:1",
        address="",
        incoming=Unreadable(what="malformed"),
        at=house.clock.now(),
        raw=b"{broken",
    )
    assert [await house.intake.take(arrival) for _ in range(2)] == [Stored(), Stored()]
    await house.settled()
    kept = await house.store.read(lambda reading: reading.poison.list())
    assert len(kept) == 1
    assert house.paper.sent == []


async def reported(house: House, what: str) -> None:
    neighbour = await house.visitor("邻居")
    for said in ("报告", "4", what, "河湾村", "跳过", "不清楚", "不留名", "跳过", "发出去"):
        await neighbour.says(said)
        await house.settled()


def newest(house: House, name: str) -> Outgoing:
    return house.paper.to(name)[-1]


async def looks(house: House) -> int:
    def count(reading: Reading) -> int:
        ids = [area.id for area in reading.places.load()]
        reports = reading.reports.in_areas(ids, reading.now.replace(year=2000))
        cases = filter(None, (reading.cases.of_report(one.id) for one in reports))
        facts = [fact for one in cases for fact in reading.audit.of("case", one.id)]
        return sum(fact.verb == "case.read" for fact in facts)

    return await house.store.read(count)


def end_roles(work: Work, name: str) -> None:
    speaker = work.people.speaker("paper", name)
    assert speaker is not None
    for role in work.people.roles(speaker.person_id):
        work.people.end_role(role.id)

"""A recording is evidence with or without a machine that writes it down."""

import asyncio
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from bot import transcribing
from bot.settings import SettingsFault, read_settings
from bot.transcribing import PATIENCE, RETRY, Transcriber, Unheard, heard
from storage.sealing import KeyRing
from storage.work import Work
from tests.fakes.house import House, open_house

BEGAN = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
#: Prints what it was given, as a machine would print what was said.
ECHO = f"{sys.executable} -c 'import sys; print(sys.stdin.buffer.read().decode())'"


@pytest.fixture
async def house(tmp_path: Path, database_url: str) -> AsyncIterator[House]:
    keys = tmp_path / "keys" / "house.keys"
    keys.parent.mkdir()
    KeyRing.create(keys)
    async with open_house(tmp_path, began=BEGAN, url=database_url) as opened:
        yield opened


async def _report_with_voice(house: House, said: str) -> None:
    """A danger is reported, and its receipt answered by a recording."""
    neighbour = await house.visitor("邻居")
    await neighbour.says("孩子现在有危险")
    await neighbour.says("青石镇青石村")
    await neighbour.says("孩子一个人在井边哭")
    await house.settled()
    receipt = next(one for one in house.paper.to("邻居") if "受理号" in one.card.text)
    await neighbour.sends("voice", said.encode(), replies_to=str(receipt.id))
    await house.files.fetch_due()


async def _details(house: House) -> str:
    supervisor = await house.visitor("督导员")
    await house.settled()
    await supervisor.taps("看详情")
    await house.settled()
    return house.paper.to("督导员")[-1].card.text


async def test_the_words_stand_in_the_report_as_a_machine_s(house: House) -> None:
    await _report_with_voice(house, "他爸\u202e回来了\n没事了")
    await Transcriber(house.store, house.intake, house.clock, ECHO).transcribe_due()
    told = await _details(house)
    assert "录音（机器转写，可能有错）：他爸 回来了 没事了" in told
    assert "附件：1 个" in told


async def test_without_a_machine_the_recording_is_kept_all_the_same(house: House) -> None:
    await _report_with_voice(house, "他爸回来了")
    told = await _details(house)
    assert "机器转写" not in told
    assert "附件：1 个" in told


async def test_a_machine_that_fails_is_asked_again_and_in_the_end_no_more(house: House) -> None:
    await _report_with_voice(house, "他爸回来了")
    broken = Transcriber(house.store, house.intake, house.clock, "false")
    await broken.transcribe_due()
    working = Transcriber(house.store, house.intake, house.clock, ECHO)
    await working.transcribe_due()
    assert "机器转写" not in await _details(house)
    house.clock.moment[0] += RETRY + timedelta(seconds=1)
    await working.transcribe_due()
    assert "他爸回来了" in await _details(house)


async def test_after_hours_it_stays_as_it_is(house: House) -> None:
    await _report_with_voice(house, "他爸回来了")
    house.clock.moment[0] += PATIENCE
    await Transcriber(house.store, house.intake, house.clock, "false").transcribe_due()
    house.clock.moment[0] += timedelta(days=1)
    await Transcriber(house.store, house.intake, house.clock, ECHO).transcribe_due()
    assert "机器转写" not in await _details(house)


async def test_the_command_knows_none_of_our_secrets_and_leaves_nothing_running(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("BOT_TELEGRAM_TOKEN", "secret")
    shown = await heard([sys.executable, "-c", "import os; print(sorted(os.environ))"], b"")
    assert "BOT_" not in shown
    monkeypatch.setattr(transcribing, "WALL_SECONDS", 0.5)
    mark = tmp_path / "still-here"
    with pytest.raises(Unheard, match="too-slow"):
        await heard(["sh", "-c", f"(sleep 2; touch {mark}) & sleep 60"], b"")
    await asyncio.sleep(2.5)
    assert not mark.exists()


async def test_a_recording_longer_than_it_reads_and_words_without_end_are_borne() -> None:
    assert await heard(["true"], bytes(5_000_000)) == ""
    assert len(await heard([sys.executable, "-c", "print('长' * 100_000)"], b"")) == 2000
    with pytest.raises(Unheard, match="status"):
        await heard([sys.executable, "-c", "import time; time.sleep(1); bytes(1 << 34)"], b"")


def test_a_command_that_is_not_there_is_said_at_start() -> None:
    with pytest.raises(SettingsFault, match="找不到命令"):
        read_settings(transcribe="no-such-program --fast")
    assert read_settings(transcribe="").transcribe is None


# -- danger in a recording ----------------------------------------------------------------------

DANGER = "快来，孩子掉水里了没上来"


async def _heard(house: House) -> None:
    await house.settled()
    await house.files.fetch_due()
    await Transcriber(house.store, house.intake, house.clock, ECHO).transcribe_due()
    await house.settled()


def _last(house: House, address: str) -> str:
    return house.paper.to(address)[-1].card.text


async def test_danger_in_a_recording_out_of_the_blue_is_offered_the_alarm(house: House) -> None:
    neighbour = await house.visitor("邻居")
    await neighbour.sends("voice", DANGER.encode())
    await _heard(house)
    offered = house.paper.to("邻居")[-1].card
    assert "录音里听着" in offered.text
    assert offered.calls == ("110", "120")
    await neighbour.taps("是，现在有危险")
    await neighbour.says("青石镇青石村")
    await house.settled()
    assert "紧急：孩子现在有危险" in _last(house, "督导员")
    await (await house.visitor("督导员")).taps("看详情")
    await house.settled()
    told = _last(house, "督导员")
    assert f"（录音，机器转写）{DANGER}" in told
    assert "附件：1 个" in told


async def test_danger_in_a_recording_disturbs_no_running_talk(house: House) -> None:
    neighbour = await house.visitor("邻居")
    for said in ("我要报告", "3", "完成"):
        await neighbour.says(said)
    await neighbour.sends("voice", DANGER.encode())
    await house.settled()
    asked = _last(house, "邻居")
    assert "在什么地方" in asked
    await _heard(house)
    assert "录音里听着" in _last(house, "邻居")
    await neighbour.taps("没那么急，慢慢报")
    await house.settled()
    assert _last(house, "邻居") == asked
    await neighbour.says("青石镇青石村")
    await house.settled()
    assert "是哪个孩子" in _last(house, "邻居")
    await house.wait(timedelta(hours=25))
    assert any(
        "未完成的线索" in one.card.text and "等级：红" in one.card.text
        for one in house.paper.to("县民政")
    )


async def test_danger_in_a_recording_for_a_report_makes_it_urgent_by_itself(house: House) -> None:
    neighbour = await house.visitor("邻居")
    for said in ("我要报告", "3", "完成", "二组的娃好几天没去学校", "青石镇青石村", "跳过"):
        await neighbour.says(said)
    for said in ("安全", "不留名", "跳过", "发出去"):
        await neighbour.says(said)
    await house.settled()
    receipt = next(one for one in house.paper.to("邻居") if "受理号" in one.card.text)
    assert not any("等级：红" in one.card.text for one in house.paper.sent)
    await neighbour.sends("voice", DANGER.encode(), replies_to=str(receipt.id))
    await _heard(house)
    assert "先打 110" in _last(house, "邻居")
    assert "已经通知：儿童督导员、县民政局" in _last(house, "邻居")
    for officer in ("督导员", "县民政"):
        told = next(one.card.text for one in house.paper.to(officer) if "更急了" in one.card.text)
        assert "等级：红" in told
        assert "话里说到孩子有生命危险" in told
    await (await house.visitor("督导员")).taps("看详情")
    await house.settled()
    assert "邻居" not in _last(house, "督导员")


async def test_no_danger_in_a_recording_says_nothing(house: House) -> None:
    neighbour = await house.visitor("邻居")
    await neighbour.sends("voice", "没有打孩子，就是问一下".encode())
    await _heard(house)
    (answer,) = house.paper.sent
    assert "要放到哪里" in answer.card.text


async def test_a_recording_answers_the_question_that_was_open(house: House) -> None:
    neighbour = await house.visitor("邻居")
    await neighbour.says("隔壁娃成绩不好，没人辅导作业")
    await neighbour.says("别的")
    await neighbour.says("河湾村")
    await neighbour.says("跳过")
    await house.settled()
    assert "孩子现在安全吗" in house.paper.to("邻居")[-1].card.text
    await neighbour.sends("voice", "安全".encode())
    await house.files.fetch_due()
    await Transcriber(house.store, house.intake, house.clock, ECHO).transcribe_due()
    await house.settled()
    said = [one.card.text for one in house.paper.to("邻居")]
    assert any("听着您说的是：安全" in one for one in said)
    assert "要留您的名字吗" in said[-1]


async def test_a_recording_that_answers_nothing_or_comes_late_changes_no_answer(
    house: House,
) -> None:
    neighbour = await house.visitor("邻居")
    await neighbour.says("隔壁娃成绩不好，没人辅导作业")
    await neighbour.says("别的")
    await neighbour.says("河湾村")
    await neighbour.says("跳过")
    await house.settled()
    await neighbour.sends("voice", "安全".encode())
    await neighbour.says("不安全")  # typed meanwhile: the recording answers nothing any more
    await house.files.fetch_due()
    await Transcriber(house.store, house.intake, house.clock, ECHO).transcribe_due()
    await house.settled()
    assert not any("听着您说的是" in one.card.text for one in house.paper.to("邻居"))


async def test_one_who_sends_fifty_recordings_keeps_nobody_waiting(house: House) -> None:
    def sent(work: Work, name: str, count: int) -> list[int]:
        who = work.people.meet("paper", name).contact_id
        files = []
        for _ in range(count):
            one = work.attachments.receive(who, kind="voice", channel="paper", name="", mime="")
            work.attachments.finish(one, "x", 1)
            files.append(one)
        return files

    many = await house.store.write(lambda work: sent(work, "邻居", 12))
    lease = timedelta(hours=1)

    async def next_ones(count: int) -> list[int]:
        now = house.clock.now()
        due = await house.store.write(lambda work: work.attachments.unheard(now, count, lease))
        for one in due:
            await house.store.write(partial(_written_down, file_id=one.id))
        return [one.id for one in due]

    assert await next_ones(2) == many[:2]
    (first, second) = await house.store.write(lambda work: sent(work, "路人", 2))
    (third,) = await house.store.write(lambda work: sent(work, "教师", 1))
    assert await next_ones(3) == [first, third, second]
    assert await next_ones(20) == many[2:]
    assert await next_ones(1) == []


def _written_down(work: Work, file_id: int) -> None:
    work.attachments.heard(file_id, "")

"""Forms on Telegram, over HTTP: a workbook comes, its faults go back, two persons publish it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.clock import Clock
from bot.demo.people import COUNTY
from storage.work import Work
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram.town import program_behind

DATA = Path(__file__).parents[1] / "data"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
GOOD = (DATA / "form-feedback.xlsx").read_bytes()
WRONG = (DATA / "form-wrong.xlsx").read_bytes()
KEEPER, SECOND, WORKER = 2001, 2002, 2003
PEOPLE = {
    KEEPER: ("孙管理", "administrator", "云岭县"),
    SECOND: ("李民政", "civil_affairs", "云岭县"),
    WORKER: ("周网格", "grid_worker", "青石镇河湾村"),
}


def settle(work: Work) -> None:
    """Two who keep the channel, and one who does not."""
    for number, (name, role, place) in PEOPLE.items():
        person = work.people.meet("telegram", str(number)).person_id
        work.people.set_name(person, name)
        work.people.add_role(person, role, work.areas.search(place)[0].id)


@pytest.fixture
async def telegram(tmp_path: Path) -> AsyncIterator[FakeTelegram]:
    """Telegram, with the real program behind it."""
    async with (
        FakeTelegram() as fake,
        program_behind(fake, tmp_path, Clock(), settle, county=COUNTY),
    ):
        for number, (name, _, _) in PEOPLE.items():
            fake.person(number, name).started = True
        yield fake


async def test_a_workbook_is_checked_tried_and_published_by_two(telegram: FakeTelegram) -> None:
    keeper, second = telegram.person(KEEPER), telegram.person(SECOND)
    keeper.sends_document(WRONG, "意见反馈.xlsx", XLSX)
    faults = await keeper.hears("要改的有 7 处", within=60)
    assert "「问卷」第3行“题型”：不认识题型“地块”" in faults.text
    assert faults.document == "问卷要改的.txt"
    keeper.sends_document(GOOD, "意见反馈.xlsx", XLSX)
    await keeper.hears("没有毛病", within=60)
    keeper.taps("试填")
    await keeper.hears("扮成谁来填")
    keeper.taps("群众")
    await keeper.hears("〔试填 · 扮成群众〕")
    for said, heard in (("太慢", "顺手吗"), ("还行", "还愿意"), ("愿意", "谁也没有收到")):
        keeper.says(said)
        await keeper.hears(heard)
    keeper.taps("发布")
    await keeper.hears("为什么改")
    keeper.says("想知道大家还愿不愿意用")
    await keeper.hears("再有一个人同意")
    await second.hears("孙管理 想换问卷《意见反馈》")
    second.taps("同意，用上")
    await second.hears("从现在起用新的")
    await keeper.hears("从现在起用新的")
    keeper.says("意见反馈")
    await keeper.hears("1/3")


async def test_from_anybody_else_it_is_what_it_was(telegram: FakeTelegram) -> None:
    worker = telegram.person(WORKER)
    worker.sends_document(GOOD, "意见反馈.xlsx", XLSX)
    asked = await worker.hears("要放到哪里", within=20)
    assert "问卷" not in str(asked.buttons)

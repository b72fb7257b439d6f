"""The register on Telegram, over HTTP: one's own, finding, a handover, an import and its undo."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.clock import Clock
from bot.demo.people import COUNTY
from storage.work import Work
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram.people import Person
from tests.fakes.telegram.town import program_behind
from tests.fakes.workbooks import workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BOSS, WORKER, SUCCESSOR = 2001, 2002, 2003
PEOPLE = {
    BOSS: ("赵督导", "child_supervisor", "青石镇"),
    WORKER: ("陈主任", "child_director", "青石镇河湾村"),
    SUCCESSOR: ("周新", "grid_worker", "青石镇河湾村"),
}
CHILDREN = ("赵雨涵", "王小明", "何小满")


def settle(work: Work) -> None:
    """A supervisor, a child director with three children, and who will take over."""
    group = work.areas.search("青石镇河湾村一组")[0].id
    for number, (name, role, place) in PEOPLE.items():
        person = work.people.meet("telegram", str(number)).person_id
        work.people.set_name(person, name)
        work.people.add_role(person, role, work.areas.search(place)[0].id)
        if number == WORKER:
            for child in CHILDREN:
                added = work.children.add(group, {"name": child}, source="roster", by=0)
                work.responsibilities.assign(added, person, by=0)


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


async def test_children_go_with_the_work_to_whoever_takes_over(telegram: FakeTelegram) -> None:
    boss, worker, successor = (telegram.person(number) for number in PEOPLE)
    worker.says("我的孩子")
    mine = await worker.hears("您名下有 3 个孩子")
    assert [row[0][:3] for row in mine.buttons[:3]] == [*CHILDREN]
    for said, heard in (("交接工作", "谁不做了"), ("陈主任", "交给谁"), ("周新", "点一下就交接")):
        boss.says(said)
        await boss.hears(heard)
    boss.taps("陈主任（")
    done = await boss.hears("交接好了")
    assert "3 个孩子" in done.text
    await worker.hears("谢谢您")
    await successor.hears("由您接着做")
    successor.says("我的孩子")
    await successor.hears("您名下有 3 个孩子")
    worker.says("我的孩子")
    await worker.hears("没有孩子")


async def test_a_child_is_found_as_it_is_called_and_by_initials(telegram: FakeTelegram) -> None:
    boss = telegram.person(BOSS)
    for said in ("小满", "hxm", "河湾村的何小曼"):
        boss.says("找孩子")
        await boss.hears("找哪个孩子")
        boss.says(said)
        found = await boss.hears("是哪一个")
        assert found.buttons[0][0].startswith("何小满"), said
    boss.taps("何小满（")
    await boss.hears("为什么要看")
    boss.taps("核对名册")
    await boss.hears("谁在管：陈主任")


async def test_an_import_is_looked_at_taken_and_undone(telegram: FakeTelegram) -> None:
    boss = telegram.person(BOSS)
    roster = workbook(("钱新来", "女", "2016-03-08", "", "青石镇", "河湾村"))
    boss.sends_document(roster, "名册.xlsx", XLSX)
    await boss.hears("这是什么", within=20)
    boss.taps("孩子名册，要导入台账")
    await boss.hears("新增 1", within=60)
    boss.taps("确认导入")
    await boss.hears("已写进台账")
    await _find(boss, "钱新来", "是哪一个")
    boss.says("名册导入记录")
    listed = await boss.hears("导入")
    boss.taps(listed.buttons[0][0])
    await boss.hears("新增 1")
    for tapped, heard in (("撤销这次导入", "不会动"), ("撤销", "已撤销，1 个孩子")):
        boss.taps(tapped)
        await boss.hears(heard)
    await _find(boss, "钱新来", "没找到")


async def _find(boss: Person, name: str, heard: str) -> None:
    boss.says("找孩子")
    await boss.hears("找哪个孩子")
    boss.says(name)
    await boss.hears(heard)

"""Tables that are sent in the talk: looked through beside it, whatever is in them."""

import asyncio
import csv
import io
import resource
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select

from bot import jail
from bot.channels.channel import Outgoing
from conversation.cards import Card
from handlers.children import register
from handlers.turn import Turn
from storage.tables import child, roster, roster_row, sent_table
from storage.work import Work
from tests.fakes import workbooks
from tests.fakes.house import House, open_house
from tests.fakes.paper import Visitor

DATA = Path(__file__).parents[2] / "data"
YUNLING = (DATA / "roster-yunling.xlsx").read_bytes()
SECOND = (DATA / "roster-second.csv").read_bytes()
BEGAN = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, began=BEGAN) as opened:
        yield opened


async def sent(house: House, who: str, data: bytes, name: str = "名册.xlsx") -> Visitor:
    """Somebody sends a roster and says that it is one."""
    person = await house.visitor(who)
    await person.sends("document", data, name=name)
    await house.settled()
    await looked_at_first(house)
    await person.taps("孩子名册，要导入台账")
    await house.settled()
    return person


async def looked_at_first(house: House) -> None:
    """Whether it is a form: of whoever publishes forms, before it is asked what it is."""
    await house.files.fetch_due()
    await house.tables.work_off()
    await house.settled()


def newest(house: House, person: Visitor) -> Outgoing:
    return house.paper.to(person.address)[-1]


async def tapped(house: House, person: Visitor, label: str) -> Outgoing:
    """Tap the button that begins so."""
    shown = [button.label for button in newest(house, person).card.buttons()]
    await person.taps(next(one for one in shown if one.startswith(label)))
    await house.settled()
    return newest(house, person)


async def counted(house: House, table: str = "child") -> int:
    tables = {"child": child, "roster": roster, "row": roster_row, "sent": sent_table}
    wanted = select(func.count()).select_from(tables[table])
    if table == "child":
        wanted = wanted.where(child.c.status == "active")
    return int(await house.store.read(lambda reading: reading.db.all(wanted)[0][0]))


async def test_another_offices_list_is_compared_and_no_child_is_named(house: House) -> None:
    officer = await house.visitor("县民政")
    data = "姓名,身份证号,村\n赵新来,520123201702030056,河湾村\n".encode()
    await officer.sends("document", data, name="学籍.csv")
    await house.settled()
    await officer.taps("别的部门的名单，要和台账核对")
    await house.settled()
    await officer.taps("学籍")
    await house.wait(MINUTE)
    told = newest(house, officer).card.text
    assert "学籍的名单核对完了" in told
    assert "只有他们有：1 个" in told
    assert "赵" not in told
    assert await counted(house) == 0


# -- the nineteen -------------------------------------------------------------------------------


async def test_each_planted_fault_is_said_in_the_file_that_comes_back(house: House) -> None:
    officer = await sent(house, "县民政", YUNLING)
    await house.wait(MINUTE)
    preview = newest(house, officer)
    said = _remarks(preview.content)
    planted = _planted()
    assert len(planted) == 19
    missing = [(row, fault) for row, fault, words in planted if words not in said.get(row, "")]
    assert missing == []


async def test_the_preview_names_no_child(house: House) -> None:
    officer = await sent(house, "县民政", YUNLING)
    await house.wait(MINUTE)
    text = newest(house, officer).card.text
    book = load_workbook(io.BytesIO(YUNLING)).active
    assert book is not None
    names = {str(row[1]) for row in book.iter_rows(min_row=5, values_only=True) if row[1]}
    assert [name for name in names if name in text] == []


#: What is said about each planted fault.
SAID = {
    "身份证校验码错误": "最后一位和前面对不上",
    "身份证与性别不符": "和身份证号里的性别不一样",
    "身份证与出生日期不符": "和身份证号里的出生日期不一样",
    "身份证缺失": "没有写身份证号",
    "身份证为15位旧号": "15 位的旧号",
    "姓名缺失": "没有写姓名",
    "姓名中有空格": "姓名中间有空格",
    "全角身份证": "全角字",
    "小写x或空格": "小写 x",
    "电话少一位": "手机号应是 11 位",
    "电话含横线": "横线",
    "村名未登记": "这个地方",
    "村名别写": "收下",
    "已满16周岁": "名册里的孩子要不满 16 周岁",
    "公式注入": "是公式",
    "超长备注": "太长",
    "无包保责任人": "没有包保责任人",
    "重复行完全相同": "一模一样",
    "重复身份证不同姓名": "同一个身份证号",
}


def _planted() -> list[tuple[int, str, str]]:
    """Row, what was planted, what is said of it; the list counts by 序号."""
    page = load_workbook(io.BytesIO(YUNLING)).worksheets[0]
    row_of = {cell.value: cell.row for cell in page["A"] if isinstance(cell.value, int)}
    with (DATA / "roster-yunling.faults.csv").open(encoding="utf-8-sig", newline="") as file:
        return [
            (row_of[int(one["row_in_data"])], one["fault"], SAID[one["fault"]])
            for one in csv.DictReader(file)
        ]


def _remarks(content: bytes) -> dict[int, str]:
    page = load_workbook(io.BytesIO(content)).active
    assert page is not None
    column = next(cell.column for cell in page[4] if cell.value == "错误说明")
    cells = (row[0] for row in page.iter_rows(min_col=column, max_col=column))
    return {cell.row: str(cell.value) for cell in cells if cell.value}


# -- whose -------------------------------------------------------------------------------------


async def test_a_township_takes_in_only_its_own_children_and_finds_them(house: House) -> None:
    supervisor = await sent(house, "督导员", YUNLING)
    await house.wait(MINUTE)
    assert await counted(house) == 0
    await tapped(house, supervisor, "确认导入")
    towns = await house.store.read(
        lambda reading: {
            reading.areas.path(one.area_id)[1].name for one in reading.children.page(0, 1000)
        }
    )
    assert towns == {"青石镇"}

    def search(turn: Turn) -> None:
        names = [one.child.name for one in register.search(turn, "沈龙馨")]
        assert names[0] == "沈龙馨"
        turn.say(Card(text="找到了"))

    speaker = await house.store.read(lambda r: r.people.speaker("paper", "督导员"))
    assert speaker is not None
    await house.intake.speak_to(speaker.contact_id, search)


async def test_a_child_of_another_township_is_named_and_not_moved(house: House) -> None:
    officer = await sent(house, "县民政", YUNLING)
    await house.wait(MINUTE)
    await tapped(house, officer, "确认导入")
    elsewhere = await house.store.read(
        lambda reading: next(
            one
            for one in reading.children.page(0, 1000)
            if reading.areas.path(one.area_id)[1].name != "青石镇" and one.id_number
        )
    )
    row = f"{elsewhere.name},,{elsewhere.id_number},青石镇,青石村\n"
    table = f"姓名,性别,公民身份证号码,乡镇,村\n{row}".encode()
    supervisor = await sent(house, "督导员", table, "名册.csv")
    await house.wait(MINUTE)
    preview = newest(house, supervisor)
    assert "不归您管 1" in preview.card.text
    assert "已经登记在别的地方" in preview.content.decode("utf-8-sig")
    assert [one.label for one in preview.card.buttons()] == ["不导入", "回首页"]


async def test_whoever_lost_the_post_meanwhile_imports_nothing(house: House) -> None:
    supervisor = await sent(house, "督导员", YUNLING)
    await house.wait(MINUTE)

    def dismissed(work: Work) -> None:
        speaker = work.people.meet("paper", "督导员")
        for role in work.people.roles(speaker.person_id):
            work.people.end_role(role.id)

    await house.store.write(dismissed)
    answer = await tapped(house, supervisor, "确认导入")
    assert "不归您导入" in answer.card.text
    assert await counted(house) == 0


async def test_a_teacher_cannot_press_what_was_never_offered(house: House) -> None:
    teacher = await house.visitor("教师")
    await teacher.sends("document", SECOND, name="名册.csv")
    await house.settled()
    labels = [one.label for one in newest(house, teacher).card.buttons()]
    assert labels == ["班级名单，要登记学生", "某件事的材料", "回首页"]


# -- beside the talk -----------------------------------------------------------------------------


async def test_a_table_that_a_killed_process_had_in_hand_is_looked_through_again(
    house: House,
) -> None:
    supervisor = await sent(house, "督导员", SECOND, "名册.csv")
    await house.files.fetch_due()
    begun = await house.store.write(lambda work: work.sent_tables.claim("77.dead"))
    assert begun is not None

    def half(work: Work) -> None:
        staged = work.rosters.stage(work.areas.roots()[0].id, "名册.csv", by=begun.person_id)
        work.sent_tables.staged_as(begun.id, staged)

    await house.store.write(half)
    await house.tables.work_off()
    assert "确认导入" not in str([b.label for b in newest(house, supervisor).card.buttons()])
    await house.tables.look()
    assert house.tables._working is not None
    await house.tables._working
    await house.settled()
    assert "名册看完了" in newest(house, supervisor).card.text
    states = select(roster.c.state).order_by(roster.c.id)
    found = await house.store.read(lambda reading: reading.db.all(states))
    assert [row[0] for row in found] == ["discarded", "staged"]


async def test_asked_twice_it_is_looked_through_once(house: House) -> None:
    supervisor = await sent(house, "督导员", SECOND, "名册.csv")
    await supervisor.taps("孩子名册，要导入台账")
    await house.wait(MINUTE)
    shown = [one.card.text for one in house.paper.to("督导员")]
    assert len([text for text in shown if "名册看完了" in text]) == 1
    await house.wait(timedelta(days=32))
    await house.tables.sweep()
    assert [await counted(house, table) for table in ("row", "sent")] == [0, 0]


async def test_a_form_that_is_open_keeps_the_numbers(house: House) -> None:
    supervisor = await house.visitor("督导员")
    await supervisor.says("报告")
    await house.settled()
    question = newest(house, supervisor).card.text
    await sent(house, "督导员", SECOND, "名册.csv")
    assert newest(house, supervisor).card.text == question
    await house.wait(MINUTE)
    assert "名册看完了" in newest(house, supervisor).card.text
    await supervisor.says("4")
    await house.settled()
    assert "2/" in newest(house, supervisor).card.text
    await supervisor.taps("不导入")
    await house.settled()
    assert "没有导入" in newest(house, supervisor).card.text


async def test_when_the_register_moved_on_the_roster_is_compared_anew(house: House) -> None:
    supervisor = await sent(house, "督导员", YUNLING)
    await house.wait(MINUTE)
    await tapped(house, supervisor, "确认导入")
    await sent(house, "督导员", SECOND, "名册.csv")
    await house.wait(MINUTE)

    def meanwhile(work: Work) -> None:
        known = work.children.by_id_number("520599201302151958")
        assert known is not None
        work.children.change(known.id, {"notes": "走访过"}, source="visit", by=1)

    await house.store.write(meanwhile)
    answer = await tapped(house, supervisor, "确认导入")
    assert "重新核对" in answer.card.text
    await house.wait(MINUTE)
    done = await tapped(house, supervisor, "确认导入")
    assert "更新 1 个" in done.card.text


OTHER_HANDS = (
    "姓名,公民身份证号码,乡镇(街道),村(居),组(网格),包保责任人,包保责任人电话\n"
    "沈龙馨,520599201302151958,青石镇,青石村,一组,马新来,13900008888\n"
)


async def test_that_known_children_come_into_other_hands_is_said_before_the_yes(
    house: House,
) -> None:
    """Nothing of the child itself differs: else a yes to “0 changed” would move them unseen."""
    supervisor = await sent(house, "督导员", YUNLING)
    await house.wait(MINUTE)
    await tapped(house, supervisor, "确认导入")
    await sent(house, "督导员", OTHER_HANDS.encode(), "换人.csv")
    await house.wait(MINUTE)
    shown = newest(house, supervisor).card
    assert "没变 1" in shown.text
    assert "另有 1 个台账里的孩子，管的人会照名册改。" in shown.text
    done = await tapped(house, supervisor, "确认导入（改 1 个孩子由谁管）")
    assert "定了由谁管 1 个" in done.card.text


async def test_a_table_that_is_no_roster_says_what_to_mend(house: House) -> None:
    supervisor = await sent(house, "督导员", "种类,数量\n书,3\n".encode(), "书单.csv")
    await house.wait(MINUTE)
    assert "找不到表头" in newest(house, supervisor).card.text


@pytest.mark.parametrize("make", workbooks.WORKBOOKS, ids=lambda make: make.__name__)
async def test_hostile_files_are_refused_while_the_talk_goes_on(
    house: House, make: Callable[[], bytes]
) -> None:
    supervisor = await sent(house, "督导员", make())
    await house.files.fetch_due()
    neighbour = await house.visitor("邻居")
    before_it = _seconds_of_children()
    looking = asyncio.create_task(house.tables.work_off())
    slowest = 0.0
    while not looking.done():
        before = time.monotonic()
        await neighbour.says("帮助")
        slowest = max(slowest, time.monotonic() - before)
        await asyncio.sleep(0.02)
    await house.settled()
    assert "什么都没有写入" in newest(house, supervisor).card.text
    assert await counted(house, "roster") == 0
    # Of a processor: so long it takes where nothing else runs.
    assert _seconds_of_children() - before_it < jail.LOOK_CPU_SECONDS
    assert slowest < 2


def _seconds_of_children() -> float:
    """How long child processes that have ended were at work."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


async def test_a_child_whose_name_is_a_formula_is_not_taken(house: House) -> None:
    rows = [
        ('=HYPERLINK("http://example.org","何小满")', "女", "2016-03-08", "", "青石镇", "青石村"),
        ("何小满", "女", "2016-03-08", "", "青石镇", "青石村"),
    ]
    supervisor = await sent(house, "督导员", workbooks.workbook(*rows))
    await house.wait(MINUTE)
    preview = newest(house, supervisor)
    assert "新增 1" in preview.card.text
    assert "有错 1" in preview.card.text
    page = load_workbook(io.BytesIO(preview.content)).active
    assert page is not None
    assert page["A2"].data_type == "s"


# -- places ------------------------------------------------------------------------------------


async def sent_places(house: House, data: bytes, name: str) -> Outgoing:
    """What the county office hears of a table of places that it sent."""
    officer = await house.visitor("县民政")
    await officer.sends("document", data, name=name)
    await house.settled()
    await looked_at_first(house)
    await officer.taps("地名表，要更新乡镇和村")
    await house.wait(MINUTE)
    return newest(house, officer)


async def test_the_county_s_own_table_as_a_workbook_changes_nothing(house: House) -> None:
    data = (DATA / "areas-yunling.xlsx").read_bytes()
    told = await sent_places(house, data, "区划.xlsx")
    assert "和现在的一样" in told.card.text
    assert not any("确认" in button.label for button in told.card.buttons())


async def test_a_table_of_places_comes_back_with_what_is_wrong_beside_its_rows(
    house: House,
) -> None:
    book = load_workbook(DATA / "areas-yunling.xlsx")
    page = book.worksheets[0]
    page["A8"].value = None
    out = io.BytesIO()
    book.save(out)
    told = await sent_places(house, out.getvalue(), "区划.xlsx")
    marked = load_workbook(io.BytesIO(told.content)).worksheets[0]
    heads = [cell.value for cell in marked[1]]
    column = heads.index("错误说明")
    said = {row[0].row: row[column].value for row in marked.iter_rows(min_row=2)}
    assert {row for row, text in said.items() if text} == {8}
    assert "没写乡镇" in str(said[8])
    assert "第8行" in told.card.text


async def test_places_that_changed_since_are_looked_through_again_before_a_yes(
    house: House,
) -> None:
    told = await sent_places(house, (DATA / "areas-moved.csv").read_bytes(), "区划.csv")
    assert "换上级：青石镇河湾村 → 云峰乡河湾村" in told.card.text
    rows = await house.store.read(lambda look: look.places.load())
    other = [replace(one, name="大坪新村") if one.name == "大坪村" else one for one in rows]
    await house.store.write(lambda work: work.places.take(work.places.plan(other, guess=True), 0))
    officer = await house.visitor("县民政")
    assert "正在重新核对" in (await tapped(house, officer, "确认")).card.text
    await house.wait(MINUTE)
    assert "改名：青石镇大坪新村 → 青石镇大坪社区" in newest(house, officer).card.text

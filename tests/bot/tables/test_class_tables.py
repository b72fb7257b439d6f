"""A list of pupils, sent as a table: looked at, confirmed, and what sounds alike asked about."""

import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from storage.school.classes import Pupil
from storage.work import Reading
from tests.fakes.house import House, open_house
from tests.stories.test_school import settle_children

BEGAN = datetime(2026, 11, 23, 0, 20, tzinfo=UTC)
TITLE = ("青石小学三年级2班学生名单",)
HEADER = ("序号", "姓名", "性别", "住校")


def book(*rows: tuple[Any, ...]) -> bytes:
    out, made = io.BytesIO(), Workbook()
    assert made.active is not None
    for row in rows:
        made.active.append(row)
    made.save(out)
    return out.getvalue()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, began=BEGAN) as opened:
        await opened.store.write(settle_children)
        yield opened


async def sent(house: House, name: str, data: bytes, file: str = "名单.xlsx") -> str:
    who = await house.visitor(name)
    await who.sends("document", data, name=file)
    await house.settled()
    await who.taps("班级名单，要登记学生")
    await house.settled()
    await house.files.fetch_due()
    await house.tables.work_off()
    await house.settled()
    return house.paper.to(name)[-1].card.text


async def taps(house: House, name: str, *labels: str) -> str:
    who = await house.visitor(name)
    for label in labels:
        await who.taps(label)
        await house.settled()
    return house.paper.to(name)[-1].card.text


async def pupils(house: House, title: str = "三年级2班") -> list[Pupil]:
    def look(reading: Reading) -> list[Pupil]:
        rows = reading.db.raw.execute("SELECT id, name FROM school_class").fetchall()
        found = [row[0] for row in rows if row[1] == title]
        return [*reading.classes.pupils(found[0])] if found else []

    return await house.store.read(look)


async def test_a_list_is_previewed_and_nothing_is_written_before_the_yes(house: House) -> None:
    rows = [(1, "王小明", "男", ""), (2, "李红", "女", "是"), (3, "孙小丽", "女", "否")]
    text = await sent(house, "教师", book(TITLE, (), HEADER, *rows))
    assert "青石小学三年级2班：新登记这个班，3 个学生" in text
    assert "没有存的列：序号、性别" in text
    assert await pupils(house) == []
    assert "加了 3 个学生" in await taps(house, "教师", "确认")
    # 王小明 stands in the register under this class.
    known = {one.name: (one.child_id is not None, one.boards) for one in await pupils(house)}
    assert known == {
        "王小明": (True, False),
        "李红": (False, True),
        "孙小丽": (False, False),
    }
    assert "已经办过了" in await taps(house, "教师", "确认")


async def test_what_is_wrong_is_said_in_the_file_and_nobody_is_registered(house: House) -> None:
    rows = [(1, "王小明", "男", ""), (2, "13800000001", "", ""), (3, "李红", "", "有时")]
    text = await sent(house, "教师", book(TITLE, HEADER, *rows))
    assert "一个学生都没有登记" in text
    card = house.paper.to("教师")[-1].card
    assert card.document is not None
    file = card.document.id
    content = await house.store.read(lambda look: b"".join(look.attachments.chunks(file)))
    marked = load_workbook(io.BytesIO(content)).active
    assert marked is not None
    said = ["".join(str(cell.value or "") for cell in row) for row in marked.iter_rows()]
    assert "不像名字" in said[3]
    assert "住校一格" in said[4]
    assert await pupils(house) == []


async def test_a_name_that_sounds_like_one_of_the_class_is_asked_about(house: House) -> None:
    first = [(1, "王小明", "", ""), (2, "李红", "", ""), (3, "陈浩然", "", "")]
    await sent(house, "教师", book(TITLE, HEADER, *first))
    await taps(house, "教师", "确认")
    again = [(1, "王晓明", "", ""), (2, "李宏", "", ""), (3, "周末", "", "")]
    text = await sent(house, "教师", book(TITLE, HEADER, *again))
    assert "新来 1 个" in text
    assert "“王晓明”和班上的“王小明”读起来一样" in text
    assert "班上原来有的 1 个：陈浩然" in text
    asked = await taps(house, "教师", "确认")
    assert "加了 1 个学生" in asked
    assert "名单上的“王晓明”，是不是班上的“王小明”？" in asked
    assert "“李宏”" in await taps(house, "教师", "是同一个")
    await taps(house, "教师", "是另一个，加进班里")
    names = {one.name for one in await pupils(house)}
    assert names == {"王小明", "李红", "李宏", "周末", "陈浩然"}


async def test_a_class_of_another_teacher_is_theirs_to_open(house: House) -> None:
    await sent(house, "教师", book(TITLE, HEADER, (1, "王小明", "", "")))
    await taps(house, "教师", "确认")
    text = await sent(house, "李老师", book(TITLE, HEADER, (1, "赵四海", "", "")))
    assert "已经有老师登记了" in text
    assert "已请那位老师答复" in await taps(house, "李老师", "确认")
    assert "李老师" in house.paper.to("教师")[-1].card.text
    assert "赵四海" not in {one.name for one in await pupils(house)}


async def test_the_school_is_that_of_the_teachers_own_class_or_asked_for(house: House) -> None:
    bare = book(("三年级1班",), HEADER, (1, "钱小小", "", ""))
    assert "看不出是哪个学校" in await sent(house, "教师", bare)
    await sent(house, "教师", book(TITLE, HEADER, (1, "王小明", "", "")))
    await taps(house, "教师", "确认")
    assert "青石小学三年级1班：新登记" in await sent(house, "教师", bare)


async def test_whoever_has_no_class_is_not_asked_whether_it_is_a_list_of_one(house: House) -> None:
    who = await house.visitor("邻居")
    await who.sends("document", book(TITLE, HEADER, (1, "王小明", "", "")), name="名单.xlsx")
    await house.settled()
    labels = [one.label for one in house.paper.to("邻居")[-1].card.buttons()]
    assert "班级名单，要登记学生" not in labels

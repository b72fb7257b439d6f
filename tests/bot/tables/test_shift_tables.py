"""A table of who is on duty: at the machine and by chat, all of it or nothing."""

import io
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from bot.__main__ import main
from bot.clock import Clock
from bot.commands.words import words
from bot.demo.people import COUNTY, NAME
from bot.settings import read_settings
from bot.tables.tables import read_areas
from storage.people.shifts import Shift
from storage.store import Store
from storage.work import Reading, Work
from tests.fakes.databases import open_memory
from tests.fakes.house import House, open_house
from tests.fakes.paper import Visitor

HEADER = ("日期", "到", "地方", "岗位", "姓名", "电话")
PEOPLE = (
    ("张三", "child_supervisor", "青石镇", "13800000001"),
    ("李四", "township_head", "青石镇", "13800000002"),
    ("李四", "child_supervisor", "云峰乡", "13800000003"),
    ("王五", "child_director", "青石镇河湾村", "13800000004"),
    ("赵六", "teacher", "青石镇青石村", "13800000005"),
)
BEGAN = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


def book(*rows: tuple[Any, ...]) -> bytes:
    out, made = io.BytesIO(), Workbook()
    assert made.active is not None
    for row in rows:
        made.active.append(row)
    made.save(out)
    return out.getvalue()


def ahead(days: int) -> str:
    return f"{datetime.now(UTC).date() + timedelta(days=days)}"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("BOT_DATABASE_URL", f"sqlite:///{tmp_path / 'data' / 'x.db'}")
    monkeypatch.setenv("BOT_KEY_FILE", str(tmp_path / "k" / "x.keys"))
    opened = open_memory(read_settings(), Clock())
    areas = read_areas(COUNTY / "areas.xlsx", words, NAME)
    opened.write(lambda work: work.places.replace(areas)).result()
    opened.write(settle).result()
    yield opened
    opened.close()


def settle(work: Work) -> None:
    for name, role, place, phone in PEOPLE:
        person = work.people.meet("paper", phone).person_id
        work.people.set_name(person, name)
        work.people.set_phone(person, phone)
        work.people.add_role(person, role, work.areas.search(place)[0].id)


def on_duty(reading: Reading) -> list[tuple[str, str, str]]:
    tree = reading.areas
    places = [area for root in tree.roots() for area in tree.descendants(root.id)]
    found: tuple[Shift, ...] = reading.shifts.between(
        places, reading.now - timedelta(days=2), reading.now + timedelta(days=400)
    )
    return sorted(
        (reading.people.name_of(one.person_id), one.role, tree.full_name(one.area_id))
        for one in found
    )


# -- at the machine -----------------------------------------------------------------------------


def test_a_table_puts_everybody_on_duty_and_each_hears_once(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "值班表.xlsx"
    rows = [
        # Their own post where nothing is written; another's of the same place where it is.
        (ahead(2), "", "", "", "张三、王五", ""),
        (ahead(3), ahead(5), "青石镇", "派出所", "张三", ""),
        (ahead(3), "", "云峰乡", "督导员", "李四", "138 0000 0003"),
    ]
    file.write_bytes(book(HEADER, *rows))
    store.close()
    assert main(["shifts", "import", str(file), "--dry-run"]) == 0
    assert "没有排" in capsys.readouterr().out
    assert look(on_duty) == []
    assert main(["shifts", "import", str(file)]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[0] == "3 个人，6 天班："
    assert "排好了，新排 4 班" in out
    wanted = [
        ("张三", "child_supervisor", "青石镇"),
        ("张三", "police_station", "青石镇"),
        ("李四", "child_supervisor", "云峰乡"),
        ("王五", "child_director", "青石镇河湾村"),
    ]
    assert look(on_duty) == wanted
    # The same table again puts nobody on duty twice.
    assert main(["shifts", "import", str(file)]) == 0
    assert "新排 0 班" in capsys.readouterr().out
    assert look(on_duty) == wanted


def test_one_fault_and_nobody_is_on_duty(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "值班表.xlsx"
    rows = [
        (ahead(2), "", "", "", "张三", ""),
        ("昨天", "", "", "", "张三", ""),
        (ahead(2), "", "", "", "李四", ""),
        (ahead(2), "", "", "", "钱七", ""),
        (ahead(2), "", "没有镇", "", "张三", ""),
        (ahead(2), "", "", "看门的", "张三", ""),
        (ahead(2), "", "", "", "赵六", ""),
        (ahead(2), "", "青石镇", "儿童督导员", "王五", ""),
        (ahead(2), "", "", "", "张三", ""),
    ]
    file.write_bytes(book(HEADER, *rows))
    store.close()
    assert main(["shifts", "import", str(file)]) == 2
    said = capsys.readouterr().err.splitlines()
    marks = [line.partition("：")[2].partition("。")[0] for line in said]
    assert marks == [
        "日期“昨天”看不懂",
        "叫“李四”的有 2 个",
        "没有叫“钱七”的人，或者他不归您排",
        "没有“没有镇”这个地方，或者不止一个",
        "没有“看门的”这个看报告的岗位，或者不止一个",
        "“赵六”不能替这个岗位值班",
        "“王五”不能替这个岗位值班",
        "“张三”这一班和第2行重复",
    ]
    assert [line.partition("第")[2].partition("行")[0] for line in said] == [
        *"345678910"[:7],
        "10",
    ]
    assert look(on_duty) == []


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 broken", b"\xd0\xcf\x11\xe0 old"])
def test_what_is_no_table_is_refused_in_a_sentence(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str], data: bytes
) -> None:
    file = tmp_path / "x.xlsx"
    file.write_bytes(data)
    store.close()
    assert main(["shifts", "import", str(file)]) == 2
    said = "是空的" if data == b"" else "打不开"
    assert said in capsys.readouterr().err
    assert main(["shifts", "import", str(tmp_path / "nothing.xlsx")]) == 2


def look(what: object) -> object:
    opened = open_memory(read_settings(), Clock())
    try:
        return opened.read(what).result()  # type: ignore[arg-type]
    finally:
        opened.close()


# -- by chat ------------------------------------------------------------------------------------


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, began=BEGAN) as opened:
        yield opened


async def sent(house: House, who: str, data: bytes) -> Visitor:
    person = await house.visitor(who)
    await person.sends("document", data, name="值班表.xlsx")
    await house.settled()
    await person.taps("值班表，要排夜里和假日值班")
    await house.settled()
    await house.wait(timedelta(minutes=1))
    return person


async def test_a_table_that_is_sent_is_looked_through_and_taken_by_a_yes(house: House) -> None:
    rows = [("2026-11-21", "2026-11-22", "", "", "督导员", "")]
    person = await sent(house, "督导员", book(HEADER, *rows))
    card = house.paper.to("督导员")[-1].card
    assert card.text.splitlines() == [
        "值班表看完了，还没有排。",
        "1 个人，2 天班：",
        "青石镇 儿童督导员：督导员（11-21 到 11-22）",
    ]
    assert await house.store.read(on_duty) == []
    await person.taps("确认")
    await house.settled()
    assert "新排 1 班" in house.paper.to("督导员")[-1].card.text
    assert await house.store.read(on_duty) == [("督导员", "child_supervisor", "青石镇")]


async def test_what_is_wrong_comes_back_beside_the_rows(house: House) -> None:
    rows = [
        ("2026-11-21", "", "", "", "督导员", ""),
        ("2026-11-22", "", "", "", "县民政", ""),
    ]
    await sent(house, "督导员", book(HEADER, *rows))
    told = house.paper.to("督导员")[-1]
    assert "一班都没有排" in told.card.text
    assert "第3行" in told.card.text
    page = load_workbook(io.BytesIO(told.content)).active
    assert page is not None
    remarks = [row[6] for row in page.iter_rows(values_only=True)]
    assert remarks[:2] == ["错误说明", None]
    assert "不归您排" in str(remarks[2])
    assert await house.store.read(on_duty) == []

"""Who holds whom goes out as a table, comes back with other names in it, and is so henceforth."""

import argparse
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from bot.clock import Clock
from bot.commands import register
from bot.commands.words import words
from bot.demo.people import COUNTY, NAME
from bot.settings import Settings, read_settings
from bot.tables.tables import read_areas
from storage.work import Reading, Work
from tests.fakes.databases import open_memory
from tests.stories.test_children import settle_children

HEAD = ("乡镇", "村", "姓名", "身份证号", "包保责任人", "包保责任人电话")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Five children, three of them in the hands of 赵国强; the database is closed."""
    chosen = read_settings(
        database_url=f"sqlite:///{tmp_path / 'data' / 'x.db'}", key_file=tmp_path / "k" / "x.keys"
    )
    with closing(open_memory(chosen, Clock())) as store:
        areas = read_areas(COUNTY / "areas.xlsx", words, NAME)
        store.write(lambda work: work.places.replace(areas)).result()
        store.write(_people).result()
    return chosen


def _people(work: Work) -> None:
    settle_children(work)
    for name, phone, place in (
        ("赵国强", "13512345678", "河湾村"),
        ("孙丽", "13612345678", "河湾村"),
        ("孙丽", "13712345678", "青石村"),
        ("周强", "13812345678", "云峰村"),
    ):
        known = work.people.speaker("paper", "儿童主任") if name == "赵国强" else None
        person = known.person_id if known else work.people.add()
        work.people.set_name(person, name)
        work.people.set_phone(person, phone)
        work.people.add_role(person, "responsible", work.areas.search(place)[0].id)


def take(settings: Settings, file: Path, *, dry: bool = False) -> int:
    asked = argparse.Namespace(what="import", file=file, dry_run=dry)
    return register.responsibilities(asked, settings)


def undo(settings: Settings, number: str) -> None:
    asked = argparse.Namespace(what="undo", file=number, dry_run=False)
    register.roster(asked, settings)


def hands(settings: Settings) -> Mapping[str, str]:
    """Child and place -> who answers first."""

    def look(reading: Reading) -> dict[str, str]:
        people = reading.people
        return {
            f"{child.name} {reading.areas.full_name(child.area_id)}": people.phone_of(held)
            if (held := reading.responsibilities.primary(child.id))
            else ""
            for child in reading.children.page(0, 100)
        }

    with closing(open_memory(settings, Clock())) as store:
        return store.read(look).result()


def table(folder: Path, *rows: tuple[str, ...]) -> Path:
    book = Workbook()
    page = book.active
    assert page is not None
    for row in (HEAD, *rows):
        page.append(row)
    book.save(folder / "包保.xlsx")
    return folder / "包保.xlsx"


def test_an_exported_list_with_other_names_in_it_is_taken_and_can_be_undone(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "谁管谁.xlsx"
    out = argparse.Namespace(
        what="responsibilities", to=file, format="xlsx", reason=None, masked=False
    )
    register.export(out, settings)
    before = hands(settings)
    assert take(settings, file, dry=True) == 0
    assert "换人 0，没变 3，有错 2" in capsys.readouterr().out

    book = load_workbook(file)
    page = book.active
    assert page is not None
    for row in page.iter_rows(min_row=3):
        if row[3].value == "王小芳":
            row[5].value, row[6].value = "周强", "13812345678"
    book.save(file)
    take(settings, file, dry=True)
    assert "换人 1，没变 2，有错 2" in capsys.readouterr().out
    assert hands(settings) == before
    take(settings, file)
    after = hands(settings)
    assert {child for child in after if after[child] != before[child]} == {
        "王小芳 青石镇河湾村一组"
    }
    assert after["王小芳 青石镇河湾村一组"] == "13812345678"
    done = capsys.readouterr().out
    number = done.rpartition("roster undo ")[2].strip()
    undo(settings, number)
    assert "已撤回 1 个孩子的改动" in capsys.readouterr().out
    assert hands(settings) == before


def test_an_undo_names_each_row_that_stays_and_why(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = table(
        tmp_path,
        ("青石镇", "河湾村", "王小芳", "", "周强", "13812345678"),
        ("青石镇", "河湾村", "赵雨涵", "", "周强", "13812345678"),
    )
    before = hands(settings)
    take(settings, file)
    number = capsys.readouterr().out.rpartition("roster undo ")[2].strip()

    def pass_on(work: Work) -> None:
        (to,) = work.people.by_phone("13612345678")
        named = {child.name: child.id for child in work.children.page(0, 100)}
        work.responsibilities.assign(named["赵雨涵"], to, by=0)

    with closing(open_memory(settings, Clock())) as store:
        store.write(pass_on).result()
    undo(settings, number)
    assert capsys.readouterr().out.splitlines() == [
        "已撤回 1 个孩子的改动；导入以后有人办过事的 1 行不动。",
        "第 3 行不动：后来换了管孩子的人",
    ]
    after = hands(settings)
    assert {child: after[child] for child in after if after[child] != before[child]} == {
        "赵雨涵 青石镇河湾村二组": "13612345678"
    }


def test_children_are_known_by_the_village_and_each_fault_is_said(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = table(
        tmp_path,
        ("云峰乡", "云峰村", "王小明", "", "周强", ""),
        ("青石镇", "青石村", "王晓明", "", "孙丽", ""),
        ("青石镇", "河湾村", "李不在", "", "周强", "13812345678"),
        ("青石镇", "河湾村", "赵雨涵", "", "", ""),
        ("青石镇", "月亮村", "王小芳", "", "周强", "13812345678"),
        ("云峰乡", "云峰村", "王小明", "", "孙丽", "13612345678"),
    )
    take(settings, file)
    told = capsys.readouterr().out
    assert "换人 1，没变 0，有错 5" in told
    for sentence in (
        "第3行：没有写责任人的电话，叫这个名字的有 2 个人。",
        "第4行：台账里没有这个孩子。",
        "第5行：没有写包保责任人。",
        "第6行「村」：没有登记“月亮村”这个地方。",
        "第7行：和第2行是同一个孩子，只收前一行。",
    ):
        assert sentence in told
    marked = load_workbook(tmp_path / "包保-错误说明.xlsx").active
    assert marked is not None
    assert (
        marked.cell(4, len(HEAD) + 1).value
        == "台账里没有这个孩子。请核对身份证号，或者姓名和村；新来的孩子请先登记"
    )
    assert hands(settings)["王小明 云峰乡云峰村一组"] == "13812345678"

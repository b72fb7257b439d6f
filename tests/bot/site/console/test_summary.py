"""The official table at the desk: the same numbers in the talk, on the page and in the file."""

import io
import re
from datetime import timedelta
from urllib.parse import unquote

from openpyxl import load_workbook

from handlers.children.ledger import Ledger
from storage.work import Reading, Work
from tests.bot.site.console.conftest import Console, fields

SEEN = re.compile(r'<th scope="row">([^<]+) <small>([^<]+)</small>((?:<td[^>]*>[^<]*)+)')


def enter(work: Work, village: str, count: int, **values: str) -> list[int]:
    area = work.areas.search(village)[0].id
    known = {"name": "=王小明", "labels": "left_behind", "birth_date": "2016-09-01", **values}
    return [work.children.add(area, known, source="roster", by=0) for _ in range(count)]


def a_township(work: Work) -> list[int]:
    """Two villages, and one child whom nobody wrote to a village."""
    ids = enter(work, "青石镇河湾村", 7, sex="male", schooling="primary", boarding="yes")
    ids += enter(work, "青石镇河湾村", 2, sex="female", schooling="dropped_out")
    ids += enter(work, "青石镇青石村", 6, sex="male", schooling="primary")
    return ids + enter(work, "青石镇", 1, sex="female", birth_date="2009-01-01")


def numbers(page: str) -> dict[str, list[str]]:
    """From printed number to what stands in its line."""
    return {key: re.findall(r"<td[^>]*>([^<]*)", cells) for _, key, cells in SEEN.findall(page)}


def hidden(page: str) -> dict[str, str]:
    return fields(page) | dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))


async def test_the_page_shows_the_table_by_village(console: Console) -> None:
    await console.house.store.write(a_township)
    await console.comes_in("督导员")
    page = await console.gets("/console/summary")
    told = numbers(page)
    assert told["1"][0] == "15"
    assert (told["6"][0], told["7"][0], told["17"][0]) == ("13", "2", "2")
    assert "全部成立" in page
    assert "✗" not in page
    assert "8a" not in told
    page = await console.gets("/console/summary?caliber=18")
    older = numbers(page)
    assert (older["1"][0], older["10a"][0]) == ("16", "1")
    heads = re.findall(r"<th scope=\"col\">(?:<a[^>]*>)?([^<]+)", page)
    assert older["1"][heads.index("未写到村") - 1] == "1"


async def test_the_table_of_a_day_stays_whatever_is_entered_since(console: Console) -> None:
    ids = await console.house.store.write(a_township)
    await console.comes_in("督导员")
    day = f"{console.house.clock.now().astimezone(console.house.rules.zone):%Y-%m-%d}"
    before = numbers(await console.gets(f"/console/summary?day={day}"))
    console.house.clock.moment[0] += timedelta(days=1)
    await console.house.store.write(
        lambda work: work.children.change(
            ids[0], {"schooling": "dropped_out"}, source="visit", by=0
        )
    )
    await console.comes_in("督导员")
    assert numbers(await console.gets(f"/console/summary?day={day}")) == before
    assert numbers(await console.gets("/console/summary"))["17"][0] == "3"


async def test_the_table_of_a_day_outlives_joining_leaving_moving_and_what_is_swept(
    console: Console,
) -> None:
    """In this process, which counted it before, and in one that reads the register anew."""
    house = console.house
    ids = await house.store.write(a_township)
    twice = await house.store.write(lambda work: enter(work, "青石镇河湾村", 1, sex="male"))
    await console.comes_in("督导员")
    first = house.clock.now().astimezone(house.rules.zone).date()
    paths = [f"/console/summary?day={first}&caliber={caliber}" for caliber in (16, 18)]
    before = [numbers(await console.gets(path)) for path in paths]
    assert before[0]["1"][0] == "16"

    def came(work: Work) -> None:
        long_ago = work.now - timedelta(days=40)
        elsewhere = work.areas.search("云峰乡云峰村")[0].id
        work.children.merge(ids[0], twice[0], by=0)
        work.children.leave(ids[1], "aged_out", first, by=0, true_at=long_ago)
        work.children.move(ids[2], elsewhere, by=0, true_at=long_ago)
        work.children.transfer(ids[3], elsewhere, by=0)
        work.children.accept_transfer(ids[3], by=0)
        work.children.change(
            ids[4], {"birth_date": "2001-01-01"}, source="visit", by=0, true_at=long_ago
        )

    for days, deed in ((1, came), (1, lambda work: enter(work, "青石镇河湾村", 5))):
        house.clock.moment[0] += timedelta(days=days)
        await house.store.write(deed)
        await house.store.write(lambda work: work.children.unmerge(twice[0], by=0))
    house.clock.moment[0] += timedelta(days=800)
    await house.leap(timedelta())
    await console.comes_in("督导员")
    assert [numbers(await console.gets(path)) for path in paths] == before
    house.rules.ledger = Ledger(house.rules.policy.summary, house.rules.zone)
    assert [numbers(await console.gets(path)) for path in paths] == before
    assert numbers(await console.gets("/console/summary"))["1"][0] != before[0]["1"][0]


async def test_the_file_has_the_official_layout_and_leaves_with_a_reason(
    console: Console,
) -> None:
    await console.house.store.write(a_township)
    await console.comes_in("督导员")
    page = await console.gets("/console/summary")
    response = await console.posts("/console/summary/file", hidden(page))
    assert (response.status, "请写做什么用" in await response.text()) == (400, True)
    form = hidden(page) | {"reason": "季度上报"}
    response = await console.posts("/console/summary/file", form)
    book = load_workbook(io.BytesIO(await response.read()))
    sheet, relations = book.worksheets
    rows = [*sheet.iter_rows(values_only=True)]
    assert "农村留守儿童基本情况排查汇总表" in str(rows[0][0])
    assert "填报单位（盖章）：青石镇" in str(rows[1][0])
    heads = dict(zip(rows[4], rows[5], strict=True))
    assert rows[5][0] == "合计"
    told = numbers(page)
    assert {key: str(heads[key]) for key in told} == {key: line[0] for key, line in told.items()}
    assert all(isinstance(heads[key], int) for key in told)
    said = " ".join(str(row[0]) for row in rows if row[0])
    assert "　　截至日期" in str(rows[1][0])
    assert rows[5][2] == 100
    name = unquote(response.headers["Content-Disposition"])
    shared = await console.posts("/console/summary/file", form | {"shared": "1"})
    assert unquote(shared.headers["Content-Disposition"]) != name
    assert "（给别人看的）" in unquote(shared.headers["Content-Disposition"])
    assert "单位负责人" in said
    assert "督导员" in said
    assert {row[4] for row in relations.iter_rows(min_row=2, values_only=True)} == {"成立"}
    assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)

    def noted(reading: Reading) -> list[str]:
        return [one.verb for one in reading.audit.of("area", 0)]

    assert await console.house.store.read(noted) == ["summary.exported"] * 2


async def test_the_talk_says_the_same(console: Console) -> None:
    await console.house.store.write(a_township)
    visitor = await console.house.visitor("督导员")
    await visitor.says("统计")
    await console.house.settled()
    await visitor.says("上报用的汇总表")
    await console.house.settled()
    text = console.house.paper.to("督导员")[-1].card.text
    assert "总数：15" in text
    assert "6—13周岁男 13，6—13周岁女 2" in text
    assert "辍学 2" in text
    await visitor.says("按不满 18 周岁算")
    await console.house.settled()
    assert "总数：16" in console.house.paper.to("督导员")[-1].card.text


async def test_whoever_does_not_keep_the_register_sees_no_small_number(console: Console) -> None:
    """And only the ends of months, by one caliber."""
    await console.house.store.write(a_township)
    await console.house.visitor("派出所")
    console.house.clock.moment[0] += timedelta(days=20)
    await console.comes_in("派出所")
    page = await console.gets("/console/summary?caliber=18&day=2026-12-05")
    told = numbers(page)
    assert 'value="2026-11-30"' in page
    assert "8a" not in told
    assert told["1"][0] == "15"
    assert (told["7"][0], told["17"][0], told["13"][0]) == ("*", "*", "*")
    assert told["19"][0] == "0"
    response = await console.posts("/console/summary/file", hidden(page))
    book = load_workbook(io.BytesIO(await response.read()))
    rows = [*book.worksheets[0].iter_rows(values_only=True)]
    assert dict(zip(rows[4], rows[5], strict=True))["17"] == "*"
    assert all(row[2] == "*" for row in book.worksheets[1].iter_rows(min_row=2, values_only=True))
    assert re.search(r"[（(]\d+ = \d+", page) is None


async def test_an_empty_register_has_a_table_of_noughts(console: Console) -> None:
    await console.comes_in("督导员")
    page = await console.gets("/console/summary")
    assert {cell for line in numbers(page).values() for cell in line} == {"0"}


async def test_the_ends_of_what_is_over_are_one_click_away(console: Console) -> None:
    await console.comes_in("县民政")
    page = await console.gets("/console/summary?caliber=18")
    found = dict(
        re.findall(r'href="(/console/summary\?[^"]+)">(上个?[^<]+|去年末[^<]+)</a>', page)
    )
    days = {said: path.replace("&amp;", "&") for path, said in found.items()}
    assert [*days] == ["上个月末 2026-10-31", "上个季度末 2026-09-30", "去年末 2025-12-31"]
    told = await console.gets(days["上个季度末 2026-09-30"])
    assert "2026-09-30 的表，什么时候出都是这些数" in told
    assert '<option value="18" selected>' in told

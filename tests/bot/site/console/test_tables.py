"""Tables sent from a page: looked through beside it, taken in the talk, and by nobody else."""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest

from storage.work import Reading
from tests.bot.site.console.conftest import Console, fields
from tests.fakes.house import House

DATA = Path(__file__).parents[3] / "data"
_LOOK = re.compile(r'href="([^"]+answered=1)#talk">看好了没有')


async def sends(console: Console, path: str, kind: str, name: str, data: bytes) -> tuple[int, str]:
    """A file in the form of a page; the status, and the page that follows."""
    page = await console.gets(path)
    form = aiohttp.FormData()
    for key, value in (fields(page) | {"kind": kind, "back": path}).items():
        form.add_field(key, value)
    form.add_field("file", data, filename=name, content_type="application/octet-stream")
    response = await console.client.post(
        "/console/tables", data=form, headers=console.own, allow_redirects=False
    )
    if response.status != 303:
        return response.status, await response.text()
    return 303, await console.gets(response.headers["Location"].partition("#")[0])


async def test_a_roster_is_looked_through_beside_the_page_and_taken_by_a_yes(
    house: House, browser: Callable[[], Console]
) -> None:
    console = browser()
    await console.comes_in("督导员")
    data = await asyncio.to_thread((DATA / "roster-yunling.xlsx").read_bytes)
    assert 'name="kind" value="roster"' in await console.gets("/console/children")
    assert 'name="kind" value="shifts"' in await console.gets("/console/staff")
    status, page = await sends(console, "/console/children", "roster", "名册.xlsx", data)
    assert status == 303
    assert "正在看这份表" in page
    again = _LOOK.search(page)
    assert again is not None
    assert await house.store.read(lambda reading: reading.children.page(0, 1)) == ()
    await house.tables.work_off()
    page = await console.gets(again[1].replace("&amp;", "&"))
    assert "名册看完了" in page
    assert "下载：名册核对结果.xlsx" in page
    assert "看好了没有" not in page
    page = await console.does(again[1].replace("&amp;", "&"), "确认导入（129 行）")
    assert "已写进台账" in page

    def count(reading: Reading) -> int:
        return reading.children.count([root.id for root in reading.areas.roots()])

    assert await house.store.read(count) == 129


async def test_whoever_comes_back_after_a_break_finds_what_waits_for_their_yes(
    house: House, browser: Callable[[], Console]
) -> None:
    """The session ended while the table was looked through: the card is of the one before."""
    console, colleague = browser(), browser()
    await console.comes_in("督导员")
    data = await asyncio.to_thread((DATA / "roster-yunling.xlsx").read_bytes)
    await sends(console, "/console/children", "roster", "名册.xlsx", data)
    await console.posts("/console/leave", fields(await console.gets()))
    await console.comes_in("督导员")
    label = "看导入过的名册、撤销"
    assert "没有导入过名册" in await console.does("/console/children", label)
    await house.tables.work_off()
    await colleague.comes_in("县民政")
    assert "还没确认" not in await colleague.does("/console/children", label)
    page = await console.does("/console/children", label)
    press = re.search(r'name="press" value="([^"]+)">还没确认', page)
    assert press is not None
    page = await console.sends(page, {"press": press[1]})
    assert "新增 129" in page
    page = await console.does("/console/children?answered=1", "确认导入（129 行）")
    assert "已写进台账" in page


async def test_a_table_of_places_says_what_changes_before_the_yes(
    house: House, browser: Callable[[], Console]
) -> None:
    console = browser()
    await console.comes_in("县民政")

    def whole(reading: Reading) -> list[str]:
        tree = reading.areas
        return [tree.full_name(row.id) for row in tree.search("大坪社区")[:1]]

    data = await asyncio.to_thread((DATA / "areas-moved.csv").read_bytes)
    path = "/console/admin/places"
    assert 'name="kind" value="areas"' in await console.gets(path)
    status, page = await sends(console, path, "areas", "地名.csv", data)
    assert status == 303
    assert "正在看这份表" in page
    await house.tables.work_off()
    page = await console.gets(f"{path}?answered=1")
    assert "大坪社区" in page
    assert await house.store.read(whole) == ["青石镇大坪村"]
    await console.does(f"{path}?answered=1", "确认")
    assert await house.store.read(whole) == ["青石镇大坪社区"]


@pytest.mark.parametrize(
    ("who", "kind"), [("督导员", "areas"), ("督导员", "x"), ("县公安", "roster")]
)
async def test_whoever_may_not_bring_one_in_sees_no_form_and_is_told_nothing(
    house: House, browser: Callable[[], Console], who: str, kind: str
) -> None:
    console = browser()
    page = await console.comes_in(who)
    assert "/console/tables" not in page
    status, page = await sends(console, "/console", kind, "表.csv", "姓名\n某某\n".encode())
    assert status == 404
    assert "正在看" not in page


async def test_a_form_without_a_file_and_one_from_elsewhere(
    house: House, browser: Callable[[], Console]
) -> None:
    console = browser()
    await console.comes_in("督导员")
    status, page = await sends(console, "/console/children", "roster", "", b"")
    assert status == 400
    assert "没有选文件" in page
    form = aiohttp.FormData()
    form.add_field("kind", "roster")
    form.add_field("token", "0" * 64)
    form.add_field("file", b"x", filename="a.csv")
    response = await console.client.post("/console/tables", data=form, headers=console.own)
    assert response.status == 403

"""人员: whom one manages, a page at a time, found by name or telephone, and nobody else."""

import io
import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from openpyxl import load_workbook

from storage.work import Work
from tests.bot.site.console.conftest import Console, fields

HERE, ELSEWHERE = "13812345678", "13987654321"
CHINA = ZoneInfo("Asia/Shanghai")
_ROW = re.compile(r'<td data-label="姓名">([^<\n]+)')


def _settle(work: Work) -> None:
    village = work.areas.search("青石镇河湾村")[0].id
    for number in range(120):
        _worker(work, f"组长{number:03}", village)
    _worker(work, "欧阳梨花", village, phone=HERE)
    _worker(work, "欧阳桃花", work.areas.search("云峰乡")[0].id, phone=ELSEWHERE)


def _worker(work: Work, name: str, area: int, phone: str = "") -> None:
    person = work.people.add(name=name, phone=phone)
    work.people.add_role(person, "grid_worker", area)
    if not phone:
        work.people.add_contact(person, "paper", name)


def names(page: str) -> list[str]:
    """The names in the list of a page."""
    return [one.strip() for one in _ROW.findall(page)]


async def test_people_come_a_page_at_a_time(console: Console) -> None:
    await console.house.store.write(_settle)
    await console.comes_in("督导员")
    first = await console.gets("/console/staff")
    assert len(names(first)) == 100
    link = re.search(r'href="(/console/staff\?[^"]*page=1)"', first)
    assert link is not None
    second = await console.gets(link[1].replace("&amp;", "&"))
    assert "欧阳梨花" in names(second)
    assert not {*names(first)} & {*names(second)}
    count = re.search(r"共 (\d+) 条", first)
    assert count is not None
    assert int(count[1]) == len(names(first)) + len(names(second))


async def test_somebody_is_found_by_a_part_of_the_name_or_by_the_telephone(
    console: Console,
) -> None:
    await console.house.store.write(_settle)
    await console.comes_in("督导员")
    for asked in ("欧阳", "梨花", HERE, "138-1234-5678"):
        assert names(await console.gets(f"/console/staff?q={asked}")) == ["欧阳梨花"], asked
    for foreign in ("欧阳桃花", ELSEWHERE, "13800000000"):
        assert names(await console.gets(f"/console/staff?q={foreign}")) == [], foreign
    found = await console.gets("/console/staff?q=组长&only=unreached")
    assert names(found) == []
    assert names(await console.gets("/console/staff?q=欧阳&only=unreached")) == ["欧阳梨花"]


async def test_what_was_found_leaves_as_it_was_found(console: Console) -> None:
    await console.house.store.write(_settle)
    await console.comes_in("督导员")
    page = await console.gets("/console/staff?q=梨花")
    form = fields(page) | {"what": "staff", "format": "xlsx", "q": "梨花"}
    assert 'name="q" value="梨花"' in page
    response = await console.posts("/console/export", form)
    (sheet,) = load_workbook(io.BytesIO(await response.read())).worksheets
    assert [row[0] for row in sheet.iter_rows(min_row=3, values_only=True)] == ["欧阳梨花"]


async def test_a_name_that_is_looked_for_stands_in_no_address(
    console: Console, browser: Callable[[], Console]
) -> None:
    """Not in the browser's history, not in a proxy's log; another session reads nothing of it."""
    await console.house.store.write(_settle)
    await console.comes_in("督导员")
    there = ""
    for path in ("/console/staff", "/console/children"):
        form = fields(await console.gets(path)) | {"q": "欧阳", "only": "unreached"}
        response = await console.posts(path, form)
        there = response.headers["Location"]
        assert response.status == 303
        assert unquote(there) == there.encode().decode("ascii", "replace")
        assert 'name="q" maxlength="100" value="欧阳"' in await console.gets(there)
    other = browser()
    await other.comes_in("督导员")
    assert re.findall(r'name="q"[^>]*value="([^"]*)"', await other.gets(there)) == [""]


async def test_each_post_has_a_button_of_its_own_name(console: Console) -> None:
    await console.house.store.write(_settle)
    await console.comes_in("督导员")
    page = await console.gets("/console/staff")
    called = re.findall(r'aria-label="(岗位起止：[^"]+)"', page)
    assert len(called) == len(set(called)) == len(names(page))
    assert any("欧阳" in one or "组长000" in one for one in called)


async def test_an_invitation_of_last_year_says_its_year(console: Console) -> None:
    await console.comes_in("督导员")
    form = fields(await console.gets("/console/staff"))
    roles = re.findall(r'<option value="(grid_worker)"', await console.gets("/console/staff"))
    place = re.search(
        r'name="area".*?<option value="([^"]+)"', await console.gets("/console/staff")
    )
    assert place is not None
    said = {**form, "role": roles[0], "area": place[1], "count": "1", "first": "", "last": ""}
    assert (await console.posts("/console/invite", said)).status == 200
    shown = console.house.clock.moment[0].astimezone(CHINA)
    assert f"<time>{shown:%m-%d %H:%M}</time>" in await console.gets("/console/staff")
    console.house.clock.moment[0] += timedelta(days=60)
    await console.comes_in("督导员")
    assert f"<time>{shown:%Y-%m-%d %H:%M}</time>" in await console.gets("/console/staff")

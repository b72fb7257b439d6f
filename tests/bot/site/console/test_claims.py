"""名单核对: another office's list beside the register, and what is made of each difference."""

import io
import re
from collections.abc import Sequence

import aiohttp
import pytest
from openpyxl import Workbook, load_workbook

from storage.children import Child
from storage.work import Reading, Work
from tests.bot.site.console.conftest import Console, fields

PATH = "/console/claims"
HEADS = ("姓名", "身份证号", "出生日期", "村", "学校", "班级")
BOTH, DIFFERS, OURS, AWAY = "王小明", "李小红", "张小亮", "刘小伟"
IDS = {BOTH: "520123201603050019", DIFFERS: "520123201504060027", OURS: "520123201408070030"}


def _settle(work: Work) -> None:
    home = work.areas.search("河湾村一组")[0].id
    away = work.areas.search("云峰村一组")[0].id
    for name, area in ((BOTH, home), (DIFFERS, home), (OURS, home), (AWAY, away)):
        values = {"name": name, "school": "青石中心小学", "class": "三年级1班"}
        number = IDS.get(name, "520123201309080049")
        born = f"{number[6:10]}-{number[10:12]}-{number[12:14]}"
        values |= {"id_number": number, "birth_date": born}
        work.children.add(area, values, source="roster", by=0)


def _list(*rows: Sequence[str]) -> bytes:
    book = Workbook()
    page = book.worksheets[0]
    for row in (HEADS, *rows):
        page.append([*row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _row(name: str, number: str, school: str = "青石中心小学", village: str = "") -> Sequence[str]:
    born = f"{number[6:10]}-{number[10:12]}-{number[12:14]}"
    return (name, number, born, village, school, "三年级1班")


LIST = _list(
    _row(BOTH, IDS[BOTH]),
    _row(DIFFERS, IDS[DIFFERS], school="县第二小学"),
    _row("赵新来", "520123201702030056", village="河湾村"),
    _row("钱无处", "520123201703040061"),
    _row(AWAY, "520123201309080049", school="云峰小学"),
)


async def _brings(console: Console, data: bytes, source: str = "school") -> tuple[int, str]:
    """The status, and the page of the list."""
    form = aiohttp.FormData()
    for key, value in (fields(await console.gets(PATH)) | {"source": source}).items():
        form.add_field(key, value)
    form.add_field("file", data, filename="学籍.xlsx", content_type="application/octet-stream")
    response = await console.client.post(
        PATH, data=form, headers=console.own, allow_redirects=False
    )
    if response.status != 303:
        return response.status, await response.text()
    return 303, response.headers["Location"]


async def _claim(console: Console, listed: str, kind: str, at: int = 0) -> str:
    """The address of one claim."""
    page = await console.gets(f"{listed}?kind={kind}")
    found: list[str] = re.findall(r'href="(/console/claim/[\w-]+)"', page)
    return found[at]


async def _does(console: Console, path: str, do: str, **more: str) -> int:
    form = fields(await console.gets(path)) | {"row": path.rpartition("/")[2], "do": do, **more}
    return (await console.posts("/console/claim", form)).status


def _named(reading: Reading, name: str) -> list[Child]:
    return [one for one in reading.children.page(0, 100) if one.name == name]


async def test_a_list_says_who_is_in_both_and_who_in_one(console: Console) -> None:
    await console.house.store.write(_settle)
    await console.comes_in("督导员")
    status, listed = await _brings(console, LIST)
    assert status == 303
    page = await console.gets(listed)
    for kind in ("都对得上 1", "有不一样的 1", "只有他们有 2", "只有我们有 1"):
        assert kind in page
    assert "还有 4 处没定" in page
    assert "学校" in page
    assert DIFFERS not in page
    assert "李*" in page
    whole = "".join(
        [await console.gets(f"{listed}?kind={kind}") for kind in ("theirs", "ours", "both")]
    )
    assert "刘*" not in whole
    assert "张*" in whole
    children = await console.house.store.read(lambda reading: reading.children.page(0, 100))
    assert len(children) == 4
    assert all(one.values["school"] == "青石中心小学" for one in children)
    assert "名单核对没定的" in await console.gets()


async def test_the_townships_hear_of_a_list_of_the_county(console: Console) -> None:
    await console.house.visitor("云峰督导员")
    await console.house.store.write(_settle)
    await console.comes_in("县民政")
    await _brings(console, LIST)
    await console.house.settled()
    heard = {who: console.house.paper.to(who) for who in ("督导员", "云峰督导员", "县民政")}
    assert "学籍的名单和台账有 3 处对不上" in heard["督导员"][-1].card.text
    assert "学籍的名单和台账有 1 处对不上" in heard["云峰督导员"][-1].card.text
    assert not any("对不上" in sent.card.text for sent in heard["县民政"])


async def test_what_they_say_is_taken_over_with_its_source(console: Console) -> None:
    await console.house.store.write(_settle)
    await console.comes_in("督导员")
    _, listed = await _brings(console, LIST)
    path = await _claim(console, listed, "differs")
    page = await console.gets(path)
    assert DIFFERS in page
    assert "县第二小学" in page
    assert await _does(console, path, "accept") == 303
    assert await _does(console, path, "accept") == 409

    def told(reading: Reading) -> tuple[str, str, int, int]:
        (child,) = _named(reading, DIFFERS)
        entry = reading.children.history(child.id)[-1]
        looks = reading.children.who_looked(child.id)
        return child.values["school"], entry.source, entry.source_id or 0, len(looks)

    school, source, source_id, looks = await console.house.store.read(told)
    assert (school, source, source_id > 0) == ("县第二小学", "claim", True)
    assert looks >= 1
    assert "改进台账了" in await console.gets(f"{listed}?kind=differs")


async def test_who_is_only_theirs_is_entered_where_the_child_lives(console: Console) -> None:
    await console.house.store.write(_settle)
    await console.comes_in("督导员")
    _, listed = await _brings(console, LIST)
    known, nowhere = [await _claim(console, listed, "theirs", at) for at in (0, 1)]
    assert await _does(console, known, "accept") == 303
    assert await _does(console, nowhere, "accept") == 409
    foreign = re.search(r'value="([\w-]+)"[^>]*>云峰乡', await console.gets(nowhere))
    assert foreign is None
    place = re.search(r'<option value="([\w-]+)">青石镇青石村', await console.gets(nowhere))
    assert place is not None
    assert await _does(console, nowhere, "accept", area=place[1]) == 303

    def homes(reading: Reading) -> list[str]:
        found = [*_named(reading, "赵新来"), *_named(reading, "钱无处")]
        return [reading.areas.full_name(one.area_id) for one in found]

    assert await console.house.store.read(homes) == ["青石镇河湾村", "青石镇青石村"]


async def test_it_is_left_as_it_is_with_a_reason_or_the_village_looks(console: Console) -> None:
    await console.house.store.write(_settle)
    await console.comes_in("督导员")
    _, listed = await _brings(console, LIST)
    path = await _claim(console, listed, "ours")
    assert await _does(console, path, "accept") == 409
    assert await _does(console, path, "reject", reason=" ") == 409
    assert await _does(console, path, "ask") == 303
    await console.house.settled()
    heard = console.house.paper.to("儿童主任")[-1]
    assert "学籍的名单对不上" in heard.card.text
    assert OURS not in heard.card.text
    assert await _does(console, path, "reject", reason="转学到县外，学籍还没转") == 303
    assert "转学到县外" in await console.gets(path)

    form = fields(await console.gets()) | {"what": "claims", "format": "xlsx"}
    form |= {"list": listed.rpartition("/")[2]}
    response = await console.posts("/console/export", form)
    page = load_workbook(io.BytesIO(await response.read())).active
    assert page is not None
    rows = [[str(cell.value or "") for cell in row] for row in page.iter_rows(min_row=3)]
    assert len(rows) == 5
    assert [DIFFERS, "就读学校：台账 青石中心小学，名单 县第二小学"] in [
        [row[2], row[4]] for row in rows
    ]


async def test_another_township_sees_nothing_of_it(console: Console) -> None:
    await console.house.store.write(_settle)
    await console.comes_in("督导员")
    _, listed = await _brings(console, LIST)
    claims = [await _claim(console, listed, kind) for kind in ("differs", "theirs", "ours")]
    form = fields(await console.gets())
    await console.posts("/console/leave", form)
    await console.comes_in("云峰督导员")
    assert "没有。" in await console.gets(PATH)
    absent = await (await console.client.get(f"{PATH}/x")).text()
    for path in (listed, *claims):
        response = await console.client.get(path)
        assert response.status == 404
        assert re.sub(r'value="[^"]*"', "", await response.text()) == re.sub(
            r'value="[^"]*"', "", absent
        )
    form = fields(await console.gets()) | {"row": claims[0].rpartition("/")[2], "do": "accept"}
    assert (await console.posts("/console/claim", form)).status == 409
    form |= {"what": "claims", "format": "csv", "list": listed.rpartition("/")[2]}
    response = await console.posts("/console/export", form)
    assert DIFFERS not in await response.text()


@pytest.mark.parametrize(
    ("data", "source", "said"),
    [
        (b"PK\x03\x04", "school", "xlsx"),
        (_list(), "other", "没有收到名单"),
        (b"x,y\n1,2\n", "school", "。"),
    ],
)
async def test_what_is_no_list_is_said(
    console: Console, data: bytes, source: str, said: str
) -> None:
    await console.house.store.write(_settle)
    await console.comes_in("督导员")
    status, page = await _brings(console, data, source)
    assert (status, said in page) == (400, True)
    assert "没有。" in await console.gets(PATH)


async def test_a_village_has_no_such_page(console: Console) -> None:
    await console.comes_in("儿童主任")
    assert (await console.client.get(PATH)).status == 404
    form = fields(await console.gets()) | {"row": "x", "do": "accept"}
    assert (await console.posts("/console/claim", form)).status == 409

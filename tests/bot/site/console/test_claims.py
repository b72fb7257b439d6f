"""名单核对: another office's list beside the register, and what is made of each difference."""

import io
import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import func, select

from bot.commands.handing_over import office_turn
from bot.site.console.references import References
from handlers.office import claims
from storage.children.child import Child
from storage.children.claims import Claims
from storage.faults import NotStored
from storage.tables import claim
from storage.work import Reading, Work
from tests.bot.site.console.conftest import Console, fields

PATH = "/console/claims"
_CLAIMS = select(func.count()).select_from(claim)
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


async def _brings(console: Console, data: bytes, source: str = "school") -> str:
    """The address of the list, once it was looked through."""
    await _sends(console, data, source)
    await console.house.tables.work_off()
    listed = re.search(r'href="(/console/claims/[\w-]+)"', await console.gets(PATH))
    assert listed is not None
    return listed[1]


async def _sends(console: Console, data: bytes, source: str = "school") -> str:
    """The page that follows."""
    form = aiohttp.FormData()
    page = await console.gets(PATH)
    for key, value in (fields(page) | {"kind": "claims", "source": source}).items():
        form.add_field(key, value)
    form.add_field("file", data, filename="学籍.xlsx", content_type="application/octet-stream")
    response = await console.client.post(
        "/console/tables", data=form, headers=console.own, allow_redirects=False
    )
    assert response.status == 303
    return await console.gets(response.headers["Location"].partition("#")[0])


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


def _left(reading: Reading) -> tuple[int, int]:
    """Lists that are shown, and claims in all."""
    return len(reading.claims.lists()), int(reading.db.all(_CLAIMS)[0][0])


async def test_a_list_says_who_is_in_both_and_who_in_one(console: Console) -> None:
    await console.house.store.write(_settle)
    await console.comes_in("督导员")
    listed = await _brings(console, LIST)
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
    listed = await _brings(console, LIST)
    path = await _claim(console, listed, "differs")
    page = await console.gets(path)
    assert DIFFERS in page
    assert "县第二小学" in page
    assert await _does(console, path, "accept") == 303
    assert await _does(console, path, "accept") == 409

    def told(reading: Reading) -> tuple[str, str, int, int]:
        (child,) = _named(reading, DIFFERS)
        entry = reading.children.history(child.id)[-1]
        looks = reading.child_looks.of_child(child.id)
        return child.values["school"], entry.source, entry.source_id or 0, len(looks)

    school, source, source_id, looks = await console.house.store.read(told)
    assert (school, source, source_id > 0) == ("县第二小学", "claim", True)
    assert looks >= 1
    assert "改进台账了" in await console.gets(f"{listed}?kind=differs")


async def test_who_is_only_theirs_is_entered_where_the_child_lives(console: Console) -> None:
    await console.house.store.write(_settle)
    await console.comes_in("督导员")
    listed = await _brings(console, LIST)
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


async def test_of_two_who_take_a_child_over_at_one_moment_one_enters_it(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL the second one may have read it as open."""
    await console.comes_in("督导员")
    path = await _claim(console, await _brings(console, LIST), "theirs")
    references = await console.house.store.read(References.of)
    claim = references.number("claim", path.rpartition("/")[2]) or 0

    def twice(work: Work) -> tuple[bool, bool, int]:
        turn = office_turn(work, console.house.rules)
        turn.speaker = work.people.meet("paper", "督导员")
        village = work.areas.search("青石镇河湾村")[0].id
        read_before, count = work.claims.get(claim), work.children.count([village])
        first = claims.accept(turn, claim, village)
        monkeypatch.setattr(work.claims, "get", lambda _: read_before)
        second = claims.accept(turn, claim, village)
        return first, second, work.children.count([village]) - count

    assert await console.house.store.write(twice) == (True, False, 1)


async def test_it_is_left_as_it_is_with_a_reason_or_the_village_looks(console: Console) -> None:
    await console.house.store.write(_settle)
    await console.comes_in("督导员")
    listed = await _brings(console, LIST)
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
    listed = await _brings(console, LIST)
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
        (b"PK\x03\x04", "school", "这份名单核对不了"),
        (_list(), "other", "这是哪里来的名单？"),
        (b"x,y\n1,2\n", "school", "这份名单核对不了"),
    ],
)
async def test_what_is_no_list_is_said(
    console: Console, data: bytes, source: str, said: str
) -> None:
    await console.house.store.write(_settle)
    await console.comes_in("督导员")
    await _sends(console, data, source)
    await console.house.tables.work_off()
    assert said in await console.gets(f"{PATH}?answered=1")
    assert "没有。" in await console.gets(PATH)


async def test_a_list_is_looked_through_while_everybody_works_on(console: Console) -> None:
    await console.house.store.write(_settle)
    await console.comes_in("督导员")
    page = await _sends(console, LIST)
    assert "正在看这份表" in page
    assert "看好了没有" in page
    assert "没有。" in await console.gets(PATH)
    seen: list[str] = []
    write = console.house.store.write

    async def look(work: Callable[[Work], object], **more: Any) -> object:
        done = await write(work, **more)
        seen.extend(re.findall(r"看到 (\d+)%", await console.gets(f"{PATH}?answered=1")))
        return done

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(console.house.store, "write", look)
        await console.house.tables.work_off()
    assert seen
    assert [*map(int, seen)] == sorted(map(int, seen))
    page = await console.gets(f"{PATH}?answered=1")
    assert "学籍的名单核对完了" in page
    assert "有不一样的：1 个" in page
    assert "看好了没有" not in page


async def test_a_list_that_was_cut_off_is_begun_anew_and_kept_once(console: Console) -> None:
    await console.house.store.write(_settle)
    await console.comes_in("督导员")
    await _sends(console, LIST)
    count = 0

    def dies(self: Claims, *told: object, **more: object) -> None:
        nonlocal count
        count += 1
        raise NotStored("away")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Claims, "finish", dies)
        await console.house.tables.work_off()
    assert count == 1
    assert "没有。" in await console.gets(PATH)
    await console.house.wait(timedelta(minutes=11))
    await console.house.tables.work_off()
    page = await console.gets(PATH)
    assert len(re.findall(r'href="/console/claims/[\w-]+"', page)) == 1
    assert await console.house.store.read(_left) == (1, 5)


async def test_a_list_goes_after_a_school_term(console: Console) -> None:
    await console.house.store.write(_settle)
    await console.comes_in("督导员")
    listed = await _brings(console, LIST)
    taken = await _claim(console, listed, "differs")
    assert await _does(console, taken, "accept") == 303
    kept = console.house.rules.policy.timing["claims_kept"]
    console.house.clock.moment[0] += kept - timedelta(days=1)
    await console.house.bells.tidy()
    assert await console.house.store.read(_left) == (1, 5)
    console.house.clock.moment[0] += timedelta(days=2)
    await console.house.bells.tidy()
    assert await console.house.store.read(_left) == (0, 0)
    (child,) = await console.house.store.read(lambda reading: _named(reading, DIFFERS))
    assert child.values["school"] == "县第二小学"


async def test_a_village_has_no_such_page(console: Console) -> None:
    await console.comes_in("儿童主任")
    assert (await console.client.get(PATH)).status == 404
    form = fields(await console.gets()) | {"row": "x", "do": "accept"}
    assert (await console.posts("/console/claim", form)).status == 409

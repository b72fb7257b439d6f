"""接口: tokens of other offices' programs are given, shown once, and ended at the desk."""

import re

import pytest

from storage.work import Reading
from tests.bot.site.console.conftest import Console, fields

PATH = "/console/admin/programs"
_TOKEN = re.compile(r'class="token">(xiangban_[\w-]{43})<')


async def _given(console: Console, role: str, *kinds: str, area: str = "") -> str:
    """The page that answers who asks for a token."""
    page = await console.gets(PATH)
    found = re.findall(r'<option value="([\w-]{20,})">([^<]+)<', page)
    place = area or next(name for name, said in found if said == "青石镇")
    form = fields(page) | {"name": "县医院信息系统", "role": role, "area": place, "days": "90"}
    response = await console.posts(PATH, form | {f"kind.{kind}": "1" for kind in kinds})
    return await response.text()


async def test_a_token_is_shown_once_and_ended_at_once(console: Console) -> None:
    await console.comes_in("县民政")
    made = _TOKEN.search(await _given(console, "child_supervisor", "children.read", "names"))
    assert made is not None
    page = await console.gets(PATH)
    assert made[1] not in page
    assert "青石镇 儿童督导员" in page
    assert "没用过" in page
    row = re.search(r'name="row" value="([\w-]+)"', page)
    assert row is not None
    for status in (303, 409):
        form = fields(page) | {"row": row[1]}
        assert (await console.posts(f"{PATH}/end", form)).status == status
    assert "已作废" in await console.gets(PATH)

    def told(reading: Reading) -> tuple[bool, list[str]]:
        (token,) = reading.machines.all()
        verbs = [fact.verb for fact in reading.audit.of("api_token", token.id)]
        return reading.machines.by_token(made[1]) is None, verbs

    assert await console.house.store.read(told) == (True, ["token-made", "token-ended"])


@pytest.mark.parametrize(
    ("role", "kinds"),
    [
        ("", ("children.read",)),
        ("", ()),
        ("child_supervisor", ()),
        ("nonsense", ("children.read",)),
        ("teacher", ("children.read",)),
    ],
)
async def test_what_is_too_much_is_not_given(
    console: Console, role: str, kinds: tuple[str, ...]
) -> None:
    await console.comes_in("县民政")
    assert "没有发" in await _given(console, role, *kinds)
    assert "没有发" in await _given(console, "child_supervisor", "children.read", area="x")


async def test_an_administrator_gives_no_more_than_they_read_themselves(console: Console) -> None:
    await console.comes_in("管理员")
    assert 'value="child_supervisor"' not in await console.gets(PATH)
    assert "没有发" in await _given(console, "child_supervisor", "children.read", "names")
    assert _TOKEN.search(await _given(console, "", "reports.write"))


async def test_a_township_has_no_such_page(console: Console) -> None:
    await console.comes_in("督导员")
    assert (await console.client.get(PATH)).status == 404
    form = fields(await console.gets())
    assert (await console.posts(PATH, form | {"name": "x"})).status == 400
    assert (await console.posts(f"{PATH}/end", form | {"row": "x"})).status == 409

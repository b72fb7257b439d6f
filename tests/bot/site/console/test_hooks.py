"""推送: who is told is kept at the desk, and what was told is told again from there."""

import re

import pytest

from storage.work import Reading, Work
from tests.bot.site.console.conftest import Console, fields
from tests.handlers.test_climbing import alarmed

PATH = "/console/admin/hooks"
_SECRET = re.compile(r'class="token">(whsec_[\w+/=]{44})<')


async def _makes(console: Console, url: str, *kinds: str, name: str = "县教育局") -> str:
    page = await console.gets(PATH)
    found = re.findall(r'<option value="([\w-]{20,})">([^<]+)<', page)
    place = next(ref for ref, said in found if said == "青石镇")
    form = fields(page) | {"name": name, "url": url, "area": place}
    response = await console.posts(PATH, form | {f"kind.{kind}": "1" for kind in kinds})
    return await response.text()


def _changes(work: Work) -> None:
    """Somebody enters a child."""
    home = work.areas.search("河湾村一组")[0].id
    work.children.add(home, {"name": "张小明"}, source="registration", by=0)


def _all_failed(work: Work) -> None:
    for event in work.hooks.due(10):
        work.hooks.not_sent(event, 500, "status", None)


async def test_somebody_is_told_stopped_and_told_again(console: Console) -> None:
    await console.comes_in("县民政")
    page = await _makes(console, "https://hooks.example.cn/s3cret", "child.changed")
    assert _SECRET.search(page)
    page = await console.gets(PATH)
    assert "hooks.example.cn" in page
    assert "s3cret" not in page
    assert "whsec_" not in page
    (hook,) = await console.house.store.read(lambda reading: reading.hooks.all())
    await console.house.store.write(_changes)
    await console.house.store.write(_all_failed)
    row = re.search(r'href="/console/admin/hooks/([\w-]+)"', page)
    assert row is not None
    log = await console.gets(f"{PATH}/{row[1]}")
    assert "没送到" in log
    assert "对方说不行 500" in log
    assert "张小明" not in log
    event = re.search(r'name="event" value="([\w-]+)"', log)
    assert event is not None
    form = fields(log) | {"row": row[1], "event": event[1]}
    for status in (303, 409):
        assert (await console.posts(f"{PATH}/again", form)).status == status
    assert "等着发" in await console.gets(f"{PATH}/{row[1]}")
    await console.house.store.write(_all_failed)
    days = fields(log) | {"row": row[1], "first": "2026-11-20", "last": "2026-11-20"}
    for status in (303, 409):
        assert (await console.posts(f"{PATH}/again", days)).status == status

    for do, status in (("off", 303), ("off", 409), ("on", 303), ("x", 409), ("gone", 303)):
        form = fields(page) | {"row": row[1], "do": do}
        assert (await console.posts(f"{PATH}/switch", form)).status == status, do
    assert "hooks.example.cn" not in await console.gets(PATH)
    assert (await console.client.get(f"{PATH}/{row[1]}")).status == 404

    def verbs(reading: Reading) -> list[str]:
        return [fact.verb for fact in reading.audit.of("hook", hook.id)]

    told = await console.house.store.read(verbs)
    assert told == ["hook-made", "hook-again", "hook-again", "hook-off", "hook-on", "hook-gone"]


@pytest.mark.parametrize(
    ("url", "kinds", "name"),
    [
        ("https://hooks.example.cn/", (), "x"),
        ("https://hooks.example.cn/", ("child.changed",), " "),
        ("x", ("child.changed",), "x"),
        ("ftp://hooks.example.cn/", ("child.changed",), "x"),
    ],
)
async def test_what_is_not_whole_is_not_added(
    console: Console, url: str, kinds: tuple[str, ...], name: str
) -> None:
    await console.comes_in("县民政")
    assert "没有加" in await _makes(console, url, *kinds, name=name)


async def test_who_must_not_hear_of_a_case_does_not_read_of_it_in_the_log(
    console: Console,
) -> None:
    await console.comes_in("县民政")
    await _makes(console, "https://hooks.example.cn/", "case.changed", "report.filed")
    row = re.search(r'href="/console/admin/hooks/([\w-]+)"', await console.gets(PATH))
    assert row is not None
    log = f"{PATH}/{row[1]}"
    case = await alarmed(console.house)
    await console.house.store.write(_all_failed)
    page = await console.gets(log)
    event = re.search(r'name="event" value="([\w-]+)"', page)
    assert event is not None

    def excludes(work: Work) -> None:
        me = work.people.meet("paper", "县民政").person_id
        work.cases.add_member(case.id, me, "excluded", by=0)

    await console.house.store.write(excludes)
    assert not re.search(r'name="event"', await console.gets(log))
    days = {"first": "2026-11-20", "last": "2026-11-20"}
    for asked in ({"event": event[1]}, days):
        form = fields(page) | {"row": row[1]} | asked
        assert (await console.posts(f"{PATH}/again", form)).status == 409


async def test_a_township_has_no_such_page(console: Console) -> None:
    await console.comes_in("督导员")
    for path in (PATH, f"{PATH}/x"):
        assert (await console.client.get(path)).status == 404
    form = fields(await console.gets()) | {"row": "x", "do": "off"}
    assert (await console.posts(f"{PATH}/switch", form)).status == 409
    assert (await console.posts(f"{PATH}/again", form)).status == 409
    assert (await console.posts(PATH, form)).status == 400

"""规则表: a difference before it counts, two persons, every fault, and the way back."""

import io
import re
from collections.abc import Callable
from datetime import timedelta
from zipfile import ZipFile

from policy.tables.reading import TABLES
from storage.work import Work
from tests.bot.site.console.conftest import Console, fields
from tests.fakes.house import House

HOUR = timedelta(hours=1)
WANTED = 'invite_life = "48h"\n'


async def wants(console: Console, content: str, why: str = "", do: str = "propose") -> str:
    """Write into the table of times; the page that follows."""
    page = await console.gets("/console/rules/timing")
    form = fields(page) | {"table": "timing", "content": content, "why": why, "do": do}
    response = await console.posts("/console/rules", form)
    assert response.status in (200, 303)
    if response.status == 200:
        return await response.text()
    return await console.gets("/console/rules")


async def decides(console: Console, do: str) -> int:
    """Open what waits, and decide it; the status."""
    page = await console.gets("/console/rules")
    path = re.search(r'href="(/console/changes/([\w-]+))"', page)
    assert path is not None
    form = fields(await console.gets(path[1])) | {"row": path[2], "do": do}
    return (await console.posts("/console/changes", form)).status


def invite_life(house: House) -> timedelta:
    return house.rules.policy.timing["invite_life"]


def alone(work: Work) -> None:
    """Nobody else: one person is enough."""
    row = work.rule_changes.propose(
        "limits", "rule_change_persons = 1", "只有一个人", based_on=0, by=1
    )
    assert work.rule_changes.apply(row, by=2)


async def test_a_change_shows_its_difference_and_counts_when_a_second_person_agrees(
    browser: Callable[[], Console],
) -> None:
    mine, theirs = browser(), browser()
    await mine.comes_in("县民政")
    await theirs.comes_in("管理员")
    page = await wants(mine, WANTED, do="check")
    assert "<del>72h</del>" in page
    assert "<ins>48h</ins>" in page
    assert page.count("<code>") == 1
    assert "等第二个人同意" in await wants(mine, WANTED, "邀请两天就够")
    assert invite_life(mine.house) == 72 * HOUR
    assert await decides(mine, "agree") == 409
    assert invite_life(mine.house) == 72 * HOUR
    assert await decides(theirs, "agree") == 303
    assert invite_life(mine.house) == 48 * HOUR
    page = await mine.gets("/console/rules/timing")
    assert "邀请两天就够" in page
    assert "48h" in page
    assert "管理员" in page or "→" in page


async def test_every_fault_is_said_and_nothing_is_proposed(console: Console) -> None:
    await console.comes_in("县民政")
    wrong = 'invite_life = "bald"\nno_such_time = "3d"\nconsole_code = 5\n'
    page = await wants(console, wrong, "为了试一试")
    faults = re.findall(r"<li>([^<]*timing.toml[^<]*)</li>", page)
    assert len(faults) == 3
    assert any("no_such_time」：不认识的项目" in one for one in faults)
    assert "提交" not in page
    assert "TOML" in await wants(console, "[[[", "为了试一试")
    nobody = fields(page) | {
        "table": "roles",
        "content": "[civil_affairs]\nmanages = []\n[administrator]\nmanages = []\n",
        "why": "为了试一试",
        "do": "propose",
    }
    response = await console.posts("/console/rules", nobody)
    assert "没有人能再改规则表" in await response.text()
    assert "为了试一试" not in await console.gets("/console/rules")


async def test_a_reason_is_wanted_and_whoever_proposed_may_take_it_back(console: Console) -> None:
    await console.comes_in("县民政")
    assert "至少 4 个字" in await wants(console, WANTED, "改")
    assert "等第二个人同意" in await wants(console, WANTED, "邀请两天就够")
    assert await decides(console, "refuse") == 303
    assert "等第二个人同意" not in await console.gets("/console/rules")
    assert invite_life(console.house) == 72 * HOUR


async def test_where_one_person_is_enough_it_counts_at_once_and_leads_back(
    console: Console,
) -> None:
    house = console.house
    await house.store.write(alone)
    await console.comes_in("县民政")
    await wants(console, WANTED, "邀请两天就够", do="check")  # reads what another process decided
    house.rules.policy.limits["rule_change_persons"] = 1  # type: ignore[index]
    await wants(console, WANTED, "邀请两天就够")
    assert invite_life(house) == 48 * HOUR
    await wants(console, 'invite_life = "24h"', "一天就够了")
    assert invite_life(house) == 24 * HOUR
    page = await console.gets("/console/rules/timing")
    first = re.findall(r'href="(/console/changes/[\w-]+)"', page)[-1]
    page = await console.gets(first)
    assert "<del>24h</del>" in page
    assert "<ins>48h</ins>" in page
    await wants(console, WANTED, "还是两天好")
    assert invite_life(house) == 48 * HOUR


async def test_what_was_proposed_before_another_change_must_be_looked_at_again(
    browser: Callable[[], Console],
) -> None:
    mine, theirs = browser(), browser()
    await mine.comes_in("县民政")
    await theirs.comes_in("管理员")
    await wants(mine, WANTED, "邀请两天就够")
    await mine.house.store.write(alone)
    assert await decides(theirs, "agree") == 409
    assert invite_life(mine.house) == 72 * HOUR


async def test_a_township_sees_no_rule_table(console: Console) -> None:
    await console.comes_in("督导员")
    for path in ("rules", "rules/timing", "changes/x"):
        assert (await console.client.get(f"/console/{path}")).status == 404
    form = fields(await console.gets()) | {"table": "timing", "content": WANTED, "do": "propose"}
    assert (await console.posts("/console/rules", form)).status == 404
    assert (await console.posts("/console/changes", form | {"row": "x"})).status == 404


async def test_every_table_can_be_opened(console: Console) -> None:
    await console.comes_in("县民政")
    assert ".toml" not in await console.gets("/console/rules")
    for table in TABLES:
        assert "看差别" in await console.gets(f"/console/rules/{table}")


async def test_a_sentence_is_changed_like_a_table(console: Console) -> None:
    await console.comes_in("县民政")
    console.house.rules.policy.limits["rule_change_persons"] = 1  # type: ignore[index]
    page = await console.gets("/console/rules/words")
    assert "机器人说的话" in page
    form = fields(page) | {"table": "words", "content": '[home]\nwelcome = "好，再来。"\n'}
    told = await console.posts("/console/rules", form | {"why": "", "do": "check"})
    assert "好，再来。" in await told.text()
    wrong = form | {
        "content": '[home]\nwelcome = "{nobody}"\n',
        "why": "写短一点",
        "do": "propose",
    }
    assert "words.toml" in await (await console.posts("/console/rules", wrong)).text()
    done = await console.posts("/console/rules", form | {"why": "写短一点", "do": "propose"})
    assert done.status == 303
    assert console.house.rules.words("home.welcome") == "好，再来。"


async def test_what_the_county_changed_is_saved_as_a_folder_and_noted(console: Console) -> None:
    await console.house.store.write(alone)
    await console.comes_in("县民政")
    form = fields(await console.gets("/console/rules"))
    saved = await console.posts("/console/rules/folder", form)
    with ZipFile(io.BytesIO(await saved.read())) as folder:
        told = {name.partition("/")[2]: folder.read(name).decode() for name in folder.namelist()}
    assert told["policy/limits.toml"] == "rule_change_persons = 1"
    assert "configuration.toml" in told
    taken = await console.house.store.read(lambda look: look.exports.latest(1))
    assert (taken[0].what, taken[0].rows) == ("configuration", 2)

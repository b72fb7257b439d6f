"""验证器: six digits before names, lists and configuration, where the county wants them."""

import base64
import logging
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import select

from bot.commands.handing_over import office_turn
from bot.site.console.references import References
from conversation.cards import Action
from handlers.children import child_file
from handlers.reporting import identity
from policy.authenticator import STEP, code_of, step_of
from storage.reporting.reports import ReportIn
from storage.tables import audit, metadata
from storage.work import Reading, Work
from tests.bot.site.console.conftest import Console, fields
from tests.bot.site.console.test_coming_in import is_inside
from tests.fakes.house import House

MINE = "/console/authenticator"
ALL = "/console/authenticators"
_KEY = re.compile(r"<code>([A-Z2-7 ]{32,})</code>")
_HIDDEN = re.compile(r'<input type="hidden" name="([\w.]+)" value="([^"]*)">')
EXPORT = {"what": "cases", "format": "csv"}
#: How a file begins that a spreadsheet program opens.
FILE = "\ufeff"


@pytest.fixture
def asking(house: House) -> House:
    """The county has switched it on."""
    house.rules.policy.limits["authenticator_asked"] = 1  # type: ignore[index]
    return house


async def wants(console: Console, path: str, form: Mapping[str, str]) -> tuple[int, str]:
    """Send a form of one's own session."""
    known = fields(await console.gets())
    response = await console.posts(path, known | dict(form))
    return response.status, await response.text()


def key_on(page: str) -> bytes:
    """The secret that a page shows to be typed in."""
    found = _KEY.search(page)
    assert found is not None
    text = found[1].replace(" ", "")
    return base64.b32decode(text + "=" * (-len(text) % 8))


def shows_secret(page: str) -> bool:
    """True for a page from which an app can be set up."""
    return _KEY.search(page) is not None or "<svg" in page


def shows(console: Console, key: bytes, *, later: int = 0) -> str:
    """What the app shows."""
    return code_of(key, step_of(console.house.clock.now()) + later)


async def sets_up(console: Console) -> bytes:
    """Connect an app; its secret."""
    status, page = await wants(console, MINE, {"do": "begin"})
    assert (status, "<svg" in page) == (200, True)
    key = key_on(page)
    form = {"do": "confirm", "first": shows(console, key)}
    assert "连上了" in (await wants(console, MINE, form))[1]
    console.house.clock.moment[0] += timedelta(seconds=STEP)
    return key


async def exports(console: Console, **more: str) -> str:
    """Take the list of cases out, or be asked first."""
    _, page = await wants(console, "/console/export", EXPORT | more)
    return page


def everything(reading: Reading) -> str:
    """All that the store holds, as one text."""
    rows = [row for table in metadata.sorted_tables for row in reading.db.all(select(table))]
    return "\n".join(
        bytes(value).decode("latin-1") if isinstance(value, bytes) else str(value)
        for row in rows
        for value in row
    )


async def verbs(house: House) -> list[str]:
    """What the audit says of authenticators."""
    rows = await house.store.read(
        lambda reading: reading.db.all(select(audit.c.verb).order_by(audit.c.seq))
    )
    return [row[0] for row in rows if row[0].startswith("authenticator")]


async def test_where_the_county_does_not_ask_nobody_is_asked(console: Console) -> None:
    await console.comes_in("县民政")
    assert FILE in await exports(console)
    assert "县里现在不要求" in await console.gets(MINE)


async def test_whoever_has_none_is_led_to_set_one_up(asking: House, console: Console) -> None:
    await console.comes_in("县民政")
    page = await exports(console)
    assert "您还没有连验证器" in page
    assert FILE not in page
    assert "您还没有连验证器" in await exports(console, code="123456")


async def test_an_app_is_set_up_by_its_first_code_and_its_owner_hears_of_it(
    asking: House, console: Console, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await console.comes_in("县民政")
    _, page = await wants(console, MINE, {"do": "begin"})
    key = key_on(page)
    status, page = await wants(console, MINE, {"do": "confirm", "first": "000000"})
    assert (status, "不对，或者用过了" in page) == (409, True)
    assert not shows_secret(page)
    status, page = await wants(console, MINE, {"do": "confirm", "first": shows(console, key)})
    assert (status, "连上了" in page) == (200, True)
    await asking.settled()
    assert "连上了新的验证器" in asking.paper.to("县民政")[-1].card.text
    pages = [page, await console.gets(MINE), await console.gets(ALL), await exports(console)]
    held = "\n".join([*pages, caplog.text, await asking.store.read(everything)])
    for told in (base64.b32encode(key), base64.b64encode(key), key.hex().encode(), key):
        assert told.decode("latin-1") not in held
    assert await verbs(asking) == [
        "authenticator-begun",
        "authenticator-wrong",
        "authenticator-set",
    ]


async def test_a_code_opens_this_browser_for_ten_minutes_and_no_code_is_right_twice(
    asking: House, browser: Callable[[], Console]
) -> None:
    mine, other = browser(), browser()
    await mine.comes_in("县民政")
    key = await sets_up(mine)
    code = shows(mine, key)
    assert "6 位数" in await exports(mine)
    assert "不对，或者用过了" in await exports(mine, code=f"{(int(code) + 1) % 10**6:06d}")
    assert FILE in await exports(mine, code=f"{code[:3]} {code[3:]}")
    asking.clock.moment[0] += timedelta(minutes=9)
    assert FILE in await exports(mine)
    asking.clock.moment[0] += timedelta(minutes=2)
    assert "请先输 6 位数" in await exports(mine)
    await other.comes_in("县民政")
    fresh = shows(mine, key)
    assert FILE in await exports(mine, code=fresh)
    assert "请先输 6 位数" in await exports(other)
    assert "不对，或者用过了" in await exports(other, code=fresh)
    assert FILE in await exports(other, code=shows(mine, key, later=1))


async def test_after_the_digits_the_secret_of_before_is_worth_nothing(
    asking: House, console: Console
) -> None:
    """Whoever planted or copied the cookie does not come along to what is behind the digits."""
    await console.comes_in("县民政")
    key, open_page = await sets_up(console), await console.gets()
    before = console.cookie("console")
    assert await is_inside(console, before)
    await exports(console, code="000000")
    assert console.cookie("console") == before  # nobody was proved
    assert FILE in await exports(console, code=shows(console, key))
    after = console.cookie("console")
    assert after != before
    assert await is_inside(console, after)
    assert not await is_inside(console, before)
    # A page that is still open in another tab can be sent, and no other session's can.
    sent = await console.posts("/console/export", fields(open_page) | EXPORT)
    assert FILE in await sent.text()
    await console.posts("/console/leave", fields(open_page))
    await console.comes_in("县民政")
    assert (await console.posts("/console/export", fields(open_page) | EXPORT)).status == 403


async def test_what_one_looked_for_is_still_found_after_the_digits(
    asking: House, console: Console
) -> None:
    await console.comes_in("县民政")
    key = await sets_up(console)
    seek = fields(await console.gets("/console/staff")) | {"q": "县公安"}
    address = (await console.posts("/console/staff", seek)).headers["Location"]
    page = await console.gets(address)
    await wants(console, MINE, {"do": "prove", "code": shows(console, key)})
    assert 'value="县公安"' in page
    assert 'value="县公安"' in await console.gets(address)


async def test_a_clock_may_be_one_step_off(asking: House, console: Console) -> None:
    await console.comes_in("县民政")
    key = await sets_up(console)
    asking.clock.moment[0] += timedelta(minutes=5)
    for later in (-2, 2):
        assert "不对" in await exports(console, code=shows(console, key, later=later))
    assert FILE in await exports(console, code=shows(console, key, later=-1))


async def test_after_five_wrong_ones_not_even_the_right_one_counts_for_an_hour(
    asking: House, console: Console
) -> None:
    await console.comes_in("县民政")
    key = await sets_up(console)
    for wrong in ("1", "abcdef", "000000", ""):
        assert "不对" in await exports(console, code=wrong)
    assert "请一小时以后再试" in await exports(console, code="999999")
    assert "请一小时以后再试" in await exports(console, code=shows(console, key))
    asking.clock.moment[0] += timedelta(minutes=61)
    await console.comes_in("县民政")
    assert FILE in await exports(console, code=shows(console, key))
    assert (await verbs(asking)).count("authenticator-wrong") == 5


async def test_what_was_written_is_not_lost_by_the_question(
    asking: House, console: Console
) -> None:
    await console.comes_in("县民政")
    key = await sets_up(console)
    content = 'invite_life = "48h" # "<&>"\n'
    wish = {"table": "timing", "content": content, "why": "两天就够了", "do": "propose"}
    _, page = await wants(console, "/console/rules", wish)
    assert "等第二个人同意" not in await console.gets("/console/rules")
    carried = {name: unescape(told) for name, told in _HIDDEN.findall(page)}
    assert {name: carried[name] for name in wish} == wish
    status, _ = await wants(console, "/console/rules", carried | {"code": shows(console, key)})
    assert status == 303
    assert "等第二个人同意" in await console.gets("/console/rules")


PROVED = [
    ("/console/summary/file", {"reason": "上报"}),
    ("/console/analysis/file", {"reason": "上报", "format": "xlsx"}),
    ("/console/admin/programs", {"name": "教育局", "kind.figures.read": "1"}),
    ("/console/admin/programs/end", {"row": "x"}),
    ("/console/admin/hooks", {"name": "教育局", "url": "https://example.org"}),
    ("/console/admin/hooks/switch", {"row": "x", "do": "off"}),
    (ALL, {"do": "ask", "row": "x", "why": "手机丢了"}),
]


@pytest.mark.parametrize(("path", "form"), PROVED, ids=[path for path, _ in PROVED])
async def test_every_way_out_and_every_change_asks(
    asking: House, console: Console, path: str, form: dict[str, str]
) -> None:
    await console.comes_in("县民政")
    await sets_up(console)
    status, page = await wants(console, path, form)
    assert (status, "请先输 6 位数" in page) == (200, True)


async def test_a_new_app_asks_for_the_old_one_and_then_the_old_one_counts_no_more(
    console: Console,
) -> None:
    await console.comes_in("县民政")
    old = await sets_up(console)
    _, page = await wants(console, MINE, {"do": "begin"})
    assert "请先输 6 位数" in page
    assert "<svg" not in page
    _, page = await wants(console, MINE, {"do": "begin", "code": shows(console, old)})
    new = key_on(page)
    assert new != old
    await wants(console, MINE, {"do": "confirm", "first": shows(console, new)})
    console.house.clock.moment[0] += timedelta(minutes=11)
    for key, is_right in ((old, False), (new, True)):
        form = {"do": "begin", "code": shows(console, key)}
        assert ("<svg" in (await wants(console, MINE, form))[1]) is is_right


async def test_nobody_finishes_another_app_for_who_began_and_left(console: Console) -> None:
    """A wrong first code shows the secret to nobody, and the old app says who confirms."""
    await console.comes_in("县民政")
    old = await sets_up(console)
    _, page = await wants(console, MINE, {"do": "begin", "code": shows(console, old)})
    new = key_on(page)
    console.house.clock.moment[0] += timedelta(minutes=9)
    status, page = await wants(console, MINE, {"do": "confirm", "first": "000000"})
    assert (status, shows_secret(page)) == (409, False)
    console.house.clock.moment[0] += timedelta(minutes=2)  # the old app's digits count no more
    for first in ("000000", shows(console, new)):
        status, page = await wants(console, MINE, {"do": "confirm", "first": first})
        assert "请先输 6 位数" in page
        assert not shows_secret(page)
    # Its owner comes back: the new one waited too long, and is begun anew.
    form = {"do": "confirm", "first": shows(console, new), "code": shows(console, old)}
    assert "过期了" in (await wants(console, MINE, form))[1]
    console.house.clock.moment[0] += timedelta(minutes=11)
    assert "<svg" in (await wants(console, MINE, {"do": "begin", "code": shows(console, old)}))[1]


# -- who reported -------------------------------------------------------------------------------


BOTH = ("civil_affairs", "police")


def a_report(area: int) -> ReportIn:
    return ReportIn(
        kind="report",
        area_id=area,
        form_version="v1",
        answers="{}",
        grade="yellow",
        anonymous=False,
    )


def opened(work: Work) -> tuple[int, int]:
    """A report with a name that two persons opened: the wish, and the reader's place here."""
    people = {
        name: work.people.meet("paper", name).person_id for name in ("县民政", "县公安", "报告人")
    }
    area = work.areas.search("青石镇河湾村")[0].id
    filed = work.reports.file(a_report(area))
    reporter = work.people.contacts_of(people["报告人"])[0]
    work.reporters.keep(filed.id, reporter.id, {"speaker_name": "钱来也"}, "123456")
    wish = work.unmaskings.ask(filed.id, people["县民政"], "要回访", county_roles=BOTH)
    assert isinstance(wish, int)
    work.unmaskings.confirm(wish, people["县公安"], county_roles=BOTH)
    here = [one for one in work.people.contacts_of(people["县民政"]) if one.channel == "console"]
    return wish, here[0].id


async def test_a_reporters_name_is_read_at_the_desk_after_six_digits(
    asking: House, console: Console
) -> None:
    await asking.visitor("县公安")
    await console.comes_in("县民政")
    key = await sets_up(console)
    wish, contact = await asking.store.write(opened)
    references = await asking.store.read(References.of)
    deed = {"deed": references.deed(Action("unmask.read", str(wish)), contact)}
    page = await console.sends(await console.gets(), deed)
    assert "要求先输验证器的 6 位数" in page
    assert "钱来也" not in page
    await wants(console, MINE, {"do": "prove", "code": shows(console, key)})
    assert "钱来也" in await console.sends(await console.gets(), deed)
    asking.clock.moment[0] += timedelta(minutes=11)
    assert "钱来也" not in await console.sends(await console.gets(), deed)


async def test_in_the_chat_nobody_opens_a_name_without_them(asking: House) -> None:
    """Neither reads it, nor agrees as the second person: the way to the desk is said."""
    for name in ("县民政", "县公安"):
        await asking.visitor(name)

    def tries(work: Work) -> list[str]:
        work.people.meet("paper", "报告人")
        people = {name: work.people.meet("paper", name) for name in ("县民政", "县公安")}
        first = people["县民政"].person_id
        area = work.areas.search("青石镇河湾村")[0].id
        filed = work.reports.file(a_report(area))
        reporter = work.people.meet("paper", "报告人").contact_id
        work.reporters.keep(filed.id, reporter, {"speaker_name": "钱来也"}, "123456")
        wish = work.unmaskings.ask(filed.id, first, "要回访", county_roles=BOTH)
        said = []
        for name, act in (("县公安", identity.agree), ("县民政", identity.read)):
            turn = office_turn(work, asking.rules)
            turn.speaker = people[name]
            act(turn, str(wish))
            said.append(turn.spoken[-1].card.text)
        assert isinstance(wish, int)
        kept = work.unmaskings.get(wish)
        assert kept is not None
        assert kept.state == "asked"
        return said

    for said in await asking.store.write(tries):
        assert "要求先输验证器的 6 位数" in said


# -- a child's file -----------------------------------------------------------------------------


def two_children(work: Work) -> None:
    """Children of whom nobody here is in charge."""
    area = work.areas.search("青石镇河湾村")[0].id
    told = {"name": "欧阳小梨", "address": "河湾村一组 9 号"}
    for one in (told, {"name": "司马小桃"}):
        work.children.add(area, one, source="roster", by=0)


async def test_a_file_that_is_not_ones_own_opens_after_six_digits_once_for_a_while(
    asking: House, console: Console
) -> None:
    await asking.store.write(two_children)
    await console.comes_in("督导员")
    key = await sets_up(console)
    page = await console.gets("/console/children")
    link = re.search(r'href="(/console/children/[\w-]+)"', page)
    assert link is not None
    page = await console.gets(link[1])
    deed = re.search(r'name="deed" value="([^"]+)">查看明文', page)
    assert deed is not None
    form = fields(page) | {"deed": deed[1]}
    asked = await (await console.posts("/console/talk", form)).text()
    assert "请先输 6 位数" in asked
    carried = {name: unescape(told) for name, told in _HIDDEN.findall(asked)}
    wrong = await console.posts("/console/talk", carried | {"code": "000000"})
    assert (wrong.status, "不对" in await wrong.text()) == (409, True)
    right = await console.posts("/console/talk", carried | {"code": shows(console, key)})
    assert right.status == 303
    page = await console.gets(right.headers["Location"].partition("#")[0])
    assert "为什么要看" in page
    press = re.search(r'name="press" value="([^"]+)">核对名册', page)
    assert press is not None
    page = await console.sends(page, {"press": press[1]})
    assert "欧阳小梨" in page
    # Not at each click: within ten minutes the next file asks for its reason alone.
    other = re.findall(
        r'href="(/console/children/[\w-]+)"', await console.gets("/console/children")
    )
    (second,) = {*other} - {link[1]}
    assert "为什么要看" in await console.does(second, "查看明文（要写原因）")
    asking.clock.moment[0] += timedelta(minutes=11)
    assert "欧阳小梨" in await console.gets(link[1])
    page = await console.gets(second)
    deed = re.search(r'name="deed" value="([^"]+)">查看明文', page)
    assert deed is not None
    form = fields(page) | {"deed": deed[1]}
    assert "请先输 6 位数" in await (await console.posts("/console/talk", form)).text()


async def test_in_the_chat_a_foreign_file_is_not_opened_but_the_way_to_the_desk_is_said(
    asking: House,
) -> None:
    await asking.visitor("督导员")
    await asking.store.write(two_children)

    def tries(work: Work) -> list[str]:
        said = []
        for act in (child_file.show, child_file.ask_why):
            turn = office_turn(work, asking.rules)
            turn.speaker = work.people.meet("paper", "督导员")
            act(turn, str(work.children.page(0, 1)[0].id))
            said.append(turn.spoken[-1].card.text)
        return said

    for said in await asking.store.write(tries):
        assert "要求先输验证器的 6 位数" in said


# -- a lost one ---------------------------------------------------------------------------------


async def test_a_lost_app_is_forgotten_by_two_others_and_a_new_one_is_set_up(
    asking: House, browser: Callable[[], Console]
) -> None:
    lost, first, second = browser(), browser(), browser()
    await asking.store.write(third)
    for console, name in ((lost, "县民政"), (first, "管理员"), (second, "第三人")):
        await console.comes_in(name)
    keys = [await sets_up(console) for console in (lost, first, second)]
    for console, key in zip((lost, first, second), keys, strict=True):
        await wants(console, MINE, {"do": "prove", "code": shows(console, key)})

    def row(page: str, who: str) -> str:
        found = re.search(rf'<td[^>]*>{who}\s.*?name="row" value="([^"]+)"', page, re.DOTALL)
        assert found is not None
        return found[1]

    ask = {"do": "ask", "row": row(await first.gets(ALL), "县民政"), "why": "手机掉水里了"}
    assert (await wants(lost, ALL, ask))[0] == 409  # never by oneself
    assert (await wants(first, ALL, ask | {"why": "丢"}))[0] == 409
    assert (await wants(first, ALL, ask))[0] == 303
    page = await second.gets(ALL)
    assert "手机掉水里了" in page
    found = re.search(r'class="card">.*?name="row" value="([^"]+)"', page, re.DOTALL)
    assert found is not None
    agree = {"do": "agree", "row": found[1]}
    for nobody in (lost, first):
        assert (await wants(nobody, ALL, agree))[0] == 409
    assert (await wants(second, ALL, agree))[0] == 303
    assert (await wants(second, ALL, agree))[0] == 409
    await asking.settled()
    assert "取消了您的验证器" in asking.paper.to("县民政")[-1].card.text
    assert "还没有连" in await lost.gets(MINE)
    asking.clock.moment[0] += timedelta(minutes=11)
    assert "您还没有连验证器" in await exports(lost, code=shows(lost, keys[0]))
    await sets_up(lost)
    assert {"authenticator-reset-asked", "authenticator-reset-applied"} <= {*await verbs(asking)}


def third(work: Work) -> None:
    """One more who configures the channel."""
    person = work.people.meet("paper", "第三人").person_id
    work.people.set_name(person, "第三人")
    work.people.add_role(person, "administrator", work.areas.roots()[0].id)


async def test_a_township_has_its_own_app_and_sees_no_others(console: Console) -> None:
    await console.comes_in("督导员")
    await sets_up(console)
    assert "已经连上" in await console.gets(MINE)
    assert (await console.client.get(ALL)).status == 404
    assert (await wants(console, ALL, {"do": "agree", "row": "x"}))[0] == 404

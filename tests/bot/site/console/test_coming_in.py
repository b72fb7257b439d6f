"""Coming in: a code that the browser shows, one tap in the chat, one session."""

import asyncio
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import FormData
from aiohttp.test_utils import TestClient, TestServer

from storage.store import Store
from storage.work import Work
from tests.bot.site.console.conftest import DEMO, Console, fields, site_of
from tests.bot.site.console.test_pages import reported
from tests.fakes.house import House

MINUTE = timedelta(minutes=1)


def no_post(work: Work, name: str) -> None:
    """Somebody holds no post any more."""
    for role in work.people.roles(work.people.meet("paper", name).person_id):
        work.people.end_role(role.id)


async def test_an_officer_comes_in_by_a_code_and_one_tap(console: Console) -> None:
    page = await console.comes_in("督导员")
    assert "督导员" in page
    assert 'aria-current="page">今日<' in page
    assert console.cookie("console-door") in (None, "")


async def test_looking_at_the_door_uses_nothing_up(console: Console) -> None:
    code = await console.code()
    for agent in ("TelegramBot (like TwitterBot)", "curl/8"):
        for _ in range(50):
            response = await console.client.get("/console", headers={"User-Agent": agent})
            assert response.status == 200
    assert await console.code() == code
    await console.comes_in("督导员")


async def test_whoever_holds_no_post_is_told_nothing_of_codes(console: Console) -> None:
    code = await console.code()
    for name in ("教师", "路人"):
        visitor = await console.house.visitor(name)
        await visitor.says(code)
        await console.house.settled()
        assert "后台" not in console.house.paper.to(name)[-1].card.text
    assert 'id="code"' in await console.gets()


async def test_another_office_comes_in_while_it_helps_with_a_case(console: Console) -> None:
    """The code was taken for words; who was asked to help had the talk alone."""
    house, name = console.house, "妇联"
    await reported(house)
    visitor = await house.visitor(name)
    case = await house.store.write(lambda work: asked_to_help(work, name))
    code = await console.code()
    await visitor.says(code)
    await house.settled()
    assert "请您一起办的时候就能进" in house.paper.to(name)[-1].card.text
    assert 'id="code"' in await console.gets()

    until = house.clock.now() + timedelta(days=3)
    await house.store.write(lambda work: lets_in(work, case, name, until))
    page = await console.comes_in(name)
    nav = page.partition("<nav")[2].partition("</nav>")[0]
    assert re.findall(r">([^<\n]+)</a>", nav) == ["今日", "线索与工单"]
    assert "青石镇河湾村" in page
    for path in ("/console/children", "/console/staff", "/console/analysis"):
        assert (await console.client.get(path)).status == 404
    house.clock.moment[0] = until + timedelta(minutes=1)
    assert 'id="code"' in await console.gets()


def asked_to_help(work: Work, name: str) -> int:
    """Somebody of the county's women's federation, and a case of a village."""
    person = work.people.meet("paper", name).person_id
    work.people.add_role(person, "womens_federation", work.areas.roots()[0].id)
    (case,) = work.cases.below(work.areas.search("青石镇")[0].id, 9)
    return case.id


def lets_in(work: Work, case: int, name: str, until: datetime) -> None:
    person = work.people.meet("paper", name).person_id
    work.cases.add_member(
        case, person, "partner", by=0, basis="help", parts=("answers",), until=until
    )


async def test_a_foreign_browser_cannot_use_a_confirmed_code(
    browser: Callable[[], Console],
) -> None:
    mine, theirs = browser(), browser()
    code = await mine.code()
    assert await theirs.code() != code
    visitor = await mine.house.visitor("督导员")
    await visitor.says(code)
    await mine.house.settled()
    await visitor.taps("是我，让它进来")
    await theirs.posts("/console/enter")
    assert theirs.cookie("console") is None
    assert 'id="code"' in await theirs.gets()
    await mine.posts("/console/enter")
    assert "今日" in await mine.gets()


async def test_a_code_is_used_once_however_many_try(console: Console) -> None:
    visitor = await console.house.visitor("督导员")
    await visitor.says(await console.code())
    await console.house.settled()
    await visitor.taps("是我，让它进来")
    door = console.cookie("console-door")
    jar = {"Cookie": f"console-door={door}"} | console.own
    answers = await asyncio.gather(
        *(
            console.client.post("/console/enter", headers=jar, allow_redirects=False)
            for _ in range(100)
        )
    )
    entered = [
        one for one in answers if "console=" in ";".join(one.headers.getall("Set-Cookie", []))
    ]
    assert len(entered) == 1


async def test_after_five_minutes_a_code_is_void(console: Console) -> None:
    code = await console.code()
    visitor = await console.house.visitor("督导员")
    console.house.clock.moment[0] += 6 * MINUTE
    await visitor.says(code)
    await console.house.settled()
    assert "不对，或者过了 5 分钟" in console.house.paper.to("督导员")[-1].card.text
    assert await console.code() != code


async def test_a_tap_that_says_no_lets_nobody_in(console: Console) -> None:
    code = await console.code()
    visitor = await console.house.visitor("督导员")
    await visitor.says(code)
    await console.house.settled()
    await visitor.taps("不是我")
    await console.posts("/console/enter")
    assert console.cookie("console") is None
    assert await console.code() != code


async def test_five_wrong_codes_make_one_wait_even_with_the_right_one(console: Console) -> None:
    visitor = await console.house.visitor("督导员")
    for wrong in ("AAAA22", "BBBB22", "CCCC22", "DDDD22", "EEEE22"):
        await visitor.says(wrong)
    await visitor.says(await console.code())
    await console.house.settled()
    assert "不对" in console.house.paper.to("督导员")[-1].card.text


async def test_a_code_is_heard_in_the_middle_of_a_form_and_the_form_stays(
    console: Console,
) -> None:
    visitor = await console.house.visitor("督导员")
    await visitor.says("意见")
    await visitor.says(await console.code())
    await console.house.settled()
    await visitor.taps("是我，让它进来")
    await console.posts("/console/enter")
    assert "督导员" in await console.gets()
    person = await console.house.store.read(
        lambda reading: reading.people.speaker("paper", "督导员")
    )
    assert person is not None
    assert person.draft is not None


async def test_a_session_ends_when_nobody_sits_there(console: Console) -> None:
    await console.comes_in("督导员")
    for _ in range(4):
        console.house.clock.moment[0] += 14 * MINUTE
        assert "督导员" in await console.gets()
    console.house.clock.moment[0] += 16 * MINUTE
    assert 'id="code"' in await console.gets()


async def test_what_was_written_when_the_session_ended_is_not_taken_and_not_lost(
    console: Console,
) -> None:
    """The door alone said nothing: whoever wrote a while thought that it was kept."""
    await console.comes_in("督导员")
    page = await console.gets("/console/cases")
    console.house.clock.moment[0] += 16 * MINUTE
    said = {"text": "到家里看了，<b>孩子</b>和奶奶都在。"}
    response = await console.posts("/console/talk", {**fields(page), **said})
    told = await response.text()
    assert (response.status, "刚才做的没有收下" in told) == (401, True)
    assert "已经自动退出" in told
    assert "readonly>到家里看了，&lt;b&gt;孩子&lt;/b&gt;和奶奶都在。</textarea>" in told
    await console.comes_in("督导员")
    response = await console.posts("/console/talk", {**fields(page), **said})
    told = await response.text()
    assert (response.status, "上次进来时打开的" in told) == (403, True)
    assert "和奶奶都在。</textarea>" in told


async def test_a_file_that_comes_after_the_session_is_answered_alike(console: Console) -> None:
    await console.comes_in("督导员")
    page = await console.gets("/console/staff")
    console.house.clock.moment[0] += 16 * MINUTE
    body = FormData()
    body.add_field("token", fields(page)["token"])
    body.add_field("file", b"x", filename="a.csv")
    response = await console.client.post("/console/tables", data=body, headers=console.own)
    assert (response.status, "没有收下" in await response.text()) == (401, True)


async def test_a_session_ends_after_a_working_day_however_busy(console: Console) -> None:
    await console.comes_in("督导员")
    for _ in range(8 * 6 - 1):
        console.house.clock.moment[0] += 10 * MINUTE
        assert "督导员" in await console.gets()
    console.house.clock.moment[0] += 10 * MINUTE
    assert 'id="code"' in await console.gets()


async def test_without_the_post_the_next_page_is_the_door(console: Console) -> None:
    await console.comes_in("督导员")
    await console.house.store.write(lambda work: no_post(work, "督导员"))
    assert 'id="code"' in await console.gets()
    response = await console.client.get("/console/children", allow_redirects=False)
    assert (response.status, response.headers["Location"]) == (303, "/console")


async def test_the_fourth_browser_ends_the_first(browser: Callable[[], Console]) -> None:
    held = [browser() for _ in range(4)]
    for one in held:
        await one.comes_in("督导员")
        one.house.clock.moment[0] += MINUTE
    assert ['id="code"' in await one.gets() for one in held] == [True, False, False, False]


async def test_whoever_leaves_is_out_and_the_cookie_means_nothing(console: Console) -> None:
    page = await console.comes_in("督导员")
    secret = console.cookie("console")
    response = await console.posts("/console/leave", fields(page))
    assert response.headers["Clear-Site-Data"] == '"cache"'
    assert 'id="code"' in await console.gets()
    again = await console.client.get(
        "/console/cases", headers={"Cookie": f"console={secret}"}, allow_redirects=False
    )
    assert again.status == 303


async def test_each_login_has_a_new_secret_and_a_planted_one_is_worth_nothing(
    console: Console,
) -> None:
    planted = "A" * 86
    console.client.session.cookie_jar.update_cookies(
        {"console": planted}, console.client.make_url("/")
    )
    await console.comes_in("督导员")
    first = console.cookie("console")
    assert first not in (planted, None)
    await console.posts("/console/leave", fields(await console.gets()))
    await console.comes_in("督导员")
    assert console.cookie("console") not in (planted, first)


async def test_whoever_comes_in_anew_leaves_nobody_behind_at_the_browser(
    console: Console,
) -> None:
    """Somebody else comes in at the same browser: the one before them does not sit there still."""
    await console.comes_in("督导员")
    before = console.cookie("console")
    assert (await console.posts("/console/demo", {"person": DEMO.key})).status == 303
    assert console.cookie("console") != before
    assert not await is_inside(console, before)


async def is_inside(console: Console, secret: str | None) -> bool:
    """Whether somebody else who knows the secret gets in by it."""
    async with aiohttp.ClientSession(headers={"Cookie": f"console={secret}"}) as stranger:
        page = await stranger.get(console.client.make_url("/console/cases"), allow_redirects=False)
        return page.status == 200


async def test_behind_https_the_cookies_are_bound_to_the_host(house: House) -> None:
    site = await site_of(house, public_url="https://example.cn")
    async with TestClient(TestServer(site)) as client:
        response = await client.get("/console")
        (cookie,) = response.headers.getall("Set-Cookie")
    assert cookie.startswith("__Host-console-door=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Strict"} <= set(cookie.split("; "))


async def test_the_demo_has_a_click_for_each_of_its_people(console: Console) -> None:
    assert "这是演示" in await console.gets()
    await console.posts("/console/demo", {"person": "supervisor"})
    assert "退出" in await console.gets()


async def test_nobody_comes_in_as_somebody_whom_the_demo_has_not(console: Console) -> None:
    await console.posts("/console/demo", {"person": "督导员"})
    assert 'id="code"' in await console.gets()


async def test_coming_and_going_are_in_the_audit(console: Console) -> None:
    page = await console.comes_in("督导员")
    await console.posts("/console/leave", fields(page))

    def said(reading: object) -> list[str]:
        person = reading.people.speaker("paper", "督导员").person_id  # type: ignore[attr-defined]
        return [one.verb for one in reading.audit.of("person", person)]  # type: ignore[attr-defined]

    assert await console.house.store.read(said) == ["console-entered", "console-left"]


async def test_news_never_go_to_the_console(console: Console) -> None:
    """Nobody may sit there: an alarm goes to the channel where it is heard."""
    page = await console.comes_in("督导员")
    await console.sends(page, {"text": "我的"})
    contacts = await console.house.store.read(
        lambda reading: [
            (one.channel, one.reachable)
            for one in reading.people.contacts_of(
                reading.people.speaker("paper", "督导员").person_id  # type: ignore[union-attr]
            )
        ]
    )
    assert contacts == [("paper", True), ("console", False)]


async def test_a_script_that_asks_for_codes_goes_before_nobody(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Turns of no lane are the program's own and go first: alarms climb by them."""
    sources: list[str] = []
    write = Store.write

    def noted(self: Store, turn: Any, lane: str = "", source: str = "", **more: Any) -> Any:
        sources.append(source or lane)
        return write(self, turn, lane, source, **more)

    monkeypatch.setattr(Store, "write", noted)
    await console.gets()
    assert sources
    assert "" not in sources

"""The officers' console in a real browser, with names that no county would want to have."""

import asyncio
import base64
import csv
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar

import pytest
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from bot.site import server
from bot.tables.claims import bring
from policy.authenticator import code_of, step_of
from policy.register.columns import COLUMNS
from storage.work import Work
from tests.bot.site.console.conftest import BEGAN, DEMO, settle_demo, site_of
from tests.bot.site.console.test_authenticator import key_on
from tests.browser.conftest import PATIENCE
from tests.fakes.house import House, open_house

pytestmark = pytest.mark.browser

T = TypeVar("T")

NAUGHTY = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "</textarea><script>alert(1)</script>",
    "</title><style>*{display:none}</style>",
    "<a href=javascript:alert(1)>点我</a>",
    "{{ 7*7 }}{% raw %}",
    "\u202e反着写\u2066",
    "Ｚ̡͉͔̅a̰͑l͚͠g̀ó 𝒳 👩‍👧‍👦 ﷽",
    "&lt;b&gt;&#0;&amp;",
    "很长" * 60,
    "'; DROP TABLE child;--",
    '= HYPERLINK("http://evil.example")',
)
#: Whom another office's list has, too.
KNOWN = "王小明"
#: Every page; the links of lists lead to the others.
PAGES = (
    "",
    "/cases",
    "/cases?state=closed",
    "/children",
    "/hands",
    "/hands?cause=nobody",
    "/visits",
    "/school",
    "/school?ledger=school_age",
    "/staff",
    "/claims",
    "/analysis",
    "/analysis?span=365",
    "/analysis?span=last_month",
    "/summary",
    "/summary?shared=1&caliber=18",
    "/looks",
    "/authenticator",
    "/admin",
    "/admin/places",
    "/admin/burden",
    "/admin/days",
    "/admin/kept",
)


@dataclass(slots=True)
class Office:
    """A console with a house behind it, in a thread of its own."""

    folder: Path
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    port: int = 0

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something where the site runs."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    async def open(self) -> Callable[[], Coroutine[Any, Any, None]]:
        stack = AsyncExitStack()
        house = await stack.enter_async_context(open_house(self.folder, began=BEGAN))
        await house.store.write(settle_demo)
        await _naughty(house)
        runner = await server.serve(await site_of(house), "127.0.0.1", 0)
        stack.push_async_callback(runner.cleanup)
        self.port = runner.addresses[0][1]
        return stack.aclose


async def _naughty(house: House) -> None:
    """Children, colleagues, another office's list and a report whose every word is a trap."""
    await house.store.write(_settle)
    await _list_of_traps(house)
    for said in NAUGHTY[:3]:
        neighbour = await house.visitor(f"邻居{said[:5]}")
        await neighbour.says("孩子有危险")
        await neighbour.says("青石镇")
        await house.settled()
        await neighbour.taps("河湾村")
        await neighbour.says(f"孩子在哭 {said}")
        await house.settled()


async def _list_of_traps(house: House) -> None:
    """As many children again, and one of ours at whose school they say something else."""
    told = StringIO()
    rows = csv.writer(told)
    rows.writerow(("姓名", "学校", "班级", "监护人姓名"))
    rows.writerows((said, said, said, said) for said in NAUGHTY)
    rows.writerow((KNOWN, NAUGHTY[1], NAUGHTY[2], NAUGHTY[0]))
    towns = await house.store.read(lambda reading: [reading.areas.search("青石镇")[0].id])
    data, today = told.getvalue().encode(), BEGAN.date()
    await bring(house.store, NAUGHTY[0], data, "school", today, tops=towns, by=0)


def _settle(work: Work) -> None:
    area = work.areas.search("青石镇河湾村")[0].id
    texts = [key for key, column in COLUMNS.table.items() if column.kind in ("text", "name")]
    for said in NAUGHTY:
        person = work.people.meet("paper", f"同事{said}").person_id
        work.people.set_name(person, said)
        work.people.add_role(person, "grid_worker", area)
        child = work.children.add(area, dict.fromkeys(texts, said), source="roster", by=0)
        work.responsibilities.assign(child, person, by=0)
    work.children.add(area, {"name": KNOWN, "school": NAUGHTY[0]}, source="roster", by=0)
    nobodys = work.children.add(area, {"name": NAUGHTY[0]}, source="roster", by=0)
    work.children.open(nobodys, 0, code="other", reason=NAUGHTY[1])


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    made = Office(tmp_path_factory.mktemp("office"))
    thread = Thread(target=made.loop.run_forever)
    thread.start()
    close = made.do(made.open())
    yield made
    made.do(close())
    made.loop.call_soon_threadsafe(made.loop.stop)
    thread.join()
    made.loop.close()


def _label(one: WebElement) -> str:
    """What stands on it; nothing of a page that has just gone, which Chrome says in two ways."""
    try:
        return one.text.strip()
    except WebDriverException as gone:
        if "does not belong to the document" not in str(gone):
            raise
        return ""


@dataclass(slots=True)
class Desk:
    """Hands and eyes at the console."""

    driver: webdriver.Chrome
    office: Office

    def opens(self, path: str = "") -> None:
        self.driver.get(f"http://127.0.0.1:{self.office.port}/console{path}")

    def screen(self, width: int, height: int) -> None:
        what = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", what)

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def reads(self) -> str:
        text: str = self.driver.execute_script("return document.body.textContent")
        return text

    def presses(self, label: str) -> None:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with suppress(StaleElementReferenceException):  # the next page is coming
                for one in self.all("button, a"):
                    if _label(one) == label:
                        one.click()
                        return
            time.sleep(0.03)
        raise AssertionError(f"no {label}: {[one.text for one in self.all('button')]}")

    def comes_in(self) -> None:
        self.presses(DEMO.label)
        self.sees("退出")

    def follows(self, at: int) -> None:
        """Open a line of the list."""
        before = self.driver.current_url
        self.all("main table a")[at].click()
        until = time.monotonic() + PATIENCE
        while self.driver.current_url == before:
            assert time.monotonic() < until
            time.sleep(0.03)
        self.sees("可以做的" if "/cases/" in self.driver.current_url else "档案")

    def sees(self, words: str) -> None:
        """Wait until the page says this."""
        until = time.monotonic() + PATIENCE
        while words not in self.reads():
            assert time.monotonic() < until, self.reads()
            time.sleep(0.03)

    def complaints(self) -> list[str]:
        found = self.driver.get_log("browser")  # type: ignore[no-untyped-call]
        return [one["message"] for one in found]

    def is_calm(self) -> None:
        """Nothing ran, nothing was refused, nothing stands beyond the edge."""
        assert self.complaints() == []
        wide, screen = self.driver.execute_script(
            "return [document.documentElement.scrollWidth, window.innerWidth]"
        )
        assert wide <= screen, self.driver.current_url

    def is_printed_well(self) -> None:
        """On A4 nothing is cut off at the side, and nothing stands there that one would press."""
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
        self.screen(718, 1000)  # A4 between margins of a centimetre
        try:
            pressed = self.all("button, header, aside, select, input, .deeds, .skip")
            assert [one.tag_name for one in pressed if one.is_displayed()] == []
            wide = self.driver.execute_script("return document.documentElement.scrollWidth")
            assert wide <= 718, self.driver.current_url
            printed = self.driver.execute_cdp_cmd("Page.printToPDF", {"paperWidth": 8.27})
            assert base64.b64decode(printed["data"]).startswith(b"%PDF")
        finally:
            self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
            self.screen(1366, 768)


@pytest.fixture
def desk(chromium: webdriver.Chrome, office: Office) -> Iterator[Desk]:
    chromium.execute_cdp_cmd("Network.clearBrowserCookies", {})
    made = Desk(chromium, office)
    made.screen(1366, 768)
    made.complaints()
    made.opens()
    yield made
    chromium.get("about:blank")
    chromium.execute_cdp_cmd("Network.clearBrowserCookies", {})
    chromium.get_log("browser")  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("size", [(1366, 768), (360, 740)], ids=["desk", "phone"])
def test_naughty_names_are_words_and_nothing_else(desk: Desk, size: tuple[int, int]) -> None:
    desk.screen(*size)
    desk.comes_in()
    for path in PAGES:
        desk.opens(path)
        desk.is_calm()
        assert desk.all("#main h1"), path
    desk.opens("/staff")
    assert all(said in desk.reads() for said in NAUGHTY)
    desk.opens("/cases")
    desk.follows(0)
    desk.is_calm()
    assert "孩子在哭" in desk.reads()


def test_a_file_full_of_traps_is_read_and_its_reason_is_one_too(desk: Desk) -> None:
    desk.comes_in()
    desk.opens("/children")
    count = min(len(desk.all("main table a")), 4)
    for at in range(count):
        desk.opens("/children")
        desk.follows(at)
        desk.presses("查看明文（要写原因）")
        desk.presses("别的事")
        desk.sees("2/2")
        desk.all("#text")[0].send_keys(NAUGHTY[at])
        desk.presses("发送")
        desk.sees("谁看过")
        desk.is_calm()
    desk.opens("/looks")
    assert all(said in desk.reads() for said in NAUGHTY[:count])
    desk.is_calm()


@pytest.mark.parametrize("size", [(1366, 768), (360, 740)], ids=["desk", "phone"])
def test_a_list_full_of_traps_is_compared_and_decided(desk: Desk, size: tuple[int, int]) -> None:
    desk.screen(*size)
    desk.comes_in()
    desk.opens("/claims")
    listed = desk.all("main table a")[0].get_attribute("href") or ""
    for kind in ("differs", "theirs", "ours", "perhaps", "both"):
        desk.driver.get(f"{listed}?kind={kind}")
        desk.is_calm()
        links = [one.get_attribute("href") or "" for one in desk.all("main table a")]
        for link in links[: len(NAUGHTY)]:
            desk.driver.get(link)
            desk.is_calm()
            assert desk.all("#main h1"), link
    desk.driver.get(f"{listed}?kind=theirs")
    desk.all("main table a")[0 if size[0] > 500 else 1].click()
    desk.sees("为什么不改")
    desk.all("main input[name=reason]")[0].send_keys(NAUGHTY[1])
    desk.presses("不改")
    desk.sees(f"不改的原因：{NAUGHTY[1]}")
    desk.is_calm()


CONTRAST = """
const shown = (colour) => colour.match(/[\\d.]+/g).map(Number);
const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
  .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
  .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
const ground = (element) => {
  for (let one = element; one; one = one.parentElement) {
    const colour = shown(getComputedStyle(one).backgroundColor);
    if (colour.length < 4 || colour[3] > 0) return colour;
  }
  return [255, 255, 255];
};
const faults = [];
for (const one of document.querySelectorAll('body *')) {
  const own = [...one.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
  if (!own || !one.getClientRects().length) continue;
  const [a, b] = [light(shown(getComputedStyle(one).color)), light(ground(one))];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < 4.5) faults.push(one.tagName + ' ' + one.textContent.trim().slice(0, 20) + ratio);
}
return faults;
"""

UNNAMED = """
return [...document.querySelectorAll('button, a, input:not([type=hidden]), select, textarea')]
  .filter((one) => !(one.textContent.trim() || one.labels?.length))
  .map((one) => one.outerHTML.slice(0, 80));
"""


def test_every_writing_can_be_read_and_every_control_has_a_name(desk: Desk) -> None:
    assert desk.driver.execute_script(CONTRAST) == []
    desk.comes_in()
    for path in PAGES:
        desk.opens(path)
        assert desk.driver.execute_script(CONTRAST) == [], path
        assert desk.driver.execute_script(UNNAMED) == [], path


def test_one_comes_in_and_works_with_the_keyboard_alone(desk: Desk) -> None:
    """From the door to a case, through a form to its end, to a list and out again."""

    def here() -> WebElement:
        return desk.driver.switch_to.active_element

    def tabs_to(label: str, tag: str = "") -> WebElement:
        for _ in range(90):
            here().send_keys(Keys.TAB)
            found = here()
            named = found.text.strip() or (found.get_attribute("id") or "")
            if named == label and tag in ("", found.tag_name):
                # What has the focus can be seen to have it.
                assert found.value_of_css_property("outline-style") != "none", label
                return found
        raise AssertionError(f"the keyboard never comes to {label}")

    tabs_to(DEMO.label).send_keys(Keys.ENTER)
    desk.sees("退出")
    assert "今日" in desk.all("h1")[0].text
    here().send_keys(Keys.TAB)
    assert here().text == "跳到正文"
    tabs_to("线索与工单").send_keys(Keys.ENTER)
    desk.sees("共 3 条")
    case = desk.all("main table a")[0].text
    tabs_to(case).send_keys(Keys.ENTER)
    desk.sees("还可以做的")
    tabs_to("还可以做的").send_keys(Keys.ENTER)
    desk.sees("改等级")
    tabs_to("改等级").send_keys(Keys.ENTER)
    desk.sees("【改等级】1/")
    tabs_to("橙（急）").send_keys(Keys.ENTER)
    desk.sees("【改等级】2/")
    tabs_to("text", "textarea").send_keys("去看过了，孩子和奶奶在一起")
    tabs_to("发送").send_keys(Keys.ENTER)
    desk.sees("的等级已改为橙")
    desk.is_calm()
    tabs_to("儿童台账").send_keys(Keys.ENTER)
    desk.sees("筛选")
    tabs_to("退出").send_keys(Keys.ENTER)
    desk.sees("进后台")


def test_a_browser_sends_a_form_once_more_by_the_new_secret_after_the_digits(desk: Desk) -> None:
    def says(field: str, key: bytes, *, later: int) -> None:
        code = code_of(key, step_of(BEGAN) + later)
        desk.all(f"main input[name={field}]")[0].send_keys(code, Keys.ENTER)

    desk.comes_in()
    desk.opens("/authenticator")
    desk.presses("连一个验证器")
    desk.sees("扫")
    old = key_on(desk.driver.page_source)
    says("first", old, later=0)
    desk.sees("连上了")
    before = desk.driver.get_cookie("console")
    desk.opens("/authenticator")
    desk.presses("换一个手机")
    desk.sees("请先输 6 位数")
    says("code", old, later=1)
    desk.sees("扫")
    assert key_on(desk.driver.page_source) != old
    after = desk.driver.get_cookie("console")
    assert before is not None
    assert after is not None
    assert before["value"] != after["value"]
    desk.opens("/cases")
    desk.sees("共 3 条")
    assert desk.complaints() == []


@pytest.mark.parametrize("size", [(1366, 768), (360, 740)], ids=["desk", "phone"])
def test_a_very_long_name_at_the_top_pushes_nothing_aside(
    desk: Desk, size: tuple[int, int]
) -> None:
    desk.comes_in()
    desk.screen(*size)
    heights = []
    for name in ("王", "买买提阿卜杜拉吾买尔江热合曼尼亚孜艾合买提江", "Abdurrahmanullah " * 4):
        desk.driver.execute_script(
            "document.querySelector('header .who').textContent = arguments[0]", name
        )
        heights.append(desk.all("header")[0].size["height"])
    assert len({*heights}) == 1
    desk.is_calm()


def test_a_person_at_the_desk_is_one_line_and_not_two(desk: Desk) -> None:
    """Forty people stood on seven screens: each button had a line of its own."""
    desk.comes_in()
    desk.opens("/staff")
    desk.driver.execute_script(
        "document.querySelectorAll('td:first-child').forEach(one => one.textContent = '王')"
    )
    assert {one.size["height"] < 50 for one in desk.all("main .post")} == {True}


PRINTED = ("/cases", "/children", "/visits", "/looks", "/summary")


def test_on_paper_stands_what_the_page_says_and_no_button(desk: Desk) -> None:
    desk.comes_in()
    for path in PRINTED:
        desk.opens(path)
        desk.is_printed_well()
        assert desk.all("main table")[0].is_displayed(), path
    desk.opens("/cases")
    desk.follows(0)
    desk.is_printed_well()
    assert "孩子在哭" in desk.reads()

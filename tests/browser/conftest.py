"""A real browser at the real page; the village answers from a thread of its own."""

import asyncio
import shutil
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from threading import Thread
from typing import Any, TypeVar

import pytest
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from bot.site import server
from bot.site.sessions import DemoPerson
from tests.bot.site.village import Village
from tests.fakes.bounds import bounds

T = TypeVar("T")

#: Seconds within which a page has done what a person waits for.
PATIENCE = 15.0

CHROMIUM, CHROMEDRIVER = shutil.which("chromium"), shutil.which("chromedriver")

ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--lang=zh-CN",
)

PEOPLE = tuple(
    DemoPerson(key=key, label=label, session=f"demo-{key}")
    for key, label in (
        ("neighbour", "邻居"),
        ("teacher", "教师"),
        ("grid", "网格员"),
        ("supervisor", "督导员"),
    )
)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """One browser for all tests of this process."""
    if not CHROMIUM or not CHROMEDRIVER:
        pytest.skip("needs Debian's chromium and chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in ARGUMENTS:
        options.add_argument(argument)
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('chromium')}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(CHROMEDRIVER))
    try:
        yield driver
    finally:
        driver.quit()


@dataclass(slots=True)
class Site:
    """The village's site on a port of its own."""

    village: Village = field(default_factory=Village)
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    port: int = 0

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something where the site runs."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(PATIENCE)

    async def open(self, people: Sequence[DemoPerson]) -> Callable[[], Coroutine[Any, Any, None]]:
        await self.village.channel.start(self.village)
        site = server.build(
            channel=self.village.channel,
            history=self.village,
            drawer=self.village,
            presence=self.village,
            bounds=bounds(),
            vitals=self.village,
            demo_people=people,
        )
        runner = await server.serve(site, "127.0.0.1", 0)
        self.port = runner.addresses[0][1]
        return runner.cleanup


@pytest.fixture
def serve() -> Iterator[Callable[..., Site]]:
    """Opens a site; closes it again."""
    closing: list[Callable[[], None]] = []

    def begin(people: Sequence[DemoPerson] = ()) -> Site:
        site = Site()
        thread = Thread(target=site.loop.run_forever)
        thread.start()
        cleanup = site.do(site.open(people))

        def close() -> None:
            site.do(cleanup())
            site.loop.call_soon_threadsafe(site.loop.stop)
            thread.join()
            site.loop.close()

        closing.append(close)
        return site

    yield begin
    for close in closing:
        close()


@dataclass(slots=True)
class Phone:
    """A person's hands and eyes at the page."""

    driver: webdriver.Chrome
    site: Site

    def opens(self, path: str = "/chat") -> None:
        self.driver.get(f"http://127.0.0.1:{self.site.port}{path}")
        self.until(lambda: self.all("#log[aria-busy=false]"))

    def all(self, selector: str) -> list[WebElement]:
        return [
            e for e in self.driver.find_elements(By.CSS_SELECTOR, selector) if e.is_displayed()
        ]

    def one(self, selector: str) -> WebElement:
        return self.until(lambda: self.all(selector))[0]

    def reads(self) -> list[str]:
        """Every bubble's words in the order they stand, one's own marked."""
        read: list[str] = self.script(
            "return [...document.querySelectorAll('.row')].map((row) => {"
            "  const speech = row.querySelector('.bubble');"
            "  if (!row.classList.contains('me')) return speech.querySelector('p').textContent;"
            "  return '我：' + speech.lastChild.textContent; })"
        )
        return read

    def sees(self, words: str) -> None:
        """Wait until the last bubble says this."""
        self.until(lambda: self.reads() and words in self.reads()[-1])

    def can_press(self) -> list[str]:
        return [button.text for button in self.all("#quick button")]

    def presses(self, label: str) -> None:
        self.until(lambda: self._try(label))

    def _try(self, label: str) -> bool:
        for button in self.all("#quick[aria-busy=false] button, #sheet button, .inline button"):
            if button.text == label:
                button.click()
                return True
        return False

    def types(self, words: str) -> None:
        self.one("#text").send_keys(words + Keys.ENTER)

    def script(self, code: str, *arguments: object) -> Any:
        return self.driver.execute_script(code, *arguments)

    def devtools(self, command: str, **what: object) -> Any:
        return self.driver.execute_cdp_cmd(command, what)

    def screen(self, width: int, height: int) -> None:
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 500,
        )

    def loses_the_line(self, *, lost: bool = True) -> None:
        _line(self.driver, lost=lost)

    def until(self, true: Callable[[], T]) -> T:
        """Wait for something to become true."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                if found := true():
                    return found
            except StaleElementReferenceException:
                pass
            if time.monotonic() > until:
                raise AssertionError(f"never came; the page shows {self.reads()}")
            time.sleep(0.03)

    def complaints(self) -> list[str]:
        """What the browser complained of, the lost line itself left out."""
        found = self.driver.get_log("browser")  # type: ignore[no-untyped-call]
        return [e["message"] for e in found if "net::ERR_" not in e["message"]]


@pytest.fixture
def hold(chromium: webdriver.Chrome) -> Iterator[Callable[[Site], Phone]]:
    """Puts a fresh phone (360 x 740) into somebody's hands."""

    def phone(site: Site) -> Phone:
        held = Phone(chromium, site)
        held.screen(360, 740)
        held.devtools("Network.enable")
        return held

    yield phone
    _clear(chromium)


@pytest.fixture
def phone(hold: Callable[[Site], Phone], serve: Callable[..., Site]) -> Phone:
    """A phone at the usual site."""
    return hold(serve())


def _clear(driver: webdriver.Chrome) -> None:
    """A new person: nothing remembered, the line whole, the page closed."""
    _line(driver, lost=False)
    driver.get("about:blank")
    for command in ("Network.clearBrowserCookies", "Emulation.clearGeolocationOverride"):
        driver.execute_cdp_cmd(command, {})
    driver.get_log("browser")  # type: ignore[no-untyped-call]


def _line(driver: webdriver.Chrome, *, lost: bool) -> None:
    speed = {"offline": lost, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    driver.execute_cdp_cmd("Network.emulateNetworkConditions", speed)

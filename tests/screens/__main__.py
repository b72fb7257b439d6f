"""Take the pictures: ``python -m tests.screens [FOLDER]`` (docs/screens unless said).

Two of every page: as on an office's screen, and as on a telephone. It needs Debian's chromium.
"""

import asyncio
import io
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar

from PIL import Image
from selenium import webdriver
from selenium.webdriver.common.by import By

from bot.settings import HOME
from bot.site import server
from tests.bot.site.console.conftest import site_of
from tests.browser.conftest import ARGUMENTS, CHROMEDRIVER, CHROMIUM
from tests.fakes.house import open_house
from tests.screens import county
from tests.screens.pages import FORM, PAGES, Shot

T = TypeVar("T")

#: Name, width, and how high a picture is at least and at most.
SIZES = (("desk", 1366, 768, 768), ("phone", 360, 740, 1480))
#: Colours of one picture: text stays sharp, and the file small.
COLOURS = 48


@dataclass(slots=True)
class Studio:
    """The county's desk, served from a thread of its own, and a browser before it."""

    driver: webdriver.Chrome
    folder: Path
    #: Where the files lie that are brought along.
    brought: Path
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    port: int = 0

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something where the site runs."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(600)

    async def open(self, house_folder: Path) -> Callable[[], Coroutine[Any, Any, None]]:
        """Live through the three weeks, and open the door."""
        stack = AsyncExitStack()
        house = await stack.enter_async_context(open_house(house_folder, began=county.BEGAN))
        await county.live(house)
        runner = await server.serve(await site_of(house, people=county.PEOPLE), "127.0.0.1", 0)
        stack.push_async_callback(runner.cleanup)
        self.port = runner.addresses[0][1]
        return stack.aclose

    def opens(self, path: str) -> None:
        """Go to a page."""
        self.driver.get(f"http://127.0.0.1:{self.port}{path}")

    def follows(self, selector: str) -> None:
        """Follow the first link that fits, or press the first button."""
        before = self.driver.find_element(By.TAG_NAME, "html")
        self.driver.find_elements(By.CSS_SELECTOR, selector)[0].click()
        until = time.monotonic() + 30
        while self.driver.find_elements(By.TAG_NAME, "html") in ([], [before]):  # or in between
            if time.monotonic() > until:
                raise TimeoutError(selector)
            time.sleep(0.05)

    def takes(self, shot: Shot) -> None:
        """One page in both sizes."""
        self.screen(*SIZES[0][1:3])
        if shot.path:
            self.opens(shot.path)
        for step in shot.steps:
            if step.ticks:
                self.driver.find_element(By.CSS_SELECTOR, step.selector).click()
            elif step.text:
                text = step.text.replace(FORM, str(self.brought / "feedback.md"))
                self.driver.find_element(By.CSS_SELECTOR, step.selector).send_keys(text)
            else:
                self.follows(step.selector)
        for name, width, least, most in SIZES:
            self.screen(width, least)
            height = self.driver.execute_script("return document.documentElement.scrollHeight")
            self.screen(width, max(least, min(height, most)))
            picture = Image.open(io.BytesIO(self.driver.get_screenshot_as_png())).convert("RGB")
            few = picture.quantize(COLOURS, dither=Image.Dither.NONE).convert("RGB")
            file = self.folder / f"{shot.name}-{name}.webp"
            few.save(file, lossless=True, quality=100, method=4)

    def screen(self, width: int, height: int) -> None:
        """How large the window is."""
        what = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", what)


def main(folder: Path) -> None:
    """All of them, and the page that shows them."""
    folder.mkdir(exist_ok=True)
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM or ""
    with tempfile.TemporaryDirectory() as house, tempfile.TemporaryDirectory() as profile:
        for argument in (*ARGUMENTS, "--hide-scrollbars", f"--user-data-dir={profile}"):
            options.add_argument(argument)
        service = webdriver.ChromeService(CHROMEDRIVER or "")
        brought = Path(profile)
        ours = (HOME / "forms" / "feedback.md").read_text("utf-8")
        (brought / "feedback.md").write_text(
            ours.replace("用起来顺手吗？", "用着顺手不顺手？"), "utf-8"
        )
        studio = Studio(webdriver.Chrome(options=options, service=service), folder, brought)
        thread = Thread(target=studio.loop.run_forever)
        thread.start()
        try:
            close = studio.do(studio.open(Path(house)))
            for shot in PAGES:
                studio.takes(shot)
            studio.do(close())
        finally:
            studio.driver.quit()
            studio.loop.call_soon_threadsafe(studio.loop.stop)
            thread.join()
    (folder / "README.md").write_text(_index(), "utf-8")


def _index() -> str:
    lines = ["# 后台各页", "", "`python -m tests.screens` 照的；县、人、孩子都是编的。", ""]
    for shot in PAGES:
        lines += [
            f"## {shot.title}",
            "",
            f"![{shot.title}]({shot.name}-desk.webp)",
            f"![{shot.title}，手机上]({shot.name}-phone.webp)",
            "",
        ]
    return "\n".join(lines)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HOME / "docs" / "screens")

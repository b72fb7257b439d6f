"""The page itself: small, strict, readable. The numbers are those of the ministry's standard."""

import gzip
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from bot.site.assets import Assets
from bot.site.sessions import DemoPerson
from bot.site.words import WORDS
from tests.bot.site.conftest import Browser

MAX_GZIPPED = 30 * 1024
CSS = Assets().everything()["chat.css"].body.decode()


class Elements(HTMLParser):
    """Every element of a page with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def html() -> str:
    return Assets().page().body.decode()


def test_all_that_a_browser_loads_is_at_most_thirty_kilobytes() -> None:
    sizes = {name: len(asset.gzipped) for name, asset in Assets().everything().items()}
    assert sum(sizes.values()) <= MAX_GZIPPED, sizes


def test_nothing_comes_from_another_host_and_nothing_is_inline() -> None:
    for tag, attributes in Elements(html()).found:
        assert "style" not in attributes
        assert not [name for name in attributes if name.startswith("on")]
        if tag == "script":
            assert attributes.get("src") or attributes["type"] == "application/json"
        for where in (attributes.get("src"), attributes.get("href")):
            assert where is None or where.startswith(("/chat/static/", "#", "tel:"))


def test_help_can_be_called_before_any_script_runs() -> None:
    calls = [a["href"] for tag, a in Elements(html()).found if tag == "a"]
    assert calls == ["tel:110", "tel:120"]


def test_no_element_is_written_by_markup_in_scripts() -> None:
    for name, asset in Assets().everything().items():
        if name.endswith(".js"):
            assert not re.search(rb"innerHTML|outerHTML|insertAdjacentHTML|eval\(", asset.body)


def test_every_word_of_the_page_is_in_the_data() -> None:
    said = r"[\u4e00-\u9fff]"
    for name, asset in Assets().everything().items():
        if name != "chat.html":
            assert not re.search(said, asset.body.decode()), name


def test_every_word_that_scripts_ask_for_is_there() -> None:
    scripts = b"".join(a.body for name, a in Assets().everything().items() if name.endswith(".js"))
    asked = set(re.findall(r"words\.(\w+)", scripts.decode()))
    assert asked
    assert asked - set(WORDS) == set()


def test_every_word_is_used_somewhere() -> None:
    scripts = b"".join(asset.body for asset in Assets().everything().values()).decode()
    person = DemoPerson(key="a", label="教师", session="s")
    page = re.sub(
        r"<script.*?</script>", "", Assets().page([person], "a").body.decode(), flags=re.DOTALL
    )
    texts = {key: word for key, word in WORDS.items() if key != "answers"}
    unused = [key for key in texts if f"words.{key}" not in scripts and texts[key] not in page]
    assert unused == []


def test_a_label_cannot_break_out_of_the_page() -> None:
    person = DemoPerson(key="a", label="</script><script>alert(1)</script>", session="s")
    page = Assets().page([person], "a").body.decode()
    assert "<script>alert" not in page
    settings = re.search(r'id="settings">(.*?)</script>', page, re.DOTALL)
    assert settings is not None
    assert json.loads(settings[1])["people"][0]["label"] == person.label


async def test_files_are_kept_by_browsers_and_the_page_is_not(browser: Browser) -> None:
    page = await browser.client.get("/chat", headers={"Accept-Encoding": "gzip"})
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Content-Encoding"] == "gzip"
    found = re.search(r'src="(/chat/static/[^"]+)"', await page.text())
    assert found is not None
    script = await browser.client.get(found[1])
    assert script.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert script.headers["Content-Type"] == "text/javascript; charset=utf-8"


async def test_a_page_from_before_an_update_still_finds_its_files(browser: Browser) -> None:
    script = await browser.client.get("/chat/static/0123456789ab/chat.js")
    assert (script.status, script.headers["Cache-Control"]) == (200, "no-store")


async def test_a_browser_that_unpacks_nothing_gets_the_same(browser: Browser) -> None:
    plain = await browser.client.get("/chat", headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    assert await plain.read() == gzip.decompress(Assets().page().gzipped)


@pytest.mark.parametrize("name", ["nothing.js", "..%2fchat.py", "words.json", "chat.html"])
async def test_only_the_pages_files_are_served(browser: Browser, name: str) -> None:
    assert (await browser.client.get(f"/chat/static/x/{name}")).status == 404


# -- what the style sheet promises ------------------------------------------------------------


def rules(selector: str) -> dict[str, str]:
    """Custom properties of every rule with exactly this selector, the later ones winning."""
    found: dict[str, str] = {}
    for body in re.findall(rf"(?:^|\n)\s*{re.escape(selector)} \{{(.*?)\}}", CSS, re.DOTALL):
        found |= dict(re.findall(r"(--[\w-]+):\s*([^;]+);", body))
    return found


def palette(*, dark: bool) -> dict[str, str]:
    light, night = CSS.split("@media (prefers-color-scheme: dark)")[:2]
    pattern = r"(--[\w-]+):\s*(#[0-9a-f]{6});"
    colours = dict(re.findall(pattern, light))
    return colours | dict(re.findall(pattern, night.split("}")[0])) if dark else colours


def luminance(colour: str) -> float:
    """WCAG 2: relative luminance."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


INK_ON_GROUND = [
    *[(ink, ground) for ink in ("ink", "soft", "accent") for ground in ("ground", "paper")],
    ("ink", "mine"),
    ("accent", "mine"),
    ("danger", "paper"),
    ("danger", "ground"),
    ("danger", "alert"),
    ("on-accent", "accent"),
    ("on-danger", "danger"),
    ("ground", "ink"),
]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), INK_ON_GROUND)
def test_every_writing_can_be_read(ink: str, ground: str, dark: Any) -> None:
    colours = palette(dark=dark)
    assert contrast(colours[f"--{ink}"], colours[f"--{ground}"]) >= 4.5


def test_contrast_is_counted_as_the_standard_counts_it() -> None:
    assert round(contrast("#000000", "#ffffff"), 2) == 21
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48


def pixels(value: str) -> float:
    return float(value.removesuffix("px"))


def test_what_is_touched_is_large_enough() -> None:
    assert pixels(rules(":root")["--tap"]) >= 44
    assert pixels(rules(":root[data-elder]")["--tap"]) >= 60


def test_letters_for_older_people_begin_at_eighteen_and_reach_thirty() -> None:
    sizes = [
        pixels(rules(selector)["--font"])
        for selector in (
            ":root[data-elder]",
            ':root[data-elder][data-size="big"]',
            ':root[data-elder][data-size="huge"]',
        )
    ]
    assert sizes == sorted(sizes)
    assert (sizes[0] >= 18, sizes[-1] >= 30) == (True, True)


def test_lines_stand_far_enough_apart() -> None:
    heights = [float(h) for h in re.findall(r"(?:line-height:\s*|1rem/)([\d.]+)", CSS)]
    assert len(heights) >= 3
    assert min(heights) >= 1.3

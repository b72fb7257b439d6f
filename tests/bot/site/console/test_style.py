"""The style sheet: every pair of ink and ground can be read, whether a page uses it yet or not."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

SHEET = files("bot.site.console").joinpath("static", "console.css").read_text("utf-8")
LEAST = 4.5


@dataclass(frozen=True, slots=True)
class Pair:
    """What is written in which colour on which ground."""

    selector: str
    ink: str
    ground: str


def luminance(colour: str) -> float:
    """Of #rrggbb, as WCAG 2 has it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(ink: str, ground: str) -> float:
    """From 1 to 21."""
    light, dark = sorted((luminance(ink), luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def rules(sheet: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Every selector with its declarations; those inside of @media, too."""
    plain = re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL)
    plain = re.sub(r"@media[^{]*\{", "", plain)
    for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", plain):
        told = dict(re.findall(r"([\w-]+)\s*:\s*([^;]+)", body))
        for selector in selectors.split(","):
            yield selector.strip(), {name: value.strip() for name, value in told.items()}


def pairs(sheet: str) -> list[Pair]:
    """All that the sheet can bring together.

    Ink without a ground stands on every ground that text may lie on; a ground without ink carries
    the usual ink, and what is soft or a link on it. The head of the page is a ground of its own.
    """
    known = [*rules(sheet)]
    root = dict(known)[":root"]
    colours = {name: value for name, value in root.items() if name.startswith("--")}

    def colour(value: str | None) -> str | None:
        found = re.match(r"var\((--[\w-]+)\)", value or "")
        told = colours[found[1]] if found else value
        return told if told and re.fullmatch(r"#[0-9a-f]{6}", told) else None

    usual = [colours[f"--{name}"] for name in ("ground", "paper")]
    found: list[Pair] = []
    for selector, told in known:
        ink = colour(told.get("color")) or colour(told.get("fill"))
        ground = colour(told.get("background"))
        inks = [ink] if ink else []
        grounds = [ground] if ground else []
        if selector.startswith("header") and not selector.startswith("header nav a[aria"):
            grounds = grounds or [colours["--accent"]]
        if "rect" in selector or not (inks or ground):
            continue
        usual_inks = ("ink",) if is_bare(selector) else ("ink", "soft", "accent")
        for one in inks or [colours[f"--{name}"] for name in usual_inks]:
            found += [Pair(selector, one, other) for other in grounds or usual]
    return found


def is_bare(selector: str) -> bool:
    """A ground that nothing but the usual ink ever stands on."""
    return bool(re.search(r"shade[1-5]|bad a", selector))


def test_every_pair_of_ink_and_ground_has_contrast_enough() -> None:
    found = pairs(SHEET)
    assert len(found) > 60
    faults = [
        f"{one.selector}: {one.ink} on {one.ground} is {contrast(one.ink, one.ground):.2f}"
        for one in found
        if contrast(one.ink, one.ground) < LEAST
    ]
    assert faults == []


def test_a_colour_that_is_too_pale_would_be_found() -> None:
    assert round(contrast("#000000", "#ffffff"), 1) == 21
    assert round(contrast("#767676", "#ffffff"), 2) == 4.54  # the palest grey that may be read
    pale = SHEET.replace("--soft: #55605f", "--soft: #95a09f")
    assert any(contrast(one.ink, one.ground) < LEAST for one in pairs(pale))

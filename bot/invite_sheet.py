"""A sheet of invitations to print and cut: six slips a page, each for one person."""

from collections.abc import Sequence
from datetime import datetime
from html import escape
from importlib import resources
from string import Template

import segno

from bot.doors import TELEGRAM, TOKEN
from policy.words import Words

#: Posts whose people are met at school; all others are met in the village.
SCHOOL = frozenset({"teacher", "kindergarten_teacher", "school_head", "education"})
_PAGE = Template(resources.files("bot").joinpath("invite_sheet.html").read_text("utf-8"))
#: Medium correction: a creased or stained slip can still be read.
_CORRECTION = "m"


def sheet(
    tokens: Sequence[str],
    doors: Sequence[str],
    words: Words,
    *,
    role: str,
    post: str,
    until: datetime,
) -> str:
    """The page as HTML; ``post`` is the post with its place, ``until`` in the county's time."""
    at_school = role in SCHOOL
    lines = (
        ("h2", words("sheet.school.head" if at_school else "sheet.village.head")),
        ("p", words("sheet.school.text" if at_school else "sheet.village.text")),
        ("strong", words("sheet.post", what=post)),
        ("small", words("sheet.how", when=f"{until:%Y-%m-%d %H:%M}")),
        ("small", words("sheet.danger")),
    )
    told = "".join(f"<{tag}>{_text(line)}</{tag}>" for tag, line in lines)
    slips = "".join(
        f'<section><div class="codes">{_codes(token, doors, words)}</div>{told}</section>'
        for token in tokens
    )
    return _PAGE.substitute(title=_text(words("sheet.title", what=post)), slips=slips)


def _codes(token: str, doors: Sequence[str], words: Words) -> str:
    return "".join(
        f"<figure>{_code(door.replace(TOKEN, token))}"
        f"<figcaption>{_text(_caption(door, words))}</figcaption></figure>"
        for door in doors
    )


def _caption(door: str, words: Words) -> str:
    if door.startswith(TELEGRAM):
        return words("sheet.app", name="Telegram")
    return words("sheet.page")


def _code(link: str) -> str:
    code = segno.make(link, micro=False, error=_CORRECTION)
    return code.svg_inline(border=2, omitsize=True)


def _text(told: str) -> str:
    return escape(told).replace("\n", "<br>")

"""What is printed: invitations to cut, each for one person, and posters for everybody."""

from collections.abc import Sequence
from datetime import datetime
from html import escape
from importlib import resources
from string import Template

import segno

from policy.hotlines import Hotline
from policy.words import Words

#: What stands for the token of an invitation in a door.
TOKEN = "TOKEN"  # noqa: S105
TELEGRAM = "https://t.me/"
#: How a door goes on behind the way in that is open to everybody.
_INVITED = ("#start=" + TOKEN, "?start=" + TOKEN)
#: Where a poster hangs.
WALLS = ("village", "school")
#: Posts whose people are met at school; all others are met in the village.
SCHOOL = frozenset({"teacher", "kindergarten_teacher", "school_head", "education"})
_HTML = resources.files("handlers.people")
_PAGE = Template(_HTML.joinpath("invite_sheet.html").read_text("utf-8"))
_POSTER = Template(_HTML.joinpath("poster.html").read_text("utf-8"))
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


def poster(
    wall: str, doors: Sequence[str], words: Words, *, place: str, hotlines: Sequence[Hotline]
) -> str:
    """A page for a wall of a village or a school, as HTML: the way in for whoever passes by."""
    ways = [door.removesuffix(_INVITED[0]).removesuffix(_INVITED[1]) for door in doors]
    numbers = "".join(f"<li><b>{_text(one.number)}</b> {_text(one.what)}</li>" for one in hotlines)
    return _POSTER.substitute(
        place=_text(place),
        head=_text(words(f"sheet.{wall}.head")),
        text=_text(words(f"sheet.{wall}.text")),
        how=_text(words("poster.how")),
        promise=_text(words("poster.promise")),
        danger=_text(words("poster.danger")),
        codes="".join(_figure(way, way, words) for way in ways),
        numbers=numbers,
    )


def _codes(token: str, doors: Sequence[str], words: Words) -> str:
    return "".join(_figure(door.replace(TOKEN, token), door, words) for door in doors)


def _figure(link: str, door: str, words: Words) -> str:
    caption = _text(_caption(door, words))
    return f"<figure>{_code(link)}<figcaption>{caption}</figcaption></figure>"


def _caption(door: str, words: Words) -> str:
    if door.startswith(TELEGRAM):
        return words("sheet.app", name="Telegram")
    return words("sheet.page")


def _code(link: str) -> str:
    code = segno.make(link, micro=False, error=_CORRECTION)
    return code.svg_inline(border=2, omitsize=True)


def _text(told: str) -> str:
    return escape(told).replace("\n", "<br>")

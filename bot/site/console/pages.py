"""Draws the console's pages, and serves what they load."""

import base64
import hashlib
import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import date, datetime
from importlib.resources import files
from typing import Any

import jinja2
from aiohttp import web

from bot.site.assets import Asset
from bot.site.console import charts
from conversation.dates import needs_year
from policy.words import Words, read_words

WORDS: Words = read_words(
    files("bot.site.console").joinpath("words.toml").read_text(encoding="utf-8")
)
_TABLES: Mapping[str, Mapping[str, str]] = tomllib.loads(
    files("bot.site.console").joinpath("words.toml").read_text(encoding="utf-8")
)
#: How officers call the rule tables.
_TABLE_NAMES = _TABLES["table"]
#: A form says to its own page where it stands; to no other does anything say so.
HEADERS = {"Referrer-Policy": "same-origin"}
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


class Pages:
    """The templates, and the style sheet that they share."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._templates = _environment(now)
        style = files("bot.site.console").joinpath("static", "console.css").read_bytes()
        self._style = Asset(style, "text/css; charset=utf-8")
        self._version = hashlib.sha256(style).hexdigest()[:12]

    def page(self, name: str, *, status: int = 200, **values: object) -> web.Response:
        """A page of ours."""
        style = f"/console/static/{self._version}/console.css"
        html = self._templates.get_template(name).render(style=style, **values)
        return web.Response(
            text=html, status=status, content_type="text/html", charset="utf-8", headers=HEADERS
        )

    async def style(self, request: web.Request) -> web.Response:
        """The style sheet; a browser keeps the one of this version."""
        if request.match_info["version"] != self._version:
            return self._style.response(request)
        forever = {"Cache-Control": "public, max-age=31536000, immutable"}
        return self._style.response(request, **forever)


def sheet(html: str) -> web.Response:
    """A sheet to print, which brings its own style and nothing else."""
    styles = _STYLE.findall(html)
    hashes = " ".join(f"'sha256-{_digest(style)}'" for style in styles)
    policy = f"default-src 'none'; style-src {hashes}; base-uri 'none'; frame-ancestors 'none'"
    headers = HEADERS | {"Content-Security-Policy": policy}
    return web.Response(text=html, content_type="text/html", charset="utf-8", headers=headers)


def _digest(style: str) -> str:
    return base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()


def _environment(now: Callable[[], datetime]) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("bot.site.console"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    shared: Mapping[str, Any] = {"w": WORDS, "charts": charts}
    environment.globals.update(shared)
    environment.filters["when"] = lambda moment: f"{_day(moment, now())} {moment:%H:%M}"
    environment.filters["day"] = lambda day: _day(day, now())
    environment.filters["table_name"] = _table_name
    environment.filters["list_name"] = _list_name
    return environment


def _day(day: date, now: datetime) -> str:
    """11-23, or 2025-11-23 where it is last year's."""
    on = day.date() if isinstance(day, datetime) else day
    today = now.astimezone(day.tzinfo).date() if isinstance(day, datetime) else now.date()
    return f"{day:%Y-%m-%d}" if needs_year(on, today) else f"{day:%m-%d}"


def _list_name(what: str) -> str:
    """A list as it is called where it is taken out."""
    return _TABLES["export"].get(what, what)


def _table_name(table: str) -> str:
    """A rule table as officers call it; the name of its file while nobody gave it another."""
    return _TABLE_NAMES.get(table, f"{table}.toml")

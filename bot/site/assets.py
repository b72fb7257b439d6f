"""The chat page's files, read once and held ready (plain and gzipped) in memory."""

import gzip
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files

import jinja2
from aiohttp import web

from bot.channels.webchat import MAX_TEXT_CHARS, WebChannel
from bot.site.sessions import DemoPerson
from bot.site.words import WORDS

_TYPES = {
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
}


@dataclass(frozen=True)
class Asset:
    """One file as it goes to a browser."""

    body: bytes
    content_type: str

    @cached_property
    def gzipped(self) -> bytes:
        """The same, smaller."""
        return gzip.compress(self.body, 9, mtime=0)

    def response(self, request: web.Request, **headers: str) -> web.Response:
        """In the shape that this browser takes."""
        told = {"Content-Type": self.content_type, "Vary": "Accept-Encoding", **headers}
        if "gzip" not in request.headers.get("Accept-Encoding", ""):
            return web.Response(body=self.body, headers=told)
        return web.Response(body=self.gzipped, headers=told | {"Content-Encoding": "gzip"})


class Assets:
    """The page and what it loads."""

    def __init__(self) -> None:
        self._static = dict(_read_static())
        self._version = _version(self._static)
        self._template = _environment().get_template("chat.html")
        self._pages: dict[tuple[str, ...], Asset] = {}

    def page(self, people: Sequence[DemoPerson] = (), acting: str = "") -> Asset:
        """The chat page; ``people`` are shown as a switch."""
        key = (acting, *(person.key for person in people))
        if key not in self._pages:
            self._pages[key] = self._drawn(people, acting)
        return self._pages[key]

    def everything(self) -> Mapping[str, Asset]:
        """All that a browser loads to show the page, by name."""
        return {"chat.html": self.page(), **self._static}

    def routes(self) -> list[web.RouteDef]:
        """Where the page finds its files."""
        return [web.get("/chat/static/{version}/{name}", self._serve)]

    async def _serve(self, request: web.Request) -> web.Response:
        asset = self._static.get(request.match_info["name"])
        if asset is None:
            raise web.HTTPNotFound
        if request.match_info["version"] != self._version:
            return asset.response(request)
        forever = {"Cache-Control": "public, max-age=31536000, immutable"}
        return asset.response(request, **forever)

    def _drawn(self, people: Sequence[DemoPerson], acting: str) -> Asset:
        settings = {
            "words": {key: word for key, word in WORDS.items() if key != "answers"},
            "acting": acting,
            "people": [{"key": person.key, "label": person.label} for person in people],
            "text": MAX_TEXT_CHARS,
            "file": WebChannel.limits.file,
        }
        html = self._template.render(
            words=WORDS,
            static=f"/chat/static/{self._version}",
            scripts=sorted(name for name in self._static if name.endswith(".js")),
            settings=settings,
            people=people,
            acting=acting,
        )
        return Asset(html.encode(), "text/html; charset=utf-8")


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("bot.site"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "sort_keys": True}
    return environment


def _read_static() -> Iterator[tuple[str, Asset]]:
    for each in sorted(files("bot.site").joinpath("static").iterdir(), key=lambda e: e.name):
        ending = each.name.rpartition(".")[2]
        if ending in _TYPES:
            yield each.name, Asset(each.read_bytes(), _TYPES[ending])


def _version(assets: Mapping[str, Asset]) -> str:
    digest = hashlib.sha256()
    for name, asset in sorted(assets.items()):
        digest.update(name.encode() + b"\0" + asset.body + b"\0")
    return digest.hexdigest()[:12]

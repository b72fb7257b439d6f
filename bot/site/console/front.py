"""What the groups of pages share: who sits here, how a page is drawn, what a form says."""

import asyncio
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias, TypeVar
from urllib.parse import quote

from aiohttp import BodyPartReader, web

from bot import jail
from bot.channels.console import ConsoleChannel
from bot.commands.words import words as office_words
from bot.county.rule_tables import RuleTables
from bot.exporting.takeout import Takeout
from bot.site.console.desk import Desk
from bot.site.console.pages import WORDS, Pages
from bot.site.console.references import References
from bot.site.console.seats import Inside, Seat
from bot.site.console.sessions import Cookies, form_token, mark, renewed
from bot.site.sessions import DemoPerson
from conversation.cards import Action, Button, shown_name
from handlers.office import authenticator
from handlers.office.authenticator import Mine
from handlers.rules import Rules
from handlers.turn import Turn
from policy.listing import Listing, as_text, as_workbook, headings_of
from storage.people.authenticators import Said

T = TypeVar("T")

#: Where a form may lead back to.
_BACK = re.compile(r"/console(/[a-z]+(/[\w-]+)?)?(\?[\w=&%+.-]*)?")
_NUMBER = re.compile(r"[0-9]{1,18}")
#: Where one says six digits of one's app.
AUTHENTICATOR = "/console/authenticator"
#: How a plain form is sent.
FORM = "application/x-www-form-urlencoded"
#: Marks the page that follows what somebody did: no other shows what the talk answered, which
#: may say more than a list does.
ANSWERED = "answered"
#: Characters of what is typed beside a page.
TEXT_CHARS = 4000
#: Fields of a form that brings a file.
MOST_FIELDS = 100
#: Lines of a list on one page, and pages that one can turn to.
SHOWN, PAGES = 100, 100_000
#: Rows of a workbook that is made here, and not in a process of its own.
IN_PLACE = 1000
TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
}


#: All that the talk offers to somebody with a post.
MINE = Button(label=WORDS("talk.mine"), action=Action("mine"))
#: What was brought into the register, and the way back.
BROUGHT = Button(label=WORDS("tables.brought"), action=Action("tables"))


Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]
#: Fields in which people write more than a word: that is not to be lost.
WRITTEN = ("text", "content", "why", "reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What the console stands on."""

    desk: Desk
    channel: ConsoleChannel
    references: References
    rules: Rules
    now: Callable[[], datetime]
    https: bool
    #: Takes what lies in the drawer once more: its id, and who wants it.
    replay: Callable[[int, int], Awaitable[None]]
    tables: RuleTables
    #: Has long lists written elsewhere; None: here.
    takeout: Takeout | None = None
    people: tuple[DemoPerson, ...] = ()
    pages: Pages = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "pages", Pages(self.now))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asks:
    """What six digits are sent with, and where to; what became of those before them."""

    path: str
    form: Mapping[str, str] = field(repr=False)
    encoding: str = FORM
    said: Said = Said.RIGHT


class NotTaken(Exception):
    """A form came when nobody sat there any more, or from a page of somebody who left before."""

    def __init__(self, page: web.Response) -> None:
        super().__init__("a form was not taken")
        self.page = page


class Front:
    """A group of pages behind the door."""

    def __init__(self, office: Office) -> None:
        self._desk = office.desk
        self._channel = office.channel
        self._references = office.references
        self._rules = office.rules
        self._now = office.now
        self._cookies = Cookies(https=office.https)
        self._people = office.people
        self._replay = office.replay
        self._pages = office.pages
        self._takeout = office.takeout

    async def _door(self, request: web.Request) -> web.Response:
        """What is shown to whoever is not inside."""
        raise web.HTTPSeeOther("/console")

    async def _page(
        self,
        request: web.Request,
        part: str,
        view: Callable[[Turn], T | None],
        template: str = "",
        *,
        audited: bool = False,
        **values: Any,
    ) -> web.Response:
        secret = self._cookies.inside(request)
        found: Inside[T] | None = None
        if secret:
            see = self._desk.act if audited else self._desk.look
            found = await see(mark(secret), part, view)
        if found is None or secret is None:
            return await self._door(request)
        if found.value is None:
            return self._message(found.seat, secret, "absent", 404)
        return self._render(
            f"{template or part}.html",
            found.seat,
            secret,
            part=part,
            back=str(request.rel_url.without_query_params(ANSWERED)),
            is_answered=ANSWERED in request.query,
            value=found.value,
            **values,
        )

    def _message(self, seat: Seat, secret: str, key: str, status: int) -> web.Response:
        return self._render("message.html", seat, secret, status=status, text=WORDS(key))

    def _render(
        self, template: str, seat: Seat, secret: str, *, status: int = 200, **values: Any
    ) -> web.Response:
        def deed(button: Button) -> str:
            return self._references.deed(button.action, seat.contact_id)

        known: dict[str, Any] = {
            "part": "",
            "back": "/console",
            "is_answered": False,
            "seat": seat,
            "token": form_token(secret),
            "once": secrets.token_urlsafe(16),
            "ref": self._references.name,
            "deed": deed,
            "mine": MINE,
            "brought": BROUGHT,
            "limit": TEXT_CHARS,
            "opened_at": self._when(),
        }
        return self._pages.page(template, status=status, **(known | values))

    async def _form(self, request: web.Request) -> tuple[Mapping[str, str], str]:
        """What a form of this very session says; raises NotTaken, or shows the door."""
        secret = self._cookies.inside(request)
        if secret is None:
            raise web.HTTPSeeOther("/console")
        form = await read_form(request)
        await self._prove(form, secret)
        return form, secret

    async def _prove(self, form: Mapping[str, str], secret: str) -> None:
        """Raises NotTaken for a form that did not stand on a page of this session, or late."""
        is_own = secrets.compare_digest(
            form.get("token", "").encode(), form_token(secret).encode()
        )
        is_there = await self._desk.sits(mark(secret))
        if is_own and is_there:
            return
        written = [told for name in WRITTEN if (told := form.get(name, "").strip())]
        key, status = ("stale", 403) if is_there else ("ended", 401)
        raise NotTaken(
            self._pages.page(
                "not_taken.html", status=status, why=f"not_taken.{key}", written=written
            )
        )

    async def _unproved(
        self,
        request: web.Request,
        form: Mapping[str, str],
        secret: str,
        *,
        always: bool = False,
    ) -> web.Response | None:
        """A page that asks for the digits of the authenticator app before what the form wants.

        None where nothing is asked, or where they were said: what was written is sent again with
        them. With ``always`` everybody who has an app is asked, and nobody else.
        """
        found = await self._desk.look(mark(secret), "today", authenticator.mine)
        if found is None or found.value is None:
            raise web.HTTPSeeOther("/console")
        stands = found.value
        if stands.is_proven or not (stands.is_set if always else stands.is_asked):
            return None
        said = Said.RIGHT
        if "code" in form:
            fresh = renewed(secret)
            told = await self._desk.prove(mark(secret), form["code"], mark(fresh))
            if told is None:
                raise web.HTTPSeeOther("/console")
            if told is Said.RIGHT:
                return self._once_more(request, fresh)
            said = told
        carried = {name: told for name, told in form.items() if name not in ("token", "code")}
        asks = Asks(path=request.path, form=carried, encoding=request.content_type, said=said)
        return self._asking(found.seat, secret, stands, asks)

    def _once_more(self, request: web.Request, fresh: str) -> web.Response:
        """Have the browser send the same form once more, by the secret of whoever was proved."""
        response = web.Response(status=307, headers={"Location": request.path_qs})
        self._cookies.enter(response, fresh)
        return response

    async def _locked(self, request: web.Request, secret: str) -> web.Response | None:
        """The same before a page that shows who somebody is; it leads back to the page."""
        found = await self._desk.look(mark(secret), "today", authenticator.mine)
        if found is None or found.value is None:
            raise web.HTTPSeeOther("/console")
        if found.value.is_proven or not found.value.is_asked:
            return None
        back = str(request.rel_url.without_query_params(ANSWERED))
        asks = Asks(path=AUTHENTICATOR, form={"do": "prove", "back": back})
        return self._asking(found.seat, secret, found.value, asks)

    def _asking(self, seat: Seat, secret: str, stands: Mine, asks: "Asks") -> web.Response:
        right = asks.said is Said.RIGHT
        return self._render(
            "prove.html",
            seat,
            secret,
            status=200 if right else 409,
            stands=stands,
            problem="" if right else f"authenticator.{asks.said.value}",
            asks=asks,
        )

    def _named(self, request: web.Request, kind: str) -> int:
        """The row that the path names; nobody's row for what we never named."""
        return self._references.number(kind, request.match_info["name"]) or 0

    def _when(self) -> str:
        """Now, as files say it."""
        return f"{self._now().astimezone(self._rules.zone):%Y-%m-%d %H:%M}"

    def _listing(
        self, what: str, rows: list[dict[str, str]], seat: Seat, title: str = ""
    ) -> Listing:
        title = title or WORDS(f"export.{what}")
        return Listing(
            title=title,
            mark=office_words(
                "export.mark", what=title, who=seat.name, when=self._when(), count=len(rows)
            ),
            headings=headings_of(rows),
            rows=rows,
        )


async def read_form(request: web.Request) -> Mapping[str, str]:
    """The fields of a plain form; raises HTTPUnsupportedMediaType for anything else."""
    if request.content_type != FORM:
        raise web.HTTPUnsupportedMediaType
    form = await request.post()
    return {name: _clean(value) for name, value in form.items() if isinstance(value, str)}


def _clean(value: str) -> str:
    return value.encode("utf-8", "replace").decode().replace("\0", "")


@dataclass(frozen=True, slots=True)
class Sent:
    """A file that came with a form; what lies beyond the bound is cut off."""

    name: str = field(repr=False)
    data: bytes = field(repr=False)


async def read_parts(request: web.Request, most: int) -> tuple[Mapping[str, str], Sent | None]:
    """The fields of a form that may bring one file of ``most`` bytes, and the file.

    Raises HTTPUnsupportedMediaType for another kind of form, HTTPRequestEntityTooLarge.
    """
    if request.content_type != "multipart/form-data":
        raise web.HTTPUnsupportedMediaType
    fields: dict[str, str] = {}
    sent: Sent | None = None
    left = most
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or len(fields) > MOST_FIELDS:
            raise web.HTTPUnsupportedMediaType
        data = bytearray()
        while chunk := await part.read_chunk():
            left -= len(chunk)
            if left < 0:
                raise web.HTTPRequestEntityTooLarge(max_size=most, actual_size=most + 1)
            data += chunk
        if part.filename:
            sent = Sent(shown_name(part.filename), bytes(data))
        elif part.name:
            fields[part.name] = _clean(data.decode("utf-8", "replace"))
    return fields, sent


def caught(handler: Handler) -> Handler:
    """The handler, with the page of a form that was not taken."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except NotTaken as not_taken:
            return not_taken.page

    return answer


def see_other(path: str) -> web.Response:
    """Go there, by GET."""
    return web.Response(status=303, headers={"Location": path})


def way_back(form: Mapping[str, str]) -> str:
    """Where the form stood; never elsewhere."""
    back = form.get("back", "")
    return back if _BACK.fullmatch(back) else "/console"


def answered_at(back: str) -> str:
    """Where a page stood, with the answer of the talk beside it."""
    return f"{back}{'&' if '?' in back else '?'}{ANSWERED}=1#talk"


def whole(text: str) -> int | None:
    """A number as it is written in an address; None for anything else."""
    return int(text) if text.isascii() and _NUMBER.fullmatch(text) else None


def page_number(query: Mapping[str, str]) -> int:
    """Which page of a list is asked for, from 0."""
    return min(whole(query.get("page", "")) or 0, PAGES)


async def as_file(listing: Listing, kind: str) -> web.Response:
    """The list as a file to be saved."""
    rows = [*listing.rows]
    if kind == "xlsx" and len(rows) > IN_PLACE:
        # A large workbook takes seconds of the interpreter that everybody's turns need.
        told = await jail.ask(
            "workbook",
            title=listing.title,
            mark=listing.mark,
            headings=listing.headings,
            rows=[[row.get(name, "") for name in listing.headings] for row in rows],
        )
        body = jail.unpack(told)
    elif kind == "xlsx":
        body = await asyncio.to_thread(as_workbook, listing)
    else:
        # With its mark a spreadsheet program knows the encoding.
        body = b"\xef\xbb\xbf" + as_text(listing, "csv").encode()
    return file_answer(body, listing.title, kind)


def file_answer(body: bytes, title: str, kind: str) -> web.Response:
    """A file to be saved."""
    headers = attached(f"{title}.{kind}")
    return web.Response(body=body, content_type=TYPES[kind], headers=headers)


def attached(name: str) -> dict[str, str]:
    """To be saved, never shown."""
    return {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}

"""验证器: setting one's app up by a QR code, saying its digits, and a lost one."""

import segno
from aiohttp import web
from markupsafe import Markup

from bot.site.console.front import AUTHENTICATOR, Front, see_other, way_back
from bot.site.console.pages import WORDS
from bot.site.console.seats import Inside
from bot.site.console.sessions import mark
from handlers.office import authenticator, second_person
from policy.authenticator import address, written
from storage.people.authenticators import Said

MINE, ALL = AUTHENTICATOR, "/console/authenticators"


class AuthenticatorPages(Front):
    """The pages about authenticator apps."""

    def routes(self) -> list[web.RouteDef]:
        """All of them."""
        return [
            web.get(MINE, self.mine),
            web.post(MINE, self.change),
            web.get(ALL, self.all),
            web.post(ALL, self.decide),
        ]

    async def mine(self, request: web.Request) -> web.Response:
        """How it stands with one's own app; no secret is ever on this page."""
        return await self._page(request, "today", authenticator.mine, "authenticator")

    async def change(self, request: web.Request) -> web.Response:
        """Say six digits, begin with a new app, or confirm it by its first code."""
        form, secret = await self._form(request)
        match form.get("do"):
            case "confirm":
                asked = await self._unproved(request, form, secret, always=True)
                return asked or await self._confirm(form.get("first", ""), secret)
            case "begin":
                asked = await self._unproved(request, form, secret, always=True)
                return asked or await self._begin(secret)
            case _:
                asked = await self._unproved(request, form, secret)
                return asked or see_other(way_back(form) if "back" in form else MINE)

    async def all(self, request: web.Request) -> web.Response:
        """Who has an app, and which lost ones wait for a second person."""
        least = second_person.WHY_CHARS
        return await self._page(
            request, "admin", authenticator.everybody, "authenticators", least=least
        )

    async def decide(self, request: web.Request) -> web.Response:
        """Ask that a lost one be forgotten, agree to it, or refuse."""
        form, secret = await self._form(request)
        seen = await self._desk.look(mark(secret), "admin", authenticator.everybody)
        if seen is None:
            raise web.HTTPSeeOther("/console")
        if seen.value is None:
            return self._message(seen.seat, secret, "absent", 404)
        if asked := await self._unproved(request, form, secret):
            return asked
        do = form.get("do", "")
        if do == "ask":
            person = self._references.number("person", form.get("row", "")) or 0
            why = form.get("why", "").strip()[:500]
            done = await self._desk.act(
                mark(secret), "admin", lambda turn: authenticator.ask_reset(turn, person, why)
            )
        else:
            row = self._references.number("reset", form.get("row", "")) or 0
            done = await self._desk.act(
                mark(secret),
                "admin",
                lambda turn: authenticator.decide(turn, row, agrees=do == "agree"),
            )
        if done is None or not done.value:
            return self._message(seen.seat, secret, "authenticator.not_done", 409)
        return see_other(ALL)

    async def _begin(self, secret: str) -> web.Response:
        found = await self._desk.act(mark(secret), "today", authenticator.begin)
        if found is None or found.value is None:
            raise web.HTTPSeeOther(MINE)
        return self._new(found, found.value, secret)

    async def _confirm(self, code: str, secret: str) -> web.Response:
        found = await self._desk.act(
            mark(secret), "today", lambda turn: authenticator.confirm(turn, code)
        )
        if found is None or found.value is None:
            raise web.HTTPSeeOther("/console")
        if found.value is Said.RIGHT:
            return self._message(found.seat, secret, "authenticator.is_set", 200)
        if found.value is not Said.WRONG:
            return self._message(found.seat, secret, f"authenticator.{found.value.value}", 409)
        return self._render("authenticator_again.html", found.seat, secret, status=409)

    def _new(self, found: Inside[bytes], key: bytes, secret: str) -> web.Response:
        """The only page that shows a secret, and once."""
        link = address(key, issuer=WORDS("title"), account=found.seat.name)
        code = segno.make(link, micro=False, error="m").svg_inline(border=2, omitsize=True)
        text = written(key)
        return self._render(
            "authenticator_new.html",
            found.seat,
            secret,
            code=Markup(code),  # noqa: S704 - drawn by segno out of our own address
            text=" ".join(text[at : at + 4] for at in range(0, len(text), 4)),
        )

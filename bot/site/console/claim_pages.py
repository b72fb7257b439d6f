"""名单核对: another office's list comes in, and each difference is decided."""

from aiohttp import web

from bot.site.console.front import Front, page_number, see_other
from bot.site.console.sessions import mark
from handlers.office import claims
from handlers.turn import Turn
from policy.register.claims import KINDS, SOURCES

PATH = "/console/claims"


class ClaimPages(Front):
    """Lists that other offices gave."""

    def routes(self) -> list[web.RouteDef]:
        """All of them."""
        return [
            web.get(PATH, self.lists),
            web.get(PATH + "/{name}", self.page),
            web.get("/console/claim/{name}", self.one),
            web.post("/console/claim", self.decide),
        ]

    async def lists(self, request: web.Request) -> web.Response:
        """Every list."""
        return await self._page(request, "claims", claims.lists, sources=SOURCES, kinds=KINDS)

    async def page(self, request: web.Request) -> web.Response:
        """What one list says in one way."""
        number, kind = self._named(request, "claims"), request.query.get("kind", "")
        at = page_number(request.query)
        return await self._page(
            request,
            "claims",
            lambda turn: claims.page(turn, number, kind, at * claims.SHOWN),
            "claim_list",
            kinds=KINDS,
            page=at,
        )

    async def one(self, request: web.Request) -> web.Response:
        """One claim; the look is written down."""
        number, secret = self._named(request, "claim"), self._cookies.inside(request)
        seen = secret and await self._desk.look(
            mark(secret), "claims", lambda turn: claims.is_there(turn, number) or None
        )
        if secret and seen and seen.value and (asked := await self._locked(request, secret)):
            return asked
        return await self._page(
            request, "claims", lambda turn: claims.one(turn, number), "claim", audited=True
        )

    async def decide(self, request: web.Request) -> web.Response:
        """Take it over, leave it with a reason, or have the village look."""
        form, secret = await self._form(request)
        row = self._references.number("claim", form.get("row", "")) or 0
        place = self._references.number("area", form.get("area", "")) or 0
        do, reason = form.get("do", ""), form.get("reason", "")

        def act(turn: Turn) -> bool | None:
            match do:
                case "accept":
                    return claims.accept(turn, row, place) or None
                case "reject":
                    return claims.reject(turn, row, reason) or None
                case "ask":
                    return claims.ask(turn, row) or None
                case _:
                    return None

        seen = await self._desk.look(
            mark(secret), "claims", lambda turn: claims.is_there(turn, row) or None
        )
        if seen and seen.value and (asked := await self._unproved(request, form, secret)):
            return asked
        found = await self._desk.act(mark(secret), "claims", act)
        if found is None:
            raise web.HTTPSeeOther("/console")
        if found.value is None:
            return self._message(found.seat, secret, "claims.not_done", 409)
        return see_other(f"/console/claim/{self._references.name('claim', row)}")

"""管理: what the keepers of the channel look at, and the little that they do there."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeVar

from aiohttp import web

from bot.poison import CannotReplay
from bot.site.console.front import Front, see_other
from bot.site.console.seats import Inside
from bot.site.console.sessions import mark
from handlers.office import administration
from handlers.supervision import burden
from handlers.turn import Turn
from policy.burden import TASKS

T = TypeVar("T")


class Administration(Front):
    """The pages below /console/admin."""

    def routes(self) -> list[web.RouteDef]:
        """All of them."""
        return [
            web.get("/console/admin", self.lost),
            web.get("/console/admin/poison", self.poison),
            web.get("/console/admin/kept", self.kept),
            web.get("/console/admin/days", self.days_off),
            web.get("/console/admin/opinions", self.opinions),
            web.get("/console/admin/places", self.places),
            web.get("/console/admin/burden", self.burden),
            web.post("/console/admin/again", self.again),
            web.post("/console/admin/poison", self.take_out),
        ]

    async def lost(self, request: web.Request) -> web.Response:
        """送不到的消息."""
        return await self._admin(request, "lost", administration.lost)

    async def poison(self, request: web.Request) -> web.Response:
        """出错的来信."""
        return await self._admin(request, "poison", administration.poisoned)

    async def kept(self, request: web.Request) -> web.Response:
        """保存多久."""
        return await self._admin(request, "kept", administration.kept)

    async def days_off(self, request: web.Request) -> web.Response:
        """节假日."""
        return await self._admin(request, "days", administration.days_off)

    async def opinions(self, request: web.Request) -> web.Response:
        """意见反馈."""
        return await self._admin(request, "opinions", administration.opinions)

    async def places(self, request: web.Request) -> web.Response:
        """地方."""
        named = request.query.get("area", "")
        area = (self._references.number("area", named) or 0) if named else None
        return await self._admin(request, "places", lambda turn: administration.places(turn, area))

    async def burden(self, request: web.Request) -> web.Response:
        """负担."""
        most = self._rules.policy.reminders.most_a_day
        table = self._rules.policy.burden
        return await self._admin(request, "burden", _burden, most=most, table=table, tasks=TASKS)

    async def again(self, request: web.Request) -> web.Response:
        """Send a card once more that did not arrive."""
        form, secret = await self._form(request)
        row = self._references.number("lost", form.get("row", "")) or 0
        found = await self._desk.act(
            mark(secret), "admin", lambda turn: administration.send_again(turn, row)
        )
        return self._done(found, secret, "admin.cannot_send", "/console/admin")

    async def take_out(self, request: web.Request) -> web.Response:
        """Take what lies in the drawer once more, or throw it away."""
        form, secret = await self._form(request)
        row = self._references.number("poison", form.get("row", "")) or 0
        if form.get("do") == "discard":
            found = await self._desk.act(
                mark(secret), "admin", lambda turn: administration.discard(turn, row)
            )
            return self._done(found, secret, "admin.not_kept", "/console/admin/poison")
        found = await self._desk.look(
            mark(secret), "admin", lambda turn: administration.configures(turn) or None
        )
        if found is None or found.value is None:
            return self._done(found, secret, "absent", "/console/admin/poison")
        try:
            await self._replay(row, found.seat.person_id)
        except CannotReplay as why:
            return self._message(found.seat, secret, f"admin.replay_{why.code}", 409)
        return see_other("/console/admin/poison")

    def _done(self, found: Inside[bool] | None, secret: str, key: str, path: str) -> web.Response:
        if found is None:
            raise web.HTTPSeeOther("/console")
        if not found.value:
            return self._message(found.seat, secret, key, 409)
        return see_other(path)

    async def _admin(
        self,
        request: web.Request,
        page: str,
        view: Callable[[Turn], T | None],
        **values: Any,
    ) -> web.Response:
        def both(turn: Turn) -> tuple[T, bool] | None:
            seen = view(turn)
            return None if seen is None else (seen, administration.configures(turn))

        return await self._page(request, "admin", both, f"admin_{page}", here=page, **values)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Burden:
    """What was measured of the last week, and what the next one is expected to cost."""

    first: date
    last: date
    measured: tuple[burden.Line, ...]
    expected: tuple[administration.Burden, ...]


def _burden(turn: Turn) -> _Burden:
    week = burden.last_week(turn)
    return _Burden(
        first=week,
        last=week + timedelta(days=6),
        measured=burden.measured(turn),
        expected=administration.burden(turn),
    )

"""推送: which other offices' programs are told that something happened, and how that went."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from aiohttp import web

from bot.hooks import may_be_told, new_secret
from bot.site.console.front import Front, see_other
from bot.site.console.programs import places
from bot.site.console.sessions import mark
from handlers.systems import hooks
from handlers.systems.hooks import Shown
from handlers.turn import Turn
from policy.happenings import HAPPENINGS
from storage.children.child_looks import MAX_SEQ

PATH = "/console/admin/hooks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The page: who is told, and where somebody more may be."""

    hooks: tuple[Shown, ...]
    places: tuple[tuple[int, str], ...]


class HookPages(Front):
    """The pages about who is told."""

    def routes(self) -> list[web.RouteDef]:
        """All of them."""
        return [
            web.get(PATH, self.hooks),
            web.get(PATH + "/{name}", self.log),
            web.post(PATH, self.make),
            web.post(f"{PATH}/switch", self.switch),
            web.post(f"{PATH}/again", self.again),
        ]

    async def hooks(self, request: web.Request) -> web.Response:
        """Everybody who is told."""
        return await self._page(
            request, "admin", _view, "admin_hooks", here="hooks", happenings=HAPPENINGS
        )

    async def log(self, request: web.Request) -> web.Response:
        """What one of them was told, and whether it was taken."""
        number = self._named(request, "hook")
        before = self._references.number("event", request.query.get("before", "")) or MAX_SEQ

        def view(turn: Turn) -> tuple[hooks.Log, bool] | None:
            found = hooks.log(turn, number, before)
            return None if found is None else (found, True)

        return await self._page(
            request, "admin", view, "admin_hook_log", here="hooks", today=self._now().date()
        )

    async def make(self, request: web.Request) -> web.Response:
        """Somebody more; the secret is shown on this one page."""
        form, secret = await self._form(request)
        if asked_first := await self._unproved(request, form, secret):
            return asked_first
        area = self._references.number("area", form.get("area", "")) or 0
        kinds = tuple(kind for kind in HAPPENINGS if f"kind.{kind}" in form)
        url, key = form.get("url", "").strip(), new_secret()
        # A demo tries it out at home.
        is_well = may_be_told(url, anywhere=bool(self._people))
        found = await self._desk.act(
            mark(secret),
            "admin",
            lambda turn: (
                hooks.make(turn, form.get("name", ""), url, key, area, kinds) if is_well else None
            ),
        )
        if found is None:
            raise web.HTTPSeeOther("/console")
        if found.value is None:
            return self._message(found.seat, secret, "admin.hook_wrong", 400)
        return self._render(
            "hook_made.html",
            found.seat,
            secret,
            part="admin",
            made=key,
            called=form.get("name", ""),
        )

    async def switch(self, request: web.Request) -> web.Response:
        """On, off, or gone for ever."""
        form, secret = await self._form(request)
        if asked_first := await self._unproved(request, form, secret):
            return asked_first
        row, state = self._row(form), form.get("do", "")
        found = await self._desk.act(
            mark(secret), "admin", lambda turn: hooks.switch(turn, row, state) or None
        )
        if found is None:
            raise web.HTTPSeeOther("/console")
        if found.value is None:
            return self._message(found.seat, secret, "admin.hook_over", 409)
        return see_other(PATH)

    async def again(self, request: web.Request) -> web.Response:
        """One thing again, or all of some days."""
        form, secret = await self._form(request)
        row = self._row(form)
        event = self._references.number("event", form.get("event", "")) or 0
        days = _day(form.get("first", "")), _day(form.get("last", ""))

        def act(turn: Turn) -> int | None:
            first, last = days
            if first is not None and last is not None:
                return hooks.again_days(turn, row, first, last) or None
            return hooks.again(turn, row, event) or None

        found = await self._desk.act(mark(secret), "admin", act)
        if found is None:
            raise web.HTTPSeeOther("/console")
        if found.value is None:
            return self._message(found.seat, secret, "admin.hook_nothing", 409)
        return see_other(f"{PATH}/{self._references.name('hook', row)}")

    def _row(self, form: Mapping[str, str]) -> int:
        return self._references.number("hook", form.get("row", "")) or 0


def _view(turn: Turn) -> tuple[Told, bool] | None:
    found = hooks.shown(turn)
    return None if found is None else (Told(hooks=found, places=places(turn)), True)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None

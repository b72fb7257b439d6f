"""接口: which other offices' programs come in, and giving and ending their tokens."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from bot.site.console.front import Front, see_other, whole
from bot.site.console.sessions import mark
from handlers.office import administration, children
from handlers.systems import machines
from handlers.systems.machines import Shown
from handlers.turn import Turn
from policy.machines import KINDS, LIVES

PATH = "/console/admin/programs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """The page: who comes in, and what can be given."""

    tokens: tuple[Shown, ...]
    posts: tuple[tuple[str, str], ...]
    places: tuple[tuple[int, str], ...]


class ProgramPages(Front):
    """The pages about other offices' programs."""

    def routes(self) -> list[web.RouteDef]:
        """All of them."""
        return [
            web.get(PATH, self.programs),
            web.post(PATH, self.give),
            web.post(f"{PATH}/end", self.end),
        ]

    async def programs(self, request: web.Request) -> web.Response:
        """Every token."""
        return await self._page(
            request,
            "admin",
            _view,
            "admin_programs",
            here="programs",
            kinds=KINDS,
            lives=LIVES,
        )

    async def give(self, request: web.Request) -> web.Response:
        """A new token; it is shown on this one page."""
        form, secret = await self._form(request)
        seen = await self._desk.look(mark(secret), "admin", _view)
        if seen is None:
            raise web.HTTPSeeOther("/console")
        if seen.value is None:
            return self._message(seen.seat, secret, "admin.program_wrong", 400)
        if asked_first := await self._unproved(request, form, secret):
            return asked_first
        area = self._references.number("area", form.get("area", "")) or 0
        kinds = tuple(kind for kind in KINDS if f"kind.{kind}" in form)
        found = await self._desk.act(
            mark(secret),
            "admin",
            lambda turn: machines.make(
                turn, form.get("name", ""), form.get("role", ""), area, kinds, _days(form)
            ),
        )
        if found is None:
            raise web.HTTPSeeOther("/console")
        if found.value is None:
            return self._message(found.seat, secret, "admin.program_wrong", 400)
        return self._render(
            "program_made.html",
            found.seat,
            secret,
            part="admin",
            made=found.value,
            called=form.get("name", ""),
        )

    async def end(self, request: web.Request) -> web.Response:
        """A token opens nothing any more."""
        form, secret = await self._form(request)
        seen = await self._desk.look(mark(secret), "admin", _view)
        if seen is None:
            raise web.HTTPSeeOther("/console")
        if seen.value is None:
            return self._message(seen.seat, secret, "admin.program_over", 409)
        if asked_first := await self._unproved(request, form, secret):
            return asked_first
        row = self._references.number("token", form.get("row", "")) or 0
        found = await self._desk.act(
            mark(secret), "admin", lambda turn: machines.end(turn, row) or None
        )
        if found is None:
            raise web.HTTPSeeOther("/console")
        if found.value is None:
            return self._message(found.seat, secret, "admin.program_over", 409)
        return see_other(PATH)


def places(turn: Turn) -> tuple[tuple[int, str], ...]:
    """The places for which somebody may be let in or told: the county, and its towns."""
    tree = turn.work.areas
    tops = children.tops(turn) or tuple(row.id for row in tree.roots())
    return (
        *((top, row.name) for top in tops if (row := tree.get(top))),
        *((row.id, row.name) for top in tops for row in tree.children(top)),
    )


def _view(turn: Turn) -> tuple[Programs, bool] | None:
    if not administration.configures(turn):
        return None
    roles = turn.rules.policy.roles
    posts = tuple((role, roles[role].name) for role in machines.grantable(turn))
    return Programs(tokens=machines.shown(turn), posts=posts, places=places(turn)), True


def _days(form: Mapping[str, str]) -> int:
    return whole(form.get("days", "")) or 0

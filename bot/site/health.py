"""Is it alive, is it ready, what are its numbers: for machines that watch."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from bot.site.metrics import Metrics
from bot.site.rates import came_from


@dataclass(frozen=True, slots=True, kw_only=True)
class Vital:
    """One thing that must be well before work may come here."""

    #: "database", "ticks", "oldest_waiting" ...
    name: str
    well: bool
    #: A number or a code, never words of people.
    reading: str = ""
    #: False for what is shown and keeps no work away: others come by other ways.
    stops: bool = True


class Vitals(Protocol):
    """What the app knows of its own state."""

    async def check(self) -> Sequence[Vital]:
        """Look now; answers within a second or two, whatever is broken."""
        ...


def routes(vitals: Vitals, metrics: Metrics) -> list[web.RouteDef]:
    """``/healthz``, ``/readyz`` and, for machines of our own network alone, ``/metrics``."""

    async def alive(_: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def ready(_: web.Request) -> web.Response:
        found = await vitals.check()
        body = {each.name: {"well": each.well, "reading": each.reading} for each in found}
        stopped = any(each.stops and not each.well for each in found)
        return web.json_response(body, status=503 if stopped else 200)

    async def numbers(request: web.Request) -> web.Response:
        # Whoever counts may see from outside that somebody has just spoken.
        if came_from(request) is not None:
            raise web.HTTPNotFound
        headers = {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
        return web.Response(text=metrics.text(), headers=headers)

    return [
        web.get("/healthz", alive),
        web.get("/readyz", ready),
        web.get("/metrics", numbers),
    ]

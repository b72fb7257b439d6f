"""The demo's clock: a visitor lets hours pass and sees what climbs."""

from datetime import datetime, timedelta, tzinfo

from aiohttp import web

from bot.clock import Clock

#: The leaps that the page offers, in minutes.
LEAPS = (15, 60, 24 * 60)


class DemoClock(Clock):
    """The time now, and as much ahead as visitors made it. It never goes back."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        """An aware UTC datetime."""
        return super().now() + self._ahead

    def leap(self, span: timedelta) -> datetime:
        """Let a span pass at once; the time then."""
        self._ahead += span
        return self.now()

    def not_before(self, moment: datetime | None) -> None:
        """Be at least as far as a moment: what was written in the last demo is past."""
        if moment is not None and moment > self.now():
            self._ahead += moment - self.now()


def routes(clock: DemoClock, zone: tzinfo) -> list[web.RouteDef]:
    """Where the page makes time pass."""

    async def forward(request: web.Request) -> web.Response:
        minutes = request.query.get("minutes", "")
        if minutes not in map(str, LEAPS):
            raise web.HTTPBadRequest
        now = clock.leap(timedelta(minutes=int(minutes))).astimezone(zone)
        return web.json_response({"now": f"{now:%m-%d %H:%M}"})

    return [web.post("/demo/forward", forward)]

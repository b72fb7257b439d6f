"""The wires by which another process moves the fake's people and reads its ledger.

* ``POST /control/act`` ``{"person": 7, "act": "says", "args": ["..."], "kwargs": {}}``, with
  bytes as ``{"base64": "..."}``; or ``{"group": -1, "act": "adds_bot", "by": 7}``
* ``POST /control/acts`` with a list of such acts
* ``GET /control/screen?person=7`` and ``GET /control/hears?person=7&text=...&within=5``
* ``GET /control/ledger``
* ``POST /control/faults`` ``{"once": {...}}``, ``{"mix": {...}}`` or ``{"clear": true}``
* ``POST /control/roads`` and ``POST /control/pace`` with the fields to set
"""

import base64
from typing import TYPE_CHECKING, Any

from aiohttp import web

if TYPE_CHECKING:
    from tests.fakes.telegram.server import FakeTelegram


def add_control(application: web.Application, server: "FakeTelegram") -> None:
    """Serve ``/control/...`` beside the Bot API."""
    control = _Control(server)
    application.router.add_routes(
        [
            web.post("/control/act", control.act),
            web.post("/control/acts", control.acts),
            web.get("/control/screen", control.screen),
            web.get("/control/hears", control.hears),
            web.get("/control/ledger", control.ledger),
            web.post("/control/faults", control.faults),
            web.post("/control/roads", control.roads),
            web.post("/control/pace", control.pace),
        ]
    )


class _Control:
    def __init__(self, server: "FakeTelegram") -> None:
        self._server = server

    async def act(self, request: web.Request) -> web.Response:
        return web.json_response(self._act(await request.json()))

    async def acts(self, request: web.Request) -> web.Response:
        return web.json_response([self._act(each) for each in await request.json()])

    async def screen(self, request: web.Request) -> web.Response:
        return web.Response(text=self._person(request).screen())

    async def hears(self, request: web.Request) -> web.Response:
        within = float(request.query.get("within", "5"))
        try:
            seen = await self._person(request).hears(request.query["text"], within=within)
        except AssertionError as silence:
            return web.Response(status=404, text=str(silence))
        return web.Response(text=str(seen))

    async def ledger(self, request: web.Request) -> web.Response:
        return web.json_response(self._server.ledger.as_json())

    async def faults(self, request: web.Request) -> web.Response:
        wish: dict[str, Any] = await request.json()
        if "once" in wish:
            self._server.faults.once(**wish["once"])
        if "mix" in wish:
            self._server.faults.mix(**wish["mix"])
        if wish.get("clear"):
            self._server.faults.clear()
        return web.Response()

    async def roads(self, request: web.Request) -> web.Response:
        return _set(self._server.roads, await request.json())

    async def pace(self, request: web.Request) -> web.Response:
        return _set(self._server.pace, await request.json())

    def _act(self, wish: dict[str, Any]) -> int:
        args = [_value(each) for each in wish.get("args", [])]
        kwargs = {name: _value(each) for name, each in wish.get("kwargs", {}).items()}
        if "by" in wish:
            kwargs["by"] = self._server.person(wish["by"])
        actor: Any = (
            self._server.group(wish["group"])
            if "group" in wish
            else self._server.person(wish["person"])
        )
        number: int = getattr(actor, wish["act"])(*args, **kwargs)
        return number

    def _person(self, request: web.Request) -> Any:
        return self._server.person(int(request.query["person"]))


def _value(value: Any) -> Any:
    match value:
        case {"base64": str(encoded)}:
            return base64.b64decode(encoded)
        case _:
            return value


def _set(thing: object, fields: dict[str, Any]) -> web.Response:
    for name, value in fields.items():
        if name.startswith("_") or not hasattr(thing, name):
            return web.Response(status=400, text=name)
        setattr(thing, name, value)
    return web.Response()

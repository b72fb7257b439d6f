"""Tables of all kinds, sent from the page that shows what they hold."""

import hashlib

from aiohttp import web

from bot.channels.channel import NotStored
from bot.site.console.front import (
    Front,
    answered_at,
    read_parts,
    way_back,
)
from bot.site.console.sessions import mark
from conversation.incoming import Chosen
from handlers import tables

#: Bytes of the fields beside the file.
BESIDE = 10_000


class TablePages(Front):
    """What is sent is looked through beside the page, as in the chat; the talk there says more."""

    def routes(self) -> list[web.RouteDef]:
        """The one that takes a file."""
        return [web.post("/console/tables", self.send)]

    async def send(self, request: web.Request) -> web.Response:
        """A table of this kind is kept and begun; the page afterwards says so."""
        secret = self._cookies.inside(request)
        if secret is None:
            raise web.HTTPSeeOther("/console")
        most = self._rules.policy.limits["file_bytes"]
        form, sent = await read_parts(request, most + BESIDE)
        await self._prove(form, secret)
        kind = form.get("kind", "")
        if sent is None:
            found = await self._desk.look(mark(secret), "today", lambda turn: True)
            if found is None:
                raise web.HTTPSeeOther("/console")
            return self._message(found.seat, secret, "tables.no_file", 400)
        kept = await self._desk.act(
            mark(secret), "today", lambda turn: tables.keep(turn, kind, sent.name, sent.data)
        )
        if kept is None:
            raise web.HTTPSeeOther("/console")
        if kept.value is None:
            return self._message(kept.seat, secret, "absent", 404)
        once = hashlib.sha256(f"{form.get('once', '')}\n{kind}".encode()).hexdigest()
        # Of another office's list it is told whose it is.
        told = (str(kept.value), *([form.get("source", "")] if kind == "claims" else []))
        doing = Chosen(verb=f"table.{kind}", arg=":".join(told))
        if isinstance(await self._channel.take(kept.seat.address, doing, once), NotStored):
            return self._pages.page("later.html", status=503)
        raise web.HTTPSeeOther(answered_at(way_back(form)))

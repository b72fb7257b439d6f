"""Files that are opened at the desk: those of cards, and what was sent with a case."""

from aiohttp import web

from bot.site.console.front import Front
from bot.site.console.sessions import mark
from bot.site.giving import played, saved
from conversation.cards import Document, card_from_json
from handlers.cases import evidence
from handlers.cases.evidence import How, Opened, Version, Withheld
from handlers.turn import Turn
from storage.reporting.attachments import OWN


class FilePages(Front):
    """Each file for whom it is, asked for anew each time."""

    def routes(self) -> list[web.RouteDef]:
        """All of them."""
        return [
            web.get("/console/files/{name}", self.document),
            web.get("/console/evidence/{name}", self.evidence),
        ]

    async def document(self, request: web.Request) -> web.Response:
        """The file that went with a card of the talk, for the very person who was answered."""
        number, secret = self._named(request, "card"), self._cookies.inside(request)
        found = secret and await self._desk.look(
            mark(secret), "today", lambda turn: _document(turn, number)
        )
        if not found or not secret:
            raise web.HTTPSeeOther("/console")
        if found.value is None:
            return self._message(found.seat, secret, "absent", 404)
        if asked_first := await self._locked(request, secret):
            return asked_first
        document, content = found.value
        if content is None:
            name = self._references.name("evidence", document.id)
            version = "copy" if document.is_copy else "original"
            raise web.HTTPSeeOther(f"/console/evidence/{name}?version={version}&save=1")
        return saved(content, name=document.name, mime=document.mime)

    async def evidence(self, request: web.Request) -> web.Response:
        """What was sent with a case, to be looked at on its page or to be saved; each is noted."""
        number, secret = self._named(request, "evidence"), self._cookies.inside(request)
        saves = "save" in request.query
        asks = await self._locked(request, secret) if saves and secret else None
        if asks is not None:
            return asks
        version: Version = "original" if request.query.get("version") == "original" else "copy"
        how: How = "saved" if saves else "seen"
        found = secret and await self._desk.act(
            mark(secret), "cases", lambda turn: evidence.opened(turn, number, version, how)
        )
        if not found or not secret:
            raise web.HTTPSeeOther("/console")
        match found.value:
            case Opened() as file:
                if saves:
                    return saved(file.content, name=file.name, mime=file.mime)
                return played(request, file.content, name=file.name, mime=file.mime)
            case Withheld(why) if why != "alarm.not_yours":
                text = self._rules.words(why)
                return self._render("message.html", found.seat, secret, status=409, text=text)
            case _:
                return self._message(found.seat, secret, "absent", 404)


def _document(turn: Turn, row_id: int) -> tuple[Document, bytes | None] | None:
    """A card's file; without its bytes where it is a case's, which is opened otherwise."""
    row = turn.work.outbox.get(row_id)
    if row is None or row.contact_id != turn.speaker.contact_id:
        return None
    document = card_from_json(row.card).document
    kept = turn.work.attachments.get(document.id) if document else None
    if document is None or kept is None:
        return None
    if kept.channel != OWN:
        return document, None
    content = turn.work.attachments.content(document.id)
    return None if content is None else (document, content)

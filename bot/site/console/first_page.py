"""The desk's first page: what is to do today, the talk beside it, and the door before it."""

import hashlib
import re
from collections.abc import Mapping

from aiohttp import web

from bot.channels.channel import NotStored
from bot.site.console.front import TEXT_CHARS, Front, answered_at, read_form, see_other, way_back
from bot.site.console.seats import Seat
from bot.site.console.sessions import mark, new_secret
from bot.site.rates import SITE, came_from
from conversation.incoming import Chosen, Incoming, Pressed, Said
from handlers.office import today
from handlers.people.proof import GUARDED
from storage.office.console import Door

_PRESS = re.compile(r"([\w-]{1,64}):([0-9]{1,3})")


class FirstPage(Front):
    """Today, the talk, and the way in and out."""

    def routes(self) -> list[web.RouteDef]:
        """All of them."""
        return [
            web.get("/console", self.today),
            web.post("/console/talk", self.talk),
            web.post("/console/enter", self.enter),
            web.post("/console/demo", self.demo),
            web.post("/console/leave", self.leave),
            web.get("/console/static/{version}/console.css", self._pages.style),
        ]

    async def today(self, request: web.Request) -> web.Response:
        """今日; the door for whoever is not inside."""
        return await self._page(request, "today", today.now)

    async def talk(self, request: web.Request) -> web.Response:
        """A button of a page or of the talk, or words: one turn, then the page again."""
        form, secret = await self._form(request)
        inside = await self._desk.look(mark(secret), "today", lambda turn: True)
        if inside is None:
            raise web.HTTPSeeOther("/console")
        incoming = self._incoming(form, inside.seat)
        is_guarded = _verb(incoming, inside.seat) in GUARDED
        if is_guarded and (asked_first := await self._unproved(request, form, secret)):
            return asked_first
        if incoming is not None:
            doing = "\n".join(form.get(key, "") for key in ("once", "deed", "press", "text"))
            once = hashlib.sha256(doing.encode()).hexdigest()
            taken = await self._channel.take(
                inside.seat.address, incoming, once, is_proven=is_guarded or inside.seat.is_proven
            )
            if isinstance(taken, NotStored):
                return self._pages.page("later.html", status=503)
        raise web.HTTPSeeOther(answered_at(way_back(form)))

    def _incoming(self, form: Mapping[str, str], seat: Seat) -> Incoming | None:
        if "deed" in form:
            action = self._references.action(form["deed"], seat.contact_id)
            return Chosen(verb=action.verb, arg=action.arg) if action else None
        if pressed := _PRESS.fullmatch(form.get("press", "")):
            return Pressed(token=pressed[1], position=int(pressed[2]))
        text = form.get("text", "").strip()[:TEXT_CHARS]
        return Said(text=text) if text else None

    # -- the door -----------------------------------------------------------------------------

    async def enter(self, request: web.Request) -> web.Response:
        """Use up the code that was confirmed in the chat: only here, and only once."""
        browser, secret = self._cookies.door(request), new_secret()
        response = see_other("/console")
        if browser and await self._desk.enter(mark(browser), mark(secret)):
            await self._gets_up(request)
            self._cookies.enter(response, secret)
        return response

    async def demo(self, request: web.Request) -> web.Response:
        """Come in as one of the demo's people."""
        key = (await read_form(request)).get("person", "")
        person = next((one for one in self._people if one.key == key), None)
        response, secret = see_other("/console"), new_secret()
        if person and await self._desk.enter_as(person.session, mark(secret)):
            await self._gets_up(request)
            self._cookies.enter(response, secret)
        return response

    async def _gets_up(self, request: web.Request) -> None:
        """Whoever sat at this browser before is not there any more."""
        if before := self._cookies.inside(request):
            await self._desk.leave(mark(before))

    async def leave(self, request: web.Request) -> web.Response:
        """退出."""
        _, secret = await self._form(request)
        await self._desk.leave(mark(secret))
        response = see_other("/console")
        self._cookies.leave(response)
        return response

    async def _door(self, request: web.Request) -> web.Response:
        """The code of this browser; looking at it uses nothing up."""
        if request.path != "/console":
            return await super()._door(request)
        secret = self._cookies.door(request)
        door = await self._desk.waiting(mark(secret)) if secret else None
        fresh = ""
        if door is None:
            fresh = new_secret()
            door = await self._new_door(fresh, came_from(request, prefix=SITE))
        response = self._pages.page(
            "door.html",
            status=200 if door else 503,
            door=door,
            left=self._left(door),
            people=self._people,
        )
        if fresh:
            self._cookies.wait(response, fresh)
        if door is not None and door.person_id is None:
            response.headers["Refresh"] = "5; url=/console"
        return response

    async def _new_door(self, secret: str, network: str | None) -> Door | None:
        await self._desk.ask(mark(secret), network)
        return await self._desk.waiting(mark(secret))

    def _left(self, door: Door | None) -> int:
        """Minutes for which the code can still be typed."""
        if door is None:
            return 0
        until = door.asked_at + self._rules.policy.timing["console_code"]
        return max(1, round((until - self._now()).total_seconds() / 60))


def _verb(incoming: Incoming | None, seat: Seat) -> str:
    """What a button of a page, or of a card beside it, does."""
    match incoming:
        case Chosen(verb=verb):
            return verb
        case Pressed(token=token, position=position):
            cards = (one.card for one in seat.cards if one.token == token)
            buttons = [button for card in cards for button in card.buttons()]
            return buttons[position].action.verb if position < len(buttons) else ""
        case _:
            return ""

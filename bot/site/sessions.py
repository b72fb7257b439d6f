"""Who is at the page: an opaque cookie, or in a demo one of the invented people."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from aiohttp import web

from bot.channels import webchat

#: A neighbour who comes back after a school year's half still finds the chat (seconds).
LASTS = 180 * 24 * 3600

_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPerson:
    """An invented person whom a visitor of the demo may act as."""

    key: str
    label: str
    session: str = field(repr=False)
    #: True for whoever may sit at the console, too.
    has_desk: bool = False


class Sessions:
    """Finds, begins and ends a browser's session."""

    def __init__(self, *, https: bool, people: Sequence[DemoPerson] = ()) -> None:
        self._https = https
        self._cookie = "__Host-chat" if https else "chat"
        self.people = tuple(people)

    def address(self, request: web.Request) -> str | None:
        """The address of who asks, or None for a stranger."""
        if person := self.acting(request):
            return webchat.address_of(person.session)
        secret = self._secret(request)
        return webchat.address_of(secret) if secret else None

    def greet(self, request: web.Request, response: web.StreamResponse) -> str:
        """Begin a session or make the present one last longer; returns its address."""
        if person := self.acting(request):
            return webchat.address_of(person.session)
        secret = self._secret(request) or webchat.new_session()
        response.set_cookie(
            self._cookie,
            secret,
            max_age=LASTS,
            path="/",
            httponly=True,
            secure=self._https,
            samesite="Strict",
        )
        return webchat.address_of(secret)

    def end(self, response: web.StreamResponse) -> None:
        """Make the browser forget its session."""
        response.del_cookie(
            self._cookie, path="/", httponly=True, secure=self._https, samesite="Strict"
        )

    def acting(self, request: web.Request) -> DemoPerson | None:
        """The invented person whom a visitor of the demo acts as, if any."""
        key = request.query.get("as", "")
        return next((person for person in self.people if person.key == key), None)

    def others(self, address: str) -> dict[str, str]:
        """The demo's other people: address to key."""
        keys = {webchat.address_of(person.session): person.key for person in self.people}
        return {each: key for each, key in keys.items() if each != address}

    def _secret(self, request: web.Request) -> str | None:
        secret = request.cookies.get(self._cookie, "")
        return secret if _SECRET.fullmatch(secret) else None

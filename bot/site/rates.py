"""How much each may do in a minute; more is asked to come a little later, and nothing is lost."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from aiohttp import web

#: Of so many is remembered how much they did; more push out whoever came the longest ago.
KNOWN = 10_000
#: What one household, or one visitor with many addresses, gets of IPv6; and one office.
HOUSE, SITE = 64, 48


@dataclass(slots=True)
class Buckets:
    """A bucket for each: so much a minute, all of it at once if somebody saved it."""

    now: Callable[[], datetime]
    _left: dict[object, tuple[float, datetime]] = field(default_factory=dict)

    def take(self, who: object, per_minute: float, much: float = 1, room: float = 0) -> int:
        """Take it out and return 0, or leave it and return the seconds to wait.

        ``room`` is what a bucket holds, where that is not what a minute brings.
        """
        now = self.now()
        full = room or per_minute
        left, since = self._left.pop(who, (full, now))
        minutes = max(timedelta(), now - since) / timedelta(minutes=1)
        left = min(full, left + minutes * per_minute)
        is_enough = left >= min(much, full)
        self._left[who] = (max(0.0, left - much) if is_enough else left, now)
        if len(self._left) > KNOWN:
            self._left.pop(next(iter(self._left)))
        return 0 if is_enough else math.ceil((min(much, full) - left) * 60 / per_minute)


def came_from(request: web.Request, *, prefix: int = HOUSE) -> str | None:
    """The network address of whoever asks; None where that is our own proxy, which says not who.

    Only a proxy of our own, on this machine or in its network, is believed what it says.
    """
    try:
        peer = _address(request.remote or "")
        if peer.is_loopback or peer.is_private:
            # A proxy says it last, behind whatever the asker said, perhaps in a line of its own.
            told = ",".join(request.headers.getall("X-Forwarded-For", ()))
            said = told.rpartition(",")[2].strip()
            if not said:
                return None
            peer = _address(said)
    except ValueError:
        return None
    if isinstance(peer, IPv6Address):
        return str(ip_network((peer, prefix), strict=False))
    return str(peer)


def _address(text: str) -> IPv4Address | IPv6Address:
    """An address; IPv4 that is written as IPv6 is itself, and no house of them all."""
    found = ip_address(text)
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found

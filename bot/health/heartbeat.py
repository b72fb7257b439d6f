"""A sign of life to a place outside: what stays away is noticed there, also when all is dark here.

The address is the operator's own (healthchecks.io, or one's own of that kind): it is called while
the program is well, and says nothing but that.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence

import aiohttp

from bot.site.health import Vital

log = logging.getLogger(__name__)

SECONDS = 10


class Heartbeat:
    """Calls the address; the beat is left out while something stops the program."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        check: Callable[[], Awaitable[Sequence[Vital]]],
    ) -> None:
        self._session = session
        self._url = url
        self._check = check
        #: Why it did not get out; "" when it did.
        self.trouble = ""

    async def beat(self) -> None:
        """One sign of life, if there is one to give."""
        if any(vital.stops and not vital.well for vital in await self._check()):
            return
        try:
            async with self._session.get(
                self._url,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=SECONDS),
            ) as answer:
                self.trouble = "" if answer.status < 300 else f"status-{answer.status}"
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            # The address is a secret: whoever has it can give signs of life.
            self.trouble = type(error).__name__
        if self.trouble:
            log.warning("no sign of life got out", extra={"why": self.trouble})

"""Who asks, how often they may, and what they are told when something is wrong."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import files

from aiohttp import web

from bot.site.api.models import Fault, Problem
from bot.site.rates import Buckets
from policy.machines import is_token
from policy.words import Words, read_words

WORDS: Words = read_words(files("bot.site.api").joinpath("words.toml").read_text(encoding="utf-8"))


class Refused(Exception):
    """Something is wrong with what was asked; ``code`` is of words.toml."""

    def __init__(
        self,
        status: int,
        code: str,
        *,
        faults: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
        **values: object,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.faults = tuple(faults)
        self.headers = dict(headers or {})
        self.values = values


def problem(refused: Refused) -> web.Response:
    """The answer of RFC 9457, in Chinese."""
    body = Problem(
        type=f"urn:xiangban:problem:{refused.code}",
        title=web.Response(status=refused.status).reason or "",
        status=refused.status,
        detail=WORDS(f"problem.{refused.code}", **refused.values),
        faults=list(refused.faults),
    )
    return web.Response(
        status=refused.status,
        text=body.model_dump_json(),
        content_type="application/problem+json",
        charset="utf-8",
        headers=refused.headers,
    )


def bearer(request: web.Request) -> str:
    """The token of a request; raises Refused."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not is_token(token):
        raise unauthorized()
    return token


def unauthorized() -> Refused:
    """The same for none, a wrong one, an old one, and one that was ended."""
    return Refused(401, "unauthorized", headers={"WWW-Authenticate": 'Bearer realm="xiangban"'})


@dataclass(slots=True)
class Rates:
    """So many a minute for each; all of them at once if somebody saved them."""

    per_minute: int
    now: Callable[[], datetime]
    _buckets: Buckets = field(init=False)

    def __post_init__(self) -> None:
        self._buckets = Buckets(self.now)

    def take(self, who: object) -> None:
        """Count one more; raises Refused with the seconds to wait."""
        wait = self._buckets.take(who, self.per_minute)
        if wait:
            raise Refused(429, "too_many", headers={"Retry-After": str(wait)}, count=wait)

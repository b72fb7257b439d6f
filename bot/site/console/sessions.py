"""The two cookies of the console: a browser at the door, and a session inside."""

import hashlib
import hmac
import re
import secrets

from aiohttp import web

#: Characters of 256 bits. The first so many of a secret stay as long as somebody sits there, the
#: others are new after each proof of who it is.
_PART = 43
_SECRET = re.compile(rf"[A-Za-z0-9_-]{{{2 * _PART}}}")


class Cookies:
    """Secrets that a browser holds; the store knows only their marks."""

    def __init__(self, *, https: bool) -> None:
        self._https = https
        prefix = "__Host-" if https else ""
        self._door, self._inside = f"{prefix}console-door", f"{prefix}console"

    def door(self, request: web.Request) -> str | None:
        """The secret of a browser that waits at the door."""
        return _secret(request, self._door)

    def inside(self, request: web.Request) -> str | None:
        """The secret of a session."""
        return _secret(request, self._inside)

    def wait(self, response: web.StreamResponse, secret: str) -> None:
        """Let the browser wait at the door."""
        self._set(response, self._door, secret)

    def enter(self, response: web.StreamResponse, secret: str) -> None:
        """Let the browser in, or go on, by a secret that it never had before."""
        self._set(response, self._inside, secret)
        self._forget(response, self._door)

    def leave(self, response: web.StreamResponse) -> None:
        """Let the browser forget both, and the pages that it kept.

        Not all that belongs to the site: the chat page of the same browser is somebody's, too.
        """
        self._forget(response, self._door)
        self._forget(response, self._inside)
        response.headers["Clear-Site-Data"] = '"cache"'

    def _set(self, response: web.StreamResponse, name: str, secret: str) -> None:
        response.set_cookie(
            name, secret, path="/", httponly=True, secure=self._https, samesite="Strict"
        )

    def _forget(self, response: web.StreamResponse, name: str) -> None:
        response.del_cookie(name, path="/", httponly=True, secure=self._https, samesite="Strict")


def new_secret() -> str:
    """What nobody else has."""
    return secrets.token_urlsafe(32) + secrets.token_urlsafe(32)


def renewed(secret: str) -> str:
    """A secret in place of this one; forms that stand on open pages stay good."""
    return secret[:_PART] + secrets.token_urlsafe(32)


def mark(secret: str) -> bytes:
    """How the store knows a secret."""
    return hashlib.sha256(secret.encode()).digest()


def form_token(secret: str) -> str:
    """What a form of this session carries, and no page from elsewhere can know."""
    return hmac.digest(session_of(secret).encode(), b"console-form", "sha256").hex()


def session_of(secret: str) -> str:
    """What stays the same from coming in to leaving; it opens nothing."""
    return secret[:_PART]


def _secret(request: web.Request, name: str) -> str | None:
    secret = request.cookies.get(name, "")
    return secret if _SECRET.fullmatch(secret) else None

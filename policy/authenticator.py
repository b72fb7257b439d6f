"""The six digits of an authenticator app: RFC 6238 over RFC 4226, as every such app reads them."""

import base64
import hmac
from datetime import datetime
from urllib.parse import quote

#: Seconds that a code stands, and how many steps a clock may be off.
STEP, SKEW = 30, 1
DIGITS = 6


def code_of(secret: bytes, step: int, *, digits: int = DIGITS, digest: str = "sha1") -> str:
    """The digits of one step."""
    mac = hmac.digest(secret, step.to_bytes(8, "big"), digest)
    at = mac[-1] & 0x0F
    number = int.from_bytes(mac[at : at + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**digits:0{digits}d}"


def step_of(moment: datetime) -> int:
    """The number of the step in which a moment lies."""
    return int(moment.timestamp()) // STEP


def matching(secret: bytes, said: str, moment: datetime, *, after: int) -> int | None:
    """The step whose code this is, around a moment and later than ``after``; None for none.

    Full-width digits and spaces are as good as others.
    """
    code = "".join(said.split())
    if len(code) != DIGITS or not code.isdecimal():
        return None
    plain = "".join(str(int(digit)) for digit in code)
    now = step_of(moment)
    found = None
    for step in range(now - SKEW, now + SKEW + 1):
        if hmac.compare_digest(code_of(secret, step), plain) and step > after:
            found = step
    return found


def written(secret: bytes) -> str:
    """The secret as a person types it into the app."""
    return base64.b32encode(secret).decode().rstrip("=")


def address(secret: bytes, *, issuer: str, account: str) -> str:
    """What the QR code says to the app."""
    label = quote(f"{issuer}:{account}", safe="")
    return f"otpauth://totp/{label}?secret={written(secret)}&issuer={quote(issuer, safe='')}"

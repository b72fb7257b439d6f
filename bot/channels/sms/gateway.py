"""A county's SMS gateway as a table says it: where to call, how fields are named, who signs how.

The table is a TOML file (BOT_SMS); docs/sms.md shows one of each kind.
"""

import base64
import hashlib
import hmac
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.commands.words import words
from policy.toml_faults import broken_line

#: How a body is written.
Body: TypeAlias = Literal["json", "form"]
Secret: TypeAlias = Annotated[str, Field(min_length=8, repr=False)]
#: Characters of one message: below, no question with its choices fits.
LEAST_CHARS = 60


class GatewayFaults(Exception):
    """The table cannot be used; ``sentences`` say what, where and how to mend it."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Answer(_Part):
    """What the gateway answers: where its code stands, and what each means."""

    #: A path like "data.code" in a JSON answer; "": the status of HTTP says it all.
    code: str = ""
    #: The codes of a message that it took.
    took: tuple[str, ...] = ("0",)
    #: Of a number that it will never reach.
    gone: tuple[str, ...] = ()
    #: Of a message that it will never take.
    refused: tuple[str, ...] = ()
    #: Where it names the message.
    id: str = ""


class Send(_Part):
    """How a message is sent."""

    url: str = Field(pattern=r"^https?://[^\s/]+")
    body: Body = "json"
    #: Names of the fields for the number, the text, and our own id of the message ("": none).
    to: str
    text: str
    id: str = ""
    #: Fields and headers that never change: an account, a key.
    fields: Mapping[str, str] = Field(default={}, repr=False)
    headers: Mapping[str, str] = Field(default={}, repr=False)
    answer: Answer = Answer()
    seconds: float = Field(default=15, gt=0, le=60)


class Sign(_Part):
    """How the gateway shows that it is the gateway."""

    header: str
    secret: Secret
    #: An HMAC over the body (and the time before it), or the secret itself.
    by: Literal["hmac-sha256", "hmac-sha1", "secret"] = "hmac-sha256"
    written: Literal["hex", "base64"] = "hex"
    #: What stands before the digest: "sha256=".
    prefix: str = ""
    #: A header with a time that is signed before the body, parted by a dot.
    time: str = ""

    def knows(self, headers: Mapping[str, str], body: bytes) -> bool:
        """True for what whoever has the secret sent."""
        given = headers.get(self.header, "")
        return hmac.compare_digest(given.encode("utf-8", "replace"), self._of(headers, body))

    def _of(self, headers: Mapping[str, str], body: bytes) -> bytes:
        key = self.secret.encode()
        if self.by == "secret":
            return f"{self.prefix}{self.secret}".encode()
        when = headers.get(self.time, "").encode("utf-8", "replace")
        signed = when + b"." + body if self.time else body
        kind = hashlib.sha256 if self.by == "hmac-sha256" else hashlib.sha1
        digest = hmac.new(key, signed, kind)
        told = (
            digest.hexdigest()
            if self.written == "hex"
            else base64.b64encode(digest.digest()).decode()
        )
        return f"{self.prefix}{told}".encode()


class Hear(_Part):
    """How a message comes in: the names of its fields, and what the gateway wants to read."""

    body: Body = "json"
    sender: str
    text: str
    #: Names a message of its sender for ever. Of a gateway without names it is the time of the
    #: message: two answers of the same words are two, the same message brought again is one.
    id: str = Field(min_length=1)
    sign: Sign
    answer: str = "ok"
    answer_type: str = "text/plain"


class Bounds(_Part):
    """How long and how many messages may be."""

    #: Characters of one message, the signature among them.
    chars: int = Field(default=300, ge=LEAST_CHARS, le=1000)
    #: Messages that one card may become; what is longer is cut where a sentence ends.
    parts: int = Field(default=3, ge=1, le=6)
    #: Messages a second, to one number and in all.
    per_number: float = Field(default=0.5, gt=0)
    overall: float = Field(default=10, gt=0)


class Gateway(_Part):
    """One gateway."""

    #: What operators want before each text: 【相伴】.
    signature: str = ""
    send: Send
    hear: Hear
    bounds: Bounds = Bounds()


def read_gateway(file: Path) -> Gateway:
    """The table; raises GatewayFaults with every fault."""
    try:
        told = tomllib.loads(file.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError):
        raise GatewayFaults([words("sms.unreadable", file=file)]) from None
    except tomllib.TOMLDecodeError as error:
        line = broken_line(error)
        key = "sms.not_toml" if line else "sms.unfinished"
        raise GatewayFaults([words(key, file=file, line=line)]) from None
    try:
        return Gateway.model_validate(told)
    except ValidationError as error:
        raise GatewayFaults([_sentence(file, fault) for fault in error.errors()]) from None


def _sentence(file: Path, fault: Any) -> str:
    name = ".".join(str(part) for part in fault["loc"])
    key = {"missing": "sms.missing", "extra_forbidden": "sms.stranger"}.get(
        fault["type"], "sms.wrong"
    )
    why = f"sms.why.{fault['type']}"
    told = words(why, **fault.get("ctx", {})) if why in words.table else ""
    return words(key, file=file.name, name=name, why=told)


def within(told: object, path: str) -> str:
    """What stands in a JSON answer at a path like "data.code"; "" for nothing."""
    for name in path.split("."):
        told = told.get(name) if isinstance(told, dict) else None
    return "" if told is None or isinstance(told, dict | list) else str(told)

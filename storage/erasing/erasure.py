"""That something was removed, is held back or is to go; and what is counted as it goes."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

#: Of what something was removed, is held back or is to go.
Matter: TypeAlias = Literal["case", "child", "report", "absence", "class", "list", "person"]
#: How the rule of what goes before its time begins: the wish's id follows.
ASKED = "asked, wish "
#: What a sealed answer says once it was removed.
NOTHING = "{}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """That something was removed, and by which rule."""

    id: int
    #: A kind of policy/retention.py, or file.
    kind: str
    rule: str
    removed: int
    digest: bytes
    at: datetime

    @property
    def is_asked(self) -> bool:
        """True when two persons agreed to it, before its time."""
        return self.rule.startswith(ASKED)


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file that was sent with a report."""

    id: int
    matter: Matter
    matter_id: int
    #: Of what came, hex; "" of what never did.
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Something of which the words are kept past their time."""

    id: int
    set_by: int
    reason: str = field(repr=False)
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Somebody wants words removed before their time."""

    id: int
    matter_id: int
    asked_by: int
    #: Once another person agreed.
    agreed_by: int | None


class Gone:
    """What is removed, counted and hashed as it goes."""

    def __init__(self) -> None:
        self.count = 0
        self.digest = sha256()

    def add(self, sealed: Iterable[bytes | None]) -> None:
        """Sealed values, as they were; what was not there does not count."""
        for one in sealed:
            if one is not None:
                self.count += 1
                self.digest.update(bytes(one))

"""A file that somebody sent, and whose it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that belongs to a draft or a report, or that goes with a card of ours."""

    id: int
    contact_id: int
    draft_id: int | None
    report_id: int | None
    #: photo, voice, video, document
    kind: str
    channel: str
    #: Where the channel keeps it.
    source: str = field(repr=False)
    name: str = field(repr=False)
    mime: str
    size: int
    sha256: str | None
    #: wanted, stored, refused, lost
    state: str
    reason: str | None
    tries: int
    #: What a machine made out of a recording; "" when none did.
    transcript: str = field(default="", repr=False)
    created_at: datetime
    #: When its small copy is to be made, where that still waits.
    copy_at: datetime | None

    @property
    def is_lost(self) -> bool:
        """True for what never came, and will not come any more."""
        return self.state in ("lost", "refused")


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Who sent a file that belongs to a report."""

    contact_id: int
    #: The channel's id of the message that brought it.
    message: str | None = field(repr=False)

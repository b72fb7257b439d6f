"""What keepers of the channel look at: what did not arrive, what goes soon, how much is asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, exists, func, literal_column, select

from storage.ids import first_id
from storage.office.console import CHANNEL
from storage.reporting.attachments import IS_LOOSE
from storage.repository import Seen, given
from storage.tables import (
    api_answer,
    attachment,
    burden_week,
    claim_list,
    class_teacher,
    contact,
    draft,
    duty,
    family_week,
    hook_event,
    inbox,
    outbox,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Select


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """A card that did not arrive."""

    id: int
    person_id: int
    channel: str
    priority: int
    #: gone, refused
    state: str
    about: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What one person was sent unasked in some days, and after how much of it they spoke."""

    person_id: int
    sent: int
    answered: int


#: After every row.
END = (1 << 63) - 1
_IS_UNDELIVERED = outbox.c.state.in_((literal_column("'gone'"), literal_column("'refused'")))
_UNDELIVERED = (
    select(
        outbox.c.id,
        contact.c.person_id,
        outbox.c.channel,
        outbox.c.priority,
        outbox.c.state,
        outbox.c.about,
        outbox.c.created_at,
    )
    .join_from(outbox, contact, contact.c.id == outbox.c.contact_id)
    .where(_IS_UNDELIVERED, outbox.c.channel != CHANNEL)
    .order_by(outbox.c.id.desc())
    .limit(given("limit"))
)
_ONE = _UNDELIVERED.where(outbox.c.id == given("row"))
_reply = outbox.alias("reply")
_HAS_REPLY = exists().where(
    _reply.c.contact_id == outbox.c.contact_id,
    _reply.c.external_id.is_not(None),
    _reply.c.turn > 0,
    _reply.c.id > outbox.c.id,
    _reply.c.id < outbox.c.id + given("patience"),
)
_ASKED = (
    select(
        contact.c.person_id,
        func.count(),
        func.sum(case((_HAS_REPLY, 1), else_=0)),
    )
    .join_from(outbox, contact, contact.c.id == outbox.c.contact_id)
    .where(
        outbox.c.id >= given("first"),
        outbox.c.id < given("last"),
        outbox.c.turn == 0,
        outbox.c.external_id.is_not(None),
        outbox.c.channel != CHANNEL,
    )
    .group_by(contact.c.person_id)
)
_DUE = (
    select(duty.c.person_id, duty.c.kind, func.count())
    .where(
        duty.c.state == literal_column("'open'"),
        duty.c.person_id.is_not(None),
        duty.c.due_at < given("until"),
    )
    .group_by(duty.c.person_id, duty.c.kind)
)
_TAUGHT = (
    select(class_teacher.c.person_id, func.count())
    .where(class_teacher.c.since.is_not(None), class_teacher.c.until.is_(None))
    .group_by(class_teacher.c.person_id)
)
_OLD: dict[str, Select[Any]] = {
    "inbox_kept": select(func.count()).where(inbox.c.taken_at < given("before")),
    "outbox_kept": select(func.count()).where(
        outbox.c.id < given("first"), outbox.c.state != literal_column("'queued'")
    ),
    "claims_kept": select(func.count()).where(
        claim_list.c.whole, claim_list.c.brought_at < given("before")
    ),
    "draft_kept": select(func.count()).where(
        draft.c.state == literal_column("'open'"), draft.c.updated_at < given("before")
    ),
    "burden_kept": select(func.count()).where(burden_week.c.week < given("day")),
    "family_kept": select(func.count()).where(family_week.c.week < given("day")),
    "hook_kept": select(func.count()).where(hook_event.c.at < given("before")),
    "api_answers_kept": select(func.count()).where(api_answer.c.at < given("before")),
    "loose_kept": select(func.count()).where(IS_LOOSE, attachment.c.created_at < given("before")),
}


class UpkeepSeen(Seen):
    """The channel's own state, without anybody's words."""

    def undelivered(self, limit: int) -> tuple[Undelivered, ...]:
        """Cards that did not arrive, the newest first."""
        return tuple(_undelivered(row) for row in self._db.all(_UNDELIVERED, limit=limit))

    def undelivered_one(self, row_id: int) -> Undelivered | None:
        """One of them."""
        row = self._db.one(_ONE, row=row_id, limit=1)
        return None if row is None else _undelivered(row)

    def asked(
        self, since: datetime, patience: timedelta = timedelta(), *, until: datetime | None = None
    ) -> tuple[Asked, ...]:
        """How much each person was sent unasked from a moment on; answered: they spoke so soon."""
        gap = first_id(self._now) - first_id(self._now - patience)
        last = first_id(until) if until is not None else END
        rows = self._db.all(_ASKED, first=first_id(since), last=last, patience=gap)
        return tuple(Asked(person_id=row[0], sent=row[1], answered=int(row[2])) for row in rows)

    def due(self, until: datetime) -> tuple[tuple[int, str, int], ...]:
        """Person, kind and number of what is to be done by a moment, overdue or not."""
        return tuple((row[0], row[1], row[2]) for row in self._db.all(_DUE, until=until))

    def taught(self) -> Mapping[int, int]:
        """How many classes each teacher has."""
        return {row[0]: row[1] for row in self._db.all(_TAUGHT)}

    def older(self, what: str, before: datetime) -> int:
        """How many rows of a retention rule come from before a moment."""
        values: dict[str, object] = {"before": before}
        if what == "outbox_kept":
            values = {"first": first_id(before)}
        elif what in ("family_kept", "burden_kept"):
            values = {"day": before.date()}
        row = self._db.one(_OLD[what], **values)
        return 0 if row is None else int(row[0])


def _undelivered(row: Any) -> Undelivered:
    return Undelivered(
        id=row[0],
        person_id=row[1],
        channel=row[2],
        priority=row[3],
        state=row[4],
        about=row[5],
        created_at=row[6],
    )

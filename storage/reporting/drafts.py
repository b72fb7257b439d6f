"""Drafts: forms that somebody is filling in, and when each must be looked at again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, or_, select, update

from storage.repository import Kept, Seen, given, listed
from storage.tables import draft

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Row
    from storage.sealing import Sealer


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A form as far as it is filled in."""

    id: int
    contact_id: int
    form_version: str
    #: What it adds to, when there is a report already.
    report_id: int | None
    #: What else it is about: "case:4711" ...
    about: str | None
    #: The engine's dialogue, as JSON.
    dialogue: str = field(repr=False)
    #: open, filed, cancelled, handed_over, expired
    state: str
    danger: bool
    wake_at: datetime | None
    wake_for: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Bell:
    """A draft that must be looked at now; what it says stays sealed."""

    id: int
    contact_id: int
    wake_at: datetime
    wake_for: str


DRAFT_COLUMNS = (
    draft.c.id,
    draft.c.contact_id,
    draft.c.form_version,
    draft.c.report,
    draft.c.about,
    draft.c.dialogue,
    draft.c.state,
    draft.c.danger,
    draft.c.wake_at,
    draft.c.wake_for,
    draft.c.created_at,
    draft.c.updated_at,
)


def draft_of(row: Row, sealer: Sealer) -> Draft:
    """The draft in a row of DRAFT_COLUMNS."""
    return Draft(
        id=row[0],
        contact_id=row[1],
        form_version=row[2],
        report_id=int(sealer.open("draft", "report", row[0], row[3])) if row[3] else None,
        about=row[4],
        dialogue=sealer.open("draft", "dialogue", row[0], row[5]).decode(),
        state=row[6],
        danger=row[7],
        wake_at=row[8],
        wake_for=row[9],
        created_at=row[10],
        updated_at=row[11],
    )


_DRAFT = select(*DRAFT_COLUMNS)
_BY_ID = _DRAFT.where(draft.c.id == given("id"))
_OPEN_OF = _DRAFT.where(
    draft.c.contact_id == given("contact_id"), draft.c.state == "open"
).order_by(draft.c.id.desc())
_DUE = (
    select(draft.c.id, draft.c.contact_id, draft.c.wake_at, draft.c.wake_for)
    .where(draft.c.wake_at <= given("now"))
    .order_by(draft.c.wake_at, draft.c.id)
    .limit(given("limit"))
)
_START = insert(draft)
_SAVE = (
    update(draft)
    .where(draft.c.id == given("draft_id"), draft.c.state == "open")
    .values(
        dialogue=given("now_dialogue"),
        danger=given("now_danger"),
        wake_at=given("now_wake_at"),
        wake_for=given("now_wake_for"),
        updated_at=given("now"),
    )
)
_WAKE = (
    update(draft)
    .where(draft.c.id == given("draft_id"))
    .values(wake_at=given("now_wake_at"), wake_for=given("now_wake_for"))
)
_DANGER = update(draft).where(draft.c.id == given("draft_id")).values(danger=True)
_CLOSE = (
    update(draft)
    .where(draft.c.id == given("draft_id"))
    .values(state=given("now_state"), wake_at=None, wake_for=None, updated_at=given("now"))
)
_HAND_OVER = (
    update(draft)
    .where(
        draft.c.contact_id.in_(listed("contacts")),
        draft.c.state == "open",
        or_(draft.c.report.is_not(None), draft.c.about.is_not(None)),
        func.coalesce(draft.c.about, "").not_in(listed("hidden")),
    )
    .values(contact_id=given("now_contact"))
)
_MOVE = (
    update(draft)
    .where(draft.c.contact_id == given("was"), draft.c.state == "open")
    .values(contact_id=given("now_contact"))
)
_REMOVE = delete(draft).where(draft.c.id == given("draft_id"))


class DraftsSeen(Seen):
    """Drafts, to be looked at."""

    def get(self, draft_id: int) -> Draft | None:
        """One draft, whatever became of it."""
        row = self._db.one(_BY_ID, id=draft_id)
        return None if row is None else draft_of(row, self._reading.shared.sealer)

    def open_of(self, contact_id: int) -> tuple[Draft, ...]:
        """The open drafts of a contact, newest first."""
        return self._drafts(self._db.all(_OPEN_OF, contact_id=contact_id))

    def due(self, now: datetime, limit: int) -> tuple[Bell, ...]:
        """Drafts that must be looked at, the longest overdue first."""
        return tuple(
            Bell(id=row[0], contact_id=row[1], wake_at=row[2], wake_for=row[3] or "")
            for row in self._db.all(_DUE, now=now, limit=limit)
        )

    def _drafts(self, rows: list[Row]) -> tuple[Draft, ...]:
        return tuple(draft_of(row, self._reading.shared.sealer) for row in rows)


class Drafts(DraftsSeen, Kept):
    """Drafts, to be started, saved and closed."""

    def start(
        self,
        contact_id: int,
        form_version: str,
        dialogue: str,
        *,
        report_id: int | None = None,
        about: str | None = None,
        danger: bool = False,
        wake_at: datetime | None = None,
        wake_for: str | None = None,
    ) -> Draft:
        """A new open draft."""
        started = Draft(
            id=self._work.new_id(),
            contact_id=contact_id,
            form_version=form_version,
            report_id=report_id,
            about=about,
            dialogue=dialogue,
            state="open",
            danger=danger,
            wake_at=wake_at,
            wake_for=wake_for,
            created_at=self._now,
            updated_at=self._now,
        )
        self._db.run(
            _START,
            id=started.id,
            contact_id=contact_id,
            form_version=form_version,
            report_id=None,
            report=self.sealed_report(started.id, report_id),
            about=about,
            dialogue=self._seal(draft, "dialogue", started.id, dialogue),
            state=started.state,
            danger=danger,
            wake_at=wake_at,
            wake_for=wake_for,
            created_at=self._now,
            updated_at=self._now,
        )
        return started

    def sealed_report(self, draft_id: int, report_id: int | None) -> bytes | None:
        """The report that a draft is about, as its row keeps it."""
        return None if report_id is None else self._seal(draft, "report", draft_id, f"{report_id}")

    def save(
        self,
        draft_id: int,
        dialogue: str,
        *,
        danger: bool,
        wake_at: datetime | None,
        wake_for: str | None,
    ) -> None:
        """Keep how far an open draft has come."""
        self._db.run(
            _SAVE,
            draft_id=draft_id,
            now_dialogue=self._seal(draft, "dialogue", draft_id, dialogue),
            now_danger=danger,
            now_wake_at=wake_at,
            now_wake_for=wake_for,
            now=self._now,
        )

    def wake(self, draft_id: int, wake_at: datetime | None, wake_for: str | None) -> None:
        """Keep when a draft must be looked at next, and nothing else."""
        self._db.run(_WAKE, draft_id=draft_id, now_wake_at=wake_at, now_wake_for=wake_for)

    def mark_danger(self, draft_id: int) -> None:
        """It speaks of danger, whatever was answered: it must reach a human."""
        self._db.run(_DANGER, draft_id=draft_id)

    def close(self, draft_id: int, state: str) -> None:
        """End a draft: filed, cancelled, handed_over or expired."""
        self._db.run(_CLOSE, draft_id=draft_id, now_state=state, now=self._now)

    def hand_over(
        self, contacts: Sequence[int], contact_id: int, *, hidden: Iterable[str] = ()
    ) -> int:
        """What was begun about reports and cases goes on with another person; how many drafts.

        What somebody meant to report themselves is nobody else's, and what is about something
        hidden from the other is not theirs.
        """
        return self._db.run(
            _HAND_OVER, contacts=[*contacts], now_contact=contact_id, hidden=[*hidden]
        )

    def move(self, was: int, contact_id: int) -> int:
        """Whatever was begun on one contact goes on with another of its person; how many."""
        return self._db.run(_MOVE, was=was, now_contact=contact_id)

    def remove(self, draft_id: int) -> None:
        """Remove a draft and its answers for good."""
        self._db.run(_REMOVE, draft_id=draft_id)
        self._work.attachments.forget_draft(draft_id)

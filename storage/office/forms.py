"""Published forms: each version for ever, the newest one of a form is current."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from storage.repository import Kept, Seen, given, upsert
from storage.tables import draft, form_version

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Row
    from storage.work import Work

#: The smallest time between two versions.
TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormRow:
    """A published version of a form."""

    version: str
    form: str
    title: str
    compiled: str = field(repr=False)
    source_hash: str
    published_at: datetime


_FORM = select(
    form_version.c.id,
    form_version.c.form,
    form_version.c.title,
    form_version.c.compiled,
    form_version.c.source_hash,
    form_version.c.published_at,
)
_BY_ID = _FORM.where(form_version.c.id == given("id"))
_CURRENT = (
    select(form_version.c.id)
    .where(form_version.c.form == given("form"))
    .order_by(form_version.c.published_at.desc(), form_version.c.id)
    .limit(1)
)
_FORMS = select(form_version.c.form).distinct().order_by(form_version.c.form)
_VERSIONS = _FORM.where(form_version.c.form == given("form")).order_by(
    form_version.c.published_at.desc(), form_version.c.id
)
_OF_DRAFTS = select(draft.c.form_version).distinct()
_HASHES = select(form_version.c.source_hash)
_PUBLISH = upsert(form_version, "published_at", "source_hash")


def _read(row: Row) -> FormRow:
    return FormRow(
        version=row[0],
        form=row[1],
        title=row[2],
        compiled=row[3],
        source_hash=row[4],
        published_at=row[5],
    )


class FormsSeen(Seen):
    """Published forms, to be looked at."""

    def current(self, form: str) -> FormRow | None:
        """The version that a new draft of this form starts with."""
        row = self._db.one(_CURRENT, form=form)
        return None if row is None else self.get(row[0])

    def get(self, version: str) -> FormRow | None:
        """One version, current or old."""
        known = self._reading.shared.forms.get(version)
        if known is not None:
            return known
        row = self._db.one(_BY_ID, id=version)
        if row is None:
            return None
        found = _read(row)
        self._remember(found)
        return found

    def versions(self, form: str) -> tuple[FormRow, ...]:
        """Every version of a form, the one that was published last first."""
        return tuple(map(_read, self._db.all(_VERSIONS, form=form)))

    def all_current(self) -> tuple[FormRow, ...]:
        """The current version of every form."""
        found = (self.current(row[0]) for row in self._db.all(_FORMS))
        return tuple(form for form in found if form is not None)

    def in_use(self) -> tuple[FormRow, ...]:
        """The current version of every form, and older ones that somebody still fills in."""
        current = {one.version: one for one in self.all_current()}
        begun = (self.get(row[0]) for row in self._db.all(_OF_DRAFTS) if row[0] not in current)
        return (*current.values(), *(one for one in begun if one is not None))

    def hashes(self) -> frozenset[str]:
        """What was published, by the hash of its file."""
        return frozenset(row[0] for row in self._db.all(_HASHES))

    def _remember(self, found: FormRow) -> None:
        self._reading.shared.forms[found.version] = found


class Forms(FormsSeen, Kept):
    """Published forms, to be added to."""

    def __init__(self, work: Work) -> None:
        super().__init__(work)
        self._uncommitted: set[str] = set()

    def publish(
        self, form: str, title: str, compiled: str, version: str, source_hash: str
    ) -> None:
        """Make a version the current one; drafts of older versions finish on theirs.

        Also at the very moment of the one before, or with a clock that was set back.
        """
        before = self.current(form)
        self._uncommitted.add(version)
        self._db.run(
            _PUBLISH,
            id=version,
            form=form,
            title=title,
            compiled=compiled,
            source_hash=source_hash,
            published_at=max(self._now, before.published_at + TICK) if before else self._now,
        )
        self._reading.shared.forms.pop(version, None)

    def _remember(self, found: FormRow) -> None:
        # This turn may yet be rolled back, so that others must not see what it published.
        if found.version not in self._uncommitted:
            super()._remember(found)

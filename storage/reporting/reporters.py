"""The vault: who reported, apart from what was reported, under keys of its own."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from storage.repository import Kept, Seen, given, insert
from storage.tables import report, reporter

if TYPE_CHECKING:
    from storage.database import Row

#: Reports that say how their reporter wants to hear of what is of no report yet.
LATELY = 10
#: Three digits tell the nameless reporters of one case apart.
FIRST_NUMBER, NUMBERS = 100, 900
#: What wrong PINs are counted as.
_GUESSES = "pin-tries"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """Number and PIN do not fit, or it is to wait; a number that is unknown looks alike."""

    tries: int
    locked_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """How a reporter wants to hear of a report."""

    contact_id: int
    #: As the forms name them: h08_12, any ...
    hours: tuple[str, ...]
    #: Whoever looks over their shoulder learns nothing from what is pushed.
    discreet: bool


_KEEP = insert(reporter).on_conflict_do_nothing(index_elements=[reporter.c.report_id])
_MORE = (
    update(reporter)
    .where(reporter.c.report_id == given("report"))
    .values(identity=given("now_identity"))
)
_IDENTITY = select(reporter.c.identity).where(reporter.c.report_id == given("report_id"))
_LATELY = (
    select(reporter.c.report_id, reporter.c.identity)
    .where(reporter.c.contact_index == given("contact_index"))
    .order_by(reporter.c.report_id.desc())
    .limit(given("limit"))
)
_PIN = (
    select(reporter.c.report_id, reporter.c.pin, reporter.c.contact_index)
    .join_from(reporter, report, report.c.id == reporter.c.report_id)
    .where(report.c.number == given("number"))
)


class ReportersSeen(Seen):
    """The vault, as far as the program itself may look."""

    def contact_of(self, report_id: int) -> int | None:
        """The contact to tell how it goes; for the program, never shown to anybody."""
        identity = self._identity(report_id)
        return None if identity is None else int(identity["contact_id"])

    def numbers_in(self, case_id: int, reports: Iterable[int]) -> Mapping[int, int]:
        """By which number those who work on a case may call whoever filed each of its reports.

        One person has one number there, nobody else has it, and another case has another: it
        tells nothing of the person.
        """
        numbers: dict[int, int] = {}
        found: dict[int, int] = {}
        for report_id in reports:
            contact_id = self.contact_of(report_id)
            if contact_id is None:
                continue
            if contact_id not in numbers:
                mark = self._reading.shared.vault.blind("nameless", f"{case_id}|{contact_id}")
                number = int.from_bytes(mark) % NUMBERS
                while number in numbers.values():
                    number = (number + 1) % NUMBERS
                numbers[contact_id] = number
            found[report_id] = FIRST_NUMBER + numbers[contact_id]
        return found

    def ways_of(self, report_id: int) -> Ways | None:
        """How to tell whoever reported; for the program, never shown to anybody.

        Who named a time at which nobody may call hears discreetly, unless they said otherwise.
        """
        identity = self._identity(report_id)
        return None if identity is None else _ways(int(identity["contact_id"]), identity["said"])

    def ways_to(self, contact_id: int, said: Mapping[str, str]) -> Ways:
        """How to tell somebody what belongs to no report: as they say now, else as they said last.

        Who wanted one of their last reports discreet wants everything so.
        """
        rows = self._db.all(_LATELY, contact_index=self.index_of(contact_id), limit=LATELY)
        known = [_ways(contact_id, said), *(_ways(contact_id, self._said(*row)) for row in rows)]
        return Ways(
            contact_id=contact_id,
            hours=next((one.hours for one in known if one.hours), ()),
            discreet=any(one.discreet for one in known),
        )

    def _said(self, report_id: int, sealed: bytes) -> dict[str, str]:
        vault = self._reading.shared.vault
        said: dict[str, str] = json.loads(vault.open("reporter", "identity", report_id, sealed))[
            "said"
        ]
        return said

    def index_of(self, contact_id: int) -> bytes:
        """The blind index by which a contact's own reports are found."""
        return self._reading.shared.vault.blind("contact", str(contact_id))

    def _identity(self, report_id: int) -> dict[str, Any] | None:
        row = self._db.one(_IDENTITY, report_id=report_id)
        if row is None:
            return None
        vault = self._reading.shared.vault
        identity: dict[str, Any] = json.loads(
            vault.open("reporter", "identity", report_id, row[0])
        )
        return identity


class Reporters(ReportersSeen, Kept):
    """The vault, to be filled, and opened with a reason."""

    def keep(self, report_id: int, contact_id: int, identity: Mapping[str, str], pin: str) -> None:
        """Keep who filed a report, and the PIN that proves it from elsewhere; once."""
        vault = self._reading.shared.vault
        content = json.dumps({"contact_id": contact_id, "said": dict(identity)})
        self._db.run(
            _KEEP,
            report_id=report_id,
            contact_index=self.index_of(contact_id),
            identity=vault.seal("reporter", "identity", report_id, content.encode()),
            pin=vault.seal("reporter", "pin", report_id, self._pin_index(report_id, pin)),
        )

    def add(self, report_id: int, identity: Mapping[str, str]) -> None:
        """More of what the reporter said of themselves, after the receipt."""
        known = self._identity(report_id)
        if known is not None and not identity.items() <= known["said"].items():
            known["said"].update(identity)
            vault = self._reading.shared.vault
            sealed = vault.seal("reporter", "identity", report_id, json.dumps(known).encode())
            self._db.run(_MORE, report=report_id, now_identity=sealed)

    def check_pin(self, number: str, pin: str, contact_id: int) -> int | Wrong:
        """The report's id when number and PIN fit; ``contact_id`` asks.

        Whoever was wrong five times waits an hour, and nobody else for them. Many together are
        bound by number, but for whoever reported: nobody keeps them out.
        """
        tries, guesser = self._work.tries, str(contact_id)
        row = self._db.one(_PIN, number=number)
        waits = tries.waits(_GUESSES, guesser)
        full = tries.waits_at(_GUESSES, number)
        if waits is not None:
            return Wrong(tries=waits.tries, locked_until=waits.locked_until)
        if full is not None and not (row and self._is_theirs(row[2], contact_id)):
            return Wrong(tries=0, locked_until=full)
        if row is None or not self._fits(row, pin):
            wrong = tries.wrong(_GUESSES, guesser, at=number)
            return Wrong(tries=wrong.tries, locked_until=wrong.locked_until)
        tries.forgive(_GUESSES, guesser)
        return int(row[0])

    def open_identity(self, report_id: int, actor: int, reason: str) -> Mapping[str, str] | None:
        """What the reporter said of themselves; that ``actor`` looked is in the audit."""
        identity = self._identity(report_id)
        self._work.audit.write(actor, "reporter-opened", "report", report_id, {"reason": reason})
        if identity is None:
            return None
        said: dict[str, str] = identity["said"]
        return said

    def _fits(self, row: Row, pin: str) -> bool:
        kept = self._reading.shared.vault.open("reporter", "pin", row[0], row[1])
        return hmac.compare_digest(kept, self._pin_index(row[0], pin))

    def _is_theirs(self, index: bytes, contact_id: int) -> bool:
        """True for whoever reported, by whichever of their contacts they ask."""
        people = self._work.people
        here = people.contact(contact_id)
        theirs = people.contacts_of(here.person_id) if here else ()
        return any(self.index_of(one.id) == bytes(index) for one in theirs)

    def _pin_index(self, report_id: int, pin: str) -> bytes:
        # Six digits fall to any search, however slow the hash: key and bounds protect them.
        return self._reading.shared.vault.blind("pin", f"{report_id}|{pin}")


def _ways(contact_id: int, said: Mapping[str, str]) -> Ways:
    return Ways(
        contact_id=contact_id,
        hours=tuple(said.get("callback_when", "").split()),
        discreet=said.get("callback_discreet", said.get("callback_avoid", "")) not in ("", "no"),
    )

"""Tables that people sent in the talk, looked through one at a time while everybody talks on."""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import assert_never, cast

from bot import jail
from bot.clock import Clock
from bot.county.publisher import FormFaults, Source, as_candidate, checked, is_form
from bot.intake import Intake
from bot.tables import rosters, row_tables
from bot.tables.claims import AT_ONCE, bring
from bot.tables.tables import TableFaults, check, marked, read_areas_beside
from handlers import area_tables, tables, talk
from handlers.area_tables import LookedThrough
from handlers.children import rosters as talk_of_rosters
from handlers.children.rosters import Staged
from handlers.office import claims, sent_forms
from handlers.people import shift_tables
from handlers.rules import Rules
from handlers.school import class_tables
from handlers.turn import Turn
from policy.register.claims import SOURCES
from policy.register.roster import Roster
from storage.faults import NotStored
from storage.office.sent_tables import SentTable
from storage.places.areas_seen import Held
from storage.store import Store
from storage.work import Reading, Work

log = logging.getLogger(__name__)

#: A table over which the process died so often is not begun again.
TRIES = 3
#: Things to mend that are said on the card; all of them stand in the file.
FIRST = 5
#: What the card counts or asks about anyway.
COUNTED = frozenset({"outside", "perhaps-known", "perhaps-elsewhere"})
#: A table that nobody answered for so long is forgotten.
KEPT = timedelta(days=31)


@dataclass(slots=True, kw_only=True)
class SentTables:
    """Looks through what waits: in the jail, compared, staged, told to whoever sent it."""

    store: Store
    rules: Rules
    intake: Intake
    clock: Clock
    #: The name of this process on its leases.
    owner: str
    _working: "asyncio.Task[None] | None" = field(default=None, repr=False)

    async def look(self) -> None:
        """Begin with what waits, unless it was begun; a beat need not wait for a table."""
        if self._working is None or self._working.done():
            await self.store.write(lambda work: work.sent_tables.inherit(self.owner))
            self._working = asyncio.create_task(self.work_off())

    async def work_off(self) -> None:
        """Look through all that waits, one after the other."""
        with suppress(NotStored):
            while table := await self.store.write(lambda w: w.sent_tables.claim(self.owner)):
                await self._look_through(table)

    async def stop(self) -> None:
        """Let go of the one in hand; it is begun again at the next start."""
        if self._working is not None:
            self._working.cancel()
            with suppress(asyncio.CancelledError):
                await self._working

    async def sweep(self) -> None:
        """Remove, a little at a time, what nobody confirmed and what nobody can undo any more."""
        while await self.store.write(lambda work: work.rosters.sweep()):
            pass
        await self.store.write(lambda work: work.sent_tables.forget(work.now - KEPT))

    async def _look_through(self, table: SentTable) -> None:
        words = self.rules.words
        try:
            data = await self._content(table)
            if data is None:
                await self._refuse(table, [words("table.lost")])
            elif table.tries >= TRIES:
                await self._refuse(table, [words("table.fell")])
            else:
                await self._read(table, *data)
        except TableFaults as wrong:
            await self._refuse(table, wrong.sentences)
        except jail.Jailed:
            await self._refuse(table, [words("table.fell")])
        except rosters.NoAreas:
            await self._refuse(table, [words("table.no_areas")])
        except NotStored:
            raise
        except Exception as error:
            log.error("table not read", extra={"id": table.id, "error": type(error).__name__})  # noqa: TRY400
            await self._refuse(table, [words("table.fell")])

    async def _content(self, table: SentTable) -> tuple[str, bytes] | None:
        found = await self.store.read(lambda look: look.attachments.get(table.attachment_id))
        content = await self.store.read(lambda w: w.attachments.content(table.attachment_id))
        return None if found is None or content is None else (_named(found.name, content), content)

    async def _refuse(
        self, table: SentTable, sentences: list[str], marked: bytes | None = None
    ) -> None:
        if table.kind in sent_forms.KINDS:
            await self._tell(table, partial(sent_forms.refused, table=table, faults=sentences))
            return
        say = partial(tables.refused, table=table, sentences=sentences, marked=marked)
        await self._tell(table, say)

    async def _tell(self, table: SentTable, say: "partial[None]") -> None:
        def speak(turn: Turn) -> None:
            say(turn)

        await self.intake.speak_to(table.contact_id, speak)

    async def _read(self, table: SentTable, name: str, data: bytes) -> None:
        match table.kind:
            case "roster":
                await self._roster(table, name, data)
            case "areas":
                await self._areas(table, name, data)
            case "shifts":
                await self._shifts(table, name, data)
            case "class":
                await self._class(table, name, data)
            case "claims":
                await self._claims(table, name, data)
            case "form":
                await self._form(table, name, data)
            case "unknown":
                await self._look_first(table, name, data)
            case _:
                assert_never(table.kind)

    # -- forms ----------------------------------------------------------------------------------

    async def _look_first(self, table: SentTable, name: str, data: bytes) -> None:
        """A form goes on as one; of anything else its sender is asked what it is."""
        if await is_form(Source(name=name, data=data)):
            await self._form(table, name, data)
        else:
            await self._tell(table, partial(tables.is_none, table=table))

    async def _form(self, table: SentTable, name: str, data: bytes) -> None:
        file = Source(name=name, data=data)
        try:
            answer = await checked(file)
        except FormFaults as wrong:
            await self._refuse(table, wrong.sentences)
            return
        wanted, count = as_candidate(file, answer), answer["count"]
        say = partial(sent_forms.found, table=table, candidate=wanted, count=count)
        await self._tell(table, say)

    # -- places ---------------------------------------------------------------------------------

    async def _areas(self, table: SentTable, name: str, data: bytes) -> None:
        county = await self.store.read(lambda look: area_tables.county_of(look.areas))
        try:
            rows = await read_areas_beside(name, data, county)
        except TableFaults as wrong:
            beside = await marked("areas", name, data, wrong.remarks)
            await self._refuse(table, wrong.sentences, beside)
            return

        def look_through(look: Reading) -> tuple[LookedThrough, tuple[Held, ...]]:
            plan = look.places.plan(rows, guess=True)
            looked = LookedThrough(
                table=table,
                rows=tuple(rows),
                plan=plan,
                effects=look.places.effects(plan),
                version=look.places.version(),
            )
            return looked, look.places.held(plan)

        looked, held = await self.store.read(look_through)
        if held:
            sentences = area_tables.refusals(self.rules.words, held)
            remarks = area_tables.remarks(self.rules.words, held)
            await self._refuse(table, sentences, await marked("areas", name, data, remarks))
        else:
            await self._tell(table, partial(area_tables.found, looked=looked))

    # -- who is on duty -------------------------------------------------------------------------

    async def _shifts(self, table: SentTable, name: str, data: bytes) -> None:
        today = self.clock.now().astimezone(self.rules.zone).date()
        read = await row_tables.read_shifts(name, data, today)
        planned = await self.store.read(
            lambda look: shift_tables.plan(self._looking(look, table), read.sheet, read.lines)
        )
        try:
            check((*read.faults, *planned.faults))
        except TableFaults as wrong:
            beside = await marked("shifts", name, data, wrong.remarks)
            await self._refuse(table, wrong.sentences, beside)
            return
        await self._tell(table, partial(shift_tables.found, table=table, meant=planned.meant))

    # -- the pupils of a class ------------------------------------------------------------------

    async def _class(self, table: SentTable, name: str, data: bytes) -> None:
        read = await row_tables.read_pupils(name, data)
        rooms, faults = await self.store.read(
            lambda look: class_tables.plan(self._looking(look, table), read)
        )
        try:
            check((*read.faults, *faults))
        except TableFaults as wrong:
            beside = await marked("class", name, data, wrong.remarks)
            await self._refuse(table, wrong.sentences, beside)
            return
        say = partial(class_tables.found, table=table, rooms=rooms, unused=read.unused)
        await self._tell(table, say)

    def _looking(self, look: Reading, table: SentTable) -> Turn:
        """The turn of whoever sent a table, which only looks."""
        speaker = look.people.speaker_of(table.contact_id)
        assert speaker is not None
        return Turn(
            work=cast("Work", look),
            rules=self.rules,
            speaker=speaker,
            at=look.now.astimezone(self.rules.zone),
            finish=talk.finish,
        )

    # -- other offices' lists -------------------------------------------------------------------

    async def _claims(self, table: SentTable, name: str, data: bytes) -> None:
        if table.list_id is not None:  # it was cut off as it was kept
            cut_off = table.list_id
            while not await self.store.write(lambda work: work.claims.drop(cut_off, AT_ONCE)):
                pass
        tops = await self.store.read(
            lambda look: tables.places_of(look, self.rules, table.person_id, "claims")
        )
        source = next((one for one in SOURCES if one == table.source), None)
        if not tops or source is None:
            await self._refuse(table, [self.rules.words("table.not_yours")])
            return
        today = self.clock.now().astimezone(self.rules.zone).date()
        brought = await bring(
            self.store,
            name,
            data,
            source,
            today,
            tops=tops,
            by=table.person_id,
            beside=partial(_kept, table.id),
        )
        await self._tell(table, partial(claims.found, table=table, list_id=brought.id))

    # -- rosters --------------------------------------------------------------------------------

    async def _roster(self, table: SentTable, name: str, data: bytes) -> None:
        if table.roster_id is not None:  # it was cut off as it was staged
            cut_off = table.roster_id
            await self.store.write(lambda work: work.rosters.discard(cut_off))
        places = await self.store.read(
            lambda look: tables.places_of(look, self.rules, table.person_id, "roster")
        )
        today = self.clock.now().astimezone(self.rules.zone).date()
        leaves_at = self.rules.policy.limits["leaves_register_at"]
        seen = await rosters.preview(
            self.store, name, data, today, places=places, leaves_at=leaves_at
        )
        remarks = seen.roster.sentences("bad", "doubtful")
        marked = await self._marked(seen, data) if remarks else None
        roster_id = await rosters.stage(
            self.store, seen, name, table.person_id, begun=partial(_begun, table.id)
        )
        staged = Staged(
            table=table,
            roster_id=roster_id,
            faults=_first_faults(seen.roster),
            marked=marked,
            hints=sum(
                one.row.grade == "doubtful" and one.outcome in ("new", "changed", "same")
                for one in seen.compared
            ),
        )
        await self._tell(table, partial(talk_of_rosters.found, staged=staged))

    async def _marked(self, seen: rosters.Preview, data: bytes) -> bytes | None:
        try:
            return await rosters.marked(seen, data)
        except jail.Jailed:  # what is wrong is said all the same, if not in the file
            return None


def _begun(table_id: int, work: Work, roster_id: int) -> None:
    work.sent_tables.staged_as(table_id, roster_id)


def _kept(table_id: int, work: Work, list_id: int, percent: int) -> None:
    work.sent_tables.kept_as(table_id, list_id, percent)


def _named(name: str, content: bytes) -> str:
    """A name by which the reader knows what it is; some channels forget the name."""
    if content.startswith(b"PK") and not name.lower().endswith((".xlsx", ".xlsm")):
        return f"{name or 'table'}.xlsx"
    return name or "table.csv"


def _first_faults(roster: Roster) -> tuple[str, ...]:
    faults = [one for row in roster.rows for one in row.faults if one.code not in COUNTED]
    first = [one for grade in ("bad", "doubtful") for one in faults if one.grade == grade]
    return tuple(one.hint() for one in first[:FIRST])

"""What happens by itself: bells and duties that ring, digests, plans, and what is over."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import partial
from typing import TypeAlias, assert_never

from bot.clock import Clock
from bot.delivery import Delivery
from bot.intake import Intake, where_of
from handlers import erasing, watch
from handlers.children import carers, departure, families, keeping
from handlers.people import moving, registration
from handlers.reaching import broadcast, calls, mornings, ringing, routes, telling, unnoticed
from handlers.reporting import drafts
from handlers.rules import Rules
from handlers.school import holidays, month_duties, quarter_checks
from handlers.turn import Turn
from handlers.visiting import digest, planning, tiers
from handlers.visiting.shares import Share
from handlers.visiting.shares import pages as pages_of
from storage.faults import NotStored as NothingStored
from storage.people.registrations import Registration
from storage.reaching.unnoticed import Asking
from storage.reporting.drafts import Bell
from storage.store import Store
from storage.work import Reading, Work

log = logging.getLogger(__name__)

#: What rings by itself.
Ring: TypeAlias = Bell | Registration
#: Bells and duties rung, visits planned, and rows removed, in one go.
BELLS, RINGS, PLANNED, TIDY = 50, 200, 200, 1000
#: Another office's list that is not whole after so long never will be.
CUT_OFF = timedelta(days=1)
#: Pages of digests that are written at a time, by as many storage threads as there are.
ABREAST = 4
#: So many processes of one database share a rush of duties without meeting.
SHARES = 4
#: When a bell rings again whose work failed.
RING_AGAIN = timedelta(hours=1)
#: When the day's line is told to whoever keeps the program.
EVENING_HOUR = 20
#: When the gaps, and the week's list of who will be too old, are told.
MORNING_HOUR = 9


class Bells:
    """Rings what is due and takes up what waits, each in a turn of the program itself."""

    def __init__(
        self, store: Store, rules: Rules, delivery: Delivery, clock: Clock, intake: Intake
    ) -> None:
        self._store = store
        self._rules = rules
        self._delivery = delivery
        self._clock = clock
        self._program, self._speak, self._run = intake.program, intake.speak, intake.run

    async def wake_due(self) -> None:
        """Ring what is due, a draft or a registration: one more incoming, in its person's lane."""
        now = self._clock.now()
        for bell, lane in await self._store.read(lambda reading: _due(reading, now)):
            try:
                await self._store.write(partial(self._bell, bell=bell), lane=lane)
            except NothingStored:
                raise
            except Exception as error:  # it stops no other bell, and rings again
                log.error("bell failed", extra={"row": bell.id, "error": where_of(error)})  # noqa: TRY400
                await self._store.write(partial(_ring_later, bell=bell))
            self._delivery.look()

    async def ring_duties(self) -> None:
        """Take the steps of all duties that are due; what many must hear shares commits.

        Of many, processes of one database begin at different places: none waits for another.
        """
        now = self._clock.now()
        many = RINGS * SHARES
        while due := await self._store.read(lambda reading: reading.duties.ringing(now, many)):
            first = self._store.worker % SHARES * RINGS
            mine = due[first : first + RINGS] or due[:RINGS]
            rung = await self._each("duty", (partial(self._ring, duty_id=one) for one in mine))
            if not rung or len(due) < RINGS:
                return

    async def plan_visits(self) -> None:
        """Plan the next visits that an import or another table made stale, page by page."""
        made_by, page = self._rules.tables, 0
        while stale := await self._store.read(
            lambda reading: reading.visits.stale(made_by, PLANNED)
        ):
            page += 1
            await self._store.write(partial(self._plan_page, children=stale, page=page))

    async def check_visits(self) -> None:
        """Find the children whom nobody stirred: one who was lent is back in the old hands."""
        while strays := await self._store.read(lambda reading: reading.visits.strays(PLANNED)):
            await self._store.write(partial(self._plan, children=strays))

    async def send_digests(self) -> None:
        """The digest of the day for each who has something to do; twice is once."""
        local = self._clock.now().astimezone(self._rules.zone)
        policy = self._rules.policy
        day = policy.reminders.digest_of(local, policy.calendar)
        if day is None:
            return
        shares = await self._store.read(
            lambda reading: digest.unsent(reading, self._rules, day), long=True
        )
        pages = [*pages_of(shares)]
        for at in range(0, len(pages), ABREAST):
            await asyncio.gather(*(self._digests(one, day) for one in pages[at : at + ABREAST]))
            self._delivery.look()
        people = await self._store.read(lambda reading: mornings.people(reading, self._rules, day))
        await self._each("morning", [partial(self._morning, person=p, day=day) for p in people])

    def _morning(self, work: Work, *, person: int, day: date) -> None:
        mornings.send(self._program(work), person, day)

    async def _digests(self, shares: Mapping[int, Share], day: date) -> None:
        """Where one cannot be written, the others of its page are."""
        try:
            await self._store.write(partial(self._digest, shares=shares, day=day))
        except NothingStored:
            raise
        except Exception as error:
            if len(shares) == 1:
                log.error("digest failed", extra={"error": where_of(error)})  # noqa: TRY400
                return
            for person, share in shares.items():
                await self._digests({person: share}, day)

    def _digest(self, work: Work, *, shares: Mapping[int, Share], day: date) -> None:
        digest.send(self._program(work), shares, day)

    def _plan_page(self, work: Work, children: tuple[int, ...], page: int) -> None:
        planning.plan_page(work, self._rules, children, page)

    def _plan(self, work: Work, children: tuple[int, ...]) -> None:
        planning.plan(work, self._rules, children)

    async def spread(self) -> None:
        """Put the next cards of every broadcast; one beat puts a few, so that alarms go first."""
        for one in await self._store.read(lambda reading: reading.broadcasts.sending()):
            await self._each("broadcast", [partial(self._spread, broadcast_id=one)])

    def _spread(self, work: Work, broadcast_id: int) -> None:
        broadcast.spread(self._program(work), broadcast_id)

    async def gaps(self) -> None:
        """Tell townships and the county, as a working day begins, for whom nobody answers."""
        if self._is_morning():
            await self._store.write(lambda work: keeping.tell_gaps(work, self._rules))
            self._delivery.look()

    async def daily(self) -> None:
        """Tell whoever keeps the program once a day what was to be sent, and was."""
        if self._clock.now().astimezone(self._rules.zone).hour == EVENING_HOUR:
            await self._run(watch.tell_day)

    async def call_up(self) -> None:
        """What reached its person by no channel is told to the next one and put on the list."""
        for one in await self._store.read(lambda reading: reading.undelivered.new(BELLS)):
            await self._each("call", [partial(self._call, call_id=one)])

    def _call(self, work: Work, call_id: int) -> None:
        calls.take(self._program(work), call_id)

    async def watch_channels(self) -> None:
        """Tell once that a channel takes nothing any more, and once that it does again."""
        now, patience = self._clock.now(), self._rules.policy.timing["channel_away"]
        known = await self._store.read(lambda reading: reading.pulses.away())
        away = self._delivery.away()
        for channel, since in away.items():
            if channel not in known and now - since >= patience:
                await self._run(partial(watch.channel_away, channel=channel, since=since))
        for channel, since in known.items():
            took = self._delivery.took(channel)
            if channel not in away and took is not None and took > since:
                await self._run(partial(watch.channel_back, channel=channel, at=took))

    async def give_up(self) -> None:
        """Nobody counts as reached by a channel that was given up; what waits there moves."""
        channels = tuple(self._rules.given_up)
        if not channels:
            return
        while some := await self._store.read(
            lambda reading: reading.people.reached_by(channels, RINGS)
        ):
            await self._store.write(partial(moving.leave, contacts=some))
        while some := await self._store.read(
            lambda reading: reading.sending.stranded(channels, RINGS)
        ):
            await self._store.write(partial(moving.carry, contacts=some))
            self._delivery.look()

    async def rest_pages(self) -> None:
        """A worker's page that nobody opened for long is no way to reach them."""
        since = self._clock.now() - self._rules.policy.timing["page_awake"]
        await self._store.write(lambda work: work.people.rest_unopened(telling.PAGE, since))

    async def look_after(self) -> None:
        """What asks to act and was not noticed goes to the next contact, then to the telephone."""
        found, heard = await self._store.read(
            lambda reading: (unnoticed.look(reading, self._rules), calls.noticed(reading))
        )
        await self._each(
            "card",
            [
                *(partial(self._look_after, card=one) for one in found),
                *(partial(self._end_call, call_id=one) for one in heard),
            ],
        )

    def _look_after(self, work: Work, card: Asking) -> None:
        unnoticed.take(self._program(work), card)

    def _end_call(self, work: Work, call_id: int) -> None:
        calls.end_noticed(self._program(work), call_id)

    async def check_routes(self) -> None:
        """Find the posts that reports do not reach any more; what is news is told at once."""
        change = await self._store.read(lambda reading: routes.look(reading, self._rules))
        if change is not None:
            await self._store.write(lambda work: routes.keep(self._program(work), change))
            self._delivery.look()

    async def morning(self) -> None:
        """Tell once a week who will soon be too old, and which posts hear of nothing.

        One that was down, or a holiday, tells later.
        """
        if self._is_morning():
            towns = await self._store.read(
                lambda reading: departure.towns_with_soon(reading, self._rules)
            )
            await self._store.write(lambda work: departure.tell_soon(work, self._rules, towns))
            await self._store.write(lambda work: routes.tell_week(self._program(work)))
            self._delivery.look()

    def _is_morning(self) -> bool:
        """True as a working day begins."""
        local = self._clock.now().astimezone(self._rules.zone)
        is_workday = self._rules.policy.calendar.is_workday(local.date())
        return is_workday and local.hour == MORNING_HOUR

    async def ask_schools(self) -> None:
        """In office hours ask schools for their month, and tell what a month left undone."""
        local = self._clock.now().astimezone(self._rules.zone)
        if not self._rules.policy.calendar.is_open(local):
            return
        while await self._store.write(lambda work: month_duties.ask_all(self._program(work))):
            self._delivery.look()
        while await self._store.write(lambda work: holidays.ask_all(self._program(work))):
            self._delivery.look()
        await self._store.write(lambda work: holidays.ask_back(self._program(work)))
        await self._store.write(lambda work: quarter_checks.open_checks(self._program(work)))
        await self._store.write(lambda work: tiers.climb(self._program(work)))
        self._delivery.look()

    async def ask_families(self) -> None:
        """Put the week's question to families, and close the weeks in which no word came."""
        if not self._rules.policy.rhythm.contact.on:
            return
        for do in (families.close_weeks, families.ask_all):
            while await self._store.write(lambda work, do=do: do(self._program(work))):  # type: ignore[misc]
                self._delivery.look()
        self._delivery.look()

    async def ring_carers(self) -> None:
        """Ring where an entrusted care ends, or has ended."""
        if await self._store.read(lambda reading: reading.carers.due(1)):
            await self._store.write(lambda work: carers.ring(work, self._rules))
            self._delivery.look()

    async def tidy(self) -> None:
        """Remove what the retention table says is old."""
        timing = self._rules.policy.timing
        forgets: tuple[Callable[[Work], object], ...] = (
            lambda work: work.inbox.forget(work.now - timing["inbox_kept"], TIDY),
            lambda work: work.outbox.forget(work.now - timing["outbox_kept"], TIDY),
            lambda work: work.attachments.forget_loose(work.now - timing["loose_kept"], TIDY),
            lambda work: work.families.forget((work.now - timing["family_kept"]).date(), TIDY),
            lambda work: work.burdens.forget((work.now - timing["burden_kept"]).date()),
            lambda work: work.tries.forget(work.now - timing["draft_kept"]),
            lambda work: work.claims.forget(
                work.now - timing["claims_kept"], work.now - CUT_OFF, TIDY, "timing, claims_kept"
            ),
            lambda work: work.hooks.forget(work.now - timing["hook_kept"], TIDY),
            lambda work: work.machines.forget_answers(work.now - timing["api_answers_kept"], TIDY),
        )
        for forget in forgets:
            await self._each("tidying", [forget])

    async def let_go(self) -> None:
        """At night remove what was said and is over for long, some at a time."""
        if self._clock.now().astimezone(self._rules.zone).hour in erasing.NIGHT:
            while await self._store.write(lambda work: erasing.let_go(work, self._rules)):
                pass

    async def _each(self, what: str, turns: Iterable[Callable[[Work], object]]) -> bool:
        """Take turns that share commits; one that fails stops no other. True when none did."""
        taken = [self._store.write(one) for one in turns]
        outcomes = await asyncio.gather(*taken, return_exceptions=True)
        if taken:
            self._delivery.look()
        failed = [one for one in outcomes if isinstance(one, BaseException)]
        for error in failed:
            if isinstance(error, NothingStored):
                raise error
            log.error("failed by itself", extra={"what": what, "error": where_of(error)})
        return not failed

    def _ring(self, work: Work, duty_id: int) -> None:
        ringing.ring(self._program(work), duty_id)

    def _bell(self, work: Work, bell: Ring) -> None:
        def ring(turn: Turn) -> None:
            match bell:
                case Bell():
                    drafts.wake(turn, bell)
                case Registration():
                    registration.climb(turn, bell)
                case _:
                    assert_never(bell)

        self._speak(work, bell.contact_id, ring)


def _due(reading: Reading, now: datetime) -> list[tuple[Ring, str]]:
    """The bells that ring now, with the lane of their person."""
    due: list[tuple[Ring, str]] = []
    bells: list[Ring] = [*reading.drafts.due(now, BELLS)]
    bells += reading.registrations.due(now, BELLS)
    for bell in bells:
        contact = reading.people.contact(bell.contact_id)
        if contact is not None:
            due.append((bell, f"{contact.channel}:{contact.address}"))
    return due


def _ring_later(work: Work, bell: Ring) -> None:
    match bell:
        case Bell():
            work.drafts.wake(bell.id, work.now + RING_AGAIN, bell.wake_for)
        case Registration():
            work.registrations.climb(bell.id, work.now + RING_AGAIN)
        case _:
            assert_never(bell)

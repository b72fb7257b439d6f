"""One incoming message, or one bell, is one transaction; only then is it confirmed."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import TypeAlias, assert_never

from bot import poison
from bot.channels.channel import Arrival, NotStored, Stored, Taken
from bot.clock import Clock
from bot.delivery import Delivery
from bot.keeping.reading_on import read_on
from bot.meter import Meter
from bot.site.metrics import Metrics
from bot.urgency import Urgency
from conversation.cards import Card
from conversation.incoming import Unreadable
from handlers import erasing, talk, watch
from handlers.catching_up import NotRead
from handlers.children import carers, departure, families, keeping
from handlers.people import moving, registration
from handlers.reaching import broadcast, calls, ringing, routes, telling, unnoticed
from handlers.reporting import drafts
from handlers.school import holidays, school_months
from handlers.turn import Rules, Spoken, Turn
from handlers.visiting import digest, planning, tiers
from storage.audit import PROGRAM
from storage.faults import NotStored as NothingStored
from storage.people.people import NOBODY
from storage.people.person import Speaker
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
#: So often nothing of an arrival was stored although others were: it is not the store's fault.
HOPELESS = 5
#: When the day's gaps are told: after work, and once a day.
EVENING_HOUR = 20
#: When the week's list of who will be too old is told.
MORNING_HOUR = 9
#: Arrivals of which such failures are counted.
MANY = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a committed turn left to do: cards to send now, a line on the button."""

    spoken: tuple[Spoken, ...] = ()
    told_others: bool = False
    toast: str | None = field(default=None, repr=False)
    #: Who spoke.
    person: int = 0
    #: True while they fill in a form in which danger was told.
    in_danger: bool = False


class Intake:
    """Takes arrivals of every channel through ``handlers.talk`` into the store."""

    def __init__(
        self,
        store: Store,
        rules: Rules,
        delivery: Delivery,
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        self._store = store
        self._rules = rules
        self._delivery = delivery
        self._clock = clock
        self._metrics = metrics
        self._meter = Meter()
        self._urgency = Urgency()
        #: By key: how many turns the store had kept at the last failure, and how many failures.
        self._failed: dict[str, tuple[int, int]] = {}

    async def take(self, arrival: Arrival) -> Taken:
        """Store the arrival with all its effects; return after the commit."""
        began = time.perf_counter()
        lane = f"{arrival.channel}:{arrival.address}"
        try:
            outcome = await self._turn_or_poison(arrival, lane)
        except NothingStored:
            self._metrics.add("turns_total", outcome="not_stored")
            return NotStored()
        self._send(outcome, arrival)
        self._urgency.learn(lane, outcome.spoken, in_danger=outcome.in_danger)
        if outcome.person:
            at = self._clock.now().astimezone(self._rules.zone)
            self._meter.heard(outcome.person, arrival.incoming, at, self._rules.policy.burden)
        self._metrics.observe("turn_seconds", time.perf_counter() - began)
        return Stored(toast=outcome.toast)

    async def wake_due(self) -> None:
        """Ring what is due, a draft or a registration: one more incoming, in its person's lane."""
        now = self._clock.now()
        for bell, lane in await self._store.read(lambda reading: _due(reading, now)):
            try:
                await self._store.write(partial(self._bell, bell=bell), lane=lane)
            except NothingStored:
                raise
            except Exception as error:  # it stops no other bell, and rings again
                log.error("bell failed", extra={"row": bell.id, "error": _where(error)})  # noqa: TRY400
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
            rung = [self._store.write(partial(self._ring, duty_id=one)) for one in mine]
            outcomes = await asyncio.gather(*rung, return_exceptions=True)
            self._delivery.look()
            failed = [one for one in outcomes if isinstance(one, BaseException)]
            for error in failed:
                if isinstance(error, NothingStored):
                    raise error
                log.error("duty failed", extra={"error": _where(error)})
            if failed or len(due) < RINGS:
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
        pages = [*digest.pages(shares)]
        for at in range(0, len(pages), ABREAST):
            await asyncio.gather(*(self._digests(one, day) for one in pages[at : at + ABREAST]))
            self._delivery.look()

    async def _digests(self, shares: Mapping[int, digest.Share], day: date) -> None:
        """Where one cannot be written, the others of its page are."""
        try:
            await self._store.write(partial(self._digest, shares=shares, day=day))
        except NothingStored:
            raise
        except Exception as error:
            if len(shares) == 1:
                log.error("digest failed", extra={"error": _where(error)})  # noqa: TRY400
                return
            for person, share in shares.items():
                await self._digests({person: share}, day)

    def _digest(self, work: Work, *, shares: Mapping[int, digest.Share], day: date) -> None:
        digest.send(self._program(work), shares, day)

    def _plan_page(self, work: Work, children: tuple[int, ...], page: int) -> None:
        planning.plan_page(work, self._rules, children, page)

    def _plan(self, work: Work, children: tuple[int, ...]) -> None:
        planning.plan(work, self._rules, children)

    async def speak_to(self, contact_id: int, say: Callable[[Turn], None]) -> None:
        """A turn with somebody who did not speak: what was done for them meanwhile is ready."""
        contact = await self._store.read(lambda reading: reading.people.contact(contact_id))
        if contact is not None:
            lane = f"{contact.channel}:{contact.address}"
            await self._store.write(lambda work: self._speak(work, contact_id, say), lane=lane)
            self._delivery.look()

    async def spread(self) -> None:
        """Put the next cards of every broadcast; one beat puts a few, so that alarms go first."""
        for one in await self._store.read(lambda reading: reading.broadcasts.sending()):
            await self._store.write(
                lambda work, one=one: broadcast.spread(self._program(work), one)  # type: ignore[misc]
            )
            self._delivery.look()

    async def evening(self) -> None:
        """Tell townships and the county once a day whose children nobody answers for."""
        if self._clock.now().astimezone(self._rules.zone).hour == EVENING_HOUR:
            await self._store.write(lambda work: keeping.tell_gaps(work, self._rules))
            self._delivery.look()

    async def run(self, act: Callable[[Turn], object]) -> None:
        """A turn of the program itself."""
        await self._store.write(lambda work: act(self._program(work)))
        self._delivery.look()

    async def daily(self) -> None:
        """Tell whoever keeps the program once a day what was to be sent, and was."""
        if self._clock.now().astimezone(self._rules.zone).hour == EVENING_HOUR:
            await self.run(watch.tell_day)

    async def call_up(self) -> None:
        """What reached its person by no channel is told to the next one and put on the list."""
        for one in await self._store.read(lambda reading: reading.undelivered.new(BELLS)):
            await self._store.write(partial(self._call, call_id=one))
            self._delivery.look()

    def _call(self, work: Work, call_id: int) -> None:
        calls.take(self._program(work), call_id)

    async def watch_channels(self) -> None:
        """Tell once that a channel takes nothing any more, and once that it does again."""
        now, patience = self._clock.now(), self._rules.policy.timing["channel_away"]
        known = await self._store.read(lambda reading: reading.pulses.away())
        away = self._delivery.away()
        for channel, since in away.items():
            if channel not in known and now - since >= patience:
                await self.run(partial(watch.channel_away, channel=channel, since=since))
        for channel, since in known.items():
            took = self._delivery.took(channel)
            if channel not in away and took is not None and took > since:
                await self.run(partial(watch.channel_back, channel=channel, at=took))

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
        if not found and not heard:
            return
        taken = [
            *(self._store.write(partial(self._look_after, card=one)) for one in found),
            *(self._store.write(partial(self._end_call, call_id=one)) for one in heard),
        ]
        for error in await asyncio.gather(*taken, return_exceptions=True):
            if isinstance(error, NothingStored):
                raise error
            if isinstance(error, BaseException):  # it stops no other
                log.error("card not looked after", extra={"error": _where(error)})
        self._delivery.look()

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

        One that was down tells later.
        """
        if self._clock.now().astimezone(self._rules.zone).hour == MORNING_HOUR:
            towns = await self._store.read(
                lambda reading: departure.towns_with_soon(reading, self._rules)
            )
            await self._store.write(lambda work: departure.tell_soon(work, self._rules, towns))
            await self._store.write(lambda work: routes.tell_week(self._program(work)))
            self._delivery.look()

    async def ask_schools(self) -> None:
        """In office hours ask schools for their month, and tell what a month left undone."""
        local = self._clock.now().astimezone(self._rules.zone)
        if not self._rules.policy.calendar.is_open(local):
            return
        while await self._store.write(lambda work: school_months.ask_all(self._program(work))):
            self._delivery.look()
        while await self._store.write(lambda work: holidays.ask_all(self._program(work))):
            self._delivery.look()
        await self._store.write(lambda work: holidays.ask_back(self._program(work)))
        await self._store.write(lambda work: school_months.open_checks(self._program(work)))
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

    async def add_up_burden(self) -> None:
        """Add what was measured to the weeks of those who work."""
        weeks = self._meter.taken()
        told = [(person, week, one) for (person, week), one in weeks.items()]
        try:
            if told:
                await self._store.write(lambda work: work.burdens.add(told))
        except NothingStored:
            self._meter.give_back(weeks)
            raise

    async def tidy(self) -> None:
        """Remove what the retention table says is old."""
        timing = self._rules.policy.timing
        for forget in (
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
        ):
            await self._store.write(forget)

    async def let_go(self) -> None:
        """At night remove what was said and is over for long, some at a time."""
        if self._clock.now().astimezone(self._rules.zone).hour in erasing.NIGHT:
            while await self._store.write(lambda work: erasing.let_go(work, self._rules)):
                pass

    async def _turn_or_poison(self, arrival: Arrival, lane: str) -> Outcome:
        """What the turn left to do. Raises NotStored for what time may mend, and only for that."""
        kept = self._store.kept
        try:
            outcome = await self._store.write(
                lambda work: self._turn(work, arrival),
                lane,
                arrival.network,
                is_urgent=lambda: self._urgency.of(arrival.incoming, lane, self._rules),
            )
        except NothingStored as error:
            if not self._is_hopeless(arrival.key, kept):
                raise
            outcome = await self._poison(arrival, error, lane)
        except NotRead as much:  # nothing was done: once more when it is read
            await read_on(self._store, much.step)
            return await self._turn_or_poison(arrival, lane)
        except Exception as error:
            outcome = await self._poison(arrival, error, lane)
        else:
            self._metrics.add("turns_total", outcome="stored")
        self._failed.pop(arrival.key, None)
        return outcome

    def _is_hopeless(self, key: str, kept: int) -> bool:
        """True when others were stored, time and again, and this one was not."""
        known, times = self._failed.pop(key, (kept, 0))
        others = kept > known
        self._failed[key] = (kept, times + others)
        if len(self._failed) > MANY:
            self._failed.pop(next(iter(self._failed)))
        return times + others >= HOPELESS

    def _turn(self, work: Work, arrival: Arrival) -> Outcome:
        """The one effect of an arrival; nothing at all when it was taken before."""
        if not work.inbox.take(arrival.key):
            return Outcome()
        if _is_nobodys(arrival):
            work.poison.keep(arrival.channel, arrival.key, poison.pack(arrival, 0), "Unreadable")
            return Outcome()
        speaker = work.people.meet(arrival.channel, arrival.address)
        is_given_up = arrival.channel in self._rules.given_up
        if not speaker.reachable and arrival.hears_news and not is_given_up:  # who speaks, hears
            work.people.mark_reachable(speaker.contact_id, True)
        turn = self._begin(work, speaker, arrival)
        talk.take(turn, arrival.incoming)
        if turn.is_spent:
            watch.texts_spent(turn)
        if is_given_up:
            moving.point(turn)
        turn.close()
        return Outcome(
            spoken=tuple(turn.spoken),
            told_others=turn.told_others,
            toast=turn.toast,
            person=speaker.person_id,
            in_danger=turn.is_in_danger,
        )

    async def replay(self, poison_id: int, actor: int = PROGRAM) -> None:
        """Take an arrival from the drawer once more, now that its cause is mended.

        Raises CannotReplay, and leaves it where it lies, when it fails again, was taken out
        before, or when its person is in the middle of something else.
        """
        opened = await self._store.write(lambda work: work.poison.open(poison_id, actor))
        if opened is None or opened.state != "kept":
            raise poison.CannotReplay("not_kept")
        kept = poison.unpack(opened.raw)
        lane = f"{kept.arrival.channel}:{kept.arrival.address}"
        try:
            await self._store.write(
                lambda work: self._replay(work, poison_id, kept, actor), lane=lane
            )
        except (poison.CannotReplay, NothingStored):
            raise
        except Exception as error:
            where = _where(error)
            await self._store.write(lambda work: work.poison.failed_again(poison_id, actor, where))
            raise poison.CannotReplay("failed") from None
        self._delivery.look()

    def _replay(self, work: Work, poison_id: int, kept: poison.Kept, actor: int) -> None:
        if not work.poison.replayed(poison_id, actor):
            raise poison.CannotReplay("not_kept")
        speaker = work.people.meet(kept.arrival.channel, kept.arrival.address)
        if speaker.card_id != kept.card_id:  # they went on: it answers no question of now
            if speaker.draft is not None:
                raise poison.CannotReplay("busy")
            speaker = replace(speaker, card_id=None)
        turn = self._begin(work, speaker, kept.arrival)
        turn.owner = ""  # nobody waits for it: delivery claims it like any other row
        turn.is_heard = False  # they said it long ago
        turn.say(Card(text=turn.words("sorry.again")), asks=False)
        talk.take(turn, kept.arrival.incoming)
        turn.close()

    def _begin(self, work: Work, speaker: Speaker, arrival: Arrival | None) -> Turn:
        return Turn(
            work=work,
            rules=self._rules,
            speaker=speaker,
            at=(arrival.at if arrival else work.now).astimezone(self._rules.zone),
            finish=talk.finish,
            draft=speaker.draft,
            replies_to=arrival.replies_to if arrival else None,
            replied_token=arrival.replied_token if arrival else None,
            heard_as=arrival.message if arrival else None,
            is_heard=arrival is not None,
            is_proven=arrival is not None and arrival.is_proven,
            owner=self._delivery.owner,
        )

    def _ring(self, work: Work, duty_id: int) -> None:
        ringing.ring(self._program(work), duty_id)

    def _program(self, work: Work) -> Turn:
        """A turn in which nobody speaks: the program itself acts."""
        return self._begin(work, NOBODY, None)

    def _speak(self, work: Work, contact_id: int, say: Callable[[Turn], None]) -> None:
        speaker = work.people.speaker_of(contact_id)
        if speaker is not None:
            turn = self._begin(work, speaker, None)
            turn.owner = ""  # nobody waits for it: delivery claims it like any other row
            say(turn)
            turn.close()

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

    async def _poison(self, arrival: Arrival, error: Exception, lane: str) -> Outcome:
        """Keep what no handler could bear, tell the person so, and let everybody else go on."""
        where = _where(error)
        log.error("poison kept", extra={"channel": arrival.channel, "error": where})
        self._metrics.add("turns_total", outcome="poison")
        try:
            return await self._store.write(
                lambda work: self._tell_of_poison(work, arrival, where), lane=lane
            )
        except NothingStored:
            raise
        except Exception:  # what is known of the person cannot be read
            await self._store.write(lambda work: _keep_poison(work, arrival, where, card_id=0))
            return Outcome()

    def _tell_of_poison(self, work: Work, arrival: Arrival, where: str) -> Outcome:
        speaker = work.people.meet(arrival.channel, arrival.address)
        turn = self._begin(work, speaker, arrival)
        if not _keep_poison(work, arrival, where, card_id=speaker.card_id):
            return Outcome()
        turn.say(Card(text=turn.words("sorry.fault"), calls=("110", "120")), asks=False)
        turn.close()
        return Outcome(spoken=tuple(turn.spoken))

    def _send(self, outcome: Outcome, arrival: Arrival) -> None:
        for spoken in outcome.spoken:
            if spoken.at_once:
                self._delivery.hand(spoken, arrival.address, arrival.channel)
        if outcome.told_others or not all(spoken.at_once for spoken in outcome.spoken):
            self._delivery.look()


def _is_nobodys(arrival: Arrival) -> bool:
    """True for bytes in which no person was found: there is nobody to answer."""
    return not arrival.address and isinstance(arrival.incoming, Unreadable)


def _keep_poison(work: Work, arrival: Arrival, where: str, *, card_id: int | None) -> bool:
    """True when it is in the drawer now and was not taken before."""
    if not work.inbox.take(arrival.key, even_deadly=True):
        return False
    work.poison.keep(arrival.channel, arrival.key, poison.pack(arrival, card_id), where)
    return True


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


def _where(error: BaseException) -> str:
    """The class of an error and the place it was raised at; never its words."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_globals['__name__']}:{trace.tb_lineno}" if trace else "?"
    return f"{type(error).__name__} {place}"

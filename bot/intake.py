"""One incoming message is one transaction; only then is it confirmed."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

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
from handlers import talk, watch
from handlers.catching_up import NotRead
from handlers.outgoing import Spoken
from handlers.people import moving
from handlers.rules import Rules
from handlers.turn import Turn
from storage.audit import PROGRAM
from storage.faults import NotStored as NothingStored
from storage.people.people import NOBODY
from storage.people.person import Speaker
from storage.store import Store
from storage.work import Work

log = logging.getLogger(__name__)

#: So often nothing of an arrival was stored although others were: it is not the store's fault.
HOPELESS = 5
#: Arrivals of which such failures are counted.
MANY = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a committed turn left to do: cards to send now, a line on the button."""

    spoken: tuple[Spoken, ...] = ()
    told_others: bool = False
    toast: str | None = field(default=None, repr=False)
    #: Whoever spoke and holds a post.
    worker: int = 0
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
        if outcome.worker:
            at = self._clock.now().astimezone(self._rules.zone)
            self._meter.heard(outcome.worker, arrival.incoming, at, self._rules.policy.burden)
        self._metrics.observe("turn_seconds", time.perf_counter() - began)
        return Stored(toast=outcome.toast)

    async def speak_to(self, contact_id: int, say: Callable[[Turn], None]) -> None:
        """A turn with somebody who did not speak: what was done for them meanwhile is ready."""
        contact = await self._store.read(lambda reading: reading.people.contact(contact_id))
        if contact is not None:
            lane = f"{contact.channel}:{contact.address}"
            await self._store.write(lambda work: self.speak(work, contact_id, say), lane=lane)
            self._delivery.look()

    async def run(self, act: Callable[[Turn], object]) -> None:
        """A turn of the program itself."""
        await self._store.write(lambda work: act(self.program(work)))
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
            worker=speaker.person_id if turn.roles else 0,
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
            where = where_of(error)
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

    def program(self, work: Work) -> Turn:
        """A turn in which nobody speaks: the program itself acts."""
        return self._begin(work, NOBODY, None)

    def speak(self, work: Work, contact_id: int, say: Callable[[Turn], None]) -> None:
        """What is told to somebody who did not speak."""
        speaker = work.people.speaker_of(contact_id)
        if speaker is not None:
            turn = self._begin(work, speaker, None)
            turn.owner = ""  # nobody waits for it: delivery claims it like any other row
            say(turn)
            turn.close()

    async def _poison(self, arrival: Arrival, error: Exception, lane: str) -> Outcome:
        """Keep what no handler could bear, tell the person so, and let everybody else go on."""
        where = where_of(error)
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


def where_of(error: BaseException) -> str:
    """The class of an error and the place it was raised at; never its words."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_globals['__name__']}:{trace.tb_lineno}" if trace else "?"
    return f"{type(error).__name__} {place}"

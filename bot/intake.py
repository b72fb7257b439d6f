"""One incoming message, or one bell, is one transaction; only then is it confirmed."""

import logging
import time
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from bot.channels.channel import Arrival, NotStored, Stored, Taken
from bot.clock import Clock
from bot.delivery import Delivery
from bot.site.metrics import Metrics
from conversation.cards import Card
from handlers import drafts, talk
from handlers.turn import Rules, Spoken, Turn
from storage.drafts import Draft
from storage.faults import NotStored as NothingStored
from storage.people import Speaker
from storage.store import Store
from storage.work import Reading, Work

log = logging.getLogger(__name__)

#: Bells rung, and rows removed, in one go.
BELLS, TIDY = 50, 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a committed turn left to do: cards to send now, a line on the button."""

    spoken: tuple[Spoken, ...] = ()
    told_others: bool = False
    toast: str | None = field(default=None, repr=False)


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

    async def take(self, arrival: Arrival) -> Taken:
        """Store the arrival with all its effects; return after the commit."""
        began = time.perf_counter()
        lane = f"{arrival.channel}:{arrival.address}"
        try:
            outcome = await self._store.write(lambda work: self._turn(work, arrival), lane=lane)
        except NothingStored:
            self._metrics.add("turns_total", outcome="not_stored")
            return NotStored()
        except Exception as error:
            outcome_or_none = await self._poison(arrival, error, lane)
            if outcome_or_none is None:
                return NotStored()
            outcome = outcome_or_none
            self._metrics.add("turns_total", outcome="poison")
        else:
            self._metrics.add("turns_total", outcome="stored")
        self._send(outcome, arrival)
        self._metrics.observe("turn_seconds", time.perf_counter() - began)
        return Stored(toast=outcome.toast)

    async def wake_due(self) -> None:
        """Ring the bells of drafts: each is one more incoming, in its person's lane."""
        now = self._clock.now()
        for draft, lane in await self._store.read(lambda reading: _due(reading, now)):
            await self._store.write(partial(self._bell, draft=draft), lane=lane)
            self._delivery.look()

    async def tidy(self) -> None:
        """Remove what the retention table says is old."""
        timing = self._rules.policy.timing
        for forget in (
            lambda work: work.inbox.forget(work.now - timing["inbox_kept"], TIDY),
            lambda work: work.outbox.forget(work.now - timing["outbox_kept"], TIDY),
            lambda work: work.attachments.forget_loose(work.now - timing["loose_kept"], TIDY),
            lambda work: work.reporters.forget_tries(work.now - timing["draft_kept"]),
        ):
            await self._store.write(forget)

    def _turn(self, work: Work, arrival: Arrival) -> Outcome:
        """The one effect of an arrival; nothing at all when it was taken before."""
        if not work.inbox.take(arrival.key):
            return Outcome()
        speaker = work.people.speaker(arrival.channel, arrival.address)
        if speaker is None:
            speaker = work.people.meet(arrival.channel, arrival.address)
        turn = self._begin(work, speaker, arrival)
        talk.take(turn, arrival.incoming)
        turn.close()
        return Outcome(spoken=tuple(turn.spoken), told_others=turn.told_others, toast=turn.toast)

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
            owner=self._delivery.owner,
        )

    def _bell(self, work: Work, draft: Draft) -> None:
        speaker = work.people.speaker_of(draft.contact_id)
        if speaker is not None:
            turn = self._begin(work, speaker, None)
            turn.owner = ""  # nobody waits for it: delivery claims it like any other row
            drafts.wake(turn, draft)
            turn.close()

    async def _poison(self, arrival: Arrival, error: Exception, lane: str) -> Outcome | None:
        """Keep what no handler could bear, tell the person so, and let everybody else go on."""
        where = _where(error)
        log.error("poison kept", extra={"channel": arrival.channel, "error": where})

        def keep(work: Work) -> Outcome:
            if not work.inbox.take(arrival.key, even_deadly=True):
                return Outcome()
            work.poison.keep(arrival.channel, arrival.key, arrival.raw, where)
            speaker = work.people.speaker(arrival.channel, arrival.address)
            if speaker is None:
                return Outcome()
            turn = self._begin(work, speaker, arrival)
            turn.say(Card(text=turn.words("sorry.fault"), calls=("110", "120")), asks=False)
            turn.close()
            return Outcome(spoken=tuple(turn.spoken))

        try:
            return await self._store.write(keep, lane=lane)
        except NothingStored:
            return None

    def _send(self, outcome: Outcome, arrival: Arrival) -> None:
        for spoken in outcome.spoken:
            if spoken.at_once:
                self._delivery.hand(spoken, arrival.address, arrival.channel)
        if outcome.told_others or not all(spoken.at_once for spoken in outcome.spoken):
            self._delivery.look()


def _due(reading: Reading, now: datetime) -> list[tuple[Draft, str]]:
    """Drafts whose bell rings now, with the lane of their person."""
    due = []
    for draft in reading.drafts.due(now, BELLS):
        contact = reading.people.contact(draft.contact_id)
        if contact is not None:
            due.append((draft, f"{contact.channel}:{contact.address}"))
    return due


def _where(error: BaseException) -> str:
    """The class of an error and the place it was raised at; never its words."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace else "?"
    return f"{type(error).__name__} {place}"

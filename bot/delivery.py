"""From the outbox to the channels: at once for whoever is talking, paced, in order per chat.

The rows are the truth. A card of the running turn is handed over in memory, already leased to
this process; everything else (alarms for others, reminders, what a killed process left behind)
is claimed from the outbox.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import assert_never

from bot.channels.channel import (
    Channel,
    Gone,
    Outgoing,
    Refused,
    Sent,
    TryLater,
    Unclear,
)
from bot.channels.channel import (
    Delivery as Delivered,
)
from bot.clock import Clock
from bot.pace import Pace
from bot.site.metrics import Metrics
from conversation.cards import Document, UnreadableCard, card_from_json
from conversation.repeating import takes_the_place
from handlers.outgoing import Spoken
from handlers.people.channels import NO_PHONES
from handlers.reaching import unnoticed
from handlers.turn import BROADCAST, LEASE, REPLY
from storage.faults import NotStored
from storage.reaching.sending import Claimed
from storage.store import Store
from storage.work import Reading, Work

log = logging.getLogger(__name__)

#: Rows claimed in one go.
CLAIM = 200
#: After so many tries that may each have arrived a message is refused for good, and shows as such:
#: the first while the channel takes others' and never this one, the second (a day) in any case.
MAX_ATTEMPTS, MOST_ATTEMPTS = 30, 300
LONGEST = timedelta(minutes=5)
#: Reminders and broadcasts wait in the outbox, not in memory, while this many cards are in hand.
ENOUGH = 500
#: How long a card with a file is ours: it may go over a slow line.
LONG_LEASE = timedelta(minutes=10)
#: When a file is read again that the store did not give.
STORE_AWAY = timedelta(seconds=5)
#: Seconds between looks for what dead processes left behind.
INHERIT_EVERY = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What became of a card: sent, later, unclear, refused, gone; back when it was not tried."""

    row: int
    state: str
    external_id: str = ""
    not_before: datetime | None = None
    contact_id: int = 0


@dataclass(slots=True, kw_only=True)
class Parcel:
    """One card on its way, and what the row said of it when it was taken."""

    outgoing: Outgoing
    contact_id: int
    channel: str
    priority: int
    #: The end of our lease: after it the card is somebody else's.
    until: datetime
    attempts: int = 0


@dataclass(slots=True)
class Chat:
    """The queue of one chat; one task at a time empties it."""

    waiting: deque[Parcel] = field(default_factory=deque)
    busy: bool = False


class Delivery:
    """Sends what is in the outbox, and writes down what became of it."""

    def __init__(
        self,
        store: Store,
        channels: Sequence[Channel],
        clock: Clock,
        metrics: Metrics,
        paces: Mapping[str, Pace] | None = None,
    ) -> None:
        """``paces`` replace the channels' own limits, by channel name."""
        #: The name of this process on its leases.
        self.owner = store.owner
        self._store = store
        self._channels: Mapping[str, Channel] = {channel.name: channel for channel in channels}
        self._paces = {
            channel.name: Pace(channel.limits.overall, channel.limits.per_chat)
            for channel in channels
        } | dict(paces or {})
        self._claimed = tuple(self._channels)
        self._clock = clock
        self._metrics = metrics
        self._chats: dict[tuple[str, str], Chat] = {}
        self._held: dict[int, Parcel] = {}
        self._marks: list[Mark] = []
        self._marking: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._looking = asyncio.Event()
        #: Since when a channel takes nothing at all, and when each took something last.
        self._away: dict[str, datetime] = {}
        self._took: dict[str, datetime] = {}
        self._stopping = False
        #: Claims whenever there may be something.
        self._claiming: asyncio.Task[None] | None = None

    def give_up(self, channels: Collection[str]) -> None:
        """By these channels only what answers somebody at once is sent from now on."""
        self._claimed = tuple(one for one in self._channels if one not in channels)

    def away(self) -> Mapping[str, datetime]:
        """The channels that take nothing at all, and since when."""
        return dict(self._away)

    def took(self, channel: str) -> datetime | None:
        """When a channel took something last, in the life of this process."""
        return self._took.get(channel)

    # -- in -------------------------------------------------------------------------------------

    def hand(self, spoken: Spoken, address: str, channel: str) -> None:
        """Send a card of the turn that was just committed."""
        self._enqueue(
            Parcel(
                outgoing=Outgoing(
                    id=spoken.id,
                    address=address,
                    card=spoken.card,
                    token=spoken.token,
                    replaces=spoken.replaces,
                ),
                contact_id=spoken.contact_id,
                channel=channel,
                priority=spoken.priority,
                until=self._clock.now() + LEASE,
            )
        )

    def look(self) -> None:
        """There may be rows for others: claim them soon."""
        self._looking.set()

    async def claim(self) -> int:
        """Take what is due and nobody else's; how many rows that were."""
        urgency = BROADCAST if len(self._held) < ENOUGH else REPLY
        rows = await self._store.write(
            lambda work: work.sending.claim(
                self.owner, work.now, LEASE, CLAIM, self._claimed, urgency
            )
        )
        until = self._clock.now() + LEASE
        for row in rows:
            if row.is_locked:  # as if nobody heard there: it goes to the next one
                self._mark(Mark(row=row.id, state="gone", contact_id=row.contact_id))
            elif row.id in self._held:
                self._held[row.id].until = until
            else:
                self._take(row, until)
        return len(rows)

    def _take(self, row: Claimed, until: datetime) -> None:
        try:
            self._enqueue(_parcel(row, until))
        except UnreadableCard:  # it holds up nobody else's
            log.error("a card cannot be read", extra={"row": row.id})  # noqa: TRY400
            self._mark(Mark(row=row.id, state="refused"))

    async def run(self) -> None:
        """Claim whenever there may be something, until stopped."""
        self._claiming = asyncio.current_task()
        inherit_at = 0.0
        while not self._stopping:
            self._looking.clear()
            if time.monotonic() >= inherit_at:
                await self._quietly(self._inherit())
                inherit_at = time.monotonic() + INHERIT_EVERY
            if await self._quietly(self.claim()) == CLAIM:
                continue
            try:
                await asyncio.wait_for(self._looking.wait(), timeout=1)
            except TimeoutError:
                continue

    async def _inherit(self) -> int:
        """Free what dead processes had in hand: whoever waits for it must not wait for a lease."""
        return await self._store.write(lambda work: work.sending.inherit(self.owner))

    async def _quietly(self, work: Awaitable[int]) -> int:
        try:
            return await work
        except NotStored:
            log.warning("outbox out of reach")
        except Exception as error:  # the next look must come, whatever this one met
            log.error("outbox not claimed", extra={"error": type(error).__name__})  # noqa: TRY400
        return 0

    async def idle(self) -> None:
        """Return once nothing is on its way and everything is written down."""
        while self._tasks or self._marking is not None:
            waiting = [*self._tasks, *([self._marking] if self._marking else ())]
            await asyncio.wait(waiting)

    async def stop(self) -> None:
        """Finish what is on its way; what still waits is claimed at the next start."""
        self._stopping = True
        self._looking.set()
        for chat in self._chats.values():
            chat.waiting.clear()
        for pace in self._paces.values():
            pace.let_go()
        await self.idle()
        if self._claiming is not None:  # what it claims now is given back, too
            await asyncio.wait([self._claiming])
        with suppress(NotStored):
            await self._store.write(lambda work: work.sending.release(self.owner))

    # -- out ------------------------------------------------------------------------------------

    def _enqueue(self, parcel: Parcel) -> None:
        if self._stopping:
            return
        self._held[parcel.outgoing.id] = parcel
        key = (parcel.channel, parcel.outgoing.address)
        chat = self._chats.get(key)
        if chat is None:
            chat = self._chats[key] = Chat()
        self._leave_out_repeated(chat, parcel)
        chat.waiting.append(parcel)
        if not chat.busy:
            chat.busy = True
            task = asyncio.ensure_future(self._empty(key, chat))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _leave_out_repeated(self, chat: Chat, parcel: Parcel) -> None:
        """What asks the same and was never tried is not sent: five texts are answered once."""
        for earlier in [one for one in chat.waiting if _is_repeated(one, parcel)]:
            chat.waiting.remove(earlier)
            self._mark(Mark(row=earlier.outgoing.id, state="superseded"))

    async def _empty(self, key: tuple[str, str], chat: Chat) -> None:
        """One chat, one message at a time, in order."""
        channel, pace = self._channels[key[0]], self._paces[key[0]]
        while chat.waiting:
            if (rest := pace.rests(key[1])) is not None:
                self._give_back(chat, rest)
                break
            await pace.wait(key[1], chat.waiting[0].priority)
            if chat.waiting:
                parcel = chat.waiting.popleft()
                if parcel.until > self._clock.now():
                    self._note(parcel, await self._send(channel, parcel), pace)
                else:  # it waited so long that it may be in other hands by now
                    self._held.pop(parcel.outgoing.id, None)
        chat.busy = False
        if not chat.waiting:
            self._chats.pop(key, None)

    async def _send(self, channel: Channel, parcel: Parcel) -> Delivered:
        packed = await self._packed(channel, parcel.outgoing)
        if not isinstance(packed, Outgoing):
            return packed
        try:
            return await channel.send(packed)
        except Exception as error:
            log.error("channel broke its word", extra={"error": type(error).__name__})  # noqa: TRY400
            return Unclear()

    async def _packed(self, channel: Channel, outgoing: Outgoing) -> Outgoing | Delivered:
        """The card with the bytes of its document, where the channel carries them."""
        document = outgoing.card.document
        if document is None or not channel.limits.carries_files:
            return outgoing
        try:
            await self._store.write(partial(_hold, row=outgoing.id, owner=self.owner))
            content = await self._store.read(partial(_bytes_of, document=document))
        except NotStored:
            return TryLater(after=STORE_AWAY)
        except Exception as error:
            log.error("document not read", extra={"error": type(error).__name__})  # noqa: TRY400
            return Refused(code="file-unreadable")
        if content is None:
            return Refused(code="file-gone")
        return replace(outgoing, content=content)

    def _note(self, parcel: Parcel, delivered: Delivered, pace: Pace) -> None:
        """Write down what became of it; a chat that must rest, rests."""
        row, address = parcel.outgoing.id, parcel.outgoing.address
        self._listen(parcel.channel, delivered)
        match delivered:
            case Sent():
                self._mark(Mark(row=row, state="sent", external_id=delivered.external_id))
            case TryLater() | Unclear():
                state = "unclear" if isinstance(delivered, Unclear) else "later"
                after = self._patience(parcel, delivered.after)
                pace.hold(address, after)
                if state == "unclear" and self._is_hopeless(parcel, after):
                    state = "refused"
                self._mark(Mark(row=row, state=state, not_before=self._clock.now() + after))
            case Gone():
                self._mark(Mark(row=row, state="gone", contact_id=parcel.contact_id))
            case Refused():
                log.warning("refused", extra={"row": row, "code": delivered.code})
                self._mark(Mark(row=row, state="refused"))
            case _:
                assert_never(delivered)

    def _is_hopeless(self, parcel: Parcel, after: timedelta) -> bool:
        """True when it is this message that the channel does not take, and not the channel."""
        took = self._took.get(parcel.channel)
        takes_others = took is not None and self._clock.now() - took <= after
        return parcel.attempts + 1 >= (MAX_ATTEMPTS if takes_others else MOST_ATTEMPTS)

    def _listen(self, channel: str, delivered: Delivered) -> None:
        """Whether the channel as a whole is away."""
        match delivered:
            case TryLater(this_chat_only=False) | Unclear():
                self._away.setdefault(channel, self._clock.now())
            case Sent() | Gone():
                self._away.pop(channel, None)
                self._took[channel] = self._clock.now()
            case TryLater() | Refused():
                pass
            case _:
                assert_never(delivered)

    def _patience(self, parcel: Parcel, after: timedelta) -> timedelta:
        """Doubling up to five minutes, but never before the channel's own word."""
        if not parcel.attempts:
            return after
        return max(after, min(timedelta(seconds=2 ** min(parcel.attempts, 9)), LONGEST))

    def _give_back(self, chat: Chat, rest: float) -> None:
        """The chat rests: its rows go back to the outbox, where their order is kept."""
        not_before = self._clock.now() + timedelta(seconds=rest)
        while chat.waiting:
            row = chat.waiting.popleft().outgoing.id
            self._mark(Mark(row=row, state="back", not_before=not_before))

    # -- marks ----------------------------------------------------------------------------------

    def _mark(self, mark: Mark) -> None:
        self._metrics.add("sent_total", outcome=mark.state)
        self._marks.append(mark)
        if self._marking is None:
            self._marking = asyncio.ensure_future(self._write_marks())

    async def _write_marks(self) -> None:
        """Many marks in one transaction; kept and tried again while the store is away."""
        try:
            while self._marks:
                marks, self._marks = self._marks, []
                try:
                    await self._write(marks)
                except NotStored:
                    self._marks = marks + self._marks
                    await asyncio.sleep(0.5)
        finally:
            self._marking = None

    async def _write(self, marks: Sequence[Mark]) -> None:
        """Write marks; one that cannot be written is dropped alone, and its card comes again."""
        try:
            await self._store.write(partial(_put, owner=self.owner, marks=marks))
        except NotStored:
            raise
        except Exception as error:
            if len(marks) > 1:
                for mark in marks:
                    await self._write([mark])
                return
            log.error("not marked", extra={"row": marks[0].row, "error": type(error).__name__})  # noqa: TRY400
        for mark in marks:
            self._held.pop(mark.row, None)


def _is_repeated(earlier: Parcel, parcel: Parcel) -> bool:
    """True for an answer that nobody tried to send yet, where the later one says it all."""
    was, now = earlier.outgoing, parcel.outgoing
    is_plain = not (was.replaces or now.replaces or was.asks or now.asks)
    is_plain = is_plain and parcel.channel not in NO_PHONES  # a page reads what its turn was told
    untried = not earlier.attempts and not was.perhaps_again
    return (
        is_plain
        and untried
        and earlier.contact_id == parcel.contact_id
        and earlier.priority == parcel.priority == REPLY
        and takes_the_place(now.card, was.card)
    )


def _bytes_of(look: Reading, document: Document) -> bytes | None:
    if document.is_copy:
        return look.attachments.copy(document.id)
    return look.attachments.content(document.id)


def _hold(work: Work, row: int, owner: str) -> None:
    work.sending.hold(owner, row, work.now + LONG_LEASE)


def _put(work: Work, owner: str, marks: Sequence[Mark]) -> None:
    """Write what became of many cards."""

    def those(state: str) -> list[Mark]:
        return [mark for mark in marks if mark.state == state]

    sending = work.sending
    if sent := those("sent"):
        sending.mark_sent([(mark.row, mark.external_id) for mark in sent])
    if later := those("later"):
        sending.mark_later(owner, [(mark.row, mark.not_before or work.now) for mark in later])
    if back := those("back"):
        sending.give_back(owner, [(mark.row, mark.not_before or work.now) for mark in back])
    if unclear := those("unclear"):
        sending.mark_unclear(owner, [(mark.row, mark.not_before or work.now) for mark in unclear])
    if refused := those("refused"):
        sending.mark_refused([mark.row for mark in refused])
        for mark in refused:
            unnoticed.fall_over(work, mark.row, "refused")
    for mark in those("superseded"):
        work.outbox.supersede(mark.row)
    if gone := those("gone"):
        sending.mark_gone([mark.row for mark in gone])
        for mark in gone:
            work.people.mark_reachable(mark.contact_id, False)
            unnoticed.fall_over(work, mark.row, "gone")


def _parcel(row: Claimed, until: datetime) -> Parcel:
    return Parcel(
        outgoing=Outgoing(
            id=row.id,
            address=row.address,
            card=card_from_json(row.card),
            token=row.token or "",
            replaces=row.replaces,
            perhaps_again=row.unclear,
            asks=row.asks,
        ),
        contact_id=row.contact_id,
        channel=row.channel,
        priority=row.priority,
        until=until,
        attempts=row.attempts,
    )

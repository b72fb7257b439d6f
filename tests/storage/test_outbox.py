"""The outbox: who may send what, in which order, and what becomes of it."""

from collections.abc import Callable
from datetime import timedelta

from storage.reaching.owed import OutboxIn
from storage.reaching.sending import Claimed
from storage.sealing import KeyRing
from storage.store import Store
from storage.work import Work
from tests.fakes.clock import FakeClock

SECOND = timedelta(seconds=1)
LEASE = 30 * SECOND


async def test_one_cause_speaks_once(store: Store) -> None:
    def put_twice(work: Work) -> tuple[int, int, int]:
        put = _putting(work, "a")
        return put(key="report-1:receipt"), put(key="report-1:receipt"), put(key=None)

    first, second, other = await store.write(put_twice)
    assert first == second
    assert other != first


async def test_what_is_claimed_is_nobody_elses_until_the_lease_ends(
    store: Store, clock: FakeClock
) -> None:
    card = await store.write(lambda work: _putting(work, "a")())
    claimed = await store.write(_claiming("one"))
    assert [(row.id, row.address, row.unclear) for row in claimed] == [(card, "a", False)]
    assert await store.write(_claiming("two")) == ()
    assert await store.write(_claiming("one")) == ()
    clock.passes(LEASE)
    # The first one died, perhaps after sending.
    again = await store.write(_claiming("two"))
    assert [(row.id, row.unclear) for row in again] == [(card, True)]


async def test_the_most_urgent_goes_first_and_then_the_oldest(store: Store) -> None:
    def put(work: Work) -> list[int]:
        return [
            _putting(work, person)(priority=priority)
            for person, priority in (("a", 3), ("b", 1), ("c", 0), ("d", 1))
        ]

    ids = await store.write(put)
    claimed = await store.write(_claiming("one"))
    assert [row.id for row in claimed] == [ids[2], ids[1], ids[3], ids[0]]


async def test_only_as_many_as_asked_and_only_of_the_channels_asked(store: Store) -> None:
    def put(work: Work) -> list[int]:
        return [_putting(work, str(number))() for number in range(5)]

    ids = await store.write(put)
    assert await store.write(_claiming("one", channels=("telegram",))) == ()
    claimed = await store.write(_claiming("one", limit=2))
    assert [row.id for row in claimed] == ids[:2]


async def test_a_card_for_later_waits_for_its_time(store: Store, clock: FakeClock) -> None:
    soon = clock.now + SECOND
    card = await store.write(lambda work: _putting(work, "a")(not_before=soon))
    assert await store.write(_claiming("one")) == ()
    assert await store.read(lambda reading: reading.sending.oldest_waiting(reading.now)) is None
    clock.passes(SECOND)
    assert [row.id for row in await store.write(_claiming("one"))] == [card]
    assert await store.read(lambda reading: reading.sending.oldest_waiting(reading.now)) == soon


async def test_nothing_overtakes_a_card_that_must_be_tried_again(
    store: Store, clock: FakeClock
) -> None:
    def put(work: Work) -> tuple[int, int, int, int]:
        put = _putting(work, "a")
        return put(), put(), _putting(work, "b")(), put(priority=0)

    first, second, others, alarm = await store.write(put)
    await store.write(_claiming("one"))
    await store.write(lambda work: work.sending.release("one"))
    await store.write(_claiming("one", limit=4))
    retry = clock.now + 10 * SECOND

    def fail_first(work: Work) -> None:
        work.sending.mark_later("one", [(first, retry)])
        work.sending.release("one")

    await store.write(fail_first)
    # The one behind it waits; the alarm to the same person and the other person do not.
    assert [row.id for row in await store.write(_claiming("one"))] == [alarm, others]
    clock.passes(10 * SECOND)
    later = await store.write(_claiming("one"))
    assert [(row.id, row.attempts) for row in later] == [(first, 1), (second, 0)]


async def test_what_another_process_sends_right_now_is_not_overtaken_either(
    store: Store,
) -> None:
    first = await store.write(lambda work: _putting(work, "a")())
    assert [row.id for row in await store.write(_claiming("one"))] == [first]
    second = await store.write(lambda work: _putting(work, "a")())
    assert await store.write(_claiming("two")) == ()
    # The same process keeps the order itself.
    assert [row.id for row in await store.write(_claiming("one"))] == [second]


async def test_a_card_put_under_a_lease_is_its_owners_at_once(
    store: Store, clock: FakeClock
) -> None:
    def put(work: Work) -> int:
        return _putting(work, "a")(lease_owner="one", lease_until=work.now + LEASE)

    card = await store.write(put)
    assert await store.write(_claiming("two")) == ()
    assert await store.write(_claiming("one")) == ()
    await store.write(lambda work: work.sending.mark_sent([(card, "ext-1")]))
    clock.passes(LEASE)
    assert await store.write(_claiming("two")) == ()


async def test_sent_gone_refused_and_superseded_cards_are_never_claimed_again(
    store: Store, clock: FakeClock
) -> None:
    def put(work: Work) -> list[int]:
        return [_putting(work, str(number))() for number in range(4)]

    sent, gone, refused, superseded = await store.write(put)
    await store.write(_claiming("one"))

    def mark(work: Work) -> None:
        work.sending.mark_sent([(sent, "ext-1")])
        work.sending.mark_gone([gone])
        work.sending.mark_refused([refused])
        work.outbox.supersede(superseded)
        work.outbox.supersede(sent)

    await store.write(mark)
    clock.passes(2 * LEASE)
    assert await store.write(_claiming("one")) == ()
    states = await store.read(
        lambda reading: [
            row.state
            for row in map(reading.outbox.get, (sent, gone, refused, superseded))
            if row is not None
        ]
    )
    assert states == ["sent", "gone", "refused", "superseded"]


async def test_an_unclear_card_says_so_when_it_is_tried_again(
    store: Store, clock: FakeClock
) -> None:
    card = await store.write(lambda work: _putting(work, "a")())
    await store.write(_claiming("one"))
    soon = clock.now + SECOND
    await store.write(lambda work: work.sending.mark_unclear("one", [(card, soon)]))
    clock.passes(SECOND)
    again = await store.write(_claiming("one"))
    assert [(row.id, row.unclear, row.attempts) for row in again] == [(card, True, 1)]


async def test_a_process_that_lost_its_lease_cannot_put_a_card_off(
    store: Store, clock: FakeClock
) -> None:
    card = await store.write(lambda work: _putting(work, "a")())
    await store.write(_claiming("one"))
    clock.passes(LEASE)
    await store.write(_claiming("two"))
    much_later = clock.now + timedelta(days=1)
    await store.write(lambda work: work.sending.mark_later("one", [(card, much_later)]))
    clock.passes(LEASE)
    assert [row.id for row in await store.write(_claiming("three"))] == [card]


async def test_a_stop_in_good_order_leaves_no_doubt(store: Store) -> None:
    card = await store.write(lambda work: _putting(work, "a")())
    await store.write(_claiming("one"))
    assert await store.write(lambda work: work.sending.release("one")) == 1
    claimed = await store.write(_claiming("two"))
    assert [(row.id, row.unclear) for row in claimed] == [(card, False)]


async def test_a_card_is_found_by_its_token_and_by_the_channels_id(store: Store) -> None:
    def put(work: Work) -> tuple[int, int]:
        put = _putting(work, "a")
        card = put(token="t" * 22)
        work.sending.mark_sent([(card, "871")])
        return card, work.people.meet("web", "a").contact_id

    card, contact = await store.write(put)
    found = await store.read(
        lambda reading: [
            reading.outbox.by_token("t" * 22),
            reading.outbox.by_external(contact, "871"),
            reading.outbox.get(card),
        ]
    )
    assert [row.id for row in found if row is not None] == [card] * 3
    assert await store.read(lambda reading: reading.outbox.by_token("x")) is None
    assert await store.read(lambda reading: reading.outbox.by_external(contact + 1, "871")) is None


async def test_a_replacement_names_the_message_that_it_replaces(store: Store) -> None:
    def put(work: Work) -> int:
        put = _putting(work, "a")
        first = put()
        work.sending.mark_sent([(first, "871")])
        return put(replaces=first)

    second = await store.write(put)
    claimed = await store.write(_claiming("one"))
    assert [(row.id, row.replaces) for row in claimed] == [(second, "871")]


async def test_an_answer_waits_for_what_is_in_nobodys_or_in_other_hands(
    store: Store, clock: FakeClock
) -> None:
    def waits(owner: str) -> Callable[[Work], bool]:
        return lambda work: work.outbox.must_wait(work.people.meet("web", "a"), 1, owner)

    def leased(owner: str) -> Callable[[Work], int]:
        return lambda work: _putting(work, "a")(lease_owner=owner, lease_until=clock() + LEASE)

    def put_and_ask(work: Work) -> bool:
        speaker = work.people.meet("web", "a")
        _putting(work, "a")()
        return work.outbox.must_wait(speaker, 1, store.owner)

    assert not await store.write(waits(store.owner))
    ours = await store.write(leased(store.owner))
    assert not await store.write(waits(store.owner))
    assert await store.write(waits("another"))
    await store.write(_sending(ours))
    theirs = await store.write(leased("another"))
    assert await store.write(waits(store.owner))
    assert not await store.write(waits("another"))
    await store.write(_sending(theirs))
    assert not await store.write(waits(store.owner))
    assert await store.write(put_and_ask)
    assert await store.write(waits(store.owner))


async def test_words_may_mean_later_cards_and_those_that_last(store: Store) -> None:
    def put(work: Work) -> tuple[int, list[int]]:
        put = _putting(work, "a")
        ids = [put(), put(lasting=True), put(), put(), put(lasting=True)]
        _putting(work, "b")(lasting=True)
        # The last one was not shown yet.
        work.sending.mark_sent([(row, f"m{row}") for row in ids[:4]])
        return work.people.meet("web", "a").contact_id, ids

    contact, ids = await store.write(put)

    async def meant(after: int) -> list[int]:
        rows = await store.read(lambda reading: reading.outbox.meant(contact, after))
        return [row.id for row in rows]

    assert await meant(ids[2]) == [ids[3], ids[1]]
    assert await meant(0) == ids[3::-1]


async def test_a_contact_sees_what_was_sent_in_order_and_from_where_they_were(
    store: Store, clock: FakeClock
) -> None:
    def put(work: Work) -> tuple[int, list[int]]:
        put = _putting(work, "a")
        ids = [put() for _ in range(5)]
        _putting(work, "b")()
        return work.people.meet("web", "a").contact_id, ids

    contact, ids = await store.write(put)
    # The alarm that was put last goes out first.
    order = [ids[4], ids[0], ids[1], ids[2]]
    for row in order:
        clock.passes(SECOND)
        await store.write(_sending(row))

    async def shown(last: int, limit: int) -> list[int]:
        rows = await store.read(lambda reading: reading.outbox.shown(contact, last, limit))
        return [row.id for row in rows]

    assert await shown(0, 10) == order
    assert await shown(0, 2) == order[2:]
    assert await shown(ids[0], 10) == order[2:]
    assert await shown(ids[2], 10) == []
    assert await shown(12345, 10) == order


async def test_what_was_said_long_ago_is_forgotten_and_what_waits_is_not(
    store: Store, clock: FakeClock
) -> None:
    def put(work: Work) -> tuple[int, int]:
        put = _putting(work, "a")
        sent, waiting = put(), put()
        work.sending.mark_sent([(sent, "1")])
        return sent, waiting

    sent, waiting = await store.write(put)
    clock.passes(timedelta(days=400))
    assert await store.write(lambda work: work.outbox.forget(work.now, 10)) == 1
    kept = await store.read(
        lambda reading: [reading.outbox.get(sent), reading.outbox.get(waiting)]
    )
    assert [row and row.state for row in kept] == [None, "queued"]


def test_two_processes_never_claim_the_same_card(
    postgresql_url: str, keys: KeyRing, clock: FakeClock
) -> None:
    stores = [Store.open(postgresql_url, keys, clock, readers=1) for _ in range(2)]

    def put(work: Work) -> None:
        for number in range(200):
            _putting(work, str(number))()

    stores[0].write(put).result(30)
    pending = [
        store.write(_claiming(f"owner-{store is stores[0]}-{turn}", limit=7))
        for turn in range(30)
        for store in stores
    ]
    claimed = [row.id for one in pending for row in one.result(30)]
    for store in stores:
        store.close()
    assert len(claimed) == len(set(claimed)) == 200


def _claiming(
    owner: str, *, limit: int = 50, channels: tuple[str, ...] = ("web",)
) -> Callable[[Work], tuple[Claimed, ...]]:
    return lambda work: work.sending.claim(owner, work.now, LEASE, limit, channels)


def _sending(row: int) -> Callable[[Work], None]:
    return lambda work: work.sending.mark_sent([(row, f"external-{row}")])


def _putting(work: Work, address: str) -> Callable[..., int]:
    contact_id = work.people.meet("web", address).contact_id

    def put(*, priority: int = 1, **more: object) -> int:
        return work.outbox.put(
            OutboxIn(
                contact_id=contact_id,
                channel="web",
                priority=priority,
                card="{}",
                turn=1,
                **more,  # type: ignore[arg-type]
            )
        )

    return put

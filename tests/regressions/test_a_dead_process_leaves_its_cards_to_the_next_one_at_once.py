"""The cards of a killed process waited out its lease, although it was known to be dead."""

from datetime import timedelta

from storage.reaching.owed import OutboxIn
from storage.reaching.sending import Claimed
from storage.store import Store
from storage.work import Work

LEASE = timedelta(seconds=30)


def _owe(work: Work, owner: str) -> int:
    return work.outbox.put(
        OutboxIn(
            contact_id=work.people.meet("web", "a").contact_id,
            channel="web",
            priority=1,
            card='["x", [], [], false]',
            turn=1,
            lease_owner=owner,
            lease_until=work.now + LEASE,
        )
    )


def _claim(work: Work, owner: str) -> tuple[Claimed, ...]:
    return work.sending.claim(owner, work.now, LEASE, 10, ("web",))


async def test_a_dead_process_leaves_its_cards_to_the_next_one_at_once(store: Store) -> None:
    dead, alive = f"{(store.worker + 1) % 1024}.dead", f"{store.worker}.alive"
    row = await store.write(lambda work: _owe(work, dead))
    assert await store.write(lambda work: _claim(work, alive)) == ()
    assert await store.write(lambda work: work.sending.inherit(alive)) == 1
    claimed = await store.write(lambda work: _claim(work, alive))
    assert [(one.id, one.unclear) for one in claimed] == [(row, True)]


async def test_what_this_process_has_in_hand_stays_its_own(store: Store) -> None:
    alive = f"{store.worker}.alive"
    await store.write(lambda work: _owe(work, alive))
    assert await store.write(lambda work: work.sending.inherit(alive)) == 0

"""Secrets of authenticator apps: one code once, whoever becomes one person, and a lost one."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select

from policy.authenticator import STEP, code_of, step_of
from storage.people.authenticators import Said
from storage.store import Store
from storage.tables import authenticator
from storage.work import Work
from tests.fakes.clock import FakeClock


def now_shown(clock: FakeClock, key: bytes) -> str:
    return code_of(key, step_of(clock.now))


def say(code: str, person: int, work: Work) -> Said:
    return work.authenticators.say(person, code)


async def set_up(store: Store, clock: FakeClock, person: int) -> bytes:
    key = await store.write(lambda work: work.authenticators.begin(person))
    code = now_shown(clock, key)
    said = await store.write(lambda work: work.authenticators.confirm(person, code))
    assert said is Said.RIGHT
    clock.passes(timedelta(seconds=STEP))
    return key


async def test_of_two_who_say_the_same_code_at_once_one_is_right(
    store: Store, clock: FakeClock
) -> None:
    key = await set_up(store, clock, 7)
    code = now_shown(clock, key)
    both = [store.write(partial(say, code, 7)) for _ in range(2)]
    assert sorted([(await one).value for one in both]) == ["right", "wrong"]


async def test_the_code_of_the_setting_up_opens_nothing(store: Store, clock: FakeClock) -> None:
    key = await store.write(lambda work: work.authenticators.begin(7))
    code = now_shown(clock, key)
    assert not await store.read(lambda look: look.authenticators.is_set(7))
    assert await store.write(partial(say, code, 7)) is Said.WRONG
    await store.write(lambda work: work.authenticators.confirm(7, code))
    assert await store.write(partial(say, code, 7)) is Said.WRONG
    assert await store.read(lambda look: look.authenticators.is_set(7))


async def test_a_new_secret_waits_ten_minutes_and_no_longer(
    store: Store, clock: FakeClock
) -> None:
    def confirm(work: Work) -> Said:
        return work.authenticators.confirm(7, now_shown(clock, key))

    key = await store.write(lambda work: work.authenticators.begin(7))
    clock.passes(timedelta(minutes=10, seconds=1))
    assert await store.write(confirm) is Said.OVER
    rows = await store.read(lambda look: look.db.all(select(authenticator.c.pending)))
    assert [row[0] for row in rows] == [None]
    clock.passes(-timedelta(minutes=5))
    assert await store.write(confirm) is Said.OVER
    key = await store.write(lambda work: work.authenticators.begin(7))
    clock.passes(timedelta(minutes=9))
    assert await store.write(confirm) is Said.RIGHT
    assert await store.write(confirm) is Said.OVER


async def test_one_persons_code_is_nobody_elses(store: Store, clock: FakeClock) -> None:
    key = await set_up(store, clock, 7)
    await set_up(store, clock, 8)
    assert await store.write(partial(say, now_shown(clock, key), 8)) is Said.WRONG


@pytest.mark.parametrize("both", [False, True])
async def test_two_persons_who_are_one_have_one_app(
    store: Store, clock: FakeClock, *, both: bool
) -> None:
    met = [await store.write(partial(_meet, name)) for name in ("stays", "gone")]
    key = await set_up(store, clock, met[1])
    if both:
        key = await set_up(store, clock, met[0])
    await store.write(lambda work: work.links.join(met[0], met[1], by=met[0]))
    assert await store.write(partial(say, now_shown(clock, key), met[0])) is Said.RIGHT
    known = await store.read(lambda look: look.authenticators.all_set())
    assert [*known] == [met[0]]


async def test_what_is_only_begun_does_not_take_the_place_of_an_app(
    store: Store, clock: FakeClock
) -> None:
    stays, gone = [await store.write(partial(_meet, name)) for name in ("stays", "gone")]
    key = await set_up(store, clock, gone)
    begun = await store.write(lambda work: work.authenticators.begin(stays))
    await store.write(lambda work: work.links.join(stays, gone, by=stays))
    code = now_shown(clock, begun)
    said = await store.write(lambda work: work.authenticators.confirm(stays, code))
    assert said is Said.OVER
    assert await store.write(partial(say, now_shown(clock, key), stays)) is Said.RIGHT


def _meet(name: str, work: Work) -> int:
    return work.people.meet("web", name).person_id


async def test_a_lost_one_is_forgotten_once(store: Store, clock: FakeClock) -> None:
    await set_up(store, clock, 7)
    wish = await store.write(lambda work: work.authenticators.ask_reset(7, "丢了", by=1))
    (waiting,) = await store.read(lambda look: look.authenticators.waiting())
    assert (waiting.person_id, waiting.why, waiting.proposed_by) == (7, "丢了", 1)
    assert "丢了" not in repr(waiting)
    assert await store.write(lambda work: work.authenticators.forget(wish, by=2))
    assert not await store.write(lambda work: work.authenticators.forget(wish, by=2))
    assert not await store.write(lambda work: work.authenticators.refuse(wish, by=2))
    assert not await store.read(lambda look: look.authenticators.is_set(7))

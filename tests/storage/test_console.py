"""The office page's doors and sessions, on both engines; and the lists that it shows."""

from datetime import timedelta
from functools import partial

from sqlalchemy import func, select

from storage.office.console import WAITING, WAITING_OF_ONE, is_code
from storage.store import Store
from storage.tables import console_door
from storage.work import Work
from tests.fakes.clock import FakeClock
from tests.storage.village import settled

FIVE, IDLE, DAY = timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=8)
_DOORS = select(func.count()).select_from(console_door)
BROWSER, OTHER = b"b" * 32, b"o" * 32


def _begin(work: Work, person: int, mark: bytes) -> None:
    work.console.begin(person, mark, DAY, at_most=3)


def test_a_code_waits_is_confirmed_and_is_used_up(store: Store, clock: FakeClock) -> None:
    code = store.write(lambda work: work.console.ask(BROWSER, FIVE)).result()
    assert code is not None
    assert is_code(code)

    def go(work: Work) -> tuple[bool, bool, int | None, int | None, int | None]:
        door = work.console.find(code, 7)
        assert door is not None
        first = work.console.confirm(door.id, 7)
        again = work.console.confirm(door.id, 8)
        other = work.console.enter(OTHER)
        return first, again, other, work.console.enter(BROWSER), work.console.enter(BROWSER)

    assert store.write(go).result() == (True, False, None, 7, None)


def test_a_code_that_is_old_or_not_confirmed_lets_nobody_in(
    store: Store, clock: FakeClock
) -> None:
    code = store.write(lambda work: work.console.ask(BROWSER, FIVE)).result()
    assert store.write(lambda work: work.console.enter(BROWSER)).result() is None
    clock.passes(FIVE)
    assert store.read(lambda reading: reading.console.shown(code or "")).result() is None
    assert store.read(lambda reading: reading.console.waiting(BROWSER)).result() is None


def test_whoever_opens_two_thousand_browsers_closes_the_door_for_nobody(store: Store) -> None:
    def comes(work: Work, name: str, network: str | None) -> bytes:
        browser = name.encode().ljust(32, b"-")
        work.console.ask(browser, FIVE, network)
        return browser

    def waits(browser: bytes) -> bool:
        return store.read(lambda reading: reading.console.waiting(browser)).result() is not None

    office = store.write(lambda work: comes(work, "clerk", "192.0.2.1")).result()

    def crowd(work: Work, at: int) -> None:
        for one in range(50):
            comes(work, f"one {at} {one}", "198.51.100.7")

    for at in range(6):
        store.write(partial(crowd, at=at)).result()
    count = store.read(lambda reading: reading.db.one(_DOORS)).result()
    assert count == (1 + WAITING_OF_ONE,)

    def from_everywhere(work: Work, at: int) -> None:
        for one in range(50):
            network = f"203.0.113.{at // 2}" if one % 2 else None
            comes(work, f"many {at} {one}", network)

    for at in range(WAITING // 50 + 1):
        store.write(partial(from_everywhere, at=at)).result()
    assert store.read(lambda reading: reading.db.one(_DOORS)).result() == (WAITING,)
    late = store.write(lambda work: comes(work, "late clerk", "192.0.2.2")).result()
    assert waits(office)
    assert waits(late)


def test_a_session_ends_by_idling_by_its_time_and_by_leaving(
    store: Store, clock: FakeClock
) -> None:
    people = store.write(settled).result()
    mark = b"m" * 32

    def is_inside() -> bool:
        return store.read(lambda reading: reading.console.session(mark, IDLE)).result() is not None

    def begin() -> None:
        store.write(lambda work: work.console.begin(people.boss, mark, DAY, at_most=3)).result()

    begin()
    clock.passes(IDLE - timedelta(seconds=1))
    assert is_inside()
    store.write(lambda work: work.console.touch(mark)).result()
    clock.passes(IDLE - timedelta(seconds=1))
    assert is_inside()
    clock.passes(timedelta(seconds=1))
    assert not is_inside()
    clock.passes(DAY)
    begin()
    assert is_inside()
    store.write(lambda work: work.console.end(mark)).result()
    assert not is_inside()


def test_of_many_sessions_the_newest_stay(store: Store, clock: FakeClock) -> None:
    people = store.write(settled).result()
    marks = [bytes([number]) * 32 for number in range(5)]
    for one in marks:
        store.write(partial(_begin, person=people.boss, mark=one)).result()
        clock.passes(timedelta(seconds=1))
    inside = store.read(
        lambda reading: [reading.console.session(mark, IDLE) is not None for mark in marks]
    ).result()
    assert inside == [False, False, True, True, True]


def test_children_are_listed_by_place_tier_and_page(store: Store, clock: FakeClock) -> None:
    people = store.write(settled).result()

    def enter(work: Work) -> list[int]:
        made = [
            work.children.add(
                people.group if at % 2 else people.elsewhere,
                {"name": f"王{at}", "tier": "红" if at < 3 else ""},
                source="roster",
                by=0,
            )
            for at in range(8)
        ]
        work.children.open(made[1], people.boss, code="visit", reason="要去看看")
        return made

    made = store.write(enter).result()

    def look(work: Work) -> tuple[list[int], list[int], list[int], int, int]:
        seen = work.children
        return (
            [one.id for one in seen.listed([people.town], skip=0, count=3)],
            [one.id for one in seen.listed([people.town], skip=3, count=3)],
            [one.id for one in seen.listed([people.county], tiers=("red", "红"), skip=0, count=9)],
            seen.count([people.town]),
            seen.count([people.town], visit_before=work.now),
        )

    first, second, red, count, late = store.write(look).result()
    assert sorted(first + second) == [made[at] for at in (1, 3, 5, 7)]
    assert sorted(red) == made[:3]
    assert (count, late) == (4, 0)
    looks = store.read(lambda reading: reading.child_looks.below([people.town], count=9))
    ((child, why),) = [(one.child_id, one.look.reason) for one in looks.result()]
    assert (child, why) == (made[1], "要去看看")
    elsewhere = store.read(lambda reading: reading.child_looks.below([people.elsewhere], count=9))
    assert elsewhere.result() == ()

"""In a rush nobody waits behind one who has many sessions; where there is none nothing changes."""

from collections.abc import Callable
from threading import Event

from storage.store import Store
from storage.turns.threads import BATCH, Job, Rush
from storage.work import Work
from tests.fakes.clock import FakeClock

#: What one attacker says from so many sessions of one network.
MANY = 6 * BATCH


def test_whoever_says_much_from_many_sessions_delays_nobody_else(
    database_url: str, tmp_path: object, keys: object, clock: FakeClock
) -> None:
    store = Store.open(database_url, keys, clock, writers=1)  # type: ignore[arg-type]
    began, goes_on, done = Event(), Event(), list[str]()

    def holds(_: Work) -> None:
        began.set()
        goes_on.wait(4)

    def says(name: str) -> Callable[[Work], None]:
        return lambda _: done.append(name)

    try:
        first = store.write(holds)
        began.wait(4)
        names = range(MANY)
        rush = [store.write(says(f"attacker {n}"), f"web:{n}", "203.0.113.7") for n in names]
        honest = [
            store.write(says(f"{name} {one}"), f"web:{name}")
            for name in ("neighbour", "teacher")
            for one in range(3)
        ]
        goes_on.set()
        for one in (first, *rush, *honest):
            one.result(30)
    finally:
        goes_on.set()
        store.close()
    theirs = [place for place, name in enumerate(done) if not name.startswith("attacker")]
    assert max(theirs) < 2 * BATCH
    for name in ("neighbour", "teacher", "attacker"):
        said = [int(one.split()[1]) for one in done if one.startswith(name)]
        assert said == sorted(said)
    assert len(done) == MANY + 6


def job(lane: str, source: str = "", *, urgent: bool = False) -> Job:
    return Job(lambda _: None, lane, None, source, lambda: urgent)  # type: ignore[arg-type]


def test_each_source_has_one_in_its_turn_and_the_programs_own_go_first() -> None:
    rush = Rush()
    for one in (*[job(f"a{n}", "net") for n in range(4)], job("b"), job("b"), job(""), job("c")):
        rush.put(one)
    assert [one.lane for one in rush.take(5)] == ["", "a0", "b", "c", "a1"]
    assert len(rush) == 3
    assert [one.lane for one in rush.take(9)] == ["b", "a2", "a3"]
    assert not rush


def test_what_one_says_from_two_networks_keeps_its_order() -> None:
    rush = Rush()
    for one in (job("x", "wifi"), job("y", "wifi"), job("x", "mobile"), job("z", "mobile")):
        rush.put(one)
    taken = [(one.lane, one.source) for one in rush.take(4)]
    assert [one for one in taken if one[0] == "x"] == [("x", "wifi"), ("x", "mobile")]
    rush.put(job("x", "mobile"))
    assert [one.lane for one in rush.take(4)] == ["x"]


def test_words_of_danger_go_before_and_take_along_what_their_lane_said() -> None:
    rush = Rush()
    for one in (*[job(f"a{n}", "net") for n in range(4)], job("b"), job("c", "net"), job("")):
        rush.put(one)
    rush.put(job("c", "net", urgent=True))
    rush.put(job("c", "net"))
    taken = [one.lane for one in rush.take(9)]
    assert taken == ["", "c", "a0", "c", "b", "c", "a1", "a2", "a3"]
    assert not rush
    rush.put(job("c", "net"))
    rush.put(job("d"))
    assert [one.lane for one in rush.take(2)] == ["c", "d"]


def test_who_cries_for_help_a_thousand_times_starves_nobody() -> None:
    rush = Rush()
    for n in range(1000):
        rush.put(job(f"a{n}", "net", urgent=True))
    for lane in ("neighbour", "teacher"):
        rush.put(job(lane))
    rush.put(job("child", urgent=True))
    first = [one.lane for one in rush.take(5)]
    assert {"neighbour", "teacher", "child"} < set(first)

"""The audit chain: it only grows, and whatever is done to it behind our back is found."""

import sqlite3
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from storage.audit import Anchor, Broken, Head, Verdict
from storage.engines import Place
from storage.sealing import KeyRing
from storage.store import Store
from storage.work import Work
from tests.fakes.clock import FakeClock

ROWS = 12
COLUMNS = ("at", "actor", "verb", "subject", "subject_id", "detail", "mac")


async def test_what_was_done_is_read_in_order_and_the_chain_holds(store: Store) -> None:
    for subject in (1, 2, 1):
        await store.write(_noting(subject))
    facts = await store.read(lambda reading: reading.audit.of("report", 1))
    assert [(fact.verb, fact.detail) for fact in facts] == [("opened", '{"a":1,"b":2}')] * 2
    verdict = await store.read(lambda reading: reading.audit.verify())
    assert isinstance(verdict, Head)
    assert verdict.seq == 3


async def test_a_turn_that_was_undone_leaves_no_trace_in_the_audit(store: Store) -> None:
    def note_and_fail(work: Work) -> None:
        _noting(1)(work)
        raise ValueError("undone")

    with pytest.raises(ValueError, match="undone"):
        await store.write(note_and_fail)
    assert await store.read(lambda reading: reading.audit.head()) == Head(0, bytes(32))


async def test_progress_is_told_row_by_row_count(store: Store) -> None:
    await store.write(lambda work: [_noting(1)(work) for _ in range(5_001)])
    told: list[int] = []
    await store.read(lambda reading: reading.audit.verify(told.append))
    assert told == [5000, 5001]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit SET actor = 9",
        "DELETE FROM audit",
        "UPDATE audit SET mac = mac WHERE seq = 1",
    ],
)
async def test_no_row_can_be_changed_or_removed(
    store: Store, database_url: str, change: str
) -> None:
    await store.write(_noting(1))
    with (
        Place(database_url).connect() as connection,
        pytest.raises(DBAPIError, match="the audit only grows"),
    ):
        connection.execute(text(change))


async def test_the_table_cannot_be_emptied_on_postgresql(
    postgresql_url: str, keys: KeyRing, clock: FakeClock
) -> None:
    with (
        Place(postgresql_url).connect() as connection,
        pytest.raises(DBAPIError, match="the audit only grows"),
    ):
        connection.execute(text("TRUNCATE audit"))


def test_many_writers_on_one_server_make_one_chain(
    postgresql_url: str, keys: KeyRing, clock: FakeClock
) -> None:
    stores = [Store.open(postgresql_url, keys, clock, readers=1) for _ in range(2)]
    pending = [
        store.write(_noting(number), lane=str(number)) for number in range(300) for store in stores
    ]
    for one in pending:
        one.result(60)
    verdict = stores[0].read(lambda reading: reading.audit.verify()).result(30)
    for store in stores:
        store.close()
    assert isinstance(verdict, Head)
    assert verdict.seq == 600


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_done_to_the_rows_is_found_at_the_first_bad_one(
    data: st.DataObject, tampered: "Tampered"
) -> None:
    act = data.draw(st.sampled_from(["change", "delete", "swap", "insert", "cut", "rewrite"]))
    seq = data.draw(st.integers(1, ROWS))
    match act:
        case "change":
            column = data.draw(st.sampled_from(COLUMNS))
            verdict = tampered(_change(column, seq))
            assert verdict == Broken(seq, "changed")
        case "delete":
            verdict = tampered(lambda db: db.execute("DELETE FROM audit WHERE seq = ?", (seq,)))
            assert verdict == Broken(seq, "cut-off" if seq == ROWS else "missing")
        case "swap":
            other = data.draw(st.integers(1, ROWS).filter(lambda number: number != seq))
            verdict = tampered(_swap(seq, other))
            assert verdict == Broken(min(seq, other), "changed")
        case "insert":
            verdict = tampered(_insert)
            assert verdict == Broken(ROWS + 1, "changed")
        case "cut":
            verdict = tampered(lambda db: db.execute("DELETE FROM audit WHERE seq >= ?", (seq,)))
            assert verdict == Broken(seq, "cut-off")
        case _:
            verdict = tampered(lambda db: db.execute("DELETE FROM audit"), again=True)
            assert verdict == Broken(ROWS, "rewritten")


class Tampered:
    """A file with an audit of twelve rows; each call changes a copy and says what verify finds."""

    def __init__(self, template: Path, folder: Path, keys: KeyRing, clock: FakeClock) -> None:
        self._template = template
        self._folder = folder
        self._keys = keys
        self._clock = clock
        self._anchor = self._fill(template)

    def __call__(
        self, act: Callable[[sqlite3.Connection], object], *, again: bool = False
    ) -> Verdict:
        file = self._folder / "tampered.db"
        file.write_bytes(self._template.read_bytes())
        with sqlite3.connect(file) as db:
            for event in ("update", "delete"):
                db.execute(f"DROP TRIGGER audit_no_{event}")
            act(db)
        db.close()
        if again:
            self._fill(file, subject=7)
        store = Store.open(f"sqlite:///{file}", self._keys, self._clock, readers=1)
        anchor = self._anchor
        verdict = store.read(lambda reading: reading.audit.verify(anchors=[anchor])).result(10)
        store.close()
        return verdict

    def _fill(self, file: Path, *, subject: int = 0) -> Anchor:
        store = Store.open(f"sqlite:///{file}", self._keys, self._clock, readers=1)
        for number in range(ROWS):
            store.write(_noting(subject or number)).result(10)
        head = store.read(lambda reading: reading.audit.head()).result(10)
        store.close()
        return Anchor(date(2026, 11, 23), head.seq, head.digits)


@pytest.fixture
def tampered(sqlite_url: str, tmp_path: Path, keys: KeyRing, clock: FakeClock) -> Tampered:
    return Tampered(Path(sqlite_url.removeprefix("sqlite:///")), tmp_path, keys, clock)


def _noting(subject: int) -> Callable[[Work], None]:
    return lambda work: work.audit.write(3, "opened", "report", subject, {"b": 2, "a": 1})


def _change(column: str, seq: int) -> Callable[[sqlite3.Connection], object]:
    new: object
    match column:
        case "at":
            new = "2020-01-01 00:00:00.000000"
        case "actor" | "subject_id":
            new = 999
        case "mac":
            new = bytes(32)
        case _:
            new = "x"
    return lambda db: db.execute(f"UPDATE audit SET {column} = ? WHERE seq = ?", (new, seq))


def _swap(one: int, other: int) -> Callable[[sqlite3.Connection], object]:
    def swap(db: sqlite3.Connection) -> None:
        for before, after in ((one, -1), (other, one), (-1, other)):
            db.execute("UPDATE audit SET seq = ? WHERE seq = ?", (after, before))

    return swap


def _insert(db: sqlite3.Connection) -> None:
    names = ", ".join(COLUMNS)
    db.execute(
        f"INSERT INTO audit (seq, {names}) SELECT {ROWS + 1}, {names} FROM audit WHERE seq = 1"
    )

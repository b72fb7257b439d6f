"""One connection, and prebuilt statements that run on it without any ceremony.

SQLAlchemy describes and compiles a statement once; from then on it goes straight to the driver
(1.4 µs instead of 28 µs for a small SELECT on SQLite).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import (
    Connection,
    Delete,
    Executable,
    Float,
    Insert,
    LargeBinary,
    Select,
    Update,
)
from sqlalchemy.engine import Dialect

Statement: TypeAlias = Select[Any] | Insert | Update | Delete
Row: TypeAlias = tuple[Any, ...]
_Convert: TypeAlias = Callable[[Any], Any]
#: The number of "double precision" in PostgreSQL's catalogue.
_DOUBLE = 701


#: A transaction's number, after the line of history in which it means something: a standby that
#: took over begins another, and gives numbers again.
_NAMED = "left(pg_walfile_name(pg_current_wal_lsn()), 8)"
_BEGIN = (
    f"SELECT {_NAMED}, pg_current_xact_id()::text,"  # noqa: S608 - a constant
    " (SELECT count(pg_advisory_xact_lock(lane)) FROM unnest(%s::bigint[]) AS lane)"
)
_SESSION = "SELECT pg_backend_pid(), current_setting('lock_timeout')"
_BECAME = f"SELECT {_NAMED} = %s AND pg_xact_status(%s::xid8) = %s"


@dataclass(frozen=True, slots=True)
class Named:
    """A transaction on PostgreSQL, as it can be asked for when its connection is lost."""

    history: str
    number: str


class Undone(Exception):
    """Nothing was made durable, although nothing was said to be wrong."""


#: Lists with so many values in all are usual: the statement's text for their lengths is kept.
SHORT = 64


class Database:
    """Runs statements on one connection, for one thread."""

    def __init__(self, connection: Connection, prepared: dict[Statement, "Prepared"]) -> None:
        self._connection = connection
        self._dialect = connection.dialect
        self._prepared = prepared
        raw: Any = connection.connection.dbapi_connection
        self.raw = raw
        self._cursor: Any = self.raw.cursor()
        #: What a look has asked: who sits there, and what they hold, is asked again and again.
        self._known: dict[object, list[Row]] | None = None

    @property
    def is_postgresql(self) -> bool:
        """True on PostgreSQL."""
        return self._dialect.name == "postgresql"

    def all(self, statement: Statement, **values: object) -> list[Row]:
        """All rows."""
        if self._known is None:
            return self._asked(statement, values)
        key = (statement, *values.items())
        try:
            known = self._known.get(key)
        except TypeError:  # a list among the values
            return self._asked(statement, values)
        if known is None:
            known = self._known[key] = self._asked(statement, values)
        return [*known]

    def remember(self) -> None:
        """From now on nothing changes: what was asked once is known, until ``forget``."""
        self._known = {}

    def forget(self) -> None:
        """The next one sees another moment."""
        self._known = None

    def _asked(self, statement: Statement, values: Mapping[str, object]) -> list[Row]:
        prepared = self._prepare(statement)
        self._cursor.execute(*prepared.with_values(values))
        return prepared.rows(self._cursor.fetchall())

    def one(self, statement: Statement, **values: object) -> Row | None:
        """The first row, or None."""
        rows = self.all(statement, **values)
        return rows[0] if rows else None

    def run(self, statement: Statement, **values: object) -> int:
        """How many rows it changed."""
        self._cursor.execute(*self._prepare(statement).with_values(values))
        return int(self._cursor.rowcount)

    def run_many(self, statement: Statement, rows: Iterable[Mapping[str, object]]) -> None:
        """Run it once for each of the rows."""
        prepared = self._prepare(statement)
        bound = [prepared.with_values(row) for row in rows]
        if len(bound) == 1:  # the usual case, and on PostgreSQL two journeys cheaper
            self._cursor.execute(*bound[0])
        elif bound:
            self._cursor.executemany(bound[0][0], [values for _, values in bound])

    def tell(self, sql: str, *values: object) -> None:
        """Run plain SQL that gives nothing back: BEGIN, SAVEPOINT, a lock."""
        self._cursor.execute(sql, values)

    def take_lanes(self, lanes: Sequence[int]) -> Named:
        """Hold these lanes, in this order, until the transaction ends (PostgreSQL); its name."""
        self.tell(_BEGIN, [*lanes])
        return Named(*self._cursor.fetchone()[:2])

    def became(self, named: Named, what: str) -> bool:
        """True for a transaction that is "committed", "aborted" or "in progress" here."""
        self.tell(_BECAME, named.history, named.number, what)
        return bool(self._cursor.fetchone()[0])

    def commit(self) -> None:
        """Make the transaction durable; raises Undone when a failed statement has undone it."""
        self.tell("COMMIT")
        # PostgreSQL answers this COMMIT with a rollback and calls it well.
        if self.is_postgresql and self._cursor.statusmessage != "COMMIT":
            raise Undone

    def claim_lock(self, kind: int, number: int) -> bool:
        """Hold a PostgreSQL lock that nobody else holds, as one of many from now on."""
        self.tell("SELECT pg_try_advisory_lock(%s, %s)", kind, number)
        if not self._cursor.fetchone()[0]:
            return False
        self.tell("SELECT pg_advisory_lock_shared(%s, %s)", kind, number)
        self.tell("SELECT pg_advisory_unlock(%s, %s)", kind, number)
        return True

    def is_locked(self, kind: int, number: int) -> bool:
        """True while some connection holds this PostgreSQL lock."""
        self.tell(
            "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND objid = %s"
            " AND objsubid = 2"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            kind,
            number,
        )
        return self._cursor.fetchone() is not None

    def session(self) -> tuple[int, str]:
        """Which process of PostgreSQL answers here, and how long it waits for a lock."""
        # Never prepared: what lends one session to many has lost it the next time.
        self._cursor.execute(_SESSION, prepare=False)
        row: tuple[int, str] = self._cursor.fetchone()
        return row

    def write_back(self) -> bool:
        """Bring all of the log into the file (SQLite); False while somebody reads in it."""
        self.tell("PRAGMA wal_checkpoint(TRUNCATE)")
        return not self._cursor.fetchone()[0]

    def interrupt(self) -> None:
        """Stop the statement that runs, from another thread (PostgreSQL has its own limit)."""
        if not self.is_postgresql:
            with suppress(Exception):  # it may have been closed a moment ago
                self.raw.interrupt()

    def close(self) -> None:
        """Give the connection up, whatever state it is in."""
        if not self.is_postgresql:
            # An unfinished statement would keep the file's lock beyond the connection's end.
            with suppress(Exception):
                self._cursor.close()
                self.raw.rollback()
        with suppress(Exception):
            self._connection.invalidate()
            self._connection.close()

    def _prepare(self, statement: Statement) -> "Prepared":
        prepared = self._prepared.get(statement)
        if prepared is None:
            prepared = self._prepared[statement] = Prepared(statement, self._dialect)
        return prepared


@dataclass(frozen=True, slots=True)
class _Text:
    """A statement's text, for lists of certain lengths."""

    sql: str
    #: The names in their order, where the driver takes values by their place.
    order: Sequence[str] | None
    #: What each list is spelled out as.
    lists: Mapping[str, Sequence[str]]
    #: Where values stand that must be converted.
    converts: Sequence[tuple[Any, _Convert]]


class Prepared:
    """A statement compiled for one engine, with the conversions of its values and columns."""

    def __init__(self, statement: Executable, dialect: Dialect) -> None:
        self._compiled = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
        binds = self._compiled.bind_names
        self._given = {
            name: bind.effective_value for bind, name in binds.items() if not bind.required
        }
        self._converts = _converts(
            {name: bind.type for bind, name in binds.items()},
            lambda kind: kind.bind_processor(dialect),
            dialect,
        )
        self._lists = [binds[bind] for bind in self._compiled.post_compile_params]
        self._texts: dict[tuple[int, ...], _Text] = {}
        columns = dict(enumerate(column.type for column in _columns(statement)))
        self._results = _converts(
            columns, lambda kind: kind.result_processor(dialect, _code(kind)), dialect
        )
        #: The only text of a statement without lists.
        self._plain: _Text | None = None
        if not self._lists:
            self._plain = self._write(dict.fromkeys(binds.values()))
            del self._compiled  # four kilobytes

    def with_values(self, values: Mapping[str, Any]) -> tuple[str, Any]:
        """The text, and the values as the driver takes them."""
        named = {**self._given, **values}
        text = self._plain or self._text(named)
        for name, places in text.lists.items():
            named.update(zip(places, named.pop(name), strict=True))
        bound: Any = named if text.order is None else [*map(named.__getitem__, text.order)]
        for place, convert in text.converts:
            if (value := bound[place]) is not None:
                bound[place] = convert(value)
        return text.sql, bound

    def _text(self, named: Mapping[str, Any]) -> _Text:
        lengths = tuple([len(named[name]) for name in self._lists])
        text = self._texts.get(lengths)
        if text is None:
            text = self._write(named)
            if sum(lengths) <= SHORT:
                self._texts[lengths] = text
        return text

    def _write(self, named: Mapping[str, Any]) -> _Text:
        state = self._compiled.construct_expanded_state(named)
        places = {name: [name] for name in self._converts} | state.parameter_expansion
        converts = {
            place: convert for name, convert in self._converts.items() for place in places[name]
        }
        return _Text(
            sql=state.statement,
            order=state.positiontup,
            lists=state.parameter_expansion,
            converts=[*converts.items()]
            if state.positiontup is None
            else [(at, converts[n]) for at, n in enumerate(state.positiontup) if n in converts],
        )

    def rows(self, rows: list[Row]) -> list[Row]:
        """The rows as Python values."""
        if not self._results:
            return rows
        return [self._row(list(row)) for row in rows]

    def _row(self, row: list[Any]) -> Row:
        for place, convert in self._results.items():
            if (value := row[place]) is not None:
                row[place] = convert(value)
        return tuple(row)


def _code(kind: Any) -> int | None:
    """PostgreSQL's number of the type, which SQLAlchemy asks for where a column has fractions."""
    return _DOUBLE if isinstance(kind, Float) else None


def _columns(statement: Executable) -> Iterable[Any]:
    columns: Iterable[Any] = statement.exported_columns  # type: ignore[attr-defined]
    return columns


def _converts(
    kinds: Mapping[Any, Any], find: Callable[[Any], _Convert | None], dialect: Dialect
) -> dict[Any, _Convert]:
    found = {
        name: find(kind.dialect_impl(dialect))
        for name, kind in kinds.items()
        if not isinstance(kind, LargeBinary)  # both drivers take and give bytes as they are
    }
    return {name: convert for name, convert in found.items() if convert is not None}

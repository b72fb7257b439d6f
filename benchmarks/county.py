"""A large county after years of work: children, their visits, reports; filled by sets.

What has rules is entered by the program's own repositories, on a clock that is set back. What is
merely many (a visit a month of each child, with its duty) is written by one statement a month;
its sealed words are all the same bytes, which nobody can open and no page of the desk does.
"""

import asyncio
import math
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Date,
    Engine,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    case,
    cast,
    create_engine,
    event,
    false,
    func,
    insert,
    literal,
    literal_column,
    null,
    select,
    true,
    update,
)

from benchmarks import register
from bot.county.publisher import publish_new, sources
from bot.keeping.counting import Counting
from bot.settings import HOME
from handlers.rules import Rules
from storage.cases.case import Owner
from storage.ids import first_id
from storage.reporting.reports import ReportIn
from storage.repository import given
from storage.sealing import KeyRing, Sealer
from storage.store import Store
from storage.tables import Moment, case_file, child, duty, visit, visit_plan
from storage.work import Work

MONTHS, DAYS = 36, 28
MONTH, DAY = timedelta(days=30), timedelta(days=1)
CHILDREN_AT_ONCE, REPORTS_AT_ONCE = 2000, 250
#: Of so many reports one is of a case that is still open.
OPEN_OF = 30
#: What follows from a report, with the time that the county's tables give it.
STEPS = (
    ("acknowledge", timedelta(minutes=15)),
    ("contact", timedelta(hours=4)),
    ("assess", timedelta(days=5)),
    ("feedback", timedelta(days=7)),
)
GRADES = ("yellow", "yellow", "blue", "orange", "red")
CIRCUMSTANCES = ("alone", "injury", "dropout", "abuse", "hunger")
UNREADABLE = b"x" * 120

_scratch = MetaData()
_numbered = Table(
    "bench_child",
    _scratch,
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("id", BigInteger),
    Column("area_id", BigInteger),
    prefixes=["TEMPORARY"],
)
_day = Table(
    "bench_day",
    _scratch,
    Column("month", Integer, primary_key=True),
    Column("d", Integer, primary_key=True),
    Column("first_id", BigInteger),
    Column("day", Date),
    Column("set_at", Moment),
    Column("due_at", Moment),
    Column("early", Moment),
    Column("late", Moment),
    prefixes=["TEMPORARY"],
)


def fill(url: str, keys: KeyRing, rules: Rules, *, children: int, reports: int) -> int:
    """Write such a county into an empty database; its id."""
    now = datetime.now(UTC)
    clock = [now - MONTH * (MONTHS + 2)]
    with closing(Store.open(url, keys, lambda: clock[0], turn_seconds=300)) as store:
        publish_new(store, sources(HOME / "forms"))
        groups, county = store.write(partial(register._places, size=children)).result()
        for first in range(0, children, CHILDREN_AT_ONCE):
            count = min(CHILDREN_AT_ONCE, children - first)
            store.write(partial(register._enter, groups=groups, first=first, count=count)).result()
        _report(store, clock, groups, now, reports)
    engine = _engine(url)
    with engine.begin() as connection:
        _scratch.create_all(connection)
        indexes = [*visit.indexes, *duty.indexes]
        for index in indexes:
            index.drop(connection)
        triggers = _silence(connection)
        _visit_all(connection, rules, now)
        _plan_all(connection, rules, now, keys.sealer())
        _follow_reports(connection, now)
        for index in indexes:
            index.create(connection)
        for statement in triggers:
            connection.exec_driver_sql(statement)
        _scratch.drop_all(connection)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("VACUUM ANALYZE")
    engine.dispose()
    with closing(Store.open(url, keys, lambda: now, turn_seconds=300)) as store:
        asyncio.run(Counting(store).add_up())
    return county


def _silence(connection: Connection) -> list[str]:
    """Let nothing be added up one by one; what lets it be so again."""
    tables = (visit.name, duty.name)
    if connection.dialect.name == "postgresql":
        for name in tables:
            connection.exec_driver_sql(f"ALTER TABLE {name} DISABLE TRIGGER USER")
        return [f"ALTER TABLE {name} ENABLE TRIGGER USER" for name in tables]
    asked = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?"
    found = [row for name in tables for row in connection.exec_driver_sql(asked, (name,))]
    for name, _ in found:
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    return [sql for _, sql in found]


def _engine(url: str) -> Engine:
    """A connection that forgets its promises for as long as it fills."""
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def _hurry(connection: Any, _: Any) -> None:
            connection.execute("PRAGMA synchronous=OFF")
            connection.execute("PRAGMA cache_size=-1000000")
            connection.execute("PRAGMA temp_store=MEMORY")

    return engine


# -- reports --------------------------------------------------------------------------------------


def _report(
    store: Store, clock: list[datetime], groups: list[int], now: datetime, count: int
) -> None:
    """Spread evenly over the years, the last ones of today."""
    form = store.read(lambda reading: reading.forms.current("report")).result()
    assert form is not None
    first, span = now - MONTH * MONTHS, MONTH * MONTHS
    for at in range(0, count, REPORTS_AT_ONCE):
        clock[0] = first + span * (at + REPORTS_AT_ONCE) / (count + REPORTS_AT_ONCE)
        some = range(at, min(at + REPORTS_AT_ONCE, count))
        store.write(partial(_file, groups=groups, numbers=some, form=form.version)).result()
    clock[0] = now


def _file(work: Work, *, groups: list[int], numbers: range, form: str) -> None:
    tree = work.areas
    for number in numbers:
        group = groups[number * 37 % len(groups)]
        filed = work.reports.file(
            ReportIn(
                kind="report",
                area_id=group,
                form_version=form,
                answers='{"what":"奶奶住院半个月了，孩子自己在家做饭","place":"学校后面"}',
                grade=GRADES[number % len(GRADES)],
                anonymous=False,
                circumstances=(CIRCUMSTANCES[number % len(CIRCUMSTANCES)],),
            )
        )
        town = next(row.id for row in tree.path(group) if row.kind == "town")
        owner = Owner(role="child_supervisor", area_id=town, person_id=None)
        work.cases.open(filed, owner, stage="assessment", child_id=None)


def _follow_reports(connection: Connection, now: datetime) -> None:
    """The steps of each case, most in time, and the end of all but the newest and some older."""
    asked = select(case_file.c.id, case_file.c.area_id, case_file.c.grade, case_file.c.opened_at)
    told = connection.execute(asked.order_by(case_file.c.id)).all()
    steps: list[dict[str, Any]] = []
    ended: list[dict[str, Any]] = []
    for number, (case_id, area_id, grade, opened_at) in enumerate(told):
        is_open = number % OPEN_OF == 0 or now - opened_at < MONTH
        for step, (kind, within) in enumerate(STEPS):
            due = opened_at + within
            took = within * (0.5 + number * (step + 7) % 11 / 10)
            waits = is_open and step >= 2
            steps.append(
                {
                    **_OPEN_DUTY,
                    "id": first_id(opened_at) + 3_000_000 + number * len(STEPS) + step,
                    "key": f"{kind}:{case_id}",
                    "kind": kind,
                    "subject": "case",
                    "subject_id": case_id,
                    "area_id": area_id,
                    "grade": grade,
                    "role": "child_supervisor",
                    "set_at": opened_at,
                    "due_at": due,
                    "first_due_at": due,
                    "state": "open" if waits else "done",
                    "ended_at": None if waits else opened_at + took,
                }
            )
        if not is_open:
            ended.append({"row": case_id, "end": opened_at + timedelta(days=20)})
    for some in _parts(steps):
        connection.execute(insert(duty), some)
    end = (
        update(case_file)
        .where(case_file.c.id == given("row"))
        .values(stage="closed", solved="yes", outcome="solved", closed_at=given("end", Moment()))
    )
    for some in _parts(ended):
        connection.execute(end, some)


# -- visits ---------------------------------------------------------------------------------------

_OPEN_DUTY: dict[str, Any] = {
    "person_id": None,
    "role": "",
    "what": None,
    "level": 0,
    "rings_at": None,
    "state": "open",
    "ended_at": None,
    "ended_by": None,
}


def _visit_all(connection: Connection, rules: Rules, now: datetime) -> None:
    """A visit a month of each child: three of four in time, one of twenty-five failed."""
    number = func.row_number().over(order_by=child.c.id)
    numbered = select(number, child.c.id, child.c.area_id)
    connection.execute(insert(_numbered).from_select(["n", "id", "area_id"], numbered))
    connection.execute(insert(_day), [*_days(rules, now)])
    is_late = _numbered.c.n % 4 == 0
    ended = case((is_late, _day.c.late), else_=_day.c.early)
    row_id = _day.c.first_id + _numbered.c.n
    pairs: Select[Any] = (
        select(literal_column("1"))
        .join_from(_numbered, _day, _day.c.d == _numbered.c.n % DAYS)
        .where(_day.c.month == given("month", Integer()))
    )
    words = func.concat if connection.dialect.name == "postgresql" else _joined
    duties: dict[str, Any] = {
        "id": row_id,
        "key": words("visit:", cast(_numbered.c.id, String), ":", cast(_day.c.month, String)),
        "kind": literal("visit"),
        "subject": literal("child"),
        "subject_id": _numbered.c.id,
        "area_id": _numbered.c.area_id,
        "grade": literal("yellow"),
        "role": literal(""),
        "set_at": _day.c.set_at,
        "due_at": _day.c.due_at,
        "first_due_at": _day.c.due_at,
        "level": literal_column("0"),
        "state": literal("done"),
        "ended_at": ended,
    }
    visits: dict[str, Any] = {
        "id": row_id,
        "child_id": _numbered.c.id,
        "area_id": _numbered.c.area_id,
        "kind": literal("home"),
        "result": case((_numbered.c.n % 25 == 1, "failed"), else_="done"),
        "reason": literal(""),
        "seen": true(),
        "alone": case((_numbered.c.n % 2 == 0, true()), else_=false()),
        "answers": literal(UNREADABLE),
        "person_id": literal_column("1"),
        "role": literal(""),
        "source": literal("chat"),
        "on_day": _day.c.day,
        "true_at": ended,
        "entered_at": ended,
        "next_on": null(),
    }
    for month in range(MONTHS):
        for table, columns in ((duty, duties), (visit, visits)):
            rows = pairs.with_only_columns(*columns.values())
            connection.execute(insert(table).from_select([*columns], rows), {"month": month})


def _joined(*parts: Any) -> Any:
    found = literal(parts[0])
    for part in parts[1:]:
        found = found + part
    return found


def _days(rules: Rules, now: datetime) -> Iterator[dict[str, Any]]:
    today = now.astimezone(rules.zone).date()
    for month in range(MONTHS):
        for d in range(DAYS):
            day = today - MONTH * (MONTHS - month) + DAY * d
            due = _ends(rules, day)
            yield {
                "month": month,
                "d": d,
                "first_id": first_id(due),
                "day": day,
                "set_at": due - MONTH,
                "due_at": due,
                "early": due - timedelta(hours=34 + d % 8),
                "late": due + timedelta(hours=38),
            }


def _plan_all(connection: Connection, rules: Rules, now: datetime, sealer: Sealer) -> None:
    """The next visit of each child within a month; one of twenty is late."""
    today = now.astimezone(rules.zone).date()
    asked = select(_numbered.c.n, _numbered.c.id, _numbered.c.area_id)
    found = connection.execute(asked).all()
    rows: list[dict[str, Any]] = []
    why = b'{"step":"visit","from":"2026-01-01","why":[]}'
    for number, child_id, area_id in found:
        due = _ends(rules, today + DAY * (number % DAYS - (DAYS if number % 20 == 0 else 0)))
        row_id = first_id(now - DAY) + number
        rows.append(
            {
                **_OPEN_DUTY,
                "id": row_id,
                "key": f"visit:{child_id}:next",
                "kind": "visit",
                "subject": "child",
                "subject_id": child_id,
                "area_id": area_id,
                "grade": "yellow",
                "what": sealer.seal("duty", "what", row_id, why),
                "set_at": now - MONTH,
                "due_at": due,
                "first_due_at": due,
            }
        )
    for some in _parts(rows):
        connection.execute(insert(duty), some)
    plans = update(visit_plan).values(made_by=rules.tables, entered_at=now - MONTH * MONTHS)
    connection.execute(plans)


def _ends(rules: Rules, day: date) -> datetime:
    return datetime.combine(day + DAY, time(), rules.zone) - timedelta(seconds=1)


def _parts(rows: list[dict[str, Any]], size: int = 5000) -> Iterator[list[dict[str, Any]]]:
    for part in range(math.ceil(len(rows) / size)):
        yield rows[part * size : (part + 1) * size]

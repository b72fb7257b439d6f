"""Reports, ends of cases, answers and returns to school are counted by day like visits."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BEFORE = {"duty": ("added", "changed", "deleted"), "visit": ("added", "changed", "deleted")}
REOPENED = sa.text("act IN ('unsolved', 'reopened', 'reopen')")
IS_FEEDBACK = sa.text("kind = 'feedback'")
IS_CLOSED = sa.text("closed_at IS NOT NULL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What of a table falls on a day at a place, and what is counted of it."""

    table: str
    moment: str
    where: str
    #: "": all of it. ROW is the old or the new row.
    numbers: dict[str, str]


_DONE = "ROW.state = 'done'"
FACTS = (
    Fact(
        table="duty",
        moment="due_at",
        where="ROW.kind = 'visit' AND ROW.state IN ('open', 'done')",
        numbers={
            "due": "",
            "met": _DONE,
            "in_time": f"{_DONE} AND ROW.ended_at <= ROW.due_at",
            "late": f"{_DONE} AND ROW.ended_at > ROW.due_at",
        },
    ),
    Fact(
        table="duty",
        moment="due_at",
        where="ROW.kind = 'feedback' AND ROW.state IN ('open', 'done')",
        numbers={"told_due": "", "told": _DONE},
    ),
    Fact(
        table="visit",
        moment="true_at",
        where="ROW.result IN ('done', 'failed')",
        numbers={
            "done": "ROW.result = 'done'",
            "failed": "ROW.result = 'failed'",
            "alone": "ROW.result = 'done' AND ROW.alone IS TRUE",
            "seen": "ROW.result = 'done' AND ROW.seen IS TRUE",
        },
    ),
    Fact(table="report", moment="created_at", where="", numbers={"reports": ""}),
    Fact(
        table="case_file",
        moment="closed_at",
        where="ROW.closed_at IS NOT NULL AND ROW.joined_into IS NULL",
        numbers={"closed": "", "solved": "ROW.solved = 'yes'"},
    ),
    Fact(
        table="absence",
        moment="closed_at",
        where="ROW.closed_at IS NOT NULL AND ROW.state = 'returned'",
        numbers={"returned": ""},
    ),
)
#: What a change of is a change of the numbers.
WATCHED = {
    "duty": ("area_id", "due_at", "state", "ended_at"),
    "visit": ("area_id", "true_at", "result", "alone", "seen"),
    "report": ("area_id", "created_at"),
    "case_file": ("area_id", "closed_at", "joined_into", "solved"),
    "absence": ("area_id", "closed_at", "state"),
}


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for table, names in BEFORE.items():
        if is_sqlite:
            for name in names:
                op.execute(sa.text(f"DROP TRIGGER visit_day_{table}_{name}"))
        else:
            op.execute(sa.text(f"DROP TRIGGER visit_day_{table} ON {table}"))
            op.execute(sa.text(f"DROP FUNCTION visit_day_{table}()"))
    for table in ("visit_day", "visit_day_place", "visit_day_move"):
        op.drop_table(table)
    op.create_table(
        "day_count",
        sa.Column("place_id", Id, autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        *_numbers(),
        sa.PrimaryKeyConstraint("place_id", "day", name=op.f("pk_day_count")),
    )
    op.create_table(
        "day_count_place",
        sa.Column("place_id", Id, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("place_id", name=op.f("pk_day_count_place")),
    )
    op.create_table(
        "day_count_move",
        sa.Column("id", Id, nullable=False),
        sa.Column("area_id", Id, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        *_numbers(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_day_count_move")),
    )
    _index()
    for statement in _sqlite() if is_sqlite else _postgresql():
        op.execute(sa.text(statement.replace(":", r"\:")))


def _numbers() -> list[sa.Column[int]]:
    # In the order of the program, for the eye.
    visits = [name for fact in FACTS[:1] + FACTS[2:3] for name in fact.numbers]
    others = [name for fact in FACTS[1:2] + FACTS[3:] for name in fact.numbers]
    nought = sa.text("0")
    return [
        sa.Column(name, sa.Integer(), nullable=False, server_default=nought)
        for name in (*visits, *others)
    ]


def _index() -> None:
    """What falls into the hours at both ends of a span, wherever it was."""
    op.drop_index("ix_report_created_at", table_name="report")
    op.create_index(
        "ix_report_created_at", "report", ["created_at", "area_id", "grade", "circumstances"]
    )
    op.create_index(
        "ix_case_file_closed_at",
        "case_file",
        ["closed_at", "area_id", "joined_into", "solved"],
        sqlite_where=IS_CLOSED,
        postgresql_where=IS_CLOSED,
    )
    op.create_index(
        "ix_absence_closed_at",
        "absence",
        ["closed_at", "area_id", "state"],
        sqlite_where=IS_CLOSED,
        postgresql_where=IS_CLOSED,
    )
    op.create_index(
        "ix_duty_feedback_due_at",
        "duty",
        ["due_at", "area_id", "state"],
        sqlite_where=IS_FEEDBACK,
        postgresql_where=IS_FEEDBACK,
    )
    op.create_index(
        "ix_case_entry_reopened",
        "case_entry",
        ["entered_at", "case_id"],
        sqlite_where=REOPENED,
        postgresql_where=REOPENED,
    )


# China keeps one time: the days are those of UTC+8. Whole seconds: SQLite would round the last
# microsecond of a day up into the next one.
def _day_sqlite(moment: str) -> str:
    return f"date(substr({moment}, 1, 19), '+8 hours')"


def _day_postgresql(moment: str) -> str:
    return f"(({moment} AT TIME ZONE 'UTC') + interval '8 hours')::date"


def _moves(table: str, row: str, sign: str, day: Callable[[str], str]) -> str:
    """The statements that write what a row adds, or what it no longer does."""
    return " ".join(_move(fact, row, sign, day) for fact in FACTS if fact.table == table)


def _move(fact: Fact, row: str, sign: str, day: Callable[[str], str]) -> str:
    values = [
        f"{sign}(CASE WHEN {condition or '1 = 1'} THEN 1 ELSE 0 END)"
        for condition in fact.numbers.values()
    ]
    where = " AND ".join(filter(None, ("ROW.area_id IS NOT NULL", fact.where)))
    statement = (
        f"INSERT INTO day_count_move (area_id, day, {', '.join(fact.numbers)})"
        f" SELECT ROW.area_id, {day(f'ROW.{fact.moment}')}, {', '.join(values)} WHERE {where};"
    )
    return statement.replace("ROW.", f"{row}.")


def _sqlite() -> Iterator[str]:
    for table, columns in WATCHED.items():
        old, new = (_moves(table, *row, _day_sqlite) for row in (("OLD", "-"), ("NEW", "")))
        differs = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in columns)
        name, of = f"day_count_{table}", ", ".join(columns)
        yield f"CREATE TRIGGER {name}_added AFTER INSERT ON {table} BEGIN {new} END"
        yield (
            f"CREATE TRIGGER {name}_changed AFTER UPDATE OF {of} ON {table}"
            f" WHEN {differs} BEGIN {old} {new} END"
        )
        yield f"CREATE TRIGGER {name}_deleted AFTER DELETE ON {table} BEGIN {old} END"


def _postgresql() -> Iterator[str]:
    for table, columns in WATCHED.items():
        old, new = (_moves(table, *row, _day_postgresql) for row in (("OLD", "-"), ("NEW", "")))
        rows = (", ".join(f"{row}.{name}" for name in columns) for row in ("OLD", "NEW"))
        same = " IS NOT DISTINCT FROM ".join(f"ROW({row})" for row in rows)
        name, of = f"day_count_{table}", ", ".join(columns)
        yield (
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF TG_OP = 'UPDATE' THEN IF {same} THEN RETURN NULL; END IF; END IF;"
            f" IF TG_OP <> 'INSERT' THEN {old} END IF;"
            f" IF TG_OP <> 'DELETE' THEN {new} END IF; RETURN NULL; END $$"
        )
        yield (
            f"CREATE TRIGGER {name} AFTER INSERT OR DELETE OR UPDATE OF {of} ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION {name}()"
        )

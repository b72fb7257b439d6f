"""Visits are counted by place and day as they are planned, made and moved."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NUMBERS = ("due", "met", "in_time", "late", "done", "failed", "alone")


def upgrade() -> None:
    op.create_table(
        "visit_day",
        sa.Column("place_id", Id, autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in NUMBERS),
        sa.PrimaryKeyConstraint("place_id", "day", name=op.f("pk_visit_day")),
    )
    op.create_table(
        "visit_day_place",
        sa.Column("place_id", Id, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("place_id", name=op.f("pk_visit_day_place")),
    )
    op.create_table(
        "visit_day_move",
        sa.Column("id", Id, nullable=False),
        sa.Column("area_id", Id, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in NUMBERS),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_day_move")),
    )
    is_open = sa.text("state = 'open'")
    op.drop_index("ix_duty_in_area", table_name="duty")
    op.create_index(
        "ix_duty_in_area",
        "duty",
        ["area_id", "due_at", "kind", "subject_id"],
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    of_visits = sa.text("kind = 'visit'")
    op.create_index(
        "ix_duty_visit_due_at",
        "duty",
        ["due_at", "area_id", "state", "ended_at"],
        sqlite_where=of_visits,
        postgresql_where=of_visits,
    )
    op.create_index(
        "ix_visit_true_at", "visit", ["true_at", "area_id", "result", "alone", "on_day"]
    )
    for statement in _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(sa.text(statement.replace(":", r"\:")))


def _move(row: str, sign: str, values: str) -> str:
    return (
        f"INSERT INTO visit_day_move (area_id, day, {', '.join(NUMBERS)})"
        f" SELECT {row}.area_id, {values.replace('ROW', row).replace('N*', sign)}"
    )


# China keeps one time: the days are those of UTC+8.
_DUTY_IS = "ROW.kind = 'visit' AND ROW.area_id IS NOT NULL AND ROW.state IN ('open', 'done')"
_VISIT_IS = "ROW.area_id IS NOT NULL AND ROW.result IN ('done', 'failed')"
# Whole seconds: SQLite would round the last microsecond of a day up into the next one.
_DAY_SQLITE = "date(substr({}, 1, 19), '+8 hours')"
_DAY_POSTGRESQL = "(({} AT TIME ZONE 'UTC') + interval '8 hours')::date"


def _duty(day: str) -> str:
    done = "ROW.state = 'done' AND ROW.ended_at"
    return (
        f"{day}, N*1, N*(CASE WHEN ROW.state = 'done' THEN 1 ELSE 0 END),"
        f" N*(CASE WHEN {done} <= ROW.due_at THEN 1 ELSE 0 END),"
        f" N*(CASE WHEN {done} > ROW.due_at THEN 1 ELSE 0 END), 0, 0, 0 WHERE {_DUTY_IS}"
    )


def _visit(day: str, alone: str) -> str:
    return (
        f"{day}, 0, 0, 0, 0, N*(CASE WHEN ROW.result = 'done' THEN 1 ELSE 0 END),"
        " N*(CASE WHEN ROW.result = 'failed' THEN 1 ELSE 0 END),"
        f" N*(CASE WHEN ROW.result = 'done' AND {alone} THEN 1 ELSE 0 END) WHERE {_VISIT_IS}"
    )


def _both(values: str) -> str:
    return f"{_move('OLD', '-', values)}; {_move('NEW', '', values)};"


_DUTY_COLUMNS = ("area_id", "due_at", "state", "ended_at")
_VISIT_COLUMNS = ("area_id", "true_at", "result", "alone")


def _sqlite() -> list[str]:
    found = []
    for table, columns, values in (
        ("duty", _DUTY_COLUMNS, _duty(_DAY_SQLITE.format("ROW.due_at"))),
        ("visit", _VISIT_COLUMNS, _visit(_DAY_SQLITE.format("ROW.true_at"), "ROW.alone = 1")),
    ):
        differs = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in columns)
        found += [
            f"CREATE TRIGGER visit_day_{table}_added AFTER INSERT ON {table}"
            f" BEGIN {_move('NEW', '', values)}; END",
            f"CREATE TRIGGER visit_day_{table}_changed"
            f" AFTER UPDATE OF {', '.join(columns)} ON {table}"
            f" WHEN {differs} BEGIN {_both(values)} END",
            f"CREATE TRIGGER visit_day_{table}_deleted AFTER DELETE ON {table}"
            f" BEGIN {_move('OLD', '-', values)}; END",
        ]
    return found


def _postgresql() -> list[str]:
    found = []
    for table, columns, values in (
        ("duty", _DUTY_COLUMNS, _duty(_DAY_POSTGRESQL.format("ROW.due_at"))),
        ("visit", _VISIT_COLUMNS, _visit(_DAY_POSTGRESQL.format("ROW.true_at"), "ROW.alone")),
    ):
        old, new = (", ".join(f"{row}.{name}" for name in columns) for row in ("OLD", "NEW"))
        found += [
            f"CREATE FUNCTION visit_day_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF TG_OP = 'UPDATE' THEN IF ROW({old}) IS NOT DISTINCT FROM ROW({new})"
            " THEN RETURN NULL; END IF; END IF;"
            f" IF TG_OP <> 'INSERT' THEN {_move('OLD', '-', values)}; END IF;"
            f" IF TG_OP <> 'DELETE' THEN {_move('NEW', '', values)}; END IF;"
            " RETURN NULL; END $$",
            f"CREATE TRIGGER visit_day_{table}"
            f" AFTER INSERT OR DELETE OR UPDATE OF {', '.join(columns)} ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION visit_day_{table}()",
        ]
    return found


_SQLITE, _POSTGRESQL = _sqlite(), _postgresql()

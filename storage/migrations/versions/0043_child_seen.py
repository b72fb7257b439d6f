"""Visits at which the child itself was seen are counted by place and day, too."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

NUMBERS = "due, met, in_time, late, done, failed, alone, seen"
COLUMNS = ("area_id", "true_at", "result", "alone", "seen")
# Both begin with what is looked for, and hold all that is counted.
INDEXES = {
    "ix_visit_area_id_true_at": ["area_id", "true_at"],
    "ix_visit_true_at": ["true_at", "area_id"],
}


def upgrade() -> None:
    for table in ("visit_day", "visit_day_move"):
        op.add_column(
            table, sa.Column("seen", sa.Integer(), nullable=False, server_default=sa.text("0"))
        )
    for name, first in INDEXES.items():
        op.drop_index(name, table_name="visit")
        op.create_index(name, "visit", [*first, "result", "alone", "seen", "on_day"])
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _sqlite() if is_sqlite else _postgresql():
        op.execute(sa.text(statement.replace(":", r"\:")))
    # What was counted so far knows nothing of it: the beat counts every place anew.
    for table in ("visit_day_place", "visit_day", "visit_day_move"):
        op.execute(sa.delete(sa.table(table)))


def _move(row: str, sign: str, day: str, true: str) -> str:
    def one(condition: str) -> str:
        return f"{sign}(CASE WHEN {condition} THEN 1 ELSE 0 END)"

    done, failed = f"{row}.result = 'done'", f"{row}.result = 'failed'"
    return (
        f"INSERT INTO visit_day_move (area_id, day, {NUMBERS})"
        f" SELECT {row}.area_id, {day.format(f'{row}.true_at')}, 0, 0, 0, 0, {one(done)},"
        f" {one(failed)}, {one(f'{done} AND {row}.alone{true}')},"
        f" {one(f'{done} AND {row}.seen{true}')}"
        f" WHERE {row}.area_id IS NOT NULL AND {row}.result IN ('done', 'failed')"
    )


def _sqlite() -> list[str]:
    day = "date(substr({}, 1, 19), '+8 hours')"
    old, new = _move("OLD", "-", day, " = 1"), _move("NEW", "", day, " = 1")
    differs = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in COLUMNS)
    of = ", ".join(COLUMNS)
    return [
        *(f"DROP TRIGGER visit_day_visit_{what}" for what in ("added", "changed", "deleted")),
        f"CREATE TRIGGER visit_day_visit_added AFTER INSERT ON visit BEGIN {new}; END",
        f"CREATE TRIGGER visit_day_visit_changed AFTER UPDATE OF {of} ON visit"
        f" WHEN {differs} BEGIN {old}; {new}; END",
        f"CREATE TRIGGER visit_day_visit_deleted AFTER DELETE ON visit BEGIN {old}; END",
    ]


def _postgresql() -> list[str]:
    day = "(({} AT TIME ZONE 'UTC') + interval '8 hours')::date"
    old, new = (", ".join(f"{row}.{name}" for name in COLUMNS) for row in ("OLD", "NEW"))
    return [
        "DROP TRIGGER visit_day_visit ON visit",
        "CREATE OR REPLACE FUNCTION visit_day_visit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF TG_OP = 'UPDATE' THEN IF ROW({old}) IS NOT DISTINCT FROM ROW({new})"
        " THEN RETURN NULL; END IF; END IF;"
        f" IF TG_OP <> 'INSERT' THEN {_move('OLD', '-', day, '')}; END IF;"
        f" IF TG_OP <> 'DELETE' THEN {_move('NEW', '', day, '')}; END IF;"
        " RETURN NULL; END $$",
        "CREATE TRIGGER visit_day_visit"
        f" AFTER INSERT OR DELETE OR UPDATE OF {', '.join(COLUMNS)} ON visit"
        " FOR EACH ROW EXECUTE FUNCTION visit_day_visit()",
    ]

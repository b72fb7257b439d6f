"""How long steps of cases took is kept of the months that are over."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WATCHED = ("area_id", "state", "set_at", "due_at", "ended_at")


def upgrade() -> None:
    op.create_table(
        "pace_month",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("minutes", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column("in_time", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("month", "kind", "minutes", name=op.f("pk_pace_month")),
    )
    op.create_table(
        "pace_mark",
        sa.Column("id", Id, nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pace_mark")),
    )
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _sqlite() if is_sqlite else _postgresql():
        op.execute(sa.text(statement.replace(":", r"\:")))
    # Nothing is counted yet.
    month = (_month_sqlite if is_sqlite else _month_postgresql)("ended_at")
    done = sa.text("kind <> 'visit' AND state = 'done' AND ended_at IS NOT NULL")
    months: sa.Select[Any] = (
        sa.select(sa.literal_column(month)).select_from(sa.table("duty")).where(done)
    )
    marks = sa.table("pace_mark", sa.column("month"))
    op.execute(sa.insert(marks).from_select(["month"], months.distinct()))


# China keeps one time: a month is one of UTC+8.
def _month_sqlite(moment: str) -> str:
    return f"date(substr({moment}, 1, 19), '+8 hours', 'start of month')"


def _month_postgresql(moment: str) -> str:
    return f"date_trunc('month', ({moment} AT TIME ZONE 'UTC') + interval '8 hours')::date"


def _is_step(row: str) -> str:
    return f"({row}.kind <> 'visit' AND {row}.state = 'done' AND {row}.ended_at IS NOT NULL)"


def _sqlite() -> list[str]:
    def marked(row: str) -> str:
        month = _month_sqlite(f"{row}.ended_at")
        return f"INSERT INTO pace_mark (month) SELECT {month} WHERE {_is_step(row)};"

    differs = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in WATCHED)
    return [
        f"CREATE TRIGGER pace_duty_added AFTER INSERT ON duty WHEN {_is_step('NEW')}"
        f" BEGIN {marked('NEW')} END",
        f"CREATE TRIGGER pace_duty_changed AFTER UPDATE OF {', '.join(WATCHED)} ON duty"
        f" WHEN ({_is_step('OLD')} OR {_is_step('NEW')}) AND ({differs})"
        f" BEGIN {marked('OLD')} {marked('NEW')} END",
        f"CREATE TRIGGER pace_duty_deleted AFTER DELETE ON duty WHEN {_is_step('OLD')}"
        f" BEGIN {marked('OLD')} END",
    ]


def _postgresql() -> list[str]:
    def marked(row: str) -> str:
        month = _month_postgresql(f"{row}.ended_at")
        return f"INSERT INTO pace_mark (month) SELECT {month} WHERE {_is_step(row)};"

    rows = (", ".join(f"{row}.{name}" for name in WATCHED) for row in ("OLD", "NEW"))
    differs = " IS DISTINCT FROM ".join(f"ROW({row})" for row in rows)
    return [
        "CREATE FUNCTION pace_duty() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF TG_OP <> 'INSERT' THEN {marked('OLD')} END IF;"
        f" IF TG_OP <> 'DELETE' THEN {marked('NEW')} END IF; RETURN NULL; END $$",
        "CREATE TRIGGER pace_duty_added AFTER INSERT ON duty FOR EACH ROW"
        f" WHEN ({_is_step('NEW')}) EXECUTE FUNCTION pace_duty()",
        f"CREATE TRIGGER pace_duty_changed AFTER UPDATE OF {', '.join(WATCHED)} ON duty"
        f" FOR EACH ROW WHEN (({_is_step('OLD')} OR {_is_step('NEW')}) AND {differs})"
        " EXECUTE FUNCTION pace_duty()",
        "CREATE TRIGGER pace_duty_deleted AFTER DELETE ON duty FOR EACH ROW"
        f" WHEN ({_is_step('OLD')}) EXECUTE FUNCTION pace_duty()",
    ]

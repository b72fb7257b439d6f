"""Other offices' programs are told that something happened."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "hook",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("url", sa.LargeBinary(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("area_id", Id, nullable=False),
        sa.Column("kinds", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("failing_since", Moment, nullable=True),
        sa.Column("made_by", Id, nullable=False),
        sa.Column("made_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_hook_area_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hook")),
    )
    op.create_table(
        "hook_event",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("hook_id", Id, nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("subject", sa.String(length=12), nullable=False),
        sa.Column("subject_id", Id, nullable=False),
        sa.Column("area_id", Id, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", Moment, nullable=False),
        sa.Column("leased_until", Moment, nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", sa.String(length=12), nullable=False),
        sa.Column("tried_at", Moment, nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_hook_event_area_id")),
        sa.ForeignKeyConstraint(["hook_id"], ["hook.id"], name=op.f("fk_hook_event_hook_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hook_event")),
    )
    op.create_index("ix_hook_event_hook_id_id", "hook_event", ["hook_id", "id"])
    op.create_index("ix_hook_event_at", "hook_event", ["at"])
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        "ix_hook_event_waiting",
        "hook_event",
        ["next_at"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )

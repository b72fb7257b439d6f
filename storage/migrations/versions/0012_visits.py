"""Visits, pauses, and what each child's next visit is planned from."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.DateTime(timezone=True)
IS_VISIT = sa.text("kind = 'visit' AND state = 'open'")


def upgrade() -> None:
    op.create_table(
        "visit",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("child_id", Id, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("result", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("seen", sa.Boolean(), nullable=False),
        sa.Column("alone", sa.Boolean(), nullable=True),
        sa.Column("answers", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("source", sa.String(length=12), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("true_at", Moment, nullable=False),
        sa.Column("entered_at", Moment, nullable=False),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("report_id", Id, nullable=True),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], name=op.f("fk_visit_child_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
    )
    op.create_index(
        "ix_visit_child_id_result", "visit", ["child_id", "result", "on_day"], unique=False
    )
    op.create_table(
        "pause",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("child_id", Id, nullable=True),
        sa.Column("household_id", Id, nullable=True),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("entered_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pause")),
    )
    op.create_index(op.f("ix_pause_child_id"), "pause", ["child_id"], unique=False)
    op.create_index(op.f("ix_pause_household_id"), "pause", ["household_id"], unique=False)
    op.create_table(
        "visit_plan",
        sa.Column("child_id", Id, autoincrement=False, nullable=False),
        sa.Column("made_by", sa.String(length=16), nullable=False),
        sa.Column("entered_at", Moment, nullable=True),
        sa.Column("tier", sa.String(length=16), nullable=False),
        sa.Column("tags", sa.LargeBinary(length=16), nullable=True),
        sa.Column("tiered_at", Moment, nullable=True),
        sa.Column("tagged_at", Moment, nullable=True),
        sa.Column("missed", sa.Date(), nullable=True),
        sa.Column("quiet_until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], name=op.f("fk_visit_plan_child_id")),
        sa.PrimaryKeyConstraint("child_id", name=op.f("pk_visit_plan")),
    )
    op.create_index(op.f("ix_visit_plan_made_by"), "visit_plan", ["made_by"], unique=False)
    op.create_index(
        "uq_duty_visit",
        "duty",
        ["subject_id"],
        unique=True,
        sqlite_where=IS_VISIT,
        postgresql_where=IS_VISIT,
    )
    op.create_index(
        "ix_duty_visit_due",
        "duty",
        ["due_at"],
        unique=False,
        sqlite_where=IS_VISIT,
        postgresql_where=IS_VISIT,
    )
    # Whoever is in the register already is visited from now on, like a child that is entered.
    op.execute(
        "INSERT INTO visit_plan (child_id, made_by, tier)"
        " SELECT id, '', '' FROM child WHERE status = 'active'"
    )

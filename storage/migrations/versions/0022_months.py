"""What schools say of each month, and the county's check of each quarter."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "school_month",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("school_id", Id, nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("counted", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("asked_at", Moment, nullable=False),
        sa.Column("said_by", Id, nullable=True),
        sa.Column("said_at", Moment, nullable=True),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_school_month_school_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_month")),
        sa.UniqueConstraint("school_id", "month", name=op.f("uq_school_month_school_id_month")),
    )
    op.create_table(
        "school_check",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("area_id", Id, nullable=False),
        sa.Column("quarter", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("asked_at", Moment, nullable=False),
        sa.Column("checked_by", Id, nullable=True),
        sa.Column("checked_at", Moment, nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_school_check_area_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_check")),
        sa.UniqueConstraint("area_id", "quarter", name=op.f("uq_school_check_area_id_quarter")),
    )

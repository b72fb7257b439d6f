"""How much the program asked of whoever works, by week: how often, and how long."""

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "burden_week",
        sa.Column("person_id", Id, nullable=False, autoincrement=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("said", sa.Integer(), nullable=False),
        sa.Column("chars", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "week", name=op.f("pk_burden_week")),
    )
    op.create_index(op.f("ix_burden_week_week"), "burden_week", ["week"])

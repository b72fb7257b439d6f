"""How places lay before a table changed them."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "area_past",
        sa.Column("area_id", Id, autoincrement=False, nullable=False),
        sa.Column("until", Moment, nullable=False),
        sa.Column("is_there", sa.Boolean(), nullable=False),
        sa.Column("parent_id", Id, nullable=True),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("area_id", "until", name=op.f("pk_area_past")),
    )
    op.create_index("ix_area_past_until", "area_past", ["until"])
    # Of places that were closed before, what is known is when.
    op.execute(
        "INSERT INTO area_past (area_id, until, is_there, parent_id, kind, name, position)"
        " SELECT id, closed_at, TRUE, parent_id, kind, name, position FROM area"
        " WHERE closed_at IS NOT NULL"
    )

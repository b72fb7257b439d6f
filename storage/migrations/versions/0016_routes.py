"""Posts that should hear of reports and that nobody reaches."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "route_gap",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("area_id", Id, nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("grade", sa.String(length=8), nullable=False),
        sa.Column("hours", sa.String(length=40), nullable=False),
        sa.Column("since", Moment, nullable=False),
        sa.Column("ended_at", Moment, nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_route_gap_area_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_route_gap")),
    )
    op.create_index(
        "uq_route_gap_open",
        "route_gap",
        ["area_id", "role"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )

"""A step of a ladder that could not be told at once waits for the morning's card."""

import sqlalchemy as sa
from alembic import op

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("duty_climb", sa.Column("waits", sa.Boolean))
    op.create_index(
        "ix_duty_climb_waits",
        "duty_climb",
        ["person_id", "fired_at"],
        unique=False,
        sqlite_where=sa.text("waits"),
        postgresql_where=sa.text("waits"),
    )

"""Tables that people send in the talk; an import is undone in one short turn."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    for column in (
        sa.Column("prev_record", sa.LargeBinary(length=1 << 20), nullable=True),
        sa.Column("prev_mark", sa.LargeBinary(length=16), nullable=True),
        sa.Column("prev_month", sa.Integer(), nullable=True),
        sa.Column("prev_tier", sa.String(length=16), nullable=True),
        sa.Column("prev_area_id", Id, nullable=True),
        sa.Column("undo_entry_id", Id, nullable=True),
        sa.Column("undo_changes", sa.LargeBinary(length=1 << 20), nullable=True),
    ):
        op.add_column("roster_row", column)

"""Browsers at the door of the office page are counted by where they come from."""

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("console_door", sa.Column("network", sa.LargeBinary(16), nullable=True))

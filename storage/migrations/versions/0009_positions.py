"""Where a place lies."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("area", sa.Column("latitude", sa.Float(), nullable=True))
    op.add_column("area", sa.Column("longitude", sa.Float(), nullable=True))

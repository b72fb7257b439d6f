"""Whose a file of a report is, and which report a card is about, is sealed."""

import sqlalchemy as sa
from alembic import op

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What stands there in clear is sealed as the program starts: a migration knows no keys.
    op.add_column("attachment", sa.Column("owner", sa.LargeBinary(), nullable=True))
    op.add_column("draft", sa.Column("report", sa.LargeBinary(), nullable=True))
    op.add_column("outbox", sa.Column("report", sa.LargeBinary(), nullable=True))

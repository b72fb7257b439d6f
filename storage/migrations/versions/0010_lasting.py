"""What somebody was shown is found newest first, and what words may mean later by itself."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

SHOWN = sa.text("external_id IS NOT NULL")


def upgrade() -> None:
    op.add_column(
        "outbox", sa.Column("lasting", sa.Boolean(), nullable=False, server_default=sa.true())
    )
    op.drop_index("ix_outbox_sent_to", "outbox")
    op.create_index(
        "ix_outbox_sent_to",
        "outbox",
        ["contact_id", "id", "external_id", "lasting"],
        unique=False,
        sqlite_where=SHOWN,
        postgresql_where=SHOWN,
    )

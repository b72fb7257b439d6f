"""The channel's own ids of what people sent, so that a chat can be cleared of it."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("answers", sa.String(40), nullable=True))
    op.add_column("attachment", sa.Column("message", sa.String(40), nullable=True))

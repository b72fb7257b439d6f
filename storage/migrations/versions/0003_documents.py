"""Cards that carry a file of ours."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WAITS = sa.text("state = 'queued' AND document_id IS NOT NULL")


def upgrade() -> None:
    op.add_column("outbox", sa.Column("document_id", Id, nullable=True))
    op.create_index(
        "ix_outbox_document_waits",
        "outbox",
        ["document_id"],
        unique=False,
        sqlite_where=WAITS,
        postgresql_where=WAITS,
    )

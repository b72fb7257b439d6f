"""A card that asks is known until somebody took notice, and when somebody was last there."""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("heard_at", "open_at"):
        op.add_column("contact", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    for name in ("asks_since", "shown_at"):
        op.add_column("outbox", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_outbox_asking",
        "outbox",
        ["asks_since"],
        sqlite_where=sa.text("asks_since IS NOT NULL"),
        postgresql_where=sa.text("asks_since IS NOT NULL"),
    )
    # Nobody knows when pages were open before: each counts as open when last something was said.
    op.execute(
        "UPDATE contact SET open_at = (SELECT created_at FROM outbox ORDER BY id DESC LIMIT 1)"
        " WHERE channel = 'web'"
    )

"""Which children changed since a moment."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_child_updated_at"), "child", ["updated_at"], unique=False)

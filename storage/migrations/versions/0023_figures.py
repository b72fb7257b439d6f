"""Figures of some days."""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_visit_true_at"), "visit", ["true_at"], unique=False)
    op.create_index(op.f("ix_duty_kind_due_at"), "duty", ["kind", "due_at"], unique=False)

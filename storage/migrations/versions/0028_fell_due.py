"""What fell due is found by its place."""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index(op.f("ix_duty_kind_due_at"), table_name="duty")
    op.create_index(
        op.f("ix_duty_area_id_kind_due_at"),
        "duty",
        ["area_id", "kind", "due_at", "state", "ended_at"],
        unique=False,
    )

"""Which children there are is answered by an index alone, on PostgreSQL too."""

from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_child_area_id_status_born_month", table_name="child")
    op.create_index(
        "ix_child_area_id_status_born_month", "child", ["area_id", "status", "born_month", "id"]
    )

"""In whose hands children are is answered by an index alone."""

from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_responsibility_child_id", table_name="responsibility")
    op.create_index(
        "ix_responsibility_child_id",
        "responsibility",
        ["child_id", "kind", "person_id", "since", "until"],
    )

"""A small copy of each picture is shown in its place."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.add_column("attachment", sa.Column("copy_at", moment, nullable=True))
    op.create_index(
        "ix_attachment_uncopied",
        "attachment",
        ["copy_at"],
        sqlite_where=sa.text("copy_at IS NOT NULL"),
        postgresql_where=sa.text("copy_at IS NOT NULL"),
    )
    # Those that are here already get theirs; what is no picture is found out then.
    op.execute(
        sa.text(
            "UPDATE attachment SET copy_at = created_at"
            " WHERE state = 'stored' AND report_id IS NOT NULL AND kind IN ('photo', 'document')"
        )
    )

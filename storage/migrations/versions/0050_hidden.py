"""Whoever looks at numbers is asked first of which cases they must not hear: one short look."""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

EXCLUDED, JOINED = "kind = 'excluded' AND until IS NULL", "joined_into IS NOT NULL"


def upgrade() -> None:
    op.create_index(
        "ix_case_member_excluded",
        "case_member",
        ["person_id", "case_id"],
        unique=False,
        sqlite_where=sa.text(EXCLUDED),
        postgresql_where=sa.text(EXCLUDED),
    )
    op.create_index(
        "ix_case_file_joined_into",
        "case_file",
        ["joined_into"],
        unique=False,
        sqlite_where=sa.text(JOINED),
        postgresql_where=sa.text(JOINED),
    )

"""What a machine made out of a recording."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

Moment = sa.DateTime(timezone=True)
UNHEARD = sa.text("hear_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("attachment", sa.Column("transcript", sa.LargeBinary(), nullable=True))
    op.add_column("attachment", sa.Column("hear_at", Moment, nullable=True))
    op.create_index(
        "ix_attachment_unheard",
        "attachment",
        ["hear_at"],
        unique=False,
        sqlite_where=UNHEARD,
        postgresql_where=UNHEARD,
    )

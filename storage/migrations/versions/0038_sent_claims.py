"""Other offices' lists wait like all tables that are sent, and how far one is can be seen."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("sent_table", sa.Column("source", sa.String(length=12), nullable=True))
    op.add_column("sent_table", sa.Column("list_id", Id, nullable=True))
    op.add_column("sent_table", sa.Column("percent", sa.Integer(), nullable=True))

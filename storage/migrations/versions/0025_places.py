"""Places keep their history: former names, and what became part of what."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("area", sa.Column("former", sa.Text(), nullable=False, server_default=""))
    op.add_column("area", sa.Column("merged_into", Id, nullable=True))

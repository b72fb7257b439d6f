"""A wish to have one's own data removed is refused with a reason, which whoever asked hears."""

import sqlalchemy as sa
from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("erasure_wish", sa.Column("refused_by", Id, nullable=True))
    refused_at = sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True)
    op.add_column("erasure_wish", refused_at)
    op.add_column("erasure_wish", sa.Column("refused_why", sa.LargeBinary(), nullable=True))

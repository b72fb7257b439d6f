"""Who gave a post, and who else knows whoever holds it."""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("role", sa.Column("given_by", Id))
    op.add_column("role", sa.Column("agreed_by", Id))

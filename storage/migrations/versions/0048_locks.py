"""A lost phone's address leads nobody to its person any more."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

Moment = sa.DateTime(timezone=True)
Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("contact", sa.Column("locked_at", Moment))
    op.add_column("link_code", sa.Column("given_by", Id))

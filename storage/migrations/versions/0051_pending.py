"""The secret of a new authenticator app waits ten minutes; what waits already is begun anew."""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("authenticator", sa.Column("pending_since", sa.DateTime(timezone=True)))
    op.execute(sa.text("UPDATE authenticator SET pending = NULL"))

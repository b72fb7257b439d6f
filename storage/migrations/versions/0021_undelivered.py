"""An index of the few cards that did not arrive."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

WHICH = sa.text("state IN ('gone', 'refused')")


def upgrade() -> None:
    op.create_index(
        "ix_outbox_undelivered", "outbox", ["id"], sqlite_where=WHICH, postgresql_where=WHICH
    )

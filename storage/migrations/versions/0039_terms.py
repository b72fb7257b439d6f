"""An invitation says from when, and until when, its post is held."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

Moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    for name in ("post_since", "post_until"):
        op.add_column("invitation", sa.Column(name, Moment, nullable=True))

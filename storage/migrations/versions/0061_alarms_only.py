"""Where somebody wants to hear of what is urgent alone."""

import sqlalchemy as sa
from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contact", sa.Column("alarms_only", sa.Boolean))

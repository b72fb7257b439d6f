"""Who wants few and large buttons, wherever they talk."""

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("person", sa.Column("elder", sa.Boolean))

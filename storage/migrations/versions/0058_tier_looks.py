"""That somebody looked at a child's tier again, in a round of the county's."""

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "tier_look",
        sa.Column("child_id", Id, nullable=False, autoincrement=False),
        sa.Column("round", sa.Date(), nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["child_id"], ["child.id"], name=op.f("fk_tier_look_child_id_child")
        ),
        sa.PrimaryKeyConstraint("child_id", "round", name=op.f("pk_tier_look")),
    )

"""Other offices' lists, kept as claims beside the register."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "claim_list",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("source", sa.String(length=12), nullable=False),
        sa.Column("area_id", Id, nullable=False),
        sa.Column("file_name", sa.LargeBinary(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("brought_by", Id, nullable=False),
        sa.Column("brought_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_claim_list_area_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_list")),
    )
    op.create_table(
        "claim",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("list_id", Id, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("child_id", Id, nullable=True),
        sa.Column("area_id", Id, nullable=False),
        sa.Column("said", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("decided_by", Id, nullable=True),
        sa.Column("decided_at", Moment, nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_claim_area_id")),
        sa.ForeignKeyConstraint(["list_id"], ["claim_list.id"], name=op.f("fk_claim_list_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim")),
    )
    op.create_index("ix_claim_list_id_kind", "claim", ["list_id", "kind", "id"])

"""By what cases have something in common."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "case_mark",
        sa.Column("case_id", Id, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("mark", sa.LargeBinary(length=16), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_file.id"], name=op.f("fk_case_mark_case_id_case_file")
        ),
        sa.PrimaryKeyConstraint("case_id", "kind", name=op.f("pk_case_mark")),
    )
    op.create_index("ix_case_mark_mark", "case_mark", ["kind", "mark", "case_id"], unique=False)

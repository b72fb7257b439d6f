"""What was said is removed before its time when two persons of the county agree to it."""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "erasure_wish",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("case_id", Id, nullable=False),
        sa.Column("asked_by", Id, nullable=False),
        sa.Column("asked_at", moment, nullable=False),
        sa.Column("agreed_by", Id, nullable=True),
        sa.Column("agreed_at", moment, nullable=True),
        sa.Column("done_at", moment, nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_file.id"], name=op.f("fk_erasure_wish_case_id_case_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure_wish")),
    )
    op.create_index(op.f("ix_erasure_wish_case_id"), "erasure_wish", ["case_id"])

"""Children who may be one, and when somebody must hear of a carer's end."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "child_twin",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("child_id", Id, nullable=False),
        sa.Column("other_id", Id, nullable=False),
        sa.Column("found_by", Id, nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("decided_by", Id, nullable=True),
        sa.Column("decided_at", Moment, nullable=True),
        sa.Column("created_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], name=op.f("fk_child_twin_child_id")),
        sa.ForeignKeyConstraint(["other_id"], ["child.id"], name=op.f("fk_child_twin_other_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_child_twin")),
    )
    op.create_index(op.f("ix_child_twin_child_id"), "child_twin", ["child_id"], unique=False)
    op.create_index(op.f("ix_child_twin_state"), "child_twin", ["state"], unique=False)
    op.add_column("carer", sa.Column("wake_at", Moment, nullable=True))
    op.create_index(op.f("ix_carer_wake_at"), "carer", ["wake_at"], unique=False)

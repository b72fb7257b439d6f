"""Broadcasts, and who has answered."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "broadcast",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("topic", sa.String(length=16), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_broadcast_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcast")),
    )
    op.create_index(op.f("ix_broadcast_person_id"), "broadcast", ["person_id"], unique=False)
    op.create_index(op.f("ix_broadcast_state"), "broadcast", ["state"], unique=False)
    op.create_table(
        "broadcast_reader",
        sa.Column("broadcast_id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("put_at", Moment, nullable=True),
        sa.Column("read_at", Moment, nullable=True),
        sa.ForeignKeyConstraint(
            ["broadcast_id"], ["broadcast.id"], name=op.f("fk_broadcast_reader_broadcast_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_broadcast_reader_person_id")
        ),
        sa.PrimaryKeyConstraint("broadcast_id", "person_id", name=op.f("pk_broadcast_reader")),
    )

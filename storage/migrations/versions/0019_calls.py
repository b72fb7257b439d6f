"""Whom somebody has to call, because a card did not reach them."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "phone_call",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("about", sa.String(length=32), nullable=False),
        sa.Column("cause", sa.String(length=12), nullable=False),
        sa.Column("card", sa.LargeBinary(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("area_id", Id, nullable=True),
        sa.Column("grade", sa.String(length=8), nullable=False),
        sa.Column("passed_to", Id, nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("ended_at", Moment, nullable=True),
        sa.Column("ended_by", Id, nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_phone_call_area_id")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_phone_call_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_call")),
    )
    op.create_index(op.f("ix_phone_call_about"), "phone_call", ["about"], unique=False)
    op.create_index(
        "uq_phone_call_open",
        "phone_call",
        ["person_id", "about"],
        unique=True,
        sqlite_where=sa.text("state IN ('new', 'open')"),
        postgresql_where=sa.text("state IN ('new', 'open')"),
    )
    op.create_index(
        "ix_phone_call_waiting",
        "phone_call",
        ["state", "id"],
        unique=False,
        sqlite_where=sa.text("state IN ('new', 'open')"),
        postgresql_where=sa.text("state IN ('new', 'open')"),
    )

"""Families of children, who say each week that all is well."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "family_link",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("child_id", Id, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("called", sa.LargeBinary(), nullable=False),
        sa.Column("token_index", sa.LargeBinary(length=16), nullable=False),
        sa.Column("issued_by", Id, nullable=False),
        sa.Column("issued_at", Moment, nullable=False),
        sa.Column("expires_at", Moment, nullable=False),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("accepted_at", Moment, nullable=True),
        sa.Column("ended_at", Moment, nullable=True),
        sa.Column("ended_by", Id, nullable=True),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], name=op.f("fk_family_link_child_id")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_family_link_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_family_link")),
        sa.UniqueConstraint("token_index", name=op.f("uq_family_link_token_index")),
    )
    op.create_index(op.f("ix_family_link_child_id"), "family_link", ["child_id"])
    op.create_index(op.f("ix_family_link_person_id"), "family_link", ["person_id"])
    op.create_table(
        "family_week",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("link_id", Id, nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("said_at", Moment, nullable=True),
        sa.Column("wanted", sa.String(length=8), nullable=False),
        sa.Column("wanted_at", Moment, nullable=True),
        sa.Column("heard_at", Moment, nullable=True),
        sa.Column("told", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["link_id"], ["family_link.id"], name=op.f("fk_family_week_link_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_family_week")),
        sa.UniqueConstraint("link_id", "week", name=op.f("uq_family_week_link_id_week")),
    )
    op.create_index("ix_family_week_state_week", "family_week", ["state", "week"])

"""Tables that people send in the talk, to be looked through beside it."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "sent_table",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("attachment_id", Id, nullable=False),
        sa.Column("contact_id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("roster_id", Id, nullable=True),
        sa.Column("found", sa.LargeBinary(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("lease_owner", sa.String(length=22), nullable=True),
        sa.Column("lease_until", Moment, nullable=True),
        sa.Column("created_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_sent_table_contact_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_sent_table_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sent_table")),
    )
    op.create_index(op.f("ix_sent_table_created_at"), "sent_table", ["created_at"], unique=False)
    op.create_index("ix_sent_table_state", "sent_table", ["state"], unique=False)

"""Coming in at the office page, and who sits there."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "console_door",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("browser", sa.LargeBinary(length=32), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("asked_at", Moment, nullable=False),
        sa.Column("ends_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_console_door")),
        sa.UniqueConstraint("browser", name=op.f("uq_console_door_browser")),
        sa.UniqueConstraint("code", name=op.f("uq_console_door_code")),
    )
    op.create_table(
        "console_session",
        sa.Column("mark", sa.LargeBinary(length=32), nullable=False),
        sa.Column("contact_id", Id, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("seen_at", Moment, nullable=False),
        sa.Column("ends_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_console_session_contact_id")
        ),
        sa.PrimaryKeyConstraint("mark", name=op.f("pk_console_session")),
    )
    op.create_index(
        op.f("ix_console_session_contact_id"), "console_session", ["contact_id"], unique=False
    )

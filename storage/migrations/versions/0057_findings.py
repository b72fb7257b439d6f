"""What is counted of how a case turned out: who said so, and when it was closed."""

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CLOSED = sa.text("act = 'confirm_close'")


def upgrade() -> None:
    op.create_table(
        "case_finding",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("case_id", Id, nullable=False),
        sa.Column("who", sa.String(length=8), nullable=False),
        sa.Column("said", sa.String(length=8), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_file.id"], name=op.f("fk_case_finding_case_id_case_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_finding")),
    )
    op.create_index(op.f("ix_case_finding_case_id"), "case_finding", ["case_id"])
    op.create_index(
        "ix_case_entry_closed",
        "case_entry",
        ["entered_at", "case_id"],
        sqlite_where=CLOSED,
        postgresql_where=CLOSED,
    )
    # What whoever reported said before this was kept stands in the story.
    op.execute(
        "INSERT INTO case_finding (id, case_id, who, said, at)"
        " SELECT id, case_id, 'reporter', CASE act WHEN 'solved' THEN 'yes' ELSE 'no' END,"
        " entered_at FROM case_entry WHERE act IN ('solved', 'unsolved')"
    )

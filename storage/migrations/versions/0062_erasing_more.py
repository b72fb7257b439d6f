"""What is removed, held back and wished away is no longer of cases alone."""

import sqlalchemy as sa
from alembic import op

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None

OF_CASES = (
    ("tombstone", None),
    ("case_hold", "fk_case_hold_case_id_case_file"),
    ("erasure_wish", "fk_erasure_wish_case_id_case_file"),
)
#: Whose words are overwritten while the row stays.
BLANKED = ("visit", "absence", "report", "child", "carer", "pupil")


def upgrade() -> None:
    for name, reference in OF_CASES:
        op.drop_index(f"ix_{name}_case_id", name)
        with op.batch_alter_table(name) as table:
            if reference is not None:
                table.drop_constraint(op.f(reference), type_="foreignkey")
            table.alter_column("case_id", new_column_name="matter_id")
            table.add_column(
                sa.Column("matter", sa.String(12), nullable=False, server_default="case")
            )
        op.create_index(f"ix_{name}_matter_id", name, ["matter_id", "matter"])
    for name in BLANKED:
        op.add_column(name, sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    is_there = sa.text("erased_at IS NULL")
    for name, column in (("visit", "true_at"), ("absence", "closed_at")):
        op.create_index(
            f"ix_{name}_worded",
            name,
            [column],
            sqlite_where=is_there,
            postgresql_where=is_there,
        )

"""Figures of some days are answered by an index alone."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

_ON_ITS_WAY = sa.text("to_area_id IS NOT NULL")
_ENDED = sa.text("kind != 'visit' AND state = 'done'")


def upgrade() -> None:
    op.drop_index("ix_child_area_id_status", table_name="child")
    op.create_index(
        "ix_child_area_id_status_born_month", "child", ["area_id", "status", "born_month"]
    )
    op.drop_index("ix_child_to_area_id", table_name="child")
    op.create_index(
        "ix_child_on_its_way",
        "child",
        ["to_area_id"],
        sqlite_where=_ON_ITS_WAY,
        postgresql_where=_ON_ITS_WAY,
    )
    op.drop_index("ix_report_area_id", table_name="report")
    op.create_index(
        "ix_report_area_id_created_at",
        "report",
        ["area_id", "created_at", "grade", "circumstances"],
    )
    op.create_index(
        "ix_case_file_area_id_closed_at",
        "case_file",
        ["area_id", "closed_at", "joined_into", "solved", "grade"],
    )
    op.create_index(
        "ix_duty_ended",
        "duty",
        ["area_id", "ended_at", "subject", "kind", "set_at", "due_at"],
        sqlite_where=_ENDED,
        postgresql_where=_ENDED,
    )

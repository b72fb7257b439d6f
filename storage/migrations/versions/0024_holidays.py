"""Children whom a school hands to the villages for a holiday."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "holiday",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("school_id", Id, nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("asked_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_holiday_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holiday")),
        sa.UniqueConstraint("school_id", "first_day", name=op.f("uq_holiday_school_id_first_day")),
    )
    op.create_table(
        "holiday_child",
        sa.Column("holiday_id", Id, nullable=False),
        sa.Column("pupil_id", Id, nullable=False),
        sa.Column("child_id", Id, nullable=False),
        sa.Column("area_id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("taken_by", Id, nullable=True),
        sa.Column("taken_at", Moment, nullable=True),
        sa.ForeignKeyConstraint(
            ["holiday_id"], ["holiday.id"], name=op.f("fk_holiday_child_holiday_id")
        ),
        sa.ForeignKeyConstraint(
            ["pupil_id"], ["pupil.id"], name=op.f("fk_holiday_child_pupil_id")
        ),
        sa.ForeignKeyConstraint(
            ["child_id"], ["child.id"], name=op.f("fk_holiday_child_child_id")
        ),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_holiday_child_area_id")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_holiday_child_person_id")
        ),
        sa.PrimaryKeyConstraint("holiday_id", "pupil_id", name=op.f("pk_holiday_child")),
    )
    op.create_index(op.f("ix_holiday_child_person_id"), "holiday_child", ["person_id"])

"""Classes, who is missing from school, and what is done about it."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "school",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("area_id", Id, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("head_id", Id, nullable=True),
        sa.Column("created_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_school_area_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school")),
        sa.UniqueConstraint("area_id", "name", name=op.f("uq_school_area_id_name")),
    )
    op.create_table(
        "school_class",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("school_id", Id, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("grade", sa.Integer(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("created_by", Id, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_school_class_school_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_class")),
    )
    op.create_index(op.f("ix_school_class_school_id"), "school_class", ["school_id"], unique=False)
    op.create_table(
        "class_teacher",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("class_id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("since", Moment, nullable=True),
        sa.Column("until", Moment, nullable=True),
        sa.ForeignKeyConstraint(
            ["class_id"], ["school_class.id"], name=op.f("fk_class_teacher_class_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_class_teacher_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_class_teacher")),
        sa.UniqueConstraint(
            "class_id", "person_id", name=op.f("uq_class_teacher_class_id_person_id")
        ),
    )
    op.create_index(op.f("ix_class_teacher_class_id"), "class_teacher", ["class_id"], unique=False)
    op.create_index(
        op.f("ix_class_teacher_person_id"), "class_teacher", ["person_id"], unique=False
    )
    op.create_table(
        "pupil",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("class_id", Id, nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("child_id", Id, nullable=True),
        sa.Column("boards", sa.Boolean(), nullable=False),
        sa.Column("since", Moment, nullable=False),
        sa.Column("until", Moment, nullable=True),
        sa.ForeignKeyConstraint(["class_id"], ["school_class.id"], name=op.f("fk_pupil_class_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pupil")),
    )
    op.create_index(op.f("ix_pupil_child_id"), "pupil", ["child_id"], unique=False)
    op.create_index(op.f("ix_pupil_class_id"), "pupil", ["class_id"], unique=False)
    op.create_table(
        "roll_call",
        sa.Column("class_id", Id, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("taken_by", Id, nullable=False),
        sa.Column("taken_at", Moment, nullable=False),
        sa.Column("absent", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["class_id"], ["school_class.id"], name=op.f("fk_roll_call_class_id")
        ),
        sa.PrimaryKeyConstraint("class_id", "day", name=op.f("pk_roll_call")),
    )
    op.create_table(
        "absence",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("pupil_id", Id, nullable=False),
        sa.Column("class_id", Id, nullable=False),
        sa.Column("child_id", Id, nullable=True),
        sa.Column("area_id", Id, nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("noted_at", Moment, nullable=False),
        sa.Column("entered_by", Id, nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("excused", sa.Boolean(), nullable=False),
        sa.Column("excused_until", sa.Date(), nullable=True),
        sa.Column("boards", sa.Boolean(), nullable=False),
        sa.Column("cannot_be_found", sa.Boolean(), nullable=False),
        sa.Column("case_id", Id, nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("returned", sa.Date(), nullable=True),
        sa.Column("stood", sa.String(length=12), nullable=False),
        sa.Column("closed_at", Moment, nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_absence_area_id")),
        sa.ForeignKeyConstraint(
            ["class_id"], ["school_class.id"], name=op.f("fk_absence_class_id")
        ),
        sa.ForeignKeyConstraint(["pupil_id"], ["pupil.id"], name=op.f("fk_absence_pupil_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    op.create_index("ix_absence_area_id_state", "absence", ["area_id", "state"], unique=False)
    op.create_index(op.f("ix_absence_child_id"), "absence", ["child_id"], unique=False)
    op.create_index(op.f("ix_absence_class_id"), "absence", ["class_id"], unique=False)
    op.create_index(
        "uq_absence_of_pupil",
        "absence",
        ["pupil_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "absence_entry",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("absence_id", Id, nullable=False),
        sa.Column("act", sa.String(length=12), nullable=False),
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("entered_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["absence_id"], ["absence.id"], name=op.f("fk_absence_entry_absence_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence_entry")),
    )
    op.create_index(
        op.f("ix_absence_entry_absence_id"), "absence_entry", ["absence_id"], unique=False
    )

"""Cases with one owner, duties that climb, and who is on duty at night."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "case_file",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("number", sa.String(length=9), nullable=False),
        sa.Column("area_id", Id, nullable=True),
        sa.Column("child_id", Id, nullable=True),
        sa.Column("grade", sa.String(length=8), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("owner_role", sa.String(length=32), nullable=False),
        sa.Column("owner_area_id", Id, nullable=True),
        sa.Column("owner_id", Id, nullable=True),
        sa.Column("accepted_at", Moment, nullable=True),
        sa.Column("seen_at", Moment, nullable=True),
        sa.Column("seen_safe", sa.Boolean(), nullable=True),
        sa.Column("outcome", sa.String(length=24), nullable=False),
        sa.Column("solved", sa.String(length=8), nullable=False),
        sa.Column("reopened", sa.Integer(), nullable=False),
        sa.Column("joined_into", Id, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("opened_at", Moment, nullable=False),
        sa.Column("stage_since", Moment, nullable=False),
        sa.Column("closed_at", Moment, nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_case_file_area_id")),
        sa.ForeignKeyConstraint(
            ["owner_area_id"], ["area.id"], name=op.f("fk_case_file_owner_area_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_file")),
        sa.UniqueConstraint("number", name=op.f("uq_case_file_number")),
    )
    op.create_index("ix_case_file_area_id_stage", "case_file", ["area_id", "stage"], unique=False)
    op.create_index(op.f("ix_case_file_child_id"), "case_file", ["child_id"], unique=False)
    op.create_index(op.f("ix_case_file_opened_at"), "case_file", ["opened_at"], unique=False)
    op.create_index(
        "ix_case_file_owner_id_stage", "case_file", ["owner_id", "stage"], unique=False
    )
    op.create_table(
        "duty",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("subject", sa.String(length=12), nullable=False),
        sa.Column("subject_id", Id, nullable=False),
        sa.Column("area_id", Id, nullable=True),
        sa.Column("grade", sa.String(length=8), nullable=False),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("what", sa.LargeBinary(), nullable=True),
        sa.Column("set_at", Moment, nullable=False),
        sa.Column("due_at", Moment, nullable=False),
        sa.Column("first_due_at", Moment, nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("rings_at", Moment, nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("ended_at", Moment, nullable=True),
        sa.Column("ended_by", Id, nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_duty_area_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty")),
        sa.UniqueConstraint("key", name=op.f("uq_duty_key")),
    )
    op.create_index(
        "ix_duty_in_area",
        "duty",
        ["area_id", "due_at"],
        unique=False,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "ix_duty_of_person",
        "duty",
        ["person_id", "due_at"],
        unique=False,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "ix_duty_ringing",
        "duty",
        ["rings_at"],
        unique=False,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index("ix_duty_subject_subject_id", "duty", ["subject", "subject_id"], unique=False)
    op.create_table(
        "shift",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("area_id", Id, nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("since", Moment, nullable=False),
        sa.Column("until", Moment, nullable=False),
        sa.Column("entered_by", Id, nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_shift_area_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_shift_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift")),
    )
    op.create_index("ix_shift_area_id_until", "shift", ["area_id", "until"], unique=False)
    op.create_table(
        "case_entry",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("case_id", Id, nullable=False),
        sa.Column("act", sa.String(length=24), nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("true_at", Moment, nullable=False),
        sa.Column("entered_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_case_entry_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_entry")),
    )
    op.create_index(op.f("ix_case_entry_case_id"), "case_entry", ["case_id"], unique=False)
    op.create_table(
        "case_member",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("case_id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("basis", sa.String(length=24), nullable=False),
        sa.Column("parts", sa.Text(), nullable=False),
        sa.Column("since", Moment, nullable=False),
        sa.Column("until", Moment, nullable=True),
        sa.Column("given_by", Id, nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_file.id"], name=op.f("fk_case_member_case_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_member")),
    )
    op.create_index(op.f("ix_case_member_case_id"), "case_member", ["case_id"], unique=False)
    op.create_index(op.f("ix_case_member_person_id"), "case_member", ["person_id"], unique=False)
    op.create_table(
        "case_report",
        sa.Column("report_id", Id, nullable=False),
        sa.Column("case_id", Id, nullable=False),
        sa.Column("joined_at", Moment, nullable=False),
        sa.Column("joined_by", Id, nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_file.id"], name=op.f("fk_case_report_case_id")
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_case_report_report_id")
        ),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_case_report")),
    )
    op.create_index(op.f("ix_case_report_case_id"), "case_report", ["case_id"], unique=False)
    op.create_table(
        "duty_climb",
        sa.Column("duty_id", Id, nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("passed_at", Moment, nullable=False),
        sa.Column("fired_at", Moment, nullable=False),
        sa.Column("step", sa.String(length=12), nullable=False),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["duty_id"], ["duty.id"], name=op.f("fk_duty_climb_duty_id")),
        sa.PrimaryKeyConstraint("duty_id", "level", name=op.f("pk_duty_climb")),
    )
    op.add_column("draft", sa.Column("about", sa.String(length=32), nullable=True))
    op.add_column("outbox", sa.Column("about", sa.String(length=32), nullable=True))
    op.create_index(
        "ix_outbox_about",
        "outbox",
        ["about"],
        unique=False,
        sqlite_where=sa.text("about IS NOT NULL"),
        postgresql_where=sa.text("about IS NOT NULL"),
    )

    # Every report that was filed before becomes a case of its own, with the county's 未保办.
    op.execute(
        "INSERT INTO case_file (id, number, area_id, child_id, grade, stage, owner_role, outcome,"
        " solved, reopened, version, opened_at, stage_since)"
        " SELECT id, number, area_id, child_id, grade, 'received', 'civil_affairs', '', '', 0, 1,"
        " created_at, created_at FROM report"
    )
    op.execute(
        "INSERT INTO case_report (report_id, case_id, joined_at, joined_by)"
        " SELECT id, id, created_at, 0 FROM report"
    )

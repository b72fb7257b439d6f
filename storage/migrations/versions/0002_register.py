"""The register of children, who is responsible for them, and how people come and go."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "child",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("area_id", Id, nullable=False),
        sa.Column("household_id", Id, nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("id_number_index", sa.LargeBinary(length=16), nullable=True),
        sa.Column("born_month", sa.Integer(), nullable=True),
        sa.Column("tier", sa.String(length=16), nullable=False),
        sa.Column("left_reason", sa.String(length=16), nullable=True),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("to_area_id", Id, nullable=True),
        sa.Column("offered_by", Id, nullable=True),
        sa.Column("offered_at", Moment, nullable=True),
        sa.Column("merged_into", Id, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("roster_id", Id, nullable=True),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("updated_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_child_area_id")),
        sa.ForeignKeyConstraint(["to_area_id"], ["area.id"], name=op.f("fk_child_to_area_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_child")),
    )
    op.create_index("ix_child_area_id_status", "child", ["area_id", "status"], unique=False)
    op.create_index(op.f("ix_child_household_id"), "child", ["household_id"], unique=False)
    op.create_index(op.f("ix_child_id_number_index"), "child", ["id_number_index"], unique=False)
    op.create_index(op.f("ix_child_merged_into"), "child", ["merged_into"], unique=False)
    op.create_index(op.f("ix_child_roster_id"), "child", ["roster_id"], unique=False)
    op.create_index("ix_child_status_born_month", "child", ["status", "born_month"], unique=False)
    op.create_index(op.f("ix_child_to_area_id"), "child", ["to_area_id"], unique=False)
    op.create_table(
        "invitation",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("token_index", sa.LargeBinary(length=16), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("area_id", Id, nullable=False),
        sa.Column("issued_by", Id, nullable=False),
        sa.Column("issued_at", Moment, nullable=False),
        sa.Column("expires_at", Moment, nullable=False),
        sa.Column("used_by", Id, nullable=True),
        sa.Column("used_at", Moment, nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_invitation_area_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_index", name=op.f("uq_invitation_token_index")),
    )
    op.create_index(op.f("ix_invitation_issued_by"), "invitation", ["issued_by"], unique=False)
    op.create_table(
        "leave",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("deputy_id", Id, nullable=True),
        sa.Column("since", Moment, nullable=False),
        sa.Column("until", Moment, nullable=False),
        sa.Column("entered_by", Id, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["deputy_id"], ["person.id"], name=op.f("fk_leave_deputy_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_leave_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leave")),
    )
    op.create_index(op.f("ix_leave_deputy_id"), "leave", ["deputy_id"], unique=False)
    op.create_index(op.f("ix_leave_person_id"), "leave", ["person_id"], unique=False)
    op.create_table(
        "link_code",
        sa.Column("code_index", sa.LargeBinary(length=16), nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("expires_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_link_code_person_id")),
        sa.PrimaryKeyConstraint("code_index", name=op.f("pk_link_code")),
    )
    op.create_index(op.f("ix_link_code_person_id"), "link_code", ["person_id"], unique=False)
    op.create_table(
        "person_joined",
        sa.Column("person_id", Id, nullable=False),
        sa.Column("into_id", Id, nullable=False),
        sa.Column("joined_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["into_id"], ["person.id"], name=op.f("fk_person_joined_into_id")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_person_joined_person_id")
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_person_joined")),
    )
    op.create_index(op.f("ix_person_joined_into_id"), "person_joined", ["into_id"], unique=False)
    op.create_table(
        "roster",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("area_id", Id, nullable=False),
        sa.Column("file_name", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("staged_by", Id, nullable=False),
        sa.Column("staged_at", Moment, nullable=False),
        sa.Column("applied_by", Id, nullable=True),
        sa.Column("applied_at", Moment, nullable=True),
        sa.Column("undone_by", Id, nullable=True),
        sa.Column("undone_at", Moment, nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_roster_area_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster")),
    )
    op.create_index(op.f("ix_roster_area_id"), "roster", ["area_id"], unique=False)
    op.create_table(
        "carer",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("child_id", Id, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("said", sa.LargeBinary(), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("entered_by", Id, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("updated_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], name=op.f("fk_carer_child_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carer")),
    )
    op.create_index(op.f("ix_carer_child_id"), "carer", ["child_id"], unique=False)
    op.create_table(
        "child_conflict",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("child_id", Id, nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("values", sa.LargeBinary(), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("source_id", Id, nullable=True),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("true_at", Moment, nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("settled_by", Id, nullable=True),
        sa.Column("settled_at", Moment, nullable=True),
        sa.Column("created_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["child_id"], ["child.id"], name=op.f("fk_child_conflict_child_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_child_conflict")),
    )
    op.create_index(
        op.f("ix_child_conflict_child_id"), "child_conflict", ["child_id"], unique=False
    )
    op.create_index(op.f("ix_child_conflict_state"), "child_conflict", ["state"], unique=False)
    op.create_table(
        "child_entry",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("child_id", Id, nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("source_id", Id, nullable=True),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("changes", sa.LargeBinary(), nullable=False),
        sa.Column("true_at", Moment, nullable=False),
        sa.Column("entered_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], name=op.f("fk_child_entry_child_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_child_entry")),
    )
    op.create_index(op.f("ix_child_entry_child_id"), "child_entry", ["child_id"], unique=False)
    op.create_index(op.f("ix_child_entry_source_id"), "child_entry", ["source_id"], unique=False)
    op.create_table(
        "child_opening",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("child_id", Id, nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["child_id"], ["child.id"], name=op.f("fk_child_opening_child_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_child_opening")),
    )
    op.create_index(op.f("ix_child_opening_child_id"), "child_opening", ["child_id"], unique=False)
    op.create_table(
        "registration",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("contact_id", Id, nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("area_id", Id, nullable=False),
        sa.Column("said", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("climbs_at", Moment, nullable=True),
        sa.Column("climbed", sa.Integer(), nullable=False),
        sa.Column("decided_by", Id, nullable=True),
        sa.Column("decided_at", Moment, nullable=True),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_registration_area_id")),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_registration_contact_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_registration_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration")),
    )
    op.create_index(op.f("ix_registration_person_id"), "registration", ["person_id"], unique=False)
    op.create_index(
        "ix_registration_state_climbs_at", "registration", ["state", "climbs_at"], unique=False
    )
    op.create_table(
        "responsibility",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("child_id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("since", Moment, nullable=True),
        sa.Column("until", Moment, nullable=True),
        sa.Column("entered_by", Id, nullable=False),
        sa.Column("roster_id", Id, nullable=True),
        sa.ForeignKeyConstraint(
            ["child_id"], ["child.id"], name=op.f("fk_responsibility_child_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_responsibility_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_responsibility")),
    )
    op.create_index("ix_responsibility_child_id", "responsibility", ["child_id"], unique=False)
    op.create_index(
        "ix_responsibility_person_id_until", "responsibility", ["person_id", "until"], unique=False
    )
    op.create_index(
        op.f("ix_responsibility_roster_id"), "responsibility", ["roster_id"], unique=False
    )
    op.create_index(
        "uq_responsibility_primary",
        "responsibility",
        ["child_id"],
        unique=True,
        sqlite_where=sa.text("kind = 'primary' AND since IS NOT NULL AND until IS NULL"),
        postgresql_where=sa.text("kind = 'primary' AND since IS NOT NULL AND until IS NULL"),
    )
    op.create_table(
        "roster_row",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("roster_id", Id, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("child_id", Id, nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("next_record", sa.LargeBinary(length=1048576), nullable=True),
        sa.Column("next_mark", sa.LargeBinary(length=16), nullable=True),
        sa.Column("next_month", sa.Integer(), nullable=True),
        sa.Column("next_tier", sa.String(length=16), nullable=True),
        sa.Column("next_area_id", Id, nullable=True),
        sa.Column("entry_id", Id, nullable=True),
        sa.Column("entry_changes", sa.LargeBinary(length=1048576), nullable=True),
        sa.Column("outcome", sa.String(length=12), nullable=True),
        sa.ForeignKeyConstraint(
            ["roster_id"], ["roster.id"], name=op.f("fk_roster_row_roster_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_row")),
    )
    op.create_index(
        "ix_roster_row_roster_id_kind", "roster_row", ["roster_id", "kind"], unique=False
    )
    op.create_table(
        "unmasking",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("report_id", Id, nullable=False),
        sa.Column("asked_by", Id, nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("decided_by", Id, nullable=True),
        sa.Column("decided_at", Moment, nullable=True),
        sa.Column("created_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_unmasking_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unmasking")),
    )
    op.create_index(op.f("ix_unmasking_report_id"), "unmasking", ["report_id"], unique=False)
    op.create_index(op.f("ix_unmasking_state"), "unmasking", ["state"], unique=False)
    op.add_column("person", sa.Column("phone_index", sa.LargeBinary(length=16), nullable=True))
    op.create_index(op.f("ix_person_phone_index"), "person", ["phone_index"], unique=False)
    op.add_column("report", sa.Column("child_id", Id, nullable=True))
    op.create_index(op.f("ix_report_child_id"), "report", ["child_id"], unique=False)

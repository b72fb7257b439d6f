"""The register (台账): children, their carers and families, who is responsible, rosters."""

from sqlalchemy import Column, Date, ForeignKey, Index, Integer, String, Table, UniqueConstraint

from storage.tables.types import Blind, Id, Moment, Sealed, SealedElsewhere, metadata

child = Table(
    "child",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("area_id", ForeignKey("area.id"), nullable=False),
    #: Brothers and sisters share it.
    Column("household_id", Id, nullable=False, index=True),
    #: staged (by an import that is not applied), active, left, merged, undone
    Column("status", String(8), nullable=False),
    #: Every column of the register that is known, as JSON; what is not in it is 未采集.
    Column("record", Sealed, nullable=False),
    Column("id_number_index", Blind, index=True),
    #: Of the record, in clear: the year and month of birth, as year * 12 + month, and the tier.
    Column("born_month", Integer),
    Column("tier", String(16), nullable=False, default=""),
    Column("left_reason", String(16)),
    Column("left_on", Date),
    #: Where the child moves to, until the new place accepts (转出, 接收).
    Column("to_area_id", ForeignKey("area.id")),
    Column("offered_by", Id),
    Column("offered_at", Moment),
    #: The child that this one turned out to be.
    Column("merged_into", Id, index=True),
    #: Counts the changes.
    Column("version", Integer, nullable=False),
    #: The import that brought the child.
    Column("roster_id", Id, index=True),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    #: When all but what figures count was overwritten.
    Column("erased_at", Moment),
    # Figures count who is of school age and in whose hands, and read nothing but this index.
    Index("ix_child_area_id_status_born_month", "area_id", "status", "born_month", "id"),
    Index("ix_child_status_born_month", "status", "born_month"),
    #: What counts the register asks what changed since it last looked.
    Index("ix_child_updated_at", "updated_at"),
)

Index(
    "ix_child_on_its_way",
    child.c.to_area_id,
    sqlite_where=child.c.to_area_id.is_not(None),
    postgresql_where=child.c.to_area_id.is_not(None),
)

#: Why somebody opened the file of a child that is not theirs; that they did is in the audit.
child_opening = Table(
    "child_opening",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("child_id", ForeignKey("child.id"), nullable=False, index=True),
    Column("reason", Sealed, nullable=False),
)

#: One change of a child's record, with all columns that it changed.
child_entry = Table(
    "child_entry",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("child_id", ForeignKey("child.id"), nullable=False, index=True),
    #: roster, visit, report, correction, registration
    Column("source", String(16), nullable=False),
    #: The roster, visit or report.
    Column("source_id", Id, index=True),
    Column("person_id", Id, nullable=False),
    #: From key to its value before and after, as JSON.
    Column("changes", Sealed, nullable=False),
    #: When it came true, and when we heard of it.
    Column("true_at", Moment, nullable=False),
    Column("entered_at", Moment, nullable=False),
)

#: Somebody changed a grave column that another had changed before them: a human settles it.
child_conflict = Table(
    "child_conflict",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("child_id", ForeignKey("child.id"), nullable=False, index=True),
    Column("key", String(40), nullable=False),
    #: What the changer saw, what stood there, what they wanted: JSON.
    Column("values", Sealed, nullable=False),
    Column("source", String(16), nullable=False),
    Column("source_id", Id),
    Column("person_id", Id, nullable=False),
    Column("true_at", Moment, nullable=False),
    #: open, settled
    Column("state", String(8), nullable=False, index=True),
    Column("settled_by", Id),
    Column("settled_at", Moment),
    Column("created_at", Moment, nullable=False),
)

#: Two children who may be one, entered twice: a human says whether they are.
child_twin = Table(
    "child_twin",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("child_id", ForeignKey("child.id"), nullable=False, index=True),
    Column("other_id", ForeignKey("child.id"), nullable=False),
    Column("found_by", Id, nullable=False),
    #: open, merged, apart
    Column("state", String(8), nullable=False, index=True),
    Column("decided_by", Id),
    Column("decided_at", Moment),
    Column("created_at", Moment, nullable=False),
)

#: Who looks after a child; a delegated one with what the law wants (未成年人保护法 art. 22, 23).
carer = Table(
    "carer",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("child_id", ForeignKey("child.id"), nullable=False, index=True),
    #: parent, relative, delegated; refused: the law forbids this one
    Column("kind", String(12), nullable=False),
    #: Name, phone, relation ..., and for delegated care its declarations: JSON.
    Column("said", Sealed, nullable=False),
    Column("since", Date),
    Column("until", Date),
    #: When somebody must hear that the care ends, or has ended.
    Column("wake_at", Moment, index=True),
    Column("entered_by", Id, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    #: When its words were overwritten.
    Column("erased_at", Moment),
)

#: Somebody of a child's own family who says each week that all is well, or is invited to.
family_link = Table(
    "family_link",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("child_id", ForeignKey("child.id"), nullable=False, index=True),
    #: carer, parent
    Column("kind", String(8), nullable=False),
    #: What the child is called at home: all that this person ever sees of the register.
    Column("called", Sealed, nullable=False),
    Column("token_index", Blind, nullable=False, unique=True),
    Column("issued_by", Id, nullable=False),
    Column("issued_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("person_id", ForeignKey("person.id"), index=True),
    Column("accepted_at", Moment),
    Column("ended_at", Moment),
    Column("ended_by", Id),
)

#: One week of one of a family, named by its Sunday.
family_week = Table(
    "family_week",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("link_id", ForeignKey("family_link.id"), nullable=False),
    Column("week", Date, nullable=False),
    #: asked, told, silent, skipped
    Column("state", String(8), nullable=False),
    Column("said_at", Moment),
    #: talk, worry: what somebody must hear; since when, and when they did.
    Column("wanted", String(8), nullable=False, default=""),
    Column("wanted_at", Moment),
    Column("heard_at", Moment),
    #: What was said of a call: JSON.
    Column("told", Sealed),
    UniqueConstraint("link_id", "week"),
    Index("ix_family_week_state_week", "state", "week"),
)

#: Who answers for a child (包保).
responsibility = Table(
    "responsibility",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("child_id", ForeignKey("child.id"), nullable=False),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    #: primary (包保责任人), teacher (结对教师), mother (爱心妈妈), grid_worker
    Column("kind", String(12), nullable=False),
    #: Null while the import that brings it is not applied.
    Column("since", Moment),
    Column("until", Moment),
    Column("entered_by", Id, nullable=False),
    Column("roster_id", Id, index=True),
    # Who is in nobody's hands is asked of all children of a place, and of nothing but this index.
    Index("ix_responsibility_child_id", "child_id", "kind", "person_id", "since", "until"),
    Index("ix_responsibility_person_id_until", "person_id", "until"),
)

_is_primary = (
    (responsibility.c.kind == "primary")
    & responsibility.c.since.is_not(None)
    & responsibility.c.until.is_(None)
)

Index(
    "uq_responsibility_primary",
    responsibility.c.child_id,
    unique=True,
    sqlite_where=_is_primary,
    postgresql_where=_is_primary,
)

#: Active children of each place, by the person who answers first: in whose hands they are. Whoever
#: is 0 is nobody, and -1 everybody. No references: places come and go.
head_count = Table(
    "head_count",
    metadata,
    Column("area_id", Id, primary_key=True, autoincrement=False),
    Column("person_id", Id, primary_key=True, autoincrement=False),
    #: The township in which it lies, or itself.
    Column("part_id", Id, nullable=False),
    Column("children", Integer, nullable=False),
    Index("ix_head_count_part_id", "part_id", "person_id", "area_id", "children"),
)

#: Places whose rows count until a beat counts them anew, at once or from a moment on: written by
#: triggers of child and responsibility, of the place or of a child who lives there.
head_count_mark = Table(
    "head_count_mark",
    metadata,
    Column("id", Id, primary_key=True),
    Column("area_id", Id),
    Column("child_id", Id),
    Column("at", Moment),
)

#: An imported roster: staged, applied whole, undone whole.
roster = Table(
    "roster",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("area_id", ForeignKey("area.id"), nullable=False, index=True),
    Column("file_name", Sealed, nullable=False),
    #: staged, applied, undone, discarded
    Column("state", String(12), nullable=False),
    Column("staged_by", Id, nullable=False),
    Column("staged_at", Moment, nullable=False),
    Column("applied_by", Id),
    Column("applied_at", Moment),
    Column("undone_by", Id),
    Column("undone_at", Moment),
)

roster_row = Table(
    "roster_row",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("roster_id", ForeignKey("roster.id"), nullable=False),
    #: As the spreadsheet counts.
    Column("number", Integer, nullable=False),
    #: new, changed, same, doubtful, bad
    Column("kind", String(12), nullable=False),
    Column("child_id", Id),
    #: The child's version that the preview compared with.
    Column("version", Integer),
    #: What the row says, and what is wrong with it: JSON.
    Column("content", Sealed, nullable=False),
    #: Of a changed child, made ready so that the turn that applies all is short: what goes into
    #: the child's row and into its entry, sealed for those places.
    Column("next_record", SealedElsewhere),
    Column("next_mark", Blind),
    Column("next_month", Integer),
    Column("next_tier", String(16)),
    Column("next_area_id", Id),
    Column("entry_id", Id),
    Column("entry_changes", SealedElsewhere),
    #: The child's row as it was before, kept as the import is applied; and the entry that an undo
    #: writes. So an undo, too, is one short turn, however many rows there are.
    Column("prev_record", SealedElsewhere),
    Column("prev_mark", Blind),
    Column("prev_month", Integer),
    Column("prev_tier", String(16)),
    Column("prev_area_id", Id),
    Column("undo_entry_id", Id),
    Column("undo_changes", SealedElsewhere),
    #: What became of it on undoing: kept (changed again since), or null.
    Column("outcome", String(12)),
    Index("ix_roster_row_roster_id_kind", "roster_id", "kind"),
)

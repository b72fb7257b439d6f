"""Cases (工单): from the receipt until the child is safe."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    text,
)

from storage.tables.types import Id, Moment, Sealed, metadata

case_file = Table(
    "case_file",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    #: Of the first report: people know one number.
    Column("number", String(9), nullable=False, unique=True),
    Column("area_id", ForeignKey("area.id")),
    Column("child_id", Id, index=True),
    Column("grade", String(8), nullable=False),
    #: A stage of policy/lifecycle.toml.
    Column("stage", String(16), nullable=False),
    #: The one owner: always a post and its place; the person, as long as somebody holds it.
    Column("owner_role", String(32), nullable=False),
    Column("owner_area_id", ForeignKey("area.id")),
    Column("owner_id", Id),
    #: When somebody said 我来处理.
    Column("accepted_at", Moment),
    #: When the child was last seen, and whether safe.
    Column("seen_at", Moment),
    Column("seen_safe", Boolean),
    #: How it ended (policy/lifecycle.toml), and whether that helped: yes, no, or nobody knows.
    Column("outcome", String(24), nullable=False, default=""),
    Column("solved", String(8), nullable=False, default=""),
    Column("reopened", Integer, nullable=False, default=0),
    #: Another case turned out to be the same: this one is part of that one.
    Column("joined_into", Id),
    #: Counts the changes.
    Column("version", Integer, nullable=False),
    Column("opened_at", Moment, nullable=False, index=True),
    Column("stage_since", Moment, nullable=False),
    Column("closed_at", Moment),
    Index("ix_case_file_owner_id_stage", "owner_id", "stage"),
    Index("ix_case_file_area_id_stage", "area_id", "stage"),
    # Figures ask for what was closed on some days and what is open, and read nothing but this.
    Index(
        "ix_case_file_area_id_closed_at", "area_id", "closed_at", "joined_into", "solved", "grade"
    ),
)

# What falls into the hours at both ends of a span, wherever it was.
_was_closed = case_file.c.closed_at.is_not(None)

Index(
    "ix_case_file_closed_at",
    case_file.c.closed_at,
    case_file.c.area_id,
    case_file.c.joined_into,
    case_file.c.solved,
    sqlite_where=_was_closed,
    postgresql_where=_was_closed,
)

# What goes on in a case of which somebody must not hear.
_was_joined = case_file.c.joined_into.is_not(None)

Index(
    "ix_case_file_joined_into",
    case_file.c.joined_into,
    sqlite_where=_was_joined,
    postgresql_where=_was_joined,
)

#: Which case a report belongs to: exactly one.
case_report = Table(
    "case_report",
    metadata,
    Column("report_id", ForeignKey("report.id"), primary_key=True),
    Column("case_id", ForeignKey("case_file.id"), nullable=False, index=True),
    Column("joined_at", Moment, nullable=False),
    #: 0: the program, when the report was filed.
    Column("joined_by", Id, nullable=False),
)

#: Who has to do with a case beside its owner.
case_member = Table(
    "case_member",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("case_id", ForeignKey("case_file.id"), nullable=False, index=True),
    Column("person_id", Id, nullable=False, index=True),
    #: told (got the card), partner (may see it), conference, excluded (must not hear of it)
    Column("kind", String(12), nullable=False),
    Column("role", String(32), nullable=False, default=""),
    #: Why: a code of policy/lifecycle.toml; and the parts of the case that a partner sees.
    Column("basis", String(24), nullable=False, default=""),
    Column("parts", Text, nullable=False, default=""),
    Column("since", Moment, nullable=False),
    Column("until", Moment),
    Column("given_by", Id, nullable=False),
)

# Asked before each number of cases: mostly nothing is found.
_is_excluded = text("kind = 'excluded' AND until IS NULL")

Index(
    "ix_case_member_excluded",
    case_member.c.person_id,
    case_member.c.case_id,
    sqlite_where=_is_excluded,
    postgresql_where=_is_excluded,
)

#: By what a case may turn out to have something in common with others.
case_mark = Table(
    "case_mark",
    metadata,
    Column("case_id", ForeignKey("case_file.id"), primary_key=True, autoincrement=False),
    #: village, school, adult; paper: the form it came on, paper
    Column("kind", String(8), primary_key=True),
    #: A blind index of which: nobody reads here what a school or a person is called.
    Column("mark", LargeBinary(16), nullable=False),
    #: True once the county heard that this case is one of several.
    Column("told", Boolean, nullable=False, default=False),
    Index("ix_case_mark_mark", "kind", "mark", "case_id"),
)

#: The timeline: one act of one person.
case_entry = Table(
    "case_entry",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("case_id", ForeignKey("case_file.id"), nullable=False, index=True),
    #: An act of policy/lifecycle.toml.
    Column("act", String(24), nullable=False),
    #: 0: the program itself.
    Column("person_id", Id, nullable=False),
    Column("role", String(32), nullable=False, default=""),
    #: The stage after it.
    Column("stage", String(16), nullable=False),
    #: Answers by question name and the form's version, as JSON.
    Column("body", Sealed, nullable=False),
    #: When it happened, and when we heard of it.
    Column("true_at", Moment, nullable=False),
    Column("entered_at", Moment, nullable=False),
)

_is_reopened = text("act IN ('unsolved', 'reopened', 'reopen')")

Index(
    "ix_case_entry_reopened",
    case_entry.c.entered_at,
    case_entry.c.case_id,
    sqlite_where=_is_reopened,
    postgresql_where=_is_reopened,
)

_is_end = text("act = 'confirm_close'")

Index(
    "ix_case_entry_closed",
    case_entry.c.entered_at,
    case_entry.c.case_id,
    sqlite_where=_is_end,
    postgresql_where=_is_end,
)

#: How a case turned out, as it is counted; the words lie in the story.
case_finding = Table(
    "case_finding",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("case_id", ForeignKey("case_file.id"), nullable=False, index=True),
    #: visitor, child, reporter: whether it is better; police: whether they prosecute.
    Column("who", String(8), nullable=False),
    #: yes, no
    Column("said", String(8), nullable=False),
    Column("at", Moment, nullable=False),
)

#: What was removed for good: that it was, by which rule, and of what.
tombstone = Table(
    "tombstone",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    #: A kind of policy/retention.toml, or file.
    Column("kind", String(12), nullable=False),
    #: case, child, report, absence, class, list or person, and which.
    Column("matter", String(12), nullable=False, server_default="case"),
    Column("matter_id", Id, nullable=False),
    #: What of it: the report, the file; or itself.
    Column("subject_id", Id, nullable=False),
    #: As the table of retention says it: reporter, case_closed, 3 years.
    Column("rule", String(64), nullable=False),
    #: How many sealed values.
    Column("removed", Integer, nullable=False),
    #: SHA-256 over these, sealed as they were, and over the hashes of files.
    Column("digest", LargeBinary(32), nullable=False),
    Column("at", Moment, nullable=False),
    Index("ix_tombstone_matter_id", "matter_id", "matter"),
)

#: What was said in a case, or is known of a child, is kept past its time. The name is part of what
#: its words are sealed with.
case_hold = Table(
    "case_hold",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    #: case or child, and which.
    Column("matter", String(12), nullable=False, server_default="case"),
    Column("matter_id", Id, nullable=False),
    Column("set_by", Id, nullable=False),
    Column("reason", Sealed, nullable=False),
    Column("since", Moment, nullable=False),
    Column("until", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("ended_by", Id),
    Index("ix_case_hold_matter_id", "matter_id", "matter"),
)

#: Somebody wants words removed before their time; another one, of the county, agrees.
erasure_wish = Table(
    "erasure_wish",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    #: case, child or person, and which.
    Column("matter", String(12), nullable=False, server_default="case"),
    Column("matter_id", Id, nullable=False),
    Column("asked_by", Id, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("agreed_by", Id),
    Column("agreed_at", Moment),
    Column("done_at", Moment),
    Column("refused_by", Id),
    Column("refused_at", Moment),
    #: As whoever asked reads it.
    Column("refused_why", Sealed),
    Index("ix_erasure_wish_matter_id", "matter_id", "matter"),
)

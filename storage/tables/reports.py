"""What was reported, by whom (sealed apart), and what came with it."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text

from storage.tables.types import Blind, Id, Moment, Sealed, metadata

report = Table(
    "report",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    #: Nine digits, the last one a check digit; random, so that the next one cannot be guessed.
    Column("number", String(9), nullable=False, unique=True),
    #: One draft files one report, however often it is pressed: a keyed number of the draft, whose
    #: cards name who filled it in.
    Column("draft_id", Id, unique=True),
    #: danger, report, unfinished, message (先留言)
    Column("kind", String(16), nullable=False),
    Column("area_id", ForeignKey("area.id")),
    #: The child of the register that it is about, once somebody says which.
    Column("child_id", Id, index=True),
    Column("form_version", String(64), nullable=False),
    #: Answers by question name, as JSON, without who reports.
    Column("answers", Sealed, nullable=False),
    #: red, orange, yellow, blue
    Column("grade", String(8), nullable=False),
    #: Keys of the rules that gave the grade, one a line.
    Column("reasons", Text, nullable=False, default=""),
    #: Codes of the circumstances, one a line.
    Column("circumstances", Text, nullable=False, default=""),
    Column("state", String(16), nullable=False),
    Column("anonymous", Boolean, nullable=False),
    Column("occurred_at", Moment),
    Column("created_at", Moment, nullable=False),
    #: When its words were overwritten, where it belongs to no case.
    Column("erased_at", Moment),
    # Figures ask for the reports of some days, and read nothing but these indexes.
    Index("ix_report_area_id_created_at", "area_id", "created_at", "grade", "circumstances"),
    Index("ix_report_created_at", "created_at", "area_id", "grade", "circumstances"),
)

#: Who reported, apart from what was reported, under the vault's own key.
reporter = Table(
    "reporter",
    metadata,
    Column("report_id", ForeignKey("report.id"), primary_key=True),
    #: HMAC of the contact under the vault's index key: "my reports" can be found by their owner.
    Column("contact_index", Blind, nullable=False, index=True),
    #: Contact id, name, post, phone, safe hours to call: JSON under the vault key.
    Column("identity", Sealed, nullable=False),
    #: HMAC of the PIN under the vault's index key.
    Column("pin", Sealed, nullable=False),
)

#: Wrong PINs, by the number that was asked for: counted alike whether it exists or not.
pin_tries = Table(
    "pin_tries",
    metadata,
    Column("number_index", Blind, primary_key=True),
    Column("tries", Integer, nullable=False),
    Column("locked_until", Moment),
    Column("last_at", Moment, nullable=False, index=True),
)

#: What came after the receipt: words, corrections, a grade raised or lowered.
report_entry = Table(
    "report_entry",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("report_id", ForeignKey("report.id"), nullable=False, index=True),
    #: said, answers, corrected, graded, told
    Column("kind", String(16), nullable=False),
    Column("body", Sealed, nullable=False),
    Column("created_at", Moment, nullable=False),
)

attachment = Table(
    "attachment",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    #: Who sent it, while it belongs to no report; then nobody (storage/people/people.py, NOBODYS).
    Column("contact_id", ForeignKey("contact.id"), nullable=False),
    #: Who sent what belongs to a report, and by which message of the channel: JSON.
    Column("owner", Sealed),
    Column("draft_id", Id, index=True),
    Column("report_id", Id, index=True),
    Column("kind", String(16), nullable=False),
    #: The channel, and where it keeps the file.
    Column("channel", String(16), nullable=False),
    Column("source", Sealed, nullable=False),
    #: The channel's id of the message that brought it, where that can be removed again.
    Column("message", String(40)),
    Column("name", Sealed),
    Column("mime", String(100), nullable=False, default=""),
    Column("size", BigInteger, nullable=False, default=0),
    #: Of the original, hex, once it is stored.
    Column("sha256", String(64)),
    #: receiving, wanted, stored, refused (with a reason), lost
    Column("state", String(16), nullable=False),
    Column("reason", String(32)),
    Column("tries", Integer, nullable=False, default=0),
    Column("next_try_at", Moment),
    #: What a machine made out of a recording, and when it is to try (again).
    Column("transcript", Sealed),
    Column("hear_at", Moment),
    #: When a picture's small copy, to be shown in its place, is to be made (again).
    Column("copy_at", Moment),
    Column("created_at", Moment, nullable=False),
    Index("ix_attachment_state_next_try_at", "state", "next_try_at"),
)

Index(
    "ix_attachment_uncopied",
    attachment.c.copy_at,
    sqlite_where=attachment.c.copy_at.is_not(None),
    postgresql_where=attachment.c.copy_at.is_not(None),
)

Index(
    "ix_attachment_unheard",
    attachment.c.hear_at,
    sqlite_where=attachment.c.hear_at.is_not(None),
    postgresql_where=attachment.c.hear_at.is_not(None),
)

attachment_chunk = Table(
    "attachment_chunk",
    metadata,
    Column("attachment_id", ForeignKey("attachment.id", ondelete="CASCADE"), primary_key=True),
    #: From 0; before them, at -1, a picture's small copy.
    Column("position", Integer, primary_key=True),
    Column("body", Sealed, nullable=False),
)

feedback = Table(
    "feedback",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    #: Answers of the feedback form, as JSON; nobody's name stands beside them.
    Column("body", Sealed, nullable=False),
    Column("created_at", Moment, nullable=False),
)

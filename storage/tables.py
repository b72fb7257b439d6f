"""The tables: ids come from storage.ids, times are UTC, storage.sealing opens what is sealed."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Moment(TypeDecorator[datetime]):
    """An aware UTC datetime on every engine; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any]:
        """SQLite keeps text that sorts by time; the drivers' own way is ten times slower."""
        return _to_text if dialect.name == "sqlite" else _in_utc

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        """An aware datetime in UTC."""
        return _from_text if dialect.name == "sqlite" else _in_utc


def _in_utc(value: datetime | None) -> datetime | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return value.astimezone(UTC)


@lru_cache(maxsize=1024)  # a turn writes its own time again and again
def _to_text(value: datetime | None) -> str | None:
    moment = _in_utc(value)
    return None if moment is None else moment.isoformat(" ", "microseconds")[:-6]


def _from_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value + "+00:00")


Id = BigInteger().with_variant(Integer(), "sqlite")
Sealed = LargeBinary
#: Sealed for a row that it is copied to; its length keeps it from being opened and sealed here.
SealedElsewhere = LargeBinary(1 << 20)
#: HMAC-SHA256 under the index key, the first 16 bytes: equality can be asked, nothing else.
Blind = LargeBinary(16)

meta = Table(
    "meta",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

# -- places ----------------------------------------------------------------------------------

area = Table(
    "area",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("parent_id", ForeignKey("area.id")),
    #: county, town, village, group (县, 乡镇, 村, 网格/组)
    Column("kind", String(8), nullable=False),
    Column("name", String(80), nullable=False),
    #: Other names, one a line.
    Column("aliases", Text, nullable=False, default=""),
    #: Names that it, or what became part of it, bore before; kept whatever the next table says.
    Column("former", Text, nullable=False, default=""),
    Column("position", Integer, nullable=False, default=0),
    #: WGS-84 degrees, where the county wrote them.
    Column("latitude", Float),
    Column("longitude", Float),
    Column("closed_at", Moment),
    #: The place that this one became part of.
    Column("merged_into", Id),
    UniqueConstraint("parent_id", "name"),
)

#: A place as it was until a table changed it; the place itself says how it is now.
area_past = Table(
    "area_past",
    metadata,
    # No reference: what became part of another place stays here under its own id.
    Column("area_id", Id, primary_key=True, autoincrement=False),
    Column("until", Moment, primary_key=True),
    #: False where it was not there.
    Column("is_there", Boolean, nullable=False),
    Column("parent_id", Id),
    Column("kind", String(8), nullable=False),
    Column("name", String(80), nullable=False),
    Column("position", Integer, nullable=False),
    Index("ix_area_past_until", "until"),
)

area_closure = Table(
    "area_closure",
    metadata,
    Column("above_id", ForeignKey("area.id"), primary_key=True),
    Column("below_id", ForeignKey("area.id"), primary_key=True, index=True),
    Column("depth", Integer, nullable=False),
)

# -- people ----------------------------------------------------------------------------------

person = Table(
    "person",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("name", Sealed),
    Column("phone", Sealed),
    #: Not unique: a family may share a telephone.
    Column("phone_index", Blind, index=True),
    Column("created_at", Moment, nullable=False),
)

role = Table(
    "role",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("person_id", ForeignKey("person.id"), nullable=False, index=True),
    #: A name of policy/roles.toml: teacher, grid_worker, child_director, child_supervisor ...
    Column("role", String(32), nullable=False),
    Column("area_id", ForeignKey("area.id"), nullable=False),
    Column("since", Moment, nullable=False),
    Column("until", Moment),
    #: Who gave it; None: the program, or before that was kept.
    Column("given_by", Id),
    #: Who said that they know whoever holds it.
    Column("agreed_by", Id),
    Index("ix_role_area_id_role", "area_id", "role"),
)

contact = Table(
    "contact",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("person_id", ForeignKey("person.id"), nullable=False, index=True),
    Column("channel", String(16), nullable=False),
    Column("address_index", Blind, nullable=False),
    Column("address", Sealed, nullable=False),
    Column("reachable", Boolean, nullable=False, default=True),
    #: When the person last said or tapped something here, and when a page of theirs was last open.
    Column("heard_at", Moment),
    Column("open_at", Moment),
    #: The draft that the person is talking about, if any.
    Column("draft_id", Id),
    #: Counts the turns of this contact: a button made in an older turn is stale.
    Column("turn", Integer, nullable=False, default=0),
    #: The card that a bare number answers.
    Column("card_id", Id),
    Column("created_at", Moment, nullable=False),
    #: Since when its address leads nobody here any more: the phone is lost.
    Column("locked_at", Moment),
    UniqueConstraint("channel", "address_index"),
)

# -- forms and drafts ------------------------------------------------------------------------

form_version = Table(
    "form_version",
    metadata,
    #: SHA-256 of the compiled form, hex.
    Column("id", String(64), primary_key=True),
    Column("form", String(64), nullable=False, index=True),
    Column("title", String(200), nullable=False),
    Column("compiled", Text, nullable=False),
    #: SHA-256 of the source file, hex: an unchanged file is not compiled again.
    Column("source_hash", String(64), nullable=False),
    Column("published_at", Moment, nullable=False),
)

draft = Table(
    "draft",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("contact_id", ForeignKey("contact.id"), nullable=False, index=True),
    Column("form_version", ForeignKey("form_version.id"), nullable=False),
    #: What the form is about, once there is something: a report.
    Column("report_id", Id),
    #: What else it is about: "case:4711", "child:4711" ...
    Column("about", String(32)),
    #: The engine's dialogue, as JSON.
    Column("dialogue", Sealed, nullable=False),
    #: open, filed, cancelled, handed_over (未完成线索), expired
    Column("state", String(16), nullable=False),
    #: True once an answer speaks of danger: such a draft is never left lying.
    Column("danger", Boolean, nullable=False, default=False),
    #: When it must be looked at next (nudge, then hand-over or removal), and which of these.
    Column("wake_at", Moment),
    Column("wake_for", String(16)),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Index("ix_draft_wake_at", "wake_at"),
)

# -- reports ---------------------------------------------------------------------------------

report = Table(
    "report",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    #: Nine digits, the last one a check digit; random, so that the next one cannot be guessed.
    Column("number", String(9), nullable=False, unique=True),
    #: One draft files one report, however often it is pressed.
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
    Column("contact_id", ForeignKey("contact.id"), nullable=False),
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

# -- the way in and the way out --------------------------------------------------------------

inbox = Table(
    "inbox",
    metadata,
    #: HMAC of the arrival's key: twice is once, and the row says nothing.
    Column("key", Blind, primary_key=True),
    Column("contact_id", Id),
    Column("taken_at", Moment, nullable=False, index=True),
    sqlite_with_rowid=False,
)

poison = Table(
    "poison",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("channel", String(16), nullable=False),
    Column("key", Blind, nullable=False, unique=True),
    Column("raw", Sealed, nullable=False),
    #: The class of what was raised, and where; never its words.
    Column("error", String(200), nullable=False),
    #: kept, replayed, discarded
    Column("state", String(16), nullable=False),
    Column("taken_at", Moment, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    #: Names the cause, where one cause must speak only once.
    Column("key", String(80)),
    Column("contact_id", ForeignKey("contact.id"), nullable=False),
    Column("channel", String(16), nullable=False),
    #: 0 red alarm, 1 reply, 2 reminder, 3 broadcast
    Column("priority", Integer, nullable=False),
    #: The card with its actions, as JSON.
    Column("card", Sealed, nullable=False),
    #: Of the buttons; the row is what a press is looked up by.
    Column("token", String(22), unique=True),
    #: The contact's turn in which it was made, and the draft that it asks for.
    Column("turn", Integer, nullable=False),
    Column("draft_id", Id),
    #: The channel's id of the message that it answers, where that can be removed again.
    Column("answers", String(40)),
    #: A report that a reply to this message is about.
    Column("report_id", Id),
    #: What it asks its reader to do something about: "case:4711" ...
    Column("about", String(32)),
    #: True while its buttons may be meant by their labels after later cards, too.
    Column("lasting", Boolean, nullable=False, default=False),
    #: queued, sent, gone, refused, superseded
    Column("state", String(12), nullable=False),
    Column("replaces", Id),
    #: The attachment that goes with it.
    Column("document_id", Id),
    Column("external_id", String(40)),
    Column("attempts", Integer, nullable=False, default=0),
    #: True after an attempt whose answer was lost.
    Column("unclear", Boolean, nullable=False, default=False),
    Column("not_before", Moment, nullable=False),
    Column("lease_owner", String(22)),
    Column("lease_until", Moment),
    Column("created_at", Moment, nullable=False),
    Column("sent_at", Moment),
    #: Since when it asks its reader to act, until they, or anybody, took notice or it moved on.
    Column("asks_since", Moment),
    #: When the page said that it shows it, of a card that asks.
    Column("shown_at", Moment),
)
# Every card is written twice and read seldom, so that each index holds only what is asked of it.
Index(
    "ix_outbox_undelivered",
    outbox.c.id,
    sqlite_where=text("state IN ('gone', 'refused')"),
    postgresql_where=text("state IN ('gone', 'refused')"),
)
Index(
    "uq_outbox_key",
    outbox.c.key,
    unique=True,
    sqlite_where=outbox.c.key.is_not(None),
    postgresql_where=outbox.c.key.is_not(None),
)
Index(
    "ix_outbox_sent_to",
    outbox.c.contact_id,
    outbox.c.id,
    outbox.c.external_id,
    outbox.c.lasting,
    sqlite_where=outbox.c.external_id.is_not(None),
    postgresql_where=outbox.c.external_id.is_not(None),
)
Index(
    "ix_outbox_waiting",
    outbox.c.not_before,
    sqlite_where=outbox.c.state == "queued",
    postgresql_where=outbox.c.state == "queued",
)
Index(
    "ix_outbox_asking",
    outbox.c.asks_since,
    sqlite_where=outbox.c.asks_since.is_not(None),
    postgresql_where=outbox.c.asks_since.is_not(None),
)
Index(
    "ix_outbox_waiting_for",
    outbox.c.contact_id,
    outbox.c.id,
    sqlite_where=outbox.c.state == "queued",
    postgresql_where=outbox.c.state == "queued",
)

Index(
    "ix_outbox_document_waits",
    outbox.c.document_id,
    sqlite_where=(outbox.c.state == "queued") & outbox.c.document_id.is_not(None),
    postgresql_where=(outbox.c.state == "queued") & outbox.c.document_id.is_not(None),
)
Index(
    "ix_outbox_about",
    outbox.c.about,
    sqlite_where=outbox.c.about.is_not(None),
    postgresql_where=outbox.c.about.is_not(None),
)

# -- people: how they come, go, and stand in for each other ----------------------------------

invitation = Table(
    "invitation",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    #: HMAC of the token: the link itself is nowhere in the database.
    Column("token_index", Blind, nullable=False, unique=True),
    Column("role", String(32), nullable=False),
    Column("area_id", ForeignKey("area.id"), nullable=False),
    Column("issued_by", Id, nullable=False, index=True),
    Column("issued_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("used_by", Id),
    Column("used_at", Moment),
    #: From when and until when the post is held; empty: from its use, and until it is ended.
    Column("post_since", Moment),
    Column("post_until", Moment),
)

registration = Table(
    "registration",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("person_id", ForeignKey("person.id"), nullable=False, index=True),
    #: Where the answer goes.
    Column("contact_id", ForeignKey("contact.id"), nullable=False),
    Column("role", String(32), nullable=False),
    Column("area_id", ForeignKey("area.id"), nullable=False),
    #: Name, phone, school: JSON.
    Column("said", Sealed, nullable=False),
    #: waiting, approved, refused, withdrawn (they said it anew)
    Column("state", String(12), nullable=False),
    #: When it goes one level up, while it waits; how often it did.
    Column("climbs_at", Moment),
    Column("climbed", Integer, nullable=False, default=0),
    Column("decided_by", Id),
    Column("decided_at", Moment),
    Column("reason", Sealed),
    Column("created_at", Moment, nullable=False),
    Index("ix_registration_state_climbs_at", "state", "climbs_at"),
)

#: Leave (请假, 替班): while it lasts, the deputy does the work.
leave = Table(
    "leave",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("person_id", ForeignKey("person.id"), nullable=False, index=True),
    Column("deputy_id", ForeignKey("person.id"), index=True),
    Column("since", Moment, nullable=False),
    Column("until", Moment, nullable=False),
    Column("entered_by", Id, nullable=False),
    Column("created_at", Moment, nullable=False),
)

link_code = Table(
    "link_code",
    metadata,
    #: HMAC of the eight digits.
    Column("code_index", Blind, primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False, index=True),
    Column("expires_at", Moment, nullable=False),
    #: Whoever gave them out for somebody whose phone was lost; empty: the person themself.
    Column("given_by", Id),
)

#: A browser at the door of the office page: it shows a code until somebody confirms it.
console_door = Table(
    "console_door",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    #: SHA-256 of the browser's own secret.
    Column("browser", LargeBinary(32), nullable=False, unique=True),
    Column("code", String(8), nullable=False, unique=True),
    #: Who confirmed it.
    Column("person_id", Id),
    Column("asked_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
)

#: Somebody sits at the office page.
console_session = Table(
    "console_session",
    metadata,
    #: SHA-256 of the cookie, which is kept nowhere.
    Column("mark", LargeBinary(32), primary_key=True),
    Column("contact_id", ForeignKey("contact.id"), nullable=False, index=True),
    Column("created_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    #: When six digits of the person's authenticator app were said here.
    Column("proven_at", Moment),
)

#: The authenticator app of somebody who sits at the office page.
authenticator = Table(
    "authenticator",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("person_id", Id, nullable=False, unique=True),
    Column("secret", Sealed),
    #: A new one that counts once its first code was said.
    Column("pending", Sealed),
    #: Since when it waits.
    Column("pending_since", Moment),
    #: The step of the newest code that was right: no code is right twice.
    Column("last_step", BigInteger, nullable=False),
    Column("set_at", Moment),
)

#: Somebody lost their app: one asks that it be forgotten, another agrees.
authenticator_reset = Table(
    "authenticator_reset",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("person_id", Id, nullable=False),
    Column("why", Sealed, nullable=False),
    #: proposed, applied, refused
    Column("state", String(12), nullable=False),
    Column("proposed_by", Id, nullable=False),
    Column("proposed_at", Moment, nullable=False),
    Column("decided_by", Id),
    Column("decided_at", Moment),
)

#: Two persons turned out to be one: old rows that name the first mean the second.
person_joined = Table(
    "person_joined",
    metadata,
    Column("person_id", ForeignKey("person.id"), primary_key=True),
    Column("into_id", ForeignKey("person.id"), nullable=False, index=True),
    Column("joined_at", Moment, nullable=False),
)

#: One person of the county asks who reported, with a reason; a second one opens it.
unmasking = Table(
    "unmasking",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("report_id", ForeignKey("report.id"), nullable=False, index=True),
    Column("asked_by", Id, nullable=False),
    Column("reason", Sealed, nullable=False),
    #: asked, opened, refused
    Column("state", String(12), nullable=False, index=True),
    Column("decided_by", Id),
    Column("decided_at", Moment),
    Column("created_at", Moment, nullable=False),
)

# -- the register (台账) ---------------------------------------------------------------------

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

#: The county's own words of a rule table, as somebody wants them; the newest in force count.
rule_change = Table(
    "rule_change",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("name", String(24), nullable=False, index=True),
    Column("content", Text, nullable=False),
    Column("why", Sealed, nullable=False),
    #: The newest change in force when it was proposed.
    Column("based_on", Integer, nullable=False),
    #: proposed, applied, refused
    Column("state", String(12), nullable=False),
    Column("proposed_by", Id, nullable=False),
    Column("proposed_at", Moment, nullable=False),
    Column("decided_by", Id),
    Column("decided_at", Moment),
    #: The order in which they came into force.
    Column("serial", Integer, unique=True),
)

#: A version of a form that somebody wants to publish, or back; what is in force is form_version.
form_change = Table(
    "form_change",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("form", String(64), nullable=False),
    Column("version", String(64), nullable=False),
    Column("title", String(200), nullable=False),
    Column("compiled", Text, nullable=False),
    Column("source_hash", String(64), nullable=False),
    Column("why", Sealed, nullable=False),
    #: The version in force when it was proposed; "" for a new form.
    Column("based_on", String(64), nullable=False),
    #: proposed, applied, refused
    Column("state", String(12), nullable=False),
    Column("proposed_by", Id, nullable=False),
    Column("proposed_at", Moment, nullable=False),
    Column("decided_by", Id),
    Column("decided_at", Moment),
    #: The order in which those of one form came into force.
    Column("serial", Integer),
    UniqueConstraint("form", "serial"),
)

#: Why somebody took a long list out; that they did is in the audit.
export_reason = Table(
    "export_reason",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
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

# -- cases (工单): from the receipt until the child is safe -----------------------------------

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
    #: village, school, adult
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

#: What was removed for good: that it was, by which rule, and of what.
tombstone = Table(
    "tombstone",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    #: reporter, file, case
    Column("kind", String(12), nullable=False),
    Column("case_id", Id, nullable=False, index=True),
    #: The report, the file or the case.
    Column("subject_id", Id, nullable=False),
    #: As the table of retention says it: reporter, case_closed, 3 years.
    Column("rule", String(64), nullable=False),
    #: How many sealed values.
    Column("removed", Integer, nullable=False),
    #: SHA-256 over these, sealed as they were, and over the hashes of files.
    Column("digest", LargeBinary(32), nullable=False),
    Column("at", Moment, nullable=False),
)

#: What was said in a case is kept past its time.
case_hold = Table(
    "case_hold",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("case_id", ForeignKey("case_file.id"), nullable=False, index=True),
    Column("set_by", Id, nullable=False),
    Column("reason", Sealed, nullable=False),
    Column("since", Moment, nullable=False),
    Column("until", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("ended_by", Id),
)

#: Somebody of the county wants a case's words removed before their time; another one agrees.
erasure_wish = Table(
    "erasure_wish",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("case_id", ForeignKey("case_file.id"), nullable=False, index=True),
    Column("asked_by", Id, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("agreed_by", Id),
    Column("agreed_at", Moment),
    Column("done_at", Moment),
)

# -- duties: what must happen, by when, and who hears when it does not ------------------------

duty = Table(
    "duty",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    #: Names the cause: the same cause sets one duty.
    Column("key", String(80), nullable=False, unique=True),
    #: A kind of policy/duties.toml.
    Column("kind", String(24), nullable=False),
    #: case, child, absence ...
    Column("subject", String(12), nullable=False),
    Column("subject_id", Id, nullable=False),
    #: Where it lies: from here it climbs.
    Column("area_id", ForeignKey("area.id")),
    #: red, orange, yellow, blue: how fast it climbs.
    Column("grade", String(8), nullable=False),
    #: Whose it is: a person, or whoever holds the post.
    Column("person_id", Id),
    Column("role", String(32), nullable=False, default=""),
    #: What is to be done, where the kind does not say it all.
    Column("what", Sealed),
    Column("set_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    #: What the time was before somebody moved it.
    Column("first_due_at", Moment, nullable=False),
    #: How many steps of its ladder are behind it, and when the next one is.
    Column("level", Integer, nullable=False, default=0),
    Column("rings_at", Moment),
    #: open, done, cancelled
    Column("state", String(12), nullable=False),
    Column("ended_at", Moment),
    Column("ended_by", Id),
    Index("ix_duty_subject_subject_id", "subject", "subject_id"),
    # Figures ask for what fell due on some days. The place comes first: an index that begins with
    # the kind is what SQLite would take to find the visits of a few children.
    Index("ix_duty_area_id_kind_due_at", "area_id", "kind", "due_at", "state", "ended_at"),
)
Index(
    "ix_duty_ringing",
    duty.c.rings_at,
    sqlite_where=duty.c.state == "open",
    postgresql_where=duty.c.state == "open",
)
Index(
    "ix_duty_of_person",
    duty.c.person_id,
    duty.c.due_at,
    sqlite_where=duty.c.state == "open",
    postgresql_where=duty.c.state == "open",
)
_is_ended = (duty.c.kind != "visit") & (duty.c.state == "done")
# Figures ask how long it took what was done on some days, and read nothing but this index.
Index(
    "ix_duty_ended",
    duty.c.area_id,
    duty.c.ended_at,
    duty.c.subject,
    duty.c.kind,
    duty.c.set_at,
    duty.c.due_at,
    sqlite_where=_is_ended,
    postgresql_where=_is_ended,
)
_is_visit = (duty.c.kind == "visit") & (duty.c.state == "open")
# A child has one next visit.
Index(
    "uq_duty_visit",
    duty.c.subject_id,
    unique=True,
    sqlite_where=_is_visit,
    postgresql_where=_is_visit,
)
Index(
    "ix_duty_visit_due",
    duty.c.due_at,
    sqlite_where=_is_visit,
    postgresql_where=_is_visit,
)
# The hours at both ends of a span, wherever it was.
_of_visits = duty.c.kind == "visit"
Index(
    "ix_duty_visit_due_at",
    duty.c.due_at,
    duty.c.area_id,
    duty.c.state,
    duty.c.ended_at,
    sqlite_where=_of_visits,
    postgresql_where=_of_visits,
)
_of_feedback = text("kind = 'feedback'")
Index(
    "ix_duty_feedback_due_at",
    duty.c.due_at,
    duty.c.area_id,
    duty.c.state,
    sqlite_where=_of_feedback,
    postgresql_where=_of_feedback,
)
Index(
    "ix_duty_in_area",
    duty.c.area_id,
    duty.c.due_at,
    duty.c.kind,
    duty.c.subject_id,
    sqlite_where=duty.c.state == "open",
    postgresql_where=duty.c.state == "open",
)

#: Steps of cases in a county's month, by how many minutes they took (storage/paces.py).
pace_month = Table(
    "pace_month",
    metadata,
    Column("month", Date, primary_key=True),
    Column("kind", String(24), primary_key=True),
    Column("minutes", Integer, primary_key=True, autoincrement=False),
    Column("steps", Integer, nullable=False),
    Column("in_time", Integer, nullable=False),
)

#: Months whose rows count until a beat counts them anew: written by triggers of duty.
pace_mark = Table(
    "pace_mark",
    metadata,
    Column("id", Id, primary_key=True),
    Column("month", Date, nullable=False),
)

#: A step of a duty's ladder was taken: once for each level.
duty_climb = Table(
    "duty_climb",
    metadata,
    Column("duty_id", ForeignKey("duty.id"), primary_key=True),
    Column("level", Integer, primary_key=True),
    #: When it had to be taken, and when it was.
    Column("passed_at", Moment, nullable=False),
    Column("fired_at", Moment, nullable=False),
    #: self, township, county, leader; and who was told, if anybody could be.
    Column("step", String(12), nullable=False),
    Column("person_id", Id),
    Column("role", String(32), nullable=False, default=""),
    Index("ix_duty_climb_fired_at", "fired_at"),
)

# -- visits (走访): what took place, what did not and why, and what each child's next one follows

visit = Table(
    "visit",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("child_id", ForeignKey("child.id"), nullable=False),
    #: Where the child lived when it was entered: there it counts.
    Column("area_id", ForeignKey("area.id")),
    #: home, phone, school ... of policy/rhythm.toml.
    Column("kind", String(16), nullable=False),
    #: done, failed, or explained: why it is late, the day stays.
    Column("result", String(12), nullable=False),
    #: Why it failed or is late: a code.
    Column("reason", String(16), nullable=False, default=""),
    #: Whether the child itself was seen or heard, and whether alone.
    Column("seen", Boolean, nullable=False),
    Column("alone", Boolean),
    #: Answers by question name and the form's version, as JSON.
    Column("answers", Sealed, nullable=False),
    Column("person_id", Id, nullable=False),
    Column("role", String(32), nullable=False, default=""),
    #: chat, paper, dictated
    Column("source", String(12), nullable=False),
    #: The county's own day of it; when it was, and when we heard of it.
    Column("on_day", Date, nullable=False),
    Column("true_at", Moment, nullable=False),
    Column("entered_at", Moment, nullable=False),
    #: When somebody said that they would come again.
    Column("next_on", Date),
    #: The report that came of it.
    Column("report_id", Id),
    Index("ix_visit_child_id_result", "child_id", "result", "on_day"),
    # Figures ask for the visits of some days, and read nothing but this index.
    Index("ix_visit_area_id_true_at", "area_id", "true_at", "result", "alone", "seen", "on_day"),
    Index("ix_visit_true_at", "true_at", "area_id", "result", "alone", "seen", "on_day"),
)


def _numbers_of_days() -> list[Column[int]]:
    """Each is of a fact of storage/day_counts.py."""
    names = (
        *("due", "met", "in_time", "late", "done", "failed", "alone", "seen"),
        *("told_due", "told", "reports", "closed", "solved", "returned"),
    )
    return [Column(name, Integer, nullable=False, server_default=text("0")) for name in names]


#: What happened at each place right below a county, by day of UTC+8. No references: places come
#: and go.
day_count = Table(
    "day_count",
    metadata,
    Column("place_id", Id, primary_key=True, autoincrement=False),
    Column("day", Date, primary_key=True),
    *_numbers_of_days(),
)

#: The places whose days are counted; of all others the rows themselves are.
day_count_place = Table(
    "day_count_place",
    metadata,
    Column("place_id", Id, primary_key=True, autoincrement=False),
)

#: What triggers wrote since, in the transaction of the fact; a beat adds it up.
day_count_move = Table(
    "day_count_move",
    metadata,
    Column("id", Id, primary_key=True),
    Column("area_id", Id, nullable=False),
    Column("day", Date, nullable=False),
    *_numbers_of_days(),
)

#: Days without visits, of a child or of all of a household; a pause ends by itself.
pause = Table(
    "pause",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("child_id", Id, index=True),
    Column("household_id", Id, index=True),
    #: A code of policy/rhythm.toml.
    Column("reason", String(16), nullable=False),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("person_id", Id, nullable=False),
    Column("entered_at", Moment, nullable=False),
)

#: What the next visit of an active child was planned from; the visit itself is a duty.
visit_plan = Table(
    "visit_plan",
    metadata,
    Column("child_id", ForeignKey("child.id"), primary_key=True, autoincrement=False),
    #: Which tables it was planned by; empty when a fact changed since.
    Column("made_by", String(16), nullable=False, default="", index=True),
    #: The facts that the register does not keep: since when it is visited, and since when the
    #: tier and the tags (their blind index) are these.
    Column("entered_at", Moment),
    Column("tier", String(16), nullable=False, default=""),
    Column("tags", Blind),
    Column("tiered_at", Moment),
    Column("tagged_at", Moment),
    #: A day that had passed without a visit when the tier or the tags changed.
    Column("missed", Date),
    #: 明天再提醒: not in a digest before that day; the day of the visit stays.
    Column("quiet_until", Date),
)

#: Who is on duty outside office hours (值班表).
shift = Table(
    "shift",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("area_id", ForeignKey("area.id"), nullable=False),
    Column("role", String(32), nullable=False),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("since", Moment, nullable=False),
    Column("until", Moment, nullable=False),
    Column("entered_by", Id, nullable=False),
    Index("ix_shift_area_id_until", "area_id", "until"),
)

#: A post that should hear of reports and that nobody reaches (policy/drill.py).
route_gap = Table(
    "route_gap",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("area_id", ForeignKey("area.id"), nullable=False),
    Column("role", String(32), nullable=False),
    Column("grade", String(8), nullable=False),
    #: office, night, weekend, holiday: one a line.
    Column("hours", String(40), nullable=False),
    Column("since", Moment, nullable=False),
    Column("ended_at", Moment),
)
Index(
    "uq_route_gap_open",
    route_gap.c.area_id,
    route_gap.c.role,
    unique=True,
    sqlite_where=route_gap.c.ended_at.is_(None),
    postgresql_where=route_gap.c.ended_at.is_(None),
)

# -- school: classes, who is missing, and what is done about it --------------------------------

school = Table(
    "school",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    #: Where its teachers hold their posts.
    Column("area_id", ForeignKey("area.id"), nullable=False),
    Column("name", String(60), nullable=False),
    #: The head who said that it is theirs.
    Column("head_id", Id),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("area_id", "name"),
)

school_class = Table(
    "school_class",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("school_id", ForeignKey("school.id"), nullable=False, index=True),
    Column("name", String(40), nullable=False),
    #: As policy/absence_lines.py counts them: 三年级2班 is 3 and 2.
    Column("grade", Integer),
    Column("number", Integer),
    Column("created_by", Id, nullable=False),
    Column("created_at", Moment, nullable=False),
)

class_teacher = Table(
    "class_teacher",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("class_id", ForeignKey("school_class.id"), nullable=False, index=True),
    Column("person_id", ForeignKey("person.id"), nullable=False, index=True),
    #: Null while the class's other teachers were asked and nobody answered.
    Column("since", Moment),
    Column("until", Moment),
    UniqueConstraint("class_id", "person_id"),
)

pupil = Table(
    "pupil",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("class_id", ForeignKey("school_class.id"), nullable=False, index=True),
    Column("name", Sealed, nullable=False),
    #: In the register, where that is known.
    Column("child_id", Id, index=True),
    Column("boards", Boolean, nullable=False, default=False),
    Column("since", Moment, nullable=False),
    Column("until", Moment),
)

#: The roll of a class on a day was called.
roll_call = Table(
    "roll_call",
    metadata,
    Column("class_id", ForeignKey("school_class.id"), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("taken_by", Id, nullable=False),
    Column("taken_at", Moment, nullable=False),
    Column("absent", Integer, nullable=False),
)

absence = Table(
    "absence",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("pupil_id", ForeignKey("pupil.id"), nullable=False),
    Column("class_id", ForeignKey("school_class.id"), nullable=False, index=True),
    Column("child_id", Id, index=True),
    #: Where the child lives, as far as the register knows; else where the school is.
    Column("area_id", ForeignKey("area.id"), nullable=False),
    Column("first_day", Date, nullable=False),
    #: When we heard of it, and from whom.
    Column("noted_at", Moment, nullable=False),
    Column("entered_by", Id, nullable=False),
    #: A reason of policy/absence_lines.toml, "" while nobody knows; whether it excuses.
    Column("reason", String(16), nullable=False, default=""),
    Column("excused", Boolean, nullable=False),
    #: The last day of a leave that was given.
    Column("excused_until", Date),
    Column("boards", Boolean, nullable=False),
    #: Nobody knows where the child is; the case of that.
    Column("cannot_be_found", Boolean, nullable=False, default=False),
    Column("case_id", Id),
    #: open, returned, gone (at another school), withdrawn (it was a mistake)
    Column("state", String(12), nullable=False),
    #: The first day back; and where the pupil stood by then (policy/absence.py).
    Column("returned", Date),
    Column("stood", String(12), nullable=False, default=""),
    Column("closed_at", Moment),
    Index("ix_absence_area_id_state", "area_id", "state"),
)
_is_open_absence = absence.c.state == "open"
Index(
    "uq_absence_of_pupil",
    absence.c.pupil_id,
    unique=True,
    sqlite_where=_is_open_absence,
    postgresql_where=_is_open_absence,
)

_is_past_absence = absence.c.closed_at.is_not(None)
Index(
    "ix_absence_closed_at",
    absence.c.closed_at,
    absence.c.area_id,
    absence.c.state,
    sqlite_where=_is_past_absence,
    postgresql_where=_is_past_absence,
)

#: What was learnt and done about an absence.
absence_entry = Table(
    "absence_entry",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("absence_id", ForeignKey("absence.id"), nullable=False, index=True),
    #: noted, reason, did, missing, returned, withdrawn, gone, noticed
    Column("act", String(12), nullable=False),
    #: The step of policy/absence.toml that was done; the reason that was learnt.
    Column("code", String(24), nullable=False, default=""),
    #: 0: the program itself.
    Column("person_id", Id, nullable=False),
    #: In people's own words.
    Column("note", Sealed),
    Column("entered_at", Moment, nullable=False),
)

#: What a school says of a month (一月一报告): numbers alone, nobody's name.
school_month = Table(
    "school_month",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("school_id", ForeignKey("school.id"), nullable=False),
    #: The first day of the month.
    Column("month", Date, nullable=False),
    #: asked, said, back (the county asks again)
    Column("state", String(8), nullable=False),
    #: As the channel counted them when the school said so, and where the school says otherwise:
    #: JSON by name.
    Column("counted", Text, nullable=False, default="{}"),
    Column("said", Text, nullable=False, default="{}"),
    #: Why, in people's own words; what the county wants to know.
    Column("note", Sealed),
    Column("asked_at", Moment, nullable=False),
    Column("said_by", Id),
    Column("said_at", Moment),
    UniqueConstraint("school_id", "month"),
)

#: The county's check of a quarter (一季度一复核).
school_check = Table(
    "school_check",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("area_id", ForeignKey("area.id"), nullable=False),
    #: The first day of the quarter.
    Column("quarter", Date, nullable=False),
    #: open, done
    Column("state", String(8), nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("checked_by", Id),
    Column("checked_at", Moment),
    UniqueConstraint("area_id", "quarter"),
)

#: A school holiday: the school hands its children of the register to the villages, and asks
#: at its end who is back.
holiday = Table(
    "holiday",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("school_id", ForeignKey("school.id"), nullable=False),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    #: asked, sent, over (the school is asked who is back), back
    Column("state", String(8), nullable=False),
    Column("asked_at", Moment, nullable=False),
    UniqueConstraint("school_id", "first_day"),
)

#: One child in a holiday, and who looks after them then.
holiday_child = Table(
    "holiday_child",
    metadata,
    Column("holiday_id", ForeignKey("holiday.id"), primary_key=True),
    Column("pupil_id", ForeignKey("pupil.id"), primary_key=True),
    Column("child_id", ForeignKey("child.id"), nullable=False),
    #: The village that is asked; the township for a child who does not live there.
    Column("area_id", ForeignKey("area.id"), nullable=False),
    Column("person_id", ForeignKey("person.id"), index=True),
    Column("taken_by", Id),
    Column("taken_at", Moment),
)

#: A table that somebody sent in the talk, to be looked through in a child process: the row
#: outlives a kill, so that what was cut off is looked through again.
sent_table = Table(
    "sent_table",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    #: roster (名册), areas (地名表), shifts (值班表), class (班级名单), claims (别的部门的名单)
    Column("kind", String(8), nullable=False),
    Column("attachment_id", Id, nullable=False),
    Column("contact_id", ForeignKey("contact.id"), nullable=False),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    #: waiting, found (its sender was told what is in it), refused, taken, dropped
    Column("state", String(8), nullable=False),
    #: Of a roster: what it was staged as.
    Column("roster_id", Id),
    #: Of another office's list: school, minimum, disabled, household, and what it is kept as.
    Column("source", String(12)),
    Column("list_id", Id),
    #: What was found in it, where it is not staged elsewhere.
    Column("found", Sealed),
    #: How much of it is looked through, in hundredths; nothing while that is not known.
    Column("percent", Integer),
    Column("tries", Integer, nullable=False, default=0),
    Column("lease_owner", String(22)),
    Column("lease_until", Moment),
    Column("created_at", Moment, nullable=False, index=True),
    Index("ix_sent_table_state", "state"),
)

# -- broadcasts (通知) -----------------------------------------------------------------------

broadcast = Table(
    "broadcast",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("person_id", ForeignKey("person.id"), nullable=False, index=True),
    Column("topic", String(16), nullable=False),
    Column("text", Sealed, nullable=False),
    #: waiting, sending, stopped, done
    Column("state", String(12), nullable=False, index=True),
    Column("created_at", Moment, nullable=False),
)

broadcast_reader = Table(
    "broadcast_reader",
    metadata,
    Column("broadcast_id", ForeignKey("broadcast.id"), primary_key=True),
    Column("person_id", ForeignKey("person.id"), primary_key=True),
    #: When the card was put into the outbox, and when they answered 收到.
    Column("put_at", Moment),
    Column("read_at", Moment),
)

# -- what did not arrive --------------------------------------------------------------------

#: 打电话名单: a card that asks for something reached its person by no channel.
phone_call = Table(
    "phone_call",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    #: What the card is about, as in the outbox.
    Column("about", String(32), nullable=False, index=True),
    #: gone, refused, no_contact, unseen
    Column("cause", String(12), nullable=False),
    Column("card", Sealed, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("area_id", ForeignKey("area.id")),
    Column("grade", String(8), nullable=False),
    #: Who was told in their place.
    Column("passed_to", Id),
    #: new, open, reached, over
    Column("state", String(8), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("ended_by", Id),
)
_TO_CALL = phone_call.c.state.in_(("new", "open"))
Index(
    "uq_phone_call_open",
    phone_call.c.person_id,
    phone_call.c.about,
    unique=True,
    sqlite_where=_TO_CALL,
    postgresql_where=_TO_CALL,
)
Index(
    "ix_phone_call_waiting",
    phone_call.c.state,
    phone_call.c.id,
    sqlite_where=_TO_CALL,
    postgresql_where=_TO_CALL,
)

# -- other offices' lists -----------------------------------------------------------------------

#: A list that another office gave; what it says are claims, the register stays as it is.
claim_list = Table(
    "claim_list",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    #: school, minimum, disabled, household
    Column("source", String(12), nullable=False),
    Column("area_id", ForeignKey("area.id"), nullable=False),
    Column("file_name", Sealed, nullable=False),
    #: False until all of it is kept.
    Column("whole", Boolean, nullable=False),
    Column("brought_by", Id, nullable=False),
    Column("brought_at", Moment, nullable=False),
)

claim = Table(
    "claim",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("list_id", ForeignKey("claim_list.id"), nullable=False),
    #: both, differs, theirs, ours, perhaps
    Column("kind", String(8), nullable=False),
    #: The row as Excel counts it; 0 for who is only ours.
    Column("row", Integer, nullable=False),
    Column("child_id", Id),
    #: Where the child lives; of who is not known there, the place of the list.
    Column("area_id", ForeignKey("area.id"), nullable=False),
    #: What they say, and what differs, as JSON.
    Column("said", Sealed, nullable=False),
    #: open, asked, accepted, rejected; of both: nothing
    Column("state", String(10), nullable=False),
    Column("reason", Sealed),
    Column("decided_by", Id),
    Column("decided_at", Moment),
    Index("ix_claim_list_id_kind", "list_id", "kind", "id"),
)

# -- other machines ---------------------------------------------------------------------------

#: Another office's program, as which post it sees, where, and what it may do.
api_token = Table(
    "api_token",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    #: SHA-256 of the token, which is kept nowhere.
    Column("mark", LargeBinary(32), nullable=False, unique=True),
    #: Of the program, never of a person: 县医院信息系统.
    Column("name", String(60), nullable=False),
    #: "" for one that only reports.
    Column("role", String(32), nullable=False, default=""),
    Column("area_id", ForeignKey("area.id"), nullable=False),
    #: What it may do, one a line (policy/machines.py).
    Column("kinds", Text, nullable=False),
    Column("contact_id", ForeignKey("contact.id"), nullable=False),
    Column("made_by", Id, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("used_at", Moment),
)

#: What was answered to a request that may come again.
api_answer = Table(
    "api_answer",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("token_id", ForeignKey("api_token.id"), nullable=False),
    #: The key that the program chose.
    Column("key", String(64), nullable=False),
    #: SHA-256 of what was asked.
    Column("asked", LargeBinary(32), nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", Sealed, nullable=False),
    Column("at", Moment, nullable=False, index=True),
    UniqueConstraint("token_id", "key"),
)

#: Where another office's program is told that something happened; never what.
hook = Table(
    "hook",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("name", String(60), nullable=False),
    #: An address may hold a secret of its own.
    Column("url", Sealed, nullable=False),
    #: Signs what is sent.
    Column("secret", Sealed, nullable=False),
    Column("area_id", ForeignKey("area.id"), nullable=False),
    #: Kinds of policy/happenings.py, one a line.
    Column("kinds", Text, nullable=False),
    #: on, off (by hand), failed (it did not answer for too long), gone (nobody wants it back)
    Column("state", String(8), nullable=False),
    #: Since when nothing was taken there.
    Column("failing_since", Moment),
    Column("made_by", Id, nullable=False),
    Column("made_at", Moment, nullable=False),
)

#: Something that happened, for one of them; written in the transaction of what happened.
hook_event = Table(
    "hook_event",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("hook_id", ForeignKey("hook.id"), nullable=False),
    Column("kind", String(24), nullable=False),
    Column("subject", String(12), nullable=False),
    Column("subject_id", Id, nullable=False),
    Column("area_id", ForeignKey("area.id"), nullable=False),
    Column("at", Moment, nullable=False),
    #: waiting, sent, failed
    Column("state", String(8), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", Moment, nullable=False),
    #: Until when some process has it in hand.
    Column("leased_until", Moment),
    #: What was answered last: an HTTP status, or a code of bot/hooks.py.
    Column("status", Integer),
    Column("error", String(12), nullable=False),
    Column("tried_at", Moment),
    Index("ix_hook_event_hook_id_id", "hook_id", "id"),
    Index("ix_hook_event_at", "at"),
)
_TO_SEND = hook_event.c.state == "waiting"
Index(
    "ix_hook_event_waiting",
    hook_event.c.next_at,
    sqlite_where=_TO_SEND,
    postgresql_where=_TO_SEND,
)

# -- the program itself -----------------------------------------------------------------------

outage = Table(
    "outage",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    #: away, forward, back
    Column("kind", String(8), nullable=False),
    Column("since", Moment, nullable=False),
    Column("until", Moment, nullable=False),
    Column("missed", Integer, nullable=False),
    Column("settled_at", Moment),
    Column("settled_by", Id),
)

# -- the audit chain -------------------------------------------------------------------------

audit = Table(
    "audit",
    metadata,
    Column("seq", Id, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    #: A person's id, or 0 for the program itself.
    Column("actor", Id, nullable=False),
    Column("verb", String(40), nullable=False),
    Column("subject", String(40), nullable=False),
    Column("subject_id", Id, nullable=False),
    #: Codes and ids as JSON, never words of people.
    Column("detail", Text, nullable=False),
    #: HMAC over the previous row's mac and this row.
    Column("mac", LargeBinary(32), nullable=False),
    Index("ix_audit_subject_subject_id", "subject", "subject_id"),
)

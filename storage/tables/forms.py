"""Published forms, and what is not sent yet."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from storage.tables.types import Id, Moment, Sealed, metadata

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
    #: What the form is about, once there is something: a report; nobody reads here which.
    Column("report", Sealed),
    #: The same of earlier versions, in clear; sealed as the program starts.
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

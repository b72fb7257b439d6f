"""The way in and the way out; what all are told, and what did not arrive."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, text

from storage.tables.types import Blind, Id, Moment, Sealed, metadata

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
    #: A report that a reply to this message is about: nobody reads here whose report it is.
    Column("report", Sealed),
    #: The same of earlier versions, in clear; sealed as the program starts.
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

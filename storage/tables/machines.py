"""Other offices' programs."""

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from storage.tables.types import Id, Moment, Sealed, metadata

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

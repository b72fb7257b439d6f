"""Whoever comes in at the desk: doors, sessions, second factors."""

from sqlalchemy import BigInteger, Column, ForeignKey, LargeBinary, String, Table

from storage.tables.types import Blind, Id, Moment, Sealed, metadata

#: A browser at the door of the office page: it shows a code until somebody confirms it.
console_door = Table(
    "console_door",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    #: SHA-256 of the browser's own secret.
    Column("browser", LargeBinary(32), nullable=False, unique=True),
    Column("code", String(8), nullable=False, unique=True),
    #: Where it comes from, where that is known.
    Column("network", Blind),
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

"""The program itself: what was changed, taken out, missed; the audit chain."""

from sqlalchemy import Column, Date, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from storage.tables.types import Id, Moment, Sealed, metadata

meta = Table(
    "meta",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("value", Text, nullable=False),
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

#: Why somebody took a long list out; that they did is in the audit.
export_reason = Table(
    "export_reason",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("reason", Sealed, nullable=False),
)

#: A table that somebody sent in the talk, to be looked through in a child process: the row
#: outlives a kill, so that what was cut off is looked through again.
sent_table = Table(
    "sent_table",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    #: roster (名册), areas (地名表), shifts (值班表), class (班级名单), claims (别的部门的名单),
    #: form (问卷), unknown (perhaps a form)
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

#: How much the program asked of whoever holds a post, a week each: counts, and no word.
burden_week = Table(
    "burden_week",
    metadata,
    Column("person_id", Id, primary_key=True, autoincrement=False),
    #: Its Monday.
    Column("week", Date, primary_key=True, index=True),
    #: Messages and taps, typed characters, seconds in which they were at it.
    Column("said", Integer, nullable=False),
    Column("chars", Integer, nullable=False),
    Column("seconds", Integer, nullable=False),
)

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

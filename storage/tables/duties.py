"""Duties: what must happen, by when, who hears when it does not, and who stands watch."""

from sqlalchemy import Boolean, Column, Date, ForeignKey, Index, Integer, String, Table, text

from storage.tables.types import Id, Moment, Sealed, metadata

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

#: Steps of cases in a county's month, by how many minutes they took
#: (storage/supervision/paces.py).
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
    #: True while whoever is to hear of it hears in the next morning's card.
    Column("waits", Boolean),
    Index("ix_duty_climb_fired_at", "fired_at"),
    Index(
        "ix_duty_climb_waits",
        "person_id",
        "fired_at",
        sqlite_where=text("waits"),
        postgresql_where=text("waits"),
    ),
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

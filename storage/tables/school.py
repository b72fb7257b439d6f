"""School: classes, who is missing, and what is done about it."""

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from storage.tables.types import Id, Moment, Sealed, metadata

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
    #: As policy/absence_lines/class_names.py counts them: 三年级2班 is 3 and 2.
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
    #: When the name was overwritten.
    Column("erased_at", Moment),
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
    #: When its words were overwritten.
    Column("erased_at", Moment),
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

Index(
    "ix_absence_worded",
    absence.c.closed_at,
    sqlite_where=absence.c.erased_at.is_(None),
    postgresql_where=absence.c.erased_at.is_(None),
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

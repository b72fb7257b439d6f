"""Visits (走访): what took place, what did not and why, and what follows."""

from sqlalchemy import Boolean, Column, Date, ForeignKey, Index, Integer, String, Table, text

from storage.tables.types import Blind, Id, Moment, Sealed, metadata

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
    #: When its words were overwritten.
    Column("erased_at", Moment),
    Index("ix_visit_child_id_result", "child_id", "result", "on_day"),
    # Figures ask for the visits of some days, and read nothing but this index.
    Index("ix_visit_area_id_true_at", "area_id", "true_at", "result", "alone", "seen", "on_day"),
    Index("ix_visit_true_at", "true_at", "area_id", "result", "alone", "seen", "on_day"),
)


Index(
    "ix_visit_worded",
    visit.c.true_at,
    sqlite_where=visit.c.erased_at.is_(None),
    postgresql_where=visit.c.erased_at.is_(None),
)


def _numbers_of_days() -> list[Column[int]]:
    """Each is of a fact of storage/supervision/day_facts.py."""
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
#: That somebody looked at a child's tier again, in the round of a month.
tier_look = Table(
    "tier_look",
    metadata,
    Column("child_id", ForeignKey("child.id"), primary_key=True),
    #: The first day of the month.
    Column("round", Date, primary_key=True),
    #: 0: the tier became another one meanwhile, however that came.
    Column("person_id", Id, nullable=False),
    Column("at", Moment, nullable=False),
)

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

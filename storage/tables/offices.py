"""Other offices' lists."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table

from storage.tables.types import Id, Moment, Sealed, metadata

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

"""Places (县, 乡镇, 村, 网格/组), as a tree and its closure."""

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from storage.tables.types import Id, Moment, metadata

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

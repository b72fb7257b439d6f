"""The papers of a county that have a number."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint

from storage.tables.types import Id, Moment, metadata

#: How far the numbers went; a row is held until the paper is there.
paper_series = Table(
    "paper_series",
    metadata,
    #: The number as it reads in a county and a year, without its count.
    Column("series", String(60), primary_key=True),
    Column("last", Integer, nullable=False),
)

#: The book of papers that went out: each number once, for ever.
paper_number = Table(
    "paper_number",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("series", ForeignKey("paper_series.series"), nullable=False),
    Column("count", Integer, nullable=False),
    #: A paper of policy/papers.toml.
    Column("paper", String(32), nullable=False),
    #: case, child, absence; entry: of one referral or conference of a case
    Column("subject", String(12), nullable=False),
    Column("subject_id", Id, nullable=False),
    Column("made_by", Id, nullable=False),
    Column("made_at", Moment, nullable=False),
    UniqueConstraint("series", "count"),
    Index("ix_paper_number_subject", "subject", "subject_id"),
)

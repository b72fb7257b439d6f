"""People, their posts and contacts; how they come, go, and stand in for each other."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint

from storage.tables.types import Blind, Id, Moment, Sealed, metadata

person = Table(
    "person",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("name", Sealed),
    Column("phone", Sealed),
    #: Not unique: a family may share a telephone.
    Column("phone_index", Blind, index=True),
    #: Few and large buttons, wherever they talk.
    Column("elder", Boolean),
    Column("created_at", Moment, nullable=False),
)

role = Table(
    "role",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("person_id", ForeignKey("person.id"), nullable=False, index=True),
    #: A name of policy/roles.toml: teacher, grid_worker, child_director, child_supervisor ...
    Column("role", String(32), nullable=False),
    Column("area_id", ForeignKey("area.id"), nullable=False),
    Column("since", Moment, nullable=False),
    Column("until", Moment),
    #: Who gave it; None: the program, or before that was kept.
    Column("given_by", Id),
    #: Who said that they know whoever holds it.
    Column("agreed_by", Id),
    Index("ix_role_area_id_role", "area_id", "role"),
)

contact = Table(
    "contact",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("person_id", ForeignKey("person.id"), nullable=False, index=True),
    Column("channel", String(16), nullable=False),
    Column("address_index", Blind, nullable=False),
    Column("address", Sealed, nullable=False),
    Column("reachable", Boolean, nullable=False, default=True),
    #: When the person last said or tapped something here, and when a page of theirs was last open.
    Column("heard_at", Moment),
    Column("open_at", Moment),
    #: The draft that the person is talking about, if any.
    Column("draft_id", Id),
    #: Counts the turns of this contact: a button made in an older turn is stale.
    Column("turn", Integer, nullable=False, default=0),
    #: The card that a bare number answers.
    Column("card_id", Id),
    Column("created_at", Moment, nullable=False),
    #: True where the person wants to hear of what is urgent alone.
    Column("alarms_only", Boolean),
    #: Since when its address leads nobody here any more: the phone is lost.
    Column("locked_at", Moment),
    UniqueConstraint("channel", "address_index"),
)

invitation = Table(
    "invitation",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    #: HMAC of the token: the link itself is nowhere in the database.
    Column("token_index", Blind, nullable=False, unique=True),
    Column("role", String(32), nullable=False),
    Column("area_id", ForeignKey("area.id"), nullable=False),
    Column("issued_by", Id, nullable=False, index=True),
    Column("issued_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("used_by", Id),
    Column("used_at", Moment),
    #: From when and until when the post is held; empty: from its use, and until it is ended.
    Column("post_since", Moment),
    Column("post_until", Moment),
)

registration = Table(
    "registration",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("person_id", ForeignKey("person.id"), nullable=False, index=True),
    #: Where the answer goes.
    Column("contact_id", ForeignKey("contact.id"), nullable=False),
    Column("role", String(32), nullable=False),
    Column("area_id", ForeignKey("area.id"), nullable=False),
    #: Name, phone, school: JSON.
    Column("said", Sealed, nullable=False),
    #: waiting, approved, refused, withdrawn (they said it anew)
    Column("state", String(12), nullable=False),
    #: When it goes one level up, while it waits; how often it did.
    Column("climbs_at", Moment),
    Column("climbed", Integer, nullable=False, default=0),
    Column("decided_by", Id),
    Column("decided_at", Moment),
    Column("reason", Sealed),
    Column("created_at", Moment, nullable=False),
    Index("ix_registration_state_climbs_at", "state", "climbs_at"),
)

#: Leave (请假, 替班): while it lasts, the deputy does the work.
leave = Table(
    "leave",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("person_id", ForeignKey("person.id"), nullable=False, index=True),
    Column("deputy_id", ForeignKey("person.id"), index=True),
    Column("since", Moment, nullable=False),
    Column("until", Moment, nullable=False),
    Column("entered_by", Id, nullable=False),
    Column("created_at", Moment, nullable=False),
)

link_code = Table(
    "link_code",
    metadata,
    #: HMAC of the eight digits.
    Column("code_index", Blind, primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False, index=True),
    Column("expires_at", Moment, nullable=False),
    #: Whoever gave them out for somebody whose phone was lost; empty: the person themself.
    Column("given_by", Id),
)

#: Two persons turned out to be one: old rows that name the first mean the second.
person_joined = Table(
    "person_joined",
    metadata,
    Column("person_id", ForeignKey("person.id"), primary_key=True),
    Column("into_id", ForeignKey("person.id"), nullable=False, index=True),
    Column("joined_at", Moment, nullable=False),
)

#: One person of the county asks who reported, with a reason; a second one opens it.
unmasking = Table(
    "unmasking",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("report_id", ForeignKey("report.id"), nullable=False, index=True),
    Column("asked_by", Id, nullable=False),
    Column("reason", Sealed, nullable=False),
    #: asked, opened, refused
    Column("state", String(12), nullable=False, index=True),
    Column("decided_by", Id),
    Column("decided_at", Moment),
    Column("created_at", Moment, nullable=False),
)

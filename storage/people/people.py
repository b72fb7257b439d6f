"""People: who speaks, what they are called, which roles they hold and how they are reached."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from sqlalchemy import and_, case, delete, exists, func, insert, or_, select, update

from policy.terms import Term, dates
from storage.reaching.outbox import CARD_COLUMNS, WAITS_FOR
from storage.reporting.drafts import DRAFT_COLUMNS, Draft, draft_of
from storage.repository import BELOW, Kept, Seen, given, in_parts, listed, unindexed
from storage.repository import insert as insert_or
from storage.tables import contact, draft, outbox, person, role

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """A person as one channel knows them, and what they are in the middle of."""

    contact_id: int
    person_id: int
    channel: str
    reachable: bool
    #: The form that is being filled in, while it is open.
    draft: Draft | None
    turn: int
    #: The card that a bare number answers.
    card_id: int | None
    #: Its row, still sealed: ``outbox.newest_of`` opens it. None when it is forgotten.
    card: Row | None = field(default=None, repr=False)
    #: True while something that was put before waits for them and is not in our hands.
    is_owed: bool = False
    #: True for who wants few and large buttons.
    is_elder: bool = False


#: The channel of the one contact that is nobody's; nothing is ever sent there.
NOBODYS = "erased"
#: Who acts when the program itself does: nobody's id, and no way to answer.
NOBODY = Speaker(
    contact_id=0, person_id=0, channel="", reachable=False, draft=None, turn=0, card_id=None
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One way to reach a person."""

    id: int
    person_id: int
    channel: str
    address: str = field(repr=False)
    reachable: bool
    #: When its person last said or tapped something here.
    heard_at: datetime | None
    #: True where they want to hear of what is urgent alone.
    alarms_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What a person is, where, and since when."""

    id: int
    person_id: int
    role: str
    area_id: int
    since: datetime
    until: datetime | None
    #: Who gave it, and who else said that they know whoever holds it; None: the program, nobody.
    given_by: int | None = None
    agreed_by: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Somebody who holds a role and can be reached, by one of their contacts."""

    person_id: int
    contact_id: int
    channel: str
    role: str
    area_id: int
    #: False where nobody is reached, and they are told all the same.
    is_reached: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """The way by which a person is reached."""

    contact_id: int
    channel: str
    #: True where they want to hear of what is urgent alone.
    alarms_only: bool = False


_SPEAKERS = select(
    contact.c.id,
    contact.c.person_id,
    contact.c.channel,
    contact.c.reachable,
    contact.c.turn,
    contact.c.card_id,
    WAITS_FOR,
    person.c.elder,
    *DRAFT_COLUMNS,
    *CARD_COLUMNS,
).select_from(
    contact.join(person, person.c.id == contact.c.person_id)
    .outerjoin(
        # What was handed over to somebody else meanwhile is theirs.
        draft,
        and_(
            draft.c.id == contact.c.draft_id,
            draft.c.contact_id == contact.c.id,
            draft.c.state == "open",
        ),
    )
    .outerjoin(outbox, outbox.c.id == contact.c.card_id)
)
_DRAFT = slice(8, 8 + len(DRAFT_COLUMNS))
_CARD = slice(_DRAFT.stop, _DRAFT.stop + len(CARD_COLUMNS))
_SPEAKER = _SPEAKERS.where(
    contact.c.channel == given("channel"), contact.c.address_index == given("address")
)
_SPEAKER_BY_ID = _SPEAKERS.where(contact.c.id == given("id"))
_CONTACT = select(
    contact.c.id,
    contact.c.person_id,
    contact.c.channel,
    contact.c.address,
    contact.c.reachable,
    contact.c.heard_at,
    contact.c.alarms_only,
)
#: Where somebody was heard last they are most likely to look.
_HEARD_LAST = func.coalesce(contact.c.heard_at, contact.c.created_at)
_CONTACT_BY_ID = _CONTACT.where(contact.c.id == given("id"))
_CONTACTS_OF = _CONTACT.where(
    contact.c.person_id == given("person_id"), contact.c.locked_at.is_(None)
).order_by(contact.c.id)
_IS_CALM = case((contact.c.alarms_only.is_(True), 0), else_=1)
#: Where somebody is told what is urgent, and where all else.
_REACH, _REACH_CALM = (
    select(contact.c.id, contact.c.channel, contact.c.alarms_only)
    .where(contact.c.person_id == given("person_id"), contact.c.reachable.is_(True))
    .order_by(*order, _HEARD_LAST.desc(), contact.c.id)
    .limit(1)
    for order in ((), (_IS_CALM.desc(),))
)
# Of each person the first: the last of these by the one before stands.
_REACHES = (
    select(contact.c.person_id, contact.c.id, contact.c.channel)
    .where(contact.c.person_id.in_(listed("people")), contact.c.reachable.is_(True))
    .order_by(_IS_CALM, _HEARD_LAST, contact.c.id.desc())
)
_REACHABLE_OF = _CONTACT.where(
    contact.c.person_id == given("person_id"), contact.c.reachable.is_(True)
).order_by(_HEARD_LAST.desc(), contact.c.id)
_NEW_PERSON = insert(person)
_NO_PERSON = delete(person).where(person.c.id == given("id"))
_NEW_CONTACT = insert_or(contact).on_conflict_do_nothing(
    index_elements=[contact.c.channel, contact.c.address_index]
)
_SAVE_TURN = (
    update(contact)
    .where(contact.c.id == given("contact_id"))
    .values(
        turn=given("now_turn"),
        draft_id=given("now_draft"),
        card_id=given("now_card"),
        heard_at=func.coalesce(given("now_heard", contact.c.heard_at.type), contact.c.heard_at),
    )
)
_REACHABLE = (
    update(contact)
    .where(contact.c.id == given("contact_id"), contact.c.locked_at.is_(None))
    .values(reachable=given("is_so"))
)
_SET_ALARMS_ONLY = (
    update(contact).where(contact.c.id == given("contact_id")).values(alarms_only=given("is_so"))
)
_OPEN = (
    update(contact)
    .where(
        contact.c.channel == given("which"),
        contact.c.address_index == given("mark"),
        contact.c.locked_at.is_(None),
    )
    .values(open_at=given("now"), reachable=True)
)
#: Pages of people who hold a post that nobody opened, nor said a word on, for long.
_UNOPENED = select(contact.c.id).where(
    contact.c.channel == given("channel"),
    contact.c.reachable.is_(True),
    contact.c.created_at < given("before"),
    or_(contact.c.open_at.is_(None), contact.c.open_at < given("before")),
    or_(contact.c.heard_at.is_(None), contact.c.heard_at < given("before")),
    exists().where(role.c.person_id == contact.c.person_id),
)
_LAST_WAY = (
    select(contact.c.id, contact.c.channel)
    .where(
        contact.c.person_id == given("person_id"),
        contact.c.channel.not_in(("console", "api")),
        contact.c.locked_at.is_(None),
    )
    .order_by(_HEARD_LAST.desc(), contact.c.id)
    .limit(1)
)
#: A page that rests keeps what is put there, and what was given up what goes elsewhere later.
_RESTING = (
    select(contact.c.id, contact.c.channel)
    .where(
        contact.c.person_id == given("person_id"),
        contact.c.channel.in_(listed("channels")),
        contact.c.locked_at.is_(None),
    )
    .order_by(_HEARD_LAST.desc(), contact.c.id)
    .limit(1)
)
_REACHED_BY = (
    select(contact.c.id)
    .where(contact.c.channel.in_(listed("channels")), contact.c.reachable.is_(True))
    .order_by(contact.c.id)
    .limit(given("limit"))
)
_NAME = select(person.c.name, person.c.phone, person.c.elder).where(person.c.id == given("id"))
_NAMES = select(person.c.id, person.c.name).where(person.c.id.in_(listed("people")))
_SET_NAME = update(person).where(person.c.id == given("person_id")).values(name=given("sealed"))
_SET_PHONE = (
    update(person)
    .where(person.c.id == given("person_id"))
    .values(phone=given("sealed"), phone_index=given("mark"))
)
_SET_ELDER = update(person).where(person.c.id == given("person_id")).values(elder=given("is_so"))
#: Of these contacts those of people who want few and large buttons.
_ELDERS = (
    select(contact.c.id)
    .join_from(contact, person, person.c.id == contact.c.person_id)
    .where(contact.c.id.in_(listed("contacts")), person.c.elder.is_(True))
)
_BY_PHONE = select(person.c.id).where(person.c.phone_index == given("mark")).order_by(person.c.id)
_IS_CURRENT = and_(
    role.c.since <= given("now"), or_(role.c.until.is_(None), role.c.until > given("now"))
)
_ROLE_COLUMNS = (
    role.c.id,
    role.c.person_id,
    role.c.role,
    role.c.area_id,
    role.c.since,
    role.c.until,
    role.c.given_by,
    role.c.agreed_by,
)
_ROLES = (
    select(*_ROLE_COLUMNS)
    .where(role.c.person_id == given("person_id"), _IS_CURRENT)
    .order_by(role.c.id)
)
_ROLES_OF = (
    select(*_ROLE_COLUMNS)
    .where(role.c.person_id.in_(listed("people")), _IS_CURRENT)
    .order_by(role.c.id)
)
_ADD_ROLE = insert(role)
#: Held now or later.
_IS_AHEAD = or_(role.c.until.is_(None), role.c.until > given("now"))
_ROLES_AHEAD = (
    select(*_ROLE_COLUMNS)
    .where(role.c.person_id == given("person_id"), _IS_AHEAD)
    .order_by(role.c.id)
)
_EVER_HELD = (
    select(*_ROLE_COLUMNS).where(role.c.person_id == given("person_id")).order_by(role.c.id)
)
_ROLE = select(*_ROLE_COLUMNS).where(role.c.id == given("role_id"), _IS_AHEAD)
#: Of these whoever held a role before and holds none any more, nor will.
_LEFT = (
    select(role.c.person_id)
    .where(role.c.person_id.in_(listed("people")))
    .group_by(role.c.person_id)
    .having(func.max(case((_IS_AHEAD, 1), else_=0)) == 0)
)
_END_ROLE = update(role).where(role.c.id == given("role_id"), _IS_AHEAD).values(until=given("now"))
_AGREE = (
    update(role)
    .where(role.c.id == given("role_id"), role.c.agreed_by.is_(None))
    .values(agreed_by=given("by"))
)
_SET_TERM = (
    update(role)
    .where(role.c.id == given("role_id"))
    .values(since=given("now_since"), until=given("now_until"))
)
_HOLDERS = (
    select(
        role.c.person_id,
        contact.c.id,
        contact.c.channel,
        role.c.role,
        role.c.area_id,
    )
    .join_from(role, contact, contact.c.person_id == role.c.person_id)
    .where(
        role.c.role.in_(listed("roles")),
        role.c.area_id.in_(listed("area_ids")),
        contact.c.reachable.is_(True),
        _IS_CURRENT,
    )
    .order_by(role.c.id, _HEARD_LAST.desc(), contact.c.id)
)
_IN_POSTS = (
    select(*_ROLE_COLUMNS)
    .where(role.c.role.in_(listed("roles")), role.c.area_id.in_(listed("area_ids")), _IS_CURRENT)
    .order_by(role.c.id)
)
_IS_UNREACHED = ~exists().where(
    contact.c.person_id == role.c.person_id, contact.c.reachable.is_(True)
)
#: Those who hold a post below a place, by whether also later ones, and none whom messages reach.
# Whom nothing reaches is asked of all: one post after the other takes a county twice as long.
_POSTS_BELOW = {
    (ahead, unreached): select(*_ROLE_COLUMNS)
    .where(
        (unindexed(role.c.area_id, 0) if unreached else role.c.area_id).in_(BELOW),
        role.c.role.in_(listed("roles")),
        _IS_AHEAD if ahead else _IS_CURRENT,
        *([_IS_UNREACHED] if unreached else []),
    )
    .order_by(role.c.id)
    for ahead in (False, True)
    for unreached in (False, True)
}
_IN_POSTS_AHEAD = (
    select(*_ROLE_COLUMNS)
    .where(role.c.role.in_(listed("roles")), role.c.area_id.in_(listed("area_ids")), _IS_AHEAD)
    .order_by(role.c.id)
)
_POSTS = (
    select(role.c.role, role.c.area_id, role.c.person_id).where(_IS_CURRENT).order_by(role.c.id)
)
_REACHED = (
    select(role.c.person_id)
    .join_from(role, contact, contact.c.person_id == role.c.person_id)
    .where(contact.c.reachable.is_(True), _IS_CURRENT)
    .distinct()
)


class PeopleSeen(Seen):
    """People, to be looked at."""

    def speaker(self, channel: str, address: str) -> Speaker | None:
        """Who has this address, with the draft they are talking about; None for a stranger."""
        index = self._blind("contact", f"{channel}|{address}")
        owner = self._reading.shared.owner
        row = self._db.one(_SPEAKER, channel=channel, address=index, owner=owner)
        return None if row is None else self._speaker(row)

    def speaker_of(self, contact_id: int) -> Speaker | None:
        """The speaker behind a contact, with the draft they are talking about."""
        row = self._db.one(_SPEAKER_BY_ID, id=contact_id, owner=self._reading.shared.owner)
        return None if row is None else self._speaker(row)

    def contact(self, contact_id: int) -> Contact | None:
        """One way to reach somebody, with the address."""
        row = self._db.one(_CONTACT_BY_ID, id=contact_id)
        return None if row is None else self._contact(row)

    def contacts_of(self, person_id: int) -> tuple[Contact, ...]:
        """All ways to reach a person, oldest first; a lost phone is none."""
        return tuple(map(self._contact, self._db.all(_CONTACTS_OF, person_id=person_id)))

    def reachable_of(self, person_id: int) -> tuple[Contact, ...]:
        """Where messages reach a person, the contact first on which they were heard last."""
        return tuple(map(self._contact, self._db.all(_REACHABLE_OF, person_id=person_id)))

    def reach(self, person_id: int, *, calm: bool = False) -> Reach | None:
        """Of a person's contacts that messages reach the one on which they were heard last.

        ``calm``: one that hears more than what is urgent goes first.
        """
        row = self._db.one(_REACH_CALM if calm else _REACH, person_id=person_id)
        if row is None:
            return None
        return Reach(contact_id=row[0], channel=row[1], alarms_only=bool(row[2]))

    def last_way(self, person_id: int) -> Reach | None:
        """The contact on which a person was heard last, whether messages reach them or not."""
        row = self._db.one(_LAST_WAY, person_id=person_id)
        return None if row is None else Reach(contact_id=row[0], channel=row[1])

    def resting(self, person_id: int, channels: Sequence[str]) -> Reach | None:
        """Where no message reaches the person now, but what is put there may yet."""
        row = self._db.one(_RESTING, person_id=person_id, channels=[*channels])
        return None if row is None else Reach(contact_id=row[0], channel=row[1])

    def reached_by(self, channels: Sequence[str], limit: int) -> tuple[int, ...]:
        """Contacts of these channels that still count as reached."""
        rows = self._db.all(_REACHED_BY, channels=[*channels], limit=limit)
        return tuple(row[0] for row in rows)

    def reaches(self, people: Iterable[int]) -> dict[int, Reach]:
        """Where each of many hears what is not urgent; nothing for whom no message reaches."""
        return {
            row[0]: Reach(contact_id=row[1], channel=row[2])
            for some in in_parts(people)
            for row in self._db.all(_REACHES, people=some)
        }

    def roles(self, person_id: int) -> tuple[Role, ...]:
        """The roles that a person holds now."""
        rows = self._db.all(_ROLES, person_id=person_id, now=self._now)
        return tuple(map(_role, rows))

    def roles_of(self, people: Iterable[int]) -> Mapping[int, Sequence[Role]]:
        """The roles that each of these holds now; nothing for none."""
        found: dict[int, list[Role]] = defaultdict(list)
        for some in in_parts(people):
            for row in self._db.all(_ROLES_OF, people=some, now=self._now):
                found[row[1]].append(_role(row))
        return found

    def roles_ahead(self, person_id: int) -> tuple[Role, ...]:
        """The roles that a person holds now, and those that begin later."""
        rows = self._db.all(_ROLES_AHEAD, person_id=person_id, now=self._now)
        return tuple(map(_role, rows))

    def ever_held(self, person_id: int) -> tuple[Role, ...]:
        """The posts that somebody holds, held or will hold."""
        return tuple(map(_role, self._db.all(_EVER_HELD, person_id=person_id)))

    def role(self, role_id: int) -> Role | None:
        """A role that somebody holds now or later."""
        row = self._db.one(_ROLE, role_id=role_id, now=self._now)
        return None if row is None else _role(row)

    def left(self, people: Iterable[int]) -> frozenset[int]:
        """Of these whoever held a role and holds none any more."""
        return frozenset(
            row[0]
            for some in in_parts(people)
            for row in self._db.all(_LEFT, people=some, now=self._now)
        )

    def in_posts(
        self, roles: Sequence[str], area_ids: Sequence[int], *, ahead: bool = False
    ) -> tuple[Role, ...]:
        """Who holds one of the roles in one of the areas now, reachable or not.

        ``ahead`` adds whose term begins later.
        """
        statement = _IN_POSTS_AHEAD if ahead else _IN_POSTS
        rows = [
            row
            for some in in_parts(area_ids)
            for row in self._db.all(statement, roles=[*roles], area_ids=some, now=self._now)
        ]
        return tuple(map(_role, sorted(rows, key=lambda row: row[0])))

    def below(
        self,
        roles: Sequence[str],
        top: int,
        *,
        unreached: bool = False,
        ahead: bool = False,
    ) -> tuple[Role, ...]:
        """Who holds one of the roles at or below an area now; only whom no message reaches.

        ``ahead`` adds those whose term begins later.
        """
        statement = _POSTS_BELOW[ahead, unreached]
        rows = self._db.all(statement, roles=[*roles], area_id=top, now=self._now)
        return tuple(map(_role, rows))

    def posts(self) -> dict[tuple[str, int], tuple[int, ...]]:
        """Who holds every post that is held now, reachable or not."""
        found: dict[tuple[str, int], dict[int, None]] = {}
        for name, area_id, person_id in self._db.all(_POSTS, now=self._now):
            found.setdefault((name, area_id), {})[person_id] = None
        return {post: tuple(people) for post, people in found.items()}

    def reached(self) -> frozenset[int]:
        """Of those who hold a post all whom messages reach."""
        return frozenset(row[0] for row in self._db.all(_REACHED, now=self._now))

    #: Names that a look has read ahead.
    _ahead: Mapping[int, str] = MappingProxyType({})

    def read_ahead(self, people: Iterable[int]) -> None:
        """Read the names of many at once, for a look; a turn may change what it has read."""
        if not isinstance(self, Kept):
            self._ahead = self.names_of(people)

    def names_of(self, people: Iterable[int]) -> dict[int, str]:
        """What many people are called; "" for whom nobody said."""
        return {
            row[0]: self._open_any(person, "name", row[0], row[1])
            for some in in_parts(people)
            for row in self._db.all(_NAMES, people=some)
        }

    def name_of(self, person_id: int) -> str:
        """What a person is called; "" while nobody said."""
        if person_id in self._ahead:
            return self._ahead[person_id]
        row = self._db.one(_NAME, id=person_id)
        return "" if row is None else self._open_any(person, "name", person_id, row[0])

    def phone_of(self, person_id: int) -> str:
        """A person's telephone; "" while nobody said."""
        row = self._db.one(_NAME, id=person_id)
        return "" if row is None else self._open_any(person, "phone", person_id, row[1])

    def elders(self, contacts: Iterable[int]) -> frozenset[int]:
        """Of these contacts those whose people want few and large buttons."""
        return frozenset(
            row[0] for some in in_parts(contacts) for row in self._db.all(_ELDERS, contacts=some)
        )

    def is_elder(self, person_id: int) -> bool:
        """True for who wants few and large buttons."""
        row = self._db.one(_NAME, id=person_id)
        return row is not None and bool(row[2])

    def by_phone(self, phone: str) -> tuple[int, ...]:
        """Who has this telephone; several may share one."""
        return tuple(row[0] for row in self._db.all(_BY_PHONE, mark=self._phone_mark(phone)))

    def holders(self, roles: Sequence[str], area_ids: Sequence[int]) -> tuple[Holder, ...]:
        """Who holds one of the roles in one of the areas now, once for each reachable contact."""
        rows = self._db.all(_HOLDERS, roles=[*roles], area_ids=[*area_ids], now=self._now)
        return tuple(
            Holder(
                person_id=row[0], contact_id=row[1], channel=row[2], role=row[3], area_id=row[4]
            )
            for row in rows
        )

    def _phone_mark(self, phone: str) -> bytes:
        return self._blind("phone", phone)

    def _speaker(self, row: Row) -> Speaker:
        of_draft, of_card = row[_DRAFT], row[_CARD]
        return Speaker(
            contact_id=row[0],
            person_id=row[1],
            channel=row[2],
            reachable=row[3],
            turn=row[4],
            card_id=row[5],
            is_owed=row[6],
            is_elder=bool(row[7]),
            draft=None if of_draft[0] is None else draft_of(of_draft, self._reading.shared.sealer),
            card=None if of_card[0] is None else of_card,
        )

    def _contact(self, row: Row) -> Contact:
        return Contact(
            id=row[0],
            person_id=row[1],
            channel=row[2],
            address=self._open(contact, "address", row[0], row[3]),
            reachable=row[4],
            heard_at=row[5],
            alarms_only=bool(row[6]),
        )


class People(PeopleSeen, Kept):
    """People, to be met and changed."""

    def meet(self, channel: str, address: str) -> Speaker:
        """The speaker with this address: a known one, or a new person."""
        known = self.speaker(channel, address)
        if known is not None:
            return known
        self._add(channel, address)
        met = self.speaker(channel, address)
        assert met is not None
        return met

    def nobody(self) -> int:
        """The contact that is nobody's."""
        return self.meet(NOBODYS, "").contact_id

    def add_contact(self, person_id: int, channel: str, address: str) -> bool:
        """Give a person one more address; False when somebody has it already."""
        contact_id = self._work.new_id()
        return (
            self._db.run(
                _NEW_CONTACT,
                id=contact_id,
                person_id=person_id,
                channel=channel,
                address_index=self._blind("contact", f"{channel}|{address}"),
                address=self._seal(contact, "address", contact_id, address),
                reachable=True,
                draft_id=None,
                turn=0,
                card_id=None,
                heard_at=None,
                open_at=None,
                created_at=self._now,
                alarms_only=None,
                locked_at=None,
            )
            == 1
        )

    def save_turn(
        self,
        contact_id: int,
        *,
        turn: int,
        draft_id: int | None,
        card_id: int | None,
        heard: bool = False,
    ) -> None:
        """Keep where the talk with a contact stands, and that its person was heard just now."""
        self._db.run(
            _SAVE_TURN,
            contact_id=contact_id,
            now_turn=turn,
            now_draft=draft_id,
            now_card=card_id,
            now_heard=self._now if heard else None,
        )

    def mark_reachable(self, contact_id: int, reachable: bool) -> None:
        """Keep whether messages reach this contact."""
        self._db.run(_REACHABLE, contact_id=contact_id, is_so=reachable)

    def set_alarms_only(self, contact_id: int, is_so: bool) -> None:
        """Keep whether its person wants to hear there of what is urgent alone."""
        self._db.run(_SET_ALARMS_ONLY, contact_id=contact_id, is_so=is_so)

    def mark_open(self, channel: str, address: str) -> None:
        """A page of this session is open: messages reach it."""
        mark = self._blind("contact", f"{channel}|{address}")
        self._db.run(_OPEN, which=channel, mark=mark, now=self._now)

    def rest_unopened(self, channel: str, before: datetime) -> int:
        """Pages of workers that nobody opened since then are no way to reach them; how many."""
        rows = [row[0] for row in self._db.all(_UNOPENED, channel=channel, before=before)]
        for one in rows:
            self.mark_reachable(one, False)
        return len(rows)

    def add(self, *, name: str = "", phone: str = "") -> int:
        """A person who did not speak yet (from a roster); their id."""
        person_id = self._work.new_id()
        self._db.run(
            _NEW_PERSON,
            id=person_id,
            name=self._seal(person, "name", person_id, name) if name else None,
            phone=self._seal(person, "phone", person_id, phone) if phone else None,
            phone_index=self._phone_mark(phone) if phone else None,
            elder=None,
            created_at=self._now,
        )
        return person_id

    def set_name(self, person_id: int, name: str) -> None:
        """Keep what a person is called."""
        sealed = self._seal(person, "name", person_id, name)
        self._db.run(_SET_NAME, person_id=person_id, sealed=sealed)

    def set_phone(self, person_id: int, phone: str) -> None:
        """Keep a person's telephone."""
        sealed = self._seal(person, "phone", person_id, phone)
        mark = self._phone_mark(phone)
        self._db.run(_SET_PHONE, person_id=person_id, sealed=sealed, mark=mark)

    def set_elder(self, person_id: int, is_so: bool) -> None:
        """Keep whether a person wants few and large buttons."""
        self._db.run(_SET_ELDER, person_id=person_id, is_so=is_so)

    def add_role(
        self,
        person_id: int,
        name: str,
        area_id: int,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        by: int | None = None,
    ) -> int:
        """Give a person a role in an area, from now on unless told otherwise; the role's id."""
        role_id = self._work.new_id()
        self._db.run(
            _ADD_ROLE,
            id=role_id,
            person_id=person_id,
            role=name,
            area_id=area_id,
            since=since or self._now,
            until=until,
            given_by=by or None,
            agreed_by=None,
        )
        return role_id

    def agree(self, role_id: int, *, by: int) -> bool:
        """Somebody else knows whoever holds it; False when it was said before, or is over."""
        known = self.role(role_id)
        if known is None or not self._db.run(_AGREE, role_id=role_id, by=by):
            return False
        detail = {"role": known.role, "area": known.area_id}
        self._work.audit.write(by, "role.agreed", "person", known.person_id, detail)
        return True

    def set_term(self, role_id: int, since: datetime, until: datetime | None, *, by: int) -> None:
        """Keep from when, and until when, a role is held; the audit says what was before."""
        known = self.role(role_id)
        if known is None:
            return
        self._db.run(_SET_TERM, role_id=role_id, now_since=since, now_until=until)
        before = dates(Term(since=known.since, until=known.until))
        self._work.audit.write(
            by,
            "role.dated",
            "person",
            known.person_id,
            {
                "role": known.role,
                "area": known.area_id,
                **dates(Term(since=since, until=until)),
                "before": before,
            },
        )

    def widen(self, role: Role, other: Role, *, by: int) -> None:
        """Hold a role from when either of two begins, and until the later of them ends."""
        ends = [one.until for one in (role, other) if one.until is not None]
        since, until = min(role.since, other.since), max(ends) if len(ends) > 1 else None
        if (since, until) != (role.since, role.until):
            self.set_term(role.id, since, until, by=by)

    def end_role(self, role_id: int) -> None:
        """End a role now; one that had not begun never does."""
        self._db.run(_END_ROLE, role_id=role_id, now=self._now)

    def _add(self, channel: str, address: str) -> None:
        person_id = self.add()
        if not self.add_contact(person_id, channel, address):
            # Another process met them a moment ago; theirs stays.
            self._db.run(_NO_PERSON, id=person_id)


def _role(row: Row) -> Role:
    return Role(
        id=row[0],
        person_id=row[1],
        role=row[2],
        area_id=row[3],
        since=row[4],
        until=row[5],
        given_by=row[6],
        agreed_by=row[7],
    )

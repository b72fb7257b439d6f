"""Who people are, what they hold, and how they are reached."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from sqlalchemy import and_, case, exists, func, or_, select

from storage.people.person import Contact, Holder, Reach, Role, Speaker
from storage.reaching.outbox_seen import CARD_COLUMNS, WAITS_FOR
from storage.reporting.drafts import DRAFT_COLUMNS, draft_of
from storage.repository import BELOW, Kept, Seen, given, in_parts, listed, unindexed
from storage.tables import contact, draft, outbox, person, role

if TYPE_CHECKING:
    from storage.database import Row


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
#: Held now or later.
IS_AHEAD = or_(role.c.until.is_(None), role.c.until > given("now"))
_ROLES_AHEAD = (
    select(*_ROLE_COLUMNS)
    .where(role.c.person_id == given("person_id"), IS_AHEAD)
    .order_by(role.c.id)
)
_EVER_HELD = (
    select(*_ROLE_COLUMNS).where(role.c.person_id == given("person_id")).order_by(role.c.id)
)
_ROLE = select(*_ROLE_COLUMNS).where(role.c.id == given("role_id"), IS_AHEAD)
#: Of these whoever held a role before and holds none any more, nor will.
_LEFT = (
    select(role.c.person_id)
    .where(role.c.person_id.in_(listed("people")))
    .group_by(role.c.person_id)
    .having(func.max(case((IS_AHEAD, 1), else_=0)) == 0)
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
        IS_AHEAD if ahead else _IS_CURRENT,
        *([_IS_UNREACHED] if unreached else []),
    )
    .order_by(role.c.id)
    for ahead in (False, True)
    for unreached in (False, True)
}
_IN_POSTS_AHEAD = (
    select(*_ROLE_COLUMNS)
    .where(role.c.role.in_(listed("roles")), role.c.area_id.in_(listed("area_ids")), IS_AHEAD)
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

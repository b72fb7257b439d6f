"""A child's own family: who says each week that all is well, and the weeks without a word.

Whoever came by a family's invitation sees nothing of the register but what the child is called
at home.
"""

from __future__ import annotations

import json
import secrets
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from sqlalchemy import case, delete, exists, func, or_, select, update
from sqlalchemy import insert as plain_insert

from storage.erasing.holds import is_held
from storage.repository import Kept, Seen, given, insert, listed
from storage.tables import child, family_link, family_week

if TYPE_CHECKING:
    from datetime import date, datetime, timedelta

    from storage.database import Row

#: carer: looks after the child; parent: is away and rings up.
Kind: TypeAlias = Literal["carer", "parent"]
#: asked: no word yet; told: a word came; silent: the week went by; skipped: nobody was asked.
State: TypeAlias = Literal["asked", "told", "silent", "skipped"]
#: What somebody of the family wants: to talk, or that somebody looks at what worries them.
Wanted: TypeAlias = Literal["", "talk", "worry"]
_TOKEN_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Somebody of a child's family, or an invitation that waits for them."""

    id: int
    child_id: int
    kind: Kind
    #: What the child is called at home.
    called: str = field(repr=False)
    issued_by: int
    expires_at: datetime
    person_id: int | None
    accepted_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """One week of one of the family; it is named by its Sunday."""

    id: int
    link_id: int
    week: date
    state: State
    said_at: datetime | None
    wanted: Wanted
    #: What was said of a call: when, how long, what worries.
    told: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What is known of a child's family, as far as its next visit depends on it."""

    #: So many weeks in a row without a word, and the last of them.
    silent: int = 0
    week: date | None = None
    #: What they want, and since when; nobody has been there since.
    wanted: Wanted = ""
    wanted_at: datetime | None = None


# A file that turned out to be another's belongs to that one.
_meant = func.coalesce(child.c.merged_into, child.c.id)
_kept = child.alias()
_LINK = select(
    family_link.c.id,
    _meant,
    family_link.c.kind,
    family_link.c.called,
    family_link.c.issued_by,
    family_link.c.expires_at,
    family_link.c.person_id,
    family_link.c.accepted_at,
    family_link.c.ended_at,
).join_from(family_link, child, child.c.id == family_link.c.child_id)
_BY_ID = _LINK.where(family_link.c.id == given("id"))
_BY_TOKEN = _LINK.where(family_link.c.token_index == given("mark"))
_IS_OF = family_link.c.child_id.in_(
    select(child.c.id).where(
        or_(child.c.id.in_(listed("children")), child.c.merged_into.in_(listed("children")))
    )
)
_STANDS = family_link.c.ended_at.is_(None) & family_link.c.person_id.is_not(None)
_OF_CHILD = _LINK.where(
    _IS_OF,
    family_link.c.ended_at.is_(None),
    or_(family_link.c.person_id.is_not(None), family_link.c.expires_at > given("now")),
).order_by(family_link.c.id)
_OF_PERSON = (
    _LINK.join(_kept, _kept.c.id == _meant)
    .where(
        family_link.c.person_id == given("person_id"),
        family_link.c.ended_at.is_(None),
        _kept.c.status == "active",
    )
    .order_by(family_link.c.id)
)
_ADD = plain_insert(family_link)
_USE = (
    update(family_link)
    .where(
        family_link.c.id == given("row"),
        family_link.c.person_id.is_(None),
        family_link.c.ended_at.is_(None),
        family_link.c.expires_at > given("now"),
    )
    .values(person_id=given("person"), accepted_at=given("now"))
)
_END = (
    update(family_link)
    .where(family_link.c.id == given("row"), family_link.c.ended_at.is_(None))
    .values(ended_at=given("now"), ended_by=given("by"))
)

_WEEK = select(
    family_week.c.id,
    family_week.c.link_id,
    family_week.c.week,
    family_week.c.state,
    family_week.c.said_at,
    family_week.c.wanted,
    family_week.c.told,
)
_THIS_WEEK = _WEEK.where(
    family_week.c.link_id == given("link_id"), family_week.c.week == given("week")
)
_WEEKS = (
    _WEEK.where(family_week.c.link_id.in_(listed("links")))
    .order_by(family_week.c.week.desc(), family_week.c.link_id)
    .limit(given("limit"))
)
_TO_ASK = (
    select(family_link.c.person_id)
    .distinct()
    .join_from(family_link, child, child.c.id == family_link.c.child_id)
    .join(_kept, _kept.c.id == _meant)
    .where(
        _STANDS,
        _kept.c.status == "active",
        ~exists().where(
            family_week.c.link_id == family_link.c.id, family_week.c.week == given("week")
        ),
    )
    .order_by(family_link.c.person_id)
    .limit(given("limit"))
)
_ADD_WEEK = insert(family_week).on_conflict_do_nothing()
_SAY = (
    update(family_week)
    .where(family_week.c.id == given("row"))
    .values(
        state="told",
        said_at=given("now_said_at"),
        wanted=given("now_wanted"),
        wanted_at=given("now_wanted_at"),
        heard_at=given("now_heard_at"),
        told=given("now_told"),
    )
)
_WANTED = select(family_week.c.wanted, family_week.c.wanted_at, family_week.c.heard_at).where(
    family_week.c.id == given("id")
)
_OVER = (
    select(family_week.c.id, _meant)
    .join_from(family_week, family_link, family_link.c.id == family_week.c.link_id)
    .join(child, child.c.id == family_link.c.child_id)
    .where(family_week.c.state == "asked", family_week.c.week < given("day"))
    .order_by(family_week.c.week, family_week.c.id)
    .limit(given("limit"))
)
_SILENT = (
    update(family_week)
    .where(family_week.c.id == given("row"), family_week.c.state == "asked")
    .values(state="silent")
)
_OF_FAMILY = (
    select()
    .select_from(family_week)
    .join(family_link, family_link.c.id == family_week.c.link_id)
    .join(child, child.c.id == family_link.c.child_id)
    .where(_IS_OF)
)
# One of the family is enough: a week in which anybody said something is no silent one.
_SILENCES = (
    _OF_FAMILY.add_columns(
        _meant,
        family_week.c.week,
        func.max(case((family_week.c.state == "told", 1), else_=0)),
        func.max(case((family_week.c.state == "silent", 1), else_=0)),
    )
    .where(
        family_link.c.ended_at.is_(None),
        family_week.c.week >= given("since"),
        family_week.c.state.in_(("told", "silent")),
    )
    .group_by(_meant, family_week.c.week)
    .order_by(_meant, family_week.c.week.desc())
)
_WISHES = (
    _OF_FAMILY.add_columns(_meant, family_week.c.wanted, family_week.c.wanted_at)
    .where(
        family_week.c.wanted != "",
        family_week.c.heard_at.is_(None),
        family_week.c.week >= given("since"),
    )
    # The first that nobody heard yet says since when.
    .order_by(_meant, family_week.c.wanted_at.desc())
)
_HEARD = (
    update(family_week)
    .where(
        family_week.c.link_id.in_(select(family_link.c.id).where(_IS_OF)),
        family_week.c.wanted != "",
        family_week.c.heard_at.is_(None),
        family_week.c.wanted_at <= given("until"),
    )
    .values(heard_at=given("now"))
)
_OLD = (
    select(family_week.c.id)
    .join_from(family_week, family_link, family_link.c.id == family_week.c.link_id)
    .where(family_week.c.week < given("before"), ~is_held(family_link.c.child_id))
    .limit(given("limit"))
)
_FORGET = delete(family_week).where(family_week.c.id.in_(_OLD))


class FamiliesSeen(Seen):
    """Families of children, to be looked at."""

    def get(self, link_id: int) -> Link | None:
        """One of a family."""
        row = self._db.one(_BY_ID, id=link_id)
        return None if row is None else self._link(row)

    def find(self, token: str) -> Link | None:
        """What a link stands for, used and expired ones too."""
        row = self._db.one(_BY_TOKEN, mark=self._blind("family", token))
        return None if row is None else self._link(row)

    def of_child(self, child_id: int) -> tuple[Link, ...]:
        """Who of the family takes part, and the invitations that wait."""
        rows = self._db.all(_OF_CHILD, children=[child_id], now=self._now)
        return tuple(map(self._link, rows))

    def of_person(self, person_id: int) -> tuple[Link, ...]:
        """Whose family somebody is, as far as the register keeps the children."""
        return tuple(map(self._link, self._db.all(_OF_PERSON, person_id=person_id)))

    def week(self, link_id: int, week: date) -> Week | None:
        """One week of one of the family."""
        row = self._db.one(_THIS_WEEK, link_id=link_id, week=week)
        return None if row is None else self._week(row)

    def weeks(self, links: Collection[int], limit: int) -> tuple[Week, ...]:
        """The latest weeks of some of a family, the newest first."""
        return tuple(map(self._week, self._db.all(_WEEKS, links=[*links], limit=limit)))

    def to_ask(self, week: date, limit: int) -> tuple[int, ...]:
        """The next people whom nobody has asked about this week."""
        return tuple(row[0] for row in self._db.all(_TO_ASK, week=week, limit=limit))

    def heard(self, children: Collection[int], since: date) -> Mapping[int, Heard]:
        """What these children's families said and did not say, as far as a visit depends on it."""
        ids = [*children]
        weeks: dict[int, list[tuple[date, bool]]] = defaultdict(list)
        for row in self._db.all(_SILENCES, children=ids, since=since):
            weeks[row[0]].append((row[1], bool(row[2])))
        wishes = {
            row[0]: (row[1], row[2]) for row in self._db.all(_WISHES, children=ids, since=since)
        }
        return {one: _heard(weeks.get(one, ()), wishes.get(one)) for one in {*weeks, *wishes}}

    def _link(self, row: Row) -> Link:
        return Link(
            id=row[0],
            child_id=row[1],
            kind=row[2],
            called=self._open(family_link, "called", row[0], row[3]),
            issued_by=row[4],
            expires_at=row[5],
            person_id=row[6],
            accepted_at=row[7],
            ended_at=row[8],
        )

    def _week(self, row: Row) -> Week:
        told = self._open_any(family_week, "told", row[0], row[6])
        return Week(
            id=row[0],
            link_id=row[1],
            week=row[2],
            state=row[3],
            said_at=row[4],
            wanted=row[5],
            told=json.loads(told) if told else {},
        )


class Families(FamiliesSeen, Kept):
    """Families of children, to be invited, asked and heard."""

    def invite(
        self, child_id: int, kind: Kind, called: str, *, by: int, life: timedelta
    ) -> tuple[int, str]:
        """An invitation for one of the family: its id, and the token that nobody finds later."""
        link_id, token = self._work.new_id(), secrets.token_urlsafe(_TOKEN_BYTES)
        self._db.run(
            _ADD,
            id=link_id,
            child_id=child_id,
            kind=kind,
            called=self._seal(family_link, "called", link_id, called),
            token_index=self._blind("family", token),
            issued_by=by,
            issued_at=self._now,
            expires_at=self._now + life,
            person_id=None,
            accepted_at=None,
            ended_at=None,
            ended_by=None,
        )
        self._work.audit.write(by, "family-invited", "child", child_id, {"link": link_id})
        return link_id, token

    def use(self, token: str, person_id: int, week: date) -> Link | None:
        """The first who opens the link is of the family; None for everybody after.

        To come is a word of its own: nobody is asked about this week.
        """
        known = self.find(token)
        if known is None or not self._db.run(_USE, row=known.id, person=person_id, now=self._now):
            return None
        self._work.audit.write(
            person_id, "family-joined", "child", known.child_id, {"link": known.id}
        )
        self.say(known, week)
        return self.get(known.id)

    def end(self, link: Link, *, by: int) -> bool:
        """Somebody is asked no more, or an invitation is void; False when it was before."""
        ended = self._db.run(_END, row=link.id, by=by, now=self._now) == 1
        if ended:
            self._work.audit.write(by, "family-ended", "child", link.child_id, {"link": link.id})
            self._work.visits.stir([link.child_id])
        return ended

    def ask(self, links: Collection[int], week: date, state: State = "asked") -> None:
        """These were asked about a week; what they said before stands."""
        self._db.run_many(_ADD_WEEK, [self._fresh(one, week, state) for one in links])

    def say(
        self,
        link: Link,
        week: date,
        *,
        wanted: Wanted = "",
        told: Mapping[str, str] | None = None,
    ) -> None:
        """A word came; what the same one wanted in this week before stands beside it."""
        self.ask([link.id], week)
        known = self.week(link.id, week)
        assert known is not None
        before = self._db.one(_WANTED, id=known.id)
        wish = (wanted, self._now, None) if wanted or before is None else before
        kept = {**known.told, **(told or {})}
        self._db.run(
            _SAY,
            row=known.id,
            now_said_at=self._now,
            now_wanted=wish[0],
            now_wanted_at=wish[1],
            now_heard_at=wish[2],
            now_told=self._told(known.id, kept) if kept else None,
        )
        self._work.visits.stir([link.child_id])

    def close_weeks(self, day: date, limit: int) -> bool:
        """Weeks before a day that nobody said a word in are silent ones; True: there are more."""
        over = self._db.all(_OVER, day=day, limit=limit)
        if over:
            self._db.run_many(_SILENT, [{"row": row[0]} for row in over])
            self._work.visits.stir(row[1] for row in over)
        return len(over) == limit

    def heard_out(self, child_id: int, until: datetime) -> None:
        """Somebody was there: what the family had wanted by then has been heard."""
        self._db.run(_HEARD, children=[child_id], until=until, now=self._now)

    def forget(self, before: date, limit: int) -> int:
        """Remove what was said in weeks before a day, unless it is held back; how many."""
        return self._db.run(_FORGET, before=before, limit=limit, now=self._now)

    def _told(self, week_id: int, told: Mapping[str, str]) -> bytes:
        return self._seal(family_week, "told", week_id, json.dumps(told, ensure_ascii=False))

    def _fresh(self, link_id: int, week: date, state: State) -> dict[str, object]:
        return {
            "id": self._work.new_id(),
            "link_id": link_id,
            "week": week,
            "state": state,
            "said_at": None,
            "wanted": "",
            "wanted_at": None,
            "heard_at": None,
            "told": None,
        }


def _heard(weeks: Sequence[tuple[date, bool]], wish: tuple[Wanted, datetime] | None) -> Heard:
    """Weeks come the newest first."""
    silent = 0
    for _, told in weeks:
        if told:
            break
        silent += 1
    return Heard(
        silent=silent,
        week=weeks[0][0] if silent else None,
        wanted=wish[0] if wish else "",
        wanted_at=wish[1] if wish else None,
    )

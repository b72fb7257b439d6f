"""打电话名单: what could not be delivered, and whom somebody has to call because of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import literal_column, or_, select, update

from storage.repository import Kept, Seen, given, insert, listed
from storage.tables import phone_call

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from storage.database import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Somebody who did not get a card that asks for something, and is called for it."""

    id: int
    person_id: int
    #: What the card is about: case:4711 ...
    about: str
    #: gone, refused, no_contact
    cause: str
    card: str = field(repr=False)
    priority: int
    area_id: int | None
    grade: str
    #: Who was told in their place.
    passed_to: int | None
    #: new, open, reached, over
    state: str
    tries: int
    created_at: datetime
    ended_at: datetime | None
    ended_by: int | None


# Written out, not bound: only so does the partial index of what is open come into play.
_new: ColumnElement[str] = literal_column("'new'")
_open: ColumnElement[str] = literal_column("'open'")
_IS_OPEN = or_(phone_call.c.state == _new, phone_call.c.state == _open)
_CALL = select(
    phone_call.c.id,
    phone_call.c.person_id,
    phone_call.c.about,
    phone_call.c.cause,
    phone_call.c.card,
    phone_call.c.priority,
    phone_call.c.area_id,
    phone_call.c.grade,
    phone_call.c.passed_to,
    phone_call.c.state,
    phone_call.c.tries,
    phone_call.c.created_at,
    phone_call.c.ended_at,
    phone_call.c.ended_by,
)
_BY_ID = _CALL.where(phone_call.c.id == given("id"))
_NEW = (
    select(phone_call.c.id)
    .where(phone_call.c.state == _new)
    .order_by(phone_call.c.id)
    .limit(given("limit"))
)
_OPEN_CALLS = _CALL.where(_IS_OPEN).order_by(phone_call.c.id)
_OF_MATTER = _CALL.where(phone_call.c.about == given("about")).order_by(phone_call.c.id)
_ADD = insert(phone_call).on_conflict_do_nothing()
_LIST = (
    update(phone_call)
    .where(phone_call.c.id == given("row"), phone_call.c.state == _new)
    .values(
        state="open",
        area_id=given("now_area"),
        grade=given("now_grade"),
        passed_to=given("now_passed"),
    )
)
_MISSED = (
    update(phone_call)
    .where(phone_call.c.id == given("row"), phone_call.c.state == _open)
    .values(tries=phone_call.c.tries + 1)
)
_END = (
    update(phone_call)
    .where(phone_call.c.id == given("row"), phone_call.c.state.in_(listed("open_states")))
    .values(state=given("now_state"), ended_at=given("now"), ended_by=given("by"))
)


class CallsSeen(Seen):
    """The list, to be looked at."""

    def get(self, call_id: int) -> Call | None:
        """One line."""
        row = self._db.one(_BY_ID, id=call_id)
        return None if row is None else self._call(row)

    def new(self, limit: int) -> tuple[int, ...]:
        """Lines that nobody has been told of yet."""
        return tuple(row[0] for row in self._db.all(_NEW, limit=limit))

    def open(self) -> tuple[Call, ...]:
        """All lines that are not worked off, the oldest first."""
        return tuple(map(self._call, self._db.all(_OPEN_CALLS)))

    def of_matter(self, about: str) -> tuple[Call, ...]:
        """All lines of one matter, whatever became of them."""
        return tuple(map(self._call, self._db.all(_OF_MATTER, about=about)))

    def _call(self, row: Row) -> Call:
        return Call(
            id=row[0],
            person_id=row[1],
            about=row[2],
            cause=row[3],
            card=self._open(phone_call, "card", row[0], row[4]),
            priority=row[5],
            area_id=row[6],
            grade=row[7],
            passed_to=row[8],
            state=row[9],
            tries=row[10],
            created_at=row[11],
            ended_at=row[12],
            ended_by=row[13],
        )


class Calls(CallsSeen, Kept):
    """The list, to be written."""

    def add(self, person_id: int, about: str, cause: str, card: str, priority: int) -> bool:
        """A new line; False while one about the same matter is open for the same person."""
        row = self._work.new_id()
        return (
            self._db.run(
                _ADD,
                id=row,
                person_id=person_id,
                about=about,
                cause=cause,
                card=self._seal(phone_call, "card", row, card),
                priority=priority,
                area_id=None,
                grade="",
                passed_to=None,
                state="new",
                tries=0,
                created_at=self._now,
                ended_at=None,
                ended_by=None,
            )
            == 1
        )

    def put_on_list(
        self, call_id: int, *, area_id: int | None, grade: str, passed_to: int | None
    ) -> bool:
        """Somebody has it from now on; False when another process was first."""
        return (
            self._db.run(
                _LIST, row=call_id, now_area=area_id, now_grade=grade, now_passed=passed_to
            )
            == 1
        )

    def missed(self, call_id: int, *, by: int) -> bool:
        """没打通: it stays on the list."""
        if not self._db.run(_MISSED, row=call_id):
            return False
        self._work.audit.write(by, "call-missed", "call", call_id)
        return True

    def end(self, call_id: int, state: str, *, by: int) -> bool:
        """已打通, or the matter is over; False when it was not on the list."""
        open_states: Sequence[str] = ["new", "open"]
        if not self._db.run(
            _END, row=call_id, open_states=open_states, now_state=state, now=self._now, by=by
        ):
            return False
        self._work.audit.write(by, f"call-{state}", "call", call_id)
        return True

"""Who sits at the console, and what they see there: one look at one moment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Generic, TypeVar, cast

from conversation.cards import Card, card_from_json
from handlers import doing, tables, talk
from handlers.cases import cases
from handlers.children import register, summary
from handlers.office import administration, analysis, claims, hands, looks, missing, staff
from handlers.people import colleagues, entrance
from handlers.rules import Rules
from handlers.turn import Turn
from storage.office.sent_tables import Waiting
from storage.work import Reading, Work

T = TypeVar("T")

#: A session is marked as used so often at most.
TOUCHED = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A card of the talk, as it stands beside a page."""

    id: int
    card: Card = field(repr=False)
    token: str = field(repr=False)
    #: False once its buttons do nothing any more.
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """Somebody who sits at the console now."""

    contact_id: int
    person_id: int
    address: str = field(repr=False)
    name: str = field(repr=False)
    posts: tuple[str, ...]
    #: The parts of the console that are theirs.
    sees: frozenset[str]
    cards: tuple[Shown, ...] = field(repr=False)
    #: True while a form waits for its next answer.
    is_asked: bool
    #: The kinds of table that they may bring in, and how far one is that is being read.
    imports: frozenset[str]
    waits: Waiting | None
    #: True for a while after six digits of the authenticator app were said at this browser.
    is_proven: bool
    must_touch: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside(Generic[T]):
    """Who asked, and what they see; None for what is absent or not theirs."""

    seat: Seat
    value: T | None


#: The parts of the console, and for whom each is.
PARTS: Mapping[str, Callable[[Turn], bool]] = {
    "today": lambda turn: True,
    "cases": cases.has_cases,
    "children": register.sees_register,
    "hands": hands.may,
    "visits": register.sees_register,
    "school": missing.may,
    "staff": staff.may,
    "analysis": lambda turn: bool(analysis.places(turn)),
    "summary": lambda turn: bool(summary.places(turn)),
    "claims": claims.may,
    "looks": looks.may,
    "admin": administration.may,
}


class Seats:
    """Finds who sits behind a session, and lets them look."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    def seen(
        self, reading: Reading, mark: bytes, part: str, view: Callable[[Turn], T | None]
    ) -> Inside[T] | None:
        """Who asks, and what they see; None for nobody."""
        timing = self._rules.policy.timing
        session = reading.console.session(mark, timing["console_idle"])
        if session is None:
            return None
        lasts = timing["authenticator_lasts"]
        proven_at = session.proven_at
        is_proven = proven_at is not None and reading.now - proven_at <= lasts
        turn = self._turn(reading, session.contact_id, is_proven=is_proven)
        if turn is None or not entrance.may(turn):
            return None
        sees = frozenset(name for name, is_for in PARTS.items() if is_for(turn))
        value = view(turn) if part in sees else None
        contact = reading.people.contact(session.contact_id)
        assert contact is not None
        rows = reading.outbox.of_turn(session.contact_id, turn.speaker.turn, session.created_at)
        return Inside(
            value=value,
            seat=Seat(
                contact_id=session.contact_id,
                person_id=turn.speaker.person_id,
                address=contact.address,
                name=colleagues.called(turn, turn.speaker.person_id),
                posts=tuple(
                    colleagues.post_name(turn, role.role, role.area_id) for role in turn.roles
                ),
                sees=sees,
                cards=tuple(
                    _shown(row.id, row.card, row.token, turn.speaker.card_id) for row in rows
                ),
                is_asked=turn.draft is not None,
                imports=frozenset(kind for kind in tables.KINDS if tables.places(turn, kind)),
                waits=reading.sent_tables.owed(session.contact_id),
                is_proven=is_proven,
                must_touch=reading.now - session.seen_at > TOUCHED,
            ),
        )

    def _turn(self, reading: Reading, contact_id: int, *, is_proven: bool) -> Turn | None:
        """The person's turn. On a reading a handler that would write finds nothing to write by."""
        speaker = reading.people.speaker_of(contact_id)
        if speaker is None:
            return None
        return Turn(
            work=cast("Work", reading),
            rules=self._rules,
            speaker=speaker,
            at=reading.now.astimezone(self._rules.zone),
            finish=talk.finish,
            draft=speaker.draft,
            is_proven=is_proven,
        )


def _shown(row_id: int, card: str, token: str | None, newest: int | None) -> Shown:
    read = card_from_json(card)
    stale = any(doing.is_stale(button.action) for button in read.buttons())
    return Shown(id=row_id, card=read, token=token or "", is_current=row_id == newest or not stale)

"""Where other offices' programs are told that something happened, and what became of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from sqlalchemy import and_, delete, insert, or_, select, update

from policy.happenings import Happened, Happening, Subject, happened
from storage.repository import Kept, Seen, from_lines, given, lines, listed
from storage.tables import (
    area_closure,
    case_file,
    case_report,
    child,
    hook,
    hook_event,
    report,
    roster,
)

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Row
    from storage.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """Somebody who is told."""

    id: int
    name: str
    url: str = field(repr=False)
    secret: str = field(repr=False)
    area_id: int
    kinds: tuple[Happening, ...]
    #: on, off, failed, gone
    state: str
    failing_since: datetime | None
    made_by: int
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that somebody is told, and how that goes."""

    id: int
    hook_id: int
    kind: Happening
    subject: Subject
    subject_id: int
    area_id: int
    at: datetime
    #: waiting, sent, failed
    state: str
    attempts: int
    next_at: datetime
    status: int | None
    error: str
    tried_at: datetime | None


_HOOK = select(
    hook.c.id,
    hook.c.name,
    hook.c.url,
    hook.c.secret,
    hook.c.area_id,
    hook.c.kinds,
    hook.c.state,
    hook.c.failing_since,
    hook.c.made_by,
    hook.c.made_at,
)
_ALL = _HOOK.where(hook.c.state != "gone").order_by(hook.c.id)
_BY_ID = _HOOK.where(hook.c.id == given("id"), hook.c.state != "gone")
# Whoever failed by itself is told later, once somebody has mended it; who was switched off is not.
_LISTENING = select(hook.c.id, hook.c.kinds, hook.c.area_id, hook.c.made_by).where(
    hook.c.state.in_(("on", "failed"))
)
_IS_WITHIN = select(area_closure.c.above_id).where(area_closure.c.below_id == given("area_id"))
_AREA_OF = {
    "report": select(report.c.area_id).where(report.c.id == given("id")),
    "case": select(case_file.c.area_id).where(case_file.c.id == given("id")),
    "child": select(child.c.area_id).where(child.c.id == given("id")),
    "roster": select(roster.c.area_id).where(roster.c.id == given("id")),
}
_ADD = insert(hook)
_ADD_EVENT = insert(hook_event)
_STATE = (
    update(hook)
    .where(hook.c.id == given("row"), hook.c.state != "gone", hook.c.state != given("now_state"))
    .values(state=given("now_state"), failing_since=None)
)
_FAILING = (
    update(hook)
    .where(hook.c.id == given("row"), hook.c.failing_since.is_(None))
    .values(failing_since=given("now"))
)
_WELL = (
    update(hook)
    .where(hook.c.id == given("row"), hook.c.failing_since.is_not(None))
    .values(failing_since=None)
)
_GIVEN_UP = (
    update(hook)
    .where(
        hook.c.id == given("row"),
        hook.c.state == "on",
        hook.c.failing_since <= given("before"),
    )
    .values(state="failed")
)
_EVENT = select(
    hook_event.c.id,
    hook_event.c.hook_id,
    hook_event.c.kind,
    hook_event.c.subject,
    hook_event.c.subject_id,
    hook_event.c.area_id,
    hook_event.c.at,
    hook_event.c.state,
    hook_event.c.attempts,
    hook_event.c.next_at,
    hook_event.c.status,
    hook_event.c.error,
    hook_event.c.tried_at,
)
_IS_FREE = or_(hook_event.c.leased_until.is_(None), hook_event.c.leased_until <= given("now"))
_DUE = (
    _EVENT.join_from(hook_event, hook, hook.c.id == hook_event.c.hook_id)
    .where(
        hook_event.c.state == "waiting",
        hook_event.c.next_at <= given("now"),
        hook.c.state == "on",
        _IS_FREE,
    )
    .order_by(hook_event.c.next_at, hook_event.c.id)
    .limit(given("count"))
)
_LEASE = (
    update(hook_event)
    .where(hook_event.c.id == given("row"), hook_event.c.state == "waiting", _IS_FREE)
    .values(leased_until=given("until"))
)
_TRIED = (
    update(hook_event)
    .where(hook_event.c.id == given("row"), hook_event.c.state == "waiting")
    .values(
        state=given("now_state"),
        attempts=hook_event.c.attempts + 1,
        next_at=given("now_next"),
        leased_until=None,
        status=given("now_status"),
        error=given("now_error"),
        tried_at=given("now"),
    )
)
#: What happened to a case of which the reader must not hear, or to a report that belongs to it.
_IS_HIDDEN = or_(
    and_(hook_event.c.subject == "case", hook_event.c.subject_id.in_(listed("hidden"))),
    and_(
        hook_event.c.subject == "report",
        hook_event.c.subject_id.in_(
            select(case_report.c.report_id).where(case_report.c.case_id.in_(listed("hidden")))
        ),
    ),
)
_LOG = (
    _EVENT.where(
        hook_event.c.hook_id == given("hook_id"), hook_event.c.id < given("before"), ~_IS_HIDDEN
    )
    .order_by(hook_event.c.id.desc())
    .limit(given("count"))
)
_AGAIN = {
    "state": "waiting",
    "attempts": 0,
    "next_at": given("now"),
    "leased_until": None,
}
_ONE_AGAIN = (
    update(hook_event)
    .where(
        hook_event.c.id == given("row"),
        hook_event.c.hook_id == given("of_hook"),
        hook_event.c.state != "waiting",
        ~_IS_HIDDEN,
    )
    .values(**_AGAIN)
)
_SPAN_AGAIN = (
    update(hook_event)
    .where(
        hook_event.c.hook_id == given("of_hook"),
        hook_event.c.at >= given("since"),
        hook_event.c.at < given("until"),
        hook_event.c.state != "waiting",
        ~_IS_HIDDEN,
    )
    .values(**_AGAIN)
)
_OLD = (
    select(hook_event.c.id)
    .where(hook_event.c.at < given("before"))
    .order_by(hook_event.c.at)
    .limit(given("count"))
    .scalar_subquery()
)
_FORGET = delete(hook_event).where(hook_event.c.id.in_(_OLD))


class HooksSeen(Seen):
    """Who is told of what, to be looked at."""

    def all(self) -> tuple[Hook, ...]:
        """Everybody who is told, switched off or not."""
        return tuple(map(self._hook, self._db.all(_ALL)))

    def get(self, hook_id: int) -> Hook | None:
        """One of them."""
        row = self._db.one(_BY_ID, id=hook_id)
        return None if row is None else self._hook(row)

    def due(self, count: int) -> tuple[Event, ...]:
        """What is to be told now and is in nobody's hands."""
        return tuple(map(_event, self._db.all(_DUE, now=self._now, count=count)))

    def log(
        self, hook_id: int, *, before: int, count: int, hidden: Collection[int] = ()
    ) -> tuple[Event, ...]:
        """What somebody was told or is to be, the newest first; nothing of the hidden cases."""
        rows = self._db.all(_LOG, hook_id=hook_id, before=before, count=count, hidden=[*hidden])
        return tuple(map(_event, rows))

    def _hook(self, row: Row) -> Hook:
        return Hook(
            id=row[0],
            name=row[1],
            url=self._open(hook, "url", row[0], row[2]),
            secret=self._open(hook, "secret", row[0], row[3]),
            area_id=row[4],
            kinds=cast("tuple[Happening, ...]", from_lines(row[5])),
            state=row[6],
            failing_since=row[7],
            made_by=row[8],
            made_at=row[9],
        )


class Hooks(HooksSeen, Kept):
    """Who is told of what, to be changed."""

    def make(
        self,
        name: str,
        url: str,
        secret: str,
        area_id: int,
        kinds: Sequence[Happening],
        *,
        by: int,
    ) -> int:
        """Somebody more who is told; the id."""
        row = self._work.new_id()
        self._db.run(
            _ADD,
            id=row,
            name=name,
            url=self._seal(hook, "url", row, url),
            secret=self._seal(hook, "secret", row, secret),
            area_id=area_id,
            kinds=lines(tuple(kinds)),
            state="on",
            failing_since=None,
            made_by=by,
            made_at=self._now,
        )
        detail = {"area": area_id, "kinds": " ".join(kinds)}
        self._work.audit.write(by, "hook-made", "hook", row, detail)
        return row

    def to_state(self, hook_id: int, state: str, *, by: int) -> bool:
        """Switch it on, off, or let it go for ever; False when it was so."""
        if not self._db.run(_STATE, row=hook_id, now_state=state):
            return False
        self._work.audit.write(by, f"hook-{state}", "hook", hook_id)
        return True

    def lease(self, event_id: int, until: datetime) -> bool:
        """Take it in hand; False when another process did."""
        return self._db.run(_LEASE, row=event_id, now=self._now, until=until) == 1

    def sent(self, event: Event, status: int) -> None:
        """It was taken there."""
        self._tried(event, "sent", self._now, status, "")
        self._db.run(_WELL, row=event.hook_id)

    def not_sent(
        self, event: Event, status: int | None, error: str, again: datetime | None
    ) -> None:
        """It was not taken: once more then, or never by itself."""
        self._tried(event, "failed" if again is None else "waiting", again, status, error)
        self._db.run(_FAILING, row=event.hook_id, now=self._now)

    def give_up(self, hook_id: int, before: datetime) -> bool:
        """Stop telling who has taken nothing since before then; True once."""
        if not self._db.run(_GIVEN_UP, row=hook_id, before=before):
            return False
        self._work.audit.write(0, "hook-failed", "hook", hook_id)
        return True

    def again(self, hook_id: int, event_id: int, *, by: int, hidden: Collection[int] = ()) -> int:
        """Tell one thing again; how many that are."""
        count = self._db.run(
            _ONE_AGAIN, row=event_id, of_hook=hook_id, now=self._now, hidden=[*hidden]
        )
        return self._noted(hook_id, count, by)

    def again_since(
        self,
        hook_id: int,
        since: datetime,
        until: datetime,
        *,
        by: int,
        hidden: Collection[int] = (),
    ) -> int:
        """Tell again what happened in a span; how many that are."""
        count = self._db.run(
            _SPAN_AGAIN,
            of_hook=hook_id,
            since=since,
            until=until,
            now=self._now,
            hidden=[*hidden],
        )
        return self._noted(hook_id, count, by)

    def forget(self, before: datetime, count: int) -> int:
        """Forget what happened long ago; how many."""
        return self._db.run(_FORGET, before=before, count=count)

    def _noted(self, hook_id: int, count: int, by: int) -> int:
        if count:
            self._work.audit.write(by, "hook-again", "hook", hook_id, {"rows": count})
        return count

    def _tried(
        self, event: Event, state: str, again: datetime | None, status: int | None, error: str
    ) -> None:
        self._db.run(
            _TRIED,
            row=event.id,
            now_state=state,
            now_next=again or self._now,
            now_status=status,
            now_error=error,
            now=self._now,
        )


def put(work: Work) -> None:
    """What this turn did, for everybody who is to be told; the last thing of a turn."""
    found = dict.fromkeys(_happened(work))
    if not found:
        return
    listening = work.db.all(_LISTENING)
    if not listening:
        return
    for one in found:
        row = work.db.one(_AREA_OF[one.subject], id=one.subject_id)
        if row is None or row[0] is None:
            continue
        above = {line[0] for line in work.db.all(_IS_WITHIN, area_id=row[0])}
        hidden_from = _hidden_from(work, one)
        for hook_id, kinds, area_id, made_by in listening:
            is_theirs = area_id in above and one.kind in from_lines(kinds)
            if is_theirs and work.links.who_is(made_by) not in hidden_from:
                work.db.run(_ADD_EVENT, **_new(work, hook_id, one, row[0]))


def _hidden_from(work: Work, one: Happened) -> frozenset[int]:
    """Who must not hear of the case that it is about: nor does what they had connected."""
    cases = work.cases
    case = cases.standing(one.subject_id) if one.subject == "case" else None
    if one.subject == "report":
        case = cases.of_report(one.subject_id)
    members = cases.members(case.id) if case is not None else ()
    return frozenset(member.person_id for member in members if member.kind == "excluded")


def _happened(work: Work) -> Iterable[Happened]:
    for fact in work.facts:
        if one := happened(fact.verb, fact.subject, fact.subject_id):
            yield one
    for child_id in work.changed:
        yield Happened("child.changed", "child", child_id)


def _new(work: Work, hook_id: int, one: Happened, area_id: int) -> dict[str, object]:
    return {
        "id": work.new_id(),
        "hook_id": hook_id,
        "kind": one.kind,
        "subject": one.subject,
        "subject_id": one.subject_id,
        "area_id": area_id,
        "at": work.now,
        "state": "waiting",
        "attempts": 0,
        "next_at": work.now,
        "leased_until": None,
        "status": None,
        "error": "",
        "tried_at": None,
    }


def _event(row: Row) -> Event:
    return Event(
        id=row[0],
        hook_id=row[1],
        kind=row[2],
        subject=row[3],
        subject_id=row[4],
        area_id=row[5],
        at=row[6],
        state=row[7],
        attempts=row[8],
        next_at=row[9],
        status=row[10],
        error=row[11],
        tried_at=row[12],
    )

"""What another office's program reads and brings: by the same rights as people.

Its turn has the one post that its token names, and nobody else knows of it: nothing is told to it.
What is hidden from whoever made the token is hidden from it, too (``Turn.seer``).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from conversation.answers import MAX_TEXT_CHARS
from conversation.letters import tidy
from handlers.cases import cases, involved
from handlers.children import child_file, register, stewards
from handlers.children.register import View
from handlers.office import administration
from handlers.people import colleagues
from handlers.reporting import report
from handlers.rules import Rules
from handlers.turn import Turn
from policy.areas import AreaRow
from policy.machines import LIVES, Kind
from policy.masking import TELLING, mask
from policy.register.columns import COLUMNS
from policy.scope import may_see
from storage.audit import PROGRAM
from storage.cases.case import Case
from storage.reporting.reports import Report
from storage.systems.machines import Token
from storage.visiting.visit import Visit
from storage.work import Reading

#: What is given in clear.
NAMES: Kind = "names"
#: Rows of one answer if no number is asked for, and at most.
PAGE, MOST = 50, 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which part of a list is wanted."""

    area: int
    after: int = 0
    count: int = PAGE
    since: date = date(2000, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildRow:
    """A child, each column as far as the program reads it."""

    seen: View
    columns: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """A case, and what is to be done next about it."""

    case: Case
    stage_name: str
    owner: str
    child: int | None
    due_kind: str
    due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRow:
    """A report and its case; what was said only where it is read."""

    report: Report
    case: Case
    said: Mapping[str, str] | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A token as its keepers see it; the token itself nobody sees again."""

    id: int
    name: str
    #: 青石镇 儿童督导员, or the place alone.
    post: str
    kinds: tuple[Kind, ...]
    by: str
    until: datetime
    used_at: datetime | None
    is_alive: bool
    #: True where whoever gave it has left: names are masked from then on.
    is_masked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a program reports."""

    area: int
    circumstances: tuple[str, ...]
    what: str = field(repr=False)
    #: yes, no, unknown
    safe: str
    child: int | None = None
    #: Who, in words, where the register is not known to the program.
    child_words: str = field(default="", repr=False)
    child_years: int | None = None
    occurred_at: datetime | None = None


# -- reading ------------------------------------------------------------------------------------


def within(turn: Turn, token: Token, area: int | None) -> int | None:
    """The wanted place, the token's own without a wish; None for one that is not the token's."""
    if area is None:
        return turn.work.areas.meant(token.area_id)
    row = turn.work.areas.get(area)
    return row.id if row and turn.work.areas.is_within(row.id, token.area_id) else None


def places(turn: Turn, token: Token) -> tuple[AreaRow, ...]:
    """The places of the token, each after what it lies in."""
    tree = turn.work.areas
    return tuple(row for one in tree.descendants(token.area_id) if (row := tree.get(one)))


def children(turn: Turn, token: Token, asked: Asked) -> tuple[tuple[ChildRow, ...], int | None]:
    """A page of children whom the post sees, and after which id it goes on."""
    found = turn.work.children.below(
        asked.area, statuses=("active", "left"), after=asked.after, count=asked.count
    )
    seen = (register.view_of(turn, child, own=False) for child in found)
    rows = tuple(_child(turn, token, one) for one in seen if one)
    return rows, found[-1].id if len(found) == asked.count else None


def child(turn: Turn, token: Token, child_id: int) -> ChildRow | None:
    """One child; in clear the look is in the file's history. Absent and foreign are the same."""
    seen = register.view(turn, child_id)
    if seen is None or within(turn, token, seen.child.area_id) is None:
        return None
    if NAMES in token.kinds:
        register.open_file(turn, seen, code="program")
    return _child(turn, token, seen)


def some_cases(turn: Turn, asked: Asked) -> tuple[tuple[CaseRow, ...], int | None]:
    """A page of cases with which the post has to do, and after which id it goes on."""
    found = turn.work.cases.walked(
        asked.area,
        since=_begins(turn, asked.since),
        after=asked.after,
        limit=asked.count,
        seer=turn.seer,
    )
    rows = tuple(_case(turn, one) for one in found if involved.relations(turn, one))
    return rows, found[-1].id if len(found) == asked.count else None


def case(turn: Turn, token: Token, case_id: int) -> CaseRow | None:
    """One case, the look written down; absent and foreign are the same."""
    seen = involved.view(turn, case_id)
    if seen is None or within(turn, token, seen.case.area_id) is None:
        return None
    turn.work.audit.write(turn.speaker.person_id, "case.read", "case", seen.case.id, {})
    return _case(turn, seen.case)


def some_reports(
    turn: Turn, token: Token, asked: Asked
) -> tuple[tuple[ReportRow, ...], int | None]:
    """A page of reports of such cases, and after which id it goes on."""
    found = turn.work.cases.reports_walked(
        asked.area,
        since=_begins(turn, asked.since),
        after=asked.after,
        limit=asked.count,
        seer=turn.seer,
    )
    rows = tuple(row for one in found if (row := _report(turn, token, one)))
    return rows, found[-1].id if len(found) == asked.count else None


def one_report(turn: Turn, token: Token, report_id: int) -> ReportRow | None:
    """One report: of such a case, or one that the program brought itself."""
    told = turn.work.reports.get(report_id)
    if told is None:
        return None
    row = _report(turn, token, told)
    if row is not None and within(turn, token, row.case.area_id) is not None:
        turn.work.audit.write(turn.speaker.person_id, "report.read", "report", told.id, {})
        if row.said is not None:
            note(turn, token, "reports", row.case.area_id or token.area_id, 1)
        return row
    case = turn.work.cases.of_report(told.id)
    if case and turn.work.reporters.contact_of(told.id) == turn.speaker.contact_id:
        return ReportRow(report=told, case=case, said=None)
    return None


def may_read_visits(turn: Turn, area: int) -> bool:
    """True for a post that keeps the register of the place."""
    return stewards.keeps(turn, area)


def visits(turn: Turn, asked: Asked) -> tuple[tuple[Visit, ...], int | None]:
    """A page of visits of the children of a place, and after which id it goes on."""
    found = turn.work.visits.walked(
        asked.area, since=asked.since, after=asked.after, count=asked.count
    )
    return found, found[-1].id if len(found) == asked.count else None


def note(turn: Turn, token: Token, what: str, area: int, rows: int) -> None:
    """What leaves in clear is written down: of which place, with its rows."""
    turn.work.machines.note(token, what, area, rows, by=turn.speaker.person_id)


def _begins(turn: Turn, day: date) -> datetime:
    return datetime.combine(day, time(), turn.rules.zone)


def _child(turn: Turn, token: Token, seen: View) -> ChildRow:
    in_clear = NAMES in token.kinds
    columns = {
        key: _value(seen, key, in_clear=in_clear and key in seen.fields)
        for key in child_file.shown(seen)
        if COLUMNS[key].kind != "area" and seen.child.values.get(key)
    }
    return ChildRow(seen=seen, columns=columns)


def _value(seen: View, key: str, *, in_clear: bool) -> str:
    kept, kind = seen.child.values[key], COLUMNS[key].kind
    if in_clear or (kind not in TELLING and key in seen.fields):
        return kept
    return mask(kind, kept)


def _case(turn: Turn, one: Case) -> CaseRow:
    waiting = involved.open_duties(turn, one)
    child = register.view(turn, one.child_id) if one.child_id is not None else None
    return CaseRow(
        case=one,
        stage_name=turn.rules.policy.lifecycle.stages[one.stage].name,
        owner=one.owner.role,
        child=child.child.id if child else None,
        due_kind=waiting[0].kind if waiting else "",
        due_at=waiting[0].due_at if waiting else None,
    )


def _report(turn: Turn, token: Token, told: Report) -> ReportRow | None:
    case = turn.work.cases.of_report(told.id)
    seen = involved.view(turn, case.id) if case else None
    if seen is None:
        return None
    reads = NAMES in token.kinds and "answers" in cases.parts_of(turn, seen)
    said: dict[str, str] | None = json.loads(told.answers) if reads else None
    return ReportRow(report=told, case=seen.case, said=said)


# -- reporting ----------------------------------------------------------------------------------


def file_report(turn: Turn, token: Token, told: Told) -> Report | None:
    """File what a program tells, as if somebody had; None for a place or child not its own."""
    area = within(turn, token, told.area)
    child = register.view(turn, told.child) if told.child is not None else None
    if area is None or (told.child is not None and child is None):
        return None
    body = {
        "circumstances": " ".join(told.circumstances),
        "what": tidy(told.what)[:MAX_TEXT_CHARS],
        "place": str(area),
        "safe": told.safe,
        "child": tidy(told.child_words)[:MAX_TEXT_CHARS],
        "child_years": "" if told.child_years is None else str(told.child_years),
        "when": told.occurred_at.isoformat() if told.occurred_at else "",
    }
    filed, _ = report.raise_known(
        turn,
        {name: value for name, value in body.items() if value},
        child.child.id if child else None,
        kind="report",
    )
    return filed


# -- tokens -------------------------------------------------------------------------------------


def as_it_counts(reading: Reading, rules: Rules, token: Token) -> Token:
    """The token without ``names`` where whoever gave it keeps the channel no more.

    They saw it, and may have kept it: what one hands to others does not outlast one's own post.
    """
    if NAMES not in token.kinds or token.made_by == PROGRAM:
        return token
    if reading.links.who_is(token.made_by) in administration.keepers(reading, rules):
        return token
    return replace(token, kinds=tuple(kind for kind in token.kinds if kind != NAMES))


def posts(turn: Turn) -> tuple[str, ...]:
    """The posts as which a program may see: those that read anything at all."""
    policy = turn.rules.policy
    reading = policy.rights.reading_posts()
    return tuple(
        name for name, role in policy.roles.items() if role.reads_reports or name in reading
    )


def shown(turn: Turn) -> tuple[Shown, ...]:
    """Every token, those that live first."""
    found = [
        Shown(
            id=one.id,
            name=one.name,
            post=colleagues.post_name(turn, one.role, one.area_id)
            if one.role
            else turn.work.areas.full_name(one.area_id) or _top(turn, one.area_id),
            kinds=one.kinds,
            by=colleagues.called(turn, one.made_by) if one.made_by else "",
            until=one.ends_at,
            used_at=one.used_at,
            is_alive=one.ends_at > turn.work.now,
            is_masked=as_it_counts(turn.work, turn.rules, one) != one,
        )
        for one in turn.work.machines.all()
    ]
    return tuple(sorted(found, key=lambda one: not one.is_alive))


def grantable(turn: Turn) -> tuple[str, ...]:
    """The posts as which the speaker may let a program see."""
    tops = {at for _, at in colleagues.held(turn)}
    return tuple(role for role in posts(turn) if any(_covers(turn, role, at) for at in tops))


def _top(turn: Turn, area: int) -> str:
    row = turn.work.areas.get(area)
    return row.name if row else ""


def may_make(turn: Turn, role: str, area: int, kinds: tuple[Kind, ...], days: int) -> bool:
    """True when the speaker may give a program this token: never more than they could do."""
    tree, held = turn.work.areas, colleagues.held(turn)
    if not administration.configures(turn) or not kinds or days not in LIVES:
        return False
    if not any(tree.is_within(area, at) for _, at in held):
        return False
    if not role:
        return kinds == ("reports.write",)
    return role in posts(turn) and _covers(turn, role, area)


def _covers(turn: Turn, role: str, area: int) -> bool:
    """True when the speaker's own posts see there whatever this post would."""
    policy, tree, held = turn.rules.policy, turn.work.areas, colleagues.held(turn)
    mine, theirs = (
        policy.rights.sight(posts, area, tree, own=False) for posts in (held, [(role, area)])
    )
    reads = not policy.roles[role].reads_reports or may_see(held, area, tree, policy.roles)
    return reads and theirs.full <= mine.full and theirs.masked <= mine.full | mine.masked


def make(
    turn: Turn, name: str, role: str, area: int, kinds: tuple[Kind, ...], days: int
) -> str | None:
    """A token, told this once; None for what the speaker may not give."""
    called = tidy(name)[:60]
    if not called or not may_make(turn, role, area, kinds, days):
        return None
    _, token = turn.work.machines.make(
        called, role, area, kinds, timedelta(days=days), by=turn.speaker.person_id
    )
    return token


def end(turn: Turn, token_id: int) -> bool:
    """Let a token open nothing any more; False when it was over, or for who may not."""
    return administration.configures(turn) and turn.work.machines.end(
        token_id, by=turn.speaker.person_id
    )

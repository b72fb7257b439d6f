"""A table of who is on duty: whom each line means, and the yes of whoever sent it."""

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from handlers import tables
from handlers.people import colleagues, shifts
from handlers.saying import answer, button
from handlers.turn import Turn
from policy.routing import Post
from policy.shifts_file import ShiftFault, ShiftLine
from storage.office.sent_tables import SentTable
from storage.people.person import Role

#: Lines that fit one card.
LINES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """One person, for one post, from the first day to the last."""

    person_id: int
    post: Post
    first: date
    last: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What a table says, or all that is wrong with it."""

    meant: tuple[Meant, ...]
    faults: tuple[ShiftFault, ...] = field(default=())


def plan(
    turn: Turn, sheet: str, lines: Iterable[ShiftLine], *, by_office: bool = False
) -> Planned:
    """Whom each line means, among those whom the speaker puts on duty; the office puts anybody."""
    return _Finding(turn, sheet, is_office=by_office).plan(lines)


def told(turn: Turn, meant: Collection[Meant], lines: int = LINES) -> list[str]:
    """How many days for how many people, then line by line."""
    days = sum((one.last - one.first).days + 1 for one in meant)
    people = len({one.person_id for one in meant})
    first = sorted(meant, key=lambda one: (one.first, one.person_id))[:lines]
    more = len(meant) - len(first)
    return [
        turn.words("shifts.counts", days=days, count=people),
        *(_line(turn, one) for one in first),
        *([turn.words("areas.more", count=more)] if more > 0 else []),
    ]


def take(turn: Turn, meant: Iterable[Meant]) -> int:
    """Put all of them on duty, each told once a post; how many shifts are new."""
    of: dict[tuple[int, Post], list[Meant]] = {}
    for one in meant:
        of.setdefault((one.person_id, one.post), []).append(one)
    made = 0
    for (person, post), whole in of.items():
        spans = [span for one in whole for span in shifts.spans_of(turn, one.first, one.last, 1)]
        made += len(shifts.put(turn, person, post, sorted(spans)))
    return made


def _line(turn: Turn, one: Meant) -> str:
    [(since, until)] = shifts.spans_of(turn, one.first, one.last, 1)
    return turn.words(
        "shift.line",
        post=colleagues.post_name(turn, *one.post),
        name=colleagues.called(turn, one.person_id),
        when=shifts.days(turn, since, until),
    )


class _Finding:
    """Finds people, posts and places as they are written, and notes what nobody could mean."""

    def __init__(self, turn: Turn, sheet: str, *, is_office: bool) -> None:
        self._turn, self._sheet, self._is_office = turn, sheet, is_office
        self._people = everybody(turn) if is_office else shifts.arrangeable(turn)
        self._names: dict[str, list[int]] = {}
        for person in self._people:
            self._names.setdefault(_plain(turn.work.people.name_of(person)), []).append(person)
        self._faults: list[ShiftFault] = []

    def plan(self, lines: Iterable[ShiftLine]) -> Planned:
        meant: dict[Meant, int] = {}
        for line in lines:
            one = self._meant(line)
            if one is not None and (first := meant.setdefault(one, line.row)) != line.row:
                self._say("doubled", line, found=line.name, first=first)
        return Planned(meant=tuple(meant), faults=tuple(self._faults))

    def _meant(self, line: ShiftLine) -> Meant | None:
        person, area, role = self._person(line), self._place(line), self._post(line)
        if person is None or area is None or role is None:
            return None
        post = self._of(line, person, area, role)
        if post is None:
            return None
        return Meant(person_id=person, post=post, first=line.first, last=line.last)

    def _person(self, line: ShiftLine) -> int | None:
        found = self._names.get(_plain(line.name), [])
        if line.phone and len(found) > 1:
            wanted = re.sub(r"\D", "", line.phone)
            phone_of = self._turn.work.people.phone_of
            found = [one for one in found if re.sub(r"\D", "", phone_of(one)) == wanted] or found
        if len(found) == 1:
            return found[0]
        code = "several" if found else "nobody"
        self._say(code, line, found=line.name, count=len(found))
        return None

    def _place(self, line: ShiftLine) -> int | None:
        """0 where none is written."""
        if not line.place:
            return 0
        tree = self._turn.work.areas
        roots = [one for one in tree.roots() if one.name == line.place]
        found = roots or [*tree.search(line.place)]
        exact = [one for one in found if tree.full_name(one.id) == line.place]
        found = exact or found
        if len(found) == 1:
            return found[0].id
        self._say("no-place", line, found=line.place)
        return None

    def _post(self, line: ShiftLine) -> str | None:
        """ "" where none is written."""
        if not line.post:
            return ""
        roles = self._turn.rules.policy.roles
        reading = {_plain(role.name): key for key, role in roles.items() if role.reads_reports}
        wanted = _plain(line.post)
        found = [key for name, key in reading.items() if name == wanted]
        found = found or [key for name, key in reading.items() if wanted in name]
        if len(found) == 1:
            return found[0]
        known = "、".join(role.name for role in roles.values() if role.reads_reports)
        self._say("no-post", line, found=line.post, known=known)
        return None

    def _of(self, line: ShiftLine, person: int, area: int, role: str) -> Post | None:
        """The one post that fits: of their own when nothing is written."""
        turn, held = self._turn, self._people[person]
        posts = shifts.posts_of(turn, held)
        own = [post for post in posts if post in {(one.role, one.area_id) for one in held}]
        fitting = [
            post
            for post in (posts if role else own)
            if (not role or post[0] == role) and (not area or post[1] == area)
        ]
        allowed = [one for one in fitting if self._is_office or shifts.may_arrange(turn, *one)]
        if len(allowed) == 1:
            return allowed[0]
        if not fitting:
            self._say("unfit", line, found=line.name)
        elif not allowed:
            self._say("not-yours", line, found=line.name)
        else:
            known = "、".join(colleagues.post_name(turn, *one) for one in allowed)
            self._say("which-post", line, found=line.name, known=known)
        return None

    def _say(self, code: str, line: ShiftLine, **values: object) -> None:
        self._faults.append(ShiftFault(code=code, sheet=self._sheet, row=line.row, values=values))


def everybody(turn: Turn) -> Mapping[int, Sequence[Role]]:
    """Whoever holds a post anywhere, with their posts."""
    tree = turn.work.areas
    places = [area for root in tree.roots() for area in tree.descendants(root.id)]
    found: dict[int, list[Role]] = {}
    for post in turn.work.people.in_posts([*turn.rules.policy.roles], places) if places else ():
        found.setdefault(post.person_id, []).append(post)
    return found


def _plain(text: str) -> str:
    return re.sub(r"[\s()（）]", "", text)


# -- in the talk --------------------------------------------------------------------------------


def found(turn: Turn, table: SentTable, meant: Collection[Meant]) -> None:
    """The preview, and the question; nobody is on duty yet."""
    if not turn.work.sent_tables.move_on(table, "found", _kept(meant)):
        return
    lines = [turn.words("shifts.found"), *told(turn, meant)]
    arg = str(table.id)
    rows = [
        button(turn.words("areas.confirm"), "shift_table.confirm", arg),
        button(turn.words("areas.drop"), "shift_table.drop", arg),
    ]
    tables.say(turn, "\n".join(lines), *rows)


def confirm(turn: Turn, table_id: str) -> None:
    """确认: all of it, or nothing."""
    table = tables.waiting(turn, table_id, "shifts", over="shifts.over")
    if table is None:
        return
    meant = _read(table.found)
    if not tables.places(turn, "shifts"):
        answer(turn, turn.words("table.not_yours"))
        return
    if not _still(turn, meant):
        turn.work.sent_tables.move_on(table, "dropped")
        answer(turn, turn.words("shifts.stale"))
        return
    turn.work.sent_tables.move_on(table, "taken")
    made = take(turn, meant)
    look = button(turn.words("mine.shifts"), "shifts")
    answer(turn, turn.words("shifts.taken", count=made), look)


def drop(turn: Turn, table_id: str) -> None:
    """不导入: forgotten as if it had not come."""
    table = tables.waiting(turn, table_id, "shifts", over="shifts.over")
    if table is not None:
        turn.work.sent_tables.move_on(table, "dropped")
        answer(turn, turn.words("shifts.dropped"))


def _still(turn: Turn, meant: Iterable[Meant]) -> bool:
    """True while everybody of the table still holds what they would be on duty for."""
    people = shifts.arrangeable(turn)
    return all(
        one.person_id in people
        and one.post in shifts.posts_of(turn, people[one.person_id])
        and shifts.may_arrange(turn, *one.post)
        for one in meant
    )


def _kept(meant: Iterable[Meant]) -> str:
    rows = [
        [one.person_id, *one.post, one.first.isoformat(), one.last.isoformat()] for one in meant
    ]
    return json.dumps(rows)


def _read(kept: str) -> list[Meant]:
    return [
        Meant(
            person_id=person,
            post=(role, area),
            first=date.fromisoformat(first),
            last=date.fromisoformat(last),
        )
        for person, role, area, first, last in json.loads(kept)
    ]

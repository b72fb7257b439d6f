"""The names of the register in memory, so that a child is found as villagers speak.

Names are sealed in the database; they are opened once a process and never written elsewhere.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from handlers.catching_up import NotRead
from policy.areas import AreaTree
from policy.register.child_names.entry import ChildEntry
from policy.register.child_names.index import ChildNames
from policy.register.columns import COLUMNS
from storage.children.child import Child
from storage.work import Reading

#: Rows opened in one go.
PAGE = 1000
#: Places that are read for somebody who asks before all are: a township has two hundred.
AT_ONCE = 400
#: Another process may commit so long after the time that it wrote.
LATE = timedelta(minutes=1)
#: Whose names a child may be called by, beside the parents.
ELDERS = ("grandfather", "grandmother", "mothers_father", "mothers_mother")


@dataclass(slots=True)
class Roll:
    """All active children by name; one a process, kept current as they change.

    Nobody waits for it at a start: it is read a step at a time, and the places of whoever asks
    meanwhile at once, unless they are too many.
    """

    _names: ChildNames = field(default_factory=ChildNames, repr=False)
    #: Where each of them lives, and who lives in an area.
    _areas: dict[int, int] = field(default_factory=dict, repr=False)
    _in_area: dict[int, set[int]] = field(default_factory=dict, repr=False)
    #: Up to whom all are known, and areas of which all are known before that.
    _last: int = 0
    _covered: set[int] = field(default_factory=set, repr=False)
    #: The version of the places that these are of.
    _places: str = ""
    #: When it was looked for imports, and those that were seen then.
    _looked_at: datetime | None = None
    _settled: set[tuple[int, str]] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def step(self, reading: Reading) -> bool:
        """Take in a page of the children who came since; True once nobody is missing.

        The first walk is over all of them, and again when places were arranged anew.
        """
        with self._lock:
            return self._step(reading)

    def catch_up(self, reading: Reading, areas: Collection[int], own: Collection[int]) -> None:
        """Know the children of these areas, and one's own, as they are now; raises NotRead."""
        with self._lock:
            if self._step(reading):
                return
            missing = set(areas) - self._covered
            if len(missing) > AT_ONCE:
                raise NotRead(self.step)
            self._put_all(reading.children.in_areas(missing), reading)
            self._put_all(reading.children.some(set(own) - self._areas.keys()), reading)
            self._covered |= missing

    def _step(self, reading: Reading) -> bool:
        if self._places != (places := reading.places.version()):
            # Children may lie elsewhere, or their places are called otherwise: all anew.
            self._places, self._last = places, 0
            self._covered.clear()
        for roster in self._imports(reading):
            after = 0
            while page := reading.children.of_roster(roster, after, PAGE):
                after = page[-1].id
                self._put_all(page, reading)
        page = reading.children.page(self._last, PAGE)
        if page:
            self._last = page[-1].id
            self._put_all(page, reading)
        return len(page) < PAGE

    def _imports(self, reading: Reading) -> list[int]:
        """Imports applied or undone since: their children got their ids when they were staged."""
        since = self._looked_at - LATE if self._looked_at else reading.now
        settled = set(reading.rosters.settled_since(since))
        fresh = [roster for roster, _ in settled - self._settled]
        self._looked_at, self._settled = reading.now, settled
        return fresh

    def _put_all(self, page: Sequence[Child], reading: Reading) -> None:
        for child in page:
            self._put(child, reading.areas)

    def note(self, child: Child, tree: AreaTree) -> None:
        """A child as they are now."""
        with self._lock:
            self._put(child, tree)

    def find(self, text: str, areas: Collection[int], own: Collection[int]) -> tuple[int, ...]:
        """Who may be meant among the children of these areas and one's own, best first."""
        with self._lock:
            there = (self._in_area.get(area, set()) for area in areas)
            return self._names.search(text, set(own).union(*there))

    def _put(self, child: Child, tree: AreaTree) -> None:
        self._in_area.get(self._areas.pop(child.id, 0), set()).discard(child.id)
        if child.status == "active" and child.name:
            self._areas[child.id] = child.area_id
            self._in_area.setdefault(child.area_id, set()).add(child.id)
            self._names.add(_entry(child, tree))
        else:
            self._names.remove(child.id)


def fits(text: str, child: Child, tree: AreaTree) -> bool:
    """True for a child who is found by these words as it stands here."""
    return bool(ChildNames.build([_entry(child, tree)]).search(text, {child.id}))


def _entry(child: Child, tree: AreaTree) -> ChildEntry:
    told = child.values
    named = {row.kind: (row.name, *row.aliases) for row in tree.path(child.area_id)}
    elders = [(COLUMNS.persons[one][0], told.get(f"{one}_name", "")) for one in ELDERS]
    elders.append((told.get("guardian_relation", ""), told.get("guardian_name", "")))
    return ChildEntry(
        id=child.id,
        name=child.name,
        nicknames=tuple(filter(None, re.split(r"[\s、,，/]+", told.get("nickname", "")))),
        sex=told.get("sex", ""),
        birth=told.get("birth_date", ""),
        places=(named.get("group", ()), named.get("village", ()), named.get("town", ())),
        school=told.get("school", ""),
        grade=told.get("class", ""),
        father=told.get("father_name", ""),
        mother=told.get("mother_name", ""),
        elders=tuple((relation, name) for relation, name in elders if name),
    )

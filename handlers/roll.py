"""The names of the register in memory, so that a child is found as villagers speak.

Names are sealed in the database; they are opened once a process and never written elsewhere.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from itertools import islice
from threading import Lock

from policy.sounds import blur, is_latin, plain, readings
from storage.children import Child
from storage.work import Reading

#: Rows opened in one go.
PAGE = 1000
#: How many children are offered.
OFFERED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """One child, and all that may be said for the name."""

    id: int
    area: int
    names: tuple[str, ...] = field(repr=False)
    #: Whole pinyin and initials of the names, blurred.
    sounds: frozenset[str] = field(repr=False)


@dataclass(slots=True)
class Roll:
    """All active children by name; one a process, kept current as they are met."""

    _known: dict[int, Called] = field(default_factory=dict, repr=False)
    _last: int = 0
    _lock: Lock = field(default_factory=Lock, repr=False)

    def refresh(self, reading: Reading) -> None:
        """Take in the children who came since; the first time that is all of them."""
        with self._lock:
            while page := reading.children.page(self._last, PAGE):
                self._last = page[-1].id
                for child in page:
                    self._put(child)

    def note(self, child: Child) -> None:
        """A child as they are now."""
        with self._lock:
            self._put(child)

    def forget(self) -> None:
        """Read everything anew at the next look: an import came or went."""
        with self._lock:
            self._known.clear()
            self._last = 0

    def find(
        self, text: str, areas: Collection[int], own: Collection[int], places: Collection[int] = ()
    ) -> tuple[int, ...]:
        """Who may be meant among the children of these areas and one's own, best first.

        ``places`` are areas that were named in the same breath: children from there come first.
        """
        asked = _Asked.of(text)
        if not asked.text:
            return ()
        with self._lock:
            found = [
                (score, one.area not in places, one.id)
                for one in self._known.values()
                if (one.area in areas or one.id in own) and (score := asked.score(one))
            ]
        found.sort(key=lambda hit: (hit[1], -hit[0], hit[2]))
        best = max((score for score, *_ in found), default=0)
        near = (child for score, _, child in found if score * 2 >= best)
        return tuple(islice(near, OFFERED))

    def _put(self, child: Child) -> None:
        if child.status == "active" and child.name:
            self._known[child.id] = _called(child)
        else:
            self._known.pop(child.id, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    text: str
    latin: str
    sounds: frozenset[str]

    @classmethod
    def of(cls, text: str) -> "_Asked":
        said = plain(text)
        is_spelt = is_latin(said)
        return cls(
            text=said,
            latin=blur(said) if is_spelt else "",
            sounds=frozenset() if is_spelt else frozenset(_whole([said])),
        )

    def score(self, one: Called) -> int:
        """How well it fits; 0 for another child."""
        for name in one.names:
            if name == self.text:
                return 100
        if self.latin:
            if self.latin in one.sounds:
                return 80
            starts = len(self.latin) > 1 and any(s.startswith(self.latin) for s in one.sounds)
            return 40 if starts else 0
        for name in one.names:
            if len(self.text) > 1 and (name.endswith(self.text) or name in self.text):
                return 70
        if self.sounds & one.sounds:
            return 60
        if any(len(self.text) > 1 and self.text in name for name in one.names):
            return 50
        # 小明, 阿明, 明明: what stays of a pet name stands at the end of the whole one.
        core = _PET.sub("", self.text)
        return 30 if len(core) == 1 and any(name.endswith(core) for name in one.names) else 0


def _called(child: Child) -> Called:
    nicknames = re.split(r"[\s、,，/]+", child.values.get("nickname", ""))
    names = tuple(dict.fromkeys(filter(None, map(plain, (child.name, *nicknames)))))
    return Called(
        id=child.id,
        area=child.area_id,
        names=names,
        sounds=frozenset(_spelt(names)),
    )


def _whole(names: Iterable[str]) -> Iterable[str]:
    for name in names:
        for syllables in readings(name):
            yield blur("".join(syllables))


def _spelt(names: Iterable[str]) -> Iterable[str]:
    for name in names:
        for syllables in readings(name):
            yield blur("".join(syllables))
            yield "".join(syllable[0] for syllable in syllables)
            if len(syllables) > 2:
                yield blur("".join(syllables[1:]))


_PET = re.compile(r"^[小阿]|[儿娃仔]$")

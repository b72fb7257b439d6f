"""The area tree as choices of a form: one's own places first, then township by township."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from conversation.dialogue import Option
from policy.areas import AreaRow, AreaTree

#: What people leave out when they name a place.
KINDS = frozenset({"村", "社区", "镇", "乡", "街道"})
#: What opens when it is chosen; a village is chosen itself, its groups can be typed.
BRANCHES = frozenset({"county", "town"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The list ``areas`` of every form; its values are area ids."""

    #: Read once somebody looks: most questions are not about places.
    read: Callable[[], AreaTree]
    #: The areas of the speaker's own roles; asked only when a list is shown from its top.
    own: Callable[[], tuple[int, ...]]
    #: How a township is called among its villages.
    itself: Callable[[str], str]

    @property
    def tree(self) -> AreaTree:
        """All areas."""
        return self.read()

    def browse(self, name: str, under: str) -> Sequence[Option]:
        """One's own places and the townships; or a township's villages and itself."""
        if under:
            branch = self.tree.get(int(under))
            if branch is None or branch.kind not in BRANCHES:
                return ()
            itself = Option(value=under, label=self.itself(branch.name))
            return (*(_leaf(area) for area in self.tree.children(branch.id)), itself)
        return (*self._own(), *(_branch(area) for area in self._townships()))

    def above(self, name: str, value: str) -> str:
        """Villages lie under their township; townships at the top."""
        return ""

    def search(self, name: str, text: str) -> Sequence[Option]:
        """What the text may mean, best first; a whole name means that place alone."""
        found = self.tree.search(text)
        whole = [area for area in found if _is_called(area, text.strip())]
        return [self._full(area) for area in (whole if len(whole) == 1 else found)]

    def near(self, name: str, point: str) -> Sequence[Option]:
        """The villages around a position, the nearest first."""
        latitude, longitude = (float(part) for part in point.split()[:2])
        return [self._full(area) for area in self.tree.near(latitude, longitude)]

    def label(self, name: str, value: str) -> str | None:
        """The full name, from the township down."""
        area = self.tree.get(int(value)) if value.isascii() and value.isdigit() else None
        return self.tree.full_name(area.id) if area else None

    def _own(self) -> Sequence[Option]:
        known = [self.tree.get(area) for area in self.own()]
        return [self._full(area) for area in known if area and area.kind != "county"]

    def _townships(self) -> Sequence[AreaRow]:
        return [area for root in self.tree.roots() for area in self.tree.children(root.id)]

    def _full(self, area: AreaRow) -> Option:
        return Option(value=str(area.id), label=self.tree.full_name(area.id))


def _is_called(area: AreaRow, text: str) -> bool:
    """True for the whole name, another name, or the name without 村, 镇, 社区 ..."""
    names = (area.name, *area.aliases)
    return any(
        name == text or (name.startswith(text) and name[len(text) :] in KINDS) for name in names
    )


def _branch(area: AreaRow) -> Option:
    return Option(value=str(area.id), label=area.name, opens=True)


def _leaf(area: AreaRow) -> Option:
    return Option(value=str(area.id), label=area.name)

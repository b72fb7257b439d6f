"""Small numbers in a table that many read: hidden, with what else would give them away.

Columns come in blocks: within one, numbers add up to each other, so that a block of a place is
shown whole or not at all. Where a place is hidden, so is all below it. Of places that add up to a
shown one, never one alone is hidden, and what the hidden ones are together is no small number.
Which are hidden depends on the numbers of the whole county alone, never on who reads: what one
page hides, no other shows.
"""

from collections.abc import Iterable, Mapping, Sequence

#: A number below this, and above nothing, may mean somebody.
SMALL = 5
Counts = Mapping[str, int]


def hidden(
    root: int,
    below: Mapping[int, Sequence[int]],
    counts: Mapping[int, Counts],
    all_key: str,
    blocks: Iterable[Sequence[str]],
    forced: frozenset[int] = frozenset(),
) -> dict[int, frozenset[str]]:
    """The columns that are not shown, by place; places that show all are not in it.

    ``forced`` are places that are hidden for another reason.
    """
    unnamed = _Block((all_key,), below, counts).hide(root, forced)
    found: dict[int, set[str]] = {place: {all_key} for place in unnamed}
    for keys in blocks:
        # A block adds up to everybody.
        for place in _Block(keys, below, counts).hide(root, unnamed):
            found.setdefault(place, set()).update(keys)
    return {place: frozenset(keys) for place, keys in found.items()}


class _Block:
    def __init__(
        self, keys: Sequence[str], below: Mapping[int, Sequence[int]], counts: Mapping[int, Counts]
    ) -> None:
        self._keys = keys
        self._below = below
        self._numbers = {
            place: [of_place.get(key, 0) for key in keys] for place, of_place in counts.items()
        }

    def hide(self, root: int, forced: frozenset[int]) -> frozenset[int]:
        """The places where the block is hidden."""
        found: set[int] = set()
        if root in forced or self._tells([root]):
            return frozenset(self._all_below(root))
        open_places = [root]
        for place in open_places:
            hidden = self._together(self._below.get(place, ()), forced)
            for one in self._below.get(place, ()):
                if one in hidden:
                    found.update(self._all_below(one))
                else:
                    open_places.append(one)
        return frozenset(found)

    def _together(self, places: Sequence[int], forced: frozenset[int]) -> set[int]:
        """Which of these places are hidden, while what they add up to is shown."""
        hidden = {one for one in places if one in forced or self._tells([one])}
        rest = sorted((one for one in places if one not in hidden), key=self._size)
        for one in rest:
            if not hidden or self._is_safe(hidden):
                break
            if self._size(one)[0]:
                hidden.add(one)
        return hidden

    def _is_safe(self, hidden: set[int]) -> bool:
        filled = [one for one in hidden if self._size(one)[0]]
        return len(filled) != 1 and not self._tells(hidden)

    def _tells(self, places: Iterable[int]) -> bool:
        """True when some number of these places together is small."""
        sums = (sum(column) for column in zip(*(self._numbers[p] for p in places), strict=True))
        return any(0 < number < SMALL for number in sums)

    def _size(self, place: int) -> tuple[int, int]:
        return sum(self._numbers[place]), place

    def _all_below(self, place: int) -> list[int]:
        found = [place]
        for one in found:
            found.extend(self._below.get(one, ()))
        return found

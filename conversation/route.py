"""The order in which the places of a filled-in form come, with its repeats as they are now."""

from collections.abc import Iterator, Sequence

from conversation.filled import Filled
from conversation.items import Question, Section
from conversation.paths import index_of, parent

#: After every instance of a repeat.
LAST = float("inf")


class Route:
    """Ways through one filled-in form, section by section; what does not count is passed by.

    A repeat that a person may lengthen is a place itself, after its instances: there the person
    is asked for one more.
    """

    def __init__(self, filled: Filled) -> None:
        self._filled = filled
        self._form = filled.form

    def everything(self) -> Iterator[str]:
        """Every place from the first to the last."""
        return self._inside(self._form.root, self._form.root.path)

    def onward(self, after: str) -> Iterator[str]:
        """Every place after this one, in the order of the form; all of them after the root."""
        if after == self._form.root.path:
            yield from self.everything()
            return
        item = self._form.items[after]
        if after.endswith("]") and isinstance(item, Section):
            yield from self._parts(item.parts, after)
        yield from self._climb(after)

    def backward(self, path: str) -> Iterator[str]:
        """Every place before this one, nearest first, with the sections that begin there."""
        while path != self._form.root.path:
            if path.endswith("]"):
                repeat = self._form.items[path]
                assert isinstance(repeat, Section)
                base, nth = without_last_index(path), index_of(path)
                if repeat.asks_for_more and nth == 1:
                    return  # the question whether there is any stands before it
                for earlier in range(nth - 1, 0, -1):
                    yield from reversed(list(self._parts(repeat.parts, f"{base}[{earlier}]")))
                path = base
            around = self._form.around[path]
            seat = self._form.seats[path]
            path = parent(path)
            for part in reversed(around.parts[:seat]):
                yield from reversed(list(self._parts([part], path)))
            yield path

    def order(self, path: str) -> tuple[float, ...]:
        """Where a place stands among all places."""
        places = self._form.places
        if "[" not in path:
            return (places[path], LAST) if self._form.repeats(path) else (places[path],)
        order: list[float] = []
        plain = ""
        for part in path.split("/")[1:]:
            name, _, nth = part.partition("[")
            plain = f"{plain}/{name}"
            if nth:
                order += [places[plain], float(nth[:-1])]
        order.append(places[plain])
        return (*order, LAST) if self._form.repeats(plain) else tuple(order)

    def _climb(self, path: str) -> Iterator[str]:
        while path != self._form.root.path:
            if path.endswith("]"):
                repeat = self._form.items[path]
                assert isinstance(repeat, Section)
                path, nth = without_last_index(path), index_of(path)
                yield from self._instances(repeat, path, nth + 1)
            around = self._form.around[path]
            seat = self._form.seats[path]
            path = parent(path)
            yield from self._parts(around.parts[seat + 1 :], path)

    def _inside(self, section: Section, base: str) -> Iterator[str]:
        if section.repeat:
            yield from self._instances(section, base, 1)
        else:
            yield from self._parts(section.parts, base)

    def _instances(self, repeat: Section, base: str, first: int) -> Iterator[str]:
        nth = first
        while nth <= self._filled.instances(base):
            yield from self._parts(repeat.parts, f"{base}[{nth}]")
            nth += 1
        if repeat.asks_for_more:
            yield base

    def _parts(self, parts: Sequence[Question | Section], base: str) -> Iterator[str]:
        for part in parts:
            path = f"{base}/{part.name}"
            if isinstance(part, Question):
                yield path
            elif self._filled.counts(path):
                yield from self._inside(part, path)


def instance_around(path: str) -> str:
    """The innermost instance of a repeat that a path lies in ("" for none)."""
    end = path.rfind("]/")
    return path[: end + 1] if end >= 0 else ""


def without_last_index(path: str) -> str:
    """The repeat that an instance belongs to."""
    return path[: path.rindex("[")]

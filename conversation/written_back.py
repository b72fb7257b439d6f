"""A published form, written back as the sheets from which it could have come.

What was published at the desk or in the chat has no file any more: this makes one that an office
opens, changes and publishes again, to the same version while nothing is changed.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from graphlib import TopologicalSorter
from itertools import pairwise
from typing import TypeAlias

from conversation.faults import column_name, wording
from conversation.form import Form
from conversation.items import SILENT, Choice, Item, Label, Question
from conversation.sheets import Grid

Cells: TypeAlias = dict[str, str]

#: What needs no words; anything else without words was a picture alone, which is not shown.
_UNSEEN = SILENT - {"note"}

#: What pyxform makes of a ${name}: its path, with a blank before and behind.
_PATH = re.compile(r" (?:current\(\)/)?((?:\.\./)+|/)([\w.\-]+(?:/[\w.\-]+)*) ")


def written_back(form: Form) -> dict[str, Grid]:
    """The sheets of a form by their titles, with Chinese names."""
    return _Writer(form).grids()


class _Writer:
    def __init__(self, form: Form) -> None:
        self._form = form
        names = Counter(path.rpartition("/")[2] for path in form.items)
        #: Items whose name says which they are.
        self._alone = {path for path in form.items if names[path.rpartition("/")[2]] == 1}

    def grids(self) -> dict[str, Grid]:
        form = self._form
        survey = [row for part in form.root.parts for row in self._rows(part)]
        choices = [self._choice(name, one) for name, some in form.lists.items() for one in some]
        sheets = {"survey": survey, "choices": choices, "settings": [self._settings()]}
        titles = wording("names")
        return {str(titles[name]): _grid(name, rows) for name, rows in sheets.items() if rows}

    def _settings(self) -> Cells:
        root = self._form.root.path.removeprefix("/")
        twice = any(
            len({one.value for one in some}) < len(some) for some in self._form.lists.values()
        )
        return {
            "form_title": self._form.title,
            "form_id": self._form.name,
            **({"name": root} if root != "data" else {}),
            **({"allow_choice_duplicates": "yes"} if twice else {}),
        }

    # -- rows -----------------------------------------------------------------------------------

    def _rows(self, item: Item) -> Iterator[Cells]:
        if isinstance(item, Question):
            yield self._question(item)
            return
        kind = "repeat" if item.repeat else "group"
        yield {
            "type": _type(f"begin_{kind}"),
            "name": item.name,
            "label": self._words(item, item.label),
            "relevant": self._expression(item, item.relevant),
            "repeat_count": self._expression(item, item.count),
        }
        for part in item.parts:
            yield from self._rows(part)
        yield {"type": _type(f"end_{kind}")}

    def _question(self, one: Question) -> Cells:
        required = one.required
        return {
            "type": _type_of(one),
            "name": one.name,
            "label": self._words(one, one.label),
            "hint": self._words(one, one.hint),
            "required": "yes" if required == "true()" else self._expression(one, required),
            "required_message": self._words(one, one.required_says),
            "relevant": self._expression(one, one.relevant),
            "constraint": self._expression(one, one.constraint),
            "constraint_message": self._words(one, one.constraint_says),
            "calculation": self._expression(one, one.calculate),
            "default": one.default or self._expression(one, one.default_by),
            "appearance": one.appearance,
            "choice_filter": self._expression(one, _filter(one.rows)),
            "bind::words": one.words.rpartition("/")[2],
            "bind::position": one.position.rpartition("/")[2],
            **{f"bind::{name}": self._named(one, value) for name, value in one.extras.items()},
            "media::image": "" if one.label or one.hint or one.kind in _UNSEEN else "-",
        }

    def _choice(self, name: str, one: Choice) -> Cells:
        return {
            "list_name": name,
            "name": one.value,
            "label": self._words(self._form.root, one.label),
            **one.more,
        }

    # -- what stands in a cell ------------------------------------------------------------------

    def _words(self, item: Item, label: Label) -> str:
        return "".join(
            self._expression(item, part) if place % 2 else part for place, part in enumerate(label)
        )

    def _expression(self, item: Item, source: str) -> str:
        return self._named(item, f" {source} ").strip()

    def _named(self, item: Item, source: str) -> str:
        def name(found: re.Match[str]) -> str:
            path = self._absolute(item.path, found[1], found[2])
            return f"${{{path.rpartition('/')[2]}}}" if path in self._alone else found[0]

        return _PATH.sub(name, source)

    def _absolute(self, here: str, up: str, below: str) -> str:
        if up == "/":
            return f"/{below}"
        around = here.split("/")[: -up.count("../")]
        return "/".join([*around, below])


def _grid(sheet: str, rows: Sequence[Mapping[str, str]]) -> Grid:
    """A line of headings, then a line a row; columns in which nothing stands are left out."""
    columns = [column for column in _columns(rows) if any(row.get(column) for row in rows)]
    return [
        [column_name(sheet, column) for column in columns],
        *([row.get(column, "") for column in columns] for row in rows),
    ]


def _columns(rows: Sequence[Mapping[str, str]]) -> tuple[str, ...]:
    """Every column once, in an order in which each row has its own."""
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for row in rows:
        for left, right in pairwise(row):
            sorter.add(right, left)
    return tuple(sorter.static_order()) or tuple(rows[0])


def _type(name: str) -> str:
    """What the office calls a type."""
    return str(wording("types")[name][0])


def _type_of(one: Question) -> str:
    if one.list and one.outside:
        return f"{_type(f'{one.kind}_from_file')} {one.list}.csv"
    return f"{_type(one.kind)} {one.list}" if one.list else _type(one.kind)


def _filter(rows: str) -> str:
    found = re.fullmatch(r"instance\('[^']+'\)/root/item\[(.*)\]", rows, re.DOTALL)
    return found[1].strip() if found else ""

"""The files of the rules as they are read, and what was found wrong so far."""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from policy.durations import parse_duration, parse_span
from policy.faults import PolicyFault
from policy.seasons import parse_year_day
from policy.toml_faults import broken_line

#: Read from the default folder, and from "policy" in the county's.
TABLES = (
    "absence",
    "asides",
    "assessment",
    "burden",
    "calendar",
    "circumstances",
    "danger",
    "duties",
    "extraction",
    "figures",
    "grading",
    "hotlines",
    "lifecycle",
    "limits",
    "papers",
    "providers",
    "reminders",
    "retention",
    "rhythm",
    "rights",
    "roles",
    "routing",
    "seasons",
    "signals",
    "speech",
    "summary",
    "timing",
)
#: In these a county adds entries of its own right at the top; others have the parts that ours has.
_OPEN = frozenset({"hotlines", "roles"})
Made = TypeVar("Made")


class Reading:
    """The files as they are read, and what was found wrong so far."""

    def __init__(
        self, default: Path, county: Path | None, words: Mapping[str, str], asked: str = ""
    ):
        """``asked`` is the table of ``words`` that is not in force yet, and is checked whole."""
        self.faults: list[PolicyFault] = []
        self._words, self._asked = words, asked
        self._files: dict[str, str] = {}
        self._changed: set[str] = set()
        self._data = {name: self._merged(name, default, county) for name in TABLES}
        self._look_for_strangers(county)

    def is_ours(self, name: str) -> bool:
        """True where the county changed nothing in a table."""
        return name not in self._changed

    def table(self, name: str, *path: str) -> Mapping[str, Any]:
        """A part of a table; empty, with a fault, when it is no table."""
        data: Any = self._data[name]
        for key in path:
            data = data.get(key, {})
        if isinstance(data, Mapping):
            return data
        self.fault("wanted-table", name, *path)
        return {}

    def make(self, wanted: type[Made], name: str, data: object, *path: str) -> Made | None:
        """A value of a table as its type; None, with a fault for each thing wrong."""
        if is_dataclass(wanted) and isinstance(data, Mapping):
            known = [one.name for one in fields(wanted)]
            for key in set(data) - set(known):
                self.fault("unknown-key", name, *path, key, known="、".join(known))
        try:
            return _adapter(wanted).validate_python(data)
        except ValidationError as error:
            self._explain(error, name, path)
            return None

    def each(self, wanted: type[Made], name: str, *path: str) -> dict[str, Made]:
        """Every entry of a table as its type."""
        made = {
            key: self.make(wanted, name, value, *path, key)
            for key, value in self.table(name, *path).items()
        }
        return {key: value for key, value in made.items() if value is not None}

    def one(
        self,
        wanted: type[Made],
        parsers: Mapping[str, Callable[[str], object]],
        name: str,
        *path: str,
    ) -> Made | None:
        """A part of a table, with the texts of some of its values read first."""
        told = dict(self.table(name, *path))
        found = {
            key: self.parsed(parse, told, name, *path, key)
            for key, parse in parsers.items()
            if key in told
        }
        if None in found.values():
            return None
        return self.make(wanted, name, told | found, *path)

    def each_parsed(
        self,
        wanted: type[Made],
        parsers: Mapping[str, Callable[[str], object]],
        name: str,
        *path: str,
    ) -> dict[str, Made]:
        """Every entry of a table as its type."""
        made = {
            key: self.one(wanted, parsers, name, *path, key) for key in self.table(name, *path)
        }
        return {key: value for key, value in made.items() if value is not None}

    def parsed(
        self,
        parse: Callable[[str], Made],
        told: Mapping[str, Any],
        name: str,
        *path: str,
    ) -> Made | None:
        """What the last part of a path says; None, with a fault, when it cannot be read."""
        said = told.get(path[-1])
        try:
            return parse(said if isinstance(said, str) else "")
        except ValueError:
            self.fault(_PARSE_CODES[parse], name, *path, found=str(said)[:20])
            return None

    def duration(self, said: str, name: str, *path: str) -> timedelta | None:
        """A span of hours or days; None, with a fault, when it is none."""
        try:
            return parse_duration(said)
        except ValueError:
            self.fault("wanted-duration", name, *path, found=said)
            return None

    def fault(self, code: str, name: str, *path: str, **values: object) -> None:
        """Note one thing that is wrong."""
        self.faults.append(
            PolicyFault(code=code, file=self._files[name], key=".".join(path), values=values)
        )

    def names(
        self, code: str, found: Iterable[str], known: Iterable[str], name: str, *path: str
    ) -> None:
        """Every name must be known; the others are faults."""
        known = tuple(known)
        for one in found:
            if one not in known:
                self.fault(code, name, *path, found=one, known="、".join(known))

    def _merged(self, name: str, default: Path, county: Path | None) -> Mapping[str, Any]:
        file = default / f"{name}.toml"
        self._files[name] = f"policy/{name}.toml"
        data = self._read(file, name)
        own = county / f"{name}.toml" if county else None
        if name in self._words:
            self._changed.add(name)
            own_words = self._loaded(self._words[name], name)
            data = self._laid_over(data, own_words, name)
        elif own is not None and own.is_file():
            self._files[name] = f"{own.parent.parent.name}/policy/{name}.toml"
            self._changed.add(name)
            data = self._laid_over(data, self._read(own, name), name)
        return _without_what_is_off(data)

    def _laid_over(
        self, ours: Mapping[str, Any], own: Mapping[str, Any], name: str
    ) -> Mapping[str, Any]:
        """A county's words over ours; one that is written wrongly would change nothing, unseen.

        What is in force since the desk took it stays in force.
        """
        told = self._up_to_date(own, name)
        if name not in _OPEN and (name == self._asked or name not in self._words):
            for key in sorted(set(told) - set(ours)):
                self.fault("unknown-key", name, key, known="、".join(ours))
        return _laid_over(ours, told)

    def _up_to_date(self, own: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        """A county's words by the names that are used now; both names at once are a fault."""
        for old, new in _RENAMED.get(name, {}).items():
            taken, left = _taken_out(own, old.split("."))
            if taken is None:
                continue
            if _taken_out(own, new.split("."))[0] is not None:
                self.fault("renamed", name, old, found=new)
            own = _laid_over(_nested(new.split("."), taken), left)
        return own

    def _read(self, file: Path, name: str) -> Mapping[str, Any]:
        try:
            return self._loaded(file.read_text("utf-8-sig"), name)
        except (OSError, UnicodeDecodeError):
            self.fault("unreadable", name)
            return {}

    def _loaded(self, text: str, name: str) -> Mapping[str, Any]:
        try:
            return _parsed(text)
        except tomllib.TOMLDecodeError as error:
            if line := broken_line(error):
                self.fault("not-toml", name, line=line)
            else:
                self.fault("unfinished", name)
        return {}

    def _look_for_strangers(self, county: Path | None) -> None:
        if county is None or not county.is_dir():
            return
        for file in sorted(county.glob("*.toml.txt")):
            self._files[file.name] = f"{county.parent.name}/policy/{file.name}"
            self.fault("text-file", file.name)
        for file in sorted(county.glob("*.toml")):
            if file.stem not in TABLES:
                self._files[file.stem] = f"{county.parent.name}/policy/{file.name}"
                self.fault("unknown-file", file.stem, known="、".join(f"{t}.toml" for t in TABLES))

    def _explain(self, error: ValidationError, name: str, path: Sequence[str]) -> None:
        explained: dict[tuple[str, ...], Any] = {}
        for one in error.errors():
            # A choice of types reports each try below the place; the first tells enough.
            place = tuple(str(part) for part in one["loc"] if re.fullmatch(r"[\w.]+", str(part)))
            explained.setdefault(place if one["type"] == "missing" else place[:2], one)
        for place, one in explained.items():
            self.fault(
                _CODES.get(one["type"], "wanted-other"),
                name,
                *path,
                *place,
                found=str(one["input"])[:20],
                known="、".join(re.findall(r"'([^']*)'", str(one.get("ctx", {}).get("expected")))),
            )


@lru_cache(maxsize=64)
def _parsed(text: str) -> Mapping[str, Any]:
    """A table as TOML has it, kept: at a change of one table all others are as they were."""
    return tomllib.loads(text)


def forget() -> None:
    """Keep no table as TOML has it until one is read again: hardly a day sees a change."""
    _parsed.cache_clear()


def _adapter(wanted: type[Made]) -> TypeAdapter[Made]:
    if wanted not in _ADAPTERS:
        _ADAPTERS[wanted] = TypeAdapter(wanted)
    return _ADAPTERS[wanted]


#: Making one takes longer than using it.
_ADAPTERS: dict[object, TypeAdapter[Any]] = {}

#: pydantic's kinds of error, as ours.
_CODES = {
    "missing": "missing",
    "literal_error": "wanted-one-of",
    "string_type": "wanted-text",
    "tuple_type": "wanted-list",
    "dict_type": "wanted-table",
    "mapping_type": "wanted-table",
    "dataclass_type": "wanted-table",
    "int_type": "wanted-number",
    "int_parsing": "wanted-number",
    "int_from_float": "wanted-number",
    "bool_type": "wanted-flag",
    "bool_parsing": "wanted-flag",
    "date_type": "wanted-date",
    "date_from_datetime_parsing": "wanted-date",
    "time_type": "wanted-time",
    "time_parsing": "wanted-time",
    "value_error": "wanted-span",
}


def whole_days(text: str) -> timedelta:
    """A duration of whole days."""
    span = parse_duration(text)
    if span % timedelta(days=1):
        raise ValueError(text)
    return span


#: Which parser a fault is about.
_PARSE_CODES: Mapping[Callable[[str], object], str] = {
    whole_days: "wanted-days",
    parse_span: "wanted-span",
    parse_year_day: "wanted-year-day",
}


def _laid_over(ours: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The county's words over ours, key by key; a list takes the place of the whole list."""
    merged = dict(ours)
    for key, value in own.items():
        before = merged.get(key)
        both = isinstance(before, Mapping) and isinstance(value, Mapping)
        merged[key] = _laid_over(before, value) if both and before is not None else value
    return merged


def _taken_out(own: Mapping[str, Any], path: Sequence[str]) -> tuple[Any, Mapping[str, Any]]:
    """What stands at a place, None for nothing, and the table without it."""
    first, *deeper = path
    if first not in own or (deeper and not isinstance(own[first], Mapping)):
        return None, own
    if not deeper:
        return own[first], {key: value for key, value in own.items() if key != first}
    taken, left = _taken_out(own[first], deeper)
    return taken, {**own, first: left}


def _nested(path: Sequence[str], value: Any) -> Any:
    nested = value
    for key in reversed(path):
        nested = {key: nested}
    return nested


def _without_what_is_off(data: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for key, value in data.items():
        if isinstance(value, Mapping):
            if value.get("off") is not True:
                kept[key] = _without_what_is_off(value)
        elif not (key == "off" and value is False):
            kept[key] = value
    return kept


_RENAMED: Mapping[str, Mapping[str, str]] = tomllib.loads(
    Path(__file__).with_name("renamed.toml").read_text("utf-8")
)

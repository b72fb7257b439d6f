"""The official table of left-behind children: what each child counts as, and what must add up.

Each group of columns asks one thing of a child, so that a child falls into just one of them: the
printed relations hold because of how the table is made, and are checked all the same.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import Literal, TypeAlias

from policy.register.columns import UNKNOWN

#: Whoever is younger than this counts: 口径.
Caliber: TypeAlias = Literal[16, 18]
CALIBERS: tuple[Caliber, ...] = (16, 18)
#: The key of the column that counts everybody, and of the group that asks for age and sex.
ALL, AGE = "1", "age"
#: What rules may ask beside the columns of the register.
KIN = "kin"
#: Each band's first age and the first one after it.
BANDS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {"0-5": (0, 6), "6-13": (6, 14), "14-15": (14, 16), "16-17": (16, 18)}
)
SEXES = ("male", "female", UNKNOWN)
Counts: TypeAlias = Mapping[str, int]
#: For each group but that of age, in their order: what a child counts as there.
Codes: TypeAlias = tuple[tuple[str, ...], ...]
#: From column to the words that one of them must be.
When: TypeAlias = Mapping[str, tuple[str, ...]]
_BETWEEN = re.compile(r"[、,，/;；\s]+|和|及")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a child counts as when all conditions hold."""

    code: str
    when: When


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryColumn:
    """A column of the table."""

    #: The printed number, or a name of ours.
    key: str
    name: str
    codes: tuple[str, ...]
    #: It stands above others that hold the same children.
    sums: bool = False
    #: 18: it is there only where children under eighteen are counted.
    caliber: Caliber = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryGroup:
    """Columns that ask one thing of a child."""

    name: str
    columns: tuple[SummaryColumn, ...]
    by: str = ""
    rules: tuple[Rule, ...] = ()
    several: bool = False

    def codes_of(self, values: Mapping[str, str]) -> tuple[str, ...]:
        """What a child counts as; just one code unless the group allows several."""
        if self.rules:
            found = (rule.code for rule in self.rules if fits(rule.when, values))
            return (next(found, UNKNOWN),)
        known = {code for column in self.columns for code in column.codes}
        codes = tuple(code for code in values.get(self.by, "").split() if code in known)
        return (codes if self.several else codes[:1]) or (UNKNOWN,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Who stands in the table: one of the lines holds."""

    lines: tuple[When, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kin:
    """Words for who has the child."""

    grandparents: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()

    def of(self, relation: str) -> str:
        """grandparents, others, or "" for parents and for what is not known."""
        words = {word for word in _BETWEEN.split(relation) if word} - set(self.parents)
        if not words or words == {UNKNOWN}:
            return ""
        return "grandparents" if words & set(self.grandparents) else "others"


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What a child counts as, whatever the day; no name."""

    #: As far as it is known: 2016-09-01, 2016-09, 2016 or "".
    born: str = field(repr=False)
    sex: str
    codes: Codes


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A relation and the numbers that it compares."""

    relation: str
    left: int
    right: int

    @property
    def holds(self) -> bool:
        """True when both sides are the same."""
        return self.left == self.right


@dataclass(frozen=True, kw_only=True)
class SummaryTable:
    """The table as summary.toml describes it."""

    who: Who = field(default_factory=Who)
    kin: Kin = field(default_factory=Kin)
    groups: Mapping[str, SummaryGroup] = field(default_factory=lambda: MappingProxyType({}))
    relations: tuple[str, ...] = ()

    def codes(self, values: Mapping[str, str]) -> Codes | None:
        """What a child with this record counts as; None for who is not left behind."""
        if not any(fits(line, values) for line in self.who.lines):
            return None
        told = {**values, KIN: self.kin.of(values.get("guardian_relation", ""))}
        return tuple(group.codes_of(told) for key, group in self.groups.items() if key != AGE)

    def traits(self, values: Mapping[str, str]) -> Traits | None:
        """The same with age and sex."""
        codes = self.codes(values)
        return None if codes is None else traits_of(values, codes)

    def columns(self, caliber: Caliber) -> tuple[SummaryColumn, ...]:
        """The columns in their order, after that of everybody."""
        return tuple(
            column
            for group in self.groups.values()
            for column in group.columns
            if column.caliber <= caliber
        )

    @cached_property
    def asks(self) -> tuple[str, ...]:
        """The columns of the register on which the codes depend."""
        whens = [*self.who.lines, *(rule.when for g in self.groups.values() for rule in g.rules)]
        asked = [key for when in whens for key in when if key != KIN]
        by = [group.by for group in self.groups.values() if group.by not in ("", AGE)]
        return tuple(dict.fromkeys(["guardian_relation", *asked, *by]))

    @cached_property
    def _above(self) -> Mapping[tuple[str, str], tuple[str, ...]]:
        """From what a child counts as in a group to the columns that count them."""
        found: dict[tuple[str, str], tuple[str, ...]] = {}
        for name, group in self.groups.items():
            for column in group.columns:
                for code in column.codes:
                    found[name, code] = (*found.get((name, code), ()), column.key)
        return found

    @cached_property
    def _others(self) -> tuple[str, ...]:
        return tuple(name for name in self.groups if name != AGE)

    def keys(self, caliber: Caliber) -> tuple[str, ...]:
        """The keys of all columns, everybody's first."""
        return (ALL, *(column.key for column in self.columns(caliber)))

    def by_age(self, band: str, sex: str) -> tuple[str, ...]:
        """The columns of age and sex that count a child."""
        return self._above.get((AGE, f"{band}.{sex}"), ())

    def by_codes(self, codes: Codes) -> frozenset[str]:
        """The other columns that count a child, each once however many codes lead there."""
        return frozenset(
            key
            for name, of_child in zip(self._others, codes, strict=True)
            for code in of_child
            for key in self._above.get((name, code), ())
        )

    def counted(self, children: Iterable[Traits], day: date, caliber: Caliber) -> Counter[str]:
        """How many of these children fall into each column on a day."""
        ages: Counter[tuple[str, str]] = Counter()
        alike: Counter[Codes] = Counter()
        bands: dict[str, str | None] = {}
        for one in children:
            if one.born not in bands:
                bands[one.born] = band_of(one.born, day, caliber)
            if (band := bands[one.born]) is not None:
                ages[band, one.sex] += 1
                alike[one.codes] += 1
        counts: Counter[str] = Counter({ALL: ages.total()})
        for (band, sex), count in ages.items():
            for key in self.by_age(band, sex):
                counts[key] += count
        for codes, count in alike.items():
            for key in self.by_codes(codes):
                counts[key] += count
        return counts

    def blocks(self, caliber: Caliber) -> tuple[tuple[str, ...], ...]:
        """Columns that tell of each other: those of a group, and of groups that relations tie."""
        there = frozenset(self.keys(caliber))
        return tuple(
            tuple(
                column.key
                for name in names
                for column in self.groups[name].columns
                if column.key in there
            )
            for names in self._linked()
        )

    def _linked(self) -> Iterator[tuple[str, ...]]:
        of_column = {c.key: name for name, group in self.groups.items() for c in group.columns}
        tied = {name: {name} for name in self.groups}
        for relation in self.relations:
            both = {of_column[key] for side in terms(relation) for key in side if key in of_column}
            joined = set().union(*(tied[name] for name in both))
            for name in joined:
                tied[name] = joined
        seen: set[str] = set()
        for name in self.groups:
            if name not in seen:
                seen |= tied[name]
                yield tuple(one for one in self.groups if one in tied[name])

    def checks(self, counts: Counts, caliber: Caliber) -> tuple[Check, ...]:
        """Every printed relation with both sides, of the columns that this caliber has."""
        there = frozenset(self.keys(caliber))
        found = (_check(relation, counts, there) for relation in self.relations)
        return tuple(one for one in found if one is not None)


def traits_of(values: Mapping[str, str], codes: Codes) -> Traits:
    """What a child with this record and these codes counts as, whatever the day."""
    sex = values.get("sex", "")
    return Traits(
        born=values.get("birth_date", ""), sex=sex if sex in SEXES else UNKNOWN, codes=codes
    )


def fits(when: When, values: Mapping[str, str]) -> bool:
    """True when each column holds one of its words; "" is what nobody knows."""
    return all(_holds(values.get(key, ""), words) for key, words in when.items())


def _holds(value: str, words: tuple[str, ...]) -> bool:
    return any(code in words for code in value.split()) if value else "" in words


def terms(relation: str) -> tuple[list[str], list[str]]:
    """The columns on both sides: 13 + 14 = 24 + 25."""
    left, _, right = relation.partition("=")
    return [one.strip() for one in left.split("+")], [one.strip() for one in right.split("+")]


def band_of(born: str, day: date, caliber: Caliber) -> str | None:
    """In which band somebody is on a day; unknown, where that depends on what is not known.

    None for who is certainly too old, or not born by then.
    """
    first, last = _span(born)
    if first is None or last is None:
        return UNKNOWN
    if first > day:
        return None
    youngest, oldest = _age(min(last, day), day), _age(first, day)
    if youngest >= caliber:
        return None
    bands = {_band(youngest), _band(min(oldest, caliber - 1) if oldest < caliber else oldest)}
    return bands.pop() if len(bands) == 1 else UNKNOWN


def bands() -> tuple[str, ...]:
    """All bands, and that of whom the age is not known."""
    return (*BANDS, UNKNOWN)


def percent(part: int, whole: int) -> str:
    """占总统计量: of a hundred, with two decimals; - where there is nothing to compare with."""
    return f"{part * 100 / whole:.2f}" if whole else "-"


def _check(relation: str, counts: Counts, there: frozenset[str]) -> Check | None:
    left, right = ([key for key in side if key in there] for side in terms(relation))
    if not left or not right:
        return None
    return Check(
        relation=f"{'+'.join(left)}={'+'.join(right)}",
        left=sum(counts.get(key, 0) for key in left),
        right=sum(counts.get(key, 0) for key in right),
    )


def _band(age: int) -> str:
    return next((name for name, (low, high) in BANDS.items() if low <= age < high), UNKNOWN)


def _age(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _span(born: str) -> tuple[date | None, date | None]:
    """The first and the last day that a birthday may be."""
    try:
        year, month, day = ([int(part) for part in born.split("-")] + [0, 0])[:3]
        if day:
            return (one := date(year, month, day)), one
        if month:
            return date(year, month, 1), _last_of(year, month)
        return date(year, 1, 1), date(year, 12, 31)
    except ValueError:
        return None, None


def _last_of(year: int, month: int) -> date:
    after = date(year + month // 12, month % 12 + 1, 1)
    return date.fromordinal(after.toordinal() - 1)

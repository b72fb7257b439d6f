"""What is counted, and how the official table is made up."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from policy.figures import Figure, FigureTable
from policy.register.columns import COLUMNS, UNKNOWN
from policy.summary import AGE, ALL, KIN, SEXES, Kin, SummaryGroup, SummaryTable, Who, bands, terms
from policy.tables.reading import Reading

#: The numbers of figures.toml beside the figures.
USUAL = {"days": 30, "fresh_days": 92, "outcome_late_days": 7, "alarm_minutes": 30}


def read_figures(reading: Reading) -> FigureTable:
    """What is counted, with one definition each."""
    figures = reading.each(Figure, "figures", "figure")
    for key, one in figures.items():
        if one.shares:
            reading.names("unknown-figure", [one.shares], figures, "figures", "figure", key)
    told = reading.table("figures")
    numbers = {
        key: max(reading.make(int, "figures", told.get(key, usual), key) or 1, 1)
        for key, usual in USUAL.items()
    }
    return FigureTable(
        period=timedelta(days=numbers["days"]),
        fresh=timedelta(days=numbers["fresh_days"]),
        outcome_late=timedelta(days=numbers["outcome_late_days"]),
        alarm=timedelta(minutes=numbers["alarm_minutes"]),
        figures=figures,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Printed:
    relations: tuple[str, ...] = ()


def read_summary(reading: Reading) -> SummaryTable:
    """How the official table is made up, and what must add up in it."""
    who = reading.make(Who, "summary", reading.table("summary", "who"), "who") or Who()
    groups = reading.each(SummaryGroup, "summary", "group")
    if AGE not in groups:
        reading.fault("missing", "summary", "group", AGE)
    for line in who.lines:
        _check_when(reading, line, "who")
    for key, group in groups.items():
        _check_group(reading, key, group)
    named = [column.key for group in groups.values() for column in group.columns]
    for key in sorted({key for key in named if named.count(key) > 1}):
        reading.fault("twice", "summary", "group", found=key)
    printed = reading.make(_Printed, "summary", reading.table("summary", "printed"), "printed")
    relations = printed.relations if printed else ()
    for relation in relations:
        both = [key for side in terms(relation) for key in side]
        reading.names("unknown-figure", both, [ALL, *named], "summary", "printed", "relations")
    kin = reading.make(Kin, "summary", reading.table("summary", "kin"), "kin") or Kin()
    return SummaryTable(who=who, kin=kin, groups=groups, relations=relations)


def _check_group(reading: Reading, key: str, group: SummaryGroup) -> None:
    path = ("group", key)
    for rule in group.rules:
        _check_when(reading, rule.when, *path, "rules")
    found = [code for column in group.columns for code in column.codes]
    if key == AGE:
        known = [f"{band}.{sex}" for band in bands() for sex in SEXES]
    elif group.rules:
        known = [*(rule.code for rule in group.rules), UNKNOWN]
    elif group.by in COLUMNS.table:
        known = [*COLUMNS.codes.get(COLUMNS[group.by].codes, {}), UNKNOWN]
    else:
        reading.names("unknown-column", [group.by], COLUMNS.table, "summary", *path, "by")
        return
    reading.names("unknown-code", found, known, "summary", *path, "columns")
    # Whoever falls into no column would be missing from the sum.
    for code in known:
        if code not in found:
            reading.fault("nowhere", "summary", *path, "columns", found=code)


def _check_when(reading: Reading, when: Mapping[str, tuple[str, ...]], *path: str) -> None:
    reading.names("unknown-column", when, [*COLUMNS.table, KIN], "summary", *path)
    for key, words in when.items():
        column = COLUMNS.table.get(key)
        if column is not None:
            codes = ("", *COLUMNS.codes.get(column.codes, {}))
            reading.names("unknown-code", words, codes, "summary", *path)

"""The office itself: who may see what, its hours, its numbers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta

from policy.calendar import Calendar, Holiday
from policy.hotlines import FIRST, Hotline
from policy.providers import Kind as ServiceKind
from policy.providers import Provider, Providers
from policy.register.columns import COLUMNS
from policy.retention import KINDS, WITHIN, Kept, Kind
from policy.rights import (
    EVERYBODY,
    FILE_KINDS,
    GROUPS,
    RELATIONS,
    ChildRight,
    FileRight,
    ReportRight,
    Rights,
)
from policy.roles import Role
from policy.tables.reading import Reading


def read_rights(reading: Reading, roles: Mapping[str, Role]) -> Rights:
    """Which post may see what."""
    reading.names(
        "unknown-relation", reading.table("rights", "child"), RELATIONS, "rights", "child"
    )
    child = {
        relation: reading.each(ChildRight, "rights", "child", relation) for relation in RELATIONS
    }
    report = reading.each(ReportRight, "rights", "report", "area")
    known = reading.table("roles")
    for relation, rights in child.items():
        path = ("rights", "child", relation)
        reading.names("unknown-role", rights, [*known, EVERYBODY], *path)
        for name, right in rights.items():
            reading.names("unknown-group", right.groups, GROUPS, *path, name, "groups")
            for part, columns in (("columns", right.columns), ("masked", right.masked)):
                reading.names("unknown-column", columns, COLUMNS.table, *path, name, part)
    reading.names("unknown-role", report, known, "rights", "report", "area")
    for name, role in roles.items():
        if role.reads_reports and not report.get(name, ReportRight()).parts:
            reading.fault("reads-nothing", "rights", "report", "area", name)
    files = reading.each(FileRight, "rights", "file")
    reading.names("unknown-file-kind", files, FILE_KINDS, "rights", "file")
    for kind, opened in files.items():
        posts = [*known, EVERYBODY]
        reading.names("unknown-role", opened.original, posts, "rights", "file", kind, "original")
    return Rights(child=child, report=report, file=files)


def read_hotlines(reading: Reading) -> tuple[Hotline, ...]:
    """Numbers to call; those of an emergency come first."""
    numbers = reading.table("hotlines")
    for number in FIRST:
        if number not in numbers:
            reading.fault("emergency-line", "hotlines", found=number)
    described = {
        number: {**told, "number": number} if isinstance(told, Mapping) else told
        for number, told in numbers.items()
    }
    lines = [reading.make(Hotline, "hotlines", told, key) for key, told in described.items()]
    known = [line for line in lines if line is not None]
    return tuple(sorted(known, key=lambda line: (*FIRST, line.number).index(line.number)))


def read_providers(reading: Reading) -> Providers:
    """The county's directory of services."""
    kinds = reading.each(ServiceKind, "providers", "kind")
    providers = reading.each(Provider, "providers", "provider")
    for key, one in providers.items():
        reading.names("unknown-kind", one.kinds, kinds, "providers", "provider", key, "kinds")
    return Providers(kinds=kinds, providers=providers)


def read_timing(reading: Reading) -> Iterator[tuple[str, timedelta]]:
    """How long things may take."""
    for key, said in reading.table("timing").items():
        if (span := reading.duration(str(said), "timing", key)) is not None:
            yield key, span


def read_retention(reading: Reading) -> Mapping[Kind, Kept]:
    """How long what was said is kept."""
    kept: dict[Kind, Kept] = {}
    for kind in KINDS:
        if kind not in reading.table("retention"):
            reading.fault("missing", "retention", kind)
        elif one := reading.make(Kept, "retention", reading.table("retention", kind), kind):
            if one.years < 1:
                reading.fault("below-one", "retention", kind, "years", found=one.years)
            for key, said in (("source", one.source), ("reason", one.reason)):
                if not said.strip():
                    reading.fault("no-reason", "retention", kind, key)
            kept[kind] = one
    for kind, within in WITHIN.items():
        if kind in kept and within in kept and kept[kind].years > kept[within].years:
            years, other = kept[within].years, kept[within].name
            reading.fault("kept-longer", "retention", kind, "years", found=f"{other}（{years}）")
    return kept


@dataclass(frozen=True, slots=True, kw_only=True)
class _Year:
    holidays: tuple[Holiday, ...]
    workdays: tuple[date, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Office:
    opens: time = time(8, 30)
    closes: time = time(17, 30)


def read_calendar(reading: Reading) -> Calendar:
    """Office hours, holidays and days worked instead."""
    years = reading.each(_Year, "calendar", "year")
    for year, told in years.items():
        for holiday in told.holidays:
            if holiday.first > holiday.last:
                reading.fault("backwards", "calendar", "year", year, found=holiday.name)
    office = reading.make(_Office, "calendar", reading.table("calendar", "office"), "office")
    office = office or _Office()
    if office.opens >= office.closes:
        reading.fault("backwards", "calendar", "office", found="上班")
    return Calendar(
        opens=office.opens,
        closes=office.closes,
        holidays={
            day: holiday.name
            for told in years.values()
            for holiday in told.holidays
            for day in holiday.days()
        },
        workdays=frozenset(day for told in years.values() for day in told.workdays),
        years=frozenset(int(year) for year in years if year.isdecimal()),
    )

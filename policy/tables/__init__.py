"""The tables of the rules: ours, with a county's own laid over them, checked all at once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from policy.absence import AbsenceTable
from policy.asides import Asides
from policy.assessment import Assessment
from policy.burden import BurdenTable
from policy.calendar import Calendar
from policy.circumstances import Circumstances
from policy.danger import Danger
from policy.duties import Duties
from policy.extraction import Extraction
from policy.faults import PolicyFaults
from policy.figures import FigureTable
from policy.grading import Grading
from policy.hotlines import Hotline
from policy.lifecycle import Lifecycle
from policy.papers import Papers
from policy.phrases import Speech
from policy.providers import Providers
from policy.reminders import Reminders
from policy.retention import Kept, Kind
from policy.rhythm import Rhythm
from policy.rights import Rights
from policy.roles import Role
from policy.routing import Routing
from policy.seasons import Season
from policy.signals import Signals
from policy.summary import SummaryTable
from policy.tables.absence import read_absence
from policy.tables.cases import (
    read_assessment,
    read_duties,
    read_grading,
    read_lifecycle,
    read_papers,
    read_routing,
    read_signals,
)
from policy.tables.counting import read_figures, read_summary
from policy.tables.office import (
    read_calendar,
    read_hotlines,
    read_providers,
    read_retention,
    read_rights,
    read_timing,
)
from policy.tables.reading import Reading
from policy.tables.speech import (
    read_asides,
    read_circumstances,
    read_danger,
    read_extraction,
    read_speech,
)
from policy.tables.visits import read_burden, read_reminders, read_rhythm, read_seasons


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Every rule that a county may change."""

    asides: Asides
    circumstances: Circumstances
    danger: Danger
    grading: Grading
    roles: Mapping[str, Role]
    rights: Rights
    routing: Routing
    hotlines: tuple[Hotline, ...]
    lifecycle: Lifecycle
    assessment: Assessment
    duties: Duties
    papers: Papers
    providers: Providers
    timing: Mapping[str, timedelta]
    limits: Mapping[str, int]
    calendar: Calendar
    absence: AbsenceTable
    extraction: Extraction
    figures: FigureTable
    rhythm: Rhythm
    seasons: Mapping[str, Season]
    reminders: Reminders
    summary: SummaryTable
    signals: Signals
    burden: BurdenTable
    retention: Mapping[Kind, Kept]


def load_policy(
    default: Path,
    county: Path | None = None,
    own: Mapping[str, str] | None = None,
    asked: str = "",
) -> Policy:
    """The rules in force; raises PolicyFaults with every fault of every table.

    ``own`` are the county's own words by table, in place of the file of its folder; those of
    ``asked`` are not in force yet.
    """
    reading = Reading(default, county / "policy" if county else None, own or {}, asked)
    policy = _policy(reading)
    if reading.faults:
        raise PolicyFaults(reading.faults)
    return policy


def written(
    name: str, default: Path, county: Path | None, own: Mapping[str, str]
) -> Mapping[str, str]:
    """What a table says in force, a line for each thing: its path, and its value as TOML says it.

    Raises PolicyFaults for what is no TOML.
    """
    reading = Reading(default, county / "policy" if county else None, own)
    if reading.faults:
        raise PolicyFaults(reading.faults)
    return dict(_lines(reading.table(name)))


def _lines(table: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        place = f"{path}.{key}" if path else key
        if isinstance(value, Mapping):
            yield from _lines(value, place)
        else:
            yield place, _said(value)


def _said(value: Any) -> str:
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case list():
            return "、".join(map(_said, value))
        case Mapping():
            return " ".join(f"{key}={_said(one)}" for key, one in value.items())
        case _:
            return str(value)


def _policy(reading: Reading) -> Policy:
    speech = Speech(read_speech(reading))
    danger = read_danger(reading, speech)
    roles = reading.each(Role, "roles")
    circumstances = read_circumstances(reading, speech, danger)
    absence = read_absence(reading)
    policy = Policy(
        asides=read_asides(reading, speech),
        circumstances=circumstances,
        danger=danger,
        grading=read_grading(reading),
        roles=roles,
        rights=read_rights(reading, roles),
        routing=read_routing(reading, roles, circumstances),
        hotlines=read_hotlines(reading),
        lifecycle=read_lifecycle(reading, roles, reading.table("duties", "kind")),
        assessment=read_assessment(reading),
        duties=read_duties(reading, roles, absence.duties()),
        papers=read_papers(reading),
        providers=read_providers(reading),
        timing=dict(read_timing(reading)),
        limits=reading.make(dict[str, int], "limits", reading.table("limits")) or {},
        calendar=read_calendar(reading),
        absence=absence,
        extraction=read_extraction(reading, speech),
        rhythm=(rhythm := read_rhythm(reading)),
        figures=read_figures(reading).with_tiers(
            {key: tier.name for key, tier in rhythm.tiers.items()}
        ),
        seasons=read_seasons(reading, rhythm),
        reminders=read_reminders(reading),
        summary=read_summary(reading),
        signals=read_signals(reading),
        burden=read_burden(reading),
        retention=read_retention(reading),
    )
    _check_names(reading, policy)
    return policy


def _check_names(reading: Reading, policy: Policy) -> None:
    """Names in one table that another table must know."""
    circumstances = policy.circumstances
    items = [f"{name}.{item}" for name, one in circumstances.lists.items() for item in one.items]
    for code, line in circumstances.lines.items():
        path = ("circumstances", "circumstance", code)
        reading.names("unknown-item", line.official, items, *path, "official")
        reading.names("unknown-sign", line.danger, policy.danger.kinds, *path, "danger")
    for key, rule in policy.grading.rules.items():
        for fact, code, known in (
            ("circumstances", "unknown-circumstance", tuple(circumstances.lines)),
            ("danger_words", "unknown-sign", tuple(policy.danger.kinds)),
        ):
            wanted = rule.when.get(fact, ())
            named = (wanted,) if isinstance(wanted, str) else wanted
            if isinstance(named, tuple):
                reading.names(code, named, known, "grading", "rule", key, "when", fact)

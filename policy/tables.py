"""The tables of the rules: ours, with a county's own laid over them, checked all at once."""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from policy.absence import (
    DUTY,
    MAX_BREAK_DAYS,
    AbsenceTable,
    Break,
    Call,
    Dropout,
    Handover,
    Kind,
    Monthly,
    Notice,
    Observation,
    Rung,
    School,
)
from policy.absence_lines import REASONS
from policy.assessment import Assessment, Flag, Item, Level
from policy.burden import TASKS, BurdenTable
from policy.calendar import Calendar, Holiday
from policy.circumstances import Circumstance, Circumstances, OfficialList
from policy.danger import Danger, DangerKind
from policy.durations import Workdays, parse_duration, parse_span
from policy.duties import LEVELS, Duties, DutyKind, Step
from policy.extraction import (
    FAILURES,
    HAZARD_GROUPS,
    KINDS,
    Days,
    Extraction,
    Telling,
)
from policy.figures import Figure, FigureTable
from policy.grading import GRADES, Grading, Rule
from policy.hotlines import FIRST, Hotline
from policy.lifecycle import (
    BEFORE,
    LISTS,
    WHO,
    Act,
    Closing,
    Lifecycle,
    Named,
    Raised,
    Stage,
    Start,
)
from policy.papers import Paper, Papers
from policy.phrases import About, Phrase, Phrases, Speech, SpeechTable
from policy.register.columns import COLUMNS, UNKNOWN
from policy.reminders import Reminders
from policy.rhythm import (
    STEPS,
    After,
    Contact,
    FailureReason,
    Label,
    NextStep,
    PauseReason,
    PauseRule,
    Rhythm,
    Tag,
    Tier,
    VisitKind,
    is_slower,
    known_tags,
)
from policy.rights import EVERYBODY, GROUPS, RELATIONS, ChildRight, ReportRight, Rights
from policy.roles import Role
from policy.routing import Night, Routing
from policy.seasons import Season, parse_year_day
from policy.signals import Alike, Cluster, Signals, Weak
from policy.summary import AGE, ALL, KIN, SEXES, Kin, SummaryGroup, SummaryTable, Who, bands, terms

#: Read from the default folder, and from "policy" in the county's.
TABLES = (
    "absence",
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
    "reminders",
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
Made = TypeVar("Made")
#: The kind of a duty has 24 characters.
#: Every month has such a day.
SHORTEST_MONTH = 28
DAYS_OF_WEEK = 7
MAX_STEP_CHARS = 24 - len(DUTY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Every rule that a county may change."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFault:
    """One thing in one table that the office can mend."""

    code: str
    file: str
    key: str = ""
    values: Mapping[str, object] = field(default_factory=dict)

    def sentence(self) -> str:
        """Where, what, and how to mend it, in Chinese."""
        said = _WORDS["fault"][self.code]
        what, cure = (said[part].format(**self.values) for part in ("what", "cure"))
        form: str = _WORDS["sentence" if self.key else "whole"]
        return form.format(file=self.file, key=self.key, what=what, cure=cure)


class PolicyFaults(Exception):
    """The tables cannot be used; ``faults`` holds everything that is wrong with them."""

    def __init__(self, faults: Sequence[PolicyFault]):
        super().__init__(f"{len(faults)} faults in the policy tables")
        self.faults = tuple(faults)

    @property
    def sentences(self) -> tuple[str, ...]:
        """Each fault in Chinese."""
        return tuple(fault.sentence() for fault in self.faults)


def load_policy(
    default: Path, county: Path | None = None, own: Mapping[str, str] | None = None
) -> Policy:
    """The rules in force; raises PolicyFaults with every fault of every table.

    ``own`` are the county's own words by table, in place of the file of its folder.
    """
    reading = _Reading(default, county / "policy" if county else None, own or {})
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
    reading = _Reading(default, county / "policy" if county else None, own)
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


# -- reading -----------------------------------------------------------------------------------


class _Reading:
    """The files as they are read, and what was found wrong so far."""

    def __init__(self, default: Path, county: Path | None, words: Mapping[str, str]):
        self.faults: list[PolicyFault] = []
        self._words = words
        self._files: dict[str, str] = {}
        self._data = {name: self._merged(name, default, county) for name in TABLES}
        self._look_for_strangers(county)

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
            data = _laid_over(data, self._up_to_date(self._parsed(self._words[name], name), name))
        elif own is not None and own.is_file():
            self._files[name] = f"{own.parent.parent.name}/policy/{name}.toml"
            data = _laid_over(data, self._up_to_date(self._read(own, name), name))
        return _without_what_is_off(data)

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
            return self._parsed(file.read_text("utf-8-sig"), name)
        except (OSError, UnicodeDecodeError):
            self.fault("unreadable", name)
            return {}

    def _parsed(self, text: str, name: str) -> Mapping[str, Any]:
        try:
            return tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            line = re.search(r"line (\d+)", str(error))
            if line:
                self.fault("not-toml", name, line=line[1])
            else:
                self.fault("unfinished", name)
        return {}

    def _look_for_strangers(self, county: Path | None) -> None:
        if county is None or not county.is_dir():
            return
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


# -- the tables --------------------------------------------------------------------------------


def _policy(reading: _Reading) -> Policy:
    speech = Speech(_speech(reading))
    danger = _danger(reading, speech)
    roles = _each(reading, Role, "roles")
    circumstances = _circumstances(reading, speech, danger)
    absence = _absence(reading)
    policy = Policy(
        circumstances=circumstances,
        danger=danger,
        grading=_grading(reading),
        roles=roles,
        rights=_rights(reading, roles),
        routing=_routing(reading, roles, circumstances),
        hotlines=_hotlines(reading),
        lifecycle=_lifecycle(reading, roles, reading.table("duties", "kind")),
        assessment=_assessment(reading),
        duties=_duties(reading, roles, absence.duties()),
        papers=_papers(reading),
        timing=dict(_timing(reading)),
        limits=reading.make(dict[str, int], "limits", reading.table("limits")) or {},
        calendar=_calendar(reading),
        absence=absence,
        extraction=_extraction(reading, speech),
        figures=_figures(reading),
        rhythm=(rhythm := _rhythm(reading)),
        seasons=_seasons(reading, rhythm),
        reminders=_reminders(reading),
        summary=_summary(reading),
        signals=_signals(reading),
        burden=_burden(reading),
    )
    _check_names(reading, policy)
    return policy


def _each(reading: _Reading, wanted: type[Made], name: str, *path: str) -> dict[str, Made]:
    """Every entry of a table as its type."""
    made = {
        key: reading.make(wanted, name, value, *path, key)
        for key, value in reading.table(name, *path).items()
    }
    return {key: value for key, value in made.items() if value is not None}


def _burden(reading: _Reading) -> BurdenTable:
    made = reading.make(BurdenTable, "burden", reading.table("burden"))
    for task in TASKS:
        if task not in reading.table("burden", "cost"):
            reading.fault("missing", "burden", "cost", task)
    if made is not None and min(made.most_minutes, made.most_chars) < 1:
        least = min(made.most_minutes, made.most_chars)
        reading.fault("below-one", "burden", "most_minutes", found=least)
    return made or BurdenTable(most_minutes=1, most_chars=1)


def _speech(reading: _Reading) -> SpeechTable:
    made = reading.make(SpeechTable, "speech", reading.table("speech"))
    return made or SpeechTable()


def _danger(reading: _Reading, speech: Speech) -> Danger:
    kinds = _each(reading, DangerKind, "danger", "sign")
    phrases: list[Phrase] = []
    for key, kind in kinds.items():
        phrases += _phrases(reading, speech, kind, key, kind.about, "danger", "sign", key)
    return Danger(kinds=kinds, phrases=Phrases(phrases, speech))


def _circumstances(reading: _Reading, speech: Speech, danger: Danger) -> Circumstances:
    lines = _each(reading, Circumstance, "circumstances", "circumstance")
    suggesting: list[Phrase] = []
    for code, line in lines.items():
        path = ("circumstances", "circumstance", code)
        suggesting += _phrases(reading, speech, line, code, "any", *path)
        suggesting += danger.phrases.named(line.danger, code)
    return Circumstances(
        lines=lines,
        lists=_each(reading, OfficialList, "circumstances", "list"),
        suggesting=Phrases(suggesting, speech),
    )


def _phrases(
    reading: _Reading,
    speech: Speech,
    told: DangerKind | Circumstance | Telling,
    key: str,
    about: About,
    *path: str,
) -> Iterator[Phrase]:
    """The phrases that can be understood; the others are faults."""
    for part, phrases in (("phrases", told.phrases), ("more", told.more)):
        for phrase in phrases:
            try:
                yield speech.phrase(key, about, phrase)
            except re.error:
                reading.fault("bad-phrase", *path, part, found=phrase)


def _extraction(reading: _Reading, speech: Speech) -> Extraction:
    visit = [phrase for part in _VISIT for phrase in _tellings(reading, speech, part)[1]]
    hazards, found = _tellings(reading, speech, "hazard")
    needs, wanted = _tellings(reading, speech, "need")
    for key in hazards:
        reading.names(
            "unknown-hazard-group", [key.split(".")[0]], HAZARD_GROUPS, "extraction", "hazard", key
        )
    for part, known in _VISIT.items():
        reading.names(
            "unknown-thing", reading.table("extraction", part), known, "extraction", part
        )
    return Extraction(
        days=_day_phrases(reading),
        visit=Phrases([*visit, *_meetings(reading, speech)], speech),
        hazards=hazards,
        needs=needs,
        found=Phrases([*found, *wanted], speech),
    )


#: What a visit's card asks, and the answers that phrases may give.
_VISIT: Mapping[str, Sequence[str]] = {
    "kind": KINDS,
    "outcome": FAILURES,
    "seen": ("yes", "no"),
    "alone": ("yes",),
}


def _tellings(
    reading: _Reading, speech: Speech, part: str
) -> tuple[dict[str, Telling], list[Phrase]]:
    told = _each(reading, Telling, "extraction", part)
    phrases = [
        phrase
        for key, one in told.items()
        for phrase in _phrases(
            reading, speech, one, f"{part}/{key}", one.about, "extraction", part, key
        )
    ]
    return told, phrases


@dataclass(frozen=True, slots=True, kw_only=True)
class _Meeting:
    phrases: tuple[str, ...]


def _meetings(reading: _Reading, speech: Speech) -> Iterator[Phrase]:
    """Whom one met: each word for somebody in each phrase for meeting."""
    made = reading.make(_Meeting, "extraction", reading.table("extraction", "meeting"), "meeting")
    met = reading.make(
        dict[str, tuple[str, ...]], "extraction", reading.table("extraction", "met"), "met"
    )
    for key, words in (met or {}).items():
        who = "|".join(words)
        said = tuple(
            phrase.replace("{谁}", f"({who})") for phrase in (made or _NO_MEETING).phrases
        )
        yield from _phrases(
            reading, speech, Telling(phrases=said), f"met/{key}", "any", "extraction", "meeting"
        )


_NO_MEETING = _Meeting(phrases=())


def _day_phrases(reading: _Reading) -> Days:
    told = reading.make(dict[str, str], "extraction", reading.table("extraction", "day"), "day")
    patterns = {one.name: re.compile("(?!)") for one in fields(Days)}
    for key in patterns:
        try:
            patterns[key] = re.compile((told or {})[key])
        except KeyError:
            reading.fault("missing", "extraction", "day", key)
        except re.error:
            reading.fault("bad-phrase", "extraction", "day", found=key)
    return Days(**patterns)


def _grading(reading: _Reading) -> Grading:
    otherwise = reading.table("grading").get("otherwise", "yellow")
    reading.names("unknown-grade", [otherwise], GRADES, "grading", "otherwise")
    return Grading(rules=_each(reading, Rule, "grading", "rule"), otherwise=otherwise)


def _rights(reading: _Reading, roles: Mapping[str, Role]) -> Rights:
    reading.names(
        "unknown-relation", reading.table("rights", "child"), RELATIONS, "rights", "child"
    )
    child = {
        relation: _each(reading, ChildRight, "rights", "child", relation) for relation in RELATIONS
    }
    report = _each(reading, ReportRight, "rights", "report", "area")
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
    return Rights(child=child, report=report)


def _routing(
    reading: _Reading, roles: Mapping[str, Role], circumstances: Circumstances
) -> Routing:
    parts = {
        part: reading.make(
            dict[str, tuple[str, ...]], "routing", reading.table("routing", part), part
        )
        or {}
        for part in ("told", "also", "spare", "owners")
    }
    last = reading.table("routing").get("last", ())
    for grade in GRADES:
        if not parts["told"].get(grade):
            reading.fault("no-receiver", "routing", "told", grade)
    reading.names("unknown-grade", parts["told"], GRADES, "routing", "told")
    reading.names("unknown-circumstance", parts["also"], circumstances.lines, "routing", "also")
    for part, lists in parts.items():
        for key, names in lists.items():
            reading.names("unknown-role", names, reading.table("roles"), "routing", part, key)
            for role in names:
                if part in ("told", "also") and role in roles and not roles[role].reads_reports:
                    reading.fault("unread-receiver", "routing", part, key, found=role)
    reading.names("unknown-role", last, reading.table("roles"), "routing", "last")
    told_at = reading.table("routing", "night")
    night = reading.make(dict[str, Night], "routing", told_at, "night") or {}
    reading.names("unknown-grade", night, GRADES, "routing", "night")
    if night.get(GRADES[0]) == "at_opening":
        reading.fault("red-waits", "routing", "night", GRADES[0])
    return Routing(roles=roles, last=tuple(last), night=night, **parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ladder:
    steps: tuple[Step, ...]


def _duties(
    reading: _Reading, roles: Mapping[str, Role], of_absence: Mapping[str, tuple[str, str]]
) -> Duties:
    kinds = _each(reading, DutyKind, "duties", "kind")
    ladders: dict[str, dict[str, Sequence[Step]]] = {}
    for name in reading.table("duties", "ladder"):
        by_grade = _each(reading, _Ladder, "duties", "ladder", name)
        reading.names("unknown-grade", by_grade, GRADES, "duties", "ladder", name)
        ladders[name] = {grade: ladder.steps for grade, ladder in by_grade.items()}
    for key, kind in kinds.items():
        reading.names("unknown-ladder", [kind.ladder], ladders, "duties", "kind", key, "ladder")
        for grade in GRADES:
            if grade not in kind.within:
                reading.fault("missing", "duties", "kind", key, "within", grade)
    levels = reading.make(
        dict[str, tuple[str, ...]], "duties", reading.table("duties", "level"), "level"
    )
    for level in LEVELS:
        named = (levels or {}).get(level, ())
        if not named:
            reading.fault("missing", "duties", "level", level)
        reading.names("unknown-role", named, reading.table("roles"), "duties", "level", level)
        for role in named:
            if role in roles and not roles[role].reads_reports:
                reading.fault("unread-receiver", "duties", "level", level, found=role)
    for key, (name, ladder) in of_absence.items():
        kinds[key] = DutyKind(name=name, within={}, ladder=ladder)
        reading.names("unknown-ladder", [ladder], ladders, "duties", "ladder")
    return Duties(kinds=kinds, ladders=ladders, levels=levels or {})


def _lifecycle(
    reading: _Reading, roles: Mapping[str, Role], duties: Mapping[str, object]
) -> Lifecycle:
    stages = _each(reading, Stage, "lifecycle", "stage")
    acts = _each(reading, Act, "lifecycle", "act")
    start = reading.make(Start, "lifecycle", reading.table("lifecycle", "start"), "start")
    start = start or Start(stage="received", sets=(), coordinator="civil_affairs")
    closing = reading.make(Closing, "lifecycle", reading.table("lifecycle", "closing"), "closing")
    closing = closing or Closing(seen_within=timedelta(days=7))
    reading.names("unknown-stage", [start.stage, "closed"], stages, "lifecycle", "start", "stage")
    reading.names("unknown-stage", [closing.stage], stages, "lifecycle", "closing", "stage")
    reading.names("unknown-duty", start.sets, duties, "lifecycle", "start", "sets")
    reading.names("unknown-role", [start.coordinator], roles, "lifecycle", "start", "coordinator")
    for key, act in acts.items():
        to = [act.to] if isinstance(act.to, str) else act.to.values()
        known = [*stages, BEFORE]
        reading.names("unknown-stage", filter(None, to), known, "lifecycle", "act", key, "to")
        reading.names("unknown-stage", act.stages, stages, "lifecycle", "act", key, "stages")
        reading.names("unknown-act", act.then, acts, "lifecycle", "act", key, "then")
        reading.names("unknown-role", act.who, [*WHO, *roles], "lifecycle", "act", key)
        for part, named in (("of", act.of), ("ends", act.ends), ("sets", act.sets)):
            reading.names("unknown-duty", named, duties, "lifecycle", "act", key, part)
    raised = _each(reading, Raised, "lifecycle", "raised")
    reading.names("unknown-grade", raised, GRADES, "lifecycle", "raised")
    for grade, one in raised.items():
        reading.names("unknown-role", one.posts, roles, "lifecycle", "raised", grade, "posts")
        for kinds in (one.owner, *one.posts.values()):
            reading.names("unknown-duty", kinds, duties, "lifecycle", "raised", grade)
    return Lifecycle(
        start=start,
        closing=closing,
        raised=raised,
        lists={
            name: {key: one.name for key, one in _each(reading, Named, "lifecycle", part).items()}
            for name, part in LISTS.items()
        },
        stages=stages,
        acts=acts,
    )


def _signals(reading: _Reading) -> Signals:
    weak = reading.make(Weak, "signals", reading.table("signals", "weak"), "weak")
    cluster = reading.make(Cluster, "signals", reading.table("signals", "cluster"), "cluster")
    alike = reading.make(Alike, "signals", reading.table("signals", "alike"), "alike")
    reasons = _each(reading, Named, "signals", "reason")
    return Signals(
        weak=weak or Weak(),
        cluster=cluster or Cluster(),
        alike=alike or Alike(),
        reasons={key: one.name for key, one in reasons.items()},
    )


def _papers(reading: _Reading) -> Papers:
    names = reading.make(dict[str, str], "papers", reading.table("papers", "field"), "field") or {}
    papers = _each(reading, Paper, "papers", "paper")
    for key, paper in papers.items():
        for part in paper.parts:
            reading.names("unknown-field", part.fields(), names, "papers", "paper", key, "parts")
    return Papers(fields=names, papers=papers)


def _assessment(reading: _Reading) -> Assessment:
    levels = _each(reading, Level, "assessment", "level")
    for key, level in levels.items():
        reading.names("unknown-grade", [level.grade], GRADES, "assessment", "level", key, "grade")
    if not levels:
        reading.fault("missing", "assessment", "level")
    return Assessment(
        flags=_each(reading, Flag, "assessment", "flag"),
        items=_each(reading, Item, "assessment", "item"),
        levels=levels,
    )


def _hotlines(reading: _Reading) -> tuple[Hotline, ...]:
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


def _timing(reading: _Reading) -> Iterator[tuple[str, timedelta]]:
    for key, said in reading.table("timing").items():
        if (span := _duration(reading, str(said), "timing", key)) is not None:
            yield key, span


@dataclass(frozen=True, slots=True, kw_only=True)
class _Year:
    holidays: tuple[Holiday, ...]
    workdays: tuple[date, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Office:
    opens: time = time(8, 30)
    closes: time = time(17, 30)


def _calendar(reading: _Reading) -> Calendar:
    years = _each(reading, _Year, "calendar", "year")
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    name: str
    day: int
    within: str = ""
    by: time | None = None
    whose: tuple[str, ...]
    tells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _School:
    roll: time
    least: str
    boarders_at_once: bool = True
    taught: tuple[date, ...] = ()
    breaks: dict[str, Break] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Carer:
    told: bool = False


def _absence(reading: _Reading) -> AbsenceTable:
    rungs = dict(_rungs(reading))
    names = ("police", "observation", "notice", "dropout", "monthly", "handover")
    parts = {part: reading.table("absence", part) for part in names}
    police = reading.make(Call, "absence", parts["police"], "police")
    observation = reading.make(Observation, "absence", parts["observation"], "observation")
    notice = reading.make(Notice, "absence", parts["notice"], "notice")
    if notice is not None and notice.days < 1:
        reading.fault("below-one", "absence", "notice", "days", found=notice.days)
    dropout = reading.make(Dropout, "absence", parts["dropout"], "dropout")
    for path, hands in (
        *((("step", key), rung) for key, rung in rungs.items()),
        (("police",), police),
        (("observation",), observation),
        (("notice",), notice),
    ):
        if hands is not None:
            _check_hands(reading, hands, *path)
    if not any(rung.day == 0 for rung in rungs.values()):
        reading.fault("no-first-step", "absence", "step")
    if dropout is not None:
        _check_dropout(reading, dropout, rungs)
    monthly = reading.make(Monthly, "absence", parts["monthly"], "monthly")
    handover = reading.make(Handover, "absence", parts["handover"], "handover")
    if handover is not None:
        posts = [handover.takes, handover.above]
        reading.names("unknown-role", posts, reading.table("roles"), "absence", "handover")
    if monthly is not None:
        _check_monthly(reading, monthly)
    carer = reading.make(_Carer, "absence", reading.table("absence", "carer"), "carer")
    return AbsenceTable(
        kinds=_kinds(reading),
        rungs=rungs,
        police=police or Call(name="", whose=()),
        school=_school(reading),
        observation=observation or Observation(name="", days=(), whose=()),
        notice=notice or Notice(name="", days=1, whose=()),
        dropout=dropout or Dropout(suspected_after=1, dropout_after=1),
        monthly=monthly or Monthly(day=1, due=2, checks=(), check_days=1),
        handover=handover or Handover(days=1, shortest=1, takes="", above=""),
        tells_carer=carer is not None and carer.told,
    )


def _rungs(reading: _Reading) -> Iterator[tuple[str, Rung]]:
    for key, step in _each(reading, _Step, "absence", "step").items():
        path = ("absence", "step", key)
        if step.day < 0:
            reading.fault("below-zero", *path, "day", found=step.day)
        if len(key) > MAX_STEP_CHARS:
            reading.fault("long-key", *path, most=MAX_STEP_CHARS)
        yield (
            key,
            Rung(
                name=step.name,
                day=max(step.day, 0),
                within=_duration(reading, step.within, *path, "within") if step.within else None,
                by=step.by,
                whose=step.whose,
                tells=step.tells,
            ),
        )


def _kinds(reading: _Reading) -> Mapping[str, Kind]:
    kinds = _each(reading, Kind, "absence", "kind")
    reading.names("unknown-reason", kinds, REASONS, "absence", "kind")
    for key, kind in kinds.items():
        if kind.path == "excused" and kind.longest < 1:
            reading.fault("no-longest", "absence", "kind", key)
    return kinds


def _school(reading: _Reading) -> School:
    told = reading.make(_School, "absence", reading.table("absence", "school"), "school")
    if told is None:
        return School(roll=time(), least=timedelta())
    for name, one in told.breaks.items():
        if one.first > one.last:
            reading.fault("backwards", "absence", "school", "breaks", found=name)
        if (one.last - one.first).days > MAX_BREAK_DAYS:
            reading.fault(
                "long-break", "absence", "school", "breaks", found=name, most=MAX_BREAK_DAYS
            )
    return School(
        roll=told.roll,
        least=_duration(reading, told.least, "absence", "school", "least") or timedelta(),
        boarders_at_once=told.boarders_at_once,
        taught=frozenset(told.taught),
        breaks=told.breaks,
    )


def _check_hands(reading: _Reading, told: Rung | Call | Observation | Notice, *path: str) -> None:
    known = reading.table("roles")
    if not told.whose:
        reading.fault("no-hands", "absence", *path, "whose")
    reading.names("unknown-role", told.whose, known, "absence", *path, "whose")
    reading.names("unknown-role", told.tells, known, "absence", *path, "tells")


def _check_dropout(reading: _Reading, rule: Dropout, rungs: Mapping[str, Rung]) -> None:
    path = ("absence", "dropout")
    reading.names("unknown-reason", rule.suspected_reasons, REASONS, *path, "suspected_reasons")
    reading.names("unknown-step", rule.dropout_needs, rungs, *path, "dropout_needs")
    if not 0 < rule.suspected_after < rule.dropout_after:
        reading.fault("dropout-order", *path, "suspected_after")


def _check_monthly(reading: _Reading, told: Monthly) -> None:
    path = ("absence", "monthly")
    if not (0 < told.day < told.due <= SHORTEST_MONTH and told.check_days > 0):
        reading.fault("month-days", *path, "day", most=SHORTEST_MONTH)
    reading.names("unknown-role", told.checks, reading.table("roles"), *path, "checks")
    if not told.checks:
        reading.fault("no-hands", *path, "checks")


def _figures(reading: _Reading) -> FigureTable:
    figures = _each(reading, Figure, "figures", "figure")
    for key, one in figures.items():
        if one.shares:
            reading.names("unknown-figure", [one.shares], figures, "figures", "figure", key)
    days = reading.make(int, "figures", reading.table("figures").get("days", 30), "days")
    return FigureTable(period=timedelta(days=max(days or 1, 1)), figures=figures)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Printed:
    relations: tuple[str, ...] = ()


def _summary(reading: _Reading) -> SummaryTable:
    who = reading.make(Who, "summary", reading.table("summary", "who"), "who") or Who()
    groups = _each(reading, SummaryGroup, "summary", "group")
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


def _check_group(reading: _Reading, key: str, group: SummaryGroup) -> None:
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


def _check_when(reading: _Reading, when: Mapping[str, tuple[str, ...]], *path: str) -> None:
    reading.names("unknown-column", when, [*COLUMNS.table, KIN], "summary", *path)
    for key, words in when.items():
        column = COLUMNS.table.get(key)
        if column is not None:
            codes = ("", *COLUMNS.codes.get(column.codes, {}))
            reading.names("unknown-code", words, codes, "summary", *path)


def _duration(reading: _Reading, said: str, name: str, *path: str) -> timedelta | None:
    try:
        return parse_duration(said)
    except ValueError:
        reading.fault("wanted-duration", name, *path, found=said)
        return None


def _rhythm(reading: _Reading) -> Rhythm:
    tiers = _tiers(reading)
    told = reading.table("rhythm")
    rhythm = Rhythm(
        tiers=tiers,
        otherwise=str(told.get("otherwise", "")),
        first_visit=_parsed(reading, parse_span, told, "rhythm", "first_visit") or Workdays(5),
        labels=_each_parsed(reading, Label, {"every": _days}, "rhythm", "label"),
        tags=_each(reading, Tag, "rhythm", "tag"),
        kinds=_each_parsed(
            reading, VisitKind, {"from_every": _days, "unseen_from_every": _days}, "rhythm", "kind"
        ),
        failures=_each(reading, FailureReason, "rhythm", "failure"),
        steps=_steps(reading),
        pause=_one(
            reading,
            PauseRule,
            {"never": _days, "longest": _days, "resume": parse_span},
            "rhythm",
            "pause",
        )
        or PauseRule(never=timedelta(), longest=timedelta(days=1), resume=Workdays(1)),
        pause_reasons=_each(reading, PauseReason, "rhythm", "pause_reason"),
        contact=_contact(reading),
    )
    _check_rhythm(reading, rhythm)
    return rhythm


def _contact(reading: _Reading) -> Contact:
    spans = {"within": parse_span, "heard_within": parse_span}
    made = _one(reading, Contact, spans, "rhythm", "contact")
    if made is None:
        return Contact(silences=2, within=Workdays(1), heard_within=Workdays(1))
    if made.silences < 1:
        reading.fault("below-one", "rhythm", "contact", "silences", found=made.silences)
    if not 1 <= made.asks_on <= DAYS_OF_WEEK:
        reading.fault("no-weekday", "rhythm", "contact", "asks_on", found=made.asks_on)
    return made


def _tiers(reading: _Reading) -> dict[str, Tier]:
    """The gravest first: it has the shortest interval."""
    spans = {"every": _days, "first": parse_span}
    tiers = _each_parsed(reading, Tier, spans, "rhythm", "tier")
    if not 3 <= len(reading.table("rhythm", "tier")) <= 5:
        reading.fault("tier-count", "rhythm", "tier", found=len(tiers))
    ordered = dict(sorted(tiers.items(), key=lambda pair: pair[1].every))
    for (key, graver), (_, lighter) in pairwise(ordered.items()):
        if is_slower(graver.first, lighter.first) or (lighter.at_once and not graver.at_once):
            reading.fault("tier-order", "rhythm", "tier", key, found=lighter.name)
    words: dict[str, str] = {}
    for key, tier in ordered.items():
        for word in (tier.name, *tier.words):
            if words.setdefault(word, key) != key:
                reading.fault("tier-word", "rhythm", "tier", key, found=word)
    return ordered


def _steps(reading: _Reading) -> dict[NextStep, After]:
    told = _each_parsed(reading, After, {"within": parse_span}, "rhythm", "step")
    reading.names("unknown-next-step", told, STEPS, "rhythm", "step")
    steps: dict[NextStep, After] = {}
    for step in STEPS:
        if step not in reading.table("rhythm", "step"):
            reading.fault("missing", "rhythm", "step", step)
        steps[step] = told.get(step, After(failures=1, within=Workdays(1)))
    counts = [one.failures for one in steps.values()]
    if set(STEPS) <= set(told) and not 1 <= counts[0] < counts[1] < counts[2]:
        reading.fault("step-order", "rhythm", "step")
    return steps


def _check_rhythm(reading: _Reading, rhythm: Rhythm) -> None:
    """Names in it that it, or the register, must know."""
    reading.names("unknown-tier", [rhythm.otherwise], rhythm.tiers, "rhythm", "otherwise")
    reading.names("unknown-tag", rhythm.labels, known_tags(rhythm.tags), "rhythm", "label")
    for key, tag in rhythm.tags.items():
        path = ("rhythm", "tag", key)
        reading.names("unknown-column", [tag.column], COLUMNS.table, *path, "column")
        column = COLUMNS.table.get(tag.column)
        codes = COLUMNS.codes.get(column.codes, {}) if column else {}
        reading.names("unknown-code", tag.values if column else (), codes, *path, "values")


def _reminders(reading: _Reading) -> Reminders:
    made = reading.make(Reminders, "reminders", reading.table("reminders"))
    if made is None:
        return _NO_REMINDERS
    if made.digest_from >= made.digest_until:
        reading.fault("backwards", "reminders", "digest_from", found="digest_from")
    if made.most_a_day < 1:
        reading.fault("below-one", "reminders", "most_a_day", found=made.most_a_day)
    reading.names("unknown-grade", made.through, GRADES, "reminders", "through")
    reading.names("unknown-role", made.instead, reading.table("roles"), "reminders", "instead")
    return made


_NO_REMINDERS = Reminders(
    digest_from=time(7, 30),
    digest_until=time(18),
    quiet_from=time(22),
    quiet_until=time(6),
    most_a_day=1,
    through=(),
    instead=(),
)


def _seasons(reading: _Reading, rhythm: Rhythm) -> dict[str, Season]:
    parsers = {"first": parse_year_day, "last": parse_year_day, "every": _days, "to_every": _days}
    seasons = _each_parsed(reading, Season, parsers, "seasons", "season")
    for key, season in seasons.items():
        path = ("seasons", "season", key)
        reading.names("unknown-tag", sorted(season.tags), known_tags(rhythm.tags), *path, "tags")
        if season.every is None and not season.once:
            reading.fault("season-wants-nothing", *path)
    return seasons


def _days(text: str) -> timedelta:
    """A duration of whole days."""
    span = parse_duration(text)
    if span % timedelta(days=1):
        raise ValueError(text)
    return span


#: Which parser a fault is about.
_PARSE_CODES: Mapping[Callable[[str], object], str] = {
    _days: "wanted-days",
    parse_span: "wanted-span",
    parse_year_day: "wanted-year-day",
}


def _parsed(
    reading: _Reading,
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
        reading.fault(_PARSE_CODES[parse], name, *path, found=str(said)[:20])
        return None


def _one(
    reading: _Reading,
    wanted: type[Made],
    parsers: Mapping[str, Callable[[str], object]],
    name: str,
    *path: str,
) -> Made | None:
    """A part of a table, with the texts of some of its values read first."""
    told = dict(reading.table(name, *path))
    found = {
        key: _parsed(reading, parse, told, name, *path, key)
        for key, parse in parsers.items()
        if key in told
    }
    if None in found.values():
        return None
    return reading.make(wanted, name, told | found, *path)


def _each_parsed(
    reading: _Reading,
    wanted: type[Made],
    parsers: Mapping[str, Callable[[str], object]],
    name: str,
    *path: str,
) -> dict[str, Made]:
    """Every entry of a table as its type."""
    made = {
        key: _one(reading, wanted, parsers, name, *path, key) for key in reading.table(name, *path)
    }
    return {key: value for key, value in made.items() if value is not None}


def _check_names(reading: _Reading, policy: Policy) -> None:
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


_WORDS: dict[str, Any] = tomllib.loads(Path(__file__).with_name("faults.toml").read_text("utf-8"))
_RENAMED: Mapping[str, Mapping[str, str]] = tomllib.loads(
    Path(__file__).with_name("renamed.toml").read_text("utf-8")
)

"""What becomes of a report: how urgent it is, who is told, what is due, how it ends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from policy.assessment import Assessment, Flag, Item, Level
from policy.circumstances import Circumstances
from policy.duties import LEVELS, Duties, DutyKind, Step
from policy.grading import GRADES, Grading, Rule
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
from policy.papers import BLANK, COUNT, IN_NUMBER, Paper, Papers
from policy.roles import Role
from policy.routing import Night, Routing
from policy.signals import Alike, Cluster, Signals, Weak
from policy.tables.reading import Reading

#: A table of one column is a list.
LEAST_HEADS = 2
#: Longer is no number, and the book of papers has no room for it.
MOST_NUMBER = 40


def read_grading(reading: Reading) -> Grading:
    """How urgent a report is, by what was said in it."""
    otherwise = reading.table("grading").get("otherwise", "yellow")
    reading.names("unknown-grade", [otherwise], GRADES, "grading", "otherwise")
    return Grading(rules=reading.each(Rule, "grading", "rule"), otherwise=otherwise)


def read_routing(
    reading: Reading, roles: Mapping[str, Role], circumstances: Circumstances
) -> Routing:
    """Which posts hear of what, and at which hour."""
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
    police = reading.table("routing").get("police", ())
    reading.names("unknown-role", police, reading.table("roles"), "routing", "police")
    parts["also"] |= {
        key: tuple(dict.fromkeys([*police, *parts["also"].get(key, ())]))
        for key, line in circumstances.lines.items()
        if line.police
    }
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


def read_duties(
    reading: Reading, roles: Mapping[str, Role], of_absence: Mapping[str, tuple[str, str]]
) -> Duties:
    """What must follow, by when, and who hears when it does not."""
    kinds = reading.each(DutyKind, "duties", "kind")
    ladders: dict[str, dict[str, Sequence[Step]]] = {}
    for name in reading.table("duties", "ladder"):
        by_grade = reading.each(_Ladder, "duties", "ladder", name)
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


def read_lifecycle(
    reading: Reading, roles: Mapping[str, Role], duties: Mapping[str, object]
) -> Lifecycle:
    """The stages of a case, and what leads from one to another."""
    stages = reading.each(Stage, "lifecycle", "stage")
    acts = reading.each(Act, "lifecycle", "act")
    start = reading.make(Start, "lifecycle", reading.table("lifecycle", "start"), "start")
    start = start or Start(stage="received", sets=(), coordinator="civil_affairs")
    closing = reading.make(Closing, "lifecycle", reading.table("lifecycle", "closing"), "closing")
    closing = closing or Closing(seen_within=timedelta(days=7))
    reading.names("unknown-stage", [start.stage, "closed"], stages, "lifecycle", "start", "stage")
    reading.names("unknown-stage", [closing.stage], stages, "lifecycle", "closing", "stage")
    unsaid = closing.lapses_unsaid
    reading.names("unknown-duty", unsaid, duties, "lifecycle", "closing", "lapses_unsaid")
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
    raised = reading.each(Raised, "lifecycle", "raised")
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
            name: {key: one.name for key, one in reading.each(Named, "lifecycle", part).items()}
            for name, part in LISTS.items()
        },
        stages=stages,
        acts=acts,
    )


def read_signals(reading: Reading) -> Signals:
    """When small things about one child or place add up."""
    weak = reading.make(Weak, "signals", reading.table("signals", "weak"), "weak")
    cluster = reading.make(Cluster, "signals", reading.table("signals", "cluster"), "cluster")
    alike = reading.make(Alike, "signals", reading.table("signals", "alike"), "alike")
    reasons = reading.each(Named, "signals", "reason")
    return Signals(
        weak=weak or Weak(),
        cluster=cluster or Cluster(),
        alike=alike or Alike(),
        reasons={key: one.name for key, one in reasons.items()},
    )


def read_papers(reading: Reading) -> Papers:
    """The papers of a case, and what is filled in."""
    names = reading.make(dict[str, str], "papers", reading.table("papers", "field"), "field") or {}
    papers = reading.each(Paper, "papers", "paper")
    for key, paper in papers.items():
        for part in paper.parts:
            reading.names("unknown-field", part.fields(), names, "papers", "paper", key, "parts")
            if part.grid and len(part.heads) < LEAST_HEADS:
                reading.fault("few-heads", "papers", "paper", key, "parts", found=part.grid)
        if paper.number:
            _check_number(reading, key, paper.number)
    return Papers(fields=names, papers=papers)


def _check_number(reading: Reading, key: str, pattern: str) -> None:
    """Without the count all papers would have one number."""
    path, named = ("papers", "paper", key, "number"), BLANK.findall(pattern)
    reading.names("unknown-field", named, IN_NUMBER, *path)
    if named.count(COUNT) != 1:
        reading.fault("no-count", *path)
    if len(pattern) > MOST_NUMBER:
        reading.fault("long-number", *path, most=MOST_NUMBER)


def read_assessment(reading: Reading) -> Assessment:
    """What is weighed about a child, and what it comes to."""
    levels = reading.each(Level, "assessment", "level")
    for key, level in levels.items():
        reading.names("unknown-grade", [level.grade], GRADES, "assessment", "level", key, "grade")
    if not levels:
        reading.fault("missing", "assessment", "level")
    return Assessment(
        flags=reading.each(Flag, "assessment", "flag"),
        items=reading.each(Item, "assessment", "item"),
        levels=levels,
    )

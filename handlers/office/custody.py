"""Of a case at the desk: what was sent with it, through whose hands each file went, who looked."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from handlers.cases import cases, evidence
from handlers.cases.evidence import Piece, Version
from handlers.cases.involved import View
from handlers.people import colleagues
from handlers.turn import Turn
from storage.audit import PROGRAM, Fact
from storage.reporting.attachments_seen import STORED

#: Looks on the page of a case, the newest.
SHOWN = 50
#: The same look of the same person within this is one: a sound is fetched in pieces.
AT_ONCE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something that was done with a file."""

    at: datetime
    #: "" for the program itself.
    who: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file, as far as the reader may know of it."""

    id: int
    name: str = field(repr=False)
    #: photo, voice, video, document
    kind: str
    size: str
    at: datetime
    #: SHA-256, hex; "" while it is not here.
    sum: str
    is_here: bool
    is_lost: bool
    #: In which version it is opened here; None where it is not for this reader.
    shown: Version | None
    opens_original: bool
    #: Who opens it as it came, where the reader does not.
    others: str
    transcript: str = field(repr=False)
    steps: tuple[Step, ...]


def files(turn: Turn, seen: View) -> tuple[File, ...]:
    """What was sent with a case, oldest first."""
    return tuple(_file(turn, piece) for piece in evidence.of_case(turn, seen))


def looks(turn: Turn, seen: View) -> tuple[Step, ...]:
    """Who read the case and who opened its files, the newest first; for those whose work it is."""
    if not cases.reads_all(seen):
        return ()
    audit = turn.work.audit
    told = [
        _step(turn, fact, "evidence.read")
        for fact in audit.of("case", seen.case.id)
        if fact.verb == "case.read"
    ]
    for piece in evidence.of_case(turn, seen):
        told += [
            _step(turn, fact, "evidence.look", name=piece.name, did=turn.words(key))
            for fact in audit.of("attachment", piece.kept.id)
            if fact.verb != STORED and fact.actor != PROGRAM and (key := _did(fact))
        ]
    told.sort(key=lambda one: one.at, reverse=True)
    return tuple(_each_once(told))[:SHOWN]


def _file(turn: Turn, piece: Piece) -> File:
    kept = piece.kept
    hidden = piece.is_here and piece.shown is None and kept.copy_at is None
    return File(
        id=kept.id,
        name=piece.name,
        kind=piece.kind,
        size=evidence.size(kept.size),
        at=kept.created_at.astimezone(turn.rules.zone),
        sum=kept.sha256 or "",
        is_here=piece.is_here,
        is_lost=kept.is_lost,
        shown=piece.shown,
        opens_original=piece.opens_original,
        others=evidence.who_opens(turn, piece) if hidden else "",
        transcript=kept.transcript,
        steps=tuple(_steps(turn, piece)),
    )


def _steps(turn: Turn, piece: Piece) -> Iterator[Step]:
    """Received, copied, opened, taken out: from the audit, oldest first."""
    facts = turn.work.audit.of("attachment", piece.kept.id)
    told = [_step(turn, fact, key) for fact in facts if (key := _did(fact))]
    return _each_once(told)


def _did(fact: Fact) -> str:
    """What was done with a file, as the key of a sentence; "" for what is no such thing."""
    match fact.verb:
        case "file.opened":
            detail: Mapping[str, str] = json.loads(fact.detail)
            return f"evidence.{detail.get('how', 'seen')}_{detail['version']}"
        case "file.stored" | "file.copied" | "file.broken" | "file.lost":
            return f"evidence.did_{fact.verb.removeprefix('file.')}"
        case _:
            return ""


def _step(turn: Turn, fact: Fact, key: str, **values: str) -> Step:
    return Step(
        at=fact.at.astimezone(turn.rules.zone),
        who="" if fact.actor == PROGRAM else colleagues.called(turn, fact.actor),
        what=turn.words(key, **values),
    )


def _each_once(steps: Iterable[Step]) -> Iterator[Step]:
    """Without what the same person did again right away."""
    last: dict[tuple[str, str], datetime] = {}
    for step in steps:
        before = last.get((step.who, step.what))
        last[step.who, step.what] = step.at
        if before is None or abs(step.at - before) > AT_ONCE:
            yield step

"""What a report says, line by line, and what was corrected in it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from conversation.engine import told
from handlers.choices import lists
from handlers.people import colleagues
from handlers.turn import Turn
from storage.reporting.reports import Entry, Report

#: The kind of an entry that keeps what a correction took away.
CORRECTED = "corrected"
#: Of the report itself; others are entries.
ITSELF = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A form that was answered: the report's own, or one that added to it."""

    #: ``ITSELF``, or the entry.
    id: int
    version: str
    answers: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One answer, beside its question."""

    part: Part
    #: Of the question.
    name: str
    label: str
    answer: str = field(repr=False)


def parts(turn: Turn, report: Report) -> tuple[Part, ...]:
    """What was answered, in the order in which it came."""
    found = [Part(id=ITSELF, version=report.form_version, answers=json.loads(report.answers))]
    for entry in turn.work.reports.entries(report.id):
        if entry.kind == "answers":
            answers = json.loads(entry.body)
            found.append(Part(id=entry.id, version=answers.pop("form"), answers=answers))
    return tuple(found)


def lines(turn: Turn, report: Report) -> tuple[Line, ...]:
    """Every answer as it stands; of a question that was answered again the last one."""
    found: dict[tuple[str, str], Line] = {}
    for part in parts(turn, report):
        for name, (label, answer) in said(turn, part.version, part.answers).items():
            line = Line(part=part, name=name, label=label, answer=answer)
            found[(part.version, name)] = line
    return tuple(found.values())


def said(turn: Turn, version: str, answers: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Question name -> what it is called and what was answered, in the words of the form."""
    form = turn.rules.form(turn.work, version)
    # A place in words, or a position, belongs to the question of which place it is.
    of = {
        beside: one.path
        for one in form.questions
        for beside in (one.words, one.position)
        if beside
    }
    found: dict[str, tuple[str, str]] = {}
    for line in told(form, answers, now=turn.at, lists=lists(turn)):
        name = of.get(line.path, line.path).rpartition("/")[2]
        label = line.label.partition("\n")[0].rstrip("？?")
        before = f"{found[name][1]}，" if name in found else ""
        found[name] = (label, f"{before}{line.answer}")
    return found


def described(turn: Turn, entry: Entry, *, reporter: str) -> list[str]:
    """改过: what stood there, what stands there now, who and when; a line a question."""
    body = json.loads(entry.body)
    before = dict(said(turn, body["form"], body["was"]).values())
    after = dict(said(turn, body["form"], body["now"]).values())
    by = int(body["by"])
    name = colleagues.called(turn, by) if by else reporter
    empty = turn.words("fix.empty")
    return [
        turn.words(
            "fix.told",
            when=turn.moment(entry.created_at),
            name=name,
            label=label,
            before=before.get(label, empty),
            text=after.get(label, empty),
        )
        for label in dict.fromkeys((*before, *after))
    ]

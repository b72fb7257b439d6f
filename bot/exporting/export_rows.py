"""Visits, cases and duties as rows that leave the house, in the words that people use."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeVar, cast

from bot.commands.words import words
from conversation.engine import told
from handlers import choices, talk
from handlers.cases import duties as duty_words
from handlers.cases import involved
from handlers.people import colleagues
from handlers.rules import Rules
from handlers.turn import Turn
from policy.masking import mask_name
from storage.cases.case import Case
from storage.cases.duties import Duty
from storage.people.people import NOBODY
from storage.visiting.visit import Visit
from storage.work import Reading, Work

#: So many rows are held at once.
PAGE = 1000
Row = dict[str, str]


class Kept(Protocol):
    """A row of the memory."""

    @property
    def id(self) -> int:
        """Grows from row to row."""
        ...


K = TypeVar("K", bound=Kept)


def pages(page: Callable[[int, int], Sequence[K]]) -> Iterator[K]:
    """Every row of a thing, the oldest first, some at a time."""
    for some in in_pages(page):
        yield from some


def in_pages(page: Callable[[int, int], Sequence[K]]) -> Iterator[Sequence[K]]:
    """The same as the pages in which they are read."""
    after = 0
    while some := page(after, PAGE):
        after = some[-1].id
        yield some


def visits(reading: Reading, rules: Rules, masked: bool) -> Iterator[Row]:
    """All visits; what was written there, unless it is masked."""
    turn = _looking(reading, rules)
    for some in in_pages(reading.visits.page):
        names = _children(reading, (one.child_id for one in some), masked=masked)
        for one in some:
            row = _visit(turn, one, names)
            if not masked:
                row[_head("said")] = _written(turn, one.answers)
            yield row


def cases(reading: Reading, rules: Rules, masked: bool) -> Iterator[Row]:
    """All cases, also those that go on in another one; what was told leaves with the reports."""
    turn = _looking(reading, rules)
    for some in in_pages(reading.cases.page):
        reading.cases.read_ahead([one.id for one in some])
        about = (one.child_id for one in some if one.child_id is not None)
        names = _children(reading, about, masked=masked)
        for one in some:
            yield _case(turn, one, names)


def duties(reading: Reading, rules: Rules, masked: bool) -> Iterator[Row]:
    """All that had or has to happen, by when, and what became of it."""
    turn = _looking(reading, rules)
    for some in in_pages(reading.duties.page):
        about = _about(reading, some, masked=masked)
        for one in some:
            row = _duty(turn, one, about.get((one.subject, one.subject_id), ""))
            if not masked:
                row[_head("what")] = one.what
            yield row


def _visit(turn: Turn, one: Visit, names: Mapping[int, str]) -> Row:
    rhythm = turn.rules.policy.rhythm
    kind, failure = rhythm.kinds.get(one.kind), rhythm.failures.get(one.reason)
    return {
        _head("day"): f"{one.on_day}",
        _head("place"): _place(turn, one.area_id),
        _head("child"): names.get(one.child_id, ""),
        _head("kind"): kind.name if kind else one.kind,
        _head("result"): words(f"export_said.{one.result}"),
        _head("reason"): failure.name if failure else one.reason,
        _head("seen"): _yes(one.seen),
        _head("alone"): _yes(one.alone),
        _head("visitor"): _called(turn, one.person_id),
        _head("post"): _post(turn, one.role),
        _head("source"): words(f"export_said.{one.source}"),
        _head("entered"): _moment(turn, one.entered_at),
        _head("next"): f"{one.next_on}" if one.next_on else "",
    }


def _case(turn: Turn, one: Case, names: Mapping[int, str]) -> Row:
    policy, into = turn.rules.policy, one.joined_into
    stage = policy.lifecycle.stages.get(one.stage)
    other = None if into is None else turn.work.cases.get(into)
    lines = policy.circumstances.lines
    told_of = dict.fromkeys(
        lines[code].words if code in lines else code
        for report in turn.work.cases.reports(one.id)
        for code in report.circumstances
    )
    return {
        _head("number"): one.number,
        _head("grade"): turn.words(f"grade.{one.grade}"),
        _head("stage"): stage.name if stage else one.stage,
        _head("place"): _place(turn, one.area_id),
        _head("child"): names.get(one.child_id or 0, ""),
        _head("circumstances"): "、".join(told_of),
        _head("owner"): involved.owner_name(turn, one),
        _head("post"): _post(turn, one.owner.role),
        _head("opened"): _moment(turn, one.opened_at),
        _head("accepted"): _moment(turn, one.accepted_at),
        _head("child_seen"): _moment(turn, one.seen_at),
        _head("child_safe"): _yes(one.seen_safe),
        _head("closed"): _moment(turn, one.closed_at),
        _head("outcome"): policy.lifecycle.lists["outcomes"].get(one.outcome, one.outcome),
        _head("solved"): words(f"export_said.{one.solved}") if one.solved else "",
        _head("reopened"): str(one.reopened),
        _head("joined"): other.number if other else "",
    }


def _duty(turn: Turn, one: Duty, about: str) -> Row:
    return {
        _head("duty"): duty_words.name_of(turn, one),
        _head("about"): about,
        _head("place"): _place(turn, one.area_id),
        _head("grade"): turn.words(f"grade.{one.grade}"),
        _head("whose"): duty_words.whose(turn, one),
        _head("set"): _moment(turn, one.set_at),
        _head("due"): _moment(turn, one.due_at),
        _head("first_due"): _moment(turn, one.first_due_at),
        _head("state"): words(f"export_said.{one.state}"),
        _head("ended"): _moment(turn, one.ended_at),
        _head("ended_by"): _called(turn, one.ended_by),
        _head("late"): _yes((one.ended_at or turn.work.now) > one.due_at),
        _head("level"): str(one.level),
    }


def _about(reading: Reading, some: Sequence[Duty], *, masked: bool) -> dict[tuple[str, int], str]:
    """Which case by its number, which child by name."""
    children = [one.subject_id for one in some if one.subject == "child"]
    numbered = [one.subject_id for one in some if one.subject == "case"]
    names = _children(reading, children, masked=masked)
    return {
        **{("case", one.id): one.number for one in reading.cases.some(numbered)},
        **{("child", child_id): name for child_id, name in names.items()},
    }


def _children(reading: Reading, ids: Iterator[int] | list[int], *, masked: bool) -> dict[int, str]:
    found = reading.children.some({*ids})
    return {one.id: mask_name(one.name) if masked else one.name for one in found}


def _looking(reading: Reading, rules: Rules) -> Turn:
    """The turn of nobody, which only looks: words are those of the talk."""
    return Turn(
        work=cast("Work", reading),
        rules=rules,
        speaker=NOBODY,
        at=reading.now.astimezone(rules.zone),
        finish=talk.finish,
    )


def _written(turn: Turn, answers: str) -> str:
    """Each answer with its question, in the words of the form that asked it."""
    body: dict[str, str] = json.loads(answers)
    version = body.pop("form", "")
    if turn.work.forms.get(version) is None:  # of a program that had no forms
        return "；".join(f"{name}：{value}" for name, value in body.items())
    form = turn.rules.form(turn.work, version)
    found = told(form, body, now=turn.at, lists=choices.lists(turn))
    return "；".join(f"{line.label.rstrip('？?')}：{line.answer}" for line in found)


def _head(name: str) -> str:
    return words(f"export_head.{name}")


def _place(turn: Turn, area_id: int | None) -> str:
    return "" if area_id is None else turn.work.areas.full_name(area_id)


def _called(turn: Turn, person_id: int | None) -> str:
    """Whoever did it; nobody's name for the program itself."""
    return colleagues.called(turn, person_id) if person_id else ""


def _post(turn: Turn, role: str) -> str:
    known = turn.rules.policy.roles.get(role)
    return known.name if known else role


def _moment(turn: Turn, at: datetime | None) -> str:
    return f"{at.astimezone(turn.rules.zone):%Y-%m-%d %H:%M}" if at else ""


def _yes(told_so: bool | None) -> str:
    return "" if told_so is None else words("export_said.yes" if told_so else "export_said.no")

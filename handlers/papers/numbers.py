"""文号: the number of a paper, as the county numbers its own; each is given once."""

from dataclasses import dataclass
from datetime import datetime

from handlers.cases import casework, involved
from handlers.cases.cases import MADE
from handlers.saying import answer, button
from handlers.turn import Turn
from policy.papers import NUMBER, Paper, numbered, series
from storage.office.papers import Numbered

#: Of a paper that went out before: the same sheet once more, or another one.
AGAIN, NEW = "again", "new"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a paper is of, and which one."""

    kind: str
    id: int
    paper: str
    #: The case in whose story it stands that the paper went out.
    case: int | None = None


def given(turn: Turn, subject: Subject, paper: Paper, how: str) -> dict[str, str] | None:
    """The number and the day of a paper; None where its maker must say which number is meant."""
    if not paper.number:
        return {"today": day(turn, turn.at)}
    last = _last(turn, subject)
    if last is not None and how not in (AGAIN, NEW):
        return None
    if last is None or how == NEW:
        last = _next(turn, subject, paper)
    return {NUMBER: said(last), "today": day(turn, last.made_at)}


def ask(turn: Turn, subject: Subject, arg: str) -> None:
    """It went out before: that one once more, or a new one?"""
    last = _last(turn, subject)
    assert last is not None
    number = said(last)
    text = turn.words("paper.went_out", number=number, when=turn.day(last.made_at))
    again = button(turn.words("paper.again", number=number), "paper.make", f"{arg}:{AGAIN}")
    new = button(turn.words("paper.new"), "paper.make", f"{arg}:{NEW}")
    answer(turn, text, again, new)


def said(number: Numbered) -> str:
    """The number as it stands on the paper."""
    return numbered(number.series, number.count)


def day(turn: Turn, moment: datetime) -> str:
    """2026年11月20日."""
    on = moment.astimezone(turn.rules.zone)
    return f"{on:%Y}年{on.month}月{on.day}日"


def _last(turn: Turn, subject: Subject) -> Numbered | None:
    known = turn.work.papers.of(subject.kind, subject.id, subject.paper)
    return known[-1] if known else None


def _next(turn: Turn, subject: Subject, paper: Paper) -> Numbered:
    """The next number, entered in the book; of a case it stands in the story as well."""
    roots = turn.work.areas.roots()
    pattern = series(paper.number, roots[0].name if roots else "", turn.at.year)
    me = turn.speaker.person_id
    new = turn.work.papers.number(
        pattern, paper=subject.paper, subject=subject.kind, subject_id=subject.id, by=me
    )
    case = turn.work.cases.get(subject.case) if subject.case is not None else None
    if case is not None:
        body = casework.dump({"paper": subject.paper, "number": said(new)})
        role = involved.role_in(turn, case)
        turn.work.cases.add_entry(case.id, MADE, by=me, role=role, stage=case.stage, body=body)
    return new

"""The papers of a case and of a child: what is known stands on them, the rest is room to write.

A paper shows what its maker may read, and no more; who reported is on none of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from conversation.cards import Card
from handlers import erasing
from handlers.cases import cases, involved
from handlers.cases.involved import View as CaseView
from handlers.children import child_file, register
from handlers.children.register import View as ChildView
from handlers.papers import numbers, of_case, of_child
from handlers.papers.numbers import Subject
from handlers.people import colleagues, proof
from handlers.saying import SHOWN, answer, button, home_row
from handlers.school import absence_card, absence_view
from handlers.school.absence_view import View as AbsenceView
from handlers.turn import Turn
from policy.papers import NUMBER, Paper
from storage.cases.case import Entry

#: Of what was removed: there is none before.
RECEIPTS = {"erasure_receipt", "child_erasure_receipt"}
Seen: TypeAlias = CaseView | ChildView | AbsenceView
MIME = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What a button asks for: "case:4711:supervision", of one of several referrals its entry,
    of a numbered paper also "again".
    """

    kind: str
    subject: str
    name: str = ""
    entry: str = ""
    how: str = ""


def offer(turn: Turn, arg: str) -> None:
    """出文书: the papers of a case or of a child, "case:4711"."""
    kind, _, _ = arg.partition(":")
    papers = turn.rules.policy.papers
    seen = _seen(turn, _wanted(arg))
    if seen is None:
        return
    rows = [
        button(papers.papers[name].title, "paper.make", f"{arg}:{name}")
        for name in papers.of(kind)
        if name not in RECEIPTS or _is_erased(turn, seen)
    ]
    answer(turn, turn.words("paper.which"), *rows)


def _is_erased(turn: Turn, seen: Seen) -> bool:
    match seen:
        case CaseView():
            return bool(erasing.receipt(turn, "case", seen.case.id))
        case ChildView():
            return bool(erasing.receipt(turn, "child", seen.child.id))
        case AbsenceView():
            return False


def make(turn: Turn, arg: str) -> None:
    """One paper, as a file; that it was made is in the audit."""
    wanted = _wanted(arg)
    seen = _seen(turn, wanted)
    paper = turn.rules.policy.papers.papers.get(wanted.name)
    if seen is None or paper is None or paper.of != wanted.kind:
        return
    if _is_foreign(turn, seen) and proof.is_missing(turn):
        return
    entries = of_case.acts(turn, seen.case, paper.each) if isinstance(seen, CaseView) else ()
    if len(entries) > 1 and not wanted.entry:
        _ask_which_one(turn, entries, arg)
        return
    entry = next((one for one in entries if wanted.entry in ("", str(one.id))), None)
    subject = _subject(seen, wanted, entry)
    given = numbers.given(turn, subject, paper, wanted.how)
    if given is None:
        numbers.ask(turn, subject, arg)
        return
    facts = {
        "maker": colleagues.called(turn, turn.speaker.person_id),
        **given,
        **_facts(turn, seen, entry),
    }
    content = _written(turn, wanted.name, paper, facts)
    told = {"paper": wanted.name, **({"number": given[NUMBER]} if NUMBER in given else {})}
    me = turn.speaker.person_id
    turn.work.audit.write(me, "paper.made", wanted.kind, _id_of(seen), told)
    if wanted.name == absence_card.NOTICE and isinstance(seen, AbsenceView):
        absence_card.noticed(turn, seen)
    _hand_over(turn, paper, given.get(NUMBER, ""), content)


def _hand_over(turn: Turn, paper: Paper, number: str, content: bytes) -> None:
    text = turn.words("paper.made", title=paper.title)
    if number:
        text = f"{text}\n{turn.words('paper.numbered', number=number)}"
    file = turn.document(f"{paper.title}.docx", MIME, content)
    turn.say(Card(text=text, rows=(home_row(turn),), document=file))


def _wanted(arg: str) -> _Wanted:
    kind, subject, name, *more = (*arg.split(":"), "")
    entry = next((one for one in more if one.isdigit()), "")
    how = next((one for one in more if one in (numbers.AGAIN, numbers.NEW)), "")
    return _Wanted(kind=kind, subject=subject, name=name, entry=entry, how=how)


def _ask_which_one(turn: Turn, entries: Sequence[Entry], arg: str) -> None:
    """Several referrals, or conferences: each has a paper of its own."""
    offers = [
        button(cases.did(turn, one), "paper.make", f"{arg}:{one.id}") for one in entries[-SHOWN:]
    ]
    answer(turn, turn.words("paper.which_one"), *offers)


def _subject(seen: Seen, wanted: _Wanted, entry: Entry | None) -> Subject:
    case = seen.case.id if isinstance(seen, CaseView) else None
    if entry is not None:
        return Subject(kind="entry", id=entry.id, paper=wanted.name, case=case)
    return Subject(kind=wanted.kind, id=_id_of(seen), paper=wanted.name, case=case)


def _is_foreign(turn: Turn, seen: Seen) -> bool:
    """True for a paper that says who somebody is who is not in the maker's own hands."""
    match seen:
        case CaseView():
            child = register.view(turn, seen.case.child_id) if seen.case.child_id else None
            return child is None or not child.own
        case ChildView():
            return not seen.own
        case AbsenceView():
            known = seen.missed.child_id
            child = register.view(turn, known) if known else None
            return child is not None and not child.own


def _id_of(seen: Seen) -> int:
    match seen:
        case CaseView():
            return seen.case.id
        case ChildView():
            return seen.child.id
        case AbsenceView():
            return seen.missed.id


def _facts(turn: Turn, seen: Seen, entry: Entry | None) -> dict[str, str]:
    match seen:
        case CaseView():
            return of_case.facts(turn, seen, entry)
        case ChildView():
            return of_child.facts(turn, seen)
        case AbsenceView():
            return of_child.of_absence(turn, seen)


def _seen(turn: Turn, wanted: _Wanted) -> Seen | None:
    """What the paper is of, for whoever may read it; absent and foreign sound the same."""
    if wanted.kind == "child":
        return child_file.opened(turn, wanted.subject)
    if wanted.kind == "absence":
        return absence_view.view(turn, wanted.subject)
    seen = involved.view(turn, int(wanted.subject))
    if seen is None or not cases.reads_all(seen):
        answer(turn, turn.words("alarm.not_yours"))
        return None
    return seen


def _written(turn: Turn, name: str, paper: Paper, facts: Mapping[str, str]) -> bytes:
    from handlers.papers import paper_writing

    papers = turn.rules.policy.papers
    template = turn.rules.paper_files.get(name)
    if template is not None:
        return paper_writing.fill_template(template, facts, papers)
    return paper_writing.write(paper, facts, papers)

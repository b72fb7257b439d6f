"""The papers of a case and of a child: what is known stands on them, the rest is room to write.

A paper shows what its maker may read, and no more; who reported is on none of them.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from conversation.cards import Card
from conversation.engine import told
from handlers import filling
from handlers.cases import cases, casework, duties, holding
from handlers.cases.casework import View as CaseView
from handlers.children import child_file, register
from handlers.children.register import View as ChildView
from handlers.choices import lists
from handlers.people import colleagues, proof
from handlers.people.colleagues import answer, button
from handlers.school import absences, classes
from handlers.school.absences import View as AbsenceView
from handlers.turn import Turn
from policy.papers import Paper
from policy.receipt import say_number
from policy.register.columns import COLUMNS
from storage.cases import Case
from storage.duties import Duty

#: Of what was removed: there is none before.
RECEIPT = "erasure_receipt"
MIME = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

#: Columns of the register by the field that shows them.
OF_CHILD = {
    "child_name": "name",
    "child_sex": "sex",
    "child_birth": "birth_date",
    "child_id_number": "id_number",
    "child_address": "address",
    **{
        f"{parent}_{part}": f"{parent}_{part}"
        for parent in ("father", "mother")
        for part in ("name", "id_number", "phone", "whereabouts")
    },
    **{
        f"carer_{part}": f"guardian_{part}"
        for part in ("name", "id_number", "phone", "relation", "address", "health")
    },
    "care_reason": "care_reason",
}
#: What a report's form calls it, by the field that shows it.
OF_REPORT = {
    "place_words": "place_words",
    "occurred_at": "when",
    "how": "how",
    "child_told": "child",
    "child_sex": "child_sex",
    "child_school": "school_class",
    "circumstances": "circumstances",
    "what": "what",
    "suspect": "suspect",
    "safe": "safe",
    "done": "done",
    "police_when": "police_when",
    "police_station": "police_station",
    "police_number": "police_number",
}


def offer(turn: Turn, arg: str) -> None:
    """出文书: the papers of a case or of a child, "case:4711"."""
    kind, _, _ = arg.partition(":")
    papers = turn.rules.policy.papers
    seen = _seen(turn, arg)
    if seen is None:
        return
    rows = [
        button(papers.papers[name].title, "paper.make", f"{arg}:{name}")
        for name in papers.of(kind)
        if name != RECEIPT or (isinstance(seen, CaseView) and holding.receipt(turn, seen.case))
    ]
    answer(turn, turn.words("paper.which"), *rows)


def make(turn: Turn, arg: str) -> None:
    """One paper, as a file; that it was made is in the audit."""
    kind, _, rest = arg.partition(":")
    subject, _, name = rest.partition(":")
    seen = _seen(turn, f"{kind}:{subject}")
    paper = turn.rules.policy.papers.papers.get(name)
    if seen is None or paper is None or paper.of != kind:
        return
    if _is_foreign(turn, seen) and proof.is_missing(turn):
        return
    facts = {"today": _day(turn), "maker": colleagues.called(turn, turn.speaker.person_id)}
    match seen:
        case CaseView():
            facts |= _of_case(turn, seen)
        case ChildView():
            facts |= _of_child(turn, seen)
        case AbsenceView():
            facts |= _of_absence(turn, seen)
    content = _written(turn, name, paper, facts)
    turn.work.audit.write(
        turn.speaker.person_id, "paper.made", kind, int(subject), {"paper": name}
    )
    if name == absences.NOTICE and isinstance(seen, AbsenceView):
        absences.noticed(turn, seen)
    file = turn.document(f"{paper.title}.docx", MIME, content)
    turn.say(
        Card(
            text=turn.words("paper.made", title=paper.title),
            rows=(filling.home_row(turn),),
            document=file,
        )
    )


def _is_foreign(turn: Turn, seen: CaseView | ChildView | AbsenceView) -> bool:
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


def _seen(turn: Turn, arg: str) -> CaseView | ChildView | AbsenceView | None:
    """What the paper is of, for whoever may read it; absent and foreign sound the same."""
    kind, _, subject = arg.partition(":")
    if kind == "child":
        return child_file.opened(turn, subject)
    if kind == "absence":
        return absences.view(turn, subject)
    seen = casework.view(turn, int(subject))
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


# -- what is known ------------------------------------------------------------------------------


def _of_case(turn: Turn, seen: CaseView) -> dict[str, str]:
    case = seen.case
    waiting = turn.work.duties.open_of("case", case.id)
    late = [duty for duty in waiting if duty.due_at < turn.work.now]
    facts = {
        "number": say_number(case.number),
        "grade": turn.words(f"grade.{case.grade}"),
        "stage": turn.rules.policy.lifecycle.stages[case.stage].name,
        "area": turn.work.areas.full_name(case.area_id) if case.area_id else "",
        "reported_at": _moment(turn, case.opened_at),
        "reporter": turn.words("paper.reporter"),
        "owner": casework.owner_name(turn, case),
        "owner_post": _post(turn, case),
        "accepted_at": _moment(turn, case.accepted_at),
        "seen_at": _moment(turn, case.seen_at),
        "overdue": _lines(turn, case, late),
        "todo": _lines(turn, case, waiting),
        "told": _told(turn, case),
        "erased": holding.receipt(turn, case),
        "story": "\n".join(cases.did(turn, entry) for entry in turn.work.cases.entries(case.id)),
    }
    if "answers" in cases.parts_of(turn, seen):
        facts |= _reported(turn, case)
    child = register.view(turn, case.child_id) if case.child_id else None
    if child is None:
        return facts
    register.open_file(turn, child, code="report")
    return {**facts, **_of_child(turn, child)}


def _reported(turn: Turn, case: Case) -> dict[str, str]:
    """What the reports say, the first that says it; and what the acts of the case add."""
    facts: dict[str, str] = {}
    reasons: dict[str, None] = {}
    files = 0
    for report in turn.work.cases.reports(case.id):
        reasons |= dict.fromkeys(turn.rules.policy.grading.reasons(report.reasons))
        sent = turn.work.attachments.of_report(report.id)
        files += sum(not one.is_lost for one in sent)
        bodies = [(report.form_version, json.loads(report.answers))]
        for entry in turn.work.reports.entries(report.id):
            if entry.kind == "answers":
                body = json.loads(entry.body)
                bodies.append((body.pop("form"), body))
        for version, answers in bodies:
            said = _answers(turn, version, answers)
            for field, question in OF_REPORT.items():
                if said.get(question) and not facts.get(field):
                    facts[field] = said[question]
        if report.kind == "danger":  # its form asks nothing that is known already
            facts.setdefault("safe", turn.words("paper.in_danger"))
    facts["reasons"] = "；".join(reasons)
    if files:
        facts["files"] = turn.words("alarm.files", count=files)
    return facts


def _answers(turn: Turn, version: str, answers: Mapping[str, str]) -> dict[str, str]:
    """Question name -> answer, in the words of the form."""
    form = turn.rules.form(turn.work, version)
    lines = told(form, answers, now=turn.at, lists=lists(turn))
    return {line.path.rpartition("/")[2]: line.answer for line in lines}


def _of_child(turn: Turn, seen: ChildView) -> dict[str, str]:
    facts = _columns(seen)
    school = [facts_of for key in ("school", "class") if (facts_of := _column(seen, key))]
    if school:
        facts["child_school"] = " ".join(school)
    carer = next(
        (one for one in turn.work.carers.of_child(seen.child.id) if one.kind == "delegated"), None
    )
    if carer is not None and "guardian_name" in seen.fields:
        facts |= {
            "care_since": str(carer.since or ""),
            "care_until": str(carer.until or ""),
            **{
                key: carer.said[key]
                for key in ("child_opinion", "school_told_on", "village_told_on")
                if carer.said.get(key) and carer.said[key] != "none"
            },
        }
    return facts


def _of_absence(turn: Turn, seen: AbsenceView) -> dict[str, str]:
    """What the register and the school know; the school's own words for where the pupil sits."""
    child = register.view(turn, seen.missed.child_id) if seen.missed.child_id else None
    known = _of_child(turn, child) if child is not None else {}
    return {
        **known,
        **({"child_name": seen.name} if seen.is_named else {}),
        "child_school": classes.called(seen.room),
        "absent_since": f"{seen.missed.first_day:%Y年%m月%d日}",
        "return_days": str(turn.rules.policy.absence.notice.days),
    }


def _columns(seen: ChildView) -> dict[str, str]:
    return {field: said for field, key in OF_CHILD.items() if (said := _column(seen, key))}


def _column(seen: ChildView, key: str) -> str:
    """A column that the maker reads in full; "" for what is unknown or not for them."""
    value = seen.child.values.get(key, "")
    return child_file.said(COLUMNS[key], value) if value and key in seen.fields else ""


def _post(turn: Turn, case: Case) -> str:
    if case.owner.area_id is None:
        return turn.rules.policy.roles[case.owner.role].name
    return colleagues.post_name(turn, case.owner.role, case.owner.area_id)


def _told(turn: Turn, case: Case) -> str:
    roles = turn.rules.policy.roles
    posts = [one.role for one in turn.work.cases.members(case.id) if one.kind == "told"]
    return "、".join(dict.fromkeys(roles[role].name for role in posts if role in roles))


def _lines(turn: Turn, case: Case, of: Sequence[Duty]) -> str:
    """What is to be done; whoever has the case is not to answer for what is another's."""
    return "\n".join(_line(turn, case, duty) for duty in of)


def _line(turn: Turn, case: Case, duty: Duty) -> str:
    said = duties.said(turn, duty)
    if duties.is_owners(case, duty):
        return said
    return f"{said}　{turn.words('duty.whose', name=duties.whose(turn, duty))}"


def _day(turn: Turn) -> str:
    return f"{turn.at:%Y}年{turn.at.month}月{turn.at.day}日"


def _moment(turn: Turn, moment: datetime | None) -> str:
    return "" if moment is None else f"{moment.astimezone(turn.rules.zone):%Y-%m-%d %H:%M}"

"""One fact of a sent report is answered anew, by the same question of the same form.

What stood there stays, with who and when; whoever works on it sees both. What follows from the
new answer follows: who must hear, how urgent it is, where it is. A grade is never lowered by it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from conversation import engine
from conversation.cards import Action, Button, Card
from conversation.dialogue import Reviewing, Step, Typed
from conversation.form import Form
from handlers import filling, saying
from handlers.cases import (
    case_card,
    casework,
    exclusion,
    grades,
    involved,
    joining,
    placing,
    possible,
)
from handlers.children.own import alarming
from handlers.choices import lists
from handlers.heard.open_form import PLACE, POINT, TOLD, OpenForm
from handlers.reaching import open_ways, telling
from handlers.reporting import corrected, first_words, report, which_line
from handlers.reporting.corrected import CORRECTED, ITSELF, Line, Part
from handlers.saying import EMERGENCY, home_row
from handlers.turn import Filled, Turn
from policy.correcting import Corrected
from policy.correcting import corrected as not_this_but_that
from policy.grading import Graded, is_worse
from policy.receipt import say_number
from storage.audit import PROGRAM
from storage.cases.case import Case
from storage.reporting.drafts import Draft
from storage.reporting.reports import Report

#: How drafts of a correction say what they are about, before "report:part:question".
ABOUT = filling.CORRECTION


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a correction changes in one part of a report, by question."""

    part: Part
    was: Mapping[str, str] = field(repr=False)
    now: Mapping[str, str] = field(repr=False)

    @property
    def after(self) -> dict[str, str]:
        """The answers of the part as they stand from now on."""
        both = {**self.part.answers, **self.now}
        return {name: value for name, value in both.items() if value}


# -- asking -------------------------------------------------------------------------------------


def begin(turn: Turn, arg: str) -> None:
    """This line: its question once more."""
    report_id, part, name = arg.split(":")
    found = which_line.meant(turn, int(report_id))
    line = _line(turn, found, part, name) if found is not None else None
    if found is None or line is None:
        saying.answer(turn, turn.words("progress.gone"))
        return
    _, step = _reopened(turn, line.part, name)
    filling.reopen(turn, line.part.version, step, about=f"{ABOUT}{arg}")


def is_one(draft: Draft) -> bool:
    """True for a form that corrects a report."""
    return (draft.about or "").startswith(ABOUT)


def filed(turn: Turn, filled: Filled) -> None:
    """The question was answered anew."""
    report_id, part, name = (filled.draft.about or "").removeprefix(ABOUT).split(":")
    found = which_line.meant(turn, int(report_id))
    line = _line(turn, found, part, name) if found is not None else None
    if found is None or line is None:
        saying.answer(turn, turn.words("progress.gone"))
        return
    turn.work.attachments.bind(filled.draft.id, found.id)
    if any(
        one.kind == CORRECTED and one.id > filled.draft.id
        for one in turn.work.reports.entries(found.id)
    ):
        turn.say(Card(text=turn.words("fix.meanwhile")), asks=False)
        which_line.ask(turn, str(found.id))
        return
    _correct(turn, found, line, filled.answers)


def _line(turn: Turn, of: Report, part: str, name: str) -> Line | None:
    return next(
        (
            one
            for one in corrected.lines(turn, of)
            if str(one.part.id) == part and one.name == name
        ),
        None,
    )


def _reopened(turn: Turn, part: Part, name: str) -> tuple[OpenForm, Step]:
    """The form as it was filled in, at one question, for a speaker who is known already."""
    form, known = turn.rules.form(turn.work, part.version), lists(turn)
    said = {
        **part.answers,
        **first_words.speaker(turn),
        "speaker_known": "yes",
        "sees_register": "no",
    }
    step = engine.reopen(form, said, name, now=turn.at, lists=known)
    return OpenForm(turn=turn, form=form, lists=known, dialogue=step.dialogue), step


# -- hearing ------------------------------------------------------------------------------------


def offer(turn: Turn, of: Report, entry: int, text: str) -> bool:
    """True, and asked, where words that were kept with a report correct something in it.

    不是王家湾，是李家湾 is put as a question that a tap answers; whoever only says that something
    is wrong is asked what.
    """
    found = _proposed(turn, of, text)
    if found is not None:
        _propose(turn, of, entry, *found)
        return True
    if any(word in text for word in turn.rules.words.listed("fix.wrong")):
        which_line.ask(turn, str(of.id))
        return True
    return False


def heard(turn: Turn, text: str) -> bool:
    """True for words that correct the speaker's last report, also while they add to it."""
    if turn.draft is not None and turn.draft.report_id is None:
        return False
    if open_ways.is_open(turn.speaker.channel):  # a forged number must change nothing
        return False
    says_so = text.strip(" 。.!！") in turn.rules.words.listed("fix.say")
    if not says_so and (_read(turn, text) is None or alarming(turn, text)):
        return False
    of = first_words.just_reported(turn)
    if of is None:
        return False
    if says_so:
        which_line.ask(turn, str(of.id))
        return True
    found = _proposed(turn, of, text)
    if found is not None:
        entry = turn.work.reports.add_entry(of.id, "said", text.strip())
        _propose(turn, of, entry, *found)
    return found is not None


def yes(turn: Turn, arg: str) -> None:
    """对，改成这样: what was said in words becomes the answer; "report:entry"."""
    report_id, _, entry_id = arg.partition(":")
    of = which_line.meant(turn, int(report_id))
    entries = turn.work.reports.entries(of.id) if of is not None else ()
    entry = next((one for one in entries if str(one.id) == entry_id and one.kind == "said"), None)
    found = _proposed(turn, of, entry.body) if of is not None and entry is not None else None
    if of is None or found is None:
        saying.answer(turn, turn.words("fix.same" if of is not None else "progress.gone"))
        return
    _correct(turn, of, *found)


def _proposed(turn: Turn, of: Report, text: str) -> tuple[Line, dict[str, str]] | None:
    """The line that words correct, and the answers after it; None where that is not clear."""
    words = _read(turn, text)
    if words is None:
        return None
    lines = [one for one in corrected.lines(turn, of) if words.was in one.answer]
    # What was told in one's own words may name it as well: that stays as it was told.
    asked = [one for one in lines if one.name not in TOLD]
    for found in (asked, lines):
        if len(found) == 1:
            return _answered(turn, found[0], words)
    return None


def _read(turn: Turn, text: str) -> Corrected | None:
    listed = turn.rules.words.listed
    return not_this_but_that(text, listed("fix.not"), listed("fix.but"))


def _answered(turn: Turn, line: Line, words: Corrected) -> tuple[Line, dict[str, str]] | None:
    here, _ = _reopened(turn, line.part, line.name)
    told = words.now
    if here.question is not None and here.question.kind == "text":
        told = line.answer.replace(words.was, words.now)
    step = here.step(Typed(text=told))
    if not isinstance(step.screen, Reviewing):
        return None
    return line, engine.counting(here.form, step.dialogue, now=turn.at, lists=here.lists)


def _propose(turn: Turn, of: Report, entry: int, line: Line, answers: Mapping[str, str]) -> None:
    after = corrected.said(turn, line.part.version, answers).get(line.name)
    text = turn.words(
        "fix.ask",
        number=say_number(of.number),
        label=line.label,
        before=line.answer,
        text=after[1] if after else turn.words("fix.empty"),
    )
    agree = Button(label=turn.words("fix.yes"), action=Action("fix.yes", f"{of.id}:{entry}"))
    other = Button(label=turn.words("fix.other"), action=Action("fix", str(of.id)))
    turn.say(Card(text=text, rows=((agree,), (other,))), report_id=of.id)


# -- correcting ---------------------------------------------------------------------------------


def _correct(turn: Turn, of: Report, line: Line, answers: Mapping[str, str]) -> None:
    change = _change(turn, line, answers)
    if not change.now:
        saying.answer(turn, turn.words("fix.same"))
        return
    before = _graded(turn, of)
    by = PROGRAM if which_line.is_own(turn, of) else turn.speaker.person_id
    entry = _keep(turn, of, line, change, by)
    now = turn.work.reports.get(of.id) or of
    exclusion.answered_more(turn, now, change.now)
    risen, lower = _regrade(turn, now, before, by)
    moved = _move(turn, now, change, entry)
    _tell(turn, now, change, entry, lower, is_told=bool(risen or moved))
    _say_done(turn, now, line, change, [one for one in (moved, risen) if one], urgent=bool(risen))


def _change(turn: Turn, line: Line, answers: Mapping[str, str]) -> Change:
    """What another answer changes, with what hangs on it; not what it does not count with."""
    here, step = _reopened(turn, line.part, line.name)
    before = engine.counting(here.form, step.dialogue, now=turn.at, lists=here.lists)
    names = [
        name
        for name in {**before, **answers}
        if before.get(name, "") != answers.get(name, "") and _is_of_report(here.form, name)
    ]
    known = line.part.answers
    # A position belongs to the place that it was sent for.
    if line.name == PLACE and known.get(POINT) == answers.get(POINT):
        names.append(POINT)
        answers = {**answers, POINT: ""}
    return Change(
        part=line.part,
        was={name: known[name] for name in names if known.get(name)},
        now={
            name: answers.get(name, "") for name in names if known.get(name) != answers.get(name)
        },
    )


def _is_of_report(form: Form, name: str) -> bool:
    """Who reports is none of the report's answers, nor what the program told the form."""
    asked = form.named(name)
    is_other = name.startswith(report.IDENTITY) or name in report.PRESETS
    return asked is not None and asked.answerable and not is_other


def _keep(turn: Turn, of: Report, line: Line, change: Change, by: int) -> int:
    """The new answer where the old one stood; the old one with who and when."""
    reports, after = turn.work.reports, change.after
    if change.part.id == ITSELF:
        reports.set_answers(
            of.id,
            report.dump(after),
            circumstances=tuple(after.get("circumstances", "").split()),
            occurred_at=report.moment_of(after.get("when", "")),
        )
    else:
        reports.set_entry(change.part.id, report.dump({"form": change.part.version, **after}))
    body = {"form": change.part.version, "was": change.was, "now": change.now, "by": str(by)}
    entry = reports.add_entry(of.id, CORRECTED, json.dumps(body, ensure_ascii=False))
    case = turn.work.cases.of_report(of.id)
    if case is not None:
        act = turn.rules.policy.lifecycle.acts.get(which_line.FIX)
        if by == PROGRAM or act is None:
            turn.work.cases.add_entry(case.id, CORRECTED, by=PROGRAM, role="", stage=case.stage)
        else:
            casework.record(turn, case, which_line.FIX, act, {})
    told = {"question": line.name}
    turn.work.audit.write(by, "report.corrected", "report", of.id, told)
    return entry


def _graded(turn: Turn, of: Report) -> Graded:
    """How urgent the report is by all that it says now."""
    case = turn.work.cases.of_report(of.id)
    facts: dict[str, str] = {}
    for part in corrected.parts(turn, of):
        facts |= part.answers
    facts |= report.known_of(turn, case.child_id if case is not None else None)
    heard = [one.transcript for one in turn.work.attachments.of_report(of.id)]
    form = turn.rules.form(turn.work, of.form_version)
    return report.graded(turn, f"{of.kind} {form.name}", facts, heard)


def _regrade(turn: Turn, of: Report, before: Graded, by: int) -> tuple[str, str]:
    """What to say where it became more urgent; and the grade that it would have, were it lowered.

    Whoever may lower it decides that.
    """
    found, case = _graded(turn, of), turn.work.cases.of_report(of.id)
    if is_worse(found.grade, of.grade):
        reasons = dict.fromkeys([*of.reasons, *(one.key for one in found.reasons)])
        turn.work.reports.set_grade(of.id, found.grade, tuple(reasons))
    if case is None or not case.is_open:
        return "", ""
    if is_worse(found.grade, case.grade):
        told = {"from": case.grade, "to": found.grade}
        after = grades.set_grade(
            turn, case, found.grade, told, by=by, what="alarm.corrected_risen"
        )
        hearers = grades.receivers(turn, after)
        heard = telling.told_line(turn, replace(of, grade=after.grade), hearers)
        return f"{turn.words('receipt.risen')}\n{heard}", ""
    is_lower = is_worse(before.grade, found.grade) and is_worse(case.grade, found.grade)
    return "", found.grade if is_lower else ""


def _move(turn: Turn, of: Report, change: Change, entry: int) -> str:
    """Where the new place leads; what to say of who hears there.

    Where others reported the same, whoever has the case decides.
    """
    area = _area(turn, change)
    case = turn.work.cases.of_report(of.id)
    if area is None or case is None or area == of.area_id:
        return ""
    is_alone = len(turn.work.cases.reports(case.id)) == 1
    if case.is_open and area != case.area_id and (is_alone or not which_line.is_own(turn, of)):
        return placing.move(turn, case, area)
    turn.work.reports.set_area(of.id, area)
    if case.is_open and area != case.area_id:
        placing.ask_owner(turn, case, area, entry)
    return ""


def _area(turn: Turn, change: Change) -> int | None:
    """The place that was chosen, or that words name alone; None for no other than before."""
    if chosen := change.now.get(PLACE, ""):
        return turn.work.areas.meant(int(chosen))
    spoken = turn.work.areas.spoken_of(change.now.get("place_words", ""))
    return spoken[0].id if len(spoken) == 1 else None


def _tell(
    turn: Turn, of: Report, change: Change, entry: int, lower: str, *, is_told: bool
) -> None:
    """Whoever works on it hears, and whoever hears of such circumstances for the first time."""
    case = turn.work.cases.of_report(of.id)
    if case is None:
        return
    if "child" in change.now:
        joining.offer(turn, of)
    if is_told and not lower:
        return
    if case.is_open and "circumstances" in change.now and _is_news(turn, case):
        grades.tell_everybody(turn, case, "alarm.corrected", entry)
    card = case_card.card(turn, case, "alarm.corrected")
    if lower:
        text = turn.words("fix.lower", grade=turn.words(f"grade.{lower}"))
        regrade = saying.button(turn.words("alarm.regrade"), "case.regrade", str(case.id))
        card = replace(card, text=f"{card.text}\n{text}", rows=(*card.rows, regrade))
    for person in involved.working_on(turn, case):
        if person not in turn.whose:
            telling.tell_person(
                turn,
                person,
                card,
                key=f"report:{of.id}:corrected:{entry}:{person}",
                priority=telling.urgency(case.grade),
                about=case_card.about(case),
            )


def _is_news(turn: Turn, case: Case) -> bool:
    """True where somebody must hear of it now who was not told."""
    told = {*involved.told_of(turn, case), case.owner.person_id}
    return any(one.person_id not in told for one in grades.receivers(turn, case))


def _say_done(
    turn: Turn, of: Report, line: Line, change: Change, more: list[str], *, urgent: bool
) -> None:
    now = corrected.said(turn, change.part.version, change.after).get(line.name)
    said = [
        turn.words("fix.done", number=say_number(of.number), label=line.label),
        turn.words("fix.now", text=now[1] if now else turn.words("fix.empty")),
        *more,
    ]
    is_own = which_line.is_own(turn, of)
    case = None if is_own else turn.work.cases.of_report(of.id)
    rows = [telling.rows(possible.details_button(turn, case))[0]] if case is not None else []
    turn.say(
        Card(
            text="\n".join(said),
            rows=(*rows, home_row(turn)),
            calls=EMERGENCY if urgent and is_own else (),
        ),
        report_id=of.id if is_own else None,
    )

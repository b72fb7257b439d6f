"""What is known of a case: read it (each look is audited), change its grade, list one's own."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from conversation.answers import spoken
from conversation.cards import Button, Card
from conversation.engine import told
from conversation.packing import paired
from conversation.windows import MOST
from handlers import filling
from handlers.cases import (
    adding_up,
    assisting,
    case_card,
    clusters,
    duties,
    grades,
    holding,
    involved,
    joining,
    possible,
    which_child,
)
from handlers.cases.involved import View
from handlers.choices import lists
from handlers.people import colleagues
from handlers.reaching import calls
from handlers.reaching.telling import pages, pairs
from handlers.reporting import corrected, reporters
from handlers.reporting.reporters import Question
from handlers.saying import OFFERED, answer, button, home_row
from handlers.turn import Filled, Turn
from policy.grading import GRADES, may_change
from policy.receipt import say_number
from policy.rights import PARTS, WORDS
from storage.cases.case import CLOSED, Case, Entry
from storage.cases.duties import Duty
from storage.reporting.reports import Report

#: In the story: that words speak of somebody of the place.
NAMED = ("named_held", "named_hidden")
#: And that a paper with a number went out.
MADE = "paper"
#: More open cases of a place are not listed in the chat.
MANY = 50
#: What opens a list of what was sent with it.
FILES = "case.files"
#: What stands on one card behind 更多.
MORE = 6
#: As far ahead as anything is asked of anybody.
FAR = timedelta(days=3650)


# -- lists --------------------------------------------------------------------------------------


def mine(turn: Turn, _: str = "") -> None:
    """我的工单: the speaker's own, then what is open in their places, the most urgent first."""
    own = list({case.id: case for case in (*owned(turn), *helped(turn))}.values())
    others = [case for case in _in_places(turn) if case.id not in {one.id for one in own}]
    rows = [
        button(line(turn, case), "case.details", str(case.id))
        for case in (*_urgent(own), *_urgent(others))
    ]
    answer(turn, _title(turn, len(own), len(others)), *rows[:OFFERED])


def _title(turn: Turn, own: int, others: int) -> str:
    """How many of the lines below are one's own; they stand first."""
    if own and others:
        return turn.words("case.both_title", first=own, last=others)
    head = turn.words("case.mine_title" if own else "case.mine_none", count=own)
    return "\n".join([head, *([turn.words("case.place_title", count=others)] if others else [])])


def owned(turn: Turn) -> tuple[Case, ...]:
    """Open cases whose owner is the speaker, or somebody they stand in for."""
    me = turn.speaker.person_id
    mine = [me, *turn.work.deputies.acting_for(me, turn.work.now)]
    return turn.work.cases.owned_by(mine, seer=me)


def helped(turn: Turn) -> list[Case]:
    """Cases to which the speaker was let in, or in which something is theirs to do."""
    me = turn.speaker.person_id
    let_in = turn.work.cases.of_member(me, "partner")
    mine = {
        duty.subject_id
        for duty in turn.work.duties.of_people([me], turn.work.now + FAR)
        if duty.subject == "case"
    }
    found = [*let_in, *turn.work.cases.some(mine)]
    ids = [case.id for case in found]
    turn.work.cases.read_ahead(ids)
    turn.work.duties.read_ahead("case", ids)
    return [case for case in found if involved.relations(turn, case)]


def has_cases(turn: Turn) -> bool:
    """True for whoever reads reports somewhere, or was asked to help with a case."""
    roles = turn.rules.policy.roles
    reads = any(roles[role.role].reads_reports for role in turn.roles if role.role in roles)
    return reads or bool(helped(turn))


def _in_places(turn: Turn) -> list[Case]:
    roles = turn.rules.policy.roles
    places = dict.fromkeys(
        post.area_id
        for post in turn.roles
        if post.role in roles and roles[post.role].reads_reports
    )
    me, known = turn.speaker.person_id, turn.work.cases
    found = {case.id: case for place in places for case in known.below(place, MANY, seer=me)}
    return [case for case in found.values() if involved.relations(turn, case)]


def _urgent(cases: Sequence[Case]) -> list[Case]:
    return sorted(cases, key=lambda case: (GRADES.index(case.grade), case.id))


def line(turn: Turn, case: Case) -> str:
    """红 ### ### ### 受理　还剩 1 小时: a case in a list."""
    waiting = turn.work.duties.open_of("case", case.id)
    return turn.words(
        "case.line",
        grade=turn.words(f"grade.{case.grade}"),
        number=say_number(case.number),
        stage=turn.rules.policy.lifecycle.stages[case.stage].name,
        left=duties.left(turn, waiting[0].due_at) if waiting else "",
    ).strip()


# -- one case -----------------------------------------------------------------------------------


def details(turn: Turn, case_id: str) -> None:
    """Everything that was said and done, for whoever has to do with it; the look is audited."""
    seen = _seen(turn, case_id)
    if seen is None:
        return
    case = seen.case
    turn.work.audit.write(turn.speaker.person_id, "case.read", "case", case.id, {})
    first, others = _ways(turn, seen)
    home = home_row(turn)
    *before, last = pages(_story(turn, seen))
    for page in before:
        turn.say(Card(text=page), asks=False)
    if others:  # what is shown is full: the way home is typed, or behind 更多
        every = (*(one for row in first for one in row), *others, *home)
        typed = turn.words("form.typed", text=home[0].label)
        *alone, told = pages([*last.splitlines(), typed])  # never in a message of its own
        turn.say(Card(text=last if alone else told, rows=first, every=every))
    else:
        turn.say(Card(text=last, rows=(*first, home)))


def _ways(turn: Turn, seen: View) -> tuple[tuple[tuple[Button, ...], ...], list[Button]]:
    """Rows of what is done first and as much of what lies beside as fits; what is behind 更多."""
    acts, links = possible.act_buttons(turn, seen), beside(turn, seen)
    if len(acts) + len(links) < MOST:
        return (*pairs(acts), *paired(links)), []
    first = acts[: possible.ACTS]
    room = MOST - 1 - len(first)  # beside 更多
    rows = (*pairs(first), possible.more_row(turn, seen.case), *paired(links[:room]))
    return rows, [*links[room:], *acts[possible.ACTS :]]


def more(turn: Turn, arg: str) -> None:
    """更多: what else may be done, a few at a time."""
    case_id, _, page = arg.partition(":")
    seen = _seen(turn, case_id)
    if seen is None:
        return
    others = _ways(turn, seen)[1] or possible.act_buttons(turn, seen)[possible.ACTS :]
    some = [others[at : at + MORE] for at in range(0, len(others), MORE)] or [[]]
    here = int(page or 0) % len(some)
    following = [possible.more_row(turn, seen.case, here + 1)] if len(some) > 1 else []
    text = turn.words("case.more_title", number=say_number(seen.case.number))
    has_room = len(some[here]) + len(following) + 1 < MOST
    ways = (possible.details_button(turn, seen.case), *(home_row(turn) if has_room else ()))
    turn.say(Card(text=text, rows=(*paired(some[here]), *following, ways)), in_place=True)


def _files_row(turn: Turn, seen: View) -> tuple[tuple[Button, ...], ...]:
    """看附件, where something was sent that the reader opens."""
    reads = "files" in parts_of(turn, seen)
    reports = turn.work.cases.reports(seen.case.id) if reads else ()
    if not any(turn.work.attachments.of_report(one.id) for one in reports):
        return ()
    return (button(turn.words("evidence.offer"), FILES, str(seen.case.id)),)


def beside(turn: Turn, seen: View) -> list[Button]:
    """What lies beside the acts: what was sent, whose child it is, its grade, its papers."""
    case, child = seen.case, which_child.rows(turn, seen.case)
    near = (*_files_row(turn, seen), *child[:1])
    if not reads_all(seen):
        return [one for row in (*near, *child[1:]) for one in row]
    regrade = button(turn.words("alarm.regrade"), "case.regrade", str(case.id))
    paper = button(turn.words("paper.offer"), "paper", case_card.about(case))
    rows = (*near, *joining.rows(turn, seen), regrade, paper, *child[1:])
    return [one for row in rows for one in row]


def begin_regrade(turn: Turn, case_id: str) -> None:
    """Raise freely, lower with a reason."""
    seen = _working(turn, case_id)
    if seen is not None:
        preset = {"grade_now": seen.case.grade}
        filling.begin(turn, "regrade", preset=preset, about=case_card.about(seen.case))


def regrade(turn: Turn, filled: Filled) -> None:
    """The new grade, with who, when and why; what is open is due accordingly."""
    seen = _working(turn, (filled.draft.about or "").removeprefix("case:"))
    if seen is None:
        return
    case, new = seen.case, filled.answers["grade"]
    reason = filled.answers.get("reason", "")
    lowers = grades.may_lower(turn)
    if not may_change(case.grade, new, reason, lowers=lowers):
        key = "alarm.regrade_denied" if lowers else "alarm.regrade_above"
        turn.say(Card(text=turn.words(key), rows=(home_row(turn),)))
        return
    grades.set_grade(turn, case, new, {"from": case.grade, "to": new, "reason": reason})
    said = turn.words(
        "alarm.regraded", number=say_number(case.number), grade=turn.words(f"grade.{new}")
    )
    turn.say(Card(text=said, rows=(home_row(turn),)))


def _working(turn: Turn, case_id: str) -> View | None:
    """The case for those whose work it is; for others it sounds as if it were not there."""
    seen = involved.view(turn, int(case_id or 0))
    if seen is not None and reads_all(seen):
        return seen
    turn.say(Card(text=turn.words("alarm.not_yours"), rows=(home_row(turn),)))
    return None


def _seen(turn: Turn, case_id: str) -> View | None:
    """The case as the speaker may see it; absent and foreign sound the same."""
    seen = involved.view(turn, int(case_id or 0))
    if seen is None:
        turn.say(Card(text=turn.words("alarm.not_yours"), rows=(home_row(turn),)))
    return seen


def _story(turn: Turn, seen: View) -> list[str]:
    """Of which case, and what happened; how it stands and what is due comes after that."""
    told = story(turn, seen)
    title, *stands = told.head
    dues = [line for _, line in told.dues]
    return [title, *told.reports, *stands, *dues, *told.helpers, *told.entries]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """All that somebody may read of a case, in lines."""

    head: list[str] = field(repr=False)
    #: What is still to be done, each with its line.
    dues: list[tuple[Duty, str]] = field(repr=False)
    helpers: list[str] = field(repr=False)
    reports: list[str] = field(repr=False)
    entries: list[str] = field(repr=False)


def story(turn: Turn, seen: View) -> Story:
    """How the case stands, what was reported, who did what when; whoever shows it audits it."""
    case, parts = seen.case, parts_of(turn, seen)
    whole = reads_all(seen)
    number, grade = say_number(case.number), turn.words(f"grade.{case.grade}")
    owner = "case.owner" if case.is_accepted else "case.owner_waiting"
    head = [
        turn.words("alarm.detail_title", number=number, grade=grade),
        turn.words("case.stage", stage=turn.rules.policy.lifecycle.stages[case.stage].name),
        turn.words(owner, name=involved.owner_name(turn, case)),
        *which_child.lines(turn, case),
        *(_last_sight(turn, case) if whole else []),
        *(_end(turn, case) if whole else []),
        *(calls.told_of(turn, case) if whole else []),
    ]
    dues = [
        (duty, duties.told(turn, case, duty))
        for duty in involved.open_duties(turn, case)
        if whole or involved.is_mine(turn, duty)
    ]
    names = reporters.called(turn, case)
    reports = [
        line
        for report in turn.work.cases.reports(case.id)
        for line in _report(turn, report, names[report.id], parts)
    ]
    return Story(
        head=head,
        dues=dues,
        helpers=assisting.lines(turn, case) if whole else [],
        reports=reports,
        entries=_entries(turn, case, parts) if whole else [],
    )


def _last_sight(turn: Turn, case: Case) -> list[str]:
    if case.seen_at is None:
        return []
    safe = {True: "case.seen_safe", False: "case.seen_unsafe", None: "case.seen_unsure"}
    return [turn.words(safe[case.seen_safe], when=turn.moment(case.seen_at))]


def _end(turn: Turn, case: Case) -> list[str]:
    """How it ended, and apart from that whether it helped; how often it was taken up again."""
    lines = []
    lifecycle = turn.rules.policy.lifecycle
    ended = lifecycle.lists["outcomes"].get(case.outcome)
    if ended is not None and case.stage in (lifecycle.closing.stage, CLOSED):
        lines.append(turn.words("case.outcome", what=ended))
    if not case.is_open:
        lines.append(turn.words(f"case.solved_{case.solved or 'unknown'}"))
    if case.reopened:
        lines.append(turn.words("case.reopened_times", count=case.reopened))
    return lines + holding.lines(turn, case)


def reads_all(seen: View) -> bool:
    """True for those whose work the case is; others see their parts and what they must do."""
    return not seen.is_to_it.isdisjoint(("owner", "receiver"))


def parts_of(turn: Turn, seen: View) -> frozenset[str]:
    """What of the case the speaker reads: by their posts, or as somebody who was let in."""
    posts = ((role.role, role.area_id) for role in turn.roles)
    by_post = turn.rules.policy.rights.parts(posts, seen.case.area_id, turn.work.areas)
    let_in = {
        part
        for one in turn.work.cases.members(seen.case.id)
        if one.kind == "partner" and one.person_id == turn.speaker.person_id
        for part in one.parts
    }
    told = PARTS if reads_all(seen) else ()
    hidden = WORDS if involved.is_held(turn, seen.case.id) else ()
    return frozenset({*by_post, *let_in, *told} - {*hidden})


def _report(turn: Turn, report: Report, name: str, parts: frozenset[str]) -> list[str]:
    lines: list[str] = []
    reasons = turn.rules.policy.grading.reasons(report.reasons)
    if reasons and "reasons" in parts:
        lines.append(turn.words("alarm.reasons", reasons="；".join(reasons)))
    if "answers" in parts:
        if report.anonymous:
            lines.append(turn.words("question.who", name=name))
        lines += _answers(turn, report.form_version, json.loads(report.answers))
    if "additions" in parts:
        lines += _additions(turn, report, name, parts)
    if "files" in parts:
        lines += _files(turn, report)
    return lines


def _files(turn: Turn, report: Report) -> list[str]:
    """What a machine made out of the recordings, how many files came, and which did not."""
    files = turn.work.attachments.of_report(report.id)
    lines = [turn.words("alarm.heard", text=file.transcript) for file in files if file.transcript]
    missing = Counter(file.kind for file in files if file.is_lost)
    if came := len(files) - missing.total():
        lines.append(turn.words("alarm.files", count=came))
    if missing:
        kinds = (
            turn.words("alarm.files_of", what=turn.words(f"file.{kind}"), count=count)
            for kind, count in missing.items()
        )
        lines.append(turn.words("alarm.files_lost", what="、".join(kinds)))
    return lines


def _additions(turn: Turn, report: Report, name: str, parts: frozenset[str]) -> list[str]:
    lines: list[str] = []
    questions = {one.id: one for one in reporters.questions(turn, report.id)}
    for entry in turn.work.reports.entries(report.id):
        when = entry.created_at.astimezone(turn.rules.zone)
        match entry.kind:
            case "said":
                lines.append(turn.words("alarm.said", when=turn.moment(when), text=entry.body))
            case "place":
                text = spoken("geopoint", entry.body, turn.at)
                lines.append(turn.words("alarm.position", when=turn.moment(when), text=text))
            case "answers":
                body = json.loads(entry.body)
                lines += _answers(turn, body.pop("form"), body)
            case corrected.CORRECTED if "answers" in parts:
                lines += corrected.described(turn, entry, reporter=name)
            case "asked":
                lines += _question(turn, name, questions[entry.id])
            case _:
                pass
    return lines


def did(turn: Turn, entry: Entry) -> str:
    """11-20 10:40　张三 接了这件事."""
    acts = turn.rules.policy.lifecycle.acts
    when = turn.moment(entry.true_at)
    what = acts[entry.act].did if entry.act in acts else _noted(turn, entry)
    name = colleagues.called(turn, entry.person_id) if entry.person_id else ""
    key = "case.story" if name else "case.story_program"
    return turn.words(key, when=when, name=name, did=what)


def _noted(turn: Turn, entry: Entry) -> str:
    """What stands in the story without being an act of the table."""
    if entry.act != MADE:
        return turn.words(f"case.{entry.act}")
    body, papers = json.loads(entry.body), turn.rules.policy.papers.papers
    paper = papers.get(body["paper"])
    return turn.words("case.paper", title=paper.title if paper else "", number=body["number"])


def _question(turn: Turn, name: str, asked: Question) -> list[str]:
    """What the reporter was asked, and what came back; not who that is."""
    when = turn.moment(asked.asked_at)
    first = turn.words("question.of", name=name, when=when, text=asked.text)
    if asked.answered_at is None:
        return [first, turn.words("question.unanswered")]
    when = turn.moment(asked.answered_at)
    return [first, turn.words("question.answered", when=when, text=asked.answer)]


def _entries(turn: Turn, case: Case, parts: frozenset[str]) -> list[str]:
    """Who did what when; what they wrote about it for those who read answers."""
    lines: list[str] = []
    counts_hidden = bool(turn.hidden)
    for entry in turn.work.cases.entries(case.id):
        if entry.act in NAMED and "answers" not in parts:
            continue  # whom words mention does not learn from the story that they do
        if counts_hidden and entry.act.startswith(clusters.ACT):
            continue  # that there are several tells of one of which they must not hear
        lines.append(did(turn, entry))
        body = json.loads(entry.body)
        if why := joining.line(turn, entry.act, body):
            lines.append(turn.words("join.why", what=why))
        if added := adding_up.line(turn, body):
            lines.append(f"　{added}")
        if "answers" in parts and "form" in body:
            lines += [f"　{line}" for line in _answers(turn, body.pop("form"), body)]
    return lines


def _answers(turn: Turn, version: str, answers: dict[str, str]) -> list[str]:
    """Each answer with its question, in the words of the form that asked it."""
    form = turn.rules.form(turn.work, version)
    lines = told(form, answers, now=turn.at, lists=lists(turn))
    return [f"{line.label.rstrip('？?')}：{line.answer}".replace("\n", "\n　") for line in lines]

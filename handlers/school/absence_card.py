"""The card of one absence: what stands on it, and what somebody may do."""

from collections.abc import Iterator
from datetime import date, timedelta

from conversation.cards import Button, Card
from handlers.cases import duties
from handlers.children import register
from handlers.people import colleagues
from handlers.reaching.telling import pages
from handlers.saying import button, home_row
from handlers.school import classes
from handlers.school.absence_ladder import (
    CHILD_POST,
    VILLAGE,
    as_rule,
    get_missed,
    set_duties,
    stage_line,
    stands,
)
from handlers.school.absence_view import View, view, view_of
from handlers.turn import Turn
from policy.absence import Step, steps_due
from storage.school.absences import Missed

#: 限期返校通知书 (policy/papers.toml).
NOTICE = "return_notice"


def show(turn: Turn, absence_id: str) -> None:
    """Who is missing since when, what was done, what is to be done; the look is audited."""
    seen = view(turn, absence_id)
    if seen is None:
        return
    missed = seen.missed
    turn.work.audit.write(turn.speaker.person_id, "absence.read", "absence", missed.id, {})
    child = register.view(turn, missed.child_id) if missed.child_id else None
    if child is not None and child.own:
        register.open_file(turn, child, code="own")
    *before, last = pages([*_lines(turn, seen)])
    for part in before:  # a long story is several messages, the buttons below the last
        turn.say(Card(text=part), asks=False)
    rows = (*_buttons(turn, seen), home_row(turn))
    turn.say(Card(text=last, rows=rows), in_place=not before)


def _lines(turn: Turn, seen: View) -> Iterator[str]:
    missed = seen.missed
    yield turn.words(
        "absent.title",
        name=seen.name,
        where=classes.called(seen.room),
        when=turn.day(missed.first_day),
    )
    known = turn.words(f"absent.reason.{missed.reason or 'unknown'}")
    yield turn.words("absent.why_line", reasons=known) if missed.reason else known
    if missed.excused_until is not None:
        yield turn.words("absent.until_line", when=turn.day(missed.excused_until))
    stood = stands(turn, missed)
    if stood in ("suspected", "dropout", "missing"):
        yield turn.words(f"absent.stands.{stood}")
    if line := stage_line(turn, missed):
        yield line
    rungs = turn.rules.policy.absence.rungs
    for entry in turn.work.absences.entries(missed.id):
        when = turn.moment(entry.entered_at)
        did = (
            rungs[entry.code].name
            if entry.code in rungs
            else turn.words(f"absent.did.{entry.act}")
        )
        name = colleagues.called(turn, entry.person_id) if entry.person_id else ""
        yield turn.words("absent.story", when=when, name=name, did=did)
        if entry.note:
            yield f"　{entry.note}"
    for duty in turn.work.duties.open_of("absence", missed.id):
        if duty.due_at <= turn.work.now + timedelta(days=2):
            yield duties.said(turn, duty)


def _buttons(turn: Turn, seen: View) -> list[tuple[Button, ...]]:
    missed, row = seen.missed, str(seen.missed.id)
    rows = _done_rows(turn, seen)
    if not missed.is_open:
        return rows
    if _may_send_notice(turn, seen):
        rows.append(button(turn.words("absent.notice"), "paper.make", f"absence:{row}:{NOTICE}"))
    rows.append(button(turn.words("absent.why"), "absence.why", row))
    rows.append(button(turn.words("absent.back"), "absence.back", row))
    if missed.reason == "transferred":
        rows.append(button(turn.words("absent.gone"), "absence.gone", row))
    if not missed.cannot_be_found:
        rows.append(button(turn.words("absent.nowhere"), "absence.missing", row))
    return rows


def _done_rows(turn: Turn, seen: View) -> list[tuple[Button, ...]]:
    return [
        button(
            turn.words("absent.done", what=step.name),
            "absence.did",
            f"{seen.missed.id}:{step.key}",
        )
        for step in mine_due(turn, seen)
    ]


def _may_send_notice(turn: Turn, seen: View) -> bool:
    """乡镇 and 教育局 order the return of a pupil who is about to leave school for good."""
    roles = turn.rules.policy.roles
    above = any(roles[post].level != "village" for post in seen.posts if post in roles)
    return above and seen.is_named and stands(turn, seen.missed) in ("suspected", "dropout")


def noticed(turn: Turn, seen: View) -> None:
    """The notice to return was made out: when its time is over, somebody looks."""
    missed, day = seen.missed, turn.at.date()
    if not missed.is_open or missed.noticed == day:
        return
    by = turn.speaker.person_id
    turn.work.absences.add_entry(missed.id, "notice", by=by, code=day.isoformat())
    set_duties(turn, get_missed(turn, missed.id))


def mine_due(turn: Turn, seen: View) -> list[Step]:
    """What the speaker can say is done: steps of their posts; a stand-in's for nobody's child."""
    policy = turn.rules.policy
    known = as_rule(turn, seen.missed)
    posts = seen.posts | ({CHILD_POST} if VILLAGE in seen.posts else set())
    due = steps_due(known, turn.work.now, policy.absence, policy.calendar)
    # The call to the police is asked for with the case that it opened.
    return [step for step in due if step.key != "police" and posts.intersection(step.whose)]


def steps_of_child(turn: Turn, child_id: int, day: date) -> list[tuple[Button, ...]]:
    """What somebody who was with a child on a day may say is done about its absence."""
    rows = []
    for missed in turn.work.absences.of_child(child_id, turn.at.date()):
        heeds = missed.is_open and missed.first_day <= day
        seen = view_of(turn, missed) if heeds else None
        rows += _done_rows(turn, seen) if seen else []
    return rows


def to(turn: Turn, missed: Missed) -> tuple[Button, ...]:
    """The way to an absence."""
    return button(turn.words("absent.open"), "absence", str(missed.id))

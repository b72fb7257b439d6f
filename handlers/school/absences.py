"""Who is missing from school: noted, excused, back again or not."""

from datetime import date

from conversation.cards import Button
from handlers.cases import adding_up
from handlers.saying import answer, button
from handlers.school import classes
from handlers.school.absence_ladder import as_rule, get_missed, set_duties
from handlers.school.absence_telling import settle, tell_first
from handlers.school.absence_view import view
from handlers.turn import Turn
from policy.absence import plan, standing
from storage.school.absences import AbsenceIn, Missed
from storage.school.classes import Pupil, SchoolClass


def note(
    turn: Turn, pupil: Pupil, room: SchoolClass, day: date, reason: str, excused: bool
) -> Missed | None:
    """The pupil is missing since a day; what another teacher noted is added to, never doubled.

    None for a reason with which the pupil is expected: late.
    """
    kind = turn.rules.policy.absence.path(reason)
    if kind.path == "none":
        return None
    # Nobody is given up for lost by a word in a line: whoever wrote it is asked at once.
    reason = "unreachable" if kind.path == "police" else reason
    known = turn.work.absences.of_pupil(pupil.id)
    if known is None:
        made = turn.work.absences.note(_absence_in(turn, pupil, room, day, reason, excused))
        if made is not None:
            set_duties(turn, get_missed(turn, made))
            adding_up.heed(turn, [get_missed(turn, made).child_id])
            tell_first(turn, get_missed(turn, made), room)
        known = turn.work.absences.of_pupil(pupil.id)
    elif (reason and reason != known.reason) or day < known.first_day:
        since = min(day, known.first_day)
        learn(turn, known, reason or known.reason, excused, known.excused_until, since)
    return known and get_missed(turn, known.id)


def _absence_in(
    turn: Turn, pupil: Pupil, room: SchoolClass, day: date, reason: str, excused: bool
) -> AbsenceIn:
    child = turn.work.children.meant(pupil.child_id) if pupil.child_id else None
    boards = pupil.boards or (child is not None and child.values.get("boarding") == "yes")
    return AbsenceIn(
        pupil_id=pupil.id,
        class_id=room.id,
        child_id=child.id if child else None,
        area_id=child.area_id if child else room.school.area_id,
        first_day=day,
        reason=reason,
        excused=excused,
        boards=boards,
        by=turn.speaker.person_id,
    )


def learn(
    turn: Turn, missed: Missed, reason: str, excused: bool, until: date | None, since: date
) -> None:
    """What was learnt moves the first day that nothing explains, and all steps with it."""
    turn.work.absences.learn(
        missed.id,
        reason=reason,
        excused=excused,
        until=until,
        first_day=since,
        by=turn.speaker.person_id,
    )
    set_duties(turn, get_missed(turn, missed.id))
    adding_up.heed(turn, [missed.child_id])


def back(turn: Turn, absence_id: str) -> None:
    """到校了: the ladder ends; who was away for days is looked after at dates."""
    seen = view(turn, absence_id)
    if seen is None:
        return
    if seen.missed.is_open:
        came_back(turn, seen.missed, turn.at.date())
    answer(turn, turn.words("absent.back_done", name=seen.name), *_to_class(turn, seen.room))


def came_back(turn: Turn, missed: Missed, day: date) -> None:
    """The pupil is at school again since a day."""
    policy, by = turn.rules.policy, turn.speaker.person_id
    before = as_rule(turn, missed)
    stood = standing(before, day, policy.absence, policy.calendar)
    late = any(step.begins.date() < day for step in plan(before, policy.absence, policy.calendar))
    if not turn.work.absences.close(missed.id, "returned", returned=day, stood=stood, by=by):
        return
    turn.work.duties.end_of("absence", missed.id, by=by, state="cancelled")
    if late or missed.cannot_be_found:
        set_duties(turn, get_missed(turn, missed.id))
    settle(turn, missed, "absent.settled_back")
    turn.work.audit.write(by, "absence.returned", "absence", missed.id, {"stood": stood})


def gone(turn: Turn, absence_id: str) -> None:
    """转学的学校收了: the pupil is at another school."""
    seen = view(turn, absence_id)
    if seen is None or not seen.missed.is_open or seen.missed.reason != "transferred":
        return
    _close(turn, seen.missed, "gone", "absent.settled_gone")
    turn.work.classes.left(seen.pupil.id)
    answer(turn, turn.words("absent.gone_done", name=seen.name), *_to_class(turn, seen.room))


def withdraw(turn: Turn, missed: Missed) -> None:
    """It was a mistake: nobody is missing."""
    _close(turn, missed, "withdrawn", "absent.settled_mistake")


def _close(turn: Turn, missed: Missed, state: str, key: str) -> None:
    by = turn.speaker.person_id
    if turn.work.absences.close(missed.id, state, returned=None, stood="", by=by):
        turn.work.duties.end_of("absence", missed.id, by=by, state="cancelled")
        settle(turn, missed, key)
        turn.work.audit.write(by, f"absence.{state}", "absence", missed.id, {})


def _to_class(turn: Turn, room: SchoolClass) -> list[tuple[Button, ...]]:
    if not classes.teaches(turn, room.id):
        return []
    return [button(turn.words("class.open"), "class", str(room.id))]

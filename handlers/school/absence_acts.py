"""What somebody did or learnt of an absence, and when nobody knows where the child is."""

from conversation.cards import Button, Card
from conversation.engine import told
from handlers import filling
from handlers.choices import lists
from handlers.reporting import report
from handlers.saying import EMERGENCY, answer, button, home_row
from handlers.school import classes
from handlers.school.absence_card import mine_due, show, to
from handlers.school.absence_ladder import as_rule, get_missed
from handlers.school.absence_telling import settle, tell_post
from handlers.school.absence_view import View, view
from handlers.school.absences import learn
from handlers.turn import Filled, Turn
from policy.absence import NOTICED, Step, stage
from storage.school.absences import Missed

#: Reasons that are offered, the usual ones first, and the days of a leave.
REASONS = ("sick", "personal", "school", "weather", "transferred", "left", "unreachable")
DAYS = (1, 3, 5)
#: Nobody knows where the child is: said as the result of a step.
NOWHERE = "nowhere"


#: What a step asks besides, and the stage at which all is done.
CHOSEN, CLOSED = ("causes", "helps"), "closed"


#: What a step asks besides, and the stage at which all is done.
CHOSEN, CLOSED = ("causes", "helps"), "closed"


def begin_step(turn: Turn, arg: str) -> None:
    """办完了: what came of it is asked."""
    absence_id, _, key = arg.partition(":")
    seen = view(turn, absence_id)
    if seen is None:
        return
    step = next((one for one in mine_due(turn, seen) if one.key == key), None)
    if step is None:
        show(turn, absence_id)
        return
    watching = "no" if seen.missed.is_open else "yes"
    rung = turn.rules.policy.absence.rungs.get(key)
    asks = rung.asks if rung else ""
    preset = {"absence_id": absence_id, "step": key, "watching": watching, "asks": asks}
    filling.begin(turn, "absence_step", preset=preset, in_place=True)


def step_told(turn: Turn, filled: Filled) -> None:
    """The step is done; who must know is told; a child nobody can find is the police's."""
    said = filling.with_told(filled.answers, "step_note")
    seen = view(turn, said["absence_id"])
    if seen is None:
        return
    step = next((one for one in mine_due(turn, seen) if one.key == said["step"]), None)
    if step is None:
        show(turn, said["absence_id"])
        return
    missed, by = seen.missed, turn.speaker.person_id
    came = said.get("step_result") or said.get("watch_result", "")
    result = turn.words(f"absent.result.{came}") if came else _chosen(turn, filled)
    words = "。".join(filter(None, (result, said.get("step_note", ""))))
    turn.work.absences.add_entry(missed.id, "did", by=by, code=step.key, note=words)
    _end_duties(turn, missed, step)
    turn.work.audit.write(by, "absence.did", "absence", missed.id, {"step": step.key})
    if came == NOWHERE:
        ask_missing(turn, str(missed.id))
        return
    if step.key in turn.rules.policy.absence.rungs or step.key.startswith(NOTICED):
        for role in step.tells:
            tell_post(turn, missed, role, "absent.report", step.duty)
    text = turn.words("absent.step_done", what=step.name)
    after = get_missed(turn, missed.id)
    if stage(as_rule(turn, after), turn.rules.policy.absence) == CLOSED and not after.is_open:
        text = f"{text}\n{turn.words('absent.closed')}"
    answer(turn, text, to(turn, missed))


def _chosen(turn: Turn, filled: Filled) -> str:
    """What was chosen of causes and of ways to help, in the form's own words."""
    lines = told(filled.form, filled.answers, now=turn.at, lists=lists(turn))
    return "；".join(one.answer for one in lines if one.path.rpartition("/")[2] in CHOSEN)


def _end_duties(turn: Turn, missed: Missed, step: Step) -> None:
    """Whoever did it did it for all; of several looks at one who is back only this one is over."""
    for duty in turn.work.duties.open_of("absence", missed.id):
        if duty.kind == step.duty and (missed.is_open or duty.due_at <= step.due):
            turn.work.duties.end(duty.id, by=turn.speaker.person_id)


def why(turn: Turn, absence_id: str) -> None:
    """知道原因了: one tap."""
    seen = view(turn, absence_id)
    if seen is None:
        return
    rows = [
        button(turn.words(f"absent.reason.{one}"), "absence.because", f"{absence_id}:{one}")
        for one in REASONS
    ]
    nowhere = button(turn.words("absent.nowhere"), "absence.missing", absence_id)
    answer(turn, turn.words("absent.why_ask", name=seen.name), *rows, nowhere)


def because(turn: Turn, arg: str) -> None:
    """The reason; of an excused one how long it lasts is asked, too."""
    absence_id, _, rest = arg.partition(":")
    reason, _, days = rest.partition(":")
    seen = view(turn, absence_id)
    if seen is None or not seen.missed.is_open or reason not in REASONS:
        return
    policy = turn.rules.policy
    if policy.absence.path(reason).path == "excused" and not days and reason != "transferred":
        rows = [
            button(
                turn.words("absent.days", count=one),
                "absence.because",
                f"{absence_id}:{reason}:{one}",
            )
            for one in DAYS
        ]
        unknown = button(
            turn.words("absent.days_unknown"), "absence.because", f"{absence_id}:{reason}:0"
        )
        answer(turn, turn.words("absent.days_ask"), *rows, unknown)
        return
    today, count = turn.at.date(), int(days or 0)
    until = policy.absence.school.add_days(today, count - 1, policy.calendar) if count else None
    learn(turn, seen.missed, reason, True, until, seen.missed.first_day)
    turn.work.audit.write(
        turn.speaker.person_id, "absence.reason", "absence", seen.missed.id, {"reason": reason}
    )
    text = turn.words(
        "absent.learnt", name=seen.name, reasons=turn.words(f"absent.reason.{reason}")
    )
    answer(turn, text, to(turn, seen.missed))


def ask_missing(turn: Turn, absence_id: str) -> None:
    """110 first; one tap more, so that nobody raises the alarm by a slip."""
    seen = view(turn, absence_id)
    if seen is None:
        return
    yes = Button(
        label=turn.words("absent.lost_yes"),
        action=button("", "absence.lost", absence_id)[0].action,
        style="danger",
    )
    rows = ((yes,), to(turn, seen.missed), home_row(turn))
    text = turn.words("absent.lost_ask", name=seen.name)
    turn.say(Card(text=text, rows=rows, calls=EMERGENCY), in_place=True)


def lost(turn: Turn, absence_id: str) -> None:
    """失踪: the red case with all that is known, at once; no ladder waits for anybody."""
    seen = view(turn, absence_id)
    if seen is None or not seen.missed.is_open:
        return
    missed = seen.missed
    if missed.cannot_be_found:
        show(turn, absence_id)
        return
    body = {
        "place": str(missed.area_id),
        "what": _what_is_known(turn, seen),
        "circumstances": "missing",
    }
    filed, receipt = report.raise_known(turn, body, missed.child_id)
    case = turn.work.cases.of_report(filed.id)
    assert case is not None
    by = turn.speaker.person_id
    turn.work.absences.lost(missed.id, case.id, by=by)
    turn.work.duties.end_of("absence", missed.id, by=by, state="cancelled")
    settle(turn, missed, "absent.settled_lost")
    text = f"{receipt}\n{turn.words('danger.duty')}"
    turn.say(
        Card(text=text, rows=(to(turn, missed), home_row(turn)), calls=EMERGENCY),
        report_id=filed.id,
    )


def _what_is_known(turn: Turn, seen: View) -> str:
    """The story of the alarm, out of what the school and the register know."""
    missed = seen.missed
    child = turn.work.children.get(missed.child_id) if missed.child_id else None
    told = child.values if child else {}
    carer = "　".join(
        filter(None, (told.get("guardian_name", ""), told.get("guardian_phone", "")))
    )
    lines = [
        turn.words(
            "absent.lost_story",
            name=seen.pupil.name,
            where=classes.called(seen.room),
            when=turn.day(missed.first_day),
        ),
        *([turn.words("absent.lost_carer", text=carer)] if carer else []),
        *(entry.note for entry in turn.work.absences.entries(missed.id) if entry.note),
    ]
    return "\n".join(lines)

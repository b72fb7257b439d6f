"""The card of a form that goes on: its question, what stands above it, and to whom it speaks."""

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import assert_never

from conversation.cards import Action, Button, Card
from conversation.dialogue import Asking, Finished, Reviewing, Step
from conversation.drawing import draw_advice, draw_question, draw_summary
from conversation.form import Form
from conversation.standing import PAGE
from handlers.children.asked import as_child_is_asked
from handlers.children.own import alarming
from handlers.heard import fine
from handlers.saying import EMERGENCY
from handlers.turn import Turn
from policy.asides import is_child
from policy.danger import is_despair

#: Forms that end in advice instead of a summary.
ADVICE = frozenset({"guide"})
#: The form that raises the alarm: who fills it in is on the way to it.
ALARM = "danger"
#: Forms in which something is told; what was sent for them goes with them.
TELLING = frozenset({"danger", "danger_more", "report", "message"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Words that stand once above the next question."""

    text: str = field(repr=False)
    urgent: bool = False
    #: True where the person is not on the way to the alarm already.
    to_alarm: bool = False


def drawn(turn: Turn, form: Form, step: Step, notice: Notice | None = None) -> Card:
    """The card of a form that goes on."""
    screen = as_child_is_asked(turn, form, step)
    match screen:
        case Asking():
            if turn.is_elder and screen.kind == "select_multiple":
                screen = replace(screen, hint="")  # its numbers are of a list that is not shown
            first = step.dialogue.page * PAGE + 1
            card = draw_question(screen, title=form.title, words=turn.words, first=first)
            if turn.draft is not None and fine.offers(form, step.dialogue):
                tap = Button(
                    label=turn.words("checkin.fine"), action=Action("form.fine"), style="main"
                )
                card = replace(card, rows=((tap,), *card.rows))
        case Reviewing():
            screen = replace(screen, notes=(*screen.notes, *_files_sent(turn, form)))
            draw = draw_advice if form.name in ADVICE else draw_summary
            card = draw(screen, title=form.title, words=turn.words)
        case Finished():
            raise AssertionError("a finished form has no screen")
        case _:
            assert_never(screen)
    return _with_notice(turn, card, notice) if notice else card


def _files_sent(turn: Turn, form: Form) -> list[str]:
    """一起交上去的：照片 2、录音 1; whoever looks their report over sees that they are there."""
    if turn.draft is None or form.name not in TELLING:
        return []
    kinds = Counter(one.kind for one in turn.work.attachments.of_draft(turn.draft.id))
    told = [f"{turn.words(f'file.{kind}')} {count}" for kind, count in kinds.items()]
    return [turn.words("form.files", text="、".join(told))] if told else []


def _with_notice(turn: Turn, card: Card, notice: Notice) -> Card:
    """Words above whatever is asked; urgent ones with 110, 120 and the way to the alarm."""
    told = str(turn.draft.id) if turn.draft is not None else ""
    button = Button(
        label=turn.words("form.danger_button"),
        action=Action("danger.told", told),
        style="danger",
    )
    return replace(
        card,
        text=f"{notice.text}\n\n{card.text}",
        rows=((button,), *card.rows) if notice.to_alarm else card.rows,
        calls=EMERGENCY if notice.urgent else (),
    )


# -- words that more than the question follows -------------------------------------------------


def danger_in(turn: Turn, text: str) -> Notice | None:
    """What stands above the next question when the words speak of danger."""
    if not alarming(turn, text):
        return None
    noticed = with_listener(turn, text, turn.words("form.danger_noticed"))
    # Of what is somebody's case already no second alarm is raised.
    draft = turn.draft
    known = draft is not None and bool(
        draft.report_id
        or draft.about
        or turn.rules.form(turn.work, draft.form_version).name == ALARM
    )
    return Notice(text=noticed, urgent=True, to_alarm=not known)


def with_listener(turn: Turn, text: str, said: str) -> str:
    """What is said to words of danger; whoever despairs, and a child, reads who listens, too."""
    policy = turn.rules.policy
    more = [
        *([turn.words("free.listener")] if is_despair(text, policy.danger) else []),
        *([turn.words("free.child")] if is_child(text, policy.asides) else []),
    ]
    return "\n".join([said, *more])


def heed_child(turn: Turn, told: str) -> None:
    """Whoever tells of itself as a child does is spoken to as a child; a worker never is.

    Who speaks of a grandchild has taken the phone over.
    """
    if not told or turn.roles:
        return
    if is_child(told, turn.rules.policy.asides):
        turn.of_child = True
    elif any(one in told for one in turn.rules.words.listed("heard.grown_up")):
        turn.of_child = False

"""A form as a child is asked that tells of itself: its questions, and what it may choose."""

from dataclasses import replace
from typing import assert_never

from conversation import vocabulary
from conversation.dialogue import Asking, Finished, Reviewing, Screen, Step
from conversation.form import Form
from conversation.paths import template
from handlers.heard.open_form import name_at, told_so_far
from handlers.turn import Turn
from policy.asides import is_child

#: How the keys of questions begin that a child is asked of itself, before the question's name.
ASKED_OF_CHILD = "to_child.ask."
#: What is offered to whoever reports for somebody else.
FOR_ANOTHER = "for_other"


def as_child_is_asked(turn: Turn, form: Form, step: Step) -> Screen:
    """你在哪里 for where it was, and 我没去上学 to be chosen for 该上学却没去上学."""
    screen, table, between = step.screen, turn.rules.words.table, vocabulary.label("and")
    told = told_so_far(form.names(step.dialogue.answers))
    adds = turn.draft is not None and turn.draft.report_id is not None  # to what it just told
    if not turn.of_child or not (adds or is_child(told, turn.rules.policy.asides)):
        return screen

    def asked(path: str, label: str, part: str = "") -> str:
        return table.get(f"{ASKED_OF_CHILD}{name_at(path)}{part}", label)

    def called(path: str, answer: str) -> str:
        childs = form.childs.get(_list_at(form, path), {})
        several = [childs.get(one, one) for one in answer.split(between)]
        return childs.get(answer) or between.join(several)

    match screen:
        case Asking():
            label, hint = (
                asked(screen.path, screen.label),
                asked(screen.path, screen.hint, "_hint"),
            )
            options = tuple(
                replace(one, label=called(screen.path, one.label)) for one in screen.options
            )
            current = called(screen.path, screen.current)
            offers = tuple(one for one in screen.offers if name_at(one.path) != FOR_ANOTHER)
            return replace(
                screen, label=label, hint=hint, options=options, current=current, offers=offers
            )
        case Reviewing():
            lines = tuple(
                replace(one, label=asked(one.path, one.label), answer=called(one.path, one.answer))
                for one in screen.lines
            )
            return replace(screen, lines=lines)
        case Finished():
            return screen
        case _:
            assert_never(screen)


def _list_at(form: Form, path: str) -> str:
    """The form's own list from which is chosen there; "" where no list is."""
    listed = form.list_of(template(path))
    return listed[0] if listed is not None else ""

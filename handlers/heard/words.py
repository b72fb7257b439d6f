"""What words to an open form mean: the rules, in the order in which they are tried."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from conversation import choosing, commands
from conversation.dialogue import Screen, Step, Typed
from handlers.heard import chatter, children, facts, fine, kept, moments, places, reporters, tales
from handlers.heard.open_form import TOLD, Heard, OpenForm, lacks_answer

#: A rule for words that answer something else than what is asked.
Beside: TypeAlias = Callable[[OpenForm, str], Heard | None]
#: A rule for what an answer leaves open: the form before it, what followed, the words.
After: TypeAlias = Callable[[OpenForm, Step, str], Heard | None]

#: Tried before the words are taken for an answer; the first that knows them decides.
BESIDE: tuple[Beside, ...] = (
    chatter.waits,
    chatter.asks_why,
    reporters.wants_no_name,
    reporters.for_another,
    reporters.takes_offer,
    reporters.wants_call,
    places.named,
    facts.only_agrees,
    fine.said,
    moments.for_name,
    moments.both_days,
    children.nameless,
    chatter.rather_not,
    chatter.says_nothing,
    places.asked_again,
    children.asked_again,
)
#: Tried on what the words were as an answer; the first that knows more decides.
AFTER: tuple[After, ...] = (
    tales.answer_and_more,
    reporters.names_oneself,
    reporters.leaves_no_name,
    tales.told_instead,
    tales.knows_nothing,
    facts.told_too,
    moments.told_too,
)


def understand(here: OpenForm, text: str) -> Heard:
    """What follows words, whatever of the form they answer, and what is said to them."""
    if here.asks in TOLD:
        text = kept.with_noted(here, text)
    tried = (rule(here, text) for rule in BESIDE)
    return next(filter(None, tried), None) or _as_answer(here, text)


def _as_answer(here: OpenForm, text: str) -> Heard:
    step = here.step(Typed(text=text))
    tried = (rule(here, step, text) for rule in AFTER)
    heard = next(filter(None, tried), Heard(step=step))
    if not heard.says and _wants_to_file(heard.step.screen, text):
        return replace(heard, says=here.turn.words("form.not_yet"))
    return heard


def _wants_to_file(screen: Screen, text: str) -> bool:
    """True for who says 发出去 while something must be asked yet."""
    return lacks_answer(screen) and commands.confirms(text) and not choosing.agrees(text)

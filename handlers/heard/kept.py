"""Words that are kept with what was told, and what else of the form they answer."""

from conversation import commands
from handlers.heard import facts, reporters
from handlers.heard.open_form import TOLD, OpenForm
from handlers.visiting import hearing
from policy.circumstances import suggest

#: The question about what happened: words that speak of it tick its options.
HAPPENED = "circumstances"


def told(here: OpenForm, text: str) -> OpenForm:
    """The form that keeps the words, and has ticked what they speak of.

    Nothing changes where they have no place: a county's own form may lack the question that
    keeps them, or an option that they mean.
    """
    apart, text = reporters.apart(here, text)
    kept = apart.kept(text)
    if kept == apart:
        return kept
    heard = facts.settled_by(kept, text)
    if here.form.name == hearing.VISIT:
        return _told_of_visit(heard, text)
    return _told_what_happened(heard, text) if heard.asks == HAPPENED else heard


def noted(here: OpenForm, text: str) -> OpenForm:
    """The form that keeps a few words; the sentence that must be there is still asked."""
    question = here.form.named(here.keeper)
    is_asked = question is not None and question.name != TOLD[0]
    waits = question is not None and is_asked and not here.answer_at(question.path)
    apart, text = reporters.apart(here, text)
    return facts.settled_by(apart.kept(text, asked=waits), text) if text else apart


def with_noted(here: OpenForm, text: str) -> str:
    """The sentence that was asked for, behind the few words that were kept for it before."""
    noted, dialogue = here.answer_at(here.at), here.dialogue
    at_first = here.at not in (*dialogue.given, *dialogue.been) and not dialogue.editing
    return f"{noted}\n{text}" if noted and at_first and commands.move(text) is None else text


def _told_what_happened(here: OpenForm, text: str) -> OpenForm:
    """What words speak of is ticked where it is asked what happened."""
    offered = here.form.question(here.at).list
    spoken_of = suggest(text, here.turn.rules.policy.circumstances)
    return here.ticked(*(one for one in spoken_of if here.form.choice(offered, one) is not None))


def _told_of_visit(here: OpenForm, text: str) -> OpenForm:
    """What words tell of a visit answers what was not answered yet: 就婆婆在家, 单独说了几句."""
    asked = here.asks
    met = here.form.names(here.dialogue.answers).get("went") == "done"
    for name, value in hearing.answers_in(here.turn, text, asked, met=met).items():
        question = here.form.named(name)
        if question is None or question.aside or here.answer_at(question.path):
            continue
        if question.path == here.at and question.kind == "select_multiple":
            here = here.ticked(*value.split())
        else:
            here = here.settled(question.path, value)
    return here

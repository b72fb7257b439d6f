"""都好: of a visit with nothing to tell both questions for what there is to tell are answered."""

from conversation.dialogue import Dialogue, Skip, Step
from conversation.form import Form
from handlers.heard.open_form import Heard, OpenForm, name_at
from handlers.visiting import hearing

#: What a visit's form knows then, and the questions that it answers, in their order.
WELL, DIFFERS, WORRIES = "visit_well", "differs", "worries"


def said(here: OpenForm, text: str) -> Heard | None:
    """Who says so where it is asked what became another, or what worries."""
    step = settled(here) if hearing.says_fine(here.turn, text) else None
    return Heard(step=step) if step is not None else None


def settled(here: OpenForm) -> Step | None:
    """What follows; None where nothing of the kind is asked, or something was told already."""
    question = here.form.named(WELL)
    if question is None or here.asks not in (DIFFERS, WORRIES) or _tells(here.form, here.dialogue):
        return None
    return here.settled(question.path, hearing.FINE).step(Skip())


def offers(form: Form, dialogue: Dialogue) -> bool:
    """True where one tap may say it, in place of two."""
    if name_at(dialogue.at) != DIFFERS or form.named(WELL) is None:
        return False
    return not dialogue.candidates and not _tells(form, dialogue)


def _tells(form: Form, dialogue: Dialogue) -> bool:
    known = form.names(dialogue.answers)
    return any(known.get(name) for name in (DIFFERS, WORRIES))

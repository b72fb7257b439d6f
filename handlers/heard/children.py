"""What is no child where it is asked which one: a sentence, a moment, 我姓张."""

from conversation import answers
from conversation.dates import find_moment
from handlers.children.own import alarming
from handlers.heard import kept, reporters
from handlers.heard.open_form import CHILD, OF_CHILD, Heard, OpenForm

#: What is no longer than this tells nothing.
SHORTEST = 2


def asked_again(here: OpenForm, text: str) -> Heard | None:
    """Who says anything but which child: that is kept, and the child is asked once more."""
    if not _is_no_name(here, text):
        return None
    is_tale = len(answers.key(text)) > SHORTEST
    heard = (kept.told(here, text) if is_tale else here).missed()
    return heard.going_on("form.kept_on" if heard.is_answered else "form.which_child")


def _is_no_name(here: OpenForm, text: str) -> bool:
    """True for a sentence or a number where it is asked which child; once, then it is taken."""
    if here.asks not in OF_CHILD or here.dialogue.misses or not here.keeper:
        return False
    is_number = here.asks == CHILD and answers.option_number(text) is not None
    return (
        is_number
        or answers.agrees(text)
        or reporters.I_AM.fullmatch(text.strip()) is not None
        or find_moment(text, here.turn.at) is not None
        or alarming(here.turn, text)
    )

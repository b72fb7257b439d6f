"""What the open question takes: a choice, a sentence, a file."""

from conversation import letters
from conversation.dialogue import Finished, Typed, dialogue_from_json
from conversation.items import Question
from handlers.heard.open_form import open_form
from handlers.turn import Turn

#: What each kind of file is asked for by.
FILES = {"photo": "image", "voice": "audio", "video": "video", "document": "file"}


def open_question(turn: Turn) -> Question | None:
    """The question that is asked now; None for a summary, and where nothing is open."""
    if turn.draft is None:
        return None
    form = turn.rules.form(turn.work, turn.draft.form_version)
    at = dialogue_from_json(turn.draft.dialogue).at
    return form.question(at) if at else None


def asks_for_choice(turn: Turn) -> bool:
    """True when it is answered by its options."""
    asked = open_question(turn)
    return asked is not None and asked.chooses


def asks_for_text(turn: Turn) -> bool:
    """True when it wants a sentence."""
    asked = open_question(turn)
    return asked is not None and asked.kind == "text"


def must_have_text(turn: Turn) -> bool:
    """True when it wants a sentence that must not be missing."""
    asked = open_question(turn)
    return asked is not None and asked.kind == "text" and bool(asked.required)


def takes_words(turn: Turn) -> bool:
    """True when it takes any words, also where it offers a list."""
    asked = open_question(turn)
    return asked is not None and (asked.kind == "text" or bool(asked.words))


def asks_for_file(turn: Turn, kind: str) -> bool:
    """True when it wants just such a file."""
    asked = open_question(turn)
    return asked is not None and asked.kind == FILES[kind]


def offers(turn: Turn, word: str) -> bool:
    """True for what an option of the open question is called: 孩子, where it asks whom one met."""
    asked = open_question(turn)
    if turn.draft is None or asked is None or not asked.chooses:
        return False
    form = turn.rules.form(turn.work, turn.draft.form_version)
    return any(letters.key(one.label) == word for one in form.options.get(asked.list, ()))


def is_answer(turn: Turn, text: str) -> bool:
    """True when the open form takes the words for what it asks."""
    here = open_form(turn)
    if here is None:
        return False
    screen = here.step(Typed(text=text)).screen
    return isinstance(screen, Finished) or screen.problem is None

"""What words settle wherever they are said, because it loses nobody anything: 刚才打了110."""

import re

from conversation import choosing, letters
from conversation.dialogue import Show, Skip, Step
from conversation.form import Form
from conversation.items import Question
from handlers.heard.open_form import CHILD, TOLD, Heard, OpenForm, clauses
from handlers.turn import Turn
from policy.asides import is_child

#: The questions, and the value of each that may be taken unasked.
OVERHEARD = {"police_called": "yes", "safe": "no"}
#: Whether the child is safe now.
SAFE = "safe"
#: Those that only a whole message answers: 那边路不好走，不安全 is about the road.
WHOLE = frozenset({"safe"})
#: A child says what it is called.
MY_NAME = re.compile(r"我(?:的名字)?叫([一-龥]{2,4})")


def overheard(turn: Turn, form: Form, text: str) -> dict[str, str]:
    """What the words settle, by the names of the questions."""
    if not text:
        return {}
    said = [letters.key(one) for one in clauses(text)]
    found = {
        question.name: value
        for name, value in OVERHEARD.items()
        if (question := form.named(name)) and _says(form, question, value, said)
    }
    name = _own_name(turn, form, text)
    return {**found, CHILD: name} if name else found


def _says(form: Form, question: Question, value: str, said: list[str]) -> bool:
    choice = form.choice(question.list, value) if question.chooses else None
    if choice is None:
        return False
    if question.name in WHOLE and len(said) > 1:
        return False
    label, also = letters.key("".join(choice.label)), form.also.get(question.list, {})
    return any(one == label or choosing.meant_by(one, also) == value for one in said)


def _own_name(turn: Turn, form: Form, text: str) -> str:
    """What a child that speaks of itself is called; "" where nobody says so."""
    called = MY_NAME.search(text) if form.named(CHILD) else None
    return called[1] if called and is_child(text, turn.rules.policy.asides) else ""


def settled_by(here: OpenForm, text: str) -> OpenForm:
    """The form in which what the words settle is not asked any more."""
    if MY_NAME.search(text):
        # That it is a child who speaks may have been said before.
        text = f"{here.told} {text}"
    for name, value in overheard(here.turn, here.form, text).items():
        question = here.form.named(name)
        if question is not None and not here.answer_at(question.path):
            here = here.settled(question.path, value)
    return here


def only_agrees(here: OpenForm, text: str) -> Heard | None:
    """要得 to whether the child is safe is no answer: it is polite, and no more."""
    if here.asks != SAFE or letters.key(text) not in here.turn.rules.words.listed("form.only_ok"):
        return None
    return here.missed().going_on("form.which_one")


def told_too(here: OpenForm, step: Step, text: str) -> Heard | None:
    """Words that are what happened, and settle something else as well."""
    now = here.after(step)
    if here.asks not in TOLD or here.at == now.at:
        return None
    heard = settled_by(now, text)
    if heard == now:
        return None
    return Heard(step=heard.step(Skip() if heard.answer_at(heard.at) else Show()))

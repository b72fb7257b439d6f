"""An open form, as the rules see that understand words: what it asks, and what it knows."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from conversation import engine
from conversation.dialogue import (
    Asking,
    Dialogue,
    Lists,
    Move,
    Screen,
    Show,
    Skip,
    Step,
    dialogue_from_json,
)
from conversation.form import Form
from conversation.items import Question
from handlers.choices import lists
from handlers.turn import Turn

#: The text that keeps what a person tells where a choice, a day or a number is asked: one for
#: just that, else the form's own sentence.
TOLD = ("told", "what")
#: The question where it was and the position beside it, and those which child it is: in words, or
#: in the register.
PLACE, POINT = "place", "place_point"
CHILD, OF_CHILD = "child", frozenset({"child", "child_id"})
#: How the engine takes words that are none of the answers it asked for.
STRAY = frozenset({"not-an-option", "not-a-number", "not-a-date", "not-a-time"})
#: So often in a row somebody says something else than is asked; then what stands there is taken.
PATIENCE = 2
#: Where one thing that is said ends and the next one begins.
CLAUSES = re.compile(r"[\s，。！？；、,.!?;:：]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What follows words: the next step, and what is said to them ("" for nothing)."""

    step: Step
    says: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenForm:
    """Where a form stands for whoever fills it in; what is heard gives one that knows more."""

    turn: Turn = field(repr=False, compare=False)
    form: Form = field(repr=False, compare=False)
    lists: Lists = field(repr=False, compare=False)
    dialogue: Dialogue

    # -- what is asked -------------------------------------------------------------------------

    @property
    def at(self) -> str:
        """The path of what is asked; "" for the summary."""
        return self.dialogue.at

    @property
    def asks(self) -> str:
        """The name of what is asked; "" for the summary."""
        return name_at(self.at)

    @property
    def question(self) -> Question | None:
        """The question that is asked; None for the summary, and whether a repeat goes on."""
        item = self.form.items[self.at] if self.at else None
        return item if isinstance(item, Question) else None

    @property
    def is_stuck(self) -> bool:
        """True where the same was asked in vain again and again."""
        return self.dialogue.misses >= PATIENCE

    # -- what is known -------------------------------------------------------------------------

    @property
    def keeper(self) -> str:
        """The name of the text that keeps what is told by the way; "" where a form has none."""
        named = ((name, self.form.named(name)) for name in TOLD)
        return next((name for name, one in named if one is not None and one.kind == "text"), "")

    @property
    def told(self) -> str:
        """All that was told in the form's own words."""
        return told_so_far(self.form.names(self.dialogue.answers))

    def answer_at(self, path: str) -> str:
        """What stands at a path: an answer, or what is proposed for one."""
        return self.dialogue.answers.get(path, "")

    @property
    def is_answered(self) -> bool:
        """True where what is asked was heard by the way already, and not only proposed."""
        return self.at in self.dialogue.given and bool(self.answer_at(self.at))

    # -- what follows --------------------------------------------------------------------------

    def step(self, move: Move) -> Step:
        """What follows a move."""
        return engine.step(self.form, self.dialogue, move, now=self.turn.at, lists=self.lists)

    def after(self, step: Step) -> "OpenForm":
        """The form where a step led."""
        return replace(self, dialogue=step.dialogue)

    def going_on(self, key: str = "", **values: object) -> Heard:
        """What is asked once more, or the next where that was heard; and the words of the key."""
        step = self.step(Skip() if self.is_answered else Show())
        return Heard(step=step, says=self.turn.words(key, **values) if key else "")

    def missed(self) -> "OpenForm":
        """The form in which the open question was asked in vain once more."""
        return replace(self, dialogue=replace(self.dialogue, misses=self.dialogue.misses + 1))

    def ticked(self, *values: str) -> "OpenForm":
        """The form with these ticked, too, where several may be chosen."""
        both = dict.fromkeys((*self.dialogue.candidates, *values))
        return replace(self, dialogue=replace(self.dialogue, candidates=tuple(both)))

    def settled(self, path: str, value: str, *, asked: bool = False) -> "OpenForm":
        """The form that knows an answer: not asked any more, or (``asked``) proposed then."""
        dialogue = engine.settle(
            self.form,
            self.dialogue,
            path,
            value,
            now=self.turn.at,
            lists=self.lists,
            asked=asked,
        )
        return replace(self, dialogue=dialogue)

    def answered(self, found: Mapping[str, str]) -> Step:
        """What follows when the open question and others are answered at once, by path."""
        known = self
        for path, value in found.items():
            known = known.settled(path, value)
        return known.step(Skip())

    def kept(self, text: str, *, asked: bool = False) -> "OpenForm":
        """The form that keeps the words with what was told; the same where they have no place."""
        dialogue = engine.overhear(
            self.form,
            self.dialogue,
            self.keeper,
            text,
            now=self.turn.at,
            lists=self.lists,
            asked=asked,
        )
        return replace(self, dialogue=dialogue)


def open_form(turn: Turn, saying: str = "") -> OpenForm | None:
    """The form that the speaker fills in; None where nothing is open.

    What they are ``saying`` is told by the time that the next question is asked.
    """
    draft = turn.draft
    if draft is None:
        return None
    form = turn.rules.form(turn.work, draft.form_version)
    dialogue = dialogue_from_json(draft.dialogue)
    known = lists(
        turn,
        form.name,
        draft.about,
        said=lambda: f"{told_so_far(form.names(dialogue.answers))} {saying}",
    )
    return OpenForm(turn=turn, form=form, dialogue=dialogue, lists=known)


def name_at(path: str) -> str:
    """The name of the question at a path."""
    return path.rpartition("/")[2]


def told_so_far(said: Mapping[str, str]) -> str:
    """All that was told in a form's own words, of answers by question name."""
    return " ".join(said.get(name, "") for name in TOLD)


def clauses(text: str) -> list[str]:
    """The things that are said, one by one."""
    return [one for one in CLAUSES.split(text) if one]


def is_no_option(screen: Screen) -> bool:
    """True where words were none of the options."""
    return isinstance(screen, Asking) and screen.problem == "not-an-option"


def lacks_answer(screen: Screen) -> bool:
    """True where words were no answer, or one is missing that must be there."""
    return isinstance(screen, Asking) and screen.problem in {"required", *STRAY}

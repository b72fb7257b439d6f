"""Who tells on where a choice, a day or a number is asked: it is kept, and nobody is held up."""

from typing import assert_never

from conversation import choosing, commands, letters, numbers
from conversation.dialogue import (
    Asking,
    Chose,
    Done,
    Finished,
    Reviewing,
    Screen,
    Show,
    Skip,
    Step,
    Typed,
)
from conversation.items import Question
from handlers.children.own import alarming, tells_of_child
from handlers.choices import AREAS, CHILDREN, PEOPLE
from handlers.heard import kept, reporters
from handlers.heard.open_form import (
    STRAY,
    Heard,
    OpenForm,
    clauses,
    is_no_option,
    lacks_answer,
)

#: A shorter word tells nothing, nor does 啊啊啊.
SHORTEST_TALE = 2
#: What is taken where somebody does not choose.
UNDECIDED = ("unknown", "other")
#: Lists of names, which people spell as they hear them.
SEARCHED = frozenset({AREAS, CHILDREN, PEOPLE})


def answer_and_more(here: OpenForm, step: Step, text: str) -> Heard | None:
    """Words whose first clause answers a choice, and the rest says more: 安全，就是没人做饭.

    安全 is not taken from whoever goes on with words of danger.
    """
    first, *more = clauses(text) or [""]
    rest = "，".join(more)
    if not is_no_option(step.screen) or not more:
        return None
    if alarming(here.turn, rest) or choosing.is_unsure(first):
        return None
    taken = here.step(Typed(text=first))
    if taken.dialogue.at == here.at or not isinstance(taken.screen, Asking):
        return None
    of_reporter = here.asks.startswith(reporters.OF_REPORTERS)
    if of_reporter and not tells_of_child(here.turn, rest):
        heard, _ = reporters.apart(here.after(taken), rest)
    else:
        heard = kept.told(here.after(taken), rest)
    return heard.going_on("form.kept_on")


def told_instead(here: OpenForm, step: Step, text: str) -> Heard | None:
    """A sentence that is no answer, but says what happened."""
    now = here.after(step)
    if not _tells(now, step.screen, text):
        return None
    heard = kept.told(now, text)
    return Heard(step=step) if heard == now else _after_tale(heard)


def knows_nothing(here: OpenForm, step: Step, text: str) -> Heard | None:
    """Who says once more that they do not know what a form must know."""
    now = here.after(step)
    again = lacks_answer(step.screen) and now.is_stuck
    return _after_tale(now) if again and now.keeper and choosing.is_unsure(text) else None


def _tells(here: OpenForm, screen: Screen, text: str) -> bool:
    listed, said = here.turn.rules.words.listed, letters.key(text)
    return (
        bool(here.keeper)
        and _is_stray(here, screen, said)
        and (len(said) == SHORTEST_TALE or len(set(said)) >= SHORTEST_TALE)
        and numbers.option_number(text) is None
        and any(letter.isalnum() for letter in said)
        and not (choosing.agrees(text) or choosing.declines(text) or commands.confirms(text))
        and said not in (*listed("home.thanks"), *listed("home.yes"))
    )


def _is_stray(here: OpenForm, screen: Screen, said: str) -> bool:
    """True where the words were no answer to a choice or figure, and no line of the summary."""
    match screen:
        case Asking(problem=problem, kind=kind):
            question = here.question
            return (
                problem in STRAY
                and kind != "repeat"
                and not (question is not None and _is_searched(question))
                and not reporters.may_be_meant(here, said)
            )
        case Reviewing(problem=problem):
            return problem == "not-an-option" and not _goes_nowhere(said)
        case Finished():
            return False
        case _:
            assert_never(screen)


def _is_searched(question: Question) -> bool:
    """True where names are looked for: what is not found may be one that is spelt otherwise."""
    return question.outside and question.list in SEARCHED


def _goes_nowhere(said: str) -> bool:
    """True for 就这些 and 不知道, which add nothing to a summary."""
    return commands.move(said) is not None or choosing.is_unsure(said)


def _after_tale(told: OpenForm) -> Heard:
    """What is asked once more; of whoever tells on and on, what there is is taken."""
    words = told.turn.words
    if not told.at:
        return Heard(step=told.step(Show()), says=words("form.kept_too"))
    if told.answer_at(told.at):
        return Heard(step=told.step(Skip()), says=words("form.kept_on"))
    again = told.step(Show())
    if told.is_stuck and isinstance(again.screen, Asking):
        gone_on = _undecided(told)
        if gone_on.dialogue.at != told.at:
            return Heard(step=gone_on, says=words("form.kept_on"))
    question = told.question
    is_choice = question is None or question.chooses
    return Heard(step=again, says=words("form.kept" if is_choice else "form.kept_open"))


def _undecided(told: OpenForm) -> Step:
    """What follows for whoever does not choose: what is ticked, else that nobody knows."""
    question = told.question
    if question is None or not question.chooses:
        return told.step(Skip())
    several = question.kind == "select_multiple"
    if several and told.dialogue.candidates:
        return told.step(Done())
    values = () if question.outside else UNDECIDED
    offered = (one for one in values if told.form.choice(question.list, one) is not None)
    unknown = next(offered, None)
    if unknown is None:
        return told.step(Skip())
    return told.ticked(unknown).step(Done()) if several else told.step(Chose(value=unknown))

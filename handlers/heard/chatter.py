"""What answers nothing and tells nothing, whatever is asked: 等一下, 天哪, 网不好, 问这个干嘛."""

from conversation import choosing, letters
from conversation.dialogue import Skip
from handlers.children.own import tells_of_child
from handlers.heard.open_form import OF_CHILD, PLACE, TOLD, Heard, OpenForm, clauses
from handlers.heard.reporters import ME, NAME, PHONE

#: Questions in words that such words are no answer to; of others they may be: 意见反馈.
SHORT_WORDS = frozenset({*OF_CHILD, PLACE, NAME, PHONE, "speaker_told_by", "police_station"})


def waits(here: OpenForm, text: str) -> Heard | None:
    """等一下，我去问问: the form waits, and says so."""
    first, *more = clauses(text) or [""]
    if not here.at or not _is(here, first, "heard.wait"):
        return None
    goes_to_ask = all(one.startswith(ME) or _is(here, one, "heard.wait") for one in more)
    if not goes_to_ask or tells_of_child(here.turn, text):
        return None
    return here.going_on("form.waits")


def asks_why(here: OpenForm, text: str) -> Heard | None:
    """问这个干嘛."""
    if not here.at or not _is(here, text, "heard.asks_why"):
        return None
    return here.going_on("form.why")


def rather_not(here: OpenForm, text: str) -> Heard | None:
    """不方便说, where nothing has to be said."""
    asked = here.question
    if asked is None or asked.chooses or not _is(here, text, "heard.rather_not"):
        return None
    step = here.step(Skip())
    return Heard(step=step) if step.dialogue.at != here.at else None


def says_nothing(here: OpenForm, text: str) -> Heard | None:
    """天哪, 网不好; and 好的 or 谢谢 where a name is asked: it is asked once more."""
    asked = here.question
    if asked is None or not (asked.chooses or _wants_few_words(here)):
        return None
    if choosing.says_no_word(text) and here.asks != PLACE:  # ？？, 😡
        is_asking = any(sign in text for sign in "?？")
        return here.going_on("form.how" if is_asking else "form.go_on_asking")
    if here.asks == PLACE and not here.dialogue.misses and _is(here, text, "heard.rather_not"):
        return here.missed().going_on("form.why")
    if _is(here, text, "heard.chatter"):
        return here.going_on("form.go_on_asking")
    thanks = ("home.yes", "home.thanks")
    is_polite = any(_is(here, text, one) for one in thanks)
    if is_polite and not asked.chooses:
        return here.going_on("form.which_child" if here.asks in OF_CHILD else "form.go_on_asking")
    return None


def _wants_few_words(here: OpenForm) -> bool:
    """True for a name, a place and a telephone; a sentence is asked for once more, no oftener."""
    return here.asks in SHORT_WORDS or (here.asks in TOLD and not here.dialogue.misses)


def _is(here: OpenForm, text: str, key: str) -> bool:
    said = letters.key(text)
    listed = here.turn.rules.words.listed(key)
    return said in listed or said.rstrip("了啊呀哦嘛吧哈的") in listed

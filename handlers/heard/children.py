"""What is no child where it is asked which one: a sentence, a moment, 我姓张."""

from conversation import choosing, commands, letters, numbers
from conversation.dates import find_moment
from conversation.dialogue import Skip
from handlers.children.own import alarming
from handlers.heard import kept, reporters
from handlers.heard.open_form import CHILD, OF_CHILD, Heard, OpenForm

#: What is shorter than this tells nothing; names are mostly no longer than that.
SHORTEST, A_FULL_NAME = 2, 3
#: 小明吧 is no sentence: what is left of it is as short as a name.
LONGEST_NAME = 4


def nameless(here: OpenForm, text: str) -> Heard | None:
    """没问过名字: whoever cannot say which child goes on without."""
    if here.asks not in OF_CHILD or not _listed(here, text, "heard.nameless"):
        return None
    return Heard(step=here.step(Skip()))


def asked_again(here: OpenForm, text: str) -> Heard | None:
    """Who says anything but which child: that is kept, and the child is asked once more."""
    if here.asks not in OF_CHILD or here.dialogue.misses or not here.keeper:
        return None
    if choosing.is_unsure(text) or commands.move(text) or not is_no_name(here, text):
        return None
    is_tale = len(letters.key(text)) >= SHORTEST and not _tells_nothing(text)
    heard = (kept.told(here, text) if is_tale else here).missed()
    if heard.is_answered:
        return heard.going_on("form.kept_on")
    return heard.going_on("form.kept_child" if is_tale else "form.which_child")


def is_no_name(here: OpenForm, text: str) -> bool:
    """True for a sentence, a moment or a number, where a name is wanted, or 谁家的孩子."""
    is_number = here.asks == CHILD and numbers.option_number(text) is not None
    return (
        is_number
        or choosing.agrees(text)
        or reporters.I_AM.fullmatch(text.strip()) is not None
        or find_moment(text, here.turn.at) is not None
        or alarming(here.turn, text)
        or _is_sentence(here, text)
    )


def _is_sentence(here: OpenForm, text: str) -> bool:
    """True for 我在他家门口 and 门锁着; not for 卖豆腐那家的老大, 小明吧 or 阿依古丽·买买提."""
    listed, said = here.turn.rules.words.listed, letters.key(text)
    if any(mark in text for mark in "?？"):
        return True
    for sound in listed("heard.name_sounds"):
        if said.endswith(sound) and len(said) - len(sound) <= LONGEST_NAME:
            said = said.removesuffix(sound)
    if said.endswith(tuple(listed("heard.whose"))):
        return False
    if is_of_self(here, said):
        return True
    if len(said) < A_FULL_NAME:
        return False
    # 杨不悔 is called so; 没穿鞋 is nobody.
    is_full_name = len(said) == A_FULL_NAME
    signs = (one for one in listed("heard.sentence") if one in said)
    tells = any(len(one) > 1 or not is_full_name or said.startswith(one) for one in signs)
    return tells or said.endswith(tuple(listed("heard.sentence_ends")))


def _tells_nothing(text: str) -> bool:
    return choosing.agrees(text) or numbers.option_number(text) is not None


def is_of_self(here: OpenForm, said: str) -> bool:
    """True for 我路过的 and 他很瘦; not for 我侄女 or 他家的."""
    listed = here.turn.rules.words.listed
    begins = said.startswith(tuple(listed("heard.self_not_whose")))
    return begins and not said.startswith(tuple(listed("heard.self_whose")))


def _listed(here: OpenForm, text: str, key: str) -> bool:
    return letters.key(text) in here.turn.rules.words.listed(key)

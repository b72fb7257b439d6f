"""What whoever reports says of themselves; who reports is sealed apart, and told on nowhere."""

import re
import unicodedata

from conversation import choosing, letters
from conversation.dialogue import Asking, Chose, Show, Step, Typed
from handlers.heard.open_form import Heard, OpenForm, clauses, is_no_option
from policy.asides import is_child
from policy.circumstances import suggest

#: Whether whoever reports leaves a name: asked of strangers, changed by those whom we know.
SIGN, SIGN_KNOWN, SIGNED, UNSIGNED = "speaker_sign", "speaker_sign_known", "yes", "no"
#: Whether they report for themselves, or what somebody else told them.
FOR_OTHER, FOR_ANOTHER = "for_other", "yes"
#: What whoever reports is called and their telephone, and how they say so.
NAME, PHONE = "speaker_name", "speaker_phone"
I_AM = re.compile(r"我(?:姓|叫|的名字叫|名字叫)([一-龥]{1,4})")
MY_PHONE = re.compile(r"(?:我的?)?(?:电话|手机|号码|电话号码)?是?(1[0-9]{10})")
BETWEEN_DIGITS = re.compile(r"[\s\-—:：,，。]+")
SPOKEN_DIGITS = str.maketrans("零一二三四五六七八九幺\u3007", "012345678910")
#: How the names of questions about whoever reports begin.
OF_REPORTERS = ("speaker", "callback")
ME = "我"
#: Whether somebody may telephone, and where a form asks what else whoever reports knows or wants.
CALLBACK, CALLED = "callback", "yes"
TOPICS = "topics"


def wants_no_name(here: OpenForm, text: str) -> Heard | None:
    """莫写我, where something else is asked: no name is asked for any more."""
    listed = here.turn.rules.words.listed
    if letters.key(text) not in listed("form.unsigned") | listed("form.begin_unsigned"):
        return None
    return _said_of_all(here, SIGN, UNSIGNED, "form.kept_unsigned") or _said_of_all(
        here, SIGN_KNOWN, UNSIGNED, "form.kept_unsigned"
    )


def for_another(here: OpenForm, text: str) -> Heard | None:
    """替别人报: who told it, how and when are asked later."""
    if letters.key(text) not in here.turn.rules.words.listed("form.for_other"):
        return None
    return _said_of_all(here, FOR_OTHER, FOR_ANOTHER, "form.kept_for_other")


def takes_offer(here: OpenForm, text: str) -> Heard | None:
    """留名, on the first card, where no button can be tapped: as if it were."""
    screen = None if here.dialogue.been else here.step(Show()).screen
    for one in screen.offers if isinstance(screen, Asking) else ():
        if letters.key(one.label) == letters.key(text):
            return Heard(step=here.step(Typed(text=text)))
    return None


def _said_of_all(here: OpenForm, name: str, value: str, key: str) -> Heard | None:
    """What the first card offers, said in words, where something else is asked."""
    question = here.form.named(name)
    if question is None or question.path in (here.at, *here.dialogue.given):
        return None
    counts = question.path not in here.dialogue.irrelevant
    if not counts or here.answer_at(question.path) == value:
        return None
    return here.settled(question.path, value).going_on(key)


def wants_call(here: OpenForm, text: str) -> Heard | None:
    """你们打给我, whatever is asked: that is wished, and a number and a time are asked later."""
    if letters.key(text) not in here.turn.rules.words.listed("form.call_me"):
        return None
    asked = here.form.named(CALLBACK)
    if asked is not None and asked.chooses:
        if here.asks == CALLBACK:
            return Heard(step=here.answered({asked.path: CALLED}))
        return here.settled(asked.path, CALLED).going_on("form.kept_call")
    topics = here.form.named(TOPICS)
    wish = here.form.choice(topics.list, CALLBACK) if topics is not None else None
    if topics is None or wish is None:
        return None
    if here.asks == TOPICS:
        return Heard(step=here.step(Typed(text="".join(wish.label))))
    both = " ".join(dict.fromkeys((*here.answer_at(topics.path).split(), CALLBACK)))
    is_over = topics.path in here.dialogue.given or topics.path in here.dialogue.been
    return here.settled(topics.path, both, asked=not is_over).going_on("form.kept_call")


def names_oneself(here: OpenForm, step: Step, text: str) -> Heard | None:
    """A name or a telephone in place of whether to leave one: yes."""
    now, question = here.after(step), here.form.named(SIGN)
    if not is_no_option(step.screen) or question is None or question.path != now.at:
        return None
    heard, _ = apart(now, text)
    if heard == now or here.form.choice(question.list, SIGNED) is None:
        return None
    return Heard(step=heard.answered({question.path: SIGNED}))


def leaves_no_name(here: OpenForm, step: Step, text: str) -> Heard | None:
    """Who cannot say whether to leave a name leaves none, which can be changed."""
    now, question = here.after(step), here.form.named(SIGN)
    if question is None or not question.path == here.at == now.at:
        return None
    if here.form.choice(question.list, UNSIGNED) is None:
        return None
    if not (choosing.is_unsure(text) or now.is_stuck):
        return None
    says = here.turn.words("form.unsigned_first")
    return Heard(step=now.step(Chose(value=UNSIGNED)), says=says)


def apart(here: OpenForm, text: str) -> tuple[OpenForm, str]:
    """The form in which who reports is proposed where it is asked, and what else was said."""
    if is_child(f"{here.told} {text}", here.turn.rules.policy.asides):
        return here, text
    found, rest = _of_reporter(text)
    heard = here
    for name, value in found.items():
        question = here.form.named(name)
        if question is None:
            return heard, text
        heard = heard.settled(question.path, value, asked=True)
    return heard, rest


def _of_reporter(text: str) -> tuple[dict[str, str], str]:
    """Name and telephone by their questions, and the clauses that say something else."""
    if phone := MY_PHONE.fullmatch(_digits(text)):
        return {PHONE: phone[1]}, ""
    found, rest = {}, []
    for one in clauses(text):
        if name := I_AM.fullmatch(one):
            found[NAME] = name[1]
        elif phone := MY_PHONE.fullmatch(_digits(one)):
            found[PHONE] = phone[1]
        else:
            rest.append(one)
    return found, "，".join(rest) if found else text


def _digits(text: str) -> str:
    """一三八… and 138-0000-… as figures; of a name in it nothing is asked."""
    said = BETWEEN_DIGITS.sub("", unicodedata.normalize("NFKC", text))
    return said.translate(SPOKEN_DIGITS)


def may_be_meant(here: OpenForm, said: str) -> bool:
    """True for words to a question about whoever reports, unless they clearly tell of a child."""
    if not here.asks.startswith(OF_REPORTERS):
        return False
    return ME in said or not suggest(said, here.turn.rules.policy.circumstances)

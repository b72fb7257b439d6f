"""What people say besides what they are asked: the place, when it was, that the police know.

Each function gives the dialogue that knows it; the question that is open is asked on.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace

from conversation import answers, engine
from conversation.dates import find_moment, is_when, parse_days, parse_moment
from conversation.dialogue import Dialogue, Lists, Option
from conversation.form import Form, Question
from conversation.values import moment_text
from handlers.children.own import alarming
from handlers.turn import Turn
from policy.asides import is_child
from policy.circumstances import suggest

#: The text that keeps what a person tells where a choice, a day or a number is asked: one for
#: just that, else the form's own sentence.
TOLD = ("told", "what")
#: The question where it was, and how the names of villages end.
PLACE = "place"
OF_PLACES = ("村", "社区", "镇", "乡", "街道", "组", "屯", "寨")
#: The questions which child it is: in the register, or in words.
CHILD, OF_CHILD = "child", frozenset({"child", "child_id"})
#: When it happened, and what is ticked where whoever reports chooses what else they know.
MOMENT, MORE = "when", "topics"
#: Questions that words answer wherever they are said, by the values that lose nobody anything.
OVERHEARD = {"police_called": "yes", "safe": "no"}
#: Those that only a whole message answers: 那边路不好走，不安全 is about the road.
WHOLE = frozenset({"safe"})
#: Whether whoever reports leaves a name.
SIGN, SIGNED, UNSIGNED = "speaker_sign", "yes", "no"
#: What whoever reports is called and their telephone, and how they say so.
NAME, PHONE = "speaker_name", "speaker_phone"
I_AM = re.compile(r"我(?:姓|叫|的名字叫|名字叫)([一-龥]{1,4})")
MY_PHONE = re.compile(r"(?:我的?)?(?:电话|手机|号码|电话号码)?是?(1[0-9]{10})")
SPOKEN_DIGITS = str.maketrans("零一二三四五六七八九幺\u3007", "012345678910")
#: By the question for a first day the one for the last.
UNTIL = {"leave_from": "leave_until", "care_from": "care_until"}
#: Where one thing that is said ends and the next one begins.
CLAUSES = re.compile(r"[\s，。！？；、,.!?;:：]+")
#: A child says what it is called.
MY_NAME = re.compile(r"我(?:的名字)?叫([一-龥]{2,4})")
#: A shorter name of a village is a crumb; what is no longer may be the name of any place.
SHORTEST, SHORT_NAME = 2, 4


def keeper(form: Form) -> str | None:
    """The name of the text of a form that keeps what is told by the way, if it has one."""
    named = ((name, form.named(name)) for name in TOLD)
    return next((name for name, one in named if one is not None and one.kind == "text"), None)


def name_at(path: str) -> str:
    """The name of the question at a path."""
    return path.rpartition("/")[2]


def told_so_far(said: Mapping[str, str]) -> str:
    """All that was told in a form's own words."""
    return " ".join(said.get(name, "") for name in TOLD)


# -- what answers another question -------------------------------------------------------------


def overheard(turn: Turn, form: Form, text: str) -> dict[str, str]:
    """What the words answer, by the names of the questions."""
    if not text:
        return {}
    clauses = [answers.key(one) for one in CLAUSES.split(text) if one]
    found = {
        question.name: value
        for name, value in OVERHEARD.items()
        if (question := form.named(name)) and _says(form, question, value, clauses)
    }
    name = _own_name(turn, form, text)
    return {**found, CHILD: name} if name else found


def _says(form: Form, question: Question, value: str, clauses: list[str]) -> bool:
    choice = form.choice(question.list, value) if question.chooses else None
    if choice is None:
        return False
    if question.name in WHOLE and len(clauses) > 1:
        return False
    label, also = answers.key("".join(choice.label)), form.also.get(question.list, {})
    return any(one == label or answers.meant_by(one, also) == value for one in clauses)


def _own_name(turn: Turn, form: Form, text: str) -> str:
    """What a child that speaks of itself is called; "" where nobody says so."""
    called = MY_NAME.search(text) if form.named(CHILD) else None
    return called[1] if called and is_child(text, turn.rules.policy.asides) else ""


def hear(turn: Turn, form: Form, dialogue: Dialogue, text: str, known: Lists) -> Dialogue:
    """The same dialogue; what the words answer besides is not asked any more."""
    if MY_NAME.search(text):
        text = f"{told_so_far(form.names(dialogue.answers))} {text}"
    for name, value in overheard(turn, form, text).items():
        question = form.named(name)
        if question is not None and not dialogue.answers.get(question.path):
            at = question.path
            dialogue = engine.settle(form, dialogue, at, value, now=turn.at, lists=known)
    return dialogue


def wants_no_name(turn: Turn, form: Form, dialogue: Dialogue, text: str) -> str | None:
    """The path of the question for a name, for who says 莫写我 where something else is asked."""
    question = form.named(SIGN)
    if question is None or question.path == dialogue.at or dialogue.answers.get(question.path):
        return None
    unsigned = turn.rules.words.listed("form.unsigned")
    return question.path if answers.key(text) in unsigned else None


def apart(
    turn: Turn, form: Form, dialogue: Dialogue, text: str, known: Lists
) -> tuple[Dialogue, str]:
    """Who reports, said by the way, is proposed where it is asked and told on nowhere else.

    The dialogue, and what else was said.
    """
    told = told_so_far(form.names(dialogue.answers))
    if is_child(f"{told} {text}", turn.rules.policy.asides):
        return dialogue, text
    found, rest = _of_reporter(text)
    for name, value in found.items():
        question = form.named(name)
        if question is None:
            return dialogue, text
        at, now = question.path, turn.at
        dialogue = engine.settle(form, dialogue, at, value, now=now, lists=known, asked=True)
    return dialogue, rest


def _of_reporter(text: str) -> tuple[dict[str, str], str]:
    """Name and telephone by their questions, and the clauses that say something else."""
    if phone := MY_PHONE.fullmatch(_digits(text)):
        return {PHONE: phone[1]}, ""
    found, rest = {}, []
    for one in CLAUSES.split(text):
        if name := I_AM.fullmatch(one):
            found[NAME] = name[1]
        elif phone := MY_PHONE.fullmatch(_digits(one)):
            found[PHONE] = phone[1]
        else:
            rest.append(one)
    return found, "，".join(filter(None, rest)) if found else text


def _digits(text: str) -> str:
    """一三八… and 138-0000-… as figures; of a name in it nothing is asked."""
    return re.sub(r"[\s\-—:：,，。]+", "", unicodedata.normalize("NFKC", text)).translate(
        SPOKEN_DIGITS
    )


def first_and_rest(text: str) -> tuple[str, str] | None:
    """The first clause of a message and the others: 安全，就是没人做饭."""
    first, *rest = [one for one in CLAUSES.split(text) if one] or [""]
    return (first, "，".join(rest)) if rest else None


def days_of(turn: Turn, form: Form, dialogue: Dialogue, text: str) -> Mapping[str, str] | None:
    """The first and the last day, told at once (明天起三天), by the paths of their questions."""
    until = UNTIL.get(name_at(dialogue.at))
    last = form.named(until) if until else None
    if last is None:
        return None
    days = parse_days(text, turn.at.date())
    return {dialogue.at: str(days[0]), last.path: str(days[1])} if days else None


# -- where -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A place that was named by the way, and what else was said."""

    path: str
    place: Option
    rest: str


def place_in(turn: Turn, form: Form, dialogue: Dialogue, text: str, known: Lists) -> Told | None:
    """The village that is named where something else is asked: 河湾村的, 错了，是河湾村.

    Its whole name says so even where words are wanted; 河湾 only where they are none. A place
    that was answered before is another one only for who says that it was wrong.
    """
    place, asked = form.named(PLACE), form.items.get(dialogue.at)
    if place is None or keeper(form) is None or not dialogue.at or place.path == dialogue.at:
        return None
    clauses = [one for one in CLAUSES.split(text) if one]
    wrong = bool(clauses) and clauses[0] in turn.rules.words.listed("form.corrects")
    is_known = place.path in dialogue.given or bool(dialogue.answers.get(place.path))
    if is_known and not wrong:
        return None
    chooses = isinstance(asked, Question) and asked.chooses and not asked.outside
    whole = answers.key(text).endswith(OF_PLACES)
    if not chooses and not wrong and (asked is not form.named(CHILD) or not whole):
        return None
    for one in clauses:
        if (is_known or len(clauses) > 1) and not any(end in one for end in OF_PLACES):
            continue
        if (found := _named(turn, place, one, known)) is not None:
            others = (other for other in clauses[wrong:] if other is not one)
            return Told(path=place.path, place=found, rest="，".join(others))
    return None


def _named(turn: Turn, place: Question, clause: str, known: Lists) -> Option | None:
    """The one place that a clause names and says no more."""
    said = _bare(turn, clause)
    if len(said) < SHORTEST:
        return None
    found = known.search(place.list, said)
    return found[0] if len(found) == 1 and said in answers.key(found[0].label) else None


def _bare(turn: Turn, text: str) -> str:
    """Where somebody is, without what people say around it: 就在河湾村的."""
    said = answers.key(text)
    for before in sorted(turn.rules.words.listed("form.place_before"), key=len, reverse=True):
        said = said.removeprefix(before)
    for after in turn.rules.words.listed("form.place_after"):
        said = said.removesuffix(after)
    return said


def is_no_place(turn: Turn, form: Form, dialogue: Dialogue, text: str, known: Lists) -> bool:
    """True for who says anything but where it is, where that is asked; once, then it is where."""
    place = form.named(PLACE)
    if place is None or dialogue.at != place.path or keeper(form) is None:
        return False
    if answers.command(text) or answers.says_nothing(text) or answers.says_no_word(text):
        return False
    is_number = answers.option_number(text) is not None
    if dialogue.misses or is_number:
        return False
    if _bare(turn, text) in turn.rules.words.listed("form.vague_places"):
        return True
    if any(one in text for one in OF_PLACES):
        return False
    if known.search(place.list, text.strip()):
        return False
    if tells_of_child(turn, text) or MY_NAME.match(text) or find_moment(text, turn.at):
        return True
    where = turn.rules.words.listed("form.whereabouts")
    is_short = len(answers.key(text)) <= SHORT_NAME
    return not is_short and not any(one in text for one in where)


def tells_of_child(turn: Turn, text: str) -> bool:
    """True for words that tell what happened to a child."""
    return bool(suggest(text, turn.rules.policy.circumstances)) or alarming(turn, text)


def spoken_place(turn: Turn, form: Form, dialogue: Dialogue, known: Lists) -> Option | None:
    """The one place that was spoken of before it is asked."""
    found = turn.work.areas.spoken_of(told_so_far(form.names(dialogue.answers)))
    label = known.label("areas", str(found[0].id)) if len(found) == 1 else None
    return Option(value=str(found[0].id), label=label) if label else None


# -- when --------------------------------------------------------------------------------------


def is_moment_for_name(turn: Turn, form: Form, dialogue: Dialogue, text: str) -> bool:
    """True for who says 昨天晚上 where it is asked which child or where."""
    named = keeper(form) is not None and name_at(dialogue.at) in {PLACE, *OF_CHILD}
    return named and is_when(text, turn.at)


def is_no_name(turn: Turn, form: Form, dialogue: Dialogue, text: str) -> bool:
    """True for a sentence or a number where it is asked which child; once, then it is taken."""
    if name_at(dialogue.at) not in OF_CHILD or dialogue.misses or keeper(form) is None:
        return False
    is_number = name_at(dialogue.at) == CHILD and answers.option_number(text) is not None
    return (
        is_number
        or answers.agrees(text)
        or I_AM.fullmatch(text.strip()) is not None
        or find_moment(text, turn.at) is not None
        or alarming(turn, text)
    )


def happened_then(turn: Turn, form: Form, dialogue: Dialogue, text: str, known: Lists) -> Dialogue:
    """The moment answers when it was, where a form asks that; else it is kept as it was said."""
    when, more = form.named(MOMENT), form.named(MORE)
    moment = parse_moment(text, turn.at)
    if when is None or moment is None or moment > turn.at or dialogue.answers.get(when.path):
        return noted(turn, form, dialogue, text, known)
    value = moment_text(moment)
    heard = engine.settle(form, dialogue, when.path, value, now=turn.at, lists=known)
    if more is None or form.choice(more.list, MOMENT) is None:
        return heard
    ticked = dict.fromkeys((*heard.answers.get(more.path, "").split(), MOMENT))
    return engine.settle(
        form, heard, more.path, " ".join(ticked), now=turn.at, lists=known, asked=True
    )


# -- words that tell no story ------------------------------------------------------------------


def noted(turn: Turn, form: Form, dialogue: Dialogue, text: str, known: Lists) -> Dialogue:
    """A few words are kept; the sentence that must be there is still asked."""
    name = keeper(form) or ""
    question = form.named(name)
    waits = question is not None and name != TOLD[0] and not dialogue.answers.get(question.path)
    dialogue, text = apart(turn, form, dialogue, text, known)
    if not text:
        return dialogue
    kept = engine.overhear(form, dialogue, name, text, now=turn.at, lists=known, asked=waits)
    return hear(turn, form, kept, text, known)


def with_noted(dialogue: Dialogue, text: str) -> str:
    """The sentence that was asked for, behind the few words that were kept for it before."""
    kept = dialogue.answers.get(dialogue.at, "")
    at_first = dialogue.at not in (*dialogue.given, *dialogue.been) and not dialogue.editing
    return f"{kept}\n{text}" if kept and at_first and answers.command(text) is None else text


def missed(dialogue: Dialogue) -> Dialogue:
    """The same dialogue, in which the open question was asked in vain once more."""
    return replace(dialogue, misses=dialogue.misses + 1)

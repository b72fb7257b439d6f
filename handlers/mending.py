"""Words that put an earlier answer of the open form right: 不是二组，是三组; 打错了，应该是12岁.

The answer that is meant becomes what was said, old and new are shown, and it goes on where one
was. Where it is not clear which one is meant that is asked: nothing is changed by a guess.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from conversation import answers, engine, letters
from conversation.cards import Action, Button, Card
from conversation.dialogue import Asking, Dialogue, Line, Show, Step, Typed
from conversation.items import Question
from handlers import filling, form_cards
from handlers.children.own import alarming, tells_of_child
from handlers.form_cards import Notice
from handlers.heard import children, kept
from handlers.heard.chatter import SHORT_WORDS
from handlers.heard.open_form import OF_CHILD, PLACE, TOLD, OpenForm, name_at, open_form
from handlers.heard.reporters import PHONE
from handlers.reaching import open_ways
from handlers.reporting import first_words
from handlers.turn import Turn
from policy.circumstances import suggest
from policy.correcting import Mended, Ways, mended, without_is

#: What somebody means who says 孩子叫, or 名字错了: its questions.
MEANS = (
    ("heard.means_child", "heard.about_child", OF_CHILD),
    ("heard.means_place", "heard.about_place", frozenset({PLACE})),
    ("heard.means_phone", "heard.about_phone", frozenset({PHONE})),
)
#: Answers that are offered to be changed; of a label on a button so much is shown.
OFFERED, ROOM = 5, 30
#: Words of one's own that are longer are no name and no number.
LONGEST = 12
#: A list that found several, or one that may be meant, asks which.
ASKS_WHICH = frozenset({"one-option", "several-options"})
#: Between the question that a button means and the words that it was told.
BETWEEN = "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What stands in the form, and to which question it is the answer."""

    question: Question
    path: str
    label: str
    said: str = field(repr=False)


def heard(turn: Turn, text: str) -> bool:
    """True for words that correct the open form: it is corrected, or which answer is asked."""
    said = mended(text, ways(turn)) if turn.draft is not None else None
    if said is None or first_words.asking_what(turn) is not None:
        return False
    here = open_form(turn)
    if here is None:
        return False
    known = _known(here)
    if not said.now:
        return _wrong(turn, here, known, said)
    if told := _of_open(here, said):
        filling.typed(turn, told)
        return True
    if _ticks_anew(turn, here, said, text):
        return True
    if not known:
        return False
    meant, now = _meant(here, known, said)
    match meant:
        case (one,):
            return _mend(turn, here, one, now, text) or _ask(turn, here, known, now, text)
        case ():
            return bool(said.lead) and _unclear(turn, here, known, said, text)
        case several:
            return _ask(turn, here, several, now, text)


def _wrong(turn: Turn, here: OpenForm, known: Sequence[Answer], said: Mended) -> bool:
    """说错了, and no more: which answer is asked, where nobody says 地方写错了."""
    if here.dialogue.candidates or said.lead in turn.rules.words.listed("fix.not"):
        return False
    listed = turn.rules.words.listed
    meant = [names for _, about, names in MEANS if any(one in said.lead for one in listed(about))]
    about = [one for one in known if any(one.question.name in names for names in meant)]
    if len(about) == 1:
        filling.follow(turn, here, _again(here, about[0].path))
        return True
    if not here.at and known:  # the summary has a button for each line
        says = Notice(text=turn.words("form.which_wrong"))
        filling.follow(turn, here, here.step(Show()), says)
        return True
    return _ask(turn, here, known, "", "")


def press(turn: Turn, arg: str) -> None:
    """This answer: it becomes what was said, or is asked once more."""
    path, _, now = arg.partition(BETWEEN)
    here = open_form(turn)
    known = _known(here) if here is not None else ()
    one = next((each for each in known if each.path == path), None)
    if here is None or one is None:
        filling.show(turn)
    elif not now or not _mend(turn, here, one, now, in_place=True):
        filling.follow(turn, here, _again(here, path), in_place=True)


def ways(turn: Turn) -> Ways:
    """How people say that something was wrong."""
    listed = turn.rules.words.listed
    return Ways(
        wrongs=listed("heard.corrects"),
        before=listed("heard.corrects_before"),
        nots=listed("fix.not"),
        buts=listed("fix.but") | listed("heard.corrects_to"),
    )


# -- which answer is meant ----------------------------------------------------------------------


def _known(here: OpenForm) -> tuple[Answer, ...]:
    """What was answered before the open question, each beside its question, once."""
    lines = engine.standing(here.form, here.dialogue, now=here.turn.at, lists=here.lists)
    found: dict[str, Answer] = {}
    for line in lines:
        path = _asked_at(here, line)
        if path != here.at:
            question = here.form.question(path)
            label = line.label.partition("\n")[0].rstrip("？?")
            found[path] = Answer(question=question, path=path, label=label, said=line.answer)
    return tuple(found.values())


def _asked_at(here: OpenForm, line: Line) -> str:
    """A place in words belongs to the question where it was."""
    name, parent = name_at(line.path), line.path.rpartition("/")[0]
    beside = ((one, (name_at(one.words), name_at(one.position))) for one in here.form.questions)
    of = next((one for one, names in beside if name in names), None)
    return f"{parent}/{of.name}" if of is not None else line.path


def _meant(here: OpenForm, known: Sequence[Answer], said: Mended) -> tuple[list[Answer], str]:
    """The answers that may be meant, and what the one that is becomes.

    What was told in one's own words stays as it was told.
    """
    asked = [one for one in known if one.question.name not in TOLD]
    if said.was:
        named = [one for one in asked if _says(here, one, said.was)]
        return (named, said.now) if named or not said.lead else ([], said.now)
    now = without_is(said.now, ways(here.turn))
    for cues, about, names in MEANS:
        named = [one for one in asked if one.question.name in names]
        if named and (told := _of_that(here, said, cues, about)):
            return named, told
    if tells_of_child(here.turn, now):
        return [], now
    return _by_kind(here, asked, now), now


def _of_that(here: OpenForm, said: Mended, cues: str, about: str) -> str:
    """小明 of 孩子叫小明 and 名字错了，是小明; "" where nobody says which answer they mean."""
    listed = here.turn.rules.words.listed
    begins = [one for one in listed(cues) if said.now.startswith(one)]
    told = said.now.removeprefix(max(begins, key=len, default=said.now))
    if told or not any(one in said.lead for one in listed(about)):
        return told
    return without_is(said.now, ways(here.turn))


def _of_open(here: OpenForm, said: Mended) -> str:
    """The answer to what is asked now, for who says that they mean just that."""
    if said.was:
        return ""
    told = (
        _of_that(here, said, cues, about) for cues, about, names in MEANS if here.asks in names
    )
    return next(filter(None, told), "")


def _by_kind(here: OpenForm, asked: Sequence[Answer], now: str) -> list[Answer]:
    """Whose question takes such words: 昨天 a day, 三组 a place; the answer just given first."""
    last = _last(here, asked)
    fits = [one for one in asked if _settles(here, one, now)]
    if _settles_open(here, now):
        return fits if len(fits) > 1 else []
    if last is not None and last in fits:
        return [last]
    return fits or ([last] if last is not None and _may_say(here, last, now) else [])


def _may_say(here: OpenForm, one: Answer, now: str) -> bool:
    """True where words of one's own may be these."""
    if one.question.kind != "text" or len(letters.key(now)) > LONGEST:
        return False
    return one.question.name not in OF_CHILD or not children.is_no_name(here, now)


def _last(here: OpenForm, asked: Sequence[Answer]) -> Answer | None:
    """The answer that was given before the open question."""
    order = {path: place for place, path in enumerate(here.dialogue.been)}
    before = [one for one in asked if one.path in order]
    return max(before, key=lambda one: order[one.path], default=None)


def _says(here: OpenForm, one: Answer, was: str) -> bool:
    """True where 二组, or 12岁, is what an answer says."""
    said = letters.key(was)
    if said in letters.key(one.said):
        return True
    match answers.read(one.question.kind, was, here.turn.at):
        case answers.Understood(value) if one.question.kind not in ("text", "select_one"):
            return value == here.answer_at(one.path)
        case _:
            return False


def _settles(here: OpenForm, one: Answer, now: str) -> bool:
    """True where words are one of the answers that a question has, or a number that it takes."""
    if one.question.kind == "text":
        return False
    step = _amended(here, one.path, now)
    if isinstance(step.screen, Asking) and step.screen.path == one.path:
        return step.screen.problem in ASKS_WHICH
    return bool(step.dialogue.answers.get(one.path))


def _settles_open(here: OpenForm, now: str) -> bool:
    """True where what is asked now takes the words in the same way."""
    asked = here.question
    if asked is None or asked.kind == "text":
        return False
    step = here.step(Typed(text=now))
    return step.dialogue.at != here.at and bool(step.dialogue.answers.get(here.at))


def _is_answer(here: OpenForm, lead: str) -> bool:
    """不是 is an answer where yes or no is asked; 不对 and 说错了 are none."""
    asked = here.question
    if lead not in here.turn.rules.words.listed("fix.not") or asked is None or not asked.chooses:
        return False
    return here.step(Typed(text=lead)).dialogue.at != here.at


# -- what follows -------------------------------------------------------------------------------


def _amended(here: OpenForm, path: str, now: str) -> Step:
    dialogue: Dialogue = here.dialogue
    return engine.amend(here.form, dialogue, path, now, now=here.turn.at, lists=here.lists)


def _again(here: OpenForm, path: str) -> Step:
    return engine.revisit(here.form, here.dialogue, path, now=here.turn.at, lists=here.lists)


def _mend(
    turn: Turn, here: OpenForm, one: Answer, now: str, text: str = "", *, in_place: bool = False
) -> bool:
    """True where the answer took the words, or asks which of several they mean."""
    step = _amended(here, one.path, _whole(here, one, now, text))
    screen = step.screen
    if isinstance(screen, Asking) and screen.path == one.path:
        if screen.problem in ASKS_WHICH:
            filling.follow(turn, here, step, in_place=in_place)
            return True
        return False
    after = next((each for each in _known(here.after(step)) if each.path == one.path), None)
    if after is None:
        return False
    is_read = open_ways.is_open(turn.speaker.channel)  # by others, too: no name is said back
    key = "form.mended_open" if is_read else "form.mended"
    says = turn.words(key, label=one.label, before=one.said, text=after.said)
    filling.follow(turn, here, step, _beside_danger(turn, text, says), in_place=in_place)
    return True


def _beside_danger(turn: Turn, text: str, says: str) -> Notice:
    """What is said to words that put something right; danger in them is told as well."""
    danger = form_cards.danger_in(turn, text)
    return replace(danger, text=f"{says}\n{danger.text}") if danger else Notice(text=says)


def _whole(here: OpenForm, one: Answer, now: str, text: str) -> str:
    """王家老大 for 王家老二, where 老二 was wrong; of a place the rest of its name."""
    said = None if _settles(here, one, now) else mended(text, ways(here.turn))
    keeps = one.question.kind == "text" or one.question.words
    if said is not None and said.was and keeps and said.was in one.said:
        return one.said.replace(said.was, now)
    return now


def _ticks_anew(turn: Turn, here: OpenForm, said: Mended, text: str) -> bool:
    """Who says at once that what was ticked for them is wrong: what they say is ticked instead."""
    asked = here.question
    if asked is None or asked.kind != "select_multiple" or not said.lead:
        return False
    spoken = suggest(said.now, turn.rules.policy.circumstances)
    ticked = tuple(one for one in spoken if here.form.choice(asked.list, one) is not None)
    if ticked:
        told = kept.noted(here, text)
        anew = replace(told, dialogue=replace(told.dialogue, candidates=ticked))
        says = turn.words("form.kept")
        filling.follow(turn, anew, anew.step(Show()), _beside_danger(turn, text, says))
    return bool(ticked)


def _unclear(turn: Turn, here: OpenForm, known: Sequence[Answer], said: Mended, text: str) -> bool:
    """True, and asked, where words that say so correct nothing that is known."""
    now = without_is(said.now, ways(turn))
    if here.dialogue.candidates and here.question is not None and here.question.outside:
        filling.follow(turn, here, here.step(Typed(text=now)))
        return True
    is_tale = tells_of_child(turn, now) or alarming(turn, text)
    wants_words = here.question is not None and (
        here.question.kind == "text" and here.asks not in SHORT_WORDS
    )
    if is_tale or wants_words or _is_answer(here, said.lead) or _settles_open(here, now):
        return False
    if _ask(turn, here, known, now, text):
        return True
    if here.asks in SHORT_WORDS:
        filling.typed(turn, now)
    return here.asks in SHORT_WORDS


def _ask(turn: Turn, here: OpenForm, known: Sequence[Answer], now: str, text: str) -> bool:
    """Which answer is wrong? What was said is kept, whatever is tapped."""
    takes = [one for one in known if not now or _may_take(here, one, now)]
    if not takes:
        return False
    if now:
        filling.keep(turn, kept.noted(here, text))
    offers = [
        Button(
            label=_short(turn.words("fix.line", label=one.label, text=one.said)),
            action=Action("form.mend", f"{one.path}{BETWEEN}{now}"),
        )
        for one in takes[-OFFERED:]
    ]
    none = Button(label=turn.words("form.mend_none"), action=Action("form.show"))
    says = turn.words("form.which_to", text=now) if now else turn.words("form.which_wrong")
    turn.say(Card(text=says, rows=tuple((one,) for one in (*offers, none))))
    return True


def _may_take(here: OpenForm, one: Answer, now: str) -> bool:
    is_told = one.question.name in TOLD
    return not is_told and (_may_say(here, one, now) or _settles(here, one, now))


def _short(label: str) -> str:
    label = " ".join(label.split())
    return label if len(label) <= ROOM else f"{label[: ROOM - 1]}…"

"""Filling in a form, whichever it is: begin, answer, go back, put aside, give up, confirm."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import assert_never

from conversation import answers, engine
from conversation.cards import Action, Button, Card
from conversation.dates import find_moment, is_when, parse_days, parse_moment
from conversation.dialogue import (
    Asking,
    Attached,
    Back,
    Chose,
    Dialogue,
    Done,
    Edit,
    File,
    Finished,
    Lists,
    Move,
    Option,
    Placed,
    Reviewing,
    Screen,
    Show,
    Skip,
    Typed,
    dialogue_from_json,
    dialogue_to_json,
)
from conversation.dialogue import Turn as TurnPage
from conversation.drawing import draw_advice, draw_question, draw_summary
from conversation.form import Form, Question
from conversation.values import moment_text
from handlers.cases import helpers
from handlers.children.own import alarming
from handlers.choices import AREAS, CHILDREN, PEOPLE, Choices
from handlers.places import Places
from handlers.turn import Filled, Turn
from handlers.visiting import hearing
from policy.asides import is_child
from policy.circumstances import suggest
from policy.danger import is_despair
from storage.drafts import Draft

#: Forms that are filed as soon as the last question is answered, without a summary.
AT_ONCE = frozenset(
    [
        *("danger", "progress", "police", "message", "feedback", "regrade", "answer"),
        *(
            "register",
            "introduce",
            "invite",
            "handover",
            "whose_post",
            "post_dates",
            "leave",
            "shift",
            "link",
            "unmask",
        ),
        "broadcast",
        *(
            "child",
            "find_child",
            "visit_late",
            "visit_pause",
            "look",
            "decline",
            "double",
            "find_twin",
            "care_end",
            "family_invite",
            "family_call",
            "which_child",
            "school_class",
            "class_names",
            "absence_step",
        ),
    ]
)
#: How the names of forms begin that belong to an act of a case.
OF_CASES = "case_"
#: Those of them that are long enough to be looked at once more.
WITH_SUMMARY = frozenset({"case_assess", "case_intervene"})
#: Forms that ask where somebody works: a whole township, where a report would be vague.
OF_PEOPLE = frozenset({"register", "invite", "broadcast"})
#: Shown first, whatever else is said.
EMERGENCY = ("110", "120")
#: Forms that end in advice instead of a summary.
ADVICE = frozenset({"guide"})
#: The text that keeps what a person tells where a choice, a day or a number is asked: one for
#: just that, else the form's own sentence.
TOLD = ("told", "what")
#: The form in which words answer other questions than the one that is asked.
VISIT = "visit"
#: The question about what happened: words that speak of it tick its options.
HAPPENED = "circumstances"
#: Nothing that is said to questions about the reporter is told on: who reports is sealed apart.
OF_REPORTERS = ("speaker", "callback")
ME = "我"
#: A shorter word tells nothing, nor does 啊啊啊.
SHORTEST_TALE = 2
#: So often in a row somebody tells instead of choosing; then what stands there is taken.
TELLING = 2
#: The options that are taken then.
UNDECIDED = ("unknown", "other")
#: The question where it was, and how the names of villages end.
PLACE = "place"
OF_PLACES = ("村", "社区", "镇", "乡", "街道", "组", "屯", "寨")
#: Questions for a name: who says when it was answers another one.
OF_NAMES = frozenset({"child", "child_id", PLACE})
#: When it happened, and what is ticked where whoever reports chooses what else they know.
MOMENT, MORE = "when", "topics"
#: So many places that were told before are offered.
MOST_SPOKEN_OF = 2
#: By the question for a first day the one for the last.
UNTIL = {"leave_from": "leave_until", "care_from": "care_until"}
#: Where one thing that is said ends and the next one begins.
CLAUSES = re.compile(r"[\s，。！？；、,.!?;:：]+")
#: Questions that words answer wherever they are said, and by which value: 刚才打了110.
OVERHEARD = {"police_called": "yes"}
#: By a question the one for when: 刚才打了110 answers both.
WHEN = {"police_called": "police_when"}
#: How questions for a telephone end; how it is said: 幺三八.
OF_TELEPHONES = ("phone",)
SPOKEN_DIGITS = {
    **{letter: str(digit) for digit, letter in enumerate("零一二三四五六七八九")},
    "幺": "1",
    "\u3007": "0",
}
#: Lists of names, which people spell as they hear them.
SEARCHED = frozenset({AREAS, CHILDREN, PEOPLE})
#: How the engine takes words that are none of the answers it asked for.
STRAY = frozenset({"not-an-option", "not-a-number", "not-a-date", "not-a-time"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Words that stand once above the next question."""

    text: str
    urgent: bool = False
    #: True where the person is not on the way to the alarm already.
    to_alarm: bool = False


def begin(
    turn: Turn,
    name: str,
    *,
    preset: Mapping[str, str] | None = None,
    report_id: int | None = None,
    about: str | None = None,
    in_place: bool = False,
    danger: bool = False,
    quiet: bool = False,
    notice: Notice | None = None,
) -> None:
    """Start a form and, unless ``quiet``, ask its first question; an earlier draft stays."""
    version, form = turn.rules.current_form(turn.work, name)
    said = _told_so_far(preset or {})
    known = lists(turn, name, about, said=lambda: said)
    given = {**_overheard(form, said), **(preset or {})}
    step = engine.begin(form, now=turn.at, lists=known, preset=given)
    wake_at = turn.work.now + turn.rules.policy.timing["draft_nudge"]
    dialogue = dialogue_to_json(step.dialogue)
    begun = (version, dialogue, report_id, about)
    turn.draft = _just_begun(turn, begun) or turn.work.drafts.start(
        turn.speaker.contact_id,
        version,
        dialogue,
        report_id=report_id,
        about=about,
        danger=danger,
        wake_at=wake_at,
        wake_for="nudge",
    )
    if not quiet:
        _show(turn, form, step, in_place=in_place, notice=notice)


def _just_begun(turn: Turn, begun: tuple[str, str, int | None, str | None]) -> Draft | None:
    """The same form about the same thing, still at its beginning: two taps begin no second one."""
    newest = next(iter(turn.work.drafts.open_of(turn.speaker.contact_id)), None)
    if newest is None or turn.work.attachments.of_draft(newest.id):
        return None
    known = (newest.form_version, newest.dialogue, newest.report_id, newest.about)
    return newest if known == begun else None


def show(turn: Turn) -> None:
    """Show the current question again."""
    _take(turn, Show())


def typed(turn: Turn, text: str) -> None:
    """The person wrote something while a form was open."""
    assert turn.draft is not None
    question = _open_question(turn)
    if question is not None and question.name.endswith(OF_TELEPHONES):
        text = "".join(SPOKEN_DIGITS.get(letter, letter) for letter in text)
    notice = danger_in(turn, text)
    _take(
        turn,
        Typed(text=text),
        danger=notice is not None,
        notice=None if turn.draft.danger else notice,
    )


def danger_in(turn: Turn, text: str) -> Notice | None:
    """What stands above the next question when the words speak of danger."""
    if not alarming(turn, text):
        return None
    noticed = with_listener(turn, text, turn.words("form.danger_noticed"))
    # Of what is somebody's case already no second alarm is raised.
    known = turn.draft is not None and bool(turn.draft.report_id or turn.draft.about)
    return Notice(text=noticed, urgent=True, to_alarm=not known)


def with_listener(turn: Turn, text: str, said: str) -> str:
    """What is said to words of danger; whoever despairs, and a child, reads who listens, too."""
    policy = turn.rules.policy
    more = [
        *([turn.words("free.listener")] if is_despair(text, policy.danger) else []),
        *([turn.words("free.child")] if is_child(text, policy.asides) else []),
    ]
    return "\n".join([said, *more])


#: What each button of an open form does to it, given what the button carries.
MOVES: Mapping[str, Callable[[str], Move]] = {
    "form.choose": lambda value: Chose(value=value),
    "form.back": lambda _: Back(),
    "form.skip": lambda _: Skip(),
    "form.done": lambda _: Done(),
    "form.page": lambda by: TurnPage(int(by)),
    "form.edit": Edit,
    "form.file": lambda _: File(),
}


def press(verb: str) -> Callable[[Turn, str], None]:
    """What a press on such a button does."""
    move = MOVES[verb]
    return lambda turn, value: _take(turn, move(value), in_place=True)


def attached(turn: Turn, file_id: int, kind: str) -> None:
    """A file came for a question that asks for one."""
    _take(turn, Attached(file=str(file_id), kind=kind))


def placed(turn: Turn, point: str) -> None:
    """A position came."""
    _take(turn, Placed(point=point))


def later(turn: Turn, _: str = "") -> None:
    """稍后继续: put the draft aside; its nudge stays set."""
    turn.draft = None
    turn.say(Card(text=turn.words("form.later_said"), rows=(home_row(turn),)), in_place=True)


def ask_cancel(turn: Turn, _: str = "") -> None:
    """取消: nothing is thrown away by one word."""
    if turn.draft is None:
        turn.say(Card(text=turn.words("form.nothing_open"), rows=(home_row(turn),)))
        return
    verbs = ("form.show", "form.later", "form.drop")
    keys = ("form.cancel_keep", "form.cancel_later", "form.cancel_drop")
    rows = tuple(
        (Button(label=turn.words(key), action=Action(verb)),)
        for key, verb in zip(keys, verbs, strict=True)
    )
    turn.say(Card(text=turn.words("form.cancel_ask"), rows=rows), in_place=True)


def drop(turn: Turn, _: str = "") -> None:
    """Throw the draft away."""
    if turn.draft is not None:
        forget(turn, turn.draft)
    turn.say(Card(text=turn.words("form.dropped"), rows=(home_row(turn),)), in_place=True)


def forget(turn: Turn, draft: Draft) -> None:
    """Remove a draft for good, with the files that were sent for it."""
    for sent in turn.work.attachments.of_draft(draft.id):
        if sent.report_id is None:
            turn.work.attachments.remove(sent.id)
    turn.work.drafts.remove(draft.id)
    if turn.draft is not None and turn.draft.id == draft.id:
        turn.draft = None


def resume(turn: Turn, draft_id: str) -> None:
    """Go on with a draft that was put aside."""
    draft = turn.work.drafts.get(int(draft_id))
    if draft is None or draft.contact_id != turn.speaker.contact_id:
        turn.say(Card(text=turn.words("form.gone"), rows=(home_row(turn),)))
        return
    turn.draft = draft
    show(turn)


def go_on(turn: Turn, _: str = "") -> None:
    """接着填: the open form, else the newest one that was put aside."""
    if turn.draft is None:
        waiting = turn.work.drafts.open_of(turn.speaker.contact_id)
        turn.draft = waiting[0] if waiting else None
    show(turn)


def is_untouched(draft: Draft) -> bool:
    """True while nothing was answered: it holds no more than the words that began it."""
    return not dialogue_from_json(draft.dialogue).been


def name_of(turn: Turn, draft: Draft) -> str:
    """The name of the form of a draft."""
    return turn.rules.form(turn.work, draft.form_version).name


def answers_of(turn: Turn, draft: Draft) -> tuple[Form, dict[str, str]]:
    """The form of a draft, and what was answered so far, by question name."""
    form = turn.rules.form(turn.work, draft.form_version)
    return form, form.names(dialogue_from_json(draft.dialogue).answers)


def asks_for_file(turn: Turn, kind: str) -> bool:
    """True when the open question wants just such a file."""
    wanted = {"photo": "image", "voice": "audio", "video": "video", "document": "file"}[kind]
    question = _open_question(turn)
    return question is not None and question.kind == wanted


def asks_for_words(turn: Turn) -> bool:
    """True when the open question wants a sentence that must not be missing."""
    question = _open_question(turn)
    return question is not None and question.kind == "text" and bool(question.required)


def asks_for_text(turn: Turn) -> bool:
    """True when the open question wants a sentence."""
    question = _open_question(turn)
    return question is not None and question.kind == "text"


def takes_words(turn: Turn) -> bool:
    """True when the open question takes any words, also where it offers a list."""
    question = _open_question(turn)
    return question is not None and (question.kind == "text" or bool(question.words))


def is_answer(turn: Turn, text: str) -> bool:
    """True when the open form takes the words for what it asks."""
    if turn.draft is None:
        return False
    form = turn.rules.form(turn.work, turn.draft.form_version)
    dialogue = dialogue_from_json(turn.draft.dialogue)
    known = lists(turn, form.name, turn.draft.about)
    screen = engine.step(form, dialogue, Typed(text=text), now=turn.at, lists=known).screen
    return isinstance(screen, Finished) or screen.problem is None


def asks_for_choice(turn: Turn) -> bool:
    """True when the open question is answered by its options."""
    question = _open_question(turn)
    return question is not None and question.chooses


def _open_question(turn: Turn) -> Question | None:
    if turn.draft is None:
        return None
    form = turn.rules.form(turn.work, turn.draft.form_version)
    at = dialogue_from_json(turn.draft.dialogue).at
    return form.question(at) if at else None


def _take(
    turn: Turn,
    move: Move,
    *,
    in_place: bool = False,
    danger: bool = False,
    notice: Notice | None = None,
) -> None:
    draft = turn.draft
    if draft is None:
        turn.say(Card(text=turn.words("form.nothing_open"), rows=(home_row(turn),)))
        return
    form = turn.rules.form(turn.work, draft.form_version)
    dialogue = dialogue_from_json(draft.dialogue)
    known = lists(
        turn, form.name, draft.about, said=lambda: _told_so_far(form.names(dialogue.answers))
    )
    if isinstance(move, Typed) and _name_at(dialogue.at) in TOLD:
        move = Typed(text=_with_noted(form, dialogue, move.text))
    place = _place_by_the_way(form, dialogue, move, known)
    if place is not None:
        path, option = place
        # What was said in place of it was no place then, but somebody said it.
        said = form.names(dialogue.answers).get(form.question(path).words.rpartition("/")[2], "")
        tells = bool(said) and not answers.says_nothing(said)
        heard = _told(turn, form, dialogue, said, known) if tells else dialogue
        heard = engine.settle(form, heard, path, option.value, now=turn.at, lists=known)
        step = engine.step(form, heard, Show(), now=turn.at, lists=known)
        notice = Notice(text=turn.words("form.kept_place", area=option.label))
    elif isinstance(move, Typed) and _is_moment_for_name(turn, form, dialogue, move.text):
        heard = _happened_then(turn, form, dialogue, move.text, known)
        step = engine.step(form, heard, Show(), now=turn.at, lists=known)
        notice = notice or Notice(text=turn.words("form.kept_when"))
    elif (days := _days_by_the_way(turn, form, dialogue, move)) is not None:
        step = _settled(turn, form, dialogue, days, known)
    elif _is_tale_at_place(turn, form, dialogue, move, known):
        assert isinstance(move, Typed)
        told = _told(turn, form, dialogue, move.text, known)
        told = replace(told, misses=dialogue.misses + 1)
        step = engine.step(form, told, Show(), now=turn.at, lists=known)
        notice = notice or Notice(text=turn.words("form.kept_where"))
    else:
        step = engine.step(form, dialogue, move, now=turn.at, lists=known)
    if isinstance(move, Typed) and _tells(turn, form, step.screen, move.text):
        told = _told(turn, form, step.dialogue, move.text, known)
        if told != step.dialogue:
            step, key = _after_tale(turn, form, told, known)
            notice = notice or Notice(text=turn.words(key))
    elif isinstance(move, Typed) and _knows_nothing(form, step, move.text):
        step, key = _after_tale(turn, form, step.dialogue, known)
        notice = notice or Notice(text=turn.words(key))
    elif isinstance(move, Typed):
        step = _answered_beside(turn, form, dialogue, step, move.text, known)
    if isinstance(move, Typed) and _wants_to_file(step.screen, move.text):
        notice = notice or Notice(text=turn.words("form.not_yet"))
    if isinstance(step.screen, Reviewing) and not step.screen.lines and draft.report_id:
        _add_nothing(turn, draft)
        return
    step = at_once(turn, form, step, known)
    if isinstance(step.screen, Finished):
        _finish(turn, draft, form, step.screen)
        return
    _save(turn, draft, step.dialogue, danger=danger or draft.danger)
    _show(turn, form, step, in_place=in_place, notice=notice)


def _overheard(form: Form, text: str) -> dict[str, str]:
    """What a clause of the words answers, by the names of the questions."""
    found = {}
    for name, value in OVERHEARD.items():
        question = form.named(name)
        if question is None or not text:
            continue
        also = form.also.get(question.list, {})
        if any(answers.meant_by(answers.key(one), also) == value for one in CLAUSES.split(text)):
            found[name] = value
    return found


def _hear(turn: Turn, form: Form, dialogue: Dialogue, text: str, known: Lists) -> Dialogue:
    """The same dialogue, and what the words answer besides is not asked any more."""
    for name, value in _overheard(form, text).items():
        question = form.named(name)
        if question is not None and not dialogue.answers.get(question.path):
            at = question.path
            dialogue = engine.settle(form, dialogue, at, value, now=turn.at, lists=known)
    return dialogue


def _answered_beside(
    turn: Turn,
    form: Form,
    before: Dialogue,
    step: engine.Step,
    text: str,
    known: Lists,
) -> engine.Step:
    """What follows an answer that says more than it was asked: the police came, or when."""
    asked, now = _name_at(before.at), _name_at(step.dialogue.at)
    if asked in TOLD and before.at != step.dialogue.at:
        heard = _hear(turn, form, step.dialogue, text, known)
        if heard == step.dialogue:
            return step
        goes_on = Skip() if heard.at and heard.answers.get(heard.at) else Show()
        return engine.step(form, heard, goes_on, now=turn.at, lists=known)
    if now and WHEN.get(asked) == now:
        moment = find_moment(text, turn.at)
        if moment is not None and moment <= turn.at:
            value = {step.dialogue.at: moment_text(moment)}
            return _settled(turn, form, step.dialogue, value, known)
    return step


def _place_by_the_way(
    form: Form, dialogue: Dialogue, move: Move, known: Lists
) -> tuple[str, Option] | None:
    """The path of the form's place and the village that is named where something else is asked.

    Its whole name says so (河湾村) even where words are wanted; 河湾 only where they are none.
    """
    place = form.named(PLACE)
    if place is None or keeper(form) is None or not isinstance(move, Typed) or not dialogue.at:
        return None
    asked, said = form.items.get(dialogue.at), answers.key(move.text)
    if place.path in (dialogue.at, *dialogue.given) or dialogue.answers.get(place.path):
        return None
    chooses = isinstance(asked, Question) and asked.chooses and not asked.outside
    if not chooses and (asked is not form.named("child") or not said.endswith(OF_PLACES)):
        return None
    found = known.search(place.list, move.text.strip())
    is_it = len(said) >= SHORTEST_TALE and len(found) == 1 and said in answers.key(found[0].label)
    return (place.path, found[0]) if is_it else None


def _is_moment_for_name(turn: Turn, form: Form, dialogue: Dialogue, text: str) -> bool:
    """True for who says 昨天晚上 where it is asked which child or where."""
    named = keeper(form) is not None and _name_at(dialogue.at) in OF_NAMES
    return named and is_when(text, turn.at)


def _happened_then(
    turn: Turn, form: Form, dialogue: Dialogue, text: str, known: Lists
) -> Dialogue:
    """The moment answers when it was, where a form asks that; else it is kept as it was said."""
    when, more = form.named(MOMENT), form.named(MORE)
    moment = parse_moment(text, turn.at)
    if when is None or moment is None or moment > turn.at or dialogue.answers.get(when.path):
        return _noted(turn, form, dialogue, text, known)
    value = moment_text(moment)
    heard = engine.settle(form, dialogue, when.path, value, now=turn.at, lists=known)
    if more is None or form.choice(more.list, MOMENT) is None:
        return heard
    ticked = dict.fromkeys((*heard.answers.get(more.path, "").split(), MOMENT))
    return engine.settle(
        form, heard, more.path, " ".join(ticked), now=turn.at, lists=known, asked=True
    )


def _noted(turn: Turn, form: Form, dialogue: Dialogue, text: str, known: Lists) -> Dialogue:
    """A few words that tell no story are kept; the sentence that must be there is asked."""
    name = keeper(form) or ""
    question = form.named(name)
    waits = question is not None and name != TOLD[0] and not dialogue.answers.get(question.path)
    return engine.overhear(form, dialogue, name, text, now=turn.at, lists=known, asked=waits)


def _with_noted(form: Form, dialogue: Dialogue, text: str) -> str:
    """The sentence that was asked for, behind the few words that were kept for it before."""
    noted = dialogue.answers.get(dialogue.at, "")
    at_first = dialogue.at not in (*dialogue.given, *dialogue.been) and not dialogue.editing
    return f"{noted}\n{text}" if noted and at_first and answers.command(text) is None else text


def _days_by_the_way(
    turn: Turn, form: Form, dialogue: Dialogue, move: Move
) -> Mapping[str, str] | None:
    """The first and the last day, told at once (明天起三天), by the paths of their questions."""
    until = UNTIL.get(_name_at(dialogue.at))
    last = form.named(until) if until else None
    if last is None or not isinstance(move, Typed):
        return None
    days = parse_days(move.text, turn.at.date())
    return {dialogue.at: str(days[0]), last.path: str(days[1])} if days else None


def _settled(
    turn: Turn, form: Form, dialogue: Dialogue, answers: Mapping[str, str], known: Lists
) -> engine.Step:
    """What follows when the open question and others are answered at once."""
    for path, value in answers.items():
        dialogue = engine.settle(form, dialogue, path, value, now=turn.at, lists=known)
    return engine.step(form, dialogue, Skip(), now=turn.at, lists=known)


def _is_tale_at_place(
    turn: Turn, form: Form, dialogue: Dialogue, move: Move, known: Lists
) -> bool:
    """True for who tells what happened where a place is asked; once, then it is the place."""
    place = form.named(PLACE)
    if place is None or dialogue.at != place.path or not isinstance(move, Typed):
        return False
    if dialogue.misses or keeper(form) is None or any(one in move.text for one in OF_PLACES):
        return False
    speaks = suggest(move.text, turn.rules.policy.circumstances) or alarming(turn, move.text)
    return bool(speaks) and not known.search(place.list, move.text.strip())


def _tells(turn: Turn, form: Form, screen: Screen, text: str) -> bool:
    """True for a sentence that is no answer to the question, but says what happened."""
    listed, said = turn.rules.words.listed, answers.key(text)
    return (
        keeper(form) is not None
        and _is_stray(turn, form, screen, said)
        and (len(said) == SHORTEST_TALE or len(set(said)) >= SHORTEST_TALE)
        and answers.option_number(text) is None
        and any(letter.isalnum() for letter in said)
        and not (answers.agrees(text) or answers.declines(text) or answers.confirms(text))
        and said not in (*listed("home.thanks"), *listed("home.yes"))
    )


def _knows_nothing(form: Form, step: engine.Step, text: str) -> bool:
    """True for who says once more that they do not know what a form must know."""
    missing = isinstance(step.screen, Asking) and step.screen.problem in {"required", *STRAY}
    again = step.dialogue.misses >= TELLING
    return missing and again and keeper(form) is not None and answers.is_unsure(text)


def _wants_to_file(screen: Screen, text: str) -> bool:
    """True for who says 发出去 while something must be asked yet."""
    missing = isinstance(screen, Asking) and screen.problem in {"required", *STRAY}
    return missing and answers.confirms(text) and not answers.agrees(text)


def _is_stray(turn: Turn, form: Form, screen: Screen, said: str) -> bool:
    """True where the words were no answer to a choice or figure, and no line of the summary."""
    match screen:
        case Asking(problem=problem, path=path, kind=kind):
            return (
                problem in STRAY
                and kind != "repeat"
                and not _is_searched(form.question(path))
                and not _may_be_of_reporter(turn, path, said)
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
    return answers.command(said) is not None or answers.is_unsure(said)


def _may_be_of_reporter(turn: Turn, path: str, said: str) -> bool:
    """True for words to a question about whoever reports, unless they clearly tell of a child."""
    if not _name_at(path).startswith(OF_REPORTERS):
        return False
    return ME in said or not suggest(said, turn.rules.policy.circumstances)


def keeper(form: Form) -> str | None:
    """The name of the text of a form that keeps what is told by the way, if it has one."""
    named = ((name, form.named(name)) for name in TOLD)
    return next((name for name, one in named if one is not None and one.kind == "text"), None)


def with_told(said: Mapping[str, str], note: str) -> dict[str, str]:
    """The answers, and in the sentence of this name also what was told by the way."""
    rest = {name: value for name, value in said.items() if name != TOLD[0]}
    both = "\n".join(filter(None, (said.get(note), said.get(TOLD[0]))))
    return {**rest, note: both} if both else rest


def _told(turn: Turn, form: Form, dialogue: Dialogue, text: str, known: Lists) -> Dialogue:
    """The words are kept, and tick what they speak of; nothing changes where they have no place.

    A county's own form may lack the question that keeps them, or an option that they mean.
    """
    told = engine.overhear(form, dialogue, keeper(form) or "", text, now=turn.at, lists=known)
    if told == dialogue:
        return told
    told = _hear(turn, form, told, text, known)
    if form.name == VISIT:
        return _visit_told(turn, form, told, text, known)
    if _name_at(told.at) != HAPPENED:
        return told
    offered = form.question(told.at).list
    heard = [
        one
        for one in suggest(text, turn.rules.policy.circumstances)
        if form.choice(offered, one) is not None
    ]
    return replace(told, candidates=tuple(dict.fromkeys((*told.candidates, *heard))))


def _visit_told(turn: Turn, form: Form, told: Dialogue, text: str, known: Lists) -> Dialogue:
    """What words tell of a visit answers what was not answered yet: 就婆婆在家, 单独说了几句."""
    met = form.names(told.answers).get("went") == "done"
    for name, value in hearing.answers_in(turn, text, _name_at(told.at), met=met).items():
        question = form.named(name)
        if question is None or question.aside or told.answers.get(question.path):
            continue
        if question.path == told.at and question.kind == "select_multiple":
            ticked = dict.fromkeys((*told.candidates, *value.split()))
            told = replace(told, candidates=tuple(ticked))
        else:
            told = engine.settle(form, told, question.path, value, now=turn.at, lists=known)
    return told


def _after_tale(turn: Turn, form: Form, told: Dialogue, known: Lists) -> tuple[engine.Step, str]:
    """The question once more, and the key of what is said to it.

    Whoever tells on and on is not held up: what is ticked is taken, else that nobody knows.
    """
    if not told.at:
        return engine.step(form, told, Show(), now=turn.at, lists=known), "form.kept_too"
    if told.answers.get(told.at):
        return engine.step(form, told, Skip(), now=turn.at, lists=known), "form.kept_on"
    again = engine.step(form, told, Show(), now=turn.at, lists=known)
    if told.misses < TELLING or not isinstance(again.screen, Asking):
        return again, "form.kept"
    dialogue, move = _undecided(form, told)
    gone_on = engine.step(form, dialogue, move, now=turn.at, lists=known)
    stays = gone_on.dialogue.at == told.at
    return (again, "form.kept") if stays else (gone_on, "form.kept_on")


def _undecided(form: Form, told: Dialogue) -> tuple[Dialogue, Move]:
    """What whoever does not choose has answered: what is ticked, else that nobody knows."""
    question = form.question(told.at)
    several = question.kind == "select_multiple"
    if several and told.candidates:
        return told, Done()
    values = UNDECIDED if question.chooses and not question.outside else ()
    unknown = next((one for one in values if form.choice(question.list, one) is not None), None)
    if unknown is None:
        return told, Skip()
    return (
        (replace(told, candidates=(unknown,)), Done()) if several else (told, Chose(value=unknown))
    )


def _name_at(path: str) -> str:
    return path.rpartition("/")[2]


def at_once(turn: Turn, form: Form, step: engine.Step, known: Lists) -> engine.Step:
    """A form without a summary is filed when its last question is answered."""
    if isinstance(step.screen, Reviewing) and _files_at_once(form.name):
        return engine.step(form, step.dialogue, File(), now=turn.at, lists=known)
    return step


def _add_nothing(turn: Turn, draft: Draft) -> None:
    """Everything was skipped: there is nothing to look at, and nobody is told of it."""
    forget(turn, draft)
    turn.say(Card(text=turn.words("form.nothing_more"), rows=(home_row(turn),)), in_place=True)


def _files_at_once(name: str) -> bool:
    if name.startswith(OF_CASES):
        return name not in WITH_SUMMARY
    return name in AT_ONCE


def _save(turn: Turn, draft: Draft, dialogue: Dialogue, *, danger: bool) -> None:
    turn.work.drafts.save(
        draft.id,
        dialogue_to_json(dialogue),
        danger=danger,
        wake_at=turn.work.now + turn.rules.policy.timing["draft_nudge"],
        wake_for="nudge",
    )


def _show(
    turn: Turn,
    form: Form,
    step: engine.Step,
    *,
    in_place: bool,
    notice: Notice | None = None,
) -> None:
    turn.say(drawn(turn, form, step, notice), in_place=in_place)


def drawn(turn: Turn, form: Form, step: engine.Step, notice: Notice | None = None) -> Card:
    """The card of a form that goes on."""
    screen = step.screen
    match screen:
        case Asking():
            first = step.dialogue.page * engine.PAGE + 1
            card = draw_question(screen, title=form.title, words=turn.rules.words, first=first)
        case Reviewing():
            draw = draw_advice if form.name in ADVICE else draw_summary
            card = draw(screen, title=form.title, words=turn.rules.words)
        case Finished():
            raise AssertionError("a finished form has no screen")
        case _:
            assert_never(screen)
    return _with_notice(turn, card, notice) if notice else card


def _with_notice(turn: Turn, card: Card, notice: Notice) -> Card:
    """Words above whatever is asked; urgent ones with 110, 120 and the way to the alarm."""
    button = Button(
        label=turn.words("form.danger_button"), action=Action("danger"), style="danger"
    )
    return replace(
        card,
        text=f"{notice.text}\n\n{card.text}",
        rows=((button,), *card.rows) if notice.to_alarm else card.rows,
        calls=EMERGENCY if notice.urgent else (),
    )


def _finish(turn: Turn, draft: Draft, form: Form, finished: Finished) -> None:
    turn.draft = None
    filled = Filled(
        form=form,
        draft=draft,
        answers=form.names(finished.answers),
        by_path=finished.answers,
    )
    turn.finish(turn, filled)
    # It held who reports beside what was reported; what was filed is sealed apart.
    turn.work.drafts.remove(draft.id)


def _told_so_far(answers: Mapping[str, str]) -> str:
    return " ".join(answers.get(name, "") for name in TOLD)


def lists(
    turn: Turn, form: str = "", about: str | None = None, *, said: Callable[[], str] = str
) -> Choices:
    """The choices that live outside a form, as this speaker sees them for what it is about.

    Places that were ``said`` before they are asked for are offered first.
    """
    from handlers.reporting.picking import (
        Children,  # not at the top: who sees whom asks by forms itself
    )

    itself = "place.whole" if form in OF_PEOPLE else "place.itself"
    return Choices(
        places=Places(
            read=lambda: turn.work.areas,
            own=lambda: _likely(turn, said()),
            itself=lambda name: turn.words(itself, name=name),
        ),
        tables=turn.rules.policy.lifecycle.lists,
        people=lambda: helpers.near(turn, about or ""),
        called=lambda person_id: helpers.called(turn, person_id),
        children=Children(turn),
    )


def _likely(turn: Turn, said: str) -> tuple[int, ...]:
    """The places that somebody spoke of, then those of the speaker's own posts."""
    spoken = [area.id for area in turn.work.areas.spoken_of(said)[:MOST_SPOKEN_OF]] if said else []
    return tuple(dict.fromkeys((*spoken, *(role.area_id for role in turn.roles))))


def home_row(turn: Turn) -> tuple[Button, ...]:
    """The one button that is never missing: back to the first screen."""
    return (Button(label=turn.words("home.again"), action=Action("home")),)

"""Filling in a form, whichever it is: begin, answer, go back, put aside, give up, confirm."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import assert_never

from conversation import answers, engine
from conversation.cards import Action, Button, Card
from conversation.dates import find_moment
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
from handlers import by_the_way
from handlers.by_the_way import TOLD, keeper, name_at, told_so_far
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
#: So many places that were told before are offered.
MOST_SPOKEN_OF = 2
#: By a question the one for when: 刚才打了110 answers both.
WHEN = {"police_called": "police_when"}
#: How questions for a telephone end.
OF_TELEPHONES = ("phone",)
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
    said = told_so_far(preset or {})
    known = lists(turn, name, about, said=lambda: said)
    given = {**by_the_way.overheard(turn, form, said), **(preset or {})}
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
        text = text.translate(by_the_way.SPOKEN_DIGITS)
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
        turn, form.name, draft.about, said=lambda: told_so_far(form.names(dialogue.answers))
    )
    if isinstance(move, Typed):
        step, said = _step_of_words(turn, form, dialogue, move.text, known)
        notice = notice or said
    else:
        step = engine.step(form, dialogue, move, now=turn.at, lists=known)
    if isinstance(step.screen, Reviewing) and not step.screen.lines and draft.report_id:
        _add_nothing(turn, draft)
        return
    step = at_once(turn, form, step, known)
    if isinstance(step.screen, Finished):
        _finish(turn, draft, form, step.screen)
        return
    _save(turn, draft, step.dialogue, danger=danger or draft.danger)
    _show(turn, form, step, in_place=in_place, notice=notice)


def _step_of_words(
    turn: Turn, form: Form, dialogue: Dialogue, text: str, known: Lists
) -> tuple[engine.Step, Notice | None]:
    """What follows words, whatever of the form they answer, and what is said to them."""
    if name_at(dialogue.at) in TOLD:
        text = by_the_way.with_noted(dialogue, text)
    beside = _besides(turn, form, dialogue, text, known)
    if beside is not None:
        return beside
    step = engine.step(form, dialogue, Typed(text=text), now=turn.at, lists=known)
    key = None
    both = _first_answers(turn, form, dialogue, step, text, known)
    if both is not None:
        step, key = both, "form.kept_on"
    elif (named := _names_oneself(turn, form, step, text, known)) is not None:
        step = named
    elif _leaves_no_name(form, dialogue, step, text):
        unsigned = Chose(value=by_the_way.UNSIGNED)
        step = engine.step(form, step.dialogue, unsigned, now=turn.at, lists=known)
        key = "form.unsigned_first"
    elif _tells(turn, form, step.screen, text):
        told = _told(turn, form, step.dialogue, text, known)
        if told != step.dialogue:
            step, key = _after_tale(turn, form, told, known)
    elif _knows_nothing(form, step, text):
        step, key = _after_tale(turn, form, step.dialogue, known)
    else:
        step = _answered_beside(turn, form, dialogue, step, text, known)
    if _wants_to_file(step.screen, text):
        key = key or "form.not_yet"
    return step, Notice(text=turn.words(key)) if key else None


def _besides(
    turn: Turn, form: Form, dialogue: Dialogue, text: str, known: Lists
) -> tuple[engine.Step, Notice | None] | None:
    """What follows words that answer something else than what is asked."""

    def on(heard: Dialogue, key: str, **said: str) -> tuple[engine.Step, Notice]:
        is_answered = bool(heard.at) and _is_settled(heard)
        move = Skip() if is_answered else Show()
        shown = engine.step(form, heard, move, now=turn.at, lists=known)
        return shown, Notice(text=turn.words(key, **said))

    if (unsigned := by_the_way.wants_no_name(turn, form, dialogue, text)) is not None:
        value = by_the_way.UNSIGNED
        heard = engine.settle(form, dialogue, unsigned, value, now=turn.at, lists=known)
        return on(heard, "form.kept_unsigned")
    if (told := by_the_way.place_in(turn, form, dialogue, text, known)) is not None:
        heard = _told_place(turn, form, dialogue, told.path, told.place, known)
        heard = _told(turn, form, heard, told.rest, known) if told.rest else heard
        return on(heard, "form.kept_place", area=told.place.label)
    if by_the_way.is_moment_for_name(turn, form, dialogue, text):
        return on(by_the_way.happened_then(turn, form, dialogue, text, known), "form.kept_when")
    if (days := by_the_way.days_of(turn, form, dialogue, text)) is not None:
        return _settled(turn, form, dialogue, days, known), None
    if by_the_way.is_no_place(turn, form, dialogue, text, known):
        tells = by_the_way.tells_of_child(turn, text)
        keep = _told if tells else by_the_way.noted
        heard = keep(turn, form, dialogue, text, known)
        spoken = by_the_way.spoken_place(turn, form, dialogue, known)
        if spoken is not None:
            step = _settled(turn, form, heard, {dialogue.at: spoken.value}, known)
            return step, Notice(text=turn.words("form.kept_place", area=spoken.label))
        return on(by_the_way.missed(heard), "form.kept_where")
    if by_the_way.is_no_name(turn, form, dialogue, text):
        is_tale = len(answers.key(text)) > by_the_way.SHORTEST
        heard = _told(turn, form, dialogue, text, known) if is_tale else dialogue
        heard = by_the_way.missed(heard)
        return on(heard, "form.kept_on" if _is_settled(heard) else "form.which_child")
    return None


def _told_place(
    turn: Turn, form: Form, dialogue: Dialogue, path: str, place: Option, known: Lists
) -> Dialogue:
    """The place is known; what was said in place of it was none, but somebody said it."""
    words = name_at(form.question(path).words)
    said = form.names(dialogue.answers).get(words, "")
    tells = bool(said) and not answers.says_nothing(said)
    heard = _told(turn, form, dialogue, said, known) if tells else dialogue
    return engine.settle(form, heard, path, place.value, now=turn.at, lists=known)


def _first_answers(
    turn: Turn, form: Form, dialogue: Dialogue, step: engine.Step, text: str, known: Lists
) -> engine.Step | None:
    """What follows words whose first clause answers a choice, and the rest says more.

    安全 is not taken from whoever goes on with words of danger.
    """
    strays = isinstance(step.screen, Asking) and step.screen.problem == "not-an-option"
    parts = by_the_way.first_and_rest(text) if strays else None
    if parts is None or alarming(turn, parts[1]) or answers.is_unsure(parts[0]):
        return None
    first, rest = parts
    taken = engine.step(form, dialogue, Typed(text=first), now=turn.at, lists=known)
    if taken.dialogue.at == dialogue.at or not isinstance(taken.screen, Asking):
        return None
    if name_at(dialogue.at).startswith(OF_REPORTERS) and not by_the_way.tells_of_child(turn, rest):
        heard, _ = by_the_way.apart(turn, form, taken.dialogue, rest, known)
    else:
        heard = _told(turn, form, taken.dialogue, rest, known)
    goes_on = Skip() if heard.at and _is_settled(heard) else Show()
    return engine.step(form, heard, goes_on, now=turn.at, lists=known)


def _is_settled(dialogue: Dialogue) -> bool:
    """True where the open question was answered by the way, and not only proposed."""
    return dialogue.at in dialogue.given and bool(dialogue.answers.get(dialogue.at))


def _names_oneself(
    turn: Turn, form: Form, step: engine.Step, text: str, known: Lists
) -> engine.Step | None:
    """What follows a name or a telephone in place of whether to leave one: yes."""
    dialogue, question = step.dialogue, form.named(by_the_way.SIGN)
    strays = isinstance(step.screen, Asking) and step.screen.problem == "not-an-option"
    if not strays or question is None or question.path != dialogue.at:
        return None
    heard, _ = by_the_way.apart(turn, form, dialogue, text, known)
    if heard == dialogue or form.choice(question.list, by_the_way.SIGNED) is None:
        return None
    return _settled(turn, form, heard, {question.path: by_the_way.SIGNED}, known)


def _leaves_no_name(form: Form, dialogue: Dialogue, step: engine.Step, text: str) -> bool:
    """True for who cannot say whether to leave a name: none is left, which can be changed."""
    question = form.named(by_the_way.SIGN)
    if question is None or question.path != dialogue.at or step.dialogue.at != dialogue.at:
        return False
    has_it = form.choice(question.list, by_the_way.UNSIGNED) is not None
    return has_it and (answers.is_unsure(text) or step.dialogue.misses >= TELLING)


def _answered_beside(
    turn: Turn,
    form: Form,
    before: Dialogue,
    step: engine.Step,
    text: str,
    known: Lists,
) -> engine.Step:
    """What follows an answer that says more than it was asked: the police came, or when."""
    asked, now = name_at(before.at), name_at(step.dialogue.at)
    if asked in TOLD and before.at != step.dialogue.at:
        heard = by_the_way.hear(turn, form, step.dialogue, text, known)
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


def _settled(
    turn: Turn, form: Form, dialogue: Dialogue, answers: Mapping[str, str], known: Lists
) -> engine.Step:
    """What follows when the open question and others are answered at once."""
    for path, value in answers.items():
        dialogue = engine.settle(form, dialogue, path, value, now=turn.at, lists=known)
    return engine.step(form, dialogue, Skip(), now=turn.at, lists=known)


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
    if not name_at(path).startswith(OF_REPORTERS):
        return False
    return ME in said or not suggest(said, turn.rules.policy.circumstances)


def with_told(said: Mapping[str, str], note: str) -> dict[str, str]:
    """The answers, and in the sentence of this name also what was told by the way."""
    rest = {name: value for name, value in said.items() if name != TOLD[0]}
    both = "\n".join(filter(None, (said.get(note), said.get(TOLD[0]))))
    return {**rest, note: both} if both else rest


def _told(turn: Turn, form: Form, dialogue: Dialogue, text: str, known: Lists) -> Dialogue:
    """The words are kept, and tick what they speak of; nothing changes where they have no place.

    A county's own form may lack the question that keeps them, or an option that they mean.
    """
    dialogue, text = by_the_way.apart(turn, form, dialogue, text, known)
    told = engine.overhear(form, dialogue, keeper(form) or "", text, now=turn.at, lists=known)
    if told == dialogue:
        return told
    told = by_the_way.hear(turn, form, told, text, known)
    if form.name == VISIT:
        return _visit_told(turn, form, told, text, known)
    if name_at(told.at) != HAPPENED:
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
    for name, value in hearing.answers_in(turn, text, name_at(told.at), met=met).items():
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

"""Filling in a form, whichever it is: begin, answer, go back, put aside, give up, confirm."""

from collections.abc import Callable, Mapping

from conversation import engine
from conversation.cards import Action, Button, Card
from conversation.dialogue import (
    Attached,
    Back,
    Chose,
    Dialogue,
    Done,
    Edit,
    File,
    Finished,
    Keep,
    Mark,
    Move,
    Placed,
    Reviewing,
    Show,
    Skip,
    Step,
    Typed,
    dialogue_from_json,
    dialogue_to_json,
)
from conversation.dialogue import Turn as TurnPage
from conversation.form import Form
from conversation.items import Question
from handlers.choices import lists
from handlers.form_cards import TELLING, Notice, danger_in, drawn, heed_child
from handlers.heard import facts, fine, question, reporters
from handlers.heard.open_form import POINT, TOLD, Heard, OpenForm, open_form, told_so_far
from handlers.heard.words import understand
from handlers.saying import home_row
from handlers.turn import Filled, Turn
from storage.reporting.drafts import Draft

#: Forms that are filed as soon as the last question is answered, without a summary.
AT_ONCE = frozenset(
    (
        *("danger", "progress", "police", "message", "call_back", "feedback", "regrade", "answer"),
        *("register", "introduce", "invite", "handover", "whose_post", "post_dates", "lost_phone"),
        *("leave", "shift", "link", "unmask", "broadcast"),
        *(
            "child",
            "find_child",
            "which_child",
            "double",
            "find_twin",
            "look",
            "decline",
            "own_refuse",
        ),
        *("visit_late", "visit_pause", "care_end", "family_invite", "family_call"),
        *("school_class", "class_names", "absence_step", "form_why"),
    )
)
#: How the names of forms begin that belong to an act of a case.
OF_CASES = "case_"
#: Those of them that are long enough to be looked at once more.
WITH_SUMMARY = frozenset({"case_assess", "case_intervene"})
#: How drafts that correct something that was sent say what they are about.
CORRECTION = "fix:"
#: How questions for a telephone end.
OF_TELEPHONES = "phone"
#: Forms by which somebody looks something up: what began them is in their hands.
LOOKS = frozenset({"progress"})


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
    given = {**facts.overheard(turn, form, said), **(preset or {})}
    step = engine.begin(form, now=turn.at, lists=known, preset=given)
    dialogue = dialogue_to_json(step.dialogue)
    begun = (version, dialogue, report_id, about)
    turn.draft = _just_begun(turn, begun) or turn.work.drafts.start(
        turn.speaker.contact_id,
        version,
        dialogue,
        report_id=report_id,
        about=about,
        danger=danger,
        wake_at=turn.work.now + turn.rules.policy.timing["draft_nudge"],
        wake_for="nudge",
    )
    if not quiet:
        _say(turn, form, step, notice, in_place=in_place)


def reopen(turn: Turn, version: str, step: Step, *, about: str) -> None:
    """Ask one question of a form that was filled in and sent before."""
    form = turn.rules.form(turn.work, version)
    turn.draft = turn.work.drafts.start(
        turn.speaker.contact_id,
        version,
        dialogue_to_json(step.dialogue),
        about=about,
        wake_at=turn.work.now + turn.rules.policy.timing["draft_nudge"],
        wake_for="nudge",
    )
    _say(turn, form, step, None, in_place=True)


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
    asked = question.open_question(turn)
    if asked is not None and asked.name.endswith(OF_TELEPHONES):
        text = text.translate(reporters.SPOKEN_DIGITS)
    notice = danger_in(turn, text)
    _take(
        turn,
        Typed(text=text),
        danger=notice is not None,
        notice=None if turn.draft.danger else notice,
    )


def said_below(turn: Turn, text: str) -> None:
    """Words below a file: the sentence that is asked, else part of what is told.

    They are no place and no child's name, unless the place is one that is known.
    """
    here = open_form(turn)
    asked = here.question if here is not None else None
    if here is None or asked is None or not here.keeper or not _is_of_file(here, asked, text):
        typed(turn, text)
        return
    notice = danger_in(turn, text)
    heard = here.kept(text).going_on("form.kept_open")
    follow(turn, here, heard.step, notice or Notice(text=heard.says), danger=notice is not None)


def _is_of_file(here: OpenForm, asked: Question, text: str) -> bool:
    if asked.kind == "text":
        return asked.name not in TOLD
    return bool(asked.words) and not here.lists.search(asked.list, text.strip())


def _mark(arg: str) -> Move:
    path, _, value = arg.rpartition("=")
    return Mark(path=path, value=value)


#: What each button of an open form does to it, given what the button carries.
MOVES: Mapping[str, Callable[[str], Move]] = {
    "form.choose": lambda value: Chose(value=value),
    "form.back": lambda _: Back(),
    "form.skip": lambda _: Skip(),
    "form.keep": lambda _: Keep(),
    "form.done": lambda _: Done(),
    "form.page": lambda by: TurnPage(int(by)),
    "form.edit": Edit,
    "form.mark": _mark,
    "form.file": lambda _: File(),
}


def press(verb: str) -> Callable[[Turn, str], None]:
    """What a press on such a button does."""
    move = MOVES[verb]
    return lambda turn, value: _take(turn, move(value), in_place=True)


def all_fine(turn: Turn, _: str = "") -> None:
    """都好，没有要说的: one tap answers both questions for what there is to tell."""
    here = open_form(turn)
    step = fine.settled(here) if here is not None else None
    if here is None or step is None:
        show(turn)
    else:
        follow(turn, here, step, in_place=True)


def attached(turn: Turn, file_id: int, kind: str) -> None:
    """A file came for a question that asks for one."""
    _take(turn, Attached(file=str(file_id), kind=kind))


def placed(
    turn: Turn, point: str, notice: Notice | None = None, *, in_place: bool = False
) -> None:
    """A position came."""
    _take(turn, Placed(point=point), notice=notice, in_place=in_place)


def takes_position(turn: Turn) -> bool:
    """True where the open form asks for a position somewhere."""
    here = open_form(turn)
    return here is not None and any(
        one.position or one.kind == "geopoint" for one in here.form.questions
    )


def keep_position(turn: Turn, point: str) -> None:
    """The open form knows where it is; nothing is asked."""
    here = open_form(turn)
    if here is not None and point:
        keep(turn, here.after(here.step(Placed(point=point))))


def position_of(turn: Turn, draft: Draft) -> str:
    """The position that a draft holds; "" for none."""
    return answers_of(turn, draft)[1].get(POINT, "")


def later(turn: Turn, _: str = "") -> None:
    """稍后继续: put the draft aside; its nudge stays set."""
    here = open_form(turn)
    heed_child(turn, here.told if here else "")
    rows: tuple[tuple[Button, ...], ...] = (home_row(turn),)
    if turn.draft is not None:
        action = Action("draft.resume", str(turn.draft.id))
        rows = ((Button(label=turn.words("form.cancel_keep"), action=action),), *rows)
    turn.draft = None
    turn.say(Card(text=turn.words("form.later_said"), rows=rows), in_place=True)


def ask_cancel(turn: Turn, _: str = "") -> None:
    """取消: nothing is thrown away by one word. What adds to a report is there already."""
    if turn.draft is None:
        turn.say(Card(text=turn.words("form.nothing_open"), rows=(home_row(turn),)))
        return
    if _holds_nothing(turn, turn.draft):
        forget(turn, turn.draft)
        turn.say(Card(text=turn.words("form.let_be"), rows=(home_row(turn),)), in_place=True)
        return
    verbs = ("form.show", "form.later", "form.drop")
    adds = turn.draft.report_id is not None
    ask = "form.cancel_rest_ask" if adds else "form.cancel_ask"
    throw = "form.cancel_rest_drop" if adds else "form.cancel_drop"
    keys = ("form.cancel_keep", "form.cancel_later", throw)
    rows = tuple(
        (Button(label=turn.words(key), action=Action(verb)),)
        for key, verb in zip(keys, verbs, strict=True)
    )
    turn.say(Card(text=turn.words(ask), rows=rows), in_place=True)


def _holds_nothing(turn: Turn, draft: Draft) -> bool:
    """True where nothing was answered, and no words began it that would be lost with it."""
    name = name_of(turn, draft)
    if name in TELLING or draft.danger or turn.work.attachments.of_draft(draft.id):
        return False
    dialogue = dialogue_from_json(draft.dialogue)
    return not dialogue.been and (not dialogue.answers or name in LOOKS)


def drop(turn: Turn, _: str = "") -> None:
    """Throw the draft away."""
    said = "form.dropped"
    if turn.draft is not None:
        said = "form.dropped_rest" if turn.draft.report_id is not None else said
        forget(turn, turn.draft)
    turn.say(Card(text=turn.words(said), rows=(home_row(turn),)), in_place=True)


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


def _take(
    turn: Turn,
    move: Move,
    *,
    in_place: bool = False,
    danger: bool = False,
    notice: Notice | None = None,
) -> None:
    # What is told in a sentence is known when the next question is asked; a place that is asked
    # for is no such sentence.
    tells = question.asks_for_text(turn)
    here = open_form(turn, saying=move.text if isinstance(move, Typed) and tells else "")
    if here is None:
        turn.say(Card(text=turn.words("form.nothing_open"), rows=(home_row(turn),)))
        return
    heard = understand(here, move.text) if isinstance(move, Typed) else Heard(step=here.step(move))
    if heard.says and notice is None:
        notice = Notice(text=heard.says)
    follow(turn, here, heard.step, notice, in_place=in_place, danger=danger)


def follow(
    turn: Turn,
    here: OpenForm,
    step: Step,
    notice: Notice | None = None,
    *,
    in_place: bool = False,
    danger: bool = False,
) -> None:
    """Keep where the form stands now, and ask what follows; a form that is done is filed."""
    draft = turn.draft
    assert draft is not None
    if isinstance(step.screen, Reviewing) and not step.screen.lines and draft.report_id:
        _add_nothing(turn, draft)
        return
    step = at_once(here, step, draft)
    if isinstance(step.screen, Finished):
        _finish(turn, draft, here.form, step.screen)
        return
    _save(turn, draft, step.dialogue, danger=danger or draft.danger)
    _say(turn, here.form, step, notice, in_place=in_place)


def _say(turn: Turn, form: Form, step: Step, notice: Notice | None, *, in_place: bool) -> None:
    heed_child(turn, told_so_far(form.names(step.dialogue.answers)))
    turn.say(drawn(turn, form, step, notice), in_place=in_place)


def with_told(said: Mapping[str, str], note: str) -> dict[str, str]:
    """The answers, and in the sentence of this name also what was told by the way."""
    rest = {name: value for name, value in said.items() if name != TOLD[0]}
    both = "\n".join(filter(None, (said.get(note), said.get(TOLD[0]))))
    return {**rest, note: both} if both else rest


def at_once(here: OpenForm, step: Step, draft: Draft | None = None) -> Step:
    """A form without a summary is filed when its last question is answered, and a correction."""
    corrects = draft is not None and (draft.about or "").startswith(CORRECTION)
    if isinstance(step.screen, Reviewing) and (corrects or _files_at_once(here.form.name)):
        return here.after(step).step(File())
    return step


def _add_nothing(turn: Turn, draft: Draft) -> None:
    """Everything was skipped: there is nothing to look at, and nobody is told of it."""
    forget(turn, draft)
    turn.say(Card(text=turn.words("form.nothing_more"), rows=(home_row(turn),)), in_place=True)


def _files_at_once(name: str) -> bool:
    if name.startswith(OF_CASES):
        return name not in WITH_SUMMARY
    return name in AT_ONCE


def keep(turn: Turn, here: OpenForm) -> None:
    """What the open form knows now; nothing is asked."""
    if turn.draft is not None:
        _save(turn, turn.draft, here.dialogue, danger=turn.draft.danger)


def _save(turn: Turn, draft: Draft, dialogue: Dialogue, *, danger: bool) -> None:
    turn.work.drafts.save(
        draft.id,
        dialogue_to_json(dialogue),
        danger=danger,
        wake_at=turn.work.now + turn.rules.policy.timing["draft_nudge"],
        wake_for="nudge",
    )


def _finish(turn: Turn, draft: Draft, form: Form, finished: Finished) -> None:
    turn.draft = None
    filled = Filled(
        form=form,
        draft=draft,
        answers=form.names(finished.answers),
        by_path=finished.answers,
    )
    heed_child(turn, told_so_far(filled.answers))
    turn.finish(turn, filled)
    # It held who reports beside what was reported; what was filed is sealed apart.
    turn.work.drafts.remove(draft.id)

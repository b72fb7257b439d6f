"""The form engine: a form, where its dialogue stands and a move give the next dialogue and screen.

Pure: the time, the lists that live outside and every word of the person are arguments. Nothing
that the form would refuse is ever kept, and a wrong answer never advances.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from conversation import answers
from conversation.answers import ACKNOWLEDGED, NotUnderstood, Understood
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
    Line,
    Lists,
    Mark,
    Move,
    Offer,
    Option,
    Placed,
    Problem,
    Reviewing,
    Screen,
    Show,
    Skip,
    Turn,
    Typed,
)
from conversation.expressions import index_of, template
from conversation.filled import MAX_INSTANCES, Filled, beside
from conversation.form import Form, Question, Section
from conversation.route import Route, instance_around, without_last_index
from conversation.telling import lines, notes, spoken
from conversation.values import moment_text

#: Options that fit on one card of a phone.
PAGE = 8
#: The kinds of files that each type of question takes; "file" takes any.
_FILES = {"image": {"photo", "document"}, "audio": {"voice", "document"}, "video": {"video"}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Where the dialogue stands after a move, and what the person sees."""

    dialogue: Dialogue
    screen: Screen


def begin(
    form: Form, *, now: datetime, lists: Lists, preset: Mapping[str, str] | None = None
) -> Step:
    """The first question; what ``preset`` answers (by question name) is not asked."""
    talk = _Talk(form, Dialogue(), now=now, lists=lists)
    return talk.leave(talk.begin(preset or {}))


def step(form: Form, dialogue: Dialogue, move: Move, *, now: datetime, lists: Lists) -> Step:
    """What follows a move."""
    talk = _Talk(form, dialogue, now=now, lists=lists)
    talk.filled.tick()
    return talk.leave(talk.review_move(move) if not dialogue.at else talk.question_move(move))


def overhear(
    form: Form,
    dialogue: Dialogue,
    name: str,
    words: str,
    *,
    now: datetime,
    lists: Lists,
    asked: bool = False,
) -> Dialogue:
    """The same dialogue, the words put behind what a text question holds.

    It is not asked then, or (``asked``) only proposed when it is.

    Unchanged where there is no such question, or it would not take them: they are too long.
    """
    question = form.named(name)
    if question is None or question.kind != "text":
        return dialogue
    talk = _Talk(form, dialogue, now=now, lists=lists)
    known = talk.filled.kept(question.path)
    match answers.read_text("\n".join(filter(None, (known, answers.tidy(words))))):
        case Understood(value) if value and talk.filled.allows(question.path, value):
            talk.filled.put(question.path, value)
            if not asked:
                talk.filled.given.add(question.path)
            return talk.leave(talk.again()).dialogue
        case _:
            return dialogue


def settle(
    form: Form,
    dialogue: Dialogue,
    path: str,
    value: str,
    *,
    now: datetime,
    lists: Lists,
    asked: bool = False,
) -> Dialogue:
    """The same dialogue with an answer that was heard by the way.

    It is not asked then, or (``asked``) only proposed when it is.
    """
    talk = _Talk(form, dialogue, now=now, lists=lists)
    question = form.question(path)
    talk.filled.put(path, value)
    if question.words:
        talk.filled.put(beside(path, question.words), "")
    if not asked:
        talk.filled.given.add(path)
    return talk.leave(talk.again()).dialogue


def told(
    form: Form, answers: Mapping[str, str], *, now: datetime, lists: Lists
) -> tuple[Line, ...]:
    """Answers by question name, each beside its question, in the order of the form."""
    by_path = {
        question.path: value
        for name, value in answers.items()
        if (question := form.named(name)) is not None
    }
    filled = Filled(form, by_path, (), now=now, lists=lists)
    return tuple(lines(filled, Route(filled)))


def reopen(
    form: Form, answers: Mapping[str, str], name: str, *, now: datetime, lists: Lists
) -> Step:
    """A form that was filled in, standing at one of its questions, to be answered anew.

    ``answers`` are by question name. What hangs on the new answer is asked as well, nothing else.
    """
    by_path = {
        question.path: value
        for each, value in answers.items()
        if (question := form.named(each)) is not None
    }
    talk = _Talk(form, Dialogue(answers=by_path), now=now, lists=lists)
    asked = form.named(name)
    assert asked is not None
    return talk.leave(talk.reopen(asked.path))


def amend(
    form: Form, dialogue: Dialogue, path: str, words: str, *, now: datetime, lists: Lists
) -> Step:
    """An earlier question answered anew in words, and on it goes from where one was.

    A dialogue that stands at that question then was not told enough: its screen says why.
    """
    talk = _Talk(form, dialogue, now=now, lists=lists)
    talk.filled.tick()
    talk.return_to(path)
    screen = talk.question_move(Typed(text=words))
    return talk.leave(screen if talk.at == path else talk.back_where(dialogue, screen))


def revisit(form: Form, dialogue: Dialogue, path: str, *, now: datetime, lists: Lists) -> Step:
    """An earlier question once more; from its answer on it goes where one was."""
    talk = _Talk(form, dialogue, now=now, lists=lists)
    talk.return_to(path)
    return talk.leave(talk.again())


def standing(form: Form, dialogue: Dialogue, *, now: datetime, lists: Lists) -> tuple[Line, ...]:
    """What is answered and counts, as the summary would say it."""
    talk = _Talk(form, dialogue, now=now, lists=lists)
    return tuple(lines(talk.filled, talk.route))


def counting(form: Form, dialogue: Dialogue, *, now: datetime, lists: Lists) -> dict[str, str]:
    """What was answered in a dialogue and counts now, by question name."""
    talk = _Talk(form, dialogue, now=now, lists=lists)
    return form.names(talk.answered())


class _Talk:
    """One step's working copy of a dialogue."""

    def __init__(self, form: Form, dialogue: Dialogue, *, now: datetime, lists: Lists) -> None:
        self.form = form
        self.lists = lists
        self.now = now
        self.filled = Filled(
            form,
            dialogue.answers,
            dialogue.irrelevant,
            now=now,
            lists=lists,
            given=dialogue.given,
        )
        self.route = Route(self.filled)
        self.at = dialogue.at
        #: In the order of the form; a set of them beside it, to ask quickly.
        self.been = list(dialogue.been)
        self.has_been = set(dialogue.been)
        self.editing = dialogue.editing
        self.misses = dialogue.misses
        self.page = dialogue.page
        self.under = dialogue.under
        self.candidates = dialogue.candidates

    def leave(self, screen: Screen) -> Step:
        """The step that was taken."""
        dialogue = Dialogue(
            answers=self.filled.answers,
            at=self.at,
            been=tuple(self.been),
            editing=self.editing,
            misses=self.misses,
            page=self.page,
            under=self.under,
            candidates=self.candidates,
            given=tuple(sorted(self.filled.given)),
            irrelevant=tuple(sorted(self.filled.irrelevant)),
        )
        return Step(dialogue=dialogue, screen=screen)

    # -- moves ----------------------------------------------------------------------------------

    def begin(self, preset: Mapping[str, str]) -> Screen:
        given = {
            question.path: value
            for name, value in preset.items()
            if (question := self.form.named(name)) and value and self._fits(question, value)
        }
        self.filled.answers.update(given)
        self.filled.begin()
        for path, value in given.items():
            # What does not count yet is judged when it does: its condition reads nothing there.
            judged = self.form.question(path).answerable and self.filled.counts(path)
            if not judged or self.filled.allows(path, value):
                self.filled.given.add(path)
            else:
                self.filled.put(path, "")
        return self._go_on(self.form.root.path)

    def reopen(self, path: str) -> Screen:
        """Be at a question of a form of which everything that counts was asked."""
        self.filled.begin()
        items = ((path, self.form.items[path]) for path in self.route.everything())
        for each, item in items:
            if isinstance(item, Question) and item.answerable and self.filled.counts(each):
                self.been.append(each)
        self.has_been = set(self.been)
        self._stand(path, editing=True)
        return self._ask()

    def return_to(self, path: str) -> None:
        """Be at a question that was asked before."""
        self._stand(path, editing=self.editing or not self.at)

    def back_where(self, dialogue: Dialogue, screen: Screen) -> Screen:
        """Be where a dialogue stood, unless something before it must be asked now."""
        if not dialogue.at or not self._exists(dialogue.at):
            return screen
        if self.at and self.route.order(self.at) < self.route.order(dialogue.at):
            return screen
        self.at, self.editing, self.misses = dialogue.at, dialogue.editing, dialogue.misses
        self.page, self.under = dialogue.page, dialogue.under
        self.candidates = dialogue.candidates
        return self.again()

    def answered(self) -> dict[str, str]:
        """What persons answered and counts, by path."""
        counts = self._counting()
        return {
            path: value for path, value in counts.items() if self.form.question(path).answerable
        }

    def _fits(self, question: Question, value: str) -> bool:
        """True when a value from outside is one that the engine could have stored itself."""
        if not question.chooses:
            return answers.accepts(question.kind, value)
        for each in question.values(value):
            if question.outside:
                if self.lists.label(question.list, each) is None:
                    return False
            elif self.form.choice(question.list, each) is None:
                return False
        return True

    def review_move(self, move: Move) -> Screen:
        match move:
            case File():
                return self._file()
            case Edit(path=path):
                return self._edit(path)
            case Back():
                return self._back()
            case Typed(text=text):
                return self._review_words(text)
            case Turn(by=by):
                return self._review(page=self.page + by)
            case Show() | Chose() | Attached() | Placed() | Skip() | Done() | Mark():
                return self._review(page=self.page)
            case _:
                assert_never(move)

    def question_move(self, move: Move) -> Screen:
        match move:
            case Typed(text=text):
                return self._typed(text)
            case Chose(value=value):
                return self._chose(value)
            case Attached(file=file, kind=kind):
                return self._attached(file, kind)
            case Placed(point=point):
                return self._placed(point)
            case Back():
                return self._back()
            case Skip():
                return self._skip()
            case Done():
                return self._done()
            case Turn(by=by):
                self.page += by
                return self._ask()
            case Edit(path=path):
                return self._edit(path) if self.editing else self._ask()
            case Mark(path=path, value=value):
                return self._marked(path, value)
            case Show() | File():
                return self._ask()
            case _:
                assert_never(move)

    # -- the summary ----------------------------------------------------------------------------

    def _review(self, problem: Problem | None = None, page: int = 0) -> Screen:
        self._stand("", editing=False)
        backward = reversed(list(self.route.everything()))
        every = tuple(lines(self.filled, self.route))
        self.page = max(0, min(page, (len(every) - 1) // PAGE))
        return Reviewing(
            lines=every,
            shown=(self.page * PAGE, min(len(every), (self.page + 1) * PAGE)),
            notes=notes(self.filled, backward, ""),
            problem=problem,
        )

    def _review_words(self, text: str) -> Screen:
        if answers.confirms(text):
            return self._file()
        command = answers.command(text)
        if isinstance(command, Back):
            return self._back()
        if isinstance(command, Done) or answers.is_unsure(text):
            return self._review(page=self.page)
        shown = [
            Option(value=line.path, label=line.label) for line in lines(self.filled, self.route)
        ]
        match answers.pick(text, shown):
            case (only,):
                return self._edit(only.value)
            case ():
                return self._review("not-an-option")
            case _:
                return self._review("several-options")

    def _edit(self, path: str) -> Screen:
        item = self.form.items.get(template(path))
        known = path in self.filled.stands(template(path)) if item else False
        if not known or not isinstance(item, Question) or not item.answerable:
            return self.again()
        if not self.filled.counts(path):
            return self.again()
        self._stand(path, editing=True)
        return self._ask()

    def _file(self) -> Screen:
        for path in self.route.everything():
            item = self.form.items[path]
            if not isinstance(item, Question) or not item.answerable:
                continue
            if self.filled.counts(path) and (problem := self._standing_problem(item, path)):
                self._stand(path, editing=True)
                return self._ask(problem)
        return Finished(answers=self._counting())

    def _standing_problem(self, question: Question, path: str) -> Problem | None:
        value = self.filled.value(path)
        if not value:
            return "required" if not question.aside and self.filled.missing(path) else None
        if question.chooses and not all(
            self.filled.offers(path, each) for each in question.values(value)
        ):
            return "changed"
        return None if self.filled.allows(path, value) else "constraint"

    def _counting(self) -> dict[str, str]:
        found = {}
        for path in self.route.everything():
            item = self.form.items[path]
            if isinstance(item, Question) and item.kind != "note":
                value = moment_text(self.now) if item.kind == "end" else self.filled.value(path)
                if value:
                    found[path] = value
        return found

    # -- answers --------------------------------------------------------------------------------

    def _typed(self, text: str) -> Screen:
        move = answers.command(text)
        if move is not None and not self._is_label(text):
            return self.question_move(move)
        question = self._question()
        if question is None or question.kind in _WITH_OPTIONS:
            return self._typed_option(text, question)
        if self._leaves_out(text, answers.declines(text)):
            return self._skip()
        if question.kind == "text" and answers.says_no_word(text):
            return self._miss("required") if self.filled.required(self.at) else self._ask()
        match answers.read(question.kind, text, self.now):
            case Understood(value):
                meant = self._meant(question, text, value)
                return self._answer(meant) if meant else self._miss("required")
            case NotUnderstood(problem):
                return self._miss(problem)

    def _leaves_out(self, text: str, declines: bool = False) -> bool:
        """True for who knows nothing of what need not be answered (不知道)."""
        return (declines or answers.is_unsure(text)) and not self.filled.required(self.at)

    def _meant(self, question: Question, text: str, value: str) -> str:
        """The value; of a day that is refused as past (12月3日, said in November) the next one."""
        if question.kind != "date" or self.filled.allows(self.at, value):
            return value
        day = answers.coming(text, self.now)
        return day if day is not None and self.filled.allows(self.at, day) else value

    def _is_label(self, text: str) -> bool:
        question = self._question()
        if question is not None and question.kind not in _WITH_OPTIONS:
            return False
        return any(answers.key(option.label) == answers.key(text) for option in self._options())

    def _typed_option(self, text: str, question: Question | None) -> Screen:
        options = self._options()
        also = self.form.also.get(question.list, {}) if question is not None else {}
        if question is not None and question.kind == "select_multiple":
            values = answers.pick_several(text, options, also)
            return self._said_of_several(text) if values is None else self._several(values)
        found = answers.pick(text, options, also)
        if question is None or not question.outside:
            return self._picked(found, text, question)
        if len(found) == 1 and self._is_sure(text, found[0]):
            return self._chose(found[0].value)
        if answers.option_number(text) is not None:
            return self._miss("not-an-option")
        return self._searched(text, question)

    def _said_of_several(self, text: str) -> Screen:
        """A yes means what is ticked, a no nothing (more); who does not know goes on as it is."""
        ticked = bool(self.candidates)
        settles = answers.agrees(text) or answers.adds_nothing(text)
        if answers.is_unsure(text) or (settles if ticked else answers.means_nothing(text)):
            return self._done()
        return self._miss("not-an-option")

    def _is_sure(self, text: str, option: Option) -> bool:
        return answers.option_number(text) is not None or (
            answers.key(option.label) == answers.key(text)
        )

    def _picked(self, found: Sequence[Option], text: str, question: Question | None) -> Screen:
        match found:
            case (only,):
                return self._chose(only.value)
            case ():
                is_number = answers.option_number(text) is not None
                if question is not None and question.words and not is_number:
                    return self._own_words(text, question)
                if question is not None and self._leaves_out(text):
                    return self._skip()
                return self._miss("not-an-option")
            case several:
                self.candidates = tuple(option.value for option in several)
                self.page = 0
                return self._miss("several-options")

    def _searched(self, text: str, question: Question) -> Screen:
        hits = self.lists.search(question.list, text)
        exact = [hit for hit in hits if answers.key(hit.label) == answers.key(text)]
        if len(hits) > 1 and len(exact) == 1:
            hits = exact
        if len(hits) == 1 and hits[0].sure:
            return self._chose(hits[0].value)
        if not hits:
            return self._picked((), text, question)
        if question.words:
            # Kept at once, so that what was said is there even if nobody picks.
            match self._tried_words(text, question):
                case NotUnderstood(problem):
                    return self._miss(problem)
                case Understood(value):
                    self.filled.put(beside(self.at, question.words), value)
        self.candidates = tuple(hit.value for hit in hits)
        self.page = 0
        return self._miss("several-options" if len(hits) > 1 else "one-option")

    def _own_words(self, text: str, question: Question) -> Screen:
        match self._tried_words(text, question):
            case NotUnderstood(problem):
                return self._miss(problem)
            case Understood(value):
                changed = self.filled.put(beside(self.at, question.words), value)
                return self._taken(changed | self.filled.put(self.at, ""))

    def _tried_words(self, text: str, question: Question) -> answers.Reading:
        reading = answers.read_text(text)
        path = beside(self.at, question.words)
        match reading:
            case Understood(value) if not value:
                return NotUnderstood("not-an-option")
            case Understood(value) if answers.says_no_word(value):
                return NotUnderstood("required")
            case Understood(value) if answers.says_nothing(value) and not self.misses:
                return NotUnderstood("required")  # a rough guess is asked for, once
            case Understood(value) if not self.filled.allows(path, value):
                return NotUnderstood("constraint")
            case _:
                return reading

    def _chose(self, value: str) -> Screen:
        question = self._question()
        if question is None:
            return self._more(value)
        if question.kind == "acknowledge":
            return self._answer(value) if value == ACKNOWLEDGED else self._miss("not-an-option")
        if not question.chooses:
            return self._ask()
        if not value and question.words and self.filled.kept(beside(self.at, question.words)):
            return self._taken(self.filled.put(self.at, ""))
        if (
            not value
            and question.position
            and self.filled.kept(beside(self.at, question.position))
        ):
            return self._taken(self.filled.put(self.at, ""))
        if not self.filled.offers(self.at, value):
            return self._miss("not-an-option")
        if question.outside and value != self.under and self._opens(question, value):
            return self._open(question, value)
        if question.kind == "select_multiple":
            return self._toggle(value)
        return self._answer(value)

    def _open(self, question: Question, under: str) -> Screen:
        """Show a branch of a tree; what is ticked already stays ticked."""
        self.under, self.page, self.misses = under, 0, 0
        if question.kind == "select_one":
            self.candidates = ()
        return self._ask()

    def _toggle(self, value: str) -> Screen:
        """Tick or untick, in the order of the list."""
        places = {option.value: place for place, option in enumerate(self._options())}
        ticked = [one for one in self.candidates if one != value]
        if value not in self.candidates:
            ticked.append(value)
        ticked.sort(key=lambda one: places.get(one, -1))  # of other branches first
        self.candidates = tuple(ticked)
        self.misses = 0
        return self._ask()

    def _opens(self, question: Question, value: str) -> bool:
        for option in self._options():
            if option.value == value and (question.kind != "select_one" or not self.candidates):
                return option.opens
        return any(below.value != value for below in self.lists.browse(question.list, value))

    def _several(self, values: Iterable[str]) -> Screen:
        value = " ".join(values)
        return self._answer(value) if value else self._skip()

    def _attached(self, file: str, kind: str) -> Screen:
        question = self._question()
        if question is None or question.kind not in {"image", "audio", "video", "file"}:
            return self._ask()
        if question.kind != "file" and kind not in _FILES[question.kind]:
            return self._miss("wants-another-kind")
        return self._answer(file)

    def _placed(self, point: str) -> Screen:
        question = self._question()
        value = answers.read_point(point)
        if question is not None and question.kind == "geopoint":
            return self._answer(value) if value else self._miss("not-a-place")
        if question is None or not question.position:
            return self._ask()
        path = beside(self.at, question.position)
        if not value or not self.filled.allows(path, value):
            return self._miss("not-a-place")
        changed = self.filled.put(path, value)
        around = self.lists.near(question.list, value) if question.outside else ()
        if not around:
            return self._taken(changed)
        self.candidates = tuple(option.value for option in around)
        self.under, self.page, self.misses = "", 0, 0
        return self._ask("near-here")

    def _answer(self, value: str) -> Screen:
        """Take a value that is written as it should be, if the form's own condition agrees."""
        if not self.filled.allows(self.at, value):
            return self._miss("constraint")
        changed = self.filled.put(self.at, value)
        question = self._question()
        if question is not None and question.words:
            changed |= self.filled.put(beside(self.at, question.words), "")
        return self._taken(changed)

    def _taken(self, changed: set[str]) -> Screen:
        if self.at not in self.has_been:
            self.has_been.add(self.at)
            insort(self.been, self.at, key=self.route.order)
        return self._go_on(self.at, changed)

    def _more(self, value: str) -> Screen:
        """Whether one more instance of a repeat is wanted."""
        if value not in {"yes", "no"}:
            return self._miss("not-an-option")
        if value == "no":
            return self._taken(set())
        count = self.filled.instances(self.at) + 1
        self._forget(self.at)
        self.filled.put(self.at, str(count))
        return self._go_on(f"{self.at}[{count}]")

    def _marked(self, path: str, value: str) -> Screen:
        """What the first card offers: it is taken and not asked any more, or taken back."""
        for one in self._offers():
            if (one.path, one.value) == (path, value):
                self.filled.put(path, "" if one.chosen else value)
                (self.filled.given.discard if one.chosen else self.filled.given.add)(path)
        return self._ask()

    # -- around ---------------------------------------------------------------------------------

    def _skip(self) -> Screen:
        """Leave it as it stands; an optional line that is edited is emptied."""
        question = self._question()
        if question is None:
            return self._more("no")
        value = self.filled.value(self.at)
        if value and self.editing and not self.filled.required(self.at):
            return self._taken(self.filled.put(self.at, ""))
        if problem := self._standing_problem(question, self.at):
            return self._miss(problem)
        return self._taken(set())

    def _done(self) -> Screen:
        question = self._question()
        if question is None or question.kind != "select_multiple":
            return self._skip()
        if self.candidates:
            return self._several(self.candidates)
        if self.filled.required(self.at) and not self.filled.stood_in(self.at):
            return self._miss("required")
        return self._taken(self.filled.put(self.at, ""))

    def _back(self) -> Screen:
        question = self._question()
        if question is not None and question.kind == "select_one" and self.candidates:
            self._stand(self.at, editing=self.editing, under=self.under)
            return self._ask()
        if question is not None and self.under:
            return self._open(question, self.lists.above(question.list, self.under))
        if self.editing:
            return self._review()
        if self._is_new_instance():
            return self._drop_instance()
        before = self._before(self.at)
        if before is None:
            return self.again("no-further-back")
        self._stand(before, editing=False)
        return self._ask()

    def _before(self, at: str) -> str | None:
        """The question that was asked before this one."""
        return next((path for path in reversed(self._been_before(at)) if self._exists(path)), None)

    def _been_before(self, at: str) -> list[str]:
        """Where the person has been before this place (everywhere, before the summary)."""
        if not at or not self.been or self.route.order(self.been[-1]) < self.route.order(at):
            return self.been
        return self.been[: bisect_left(self.been, self.route.order(at), key=self.route.order)]

    def _forget(self, path: str) -> None:
        if path in self.has_been:
            self.has_been.remove(path)
            self.been.remove(path)

    def _exists(self, path: str) -> bool:
        return self.filled.counts(path) and path in self.filled.stands(template(path))

    def _is_new_instance(self) -> bool:
        around = instance_around(self.at)
        if not around:
            return False
        repeat = self.form.items[around]
        return (
            isinstance(repeat, Section)
            and repeat.asks_for_more
            and index_of(around) == self.filled.instances(without_last_index(around))
            and not any(path.startswith(around + "/") for path in self.been)
        )

    def _drop_instance(self) -> Screen:
        around = instance_around(self.at)
        repeat = without_last_index(around)
        for path in [path for path in self.filled.answers if path.startswith(around + "/")]:
            del self.filled.answers[path]
        self.filled.irrelevant = {
            path for path in self.filled.irrelevant if not path.startswith(around + "/")
        }
        left = index_of(around) - 1
        self.filled.put(repeat, str(left) if left else "")
        self._stand(repeat, editing=False)
        return self._ask()

    def _stand(self, at: str, *, editing: bool, under: str = "") -> None:
        """Be at a question afresh."""
        self.at, self.editing, self.under = at, editing, under
        self.misses, self.page, self.candidates = 0, 0, ()
        question = self._question()
        if question is not None and question.kind == "select_multiple":
            self.candidates = tuple(self.filled.value(at).split())

    def _go_on(self, after: str, changed: Iterable[str] = ()) -> Screen:
        """To the next question that is open, or to the summary."""
        problems = self._reconsider(set(changed))
        start = self.form.root.path if self.editing else after
        following = next((path for path in self.route.onward(start) if self._is_open(path)), None)
        reopened = [path for path in problems if self._is_open(path)]
        if following is not None:
            reopened.append(following)
        if not reopened and not self.editing:
            everything = self.route.everything()
            reopened = [path for path in everything if self._is_open(path)][:1]
        if not reopened:
            return self._review()
        at = min(reopened, key=self.route.order)
        self._stand(at, editing=self.editing)
        return self._ask(problems.get(at))

    def _reconsider(self, changed: set[str]) -> dict[str, Problem | None]:
        """What a change touches, with what is wrong there now; that is asked again."""
        problems: dict[str, Problem | None] = {}
        while changed:
            more: set[str] = set()
            for path in self._touched(changed):
                question = self.form.question(path)
                problem = self._standing_problem(question, path)
                if problem == "required" and path not in self.has_been:
                    problem = None  # it was not asked yet: it comes in its turn
                if problem == "changed":
                    more |= self._drop_lost(question, path)
                if problem:
                    self._forget(path)
                    self.filled.given.discard(path)
                problems[path] = problems.get(path) or problem
            changed = more
        return problems

    def _touched(self, changed: set[str]) -> list[str]:
        """Where a person's answer, or the lack of it, may be wrong after a change."""
        items = {item.path: item for path in changed for item in self.form.checkers.get(path, ())}
        items.update((path, self.form.items[path]) for path in changed)
        return [
            path
            for item in items.values()
            if isinstance(item, Question) and item.answerable and not item.aside
            for path in self.filled.stands(item.path)
            if path != self.at and self.filled.counts(path)
        ]

    def _drop_lost(self, question: Question, path: str) -> set[str]:
        left = [
            value
            for value in question.values(self.filled.value(path))
            if self.filled.offers(path, value)
        ]
        return self.filled.put(path, " ".join(left))

    # -- the order of the form ------------------------------------------------------------------

    def _is_open(self, path: str) -> bool:
        """True for what must still be asked."""
        if path in self.has_been:
            return False
        item = self.form.items[path]
        if isinstance(item, Question):
            if not item.asked or self.filled.is_given(path) or self.filled.offers_nothing(path):
                return False
        elif self.filled.instances(path) >= MAX_INSTANCES:
            return False
        return self.filled.counts(path)

    # -- screens --------------------------------------------------------------------------------

    def again(self, problem: Problem | None = None) -> Screen:
        """What is asked, or the summary, once more."""
        return self._ask(problem) if self.at else self._review(problem)

    def _miss(self, problem: Problem) -> Screen:
        self.misses += 1
        return self._ask(problem)

    def _question(self) -> Question | None:
        """The question that is asked; None for the question whether a repeat goes on."""
        item = self.form.items.get(template(self.at))
        return item if isinstance(item, Question) else None

    def _ask(self, problem: Problem | None = None) -> Screen:
        question = self._question()
        options = self._options()
        self.page = max(0, min(self.page, (len(options) - 1) // PAGE))
        first = self.page * PAGE
        asked = self._been_before(self.at)
        if self.filled.irrelevant:
            asked = [path for path in asked if self.filled.counts(path)]
        shared = _Shared(
            options=tuple(options[first : first + PAGE]),
            earlier=first > 0,
            later=first + PAGE < len(options),
            number=len(asked) + 1,
            problem=problem,
        )
        if question is None:
            return self._asking_for_more(shared)
        return self._asking(question, shared)

    def _asking(self, question: Question, shared: "_Shared") -> Asking:
        path, filled = self.at, self.filled
        value = filled.value(path)
        chosen = self.candidates if question.kind == "select_multiple" else value.split()
        return Asking(
            path=path,
            kind=question.kind,
            notes=notes(filled, self.route.backward(path), path),
            label=filled.show(question.label, path) or question.name,
            hint=filled.show(question.hint, path),
            options=shared.options,
            chosen=frozenset(chosen) if question.kind in _WITH_OPTIONS else frozenset(),
            earlier=shared.earlier,
            later=shared.later,
            current=spoken(filled, question, path, value) if value else "",
            required=filled.required(path),
            step=shared.number,
            steps=max(shared.number, self._steps()),
            can_go_back=self._can_go_back(),
            problem=shared.problem,
            because=self._because(question, shared.problem),
            misses=self.misses,
            appearance=f"{question.appearance} position".strip()
            if question.position and "position" not in question.appearance
            else question.appearance,
            offers=self._offers(),
        )

    def _asking_for_more(self, shared: "_Shared") -> Asking:
        repeat = self.form.items[self.at]
        label = self.filled.show(repeat.label, self.at) or repeat.name
        which = "more" if self.filled.instances(self.at) else "first"
        return Asking(
            path=self.at,
            kind="repeat",
            notes=()
            if which == "more"
            else notes(self.filled, self.route.backward(self.at), self.at),
            label=answers.label(which, label=label),
            options=shared.options,
            step=shared.number,
            steps=max(shared.number, self._steps()),
            can_go_back=self._can_go_back(),
            problem=shared.problem,
            misses=self.misses,
        )

    def _offers(self) -> tuple[Offer, ...]:
        """What stands on the first card beside its question; nothing on any other."""
        if self.editing or self._been_before(self.at):
            return ()
        return tuple(
            Offer(
                path=one.path,
                value=option.value,
                label=option.label,
                chosen=option.value == self.filled.value(one.path),
            )
            for one in self.form.offers
            if one.path != self.at and self.filled.counts(one.path)
            for option in self.filled.offered(one.path)
        )

    def _because(self, question: Question, problem: Problem | None) -> str:
        match problem:
            case "constraint":
                return self.filled.show(question.constraint_says, self.at)
            case "required":
                return self.filled.show(question.required_says, self.at)
            case _:
                return ""

    def _can_go_back(self) -> bool:
        if self.editing or self.under or self._is_new_instance():
            return True
        return self._before(self.at) is not None

    def _steps(self) -> int:
        """About how many questions there are: those that count now and were not given."""
        filled, counted = self.filled, self.form.counted
        asked = (path for path in filled.given if self.form.question(path).asked)
        total = counted[self.form.root.path] - sum(1 for path in asked if filled.counts(path))
        for path in filled.irrelevant:
            if "[" not in path and filled.counts(self.form.around[path].path):
                total -= counted[path]
        return max(1, total)

    def _options(self) -> Sequence[Option]:
        question = self._question()
        if question is None:
            return [
                Option(value="yes", label=answers.label("yes")),
                Option(value="no", label=answers.label("no")),
            ]
        if question.kind == "acknowledge":
            return [Option(value=ACKNOWLEDGED, label=answers.label("acknowledge"))]
        if not question.chooses:
            return []
        if question.kind == "select_one" and self.candidates:
            return self._candidate_options(question)
        if question.outside:
            return list(self.lists.browse(question.list, self.under))
        return self.filled.offered(self.at)

    def _candidate_options(self, question: Question) -> list[Option]:
        found = [
            Option(value=value, label=self.filled.choice_label(self.at, value))
            for value in self.candidates
        ]
        said = question.words and self.filled.kept(beside(self.at, question.words))
        if question.outside and said:
            keep = Option(value="", label=answers.label("keep", text=_shortened(said)))
            return [*found[: PAGE - 1], keep]
        if question.position and self.filled.kept(beside(self.at, question.position)):
            return [*found[: PAGE - 1], Option(value="", label=answers.label("here"))]
        return found


_WITH_OPTIONS: frozenset[str] = frozenset({"select_one", "select_multiple", "acknowledge"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shared:
    """What every question shows, whether of the form or about a repeat."""

    options: tuple[Option, ...]
    earlier: bool
    later: bool
    number: int
    problem: Problem | None


def _shortened(words: str) -> str:
    return words if len(words) <= 12 else words[:11] + "…"

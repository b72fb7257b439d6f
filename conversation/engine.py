"""The form engine: a form, where its dialogue stands and a move give the next dialogue and screen.

Pure: the time, the lists that live outside and every word of the person are arguments. Nothing
that the form would refuse is ever kept, and a wrong answer never advances.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import assert_never

from conversation import answers, choosing, commands, letters
from conversation.answering import Answering
from conversation.answers import NotUnderstood, Understood
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
    Line,
    Lists,
    Mark,
    Move,
    Option,
    Placed,
    Screen,
    Show,
    Skip,
    Step,
    Turn,
    Typed,
)
from conversation.filled import Filled, beside
from conversation.form import Form
from conversation.items import Question
from conversation.paths import index_of, template
from conversation.route import Route, instance_around, without_last_index
from conversation.standing import WITH_OPTIONS
from conversation.telling import lines
from conversation.values import moment_text


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
    match answers.read_text("\n".join(filter(None, (known, letters.tidy(words))))):
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


class _Talk(Answering):
    """A dialogue that is moved."""

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
            case Placed(point=point):
                return self._review(self._keep_position(answers.read_point(point)), page=self.page)
            case Show() | Chose() | Attached() | Skip() | Keep() | Done() | Mark():
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
            case Keep():
                return self._keep()
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

    def _review_words(self, text: str) -> Screen:
        if commands.confirms(text):
            return self._file()
        command = commands.move(text)
        if isinstance(command, Back):
            return self._back()
        if isinstance(command, Done) or choosing.is_unsure(text):
            return self._review(page=self.page)
        shown = [
            Option(value=line.path, label=line.label) for line in lines(self.filled, self.route)
        ]
        match choosing.pick(text, shown):
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

    def _counting(self) -> dict[str, str]:
        found = {}
        for path in self.route.everything():
            item = self.form.items[path]
            if isinstance(item, Question) and item.kind != "note":
                value = moment_text(self.now) if item.kind == "end" else self.filled.value(path)
                if value:
                    found[path] = value
        return found

    def _typed(self, text: str) -> Screen:
        for one in self._offers():
            if letters.key(one.label) == letters.key(text):
                return self._ask() if one.chosen else self._marked(one.path, one.value)
        move = commands.move(text)
        if move is not None and not self._is_label(text):
            return self.question_move(move)
        question = self._question()
        if question is None or question.kind in WITH_OPTIONS:
            return self._typed_option(text, question)
        if self._leaves_out(text, choosing.declines(text)):
            return self._skip()
        if question.kind == "text" and choosing.says_no_word(text):
            return self._miss("required") if self.filled.required(self.at) else self._ask()
        match answers.read(question.kind, text, self.now):
            case Understood(value):
                meant = self._meant(question, text, value)
                return self._answer(meant) if meant else self._miss("required")
            case NotUnderstood(problem):
                return self._miss(problem)

    def _marked(self, path: str, value: str) -> Screen:
        """What the first card offers: it is taken and not asked any more, or taken back."""
        for one in self._offers():
            if (one.path, one.value) == (path, value):
                self.filled.put(path, "" if one.chosen else value)
                (self.filled.given.discard if one.chosen else self.filled.given.add)(path)
        return self._ask()

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

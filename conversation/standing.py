"""Where a dialogue stands: what is asked there, what comes next, what a change undoes."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from conversation import vocabulary
from conversation.answers import ACKNOWLEDGED
from conversation.dialogue import (
    PATIENCE,
    Asking,
    Dialogue,
    Lists,
    Offer,
    Option,
    Problem,
    Reviewing,
    Screen,
    Step,
)
from conversation.filled import MAX_INSTANCES, Filled, beside
from conversation.form import Form
from conversation.items import Question, Section
from conversation.paths import index_of, template
from conversation.route import Route, instance_around, without_last_index
from conversation.telling import lines, notes, spoken

#: So many buttons has a card, and so many of a long list's options stand on one: beside them
#: there is room for 更多, 上一步 and one more.
ROOM, PAGE = 8, 5
#: Beside the lines of a summary stand 发出去 and 上一步.
_OF_SUMMARY = 2
#: What is answered by an option on the card, or by its words.
WITH_OPTIONS: frozenset[str] = frozenset({"select_one", "select_multiple", "acknowledge"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shared:
    """What every question shows, whether of the form or about a repeat."""

    options: tuple[Option, ...]
    earlier: bool
    later: bool
    number: int
    problem: Problem | None


def page_of(page: int, count: int, *, ways: int) -> tuple[int, int, int]:
    """The page that is shown, and its first and its last but one; behind the last the first."""
    if count + ways <= ROOM:
        return 0, 0, count
    pages = -(-count // PAGE)
    return page % pages, page % pages * PAGE, min(count, (page % pages + 1) * PAGE)


def _shortened(words: str) -> str:
    return words if len(words) <= 12 else words[:11] + "…"


class Standing:
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

    def _review(self, problem: Problem | None = None, page: int = 0) -> Screen:
        self._stand("", editing=False)
        backward = reversed(list(self.route.everything()))
        every = tuple(lines(self.filled, self.route))
        self.page, first, end = page_of(page, len(every), ways=_OF_SUMMARY)
        return Reviewing(
            lines=every,
            shown=(first, end),
            notes=notes(self.filled, backward, ""),
            problem=problem,
        )

    def _standing_problem(self, question: Question, path: str) -> Problem | None:
        value = self.filled.value(path)
        if not value:
            return "required" if not question.aside and self.filled.missing(path) else None
        if question.chooses and not all(
            self.filled.offers(path, each) for each in question.values(value)
        ):
            return "changed"
        return None if self.filled.allows(path, value) else "constraint"

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

    def _stand(self, at: str, *, editing: bool, under: str = "") -> None:
        """Be at a question afresh."""
        self.at, self.editing, self.under = at, editing, under
        self.misses, self.page, self.candidates = 0, 0, ()
        question = self._question()
        if question is not None and question.kind == "select_multiple":
            self.candidates = tuple(self.filled.value(at).split())
        elif question is not None and (point := self._position_alone(question)):
            around = self.lists.near(question.list, point)
            self.candidates = tuple(option.value for option in around)

    def _of_position(self) -> Problem | None:
        """What is said of a position that came for what is asked, while no place was chosen."""
        question = self._question()
        if question is None or not self._position_alone(question) or not self._options():
            return None
        return "near-here" if self.candidates else "none-near"

    def _position_alone(self, question: Question) -> str:
        """The position that stands in for a place of a list; "" where a place was chosen."""
        if not (question.outside and question.position) or self.filled.value(self.at):
            return ""
        return self.filled.kept(beside(self.at, question.position))

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
        return self._ask(problems.get(at) or self._of_position())

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
        self.page, first, end = page_of(self.page, len(options), ways=self._ways(question))
        asked = self._been_before(self.at)
        if self.filled.irrelevant:
            asked = [path for path in asked if self.filled.counts(path)]
        shared = _Shared(
            options=tuple(options[first:end]),
            earlier=first > 0,
            later=end < len(options),
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
            chosen=frozenset(chosen) if question.kind in WITH_OPTIONS else frozenset(),
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
            label=vocabulary.label(which, label=label),
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

    def _ways(self, question: Question | None) -> int:
        """How many buttons must stand beside the options: 上一步, 选好了 or 跳过, 先留言."""
        goes_on = question is not None and (
            question.kind == "select_multiple" or not self.filled.required(self.at)
        )
        return int(self._can_go_back()) + int(goes_on) + int(self.misses >= PATIENCE)

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
                Option(value="yes", label=vocabulary.label("yes")),
                Option(value="no", label=vocabulary.label("no")),
            ]
        if question.kind == "acknowledge":
            return [Option(value=ACKNOWLEDGED, label=vocabulary.label("acknowledge"))]
        if not question.chooses:
            return []
        if question.kind == "select_one" and self.candidates:
            return self._candidate_options(question)
        if question.outside:
            listed = list(self.lists.browse(question.list, self.under))
            if listed and not self.under and self._position_alone(question):
                # On the first page, however long the list is.
                listed.insert(PAGE - 1, Option(value="", label=vocabulary.label("position")))
            return listed
        return self.filled.offered(self.at)

    def _candidate_options(self, question: Question) -> list[Option]:
        found = [
            Option(value=value, label=self.filled.choice_label(self.at, value))
            for value in self.candidates
        ]
        said = question.words and self.filled.kept(beside(self.at, question.words))
        if question.outside and said:
            keep = Option(value="", label=vocabulary.label("keep", text=_shortened(said)))
            return [*found[:PAGE], keep]
        if question.position and self.filled.kept(beside(self.at, question.position)):
            return [*found[:PAGE], Option(value="", label=vocabulary.label("here"))]
        return found

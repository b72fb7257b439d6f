"""A form with its answers at one moment: what counts, what is offered, what an answer changes.

Only what reads a changed place is worked out again, in the order of ``rank``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from heapq import heappop, heappush

from conversation.dialogue import Lists, Option
from conversation.form import Form
from conversation.functions import NO_ROW
from conversation.items import Item, Label, Question, Section
from conversation.paths import parent, template
from conversation.values import moment_text

#: A repeat stands at most this often.
MAX_INSTANCES = 30


class Filled:
    """The working copy of one form's answers; ``put`` keeps everything consistent."""

    def __init__(
        self,
        form: Form,
        answers: Mapping[str, str],
        irrelevant: Iterable[str],
        *,
        now: datetime,
        lists: Lists,
        given: Iterable[str] = (),
    ) -> None:
        self.form = form
        self.now = now
        self.lists = lists
        #: Every value, also of what does not count now.
        self.answers = dict(answers)
        #: Where an answer came from outside.
        self.given = set(given)
        #: Where a relevance condition says no; what is inside does not count either.
        self.irrelevant = set(irrelevant)

    # -- beginning ------------------------------------------------------------------------------

    def begin(self) -> None:
        """Put the defaults in and work everything out once."""
        for question in self.form.questions:
            if question.path not in self.form.nested:
                self._put_default(question, question.path)
        self._settle(self.form.dynamic)

    def tick(self) -> set[str]:
        """Work out again what depends on the time; the paths (without indices) that changed."""
        return self._settle(self.form.moving)

    def _put_default(self, question: Question, path: str) -> None:
        if path in self.answers:
            return
        match question:
            case Question(kind="start"):
                value = moment_text(self.now)
            case Question(kind="today"):
                value = self.now.date().isoformat()
            case Question(default_by=by) if by:
                value = self.form.result(by, path)(self, NO_ROW)
            case _:
                value = question.default
        if value:
            self.answers[path] = value

    # -- what expressions see -------------------------------------------------------------------

    def value(self, path: str) -> str:
        """The answer at a place; "" when there is none or it does not count now."""
        if self.irrelevant.isdisjoint(self.form.lineages[path]):
            return self.answers.get(path, "")
        return ""

    def kept(self, path: str) -> str:
        """The value that stands at a place, whether it counts now or not."""
        return self.answers.get(path, "")

    def instances(self, repeat: str) -> int:
        """How often a repeat stands there now."""
        return self._instances(repeat) if self.counts(repeat) else 0

    def outside_label(self, name: str, value: str) -> str:
        """The words of a value in a list that lives outside the form."""
        return (self.lists.label(name, value) or "") if value else ""

    def counts(self, path: str) -> bool:
        """True when neither this place nor anything around it is irrelevant."""
        return self.irrelevant.isdisjoint(self.form.lineages[path])

    # -- changing -------------------------------------------------------------------------------

    def put(self, path: str, value: str) -> set[str]:
        """Change one value; the paths (without indices) of all that changed with it."""
        if self.answers.get(path, "") == value:
            return set()
        if value:
            self.answers[path] = value
        else:
            del self.answers[path]
        changed = {template(path)}
        if path in self.form.items and isinstance(self.form.items[path], Section):
            return self._after_count(path, changed)
        if "[" in path and isinstance(self.form.items[path], Section):
            return self._after_count(template(path), changed)
        return changed | self._settle(self.form.readers.get(template(path), ()))

    def _after_count(self, repeat: str, changed: set[str]) -> set[str]:
        inside = self.form.below(repeat)
        self._put_defaults_inside(inside)
        changed |= {item.path for item in inside}
        readers = [one for path in changed for one in self.form.readers.get(path, ())]
        return changed | self._settle([*readers, *inside])

    def _put_defaults_inside(self, inside: Iterable[Item]) -> None:
        for item in inside:
            if isinstance(item, Question) and (item.default or item.default_by):
                for path in self.stands(item.path):
                    self._put_default(item, path)

    def _settle(self, first: Iterable[Item]) -> set[str]:
        """Work out ``first`` and all that reads what changes by it, each after what it reads."""
        changed: set[str] = set()
        waiting: list[tuple[int, str]] = []
        queued: set[str] = set()

        def queue(items: Iterable[Item]) -> None:
            for item in items:
                if item.path not in queued:
                    queued.add(item.path)
                    heappush(waiting, (item.rank, item.path))

        queue(first)
        while waiting:
            _, path = heappop(waiting)
            queued.discard(path)
            for touched, inside in self._work_out(self.form.items[path]):
                changed.add(touched)
                queue(self.form.readers.get(touched, ()))
                queue(inside)
        return changed

    def _work_out(self, item: Item) -> Iterator[tuple[str, Sequence[Item]]]:
        """The paths whose value changed, each with what must be worked out for the first time."""
        below = self.form.below(item.path)
        if item.relevant and self._relevance_changed(item):
            for each in below:
                yield each.path, ()
        match item:
            case Question(calculate=source) if source and self._calculation_changed(item):
                yield item.path, ()
            case Section(count=source) if source and self._count_changed(item):
                self._put_defaults_inside(below)
                for each in below:
                    yield each.path, [] if each is item else [each]
            case _:
                pass

    def _relevance_changed(self, item: Item) -> bool:
        if item.path in self.form.nested:
            before = {path for path in self.irrelevant if template(path) == item.path}
        else:
            before = self.irrelevant & {item.path}
        after = {
            path
            for path in self.stands(item.path)
            if not self.form.truth(item.relevant, path)(self, NO_ROW)
        }
        if before == after:
            return False
        self.irrelevant = (self.irrelevant - before) | after
        return True

    def _calculation_changed(self, item: Question) -> bool:
        changed = False
        for path in self.stands(item.path):
            before = self.answers.get(path, "")
            if before and "uuid(" in item.calculate:
                continue  # an id, once given, is for ever
            after = self.form.result(item.calculate, path)(self, NO_ROW)
            if after != before:
                changed = True
                self.answers[path] = after
        return changed

    def _count_changed(self, section: Section) -> bool:
        changed = False
        for path in self.stands(section.path):
            wanted = self.form.number(section.count, path)(self, NO_ROW)
            count = int(min(max(wanted, 0), MAX_INSTANCES)) if wanted == wanted else 0
            if count != self._instances(path):
                changed = True
                self.answers[path] = str(count) if count else ""
        return changed

    def stands(self, path: str) -> list[str]:
        """Where an item stands now: one path for each instance of the repeats around it."""
        if path not in self.form.nested:
            return [path]
        around = self.form.around[path]
        name = path.rpartition("/")[2]
        if not around.repeat:
            return [f"{base}/{name}" for base in self.stands(around.path)]
        return [
            f"{base}[{nth}]/{name}"
            for base in self.stands(around.path)
            for nth in range(1, self._instances(base) + 1)
        ]

    def _instances(self, repeat: str) -> int:
        return int(self.answers.get(repeat) or 0)

    # -- asking about one question --------------------------------------------------------------

    def required(self, path: str) -> bool:
        """True when the form wants an answer here."""
        source = self.form.question(path).required
        return bool(source) and self.form.truth(source, path)(self, NO_ROW)

    def missing(self, path: str) -> bool:
        """True when an answer is wanted here that could be given and is not."""
        if self.answers.get(path) or not self.required(path):
            return False
        return not self.stood_in(path) and not self.offers_nothing(path)

    def offers_nothing(self, path: str) -> bool:
        """True when conditions leave no option at all: nobody can answer, so nobody is asked."""
        question = self.form.question(path)
        if not question.narrows or question.words or question.position:
            return False
        return not self.form.offered(question.rows, path)(self)

    def stood_in(self, path: str) -> bool:
        """True when words or a position stand in for a choice."""
        question = self.form.question(path)
        return any(
            self.answers.get(beside(path, other))
            for other in (question.words, question.position)
            if other
        )

    def is_given(self, path: str) -> bool:
        """True when this, or what stands in for it, was answered from outside."""
        if not self.given:
            return False
        question = self.form.question(path)
        others = (beside(path, other) for other in (question.words, question.position) if other)
        return any(one in self.given and self.answers.get(one) for one in (path, *others))

    def allows(self, path: str, value: str) -> bool:
        """True when the form's own condition accepts this value here (an empty one always)."""
        question = self.form.question(path)
        source = question.constraint
        if not source or not value or question.unchecked:
            return True
        before = self.answers.get(path)
        self.answers[path] = value
        try:
            return self.form.truth(source, path)(self, NO_ROW)
        finally:
            if before is None:
                del self.answers[path]
            else:
                self.answers[path] = before

    def offered(self, path: str) -> Sequence[Option]:
        """What a question that chooses from the form's own list offers now."""
        question = self.form.question(path)
        plain = self.form.options.get(question.list)
        if plain is not None and not question.narrows:
            return plain
        options = []
        for row in self.form.offered(question.rows, path)(self):
            choice = self.form.choice(question.list, row["name"])
            label = self.show(choice.label, path) if choice else row["name"]
            options.append(Option(value=row["name"], label=label or row["name"]))
        return options

    def offers(self, path: str, value: str) -> bool:
        """True when a value may be chosen here now."""
        question = self.form.question(path)
        if question.outside:
            return self.lists.label(question.list, value) is not None
        if not question.narrows:
            return self.form.choice(question.list, value) is not None
        return any(row["name"] == value for row in self.form.offered(question.rows, path)(self))

    def choice_label(self, path: str, value: str) -> str:
        """The words of a value that was chosen here."""
        question = self.form.question(path)
        if question.outside:
            return self.lists.label(question.list, value) or value
        choice = self.form.choice(question.list, value)
        return (self.show(choice.label, path) if choice else "") or value

    def show(self, label: Label, here: str) -> str:
        """A label with its outputs filled in."""
        if len(label) == 1:
            return label[0]
        return "".join(
            self.form.output(part, here)(self, NO_ROW) if place % 2 else part
            for place, part in enumerate(label)
        ).strip()


def beside(path: str, sibling: str) -> str:
    """The place of a sibling (given without indices) of the question at a path."""
    return f"{parent(path)}/{sibling.rpartition('/')[2]}"

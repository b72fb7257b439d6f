"""What stands in a form, in words: the lines of a summary, the notes on the way, an answer."""

from collections.abc import Iterable, Iterator

from conversation import answers, vocabulary
from conversation.dialogue import Line
from conversation.filled import Filled
from conversation.items import Question, Section
from conversation.paths import index_of
from conversation.route import Route


def lines(filled: Filled, route: Route) -> Iterator[Line]:
    """What is answered and counts, in the order of the form."""
    for path in route.everything():
        item = filled.form.items[path]
        if isinstance(item, Question) and item.answerable and item.kind != "acknowledge":
            value = filled.value(path)
            if value:
                label = filled.show(item.label, path)
                said = spoken(filled, item, path, value)
                if item.unchecked:
                    said = vocabulary.label("unchecked", answer=said)
                yield Line(path=path, label=label, answer=said)


def spoken(filled: Filled, question: Question, path: str, value: str) -> str:
    """The value of a question in words."""
    if question.chooses:
        labels = [filled.choice_label(path, one) for one in question.values(value)]
        return vocabulary.label("and").join(labels)
    return answers.spoken(question.kind, value, filled.now)


def notes(filled: Filled, backward: Iterable[str], at: str) -> tuple[str, ...]:
    """The notes and headings on the way back from a place to the question before it."""
    found: list[str] = []
    for path in backward:
        item = filled.form.items[path]
        if isinstance(item, Section):
            if item.asks_for_more and not path.endswith("]") and path != at:
                break
            found.append(_heading(filled, item, path))
        elif filled.counts(path):
            if item.asked and not filled.is_given(path):
                break
            if item.kind == "note" or (item.calculate and item.label):
                found.append(_note(filled, item, path))
    return tuple(note for note in reversed(found) if note)


def _note(filled: Filled, question: Question, path: str) -> str:
    words = filled.show(question.label, path)
    value = filled.value(path)
    return f"{words} {value}" if value and words else words


def _heading(filled: Filled, section: Section, path: str) -> str:
    words = filled.show(section.label, path)
    if words and section.repeat:
        return vocabulary.label("nth", label=words, nth=index_of(path))
    return words

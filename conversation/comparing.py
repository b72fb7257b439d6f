"""What another version of a form asks otherwise, for whoever decides whether it is published."""

from collections.abc import Iterator, Mapping, Set

from conversation.faults import wording
from conversation.form import Form
from conversation.items import Item, Label, Question

#: The expressions and words of a question, by the column of the survey that they come from.
_COLUMNS = {
    "relevant": "relevant",
    "constraint": "constraint",
    "calculate": "calculation",
    "default_by": "default",
    "appearance": "appearance",
}


def compared(now: Form, then: Form) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Of both: the title, every question and section as one line of words, and their order."""
    before, after = _described(now), _described(then)
    both = before.keys() & after.keys()
    order = wording("names")["order"]
    return {**before, order: _order(now, both)}, {**after, order: _order(then, both)}


def _described(form: Form) -> dict[str, str]:
    items = {item.name: _line(form, item) for item in form.items.values()}
    return items | {wording("columns")["settings"]["form_title"][0]: form.title}


def _order(form: Form, among: Set[str]) -> str:
    return " → ".join(item.name for item in form.questions if item.name in among)


def _line(form: Form, item: Item) -> str:
    return " · ".join(part for part in _parts(form, item) if part)


def _parts(form: Form, item: Item) -> Iterator[str]:
    names = wording("names")["columns"]
    if isinstance(item, Question):
        yield wording("types").get(item.kind, [item.kind])[0]
    yield _words(item.label)
    if isinstance(item, Question):
        yield _named(names["hint"], _words(item.hint))
        yield names["required"] if item.required == "true()" else item.required
        yield _named(names["default"], "" if item.default_by else item.default)
        yield _options(form, item)
    for key, column in _COLUMNS.items():
        yield _named(names[column], getattr(item, key, ""))


def _options(form: Form, question: Question) -> str:
    if not question.list:
        return ""
    offered = form.lists.get(question.list, ())
    words = "、".join(_words(one.label) or one.value for one in offered) or question.list
    return _named(wording("names")["choices"], words)


def _named(name: str, words: str) -> str:
    return f"{name}：{' '.join(words.split())}" if words else ""


def _words(label: Label) -> str:
    """A label; what is worked out stands as the name of what it is."""
    return "".join(
        part if place % 2 == 0 else f"[{part.rpartition('/')[2]}]"
        for place, part in enumerate(label)
    )

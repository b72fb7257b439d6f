"""From a screen of the engine to a card: the question, its buttons, and the ways around it."""

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import TypeAlias

from conversation.cards import Action, Button, Card
from conversation.dialogue import Asking, Offer, Option, Reviewing

#: Labels up to this many characters stand two or three in a row on a narrow phone.
SHORT, TINY = 7, 4
#: What the first card offers beside its question stands so many in a row.
OFFERS = 3
#: After this many wrong answers in a row a person is offered to leave a message instead.
PATIENCE = 3

Sentences: TypeAlias = Callable[..., str]


def draw_question(asking: Asking, *, title: str, words: Sentences, first: int = 1) -> Card:
    """The card for one question: what was wrong first, then the question, then the buttons.

    ``first`` is the number of the first option that is shown.
    """
    return Card(
        text="\n".join(_question_lines(asking, title, words)),
        rows=(*_option_rows(asking), *_way_rows(asking, words)),
        wants_place="position" in asking.appearance or asking.kind == "geopoint",
        first=first,
    )


def draw_summary(review: Reviewing, *, title: str, words: Sentences) -> Card:
    """The card for the summary: each line is also a button that changes it, a page at a time."""
    lines = [
        words("form.summary_line", number=number, label=_bare(line.label), answer=line.answer)
        for number, line in enumerate(review.lines, start=1)
    ]
    problem = [words(f"problem.{review.problem}")] if review.problem else []
    text = [*problem, words("form.summary_title", title=title), *lines, *review.notes]
    first, end = review.shown
    edits = [
        Button(
            label=words("form.edit", number=number, label=_bare(line.label)),
            action=Action("form.edit", line.path),
        )
        for number, line in enumerate(review.lines[first:end], start=first + 1)
    ]
    pages = _page_ways(words, earlier=first > 0, later=end < len(review.lines))
    return Card(
        text="\n".join([*text, "", words("form.summary_ask")]),
        rows=(
            (Button(label=words("form.file"), action=Action("form.file"), style="main"),),
            *_rows(edits, 2),
            *([pages] if pages else []),
            (
                Button(label=words("form.back"), action=Action("form.back")),
                *_leave_buttons(words),
            ),
        ),
    )


def draw_advice(review: Reviewing, *, title: str, words: Sentences) -> Card:
    """The card for a form that ends in advice: its last notes, and the next act."""
    return Card(
        text="\n".join([f"【{title}】", *review.notes]),
        rows=(
            (_way("guide.report", "form.file", words),),
            (Button(label=words("home.danger"), action=Action("danger"), style="danger"),),
            (_way("form.back", "form.back", words), _way("home.again", "home", words)),
        ),
        calls=("110", "120"),
    )


def _question_lines(asking: Asking, title: str, words: Sentences) -> Iterable[str]:
    if asking.problem:
        yield asking.because or words(f"problem.{asking.problem}")
        yield ""
    yield words("form.progress", title=title, step=asking.step, steps=asking.steps)
    yield from asking.notes
    yield asking.label
    if asking.hint:
        yield words("form.hint", hint=asking.hint)
    elif not asking.required and asking.kind not in ("acknowledge", "repeat"):
        yield words("form.optional")
    if asking.offers:  # below many options they are out of sight
        yield words("form.offers", text="、".join(one.label for one in asking.offers))
    if asking.current:
        yield words("form.current", answer=asking.current)


def _option_rows(asking: Asking) -> tuple[tuple[Button, ...], ...]:
    several = asking.kind == "select_multiple"
    buttons = [_option_button(option, asking, several=several) for option in asking.options]
    return _rows(buttons, 1) if several else tuple(_packed(buttons))


def _option_button(option: Option, asking: Asking, *, several: bool) -> Button:
    mark = _tick(chosen=option.value in asking.chosen) if several else ""
    more = " ▸" if option.opens else ""
    return Button(label=f"{mark}{option.label}{more}", action=Action("form.choose", option.value))


def _offer_button(offer: Offer) -> Button:
    label = f"{_tick(chosen=offer.chosen)}{offer.label}"
    return Button(label=label, action=Action("form.mark", f"{offer.path}={offer.value}"))


def _tick(*, chosen: bool) -> str:
    return "☑ " if chosen else "☐ "


def done_button(words: Sentences, count: int, action: Action) -> Button:
    """选好了（2）; without a number while nothing is chosen. A page keeps it in sight."""
    label = words("form.done", count=count) if count else words("form.done_none")
    return Button(label=label, action=action, style="main" if count else "way")


def _way_rows(asking: Asking, words: Sentences) -> Iterable[tuple[Button, ...]]:
    if pages := _page_ways(words, earlier=asking.earlier, later=asking.later):
        yield pages
    if asking.kind == "select_multiple":
        yield (done_button(words, len(asking.chosen), Action("form.done")),)
    yield from _rows([_offer_button(offer) for offer in asking.offers], OFFERS)
    if asking.misses >= PATIENCE:
        yield (_way("form.message", "form.message", words),)
    yield (
        *([_way("form.back", "form.back", words)] if asking.can_go_back else ()),
        *_past_ways(asking, words),
        *_leave_buttons(words),
    )


def _past_ways(asking: Asking, words: Sentences) -> tuple[Button, ...]:
    """Past the question: without an answer, or with the words that stand there already."""
    if not asking.required:
        return (_way("form.skip", "form.skip", words),)
    stands = bool(asking.current) and not asking.options and asking.kind != "repeat"
    return (_way("form.keep", "form.keep", words),) if stands else ()


def _page_ways(words: Sentences, *, earlier: bool, later: bool) -> tuple[Button, ...]:
    return (
        *([_way("form.earlier", "form.page", words, "-1")] if earlier else ()),
        *([_way("form.more", "form.page", words, "1")] if later else ()),
    )


def _leave_buttons(words: Sentences) -> tuple[Button, ...]:
    return _way("form.later", "form.later", words), _way("form.cancel", "form.cancel", words)


def _way(key: str, verb: str, words: Sentences, arg: str = "") -> Button:
    return Button(label=words(key), action=Action(verb, arg))


def _packed(buttons: Sequence[Button]) -> Iterable[tuple[Button, ...]]:
    """Rows of neighbours that have the same width: three tiny ones, two short ones, a long one."""
    for across, neighbours in groupby(buttons, lambda button: _across(button.label)):
        yield from _rows(tuple(neighbours), across)


def _across(label: str) -> int:
    return 1 if len(label) > SHORT else 2 if len(label) > TINY else 3


def _rows(buttons: Sequence[Button], across: int) -> tuple[tuple[Button, ...], ...]:
    return tuple(
        tuple(buttons[start : start + across]) for start in range(0, len(buttons), across)
    )


def _bare(label: str) -> str:
    """A question's label as the name of a line: its first line, without the question mark."""
    return label.partition("\n")[0].rstrip("？?：:")

"""From a screen of the engine to a card: the question, its buttons, and the ways around it."""

from collections.abc import Callable, Iterable
from typing import TypeAlias

from conversation.cards import Action, Button, Card
from conversation.dialogue import PATIENCE, Asking, Offer, Option, Reviewing
from conversation.packing import in_rows, packed

#: What the first card offers beside its question stands so many in a row.
OFFERS = 3
#: More characters of answers are too much for a slow line: then each is shown as it begins.
LONG, BEGINNING = 300, 80
#: What stands before a choice that is taken, and before one that is not.
TAKEN, OPEN = "☑ ", "☐ "

Sentences: TypeAlias = Callable[..., str]


def draw_question(asking: Asking, *, title: str, words: Sentences, first: int = 1) -> Card:
    """The card for one question: what was wrong first, then the question, then the buttons.

    ``first`` is the number of the first option that is shown.
    """
    return Card(
        text="\n".join([*_question_lines(asking, title, words), *_counted(first, words)]),
        rows=(*_option_rows(asking), *_way_rows(asking, words)),
        wants_place="position" in asking.appearance or asking.kind == "geopoint",
        first=first,
    )


def draw_summary(review: Reviewing, *, title: str, words: Sentences) -> Card:
    """The card for the summary: each line is also a button that changes it, a page at a time."""
    is_long = sum(len(line.answer) for line in review.lines) > LONG
    most = BEGINNING if is_long else LONG
    lines = [
        words(
            "form.summary_line",
            number=number,
            label=_bare(line.label),
            answer=_begun(line.answer, most, words),
        )
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
    turns = _page_ways(words, earlier=first > 0, later=end < len(review.lines))
    return Card(
        text="\n".join([*text, "", words("form.summary_ask")]),
        rows=(
            (Button(label=words("form.file"), action=Action("form.file"), style="main"),),
            *in_rows(edits, 2),
            *([turns] if turns else []),
            (
                Button(label=words("form.back"), action=Action("form.back")),
                *_leave_buttons(words),
            ),
        ),
    )


def draw_advice(review: Reviewing, *, title: str, words: Sentences) -> Card:
    """The card for a form that ends in advice: its last notes, and the next act.

    The act that the advice names stands first, so that a 1 means it.
    """
    report = _way("guide.report", "form.file", words)
    danger = Button(label=words("home.danger"), action=Action("danger"), style="danger")
    is_urgent = any(danger.label in note for note in review.notes)
    first, second = (danger, report) if is_urgent else (report, danger)
    return Card(
        text="\n".join([f"【{title}】", *review.notes]),
        rows=(
            (first,),
            (second,),
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
        yield _offered(asking.offers, words)
    if asking.current:
        yield words("form.current", answer=_begun(asking.current, LONG, words))


def _offered(offers: Iterable[Offer], words: Sentences) -> str:
    """What can be typed; where something is taken already first how it stands."""
    taken, others = list[str](), list[str]()
    for one in offers:
        (taken if one.chosen else others).append(one.label)
    key = "form.offers" if not taken else "form.taken" if others else "form.all_taken"
    return words(key, what="、".join(taken), text="、".join(others))


def _counted(first: int, words: Sentences) -> list[str]:
    """On a later page: the numbers of options go on, and buttons do not show them."""
    return [words("form.counted", first=first)] if first > 1 else []


def _option_rows(asking: Asking) -> tuple[tuple[Button, ...], ...]:
    several = asking.kind == "select_multiple"
    buttons = [_option_button(option, asking, several=several) for option in asking.options]
    return in_rows(buttons, 1) if several else tuple(packed(buttons))


def _option_button(option: Option, asking: Asking, *, several: bool) -> Button:
    mark = _tick(chosen=option.value in asking.chosen) if several else ""
    more = " ▸" if option.opens else ""
    return Button(label=f"{mark}{option.label}{more}", action=Action("form.choose", option.value))


def _offer_button(offer: Offer) -> Button:
    label = f"{_tick(chosen=offer.chosen)}{offer.label}"
    return Button(label=label, action=Action("form.mark", f"{offer.path}={offer.value}"))


def _can_only_be_taken_back(offer: Offer, asking: Asking) -> bool:
    """True for what is taken and has no other in its place: where room is short, it stays."""
    return offer.chosen and sum(one.path == offer.path for one in asking.offers) == 1


def _tick(*, chosen: bool) -> str:
    return TAKEN if chosen else OPEN


def done_button(words: Sentences, count: int, action: Action) -> Button:
    """选好了（2）; without a number while nothing is chosen. A page keeps it in sight."""
    label = words("form.done", count=count) if count else words("form.done_none")
    return Button(label=label, action=action, style="main" if count else "way")


def _way_rows(asking: Asking, words: Sentences) -> Iterable[tuple[Button, ...]]:
    if pages := _page_ways(words, earlier=asking.earlier, later=asking.later):
        yield pages
    if asking.kind == "select_multiple":
        yield (done_button(words, len(asking.chosen), Action("form.done")),)
    offers = sorted(asking.offers, key=lambda one: not _can_only_be_taken_back(one, asking))
    yield from in_rows([_offer_button(offer) for offer in offers], OFFERS)
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
    """To the next page; behind the last one comes the first."""
    if not (earlier or later):
        return ()
    return (_way("form.more" if later else "form.again", "form.page", words, "1"),)


def _leave_buttons(words: Sentences) -> tuple[Button, ...]:
    return _way("form.later", "form.later", words), _way("form.cancel", "form.cancel", words)


def _way(key: str, verb: str, words: Sentences, arg: str = "") -> Button:
    return Button(label=words(key), action=Action(verb, arg))


def _begun(answer: str, most: int, words: Sentences) -> str:
    """An answer; of a long tale how it begins, and that all of it is there."""
    if len(answer) <= most:
        return answer
    return words("form.begun", text=answer[:most], count=len(answer))


def _bare(label: str) -> str:
    """A question's label as the name of a line: its first line, without the question mark."""
    return label.partition("\n")[0].rstrip("？?：:")

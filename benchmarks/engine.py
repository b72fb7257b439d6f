"""What one step of the form engine costs, on a short form and on a long one."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from statistics import median
from time import process_time_ns

from bot.county.publisher import Source, compiled
from conversation import engine
from conversation.dialogue import (
    Chose,
    Move,
    Option,
    Step,
    Typed,
    dialogue_from_json,
    dialogue_to_json,
)
from conversation.form import Form

SHORT, LONG = 10, 300
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
#: Questions come in turns: a choice, a number, a text, each with something to work out.
KINDS = (
    ("select_one yes_no", "", "{before} != 'never'", Chose(value="yes")),
    ("integer", ". >= 0 and . <= 150", "{before} = 'yes'", Typed(text="3")),
    ("text", "", "{before} < 100", Typed(text="奶奶在家")),
)


class NoLists:
    """No choices live outside these forms."""

    def browse(self, name: str, under: str) -> Sequence[Option]:
        """Nothing is offered."""
        return ()

    def above(self, name: str, value: str) -> str:
        """Everything is at the top."""
        return ""

    def search(self, name: str, text: str) -> Sequence[Option]:
        """Nothing is found."""
        return ()

    def near(self, name: str, point: str) -> Sequence[Option]:
        """Nothing lies anywhere."""
        return ()

    def label(self, name: str, value: str) -> str | None:
        """Nothing is known."""
        return None


def measure(rounds: int) -> dict[str, dict[str, float]]:
    """Microseconds of processor time for a step: the engine's own, and with JSON in and out."""
    return {str(length): _measure(length, rounds * LONG // length) for length in (SHORT, LONG)}


def _measure(length: int, rounds: int) -> dict[str, float]:
    form = _form(length)
    moves = [KINDS[place % len(KINDS)][3] for place in range(length)]
    _walk(form, moves)
    steps = [each for _ in range(rounds) for each in _walk(form, moves)]
    third = length // 3
    walks = [steps[start : start + length] for start in range(0, len(steps), length)]
    return {
        "step": _middle(own for own, _ in steps),
        "with_json": _middle(own + json for own, json in steps),
        "first_third": _middle(own for walk in walks for own, _ in walk[:third]),
        "last_third": _middle(own for walk in walks for own, _ in walk[-third:]),
    }


def _middle(nanoseconds: Iterable[int]) -> float:
    return median(nanoseconds) / 1000


def _walk(form: Form, moves: Sequence[Move]) -> list[tuple[int, int]]:
    """Nanoseconds of each step, and of its dialogue's way through JSON."""
    step, took = engine.begin(form, now=NOW, lists=NoLists()), []
    for move in moves:
        start = process_time_ns()
        dialogue = dialogue_from_json(dialogue_to_json(step.dialogue))
        read = process_time_ns()
        step = engine.step(form, dialogue, move, now=NOW, lists=NoLists())
        took.append((process_time_ns() - read, read - start))
    _check(step, len(moves))
    return took


def _check(step: Step, length: int) -> None:
    if len(step.dialogue.answers) != length or step.dialogue.at:
        raise AssertionError("the walk did not answer every question")


def _form(length: int) -> Form:
    source = Source(name="bench.md", data="\n".join(_table(length)).encode())
    return Form.from_json(compiled([source])[0]["compiled"])


def _table(length: int) -> Iterator[str]:
    """An XLSForm in which each question looks at the one before."""
    yield "| survey |"
    yield "| | type | name | label | required | relevant | constraint |"
    for place in range(length):
        kind, constraint, relevant, _ = KINDS[place % len(KINDS)]
        looks = relevant.format(before=f"${{q{place - 1}}}") if place else ""
        yield f"| | {kind} | q{place} | 问题 {place} | yes | {looks} | {constraint} |"
    yield ""
    yield "| choices |"
    yield "| | list_name | name | label |"
    for value, label in (("yes", "是"), ("no", "不是"), ("unknown", "不清楚")):
        yield f"| | yes_no | {value} | {label} |"
    yield ""
    yield "| settings |"
    yield "| | form_title | form_id |"
    yield "| | 测量 | bench |"

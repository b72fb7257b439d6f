"""Scripted walks through a form, written out as the person sees them.

A transcript begins with who it is, the form and what the program knows beforehand. Lines that
begin with ``>`` are what the person does: words, or an option's button in square brackets.
Everything else is what the form says (what a channel draws around it is told in tests/stories).
``python -m tests.forms.walks`` writes the transcripts anew; read what changed before you keep it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import assert_never
from zoneinfo import ZoneInfo

from conversation import engine
from conversation.dialogue import (
    Asking,
    Chose,
    File,
    Finished,
    Mark,
    Move,
    Offer,
    Option,
    Placed,
    Reviewing,
    Screen,
    Typed,
    dialogue_from_json,
    dialogue_to_json,
)
from conversation.form import Form
from conversation.publishing import Published, publish
from tests.forms.sheets import FORMS

TRANSCRIPTS = Path(__file__).parent / "transcripts"
NOW = datetime(2026, 11, 23, 19, 30, tzinfo=ZoneInfo("Asia/Shanghai"))

#: Filed without a summary: handlers.filling says so.
AT_ONCE = frozenset(
    [
        *("danger", "progress", "police", "message", "feedback", "regrade"),
        *("register", "introduce", "invite", "handover", "leave", "link", "unmask"),
    ]
)

TREE: Mapping[str, Sequence[Option]] = {
    "": (
        Option(value="10", label="青石镇", opens=True),
        Option(value="20", label="白水乡", opens=True),
    ),
    "10": (
        Option(value="10", label="青石镇"),
        Option(value="11", label="青石村"),
        Option(value="12", label="河湾村"),
        Option(value="13", label="大坪村"),
    ),
    "20": (
        Option(value="20", label="白水乡"),
        Option(value="21", label="白水村"),
    ),
}


class Places:
    """A small county."""

    def browse(self, name: str, under: str) -> Sequence[Option]:
        return TREE.get(under, ())

    def above(self, name: str, value: str) -> str:
        return ""

    def search(self, name: str, text: str) -> Sequence[Option]:
        return [
            Option(value=option.value, label=self.label(name, option.value) or "")
            for under in ("10", "20")
            for option in TREE[under]
            if len(text) <= 6 and (option.label in text or text in option.label)
        ]

    def near(self, name: str, point: str) -> Sequence[Option]:
        return ()

    def label(self, name: str, value: str) -> str | None:
        for under, options in TREE.items():
            for option in options:
                if under and option.value == value:
                    town = TREE[under][0].label
                    return town if value == under else f"{town}{option.label}"
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What a transcript's head and its ``>`` lines say."""

    head: tuple[str, ...]
    form: str
    preset: Mapping[str, str]
    acts: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Walk:
    """A walk under way: everything shown and done so far."""

    form: Form
    screen: Screen
    dialogue: str
    lines: list[str] = field(default_factory=list)
    acts: int = 0

    @property
    def answers(self) -> dict[str, str]:
        """The answers by question name, once the form is finished."""
        assert isinstance(self.screen, Finished)
        return self.form.names(self.screen.answers)


@cache
def form(name: str) -> Form:
    """A form of ours, published."""
    source = FORMS / f"{name}.md"
    published = publish(source.read_bytes(), source.name)
    assert isinstance(published, Published), published
    return published.form


def script(text: str) -> Script:
    """A transcript's head and acts."""
    head = tuple(text.split("\n\n", 1)[0].splitlines())
    facts = dict(line.split(": ", 1) for line in head if not line.startswith("#"))
    pairs = (pair.split("=", 1) for pair in facts.get("known", "").split())
    return Script(
        head=head,
        form=facts["form"],
        preset=dict(pairs),
        acts=tuple(line[2:] for line in text.splitlines() if line.startswith("> ")),
    )


def play(script: Script) -> str:
    """The whole transcript of a script."""
    return "\n".join([*script.head, "", *walk(script).lines]) + "\n"


def walk(script: Script) -> Walk:
    """Do what the script says, one act after the other."""
    started = engine.begin(form(script.form), now=NOW, lists=Places(), preset=script.preset)
    walk = Walk(
        form=form(script.form),
        screen=started.screen,
        dialogue=dialogue_to_json(started.dialogue),
    )
    walk.lines += _shown(walk)
    for act in script.acts:
        do(walk, act)
    return walk


def do(walk: Walk, act: str) -> None:
    """One act, and what is shown then. The dialogue goes through JSON in between."""
    _step(walk, _move(walk, act))
    if isinstance(walk.screen, Reviewing) and walk.form.name in AT_ONCE:
        _step(walk, File())
    walk.acts += 1
    walk.lines += ["", f"> {act}", "", *_shown(walk)]


def _step(walk: Walk, move: Move) -> None:
    step = engine.step(
        walk.form,
        dialogue_from_json(walk.dialogue),
        move,
        now=NOW,
        lists=Places(),
    )
    walk.dialogue, walk.screen = dialogue_to_json(step.dialogue), step.screen


def _shown(walk: Walk) -> Iterator[str]:
    match walk.screen:
        case Asking() as asking:
            yield from _question(asking)
        case Reviewing() as review:
            for number, line in enumerate(review.lines, start=1):
                yield f"{number}. {line.label} {line.answer}"
            yield from review.notes
            yield "（看一遍，对不对）"
        case Finished():
            yield "（发出去了）"
            for name, value in walk.answers.items():
                yield f"{name} = {value}"
        case _:
            assert_never(walk.screen)


def _question(asking: Asking) -> Iterator[str]:
    if asking.problem:
        yield f"！{asking.because or asking.problem}"
    yield from asking.notes
    hint = f"（{asking.hint}）" if asking.hint else ""
    optional = "" if asking.required else "（可以跳过）"
    yield f"{asking.step}/{asking.steps} {asking.label}{hint}{optional}"
    if asking.current:
        yield f"现在是：{asking.current}"
    for option in asking.options:
        several = asking.kind == "select_multiple"
        mark = ("☑ " if option.value in asking.chosen else "☐ ") if several else ""
        yield f"  {mark}{option.label}{' ▸' if option.opens else ''}"
    if asking.later:
        yield "  更多 ▸"
    if asking.offers:
        yield "  " + "　".join(_offer(one) for one in asking.offers)


def _offer(offer: Offer) -> str:
    return f"{'☑' if offer.chosen else '☐'} {offer.label}"


def _move(walk: Walk, act: str) -> Move:
    if act.startswith("位置 "):
        return Placed(point=act.removeprefix("位置 "))
    if not act.startswith("["):
        return Typed(text=act)
    assert isinstance(walk.screen, Asking)
    label = act.strip("[]")
    for offer in walk.screen.offers:
        if offer.label == label:
            return Mark(path=offer.path, value=offer.value)
    options = {option.label: option.value for option in walk.screen.options}
    return Chose(value=options[label])


def _write_anew() -> None:
    for path in sorted(TRANSCRIPTS.glob("*.txt")):
        path.write_text(play(script(path.read_text("utf-8"))), "utf-8")


if __name__ == "__main__":
    _write_anew()

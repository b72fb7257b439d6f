"""A person who fills in a form: every turn goes through JSON, as it does in the store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from textwrap import dedent
from zoneinfo import ZoneInfo

from conversation import engine
from conversation.dialogue import (
    Asking,
    Dialogue,
    Finished,
    Lists,
    Move,
    Option,
    Reviewing,
    Screen,
    Typed,
    dialogue_from_json,
    dialogue_to_json,
)
from conversation.form import Form
from conversation.publishing import Published, publish

NOW = datetime(2026, 11, 23, 15, 30, tzinfo=ZoneInfo("Asia/Shanghai"))


def form_of(table: str) -> Form:
    """The form of a Markdown table, read back from its JSON."""
    outcome = publish(dedent(table).encode(), "inline.md")
    assert isinstance(outcome, Published), [fault.sentence() for fault in outcome.faults]
    return Form.from_json(outcome.form.to_json())


@dataclass(frozen=True, slots=True)
class Tree:
    """Places as (value, label, above); the top has "" above it."""

    places: tuple[tuple[str, str, str], ...] = ()

    def browse(self, name: str, under: str) -> Sequence[Option]:
        own = [Option(value=v, label=label) for v, label, _ in self.places if v == under and under]
        below = [
            Option(value=value, label=label, opens=any(up == value for _, _, up in self.places))
            for value, label, above in self.places
            if above == under
        ]
        return [*own, *below]

    def above(self, name: str, value: str) -> str:
        return next((up for v, _, up in self.places if v == value), "")

    def search(self, name: str, text: str) -> Sequence[Option]:
        return [
            Option(value=value, label=label) for value, label, _ in self.places if text in label
        ][:8]

    def near(self, name: str, point: str) -> Sequence[Option]:
        return ()

    def label(self, name: str, value: str) -> str | None:
        return next((label for v, label, _ in self.places if v == value), None)


NOWHERE = Tree()


@dataclass(slots=True)
class Talk:
    """One person in one form."""

    form: Form
    lists: Lists = NOWHERE
    now: datetime = NOW
    preset: Mapping[str, str] = field(default_factory=dict)
    dialogue: Dialogue = field(init=False)
    screen: Screen = field(init=False)

    def __post_init__(self) -> None:
        first = engine.begin(self.form, now=self.now, lists=self.lists, preset=self.preset)
        self.dialogue, self.screen = first.dialogue, first.screen

    def does(self, move: Move) -> Screen:
        """One move, with the dialogue written out and read back before it."""
        written = dialogue_to_json(self.dialogue)
        read = dialogue_from_json(written)
        assert read == self.dialogue
        taken = engine.step(self.form, read, move, now=self.now, lists=self.lists)
        self.dialogue, self.screen = taken.dialogue, taken.screen
        return self.screen

    def says(self, *texts: str) -> Screen:
        """Types one text after the other."""
        for text in texts:
            self.does(Typed(text=text))
        return self.screen

    @property
    def asked(self) -> Asking:
        """The question on the screen."""
        assert isinstance(self.screen, Asking), self.screen
        return self.screen

    @property
    def name(self) -> str:
        """The name of the question on the screen."""
        return self.asked.path.rpartition("/")[2]

    @property
    def labels(self) -> list[str]:
        """The options on the screen."""
        return [option.label for option in self.asked.options]

    @property
    def summary(self) -> list[tuple[str, str]]:
        """The lines of the summary."""
        assert isinstance(self.screen, Reviewing), self.screen
        return [(line.label, line.answer) for line in self.screen.lines]

    @property
    def filed(self) -> dict[str, str]:
        """The answers that count, by name."""
        assert isinstance(self.screen, Finished), self.screen
        return self.form.names(self.screen.answers)

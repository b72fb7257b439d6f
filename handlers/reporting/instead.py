"""What words that begin a report may be as well: a button beside the question what they are."""

from dataclasses import dataclass

from conversation.cards import Action, Button


@dataclass(frozen=True, slots=True, kw_only=True)
class Instead:
    """A button's label and its verb; the verb gets ``of`` and the draft that holds the words."""

    label: str
    verb: str
    of: str = ""

    def button(self, draft_id: int) -> Button:
        """The button for words that lie in this draft."""
        return Button(label=self.label, action=Action(self.verb, f"{self.of}{draft_id}"))

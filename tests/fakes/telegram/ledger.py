"""What really happened, as Telegram saw it: the measure of every promise."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

Keyboard = list[list[dict[str, Any]]]


@dataclass(slots=True, kw_only=True)
class Made:
    """One update: what a person did, and what became of it."""

    update_id: int
    kind: str
    chat_id: int
    lane: int
    body: dict[str, Any]
    made_at: float
    expires_at: float
    #: Not brought before this moment (late and reordered lanes).
    due_at: float = 0.0
    attempts: int = 0
    #: When it was first answered 2xx, or the offset passed it.
    confirmed_at: float | None = None
    expired: bool = False
    dropped: bool = False


@dataclass(slots=True, kw_only=True)
class Message:
    """A message as it stands in a chat."""

    message_id: int
    chat_id: int
    #: True when the bot wrote it.
    ours: bool
    text: str
    keyboard: Keyboard = field(default_factory=list)
    date: int
    #: Earlier (text, keyboard), oldest first.
    before: list[tuple[str, Keyboard]] = field(default_factory=list)
    protected: bool = False
    silent: bool = False
    deleted: bool = False
    #: The order of the last change among all that happened.
    changed: int = 0
    #: The rest of a person's message, as it went into the update.
    content: dict[str, Any] = field(default_factory=dict)
    #: The file that the bot sent with it: its id in the drawer, name, type and size.
    document: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Call:
    """One call of a Bot API method."""

    method: str
    params: dict[str, Any]
    at: float
    #: "ok", or the error code.
    outcome: str = ""
    description: str = ""
    #: The fault that was put on it.
    fault: str = ""
    #: True when it came before the retry_after of its chat had passed.
    early: bool = False
    #: True when it did what it asked for.
    effect: bool = False


@dataclass(slots=True)
class Ledger:
    """Everything, in the order in which it happened."""

    updates: dict[int, Made] = field(default_factory=dict)
    #: Keyed by (chat, message); message numbers are unique in the whole account.
    messages: dict[tuple[int, int], Message] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    #: (callback query, text) of accepted answers.
    answers: list[tuple[str, str]] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    #: Calls that the description of the Bot API forbids.
    misfits: list[str] = field(default_factory=list)
    webhooks: list[str] = field(default_factory=list)

    def confirmed(self) -> list[Made]:
        return [each for each in self.updates.values() if each.confirmed_at is not None]

    def sent(self, chat_id: int | None = None) -> list[Message]:
        """What the bot wrote, oldest first."""
        return [
            each
            for each in self.messages.values()
            if each.ours and chat_id in (None, each.chat_id)
        ]

    def called(self, method: str) -> list[Call]:
        return [each for each in self.calls if each.method == method]

    def early(self) -> list[Call]:
        return [each for each in self.calls if each.early]

    def ambiguous(self) -> Iterator[Call]:
        """Calls that had their effect and whose answer was lost."""
        return (each for each in self.calls if each.effect and each.fault in LOSING)

    def as_json(self) -> dict[str, Any]:
        return {
            "updates": [asdict(each) for each in self.updates.values()],
            "messages": [asdict(each) for each in self.messages.values()],
            "calls": [asdict(each) for each in self.calls],
            "answers": self.answers,
            "left": self.left,
            "misfits": self.misfits,
            "webhooks": self.webhooks,
        }


#: Faults that hide an effect from the caller.
LOSING = frozenset({"timeout-after", "reset-after", "truncated", "500-after", "502-after"})

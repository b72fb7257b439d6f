"""One person in a terminal: plain text out, lines in, every button a number."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime
from pathlib import Path

from bot.channels.channel import Arrival, FileGone, Intake, Limits, Outgoing, Sent
from conversation.cards import Card, Document
from conversation.incoming import Said

ADDRESS = "terminal"


class TerminalChannel:
    """The terminal as a channel; it proves that every form can be done with text alone."""

    name = "terminal"
    limits = Limits(text=100_000, label=200, buttons=200, can_edit=False, carries_files=True)

    def __init__(self, *, now: Callable[[], datetime]) -> None:
        self._now = now
        self._reading: asyncio.Task[None] | None = None
        self._quiet = asyncio.Event()

    async def start(self, intake: Intake) -> None:
        """Greet, then read line by line."""
        self._reading = asyncio.create_task(self._read(intake))

    async def stop(self) -> None:
        """Read no more."""
        if self._reading is not None:
            self._reading.cancel()

    async def finished(self) -> None:
        """Return at the end of the input."""
        if self._reading is not None:
            await self._reading

    async def send(self, outgoing: Outgoing) -> Sent:
        """Print the card, its buttons numbered as they are answered; its file is laid beside."""
        if outgoing.card.document is not None:
            saved = await asyncio.to_thread(_save, outgoing.card.document, outgoing.content)
            print(f"[{saved}]", flush=True)  # noqa: T201
        print("\n".join(_lines(outgoing.card)), end="\n\n", flush=True)  # noqa: T201
        return Sent(external_id=str(outgoing.id))

    def fetch(self, source: str) -> AsyncIterator[bytes]:
        """A terminal has no files."""
        raise FileGone(source)

    async def _read(self, intake: Intake) -> None:
        count = 0
        said = "/start"
        began = self._now().timestamp()
        while said:
            await intake.take(
                Arrival(
                    channel=self.name,
                    key=f"terminal:{began}:{count}",
                    address=ADDRESS,
                    incoming=Said(text=said.strip() or "?"),
                    at=self._now(),
                )
            )
            await asyncio.sleep(0.1)
            said = await asyncio.to_thread(sys.stdin.readline)
            count += 1


def _save(document: Document, content: bytes) -> Path:
    """Where the file was written: in the current folder, for its owner alone, over no other."""
    wished = Path(document.name or "file")
    for count in range(1, 1000):
        path = wished if count == 1 else wished.with_stem(f"{wished.stem}-{count}")
        try:
            with os.fdopen(
                os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"
            ) as file:
                file.write(content)
        except FileExistsError:
            continue
        return path.resolve()
    raise FileExistsError(wished)


def _lines(card: Card) -> Iterator[str]:
    """The text, then each button: a number where a number means it, else the words to type."""
    yield card.text
    number = card.first
    words = []
    for button in card.buttons():
        if button.action.verb == "form.choose" or not card.is_question:
            yield f"  {number}. {button.label}"
            number += 1
        elif button.action.verb != "form.edit":  # its line is numbered in the text
            words.append(f"[{button.label}]")
    if words:
        yield f"  {' '.join(words)}"

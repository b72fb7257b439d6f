"""A house for each bug, and a hand that reaches into the store past everybody."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.channels.channel import Arrival
from conversation.incoming import Incoming, Said
from handlers import talk
from handlers.turn import Turn
from tests.fakes.house import House, open_house

BEGAN = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """The demo county, with paper for a channel."""
    async with open_house(tmp_path, began=BEGAN) as opened:
        yield opened


def said(text: str, *, by: str, key: str) -> Arrival:
    """Somebody's words, as the paper channel brings them."""
    return Arrival(
        channel="paper",
        key=key,
        address=by,
        incoming=Said(text=text),
        at=BEGAN,
        raw=text.encode(),
    )


@pytest.fixture
def a_word_raises(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, BaseException], None]:
    """Make the handlers fail over one word."""

    def fails(word: str, error: BaseException) -> None:
        healthy = talk.take

        def take(turn: Turn, incoming: Incoming) -> None:
            if incoming == Said(text=word):
                raise error
            healthy(turn, incoming)

        monkeypatch.setattr(talk, "take", take)

    return fails


async def spoil(house: House, table: str, column: str, where: str) -> None:
    """Let no key open this any more."""
    await house.store.write(
        lambda work: work.db.tell(f"UPDATE {table} SET {column} = x'00' WHERE {where}")
    )

"""The program stops: what it had claimed and not sent is nobody's, and in no doubt."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from conversation.cards import Card, card_to_json
from storage.reaching.owed import OutboxIn
from storage.work import Work
from tests.fakes.house import open_house


async def test_what_is_claimed_in_the_moment_of_the_stop_is_given_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_house(tmp_path, began=datetime(2026, 11, 20, 2, tzinfo=UTC)) as house:
        claim, claiming, goes_on = house.delivery.claim, asyncio.Event(), asyncio.Event()

        async def slowly() -> int:
            claiming.set()
            await goes_on.wait()
            return await claim()

        monkeypatch.setattr(house.delivery, "claim", slowly)
        await house.store.write(_put)
        running = asyncio.create_task(house.delivery.run())
        await claiming.wait()
        stopping = asyncio.create_task(house.delivery.stop())
        await asyncio.sleep(0.05)
        goes_on.set()
        await asyncio.gather(stopping, running)
        assert house.paper.sent == []
        claimed = await house.store.write(
            lambda work: work.sending.claim(
                "another life", work.now, timedelta(minutes=1), 10, ("paper",)
            )
        )
        assert [one.unclear for one in claimed] == [False]


def _put(work: Work) -> None:
    work.outbox.put(
        OutboxIn(
            contact_id=work.people.meet("paper", "教师").contact_id,
            channel="paper",
            priority=1,
            card=card_to_json(Card(text="在吗")),
            turn=0,
        )
    )

"""Whoever gave an invitation hears that somebody came by it: a link may go astray."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from storage.work import Work
from tests.fakes.house import open_house
from tests.handlers.test_climbing import person_id

BEGAN = datetime(2026, 11, 20, 2, tzinfo=UTC)


async def test_the_first_of_an_hour_is_told_and_no_flood_of_them(tmp_path: Path) -> None:
    async with open_house(tmp_path, began=BEGAN) as house:
        by = await person_id(house, "督导员")

        def invites(work: Work) -> list[str]:
            place, life = work.areas.search("河湾村")[0].id, timedelta(days=3)
            return [work.invitations.issue("child_director", place, by, life)[1] for _ in range(3)]

        for who, token in zip("甲乙", await house.store.write(invites), strict=False):
            await (await house.visitor(f"记者{who}")).says(f"/start {token}")
            await house.settled()
        told = [one.card.text for one in house.paper.to("督导员")]
        assert len(told) == 1
        assert "青石镇河湾村 儿童主任" in told[0]
        assert "交接工作" in told[0]

"""Whoever guesses at invitations with many accounts: their keeper hears once, others go on."""

from datetime import datetime, timedelta, timezone
from pathlib import Path

from storage.people import tries
from storage.work import Work
from tests.fakes.house import open_house

BEGAN = datetime(2026, 11, 20, 10, 0, tzinfo=timezone(timedelta(hours=8)))


async def test_the_keeper_hears_once_and_a_real_invitation_is_taken(tmp_path: Path) -> None:
    async with open_house(tmp_path, began=BEGAN) as house:
        keeper = await house.visitor("管理员")

        def guess(work: Work) -> str:
            for name in range(tries.TRIES_OF_ALL - 1):
                person = work.people.meet("paper", f"guesser {name}").person_id
                work.invitations.use("guess", person)
            place = work.areas.search("河湾村")[0].id
            return work.invitations.issue("grid_worker", place, 0, timedelta(days=3))[1]

        token = await house.store.write(guess)
        for name in ("路人甲", "路人乙"):
            stranger = await house.visitor(name)
            await stranger.says("/start guess")
        await house.settled()
        told = [one.card.text for one in house.paper.to(keeper.address)]
        assert told == [
            "一小时里有 200 次试邀请没试对，像是有人在猜。邀请是猜不中的，发出去的照样能用；"
            "2026-11-20 11:00 以前不再为这件事打扰您。"
        ]
        real = await house.visitor("路人丙")
        await real.says(f"/start {token}")
        await house.settled()
        assert "欢迎！您现在是：青石镇河湾村 网格员" in house.paper.to(real.address)[-1].card.text

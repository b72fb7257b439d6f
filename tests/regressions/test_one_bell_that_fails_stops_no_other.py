"""One draft that could not be opened stopped the nudges and hand-overs of all others."""

from datetime import timedelta

from tests.fakes.house import House
from tests.regressions.conftest import spoil


async def test_one_bell_that_fails_stops_no_other(house: House) -> None:
    for name in ("邻居", "教师"):
        await (await house.visitor(name)).says("我要报告")
    await house.settled()
    await spoil(house, "draft", "dialogue", "id = (SELECT min(id) FROM draft)")
    shown = len(house.paper.sent)
    await house.wait(timedelta(hours=1))
    assert [outgoing.address for outgoing in house.paper.sent[shown:]] == ["教师"]

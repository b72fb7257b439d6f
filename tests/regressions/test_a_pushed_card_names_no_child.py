"""Whoever is given a child heard the child's name on a card that nobody had asked for."""

from storage.work import Work
from tests.fakes.house import House
from tests.stories.test_children import settle_children


async def test_the_card_tells_the_place_and_opens_the_file(house: House) -> None:
    await house.visitor("村主任")
    await house.store.write(settle_children)
    supervisor = await house.visitor("督导员")

    def free(work: Work) -> None:
        for child in work.children.page(0, 10):
            if child.name == "赵雨涵":
                work.responsibilities.end_of_child(child.id)

    await house.store.write(free)
    await supervisor.says("我的")
    for label in (
        "没人管的孩子",
        "没有包保责任人（2）",
        "赵雨涵（11岁，河湾村二组）",
        "村主任（现在管 0 个）",
    ):
        await house.settled()
        await supervisor.taps(label)
    await house.settled()
    told = house.paper.to("村主任")[-1].card
    assert "赵" not in told.text
    assert told.text.startswith("青石镇河湾村二组")
    head = await house.visitor("村主任")
    await head.taps("看是谁")
    await house.settled()
    assert "赵雨涵" in house.paper.to("村主任")[-1].card.text

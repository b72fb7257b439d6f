"""Gaps are told as a working day begins: what is new at once, what stays once a week."""

from datetime import datetime, timedelta, timezone
from pathlib import Path

from storage.work import Work
from tests.fakes.house import open_house
from tests.stories.test_children import settle_children

CHINA = timezone(timedelta(hours=8))


async def test_the_township_and_the_county_hear_once_of_what_is_the_same(tmp_path: Path) -> None:
    began = datetime(2026, 11, 20, 9, 5, tzinfo=CHINA)  # a Friday

    def one_more(work: Work) -> None:
        group = work.areas.search("青石镇河湾村一组")[0].id
        work.children.add(group, {"name": "王小七"}, source="roster", by=0)

    async with open_house(tmp_path, began=began) as house:
        await house.store.write(settle_children)
        told: list[list[tuple[str, str]]] = []
        for days in (0, 0, 1, 1, 1, 1):  # Friday twice, Saturday, Sunday, Monday, Tuesday
            house.clock.moment[0] += timedelta(days=days)
            if len(told) == 5:
                await house.store.write(one_more)
            before = len(house.paper.sent)
            await house.bells.gaps()
            await house.settled()
            told.append([(one.address, one.card.text) for one in house.paper.sent[before:]])
        same = [
            ("督导员", "青石镇：今天有 1 个孩子没有人真正在管，请安排。"),
            ("县民政", "云岭县：今天有 2 个孩子没有人真正在管，请安排。"),
        ]
        more = [
            ("督导员", "青石镇：今天有 2 个孩子没有人真正在管，请安排。"),
            ("县民政", "云岭县：今天有 3 个孩子没有人真正在管，请安排。"),
        ]
        assert told == [same, [], [], [], same, more]


async def test_fewer_show_in_their_place_and_ring_nowhere(tmp_path: Path) -> None:
    began = datetime(2026, 11, 17, 9, 5, tzinfo=CHINA)

    def give(work: Work) -> None:
        director = work.people.meet("paper", "儿童主任").person_id
        for root in work.areas.roots():
            for gap in work.responsibilities.gaps(root.id, at_most=30):
                work.responsibilities.assign(gap.child_id, director, by=0)

    async with open_house(tmp_path, began=began) as house:
        await house.store.write(settle_children)
        await house.bells.gaps()
        await house.settled()
        await house.store.write(give)
        house.clock.moment[0] += timedelta(days=1)
        await house.bells.gaps()
        await house.settled()
        [first, last] = house.paper.to("督导员")
        assert last.replaces == str(first.id)
        assert last.card.text == "您管的地方，每个孩子都有人在管。"


async def test_many_in_one_hand_are_not_nobody_s(tmp_path: Path) -> None:
    def many(work: Work) -> None:
        director = work.people.meet("paper", "儿童主任").person_id
        group = work.areas.search("青石镇河湾村一组")[0].id
        for number in range(60):
            child = work.children.add(group, {"name": f"王小{number}"}, source="roster", by=0)
            work.responsibilities.assign(child, director, by=0)

    began = datetime(2026, 11, 20, 9, 5, tzinfo=CHINA)
    async with open_house(tmp_path, began=began) as house:
        await house.store.write(many)
        await house.bells.gaps()
        await house.settled()
        assert "孩子都有人管" in house.paper.to("督导员")[-1].card.text


async def test_whose_post_begins_later_has_not_left_and_the_day_is_said(tmp_path: Path) -> None:
    began = datetime(2026, 11, 20, 9, 0, tzinfo=CHINA)

    def later(work: Work) -> None:
        speaker = work.people.meet("paper", "儿童主任")
        (post,) = work.people.roles(speaker.person_id)
        work.people.set_term(post.id, datetime(2026, 12, 1, tzinfo=CHINA), None, by=0)

    async with open_house(tmp_path, began=began) as house:
        await house.store.write(settle_children)
        await house.store.write(later)
        supervisor = await house.visitor("督导员")
        await supervisor.says("没人管的孩子")
        await house.settled()
        await supervisor.taps("责任人还没到岗（3）")
        await house.settled()
        card = house.paper.to("督导员")[-1].card
        labels = [button.label for button in card.buttons()]
        assert "离岗" not in card.text
        assert sum("12-01 到岗" in label for label in labels) == 3


async def test_a_long_list_of_gaps_is_turned_page_by_page(tmp_path: Path) -> None:
    def many(work: Work) -> None:
        group = work.areas.search("青石镇河湾村一组")[0].id
        for number in range(12):
            work.children.add(group, {"name": f"王小{number}"}, source="roster", by=0)

    began = datetime(2026, 11, 20, 9, 0, tzinfo=CHINA)
    async with open_house(tmp_path, began=began) as house:
        await house.store.write(many)
        supervisor = await house.visitor("督导员")
        await supervisor.says("没人管的孩子")
        await house.settled()
        named: list[str] = []
        for tapped in ("没有包保责任人（12）", "更多", "更多"):
            await supervisor.taps(tapped)
            await house.settled()
            card = house.paper.to("督导员")[-1].card
            assert len([*card.buttons()]) <= 8
            named += [one.label for one in card.buttons() if one.action.verb == "keep"]
        assert len({*named}) == len(named) == 12


async def test_nobody_is_told_in_the_evening(tmp_path: Path) -> None:
    began = datetime(2026, 11, 20, 20, 5, tzinfo=CHINA)
    async with open_house(tmp_path, began=began) as house:
        await house.store.write(settle_children)
        await house.bells.gaps()
        await house.settled()
        assert house.paper.sent == []

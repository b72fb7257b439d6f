"""What the program asks of people is measured: counts and seconds, and no word of it."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

import policy
from bot.meter import Meter
from conversation.incoming import Pressed, Said
from handlers.supervision import burden
from policy.burden import Measured
from policy.tables import load_policy
from storage.store import Store
from storage.supervision.burdens import Week
from storage.work import Work
from tests.fakes.house import House, open_house
from tests.storage.village import settled

TABLE = load_policy(Path(policy.__file__).parent).burden
MONDAY = date(2026, 11, 16)
#: A Friday, ten o'clock in Shanghai.
BEGAN = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, began=BEGAN) as opened:
        yield opened


def test_who_goes_on_is_at_it_and_who_comes_back_later_is_not() -> None:
    meter, at = Meter(), datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
    meter.heard(1, Said(text="王小明很好"), at, TABLE)
    meter.heard(1, Pressed(token="t", position=0), at + timedelta(seconds=40), TABLE)
    meter.heard(1, Said(text="好"), at + timedelta(hours=1), TABLE)
    meter.heard(2, Said(text="好的"), at + timedelta(days=3), TABLE)  # a Monday
    weeks = meter.taken()
    assert weeks == {
        (1, MONDAY): Week(said=3, chars=6, seconds=15 + 40 + 15),
        (2, MONDAY + timedelta(days=7)): Week(said=1, chars=2, seconds=15),
    }
    assert meter.taken() == {}
    meter.give_back(weeks)
    meter.heard(2, Said(text="好"), at + timedelta(days=3, seconds=5), TABLE)
    assert meter.taken()[2, MONDAY + timedelta(days=7)] == Week(said=2, chars=3, seconds=20)


async def test_only_whoever_holds_a_post_is_kept_and_weeks_add_up(store: Store) -> None:
    def play(work: Work) -> None:
        here = settled(work)
        neighbour = work.people.meet("web", "neighbour").person_id
        for _ in range(2):
            one = Week(said=2, chars=10, seconds=60)
            work.burdens.add([(here.director, MONDAY, one), (neighbour, MONDAY, one)])
        assert work.burdens.of_week(MONDAY) == {here.director: Week(said=4, chars=20, seconds=120)}
        assert work.burdens.of_person(neighbour, MONDAY) == Week()
        assert work.burdens.forget(MONDAY) == 0
        assert work.burdens.forget(MONDAY + timedelta(days=1)) == 1

    await store.write(play)


async def test_a_person_sees_their_own_and_nothing_that_was_typed_is_kept(house: House) -> None:
    visitor = await house.visitor("儿童主任")
    for said in ("我的孩子", "今天去哪几家", "我的工单"):
        await visitor.says(said)
        await house.settled()
    await house.intake.add_up_burden()
    await house.wait(timedelta(days=4))  # the Tuesday after
    await visitor.says("我用了多少时间")
    await house.settled()
    text = house.paper.to("儿童主任")[-1].card.text
    assert "打了 14 个字" in text
    assert "上一周没有超过" in text
    stranger = await house.visitor("邻居")
    await stranger.says("我用了多少时间")
    await house.settled()
    assert "没有记这个数" in house.paper.to("邻居")[-1].card.text


def test_the_ceiling_is_of_each_of_the_three() -> None:
    at = Measured(minutes=TABLE.most_minutes, messages=TABLE.most_messages, chars=TABLE.most_chars)
    assert not TABLE.is_above(at)
    for name in ("minutes", "messages", "chars"):
        values = {"minutes": at.minutes, "messages": at.messages, "chars": at.chars}
        assert TABLE.is_above(Measured(**{**values, name: values[name] + 1}))
    assert Measured.mean([]) == Measured()


def test_few_people_are_not_told_of_nor_left_over() -> None:
    people = {
        place: set(range(10 * place, 10 * place + size))
        for place, size in ((1, 3), (2, 6), (3, 8))
    }
    assert burden._unsaid(people) == {1, 2}  # the three are not what is left of the whole
    people[4] = {41, 42}
    assert burden._unsaid(people) == {1, 4}
    assert burden._unsaid({1: set(range(9))}) == frozenset()


async def test_whoever_only_reports_is_not_measured_at_all(house: House) -> None:
    neighbour = await house.visitor("邻居甲")
    await neighbour.says("隔壁娃没人管")
    kept = house.store.kept
    await house.intake.add_up_burden()
    assert house.store.kept == kept, "there was nothing to add up"

"""家里报平安: when a family is asked, when it is left alone, and what its cards never say."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from bot.demo.people import COUNTY
from bot.settings import HOME
from conversation.cards import Card
from handlers.turn import REMINDER, Turn
from policy.tables import load_policy
from storage.work import Work
from tests.fakes.house import House, open_house
from tests.stories.test_families import ask_families, settle_child

#: A Monday, and the Saturday of its week at nine.
BEGAN = datetime(2026, 11, 23, 2, tzinfo=UTC)
SATURDAY = datetime(2026, 11, 28, 1, tzinfo=UTC)
WEEK = timedelta(weeks=1)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, began=BEGAN) as opened:
        ask_families(opened)
        await opened.store.write(settle_child)
        yield opened


async def says(house: House, name: str, *said: str) -> str:
    who = await house.visitor(name)
    for one in said:
        await who.says(one)
        await house.settled()
    return house.paper.to(name)[-1].card.text


async def granny_came(house: House, kind: str = "1") -> None:
    """The child director asks for somebody, who opens the link a week before."""
    text = await says(house, "儿童主任", "我的孩子", "1", "家里人报平安", "请一位家里人", kind)
    token = text.partition("/start ")[2].split()[0]
    assert "欢迎您" in await says(house, "奶奶", f"/start {token}")


async def at(house: House, moment: datetime) -> None:
    house.clock.moment[0] = moment
    await house.bells.ask_families()
    await house.settled()


def asked(house: House) -> int:
    return sum("家里的孩子这个星期" in one.card.text for one in house.paper.to("奶奶"))


async def state(house: House, week: date) -> str:
    def look(work: Work) -> str:
        links = work.families.of_person(work.people.meet("paper", "奶奶").person_id)
        found = work.families.week(links[0].id, week)
        return found.state if found else ""

    return await house.store.write(look)


async def test_a_family_is_asked_once_a_week_on_its_day_and_not_at_night(house: House) -> None:
    await granny_came(house)
    for moment in (SATURDAY, SATURDAY + WEEK - timedelta(minutes=1)):
        await at(house, moment)
        assert asked(house) == 0  # to come was a word, and on the next Saturday it is not nine
    await at(house, SATURDAY + WEEK)
    await at(house, SATURDAY + WEEK + timedelta(hours=3))
    assert asked(house) == 1
    await at(house, SATURDAY + 2 * WEEK + timedelta(hours=14))  # eleven in the evening
    assert asked(house) == 1
    await at(house, SATURDAY + 2 * WEEK + timedelta(hours=24))
    assert asked(house) == 2


def tell_granny(turn: Turn, key: str) -> None:
    contact = turn.work.people.meet("paper", "奶奶").contact_id
    turn.tell(contact, "paper", Card(text="别的事"), key=key, priority=REMINDER)


async def test_who_had_two_reminders_is_asked_on_the_day_after_and_never_a_week_late(
    house: House,
) -> None:
    await granny_came(house)

    async def remind(moment: datetime) -> None:
        house.clock.moment[0] = moment
        for number in range(2):
            key = f"duty:{moment:%d}:{number}"
            await house.intake.run(partial(tell_granny, key=key))

    await remind(SATURDAY + WEEK)
    await at(house, SATURDAY + WEEK)
    assert asked(house) == 0
    await at(house, SATURDAY + WEEK + timedelta(hours=24))
    assert asked(house) == 1
    sunday = SATURDAY + 2 * WEEK + timedelta(hours=24)
    await remind(sunday)
    await at(house, sunday)
    assert (asked(house), await state(house, date(2026, 12, 13))) == (1, "skipped")


async def test_while_the_parents_are_at_home_nobody_asks(house: House) -> None:
    await granny_came(house)

    def pause(work: Work) -> None:
        links = work.families.of_person(work.people.meet("paper", "奶奶").person_id)
        work.visits.put_off(
            [links[0].child_id],
            reason="parents_home",
            first_day=date(2026, 12, 1),
            last_day=date(2026, 12, 10),
            by=1,
        )

    await house.store.write(pause)
    await at(house, SATURDAY + WEEK)
    assert (asked(house), await state(house, date(2026, 12, 6))) == (0, "skipped")
    await at(house, SATURDAY + 2 * WEEK)
    assert asked(house) == 1


async def test_what_is_pushed_names_no_child(house: House) -> None:
    await granny_came(house)
    await at(house, SATURDAY + WEEK)
    before = len(house.paper.to("儿童主任"))
    await says(house, "奶奶", "想找人说说")
    told = [one.card for one in house.paper.to("儿童主任")[before:]]
    assert any("想找人说说" in one.text for one in told)
    pushed = [*told, house.paper.to("奶奶")[-2].card]
    words = "".join(one.text + "".join(b.label for b in one.buttons()) for one in pushed)
    assert "雨涵" not in words
    assert "涵涵" not in words


async def test_whoever_looks_after_the_child_learns_the_same_morning_that_it_is_missing(
    house: House,
) -> None:
    await granny_came(house)

    def at_school(work: Work) -> None:
        [link] = work.families.of_person(work.people.meet("paper", "奶奶").person_id)
        values = {"school": "青石小学", "class": "三(2)班"}
        work.children.change(link.child_id, values, source="visit", by=1)

    await house.store.write(at_school)
    await says(house, "教师", "我的班", "登记一个班", "青石小学", "三年级2班", "跳过")
    before = len(house.paper.to("奶奶"))
    await says(house, "教师", "缺赵雨涵")
    [told] = [one.card.text for one in house.paper.to("奶奶")[before:]]
    assert "青石小学" in told
    assert "雨涵" not in told


async def test_a_call_that_tells_of_danger_shows_the_way_to_the_alarm(house: House) -> None:
    await granny_came(house, "2")
    await says(house, "奶奶", "打过电话了", "1", "1", "2", "她说不想活了，割了手腕")
    labels = [one.label for one in house.paper.to("奶奶")[-1].card.buttons()]
    assert "有危险" in labels[0]
    assert "放心不下的事" in house.paper.to("儿童主任")[-1].card.text


async def test_the_link_is_a_picture_too_that_a_telephone_reads(house: House) -> None:
    house.rules.open_door("https://bao.example/chat#TOKEN")
    await says(house, "儿童主任", "我的孩子", "1", "家里人报平安", "请一位家里人", "1")
    sent = house.paper.to("儿童主任")[-1].card
    assert sent.document is not None
    assert (sent.document.name, sent.document.mime) == ("家里人报平安.png", "image/png")
    assert len(sent.text) <= 1000


async def test_where_the_county_has_not_switched_it_on_nothing_of_it_shows(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path, began=BEGAN) as house:
        await house.store.write(settle_child)
        await says(house, "儿童主任", "我的孩子", "1")
        labels = [one.label for one in house.paper.to("儿童主任")[-1].card.buttons()]
        assert "家里人报平安" not in labels
        assert "家里人报平安用的" in await says(house, "奶奶", "家里报平安")


def test_the_demo_has_switched_it_on_and_we_have_not() -> None:
    assert not load_policy(HOME / "policy").rhythm.contact.on
    assert load_policy(HOME / "policy", COUNTY).rhythm.contact.on

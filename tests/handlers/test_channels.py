"""Of several phones and pages one may hear only what is urgent; reminders are heard somewhere."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from conversation.cards import Card
from handlers import talk
from handlers.people import channels
from handlers.reaching import telling
from handlers.turn import ALARM, REMINDER, Turn
from storage.sealing import KeyRing
from storage.work import Work
from tests.fakes.house import House, open_house

BEGAN = datetime(2026, 11, 20, 2, tzinfo=UTC)


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    file = tmp_path / "keys" / "house.keys"
    file.parent.mkdir()
    KeyRing.create(file)
    async with open_house(tmp_path, began=BEGAN, url=database_url) as opened:
        await opened.visitor("督导员")
        yield opened


def turn_of(house: House, work: Work, channel: str = "paper") -> Turn:
    speaker = work.people.meet(channel, "督导员")
    at = work.now.astimezone(house.rules.zone)
    return Turn(work=work, rules=house.rules, speaker=speaker, at=at, finish=talk.finish)


async def with_page(house: House) -> None:
    """The supervisor talks on a page, too, and was heard there last."""

    def add(work: Work) -> None:
        person = work.people.meet("paper", "督导员").person_id
        work.people.add_contact(person, "web", "督导员")

    await house.store.write(add)
    house.clock.moment[0] = house.clock.moment[0].replace(minute=5)

    def speaks(work: Work) -> None:
        turn = turn_of(house, work, "web")
        turn.is_heard = True
        turn.close()

    await house.store.write(speaks)


async def said(house: House, verb: str, channel: str = "web") -> str:
    def do(work: Work) -> str:
        turn = turn_of(house, work, channel)
        getattr(channels, verb)(turn)
        turn.close()
        card = turn.spoken[-1].card
        return "\n".join([card.text, *(one.label for one in card.buttons())])

    return await house.store.write(do)


async def told(house: House, priority: int) -> str:
    """The channel on which the supervisor is told something."""

    def tell(work: Work) -> str:
        person = work.people.meet("paper", "督导员").person_id
        key = f"test:{work.new_id()}"
        turn = turn_of(house, work).as_program()
        telling.tell_person(turn, person, Card(text="提醒"), key=key, priority=priority)
        reach = telling.way_to(turn, person, priority, None)
        assert reach is not None
        return reach.channel

    return await house.store.write(tell)


async def test_reminders_go_where_the_person_was_heard_last_until_they_wish_otherwise(
    house: House,
) -> None:
    await with_page(house)
    assert [await told(house, REMINDER), await told(house, ALARM)] == ["web", "web"]
    assert "网页（就是这里）：只收急的" in await said(house, "urgent_here")
    assert [await told(house, REMINDER), await told(house, ALARM)] == ["paper", "web"]
    assert "网页（就是这里）：什么都收" in await said(house, "all_here")
    assert await told(house, REMINDER) == "web"


async def test_the_last_one_that_hears_reminders_goes_on(house: House) -> None:
    await with_page(house)
    await said(house, "urgent_here")
    assert "总要留一处收提醒" in await said(house, "urgent_here", "paper")
    assert await told(house, REMINDER) == "paper"


async def test_who_is_told_in_one_place_alone_reads_how_often(house: House) -> None:
    assert "不急的一天最多 2 条" in await said(house, "urgent_here", "paper")
    assert await told(house, REMINDER) == "paper"


async def test_where_only_alarms_are_heard_reminders_come_all_the_same_if_nowhere_else(
    house: House,
) -> None:
    await with_page(house)
    await said(house, "urgent_here")

    def blocked(work: Work) -> None:
        contact = work.people.meet("paper", "督导员").contact_id
        work.people.mark_reachable(contact, False)

    await house.store.write(blocked)
    assert await told(house, REMINDER) == "web"


async def test_nobody_turns_over_what_is_not_theirs(house: House) -> None:
    await with_page(house)
    other = await house.store.write(lambda work: work.people.meet("paper", "路人"))

    def turns(work: Work) -> None:
        channels.turn_over(turn_of(house, work, "web"), str(other.contact_id))

    await house.store.write(turns)
    contact = await house.store.write(lambda work: work.people.contact(other.contact_id))
    assert contact is not None
    assert not contact.alarms_only

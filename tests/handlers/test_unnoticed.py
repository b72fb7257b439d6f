"""What asks to act and is not noticed: the next contact, the telephone, and when that ends."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from handlers.reaching import routes
from storage.cases.case import Case
from storage.sealing import KeyRing
from storage.work import Reading, Work
from tests.fakes.house import House, open_house
from tests.fakes.paper import Visitor
from tests.handlers.test_calls import labels, lines
from tests.handlers.test_climbing import alarmed, duty, person_id

BEGAN = datetime(2026, 11, 20, 2, tzinfo=UTC)
SOON, PATIENCE = timedelta(minutes=1), timedelta(minutes=5)
ORANGE = timedelta(minutes=30)


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    file = tmp_path / "keys" / "house.keys"
    file.parent.mkdir()
    KeyRing.create(file)
    async with open_house(tmp_path, began=BEGAN, url=database_url) as opened:
        yield opened


# -- the next contact ----------------------------------------------------------------------------


async def test_it_goes_where_its_reader_was_heard_last_and_then_to_the_other_contact(
    house: House,
) -> None:
    phone, address = await person_id(house, "督导员"), "督导员的手机"
    await house.store.write(lambda work: work.people.add_contact(phone, "paper", address))
    house.clock.moment[0] += SOON
    await Visitor(house.paper, house.intake, address, house.clock.moment).says("你好")
    await alarmed(house)
    assert [alarms(house.paper.to(one)) for one in (address, "督导员")] == [1, 0]
    await passes(house, PATIENCE)
    assert alarms(house.paper.to("督导员")) == 1
    await passes(house, PATIENCE - SOON)
    assert "督导员" not in await called(house)
    await passes(house, SOON)
    assert "督导员" in await called(house)
    # Once each, however long nobody moves.
    await passes(house, timedelta(hours=1))
    assert [alarms(house.paper.to(one)) for one in (address, "督导员")] == [1, 1]
    assert (await called(house)).count("督导员") == 1


async def test_a_page_that_shows_nothing_is_not_waited_for(house: House) -> None:
    page = await has_a_page(house, "督导员")
    house.clock.moment[0] += SOON
    await page.says("你好")
    await alarmed(house)
    await passes(house, SOON)
    assert alarms(house.paper.to("督导员")) == 1
    assert await called(house) == []


async def test_a_page_that_shows_it_has_the_time_that_any_contact_has(house: House) -> None:
    page = await has_a_page(house, "督导员")
    house.clock.moment[0] += SOON
    await page.says("你好")
    await alarmed(house)
    card = house.page.to("督导员的页面")[-1]
    assert card.asks

    def shown(work: Work) -> None:
        speaker = work.people.speaker("web", "督导员的页面")
        assert speaker is not None
        work.unnoticed.mark_shown(speaker.contact_id, [card.id])

    await house.store.write(shown)
    await passes(house, PATIENCE - SOON)
    assert alarms(house.paper.to("督导员")) == 0
    await passes(house, SOON)
    assert alarms(house.paper.to("督导员")) == 1


async def test_of_many_who_look_at_once_one_takes_it_on(house: House) -> None:
    page = await has_a_page(house, "督导员")
    house.clock.moment[0] += SOON
    await page.says("你好")
    await alarmed(house)
    house.clock.moment[0] += PATIENCE
    await asyncio.gather(*(house.bells.look_after() for _ in range(6)))
    await house.settled()
    assert alarms(house.paper.to("督导员")) == 1


# -- who noticed ---------------------------------------------------------------------------------


async def test_a_word_where_it_was_sent_means_that_it_was_noticed(house: House) -> None:
    await alarmed(house)
    supervisor = await house.visitor("督导员")
    house.clock.moment[0] += SOON
    await supervisor.says("你好")
    await passes(house, timedelta(hours=1))
    assert "督导员" not in await called(house)


async def test_a_word_elsewhere_does_not(house: House) -> None:
    page = await has_a_page(house, "督导员")
    supervisor = await house.visitor("督导员")
    house.clock.moment[0] += SOON
    await page.says("你好")
    await alarmed(house)
    house.clock.moment[0] += SOON
    await supervisor.says("你好")
    await passes(house, SOON)
    assert alarms(house.paper.to("督导员")) == 1


async def test_what_came_before_the_card_does_not(house: House) -> None:
    supervisor = await house.visitor("督导员")
    await supervisor.says("你好")
    house.clock.moment[0] += SOON
    await alarmed(house)
    await passes(house, PATIENCE)
    assert await called(house) == ["县民政", "督导员"]


# -- the telephone -------------------------------------------------------------------------------


async def test_the_nearest_who_is_not_called_themselves_is_asked_to_call(house: House) -> None:
    head = await house.visitor("副镇长")
    await alarmed(house)
    await heard(house, head)
    await passes(house, PATIENCE)
    assert await called(house) == ["县民政", "督导员"]
    (asked,) = [one.card for one in house.paper.to("副镇长") if "请您打电话" in one.card.text]
    first = asked.text.splitlines()[0]
    assert first.startswith("还没回音：发给 ")
    assert "督导员（青石镇 儿童督导员）" in first
    assert "县民政（云岭县 县民政局（未保办））" in first
    await head.taps("看电话号码")
    await house.settled()
    assert "给督导员打电话（红）" in labels(house, "副镇长")
    # Nobody above hears the alarm in their place: it did arrive, and its time is not over.
    assert {one.passed_to for one in await lines(house)} == {None}


async def test_whoever_acts_ends_it_for_all(house: House) -> None:
    head = await house.visitor("副镇长")
    case = await alarmed(house)
    await heard(house, head)
    await passes(house, PATIENCE)
    supervisor = await house.visitor("督导员")
    await supervisor.taps("我来处理")
    await house.settled()
    assert {one.state for one in await lines(house)} == {"over"}
    assert "这件事有人在办了，不用再打电话。" in [
        one.card.text for one in house.paper.to("副镇长")[-3:]
    ]
    assert await open_calls(house) == 0
    await passes(house, timedelta(minutes=14))
    assert {one.state for one in await lines(house)} == {"over"}
    assert (await duty(house, case, "acknowledge")).state == "done"


async def test_whoever_acts_in_time_lets_nobody_be_called(house: House) -> None:
    page = await has_a_page(house, "督导员")
    house.clock.moment[0] += SOON
    await page.says("你好")
    await alarmed(house)
    county = await house.visitor("县民政")
    await county.taps("我来处理")
    await house.settled()
    await passes(house, timedelta(minutes=30))
    assert await called(house) == []
    assert alarms(house.paper.to("督导员")) == 0


async def test_whoever_was_heard_meanwhile_is_not_called_any_more(house: House) -> None:
    head = await house.visitor("副镇长")
    await alarmed(house)
    await heard(house, head)
    await passes(house, PATIENCE)
    house.clock.moment[0] += SOON
    for name in ("督导员", "县民政"):
        await (await house.visitor(name)).says("你好")
    await passes(house, SOON)
    assert {one.state for one in await lines(house)} == {"over"}
    assert await open_calls(house) == 0


async def test_who_must_not_hear_of_it_any_more_is_not_called_about_it(house: House) -> None:
    case = await alarmed(house)
    hidden = await person_id(house, "督导员")
    await house.store.write(
        lambda work: work.cases.add_member(case.id, hidden, "excluded", by=0, basis="kin")
    )
    await passes(house, PATIENCE)
    assert "督导员" not in await called(house)


async def test_orange_waits_longer_and_yellow_is_left_alone(house: House) -> None:
    case = await alarmed(house)
    await graded(house, case, "orange")
    await passes(house, PATIENCE)
    assert await called(house) == []
    await graded(house, case, "yellow")
    await passes(house, timedelta(hours=1))
    assert await called(house) == []


async def test_orange_is_telephoned_after_half_an_hour(house: House) -> None:
    case = await alarmed(house)
    await graded(house, case, "orange")
    await passes(house, ORANGE)
    assert "督导员" in await called(house)


# -- a page is open, or it is no way to reach anybody ------------------------------


async def test_a_page_that_nobody_opens_reaches_nobody_until_it_is_opened(house: House) -> None:
    await only_a_page(house, "督导员")
    assert not await is_gap(house, "child_supervisor")
    house.clock.moment[0] += timedelta(days=3, hours=14)
    await house.bells.rest_pages()
    assert not await is_gap(house, "child_supervisor")
    house.clock.moment[0] += timedelta(days=1)
    await house.bells.rest_pages()
    assert await is_gap(house, "child_supervisor")
    await house.store.write(lambda work: work.people.mark_open("web", "督导员的页面"))
    assert not await is_gap(house, "child_supervisor")
    await house.bells.rest_pages()
    assert not await is_gap(house, "child_supervisor")


async def test_whoever_only_reports_on_the_page_is_no_gap(house: House) -> None:
    neighbour = Visitor(house.page, house.intake, "邻居的页面", house.clock.moment)
    await neighbour.says("你好")
    house.clock.moment[0] += timedelta(days=30)
    await house.bells.rest_pages()

    def known(reading: Reading) -> bool:
        speaker = reading.people.speaker("web", "邻居的页面")
        return speaker is not None and speaker.reachable

    assert await house.store.read(known)


async def test_what_is_told_to_a_page_that_rests_stands_there_and_is_telephoned(
    house: House,
) -> None:
    await only_a_page(house, "督导员")
    case = await alarmed(house)
    supervisor = await house.visitor("县民政")
    await supervisor.says("你好")
    house.clock.moment[0] += timedelta(days=5)
    await house.bells.rest_pages()
    before = len(house.page.to("督导员的页面"))
    await house.bells.ring_duties()
    await house.bells.call_up()
    await house.settled()
    assert len(house.page.to("督导员的页面")) > before
    found = [one for one in await lines(house) if one.about == f"case:{case.id}"]
    assert "no_contact" in {one.cause for one in found}


# -- help ----------------------------------------------------------------------------------------


def alarms(sent: object) -> int:
    assert isinstance(sent, list)
    return sum("紧急" in one.card.text.splitlines()[0] for one in sent)


async def heard(house: House, visitor: Visitor) -> None:
    """They say something, a moment after what was sent to them."""
    house.clock.moment[0] += timedelta(seconds=1)
    await visitor.says("你好")


async def passes(house: House, span: timedelta) -> None:
    """Time, in minutes, with what looks after cards and no ladder."""
    until = house.clock.moment[0] + span
    while house.clock.moment[0] < until:
        house.clock.moment[0] += SOON
        await house.bells.look_after()
        await house.bells.call_up()
        await house.settled()


async def has_a_page(house: House, name: str) -> Visitor:
    """The chat page of somebody who is on paper, too."""
    person, address = await person_id(house, name), f"{name}的页面"
    await house.store.write(lambda work: work.people.add_contact(person, "web", address))
    return Visitor(house.page, house.intake, address, house.clock.moment)


async def only_a_page(house: House, name: str) -> None:
    await (await has_a_page(house, name)).says("你好")
    await house.settled()

    def leave(work: Work) -> None:
        speaker = work.people.speaker("paper", name)
        assert speaker is not None
        work.people.mark_reachable(speaker.contact_id, False)

    await house.store.write(leave)


async def is_gap(house: House, role: str) -> bool:
    """What the drill says of a post in 青石镇, and what the list of gaps says of its holder."""
    person = await person_id(house, "督导员")

    def gaps(reading: Reading) -> bool:
        town = reading.areas.search("青石镇")[0].id
        places = routes.villages(reading)
        now = reading.now.astimezone(house.rules.zone)
        drilled = {one.post for one in routes.drill(reading, house.rules).gaps(places, now)}
        unreached = {one.person_id for one in reading.people.below([role], town, unreached=True)}
        assert ((role, town) in drilled) == (person in unreached)
        return person in unreached

    return await house.store.read(gaps)


async def called(house: House) -> list[str]:
    """Who stands on the telephone list, or stood."""
    found = await lines(house)
    return await house.store.read(
        lambda reading: sorted(reading.people.name_of(one.person_id) for one in found)
    )


async def open_calls(house: House) -> int:
    found = await lines(house)
    return await house.store.read(
        lambda reading: sum(len(reading.duties.open_of("call", one.id)) for one in found)
    )


async def graded(house: House, case: Case, grade: str) -> None:
    def write(work: Work) -> None:
        work.cases.set_grade(case.id, grade)

    await house.store.write(write)

"""手机丢了: what is locked leads nobody to its person, and what was on its way goes to others."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from conversation.cards import Card, card_to_json
from conversation.incoming import Chosen
from handlers import talk
from handlers.turn import ALARM, Turn
from policy.terms import Term
from storage.people.person import Speaker
from storage.reaching.owed import OutboxIn
from storage.sealing import KeyRing
from storage.work import Reading, Work
from tests.fakes.house import House, open_house
from tests.handlers.test_calls import another_contact, lines, worked
from tests.handlers.test_climbing import alarmed, person_id

BEGAN = datetime(2026, 11, 20, 2, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    file = tmp_path / "keys" / "house.keys"
    file.parent.mkdir()
    KeyRing.create(file)
    async with open_house(tmp_path, began=BEGAN, url=database_url) as opened:
        yield opened


async def test_nothing_leads_from_a_locked_phone_to_its_person(house: House) -> None:
    person = await person_id(house, "督导员")
    village = await house.store.read(lambda look: look.areas.search("青石镇河湾村")[0].id)

    def give(work: Work) -> str:
        work.links.offer(person)
        _, token = work.invitations.issue("child_director", village, person, DAY, Term())
        code = work.console.ask(b"b" * 32, DAY)
        door = work.console.shown(code or "")
        assert door is not None
        work.console.confirm(door.id, person)
        for mark in (b"m" * 32, b"n" * 32):
            work.console.begin(person, mark, DAY, at_most=3)
        return token

    token = await house.store.write(give)
    await acts(house, "县民政", "lost.lock", str(person))

    def left(work: Work) -> tuple[object, ...]:
        return (
            work.people.speaker("paper", "督导员"),
            work.people.reach(person),
            work.console.session(b"m" * 32, DAY),
            work.console.session(b"n" * 32, DAY),
            work.console.enter(b"b" * 32),
        )

    assert await house.store.write(left) == (None,) * 5
    void = await house.store.write(lambda work: work.invitations.use(token, 1))
    assert getattr(void, "role_id", None) is None
    # Whoever speaks there is somebody else now, whatever they press or say.
    thief = await house.visitor("督导员")
    for said in ("我的", "我的工单", "我的孩子", "找孩子", "进后台", "/start"):
        await thief.says(said)
    await house.settled()
    stranger = await speaker(house, "督导员")
    assert stranger.person_id != person
    roles = await house.store.read(lambda look: look.people.roles(stranger.person_id))
    kept = await house.store.read(lambda look: look.people.roles(person))
    assert (roles, [one.role for one in kept]) == ((), ["child_supervisor"])
    facts = await house.store.read(lambda look: look.audit.of("person", person))
    (locked,) = [one for one in facts if one.verb == "phone-locked"]
    assert json.loads(locked.detail)["sessions"] == 2


async def test_what_was_on_its_way_goes_to_the_next_one(house: House) -> None:
    head = await house.visitor("副镇长")
    person = await person_id(house, "督导员")
    case = await alarmed(house)
    locked = await contact_of(house, person)
    await acts(house, "县民政", "lost.lock", str(person))
    sent = len(house.paper.to("督导员"))

    def owe(work: Work) -> None:
        row = work.outbox.about(f"case:{case.id}")[0]
        work.outbox.put(
            OutboxIn(
                contact_id=locked,
                channel="paper",
                priority=ALARM,
                card=row.card,
                turn=0,
                key="late",
                about=f"case:{case.id}",
            )
        )

    await house.store.write(owe)
    await worked(house)
    # The alarm that was shown there, and the one that came later, are one line of the list.
    (line,) = await lines(house)
    assert (line.person_id, line.about, line.cause) == (person, f"case:{case.id}", "gone")
    assert any("督导员" in one.card.text for one in house.paper.to("副镇长"))
    assert len(house.paper.to("督导员")) == sent
    assert head.address == "副镇长"


async def test_a_reminder_that_waits_for_its_hour_is_not_sent_to_a_phone_that_is_locked_meanwhile(
    house: House,
) -> None:
    person = await person_id(house, "督导员")
    contact = await contact_of(house, person)

    def owe(work: Work) -> None:
        work.outbox.put(
            OutboxIn(
                contact_id=contact,
                channel="paper",
                priority=2,
                card=card_to_json(Card(text="今天去哪几家")),
                turn=0,
                not_before=work.now + timedelta(hours=3),
            )
        )

    await house.store.write(owe)
    await another_contact(house, "督导员", "督导员的网页")
    await acts(house, "督导员的网页", "lost.mine_yes")
    await house.wait(timedelta(hours=4))
    assert all("今天去哪几家" not in one.card.text for one in house.paper.to("督导员"))
    assert "今天去哪几家" in house.paper.to("督导员的网页")[-1].card.text


async def test_only_whoever_manages_somebody_locks_them(house: House) -> None:
    director, boss = await person_id(house, "儿童主任"), await person_id(house, "督导员")
    await house.visitor("云峰督导员")
    for name, whom in (
        ("网格员", director),
        ("儿童主任", boss),
        ("云峰督导员", director),
        ("教师", boss),
        ("邻居", boss),
        ("督导员", boss),
        ("督导员", 4711),
    ):
        await house.visitor(name)
        for verb in ("lost.ask", "lost.lock", "lost.code"):
            await acts(house, name, verb, str(whom))
            assert "不归您办" in house.paper.to(name)[-1].card.text, (name, verb)
    reached = await house.store.read(lambda look: look.people.reaches([director, boss]))
    assert reached.keys() == {director, boss}


async def test_the_phone_that_was_found_goes_on_where_it_stood(house: House) -> None:
    person = await person_id(house, "儿童主任")
    before = await contact_of(house, person)
    await acts(house, "督导员", "lost.lock", str(person))
    phone = await house.visitor("儿童主任")
    await phone.says("我的")
    await house.settled()
    assert (await speaker(house, "儿童主任")).contact_id != before
    digits = await house.store.write(lambda work: work.links.offer(person, given_by=1))
    await phone.says(digits)
    await house.settled()
    back = await speaker(house, "儿童主任")
    assert (back.contact_id, back.person_id, back.reachable) == (before, person, True)
    assert "连上了" in house.paper.to("儿童主任")[-1].card.text


async def test_a_new_phone_is_theirs_and_the_lost_one_stays_locked(house: House) -> None:
    person = await person_id(house, "儿童主任")
    await acts(house, "督导员", "lost.lock", str(person))
    digits = await house.store.write(lambda work: work.links.offer(person, given_by=1))
    await (await house.visitor("新手机")).says(digits)
    await (await house.visitor("儿童主任")).says("/start")
    await house.settled()
    assert (await speaker(house, "新手机")).person_id == person
    assert (await speaker(house, "儿童主任")).person_id != person


async def test_whoever_gives_the_digits_is_not_the_only_one_who_hears(house: House) -> None:
    """With another phone of their own a manager could become whoever they manage."""
    person = await person_id(house, "儿童主任")
    giver = await person_id(house, "督导员")
    await worked(house)
    await acts(house, "督导员", "lost.lock", str(person))
    digits = await house.store.write(lambda work: work.links.offer(person, given_by=giver))
    await (await house.visitor("督导员的另一部手机")).says(digits)
    await house.settled()
    assert "连上了" in house.paper.to("督导员")[-1].card.text
    others = [
        sent
        for sent in house.paper.sent
        if "督导员 给的 8 位数字" in sent.card.text and "儿童主任" in sent.card.text
    ]
    assert {one.address for one in others} == {"县民政"}


async def test_at_the_desk_the_browser_that_was_used_last_stays(house: House) -> None:
    person = await person_id(house, "督导员")

    def sit(work: Work) -> str:
        for mark in (b"m" * 32, b"n" * 32):
            work.console.begin(person, mark, DAY, at_most=3)
        contact = next(one for one in work.people.contacts_of(person) if one.channel == "console")
        return contact.address

    address = await house.store.write(sit)
    house.clock.moment[0] += timedelta(minutes=2)
    await house.store.write(lambda work: work.console.touch(b"n" * 32))
    await house.office.take(address, Chosen(verb="lost.mine_yes"), "once")

    def inside(reading: Reading) -> list[bool]:
        return [reading.console.session(one * 32, DAY) is not None for one in (b"m", b"n")]

    assert await house.store.read(inside) == [False, True]
    assert await house.store.read(lambda look: look.people.speaker("paper", "督导员")) is None


# -- helpers --------------------------------------------------------------------------------------


async def acts(house: House, name: str, verb: str, arg: str = "") -> None:
    """Somebody presses a button, wherever it stands."""
    await house.visitor(name)

    def act(work: Work) -> None:
        who = work.people.meet("paper", name)
        turn = Turn(
            work=work,
            rules=house.rules,
            speaker=who,
            at=work.now.astimezone(house.rules.zone),
            finish=talk.finish,
        )
        talk.take(turn, Chosen(verb=verb, arg=arg))
        turn.close()

    await house.store.write(act)
    await house.settled()


async def speaker(house: House, name: str) -> Speaker:
    found = await house.store.read(lambda look: look.people.speaker("paper", name))
    assert found is not None
    return found


async def contact_of(house: House, person: int) -> int:
    (found, *_) = await house.store.read(lambda look: look.locks.open_of(person))
    return found[0]

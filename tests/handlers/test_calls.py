"""What reaches its person by no channel: the next channel, the next person, and the telephone."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.channels.channel import Delivery, Gone, Refused
from conversation.cards import card_from_json
from conversation.incoming import Chosen
from handlers import talk
from handlers.cases import opening
from handlers.reaching import calls
from handlers.turn import Turn
from storage.people.people import NOBODY
from storage.reaching.calls import Call
from storage.reporting.reports import ReportIn
from storage.sealing import KeyRing
from storage.work import Reading, Work
from tests.fakes.house import House, open_house
from tests.handlers.test_climbing import alarmed, person_id

BEGAN = datetime(2026, 11, 20, 2, tzinfo=UTC)


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    file = tmp_path / "keys" / "house.keys"
    file.parent.mkdir()
    KeyRing.create(file)
    async with open_house(tmp_path, began=BEGAN, url=database_url) as opened:
        yield opened


@pytest.mark.parametrize("trouble", [Gone(), Refused(code="400")])
async def test_a_card_goes_to_the_persons_next_contact_and_each_is_tried_once(
    house: House, trouble: Delivery
) -> None:
    await another_contact(house, "督导员", "督导员的手机")
    house.paper.deaf["督导员"] = trouble
    await alarmed(house)
    await house.settled()
    assert "紧急" in house.paper.to("督导员的手机")[-1].card.text
    assert await lines(house) == ()


async def test_two_contacts_that_refuse_do_not_pass_it_back_and_forth(house: House) -> None:
    await another_contact(house, "督导员", "督导员的手机")
    for address in ("督导员", "督导员的手机"):
        house.paper.deaf[address] = Refused(code="400")
    await alarmed(house)
    for _ in range(5):
        await house.settled()
    (line,) = await lines(house)
    assert (line.cause, line.state) == ("refused", "new")


async def test_what_fails_by_itself_for_one_stops_nobody_elses(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("督导员", "县民政"):
        await house.visitor(name)
        house.paper.deaf[name] = Gone()
    await alarmed(house)
    await house.settled()
    new = await house.store.read(lambda reading: reading.undelivered.new(9))
    assert len(new) == 2
    take = calls.take

    def taken(turn: Turn, call_id: int) -> None:
        if call_id == new[0]:
            raise LookupError("a fault of ours")
        take(turn, call_id)

    monkeypatch.setattr(calls, "take", taken)
    await house.bells.call_up()
    assert await house.store.read(lambda reading: reading.undelivered.new(9)) == new[:1]


async def test_whom_nothing_reaches_is_called_and_the_next_person_hears(house: House) -> None:
    head = await house.visitor("副镇长")
    house.paper.deaf["督导员"] = Gone()
    case = await alarmed(house)
    await house.store.write(lambda work: give_phone(work, "督导员", "13800000002"))
    await worked(house)
    (line,) = await lines(house)
    supervisor = await person_id(house, "督导员")
    assert (line.person_id, line.about, line.state) == (supervisor, f"case:{case.id}", "open")
    # The deputy mayor was told of red already; the leader's post is held by nobody.
    told = [one.card.text for one in house.paper.to("副镇长")]
    assert any(text.startswith("没送到：督导员（青石镇 儿童督导员） 收不到消息") for text in told)
    await head.taps("看电话号码")
    await house.settled()
    assert "电话：13800000002" in house.paper.to("副镇长")[-1].card.text
    # Not reached: the line stays, with its count.
    await head.taps("没打通")
    await house.settled()
    assert [one.tries for one in await lines(house)] == [1]
    # The case says 未送达 to whoever works on it.
    await head.taps("看详情")
    await house.settled()
    assert any("未送达：督导员" in one.card.text for one in house.paper.to("副镇长")[-3:])
    await head.says("我的")
    await house.settled()
    await head.taps("打电话名单")
    await house.settled()
    await head.taps("给督导员打电话（红）")
    await house.settled()
    await head.taps("已打通")
    await house.settled()
    assert [one.state for one in await lines(house)] == ["reached"]
    duties = await house.store.read(lambda reading: reading.duties.of("call", line.id))
    assert [one.state for one in duties] == ["done"]


async def test_a_yellow_case_is_handed_to_the_next_person_of_the_ladder(house: House) -> None:
    await house.visitor("副镇长")
    house.paper.deaf["督导员"] = Gone()
    house.paper.deaf["儿童主任"] = Gone()
    await reported(house)
    await worked(house)
    assert {one.passed_to for one in await lines(house)} == {await person_id(house, "副镇长")}
    passed = [one.card for one in house.paper.to("副镇长") if "请您先看看" in one.card.text]
    assert passed
    head = await house.visitor("副镇长")
    await head.taps("我来处理")
    await house.settled()
    cases = await house.store.read(
        lambda reading: reading.cases.below(reading.areas.roots()[0].id, 5)
    )
    assert cases[0].owner.person_id == await person_id(house, "副镇长")


async def test_a_call_that_nobody_makes_climbs(house: House) -> None:
    await house.visitor("副镇长")
    house.paper.deaf["督导员"] = Gone()
    await alarmed(house)
    await worked(house)
    before = len(house.paper.to("县民政"))
    await house.wait(timedelta(minutes=31))
    texts = [one.card.text for one in house.paper.to("县民政")[before:]]
    assert any("打电话告诉他" in text and "没送到：督导员" in text for text in texts)


async def test_who_must_not_hear_of_a_case_is_neither_told_nor_sees_the_line(
    house: House,
) -> None:
    await house.visitor("副镇长")
    house.paper.deaf["督导员"] = Gone()
    hidden = await person_id(house, "副镇长")
    case = await alarmed(house)

    def hide(work: Work) -> None:
        work.cases.add_member(case.id, hidden, "excluded", by=0, basis="kin")

    await house.store.write(hide)
    before = len(house.paper.to("副镇长"))
    await worked(house)
    assert len(house.paper.to("副镇长")) == before
    (line,) = await lines(house)
    head = await house.visitor("副镇长")
    await head.says("我的")
    await house.settled()
    assert "打电话名单" not in labels(house, "副镇长")
    assert line.state == "open"


async def test_a_person_of_another_town_sees_no_line(house: House) -> None:
    await house.visitor("副镇长")
    await house.visitor("云峰督导员")
    house.paper.deaf["督导员"] = Gone()
    await alarmed(house)
    await worked(house)
    (line,) = await lines(house)
    stranger = await house.visitor("云峰督导员")
    for verb in ("call", "call.reached", "call.missed"):
        await stranger.does(Chosen(verb=verb, arg=str(line.id)))
        await house.settled()
        text = house.paper.to("云峰督导员")[-1].card.text
        assert text == "这一行已经打完了，或者不归您打。"
    assert await lines(house) == (line,)


async def test_whoever_holds_a_duty_and_has_no_contact_is_called(house: House) -> None:
    await house.visitor("副镇长")
    await alarmed(house)
    await unreach(house, "督导员")
    await house.wait(timedelta(minutes=11))
    supervisor = await person_id(house, "督导员")
    found = [one for one in await lines(house) if one.person_id == supervisor]
    assert [(one.cause, one.state) for one in found] == [("no_contact", "open")]
    await house.wait(timedelta(minutes=60))
    assert sum(one.person_id == supervisor for one in await lines(house)) == 1


async def test_a_reporter_whom_nothing_reaches_is_called_by_nobody(house: House) -> None:
    teacher = await house.visitor("教师")
    await alarmed(house)
    house.paper.deaf["教师"] = Gone()
    await teacher.says("查进度")
    supervisor = await house.visitor("督导员")
    await supervisor.taps("我来处理")
    await worked(house)
    assert await lines(house) == ()


async def worked(house: House) -> None:
    for _ in range(3):
        await house.settled()
        await house.bells.call_up()
    await house.settled()


async def lines(house: House) -> tuple[Call, ...]:
    def all_of(reading: Reading) -> tuple[Call, ...]:
        cases = reading.cases.below(reading.areas.roots()[0].id, 5)
        return tuple(
            one for case in cases for one in reading.undelivered.of_matter(f"case:{case.id}")
        )

    return await house.store.read(all_of)


async def test_whom_nothing_reaches_hears_by_short_message_that_something_waits(
    house: House,
) -> None:
    house.rules.texts = True
    house.rules.open_door("https://bot.example.cn/chat#start=TOKEN")
    house.paper.deaf["督导员"] = Gone()
    case = await alarmed(house)
    await house.store.write(lambda work: give_phone(work, "督导员", "13800000002"))
    await worked(house)
    (text,) = await texts_to(house, "13800000002")
    number = f"{case.number[:3]} {case.number[3:6]} {case.number[6:]}"
    assert text == (
        f"有一件急事等您办（编号 {number}），请马上打开相伴。https://bot.example.cn/chat"
    )
    assert await texts_to(house, "13800000003") == []


async def test_no_short_message_goes_to_whoever_wants_none_or_where_there_is_no_gateway(
    house: House,
) -> None:
    house.paper.deaf["督导员"] = Gone()
    await alarmed(house)

    def settle(work: Work) -> None:
        give_phone(work, "督导员", "13800000002")
        there = work.people.meet("sms", "13800000002")
        work.people.mark_reachable(there.contact_id, False)

    await house.store.write(settle)
    house.rules.texts = True
    await worked(house)
    assert await texts_to(house, "13800000002") == []
    assert len(await lines(house)) == 1


async def texts_to(house: House, number: str) -> list[str]:
    """What waits for a number at the gateway."""

    def claim(work: Work) -> list[str]:
        rows = work.sending.claim("gateway", work.now, timedelta(minutes=1), 50, ("sms",), 9)
        return [card_from_json(row.card).text for row in rows if row.address == number]

    return await house.store.write(claim)


async def reported(house: House) -> None:
    """A yellow report from 青石镇, told as any other."""

    def open_it(work: Work) -> None:
        form = work.forms.current("report")
        assert form is not None
        filed = work.reports.file(
            ReportIn(
                kind="report",
                area_id=work.areas.search("青石镇青石村")[0].id,
                form_version=form.version,
                answers="{}",
                grade="yellow",
                anonymous=True,
            )
        )
        report = work.reports.get(filed.id)
        assert report is not None
        at = work.now.astimezone(house.rules.zone)
        turn = Turn(work=work, rules=house.rules, speaker=NOBODY, at=at, finish=talk.finish)
        opening.open_case(turn, report)

    await house.store.write(open_it)


async def another_contact(house: House, name: str, address: str) -> None:
    person = await person_id(house, name)

    def add(work: Work) -> None:
        work.people.add_contact(person, "paper", address)

    await house.store.write(add)


def give_phone(work: Work, name: str, phone: str) -> None:
    speaker = work.people.speaker("paper", name)
    assert speaker is not None
    work.people.set_phone(speaker.person_id, phone)


async def unreach(house: House, name: str) -> None:
    person = await person_id(house, name)

    def mark(work: Work) -> None:
        for contact in work.people.contacts_of(person):
            work.people.mark_reachable(contact.id, False)

    await house.store.write(mark)


def labels(house: House, name: str) -> list[str]:
    return [button.label for button in house.paper.to(name)[-1].card.buttons()]

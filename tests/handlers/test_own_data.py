"""删掉我的信息: what somebody left of themselves goes once another agreed, or stays, and why."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from conversation.incoming import Chosen
from handlers.reaching import open_ways
from storage.cases.case import CLOSED, Case
from storage.sealing import KeyRing
from storage.tables import attachment
from storage.work import Reading, Work
from tests.fakes.house import House, open_house
from tests.fakes.paper import Visitor
from tests.handlers.test_forgetting import everything
from tests.handlers.test_letting_go import BEGAN, nights

DAY = timedelta(days=1)


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    file = tmp_path / "keys" / "house.keys"
    file.parent.mkdir()
    KeyRing.create(file)
    async with open_house(tmp_path, began=BEGAN, url=database_url) as opened:
        yield opened


async def last(house: House, name: str) -> str:
    await house.settled()
    return house.paper.to(name)[-1].card.text


async def asks(house: House, name: str) -> str:
    """What somebody reads who wants their own data gone."""
    visitor = await house.visitor(name)
    await visitor.says("把我的信息删掉")
    return await last(house, name)


async def alarmed(house: House, name: str) -> Case:
    """A red case that somebody reported who is nothing here."""
    visitor = await house.visitor(name)
    for said in ("/start", "孩子现在有危险", "青石镇青石村", "有人拿刀追孩子"):
        await visitor.says(said)
        await house.settled()

    def newest(reading: Reading) -> Case:
        return reading.cases.below(reading.areas.roots()[0].id, 1)[0]

    return await house.store.read(newest)


async def test_a_reporter_is_told_what_goes_and_what_stays_and_it_goes_after_the_second_person(
    house: House,
) -> None:
    case = await alarmed(house, "路人甲")
    told = await asks(house, "路人甲")
    assert "还在办，要给您回话" in told
    assert "您的名字、电话" not in told

    def ends(work: Work) -> int:
        (report, *_) = work.cases.reports(case.id)
        now = work.cases.get(case.id)
        assert now is not None
        work.cases.to_stage(case.id, CLOSED, was=now.stage)
        return report.id

    report = await house.store.write(ends)
    told = await asks(house, "路人甲")
    assert "您是报告人这件事（1 份已经了结的报告）" in told
    assert "您的名字、电话" in told
    assert "要留着" not in told
    stranger = await house.visitor("路人甲")
    await stranger.taps("申请删掉")
    assert "申请好了" in await last(house, "路人甲")
    await nights(house, 1 * DAY)

    def reporter(reading: Reading) -> int | None:
        return reading.reporters.contact_of(report)

    assert await house.store.read(reporter) is not None  # nobody agreed yet
    asked = await last(house, "县民政")
    assert asked.startswith("一个用过这里的人申请删掉自己留在这里的信息")
    assert "路人甲" not in asked
    officer = await house.visitor("县民政")
    await officer.taps("同意删")
    assert "今天夜里删" in await last(house, "县民政")
    assert "县里同意了" in await last(house, "路人甲")
    await nights(house, 2 * DAY)
    assert await house.store.read(reporter) is None
    assert "路人甲" not in await house.store.read(everything)
    (stone, *_) = await house.store.read(lambda reading: reading.erasures.of("case", case.id))
    assert (stone.kind, stone.rule) == ("reporter", "asked by whoever it is of")
    # Whoever comes from there again is a stranger, and everything works as for one.
    await stranger.says("你好")
    assert "我是“相伴”" in await last(house, "路人甲")
    await nights(house, 3 * DAY)


async def test_a_wish_that_nobody_looks_at_climbs_and_ends_with_the_second_person(
    house: House,
) -> None:
    """The county's officer is reminded before its time is over, then whoever leads there hears."""
    officer, _ = await house.visitor("县民政"), await house.visitor("县领导")
    await asks(house, "路人甲")
    await (await house.visitor("路人甲")).taps("申请删掉")
    await house.settled()
    seen = len(house.paper.to("县民政"))
    await house.wait(9 * DAY)
    assert len(house.paper.to("县民政")) == seen
    await house.wait(9 * DAY)
    (*_, reminded) = house.paper.to("县民政")
    assert "看要不要删本人的信息" in reminded.card.text
    assert "路人甲" not in reminded.card.text
    await house.wait(7 * DAY)
    assert any("看要不要删本人的信息" in one.card.text for one in house.paper.to("县领导"))
    await officer.taps("同意删")
    assert "今天夜里删" in await last(house, "县民政")

    def left(reading: Reading) -> list[str]:
        root = reading.areas.roots()[0].id
        until = reading.now + 99 * DAY
        return [one.kind for one in reading.duties.below(root, until) if one.kind == "own_wish"]

    assert await house.store.read(left) == []


async def test_the_county_says_no_with_a_reason_and_whoever_asked_hears_it(house: House) -> None:
    officer, stranger = await house.visitor("县民政"), await house.visitor("路人甲")
    await asks(house, "路人甲")
    await stranger.taps("申请删掉")
    await last(house, "县民政")
    await officer.taps("不同意")
    assert "原因是什么" in await last(house, "县民政")
    await officer.says("跳过")
    assert "请写一句为什么" in await last(house, "县民政")
    await officer.says("您说的事还要找您核实一次")
    assert "不删" in await last(house, "县民政")
    told = await last(house, "路人甲")
    assert "县里没有同意" in told
    assert "您说的事还要找您核实一次" in told
    await officer.taps("同意删")
    assert "已经有人定过了" in await last(house, "县民政")
    await house.wait(30 * DAY)
    assert not any("看要不要删" in one.card.text for one in house.paper.to("县民政"))

    def facts(work: Work) -> list[str]:
        me = work.people.meet("paper", "路人甲").person_id
        return [one.verb for one in work.audit.of("person", me) if "erasure" in one.verb]

    assert await house.store.write(facts) == ["erasure.asked", "erasure.refused"]
    assert await house.store.read(lambda reading: reading.erasures.agreed("person", 9)) == ()
    # Whoever asks again is heard again.
    assert "可以删掉" in await asks(house, "路人甲")


async def test_what_the_county_wrote_does_not_stand_in_a_short_message(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer = await house.visitor("县民政")
    phone = Visitor(house.page, house.intake, "13900000099", house.clock.moment)
    await phone.says("把我的信息删掉")
    await house.settled()
    await phone.taps("申请删掉")
    await house.settled()
    await officer.taps("不同意")
    await house.settled()
    monkeypatch.setattr(open_ways, "CHANNEL", "web")  # the house has no gateway
    await officer.says("您报告的老王家那件事还没办完")
    await house.settled()
    told = house.page.to("13900000099")[-1].card.text
    assert "县里没有同意" in told
    assert "老王家" not in told


@pytest.mark.parametrize("how", ["named", "family", "held"])
async def test_nobody_removes_who_they_are_while_a_case_is_about_them(
    house: House, how: str
) -> None:
    """An accused carer asks; nothing tells them of the case, and it goes once the case is over."""
    case = await alarmed(house, "路人乙")
    visitor = await house.visitor("舅舅")
    await visitor.says("你好")

    def is_about(work: Work) -> int:
        me = work.people.meet("paper", "舅舅").person_id
        work.people.set_name(me, "周大柱")
        if how == "family":
            place = work.areas.search("河湾村一组")[0].id
            child = work.children.add(place, {"name": "周小禾"}, source="registration", by=0)
            _, token = work.families.invite(child, "carer", "禾禾", by=0, life=DAY)
            assert work.families.use(token, me, BEGAN.date()) is not None
            work.cases.about_child(case.id, child)
        else:
            work.cases.add_member(case.id, me, "excluded", by=0, role="")
        if how == "held":
            now = work.cases.get(case.id)
            assert now is not None
            work.cases.to_stage(case.id, CLOSED, was=now.stage)
            until = work.now + 5 * DAY
            work.erasures.set_hold("case", case.id, by=0, reason="官司", until=until)
        return me

    me = await house.store.write(is_about)
    told = await asks(house, "舅舅")
    assert "您的名字、电话" in told
    assert "要留着" not in told
    await visitor.taps("申请删掉")
    await house.settled()
    await (await house.visitor("县民政")).taps("同意删")
    await nights(house, 2 * DAY)
    assert await house.store.read(lambda reading: reading.people.name_of(me)) == "周大柱"

    def ends(work: Work) -> None:
        now = work.cases.get(case.id)
        assert now is not None
        if now.stage != CLOSED:
            work.cases.to_stage(case.id, CLOSED, was=now.stage)

    await house.store.write(ends)
    await nights(house, 9 * DAY)
    assert await house.store.read(lambda reading: reading.people.name_of(me)) == ""


async def test_a_report_that_is_being_told_that_night_is_not_lost(house: House) -> None:
    visitor = await house.visitor("路人甲")
    await asks(house, "路人甲")
    await visitor.taps("申请删掉")
    await house.settled()
    await (await house.visitor("县民政")).taps("同意删")
    await house.settled()
    for said in ("/start", "我要报告", "1", "孩子三天没吃上饭了"):
        await visitor.says(said)
        await house.settled()

    def told(reading: Reading) -> int:
        me = reading.people.speaker("paper", "路人甲")
        assert me is not None
        return len(reading.drafts.open_of(me.contact_id))

    assert await house.store.read(told) == 1
    night = timedelta(hours=15, minutes=30)  # 01:30 in the county
    house.clock.moment[0] = BEGAN + night
    await house.bells.let_go()
    assert await house.store.read(told) == 1


async def test_a_photo_that_is_about_to_get_its_words_is_not_lost(house: House) -> None:
    visitor = await house.visitor("路人甲")
    await asks(house, "路人甲")
    await visitor.taps("申请删掉")
    await house.settled()
    await (await house.visitor("县民政")).taps("同意删")
    await house.settled()
    house.clock.moment[0] = BEGAN + timedelta(hours=15, minutes=29)  # 01:29 in the county
    await visitor.sends("photo", b"\xff\xd8\xff a photo")
    await house.files.fetch_due()
    await house.settled()
    await house.bells.let_go()

    def files(reading: Reading) -> int:
        return len(reading.db.all(select(attachment.c.id)))

    assert await house.store.read(files) == 1


async def test_who_holds_a_post_keeps_the_name_and_hears_why_and_until_when(house: House) -> None:
    told = await asks(house, "教师")
    assert "离岗满 3 年以后可以删" in told

    def leaves(work: Work) -> None:
        me = work.people.meet("paper", "教师").person_id
        for role in work.people.roles(me):
            work.people.end_role(role.id)

    await house.store.write(leaves)
    assert "2029-11-22 以后可以删" in await asks(house, "教师")
    teacher = await house.visitor("教师")
    await teacher.taps("申请删掉")
    assert "教师申请删掉" in await last(house, "县民政")
    officer = await house.visitor("县民政")
    await officer.taps("同意删")
    await nights(house, 1 * DAY)

    def name(reading: Reading) -> str:
        me = reading.people.speaker("paper", "教师")
        return reading.people.name_of(me.person_id) if me else ""

    assert await house.store.read(name) == "教师"


async def test_nobody_agrees_to_their_own_wish_and_no_stranger_to_anybodys(house: House) -> None:
    officer = await house.visitor("县民政")
    await house.visitor("县领导")
    await asks(house, "县民政")
    await officer.taps("申请删掉")
    assert "县民政申请删掉" in await last(house, "县领导")
    assert "申请好了" in await last(house, "县民政")

    def wishes(reading: Reading) -> int:
        me = reading.people.speaker("paper", "县民政")
        assert me is not None
        wish = reading.erasures.wish("person", me.person_id)
        assert wish is not None
        assert wish.agreed_by is None
        return wish.id

    wish = await house.store.read(wishes)
    for name in ("县民政", "路人乙"):
        visitor = await house.visitor(name)
        await visitor.does(Chosen(verb="own.agree", arg=str(wish)))
        await house.store.read(wishes)


async def test_what_somebody_began_and_never_sent_goes_and_so_does_what_family_said(
    house: House,
) -> None:
    def joins(work: Work) -> None:
        place = work.areas.search("河湾村一组")[0].id
        child = work.children.add(place, {"name": "周小禾"}, source="registration", by=0)
        granny = work.people.meet("paper", "奶奶").person_id
        work.people.set_name(granny, "周奶奶")
        work.people.set_phone(granny, "13800138000")
        _, token = work.families.invite(child, "carer", "禾禾", by=0, life=DAY)
        assert work.families.use(token, granny, BEGAN.date()) is not None

    await house.store.write(joins)
    visitor = await house.visitor("奶奶")
    told = await asks(house, "奶奶")
    assert "您的名字、电话" in told
    await visitor.taps("申请删掉")
    officer = await house.visitor("县民政")
    await house.settled()
    await officer.taps("同意删")
    await nights(house, 1 * DAY)
    words = await house.store.read(everything)
    assert [one for one in ("周奶奶", "13800138000", "禾禾") if one in words] == []
    assert "周小禾" in words

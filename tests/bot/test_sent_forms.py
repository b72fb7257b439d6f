"""Forms that are sent in the talk: checked, tried and published by the rules of the desk."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from bot import jail
from bot.channels.channel import Outgoing
from bot.settings import HOME
from conversation.incoming import Chosen
from storage.tables import case_file, draft, duty, report, sent_table
from storage.work import Work
from tests.fakes.house import House, open_house
from tests.fakes.paper import Visitor

DATA = Path(__file__).parents[1] / "data"
FEEDBACK = HOME / "forms" / "feedback.md"
FORM, WRONG = (DATA / f"form-{name}.xlsx" for name in ("feedback", "wrong"))


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, began=datetime(2026, 11, 20, 2, tzinfo=UTC)) as opened:
        yield opened


def newest(house: House, person: Visitor) -> Outgoing:
    return house.paper.to(person.address)[-1]


async def form_sent(house: House, who: str, data: bytes, name: str = "意见.xlsx") -> Outgoing:
    """What somebody hears of a workbook."""
    person = await house.visitor(who)
    await person.sends("document", data, name=name)
    await house.settled()
    await house.files.fetch_due()
    await house.tables.work_off()
    await house.settled()
    return newest(house, person)


async def test_all_faults_of_a_form_come_back_and_nothing_is_published(house: House) -> None:
    before = await house.store.read(lambda look: look.forms.hashes())
    told = await form_sent(house, "管理员", WRONG.read_bytes())
    assert len(told.card.text) <= 1000  # it is a caption
    assert told.content is not None
    faults = told.content.decode("utf-8-sig").splitlines()
    assert len(faults) == 7
    assert all("「问卷」第" in one for one in faults)
    assert await house.store.read(lambda look: look.forms.hashes()) == before


async def test_what_is_in_force_already_is_not_offered_once_more(house: House) -> None:
    same = await jail.ask("export", name="feedback.md", data=jail.pack(FEEDBACK.read_bytes()))
    told = await form_sent(house, "管理员", jail.unpack(same["data"]))
    assert "和现在用的一样" in told.card.text
    assert [button.label for button in told.card.buttons()] == ["试填", "回首页"]


@pytest.mark.parametrize("who", ["督导员", "网格员", "邻居"])
async def test_whoever_publishes_nothing_is_asked_or_heard_as_before(
    house: House, who: str
) -> None:
    told = await form_sent(house, who, FORM.read_bytes())
    labels = [button.label for button in told.card.buttons()]
    assert "发布" not in labels
    assert not any("问卷" in label for label in labels)
    assert await house.store.read(lambda look: look.db.all(select(sent_table.c.id))) == []


async def test_whoever_lost_the_post_meanwhile_publishes_nothing(house: House) -> None:
    await form_sent(house, "管理员", FORM.read_bytes())
    keeper = house.visitors["管理员"]
    await keeper.taps("发布")
    await house.settled()

    def leaves(work: Work) -> None:
        me = work.people.meet("paper", "管理员").person_id
        for post in work.people.roles(me):
            work.people.end_role(post.id)

    await house.store.write(leaves)
    await keeper.says("想问得清楚一些")
    await house.settled()
    assert "请再发一次" in newest(house, keeper).card.text
    assert await house.store.read(lambda look: look.form_changes.proposed()) == ()


async def test_a_file_is_nobody_elses_to_publish_and_no_one_agrees_with_themselves(
    house: House,
) -> None:
    await form_sent(house, "管理员", FORM.read_bytes())
    table = await house.store.read(lambda look: look.db.all(select(sent_table.c.id))[0][0])
    other = await house.visitor("县民政")
    await other.does(Chosen(verb="forms.publish", arg=f"sent:{table}"))
    await house.settled()
    assert "请再发一次" in newest(house, other).card.text
    keeper = house.visitors["管理员"]
    await keeper.taps("发布")
    await house.settled()
    await keeper.says("想问得清楚一些")
    await house.settled()
    (change,) = await house.store.read(lambda look: look.form_changes.proposed())
    await keeper.does(Chosen(verb="forms.agree", arg=str(change.id)))
    await house.settled()
    assert "没有办成" in newest(house, keeper).card.text
    await other.taps("不同意")
    await house.settled()
    assert "照旧用原来的" in newest(house, keeper).card.text
    assert await house.store.read(lambda look: look.form_changes.proposed()) == ()


async def test_a_try_out_in_the_chat_leaves_no_draft_no_report_and_tells_nobody(
    house: House,
) -> None:
    keeper = await house.visitor("管理员")
    for said in ("试填 孩子现在有危险", "教师", "河湾村", "孩子被打得流血了"):
        await keeper.says(said)
        await house.settled()
    end = newest(house, keeper).card.text
    for told in ("等级是：红", "青石镇河湾村 儿童主任", "接单：", "写进报告的："):
        assert told in end
    assert {one.address for one in house.paper.sent} == {"管理员"}
    rows = await house.store.read(
        lambda look: [
            *look.db.all(select(draft.c.id)),
            *look.db.all(select(report.c.id)),
            *look.db.all(select(case_file.c.id)),
            *look.db.all(select(duty.c.id)),
        ]
    )
    assert rows == []

"""A child is referred to an institution: asked, answered, followed up, and on paper."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document

from policy.providers import Provider, Providers
from policy.tables import load_policy
from storage.work import Reading
from tests.fakes.house import House, open_house

DEFAULT = Path(__file__).parents[2] / "policy"
DIRECTORY = """
[provider.hospital]
name = "云岭县人民医院"
kinds = ["medical", "mind"]
phone = "0870-1234567"
contact = "李医生"
[provider.shelter]
name = "青石镇托管中心"
kinds = ["care"]
area = "青石镇"
phone = "0870-7654321"
[provider.far]
name = "柳溪镇社工站"
kinds = ["social_work"]
area = "柳溪镇"
[provider.gone]
name = "旧诊所"
kinds = ["medical"]
closed = true
"""


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, began=datetime(2026, 11, 20, 2, tzinfo=UTC)) as opened:
        own = tmp_path / "own" / "policy"
        own.mkdir(parents=True)
        (own / "providers.toml").write_text(DIRECTORY, "utf-8")
        opened.rules.follow(load_policy(DEFAULT, tmp_path / "own"))
        yield opened


def test_whoever_serves_the_place_comes_first() -> None:
    one = Provider(name="县医院", kinds=())
    near = Provider(name="镇托管", kinds=(), area="青石镇")
    directory = Providers(providers={"one": one, "near": near})
    assert list(directory.near(["云岭县", "青石镇"])) == ["near", "one"]
    assert list(directory.near(["云岭县"])) == ["one"]
    assert directory.label("nobody") == ""


async def says(house: House, who: str, *lines: str) -> None:
    person = await house.visitor(who)
    for line in lines:
        if line.startswith("["):
            await person.taps(line.strip("[]"))
        else:
            await person.says(line)
        await house.settled()


async def accepted(house: House) -> None:
    await says(house, "邻居", "孩子现在有危险", "青石镇河湾村", "门锁着，孩子在里面哭")
    await says(house, "督导员", "[我来处理]")


async def to_act(house: House, who: str, label: str) -> None:
    await says(house, who, "[看详情]")
    for _ in range(6):
        if label in labels(house, who):
            break
        await says(house, who, "[更多]")
    await says(house, who, f"[{label}]")


async def refer(house: House, to: str, what: str) -> None:
    await to_act(house, "督导员", "转介")
    await says(house, "督导员", "1", to, what)


def labels(house: House, who: str) -> list[str]:
    return [one.label for one in house.paper.to(who)[-1].card.buttons()]


def heard(house: House, who: str) -> str:
    return "\n".join(one.card.text for one in house.paper.to(who))


async def kinds(house: House) -> list[str]:
    def read(reading: Reading) -> list[str]:
        case = reading.cases.below(reading.areas.roots()[0].id, 9)[0]
        return [one.kind for one in reading.duties.open_of("case", case.id)]

    return await house.store.read(read)


async def paper(house: House, *taps: str) -> str:
    await says(house, "督导员", "[看详情]", "[出文书]", "[转介单]", *taps)
    card = house.paper.to("督导员")[-1].card
    assert card.document is not None, card.text
    document = card.document.id
    content = await house.store.read(
        lambda reading: b"".join(reading.attachments.chunks(document))
    )
    word = Document(BytesIO(content))
    cells = [cell.text for table in word.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(one.text for one in word.paragraphs), *cells])


async def test_the_directory_offers_whoever_serves_the_place(house: House) -> None:
    await accepted(house)
    await to_act(house, "督导员", "转介")
    await says(house, "督导员", "1")
    offered = labels(house, "督导员")
    assert offered[:2] == ["青石镇托管中心（托管、照料）", "12348 法律援助热线（法律援助）"]
    assert "云岭县人民医院（医疗、心理）" in offered
    assert not any("柳溪镇社工站" in one or "旧诊所" in one for one in offered)
    await says(house, "督导员", "医疗")
    assert "云岭县人民医院（医疗、心理）" in labels(house, "督导员")


async def test_it_is_asked_answered_and_followed_up(house: House) -> None:
    await accepted(house)
    await refer(house, "云岭县人民医院（医疗、心理）", "看看孩子的伤")
    assert "请联系云岭县人民医院，李医生，电话 0870-1234567" in heard(house, "督导员")
    assert "provider_answer" in await kinds(house)
    await to_act(house, "督导员", "机构接了")
    assert "provider_answer" not in await kinds(house)
    assert "provider_result" in await kinds(house)
    await to_act(house, "督导员", "机构办完了")
    await says(house, "督导员", "伤看了，没有大事")
    assert "provider_result" not in await kinds(house)
    await says(house, "督导员", "[看详情]")
    story = house.paper.to("督导员")[-1].card.text
    for line in (
        "督导员 转介出去",
        "转给哪家：云岭县人民医院",
        "问到了：机构接了",
        "伤看了，没有大事",
    ):
        assert line in story


async def test_whoever_does_not_take_it_says_why_and_another_is_asked(house: House) -> None:
    await accepted(house)
    await refer(house, "青石镇托管中心（托管、照料）", "放学后看着孩子")
    await to_act(house, "督导员", "机构没接")
    await says(house, "督导员", "床位满了")
    assert "转介" in labels(house, "督导员")
    assert "provider_answer" not in await kinds(house)
    said = await paper(house)
    assert "问到了：机构没接，床位满了" in said


async def test_what_was_not_done_says_why(house: House) -> None:
    await accepted(house)
    await refer(house, "青石镇托管中心（托管、照料）", "放学后看着孩子")
    await to_act(house, "督导员", "机构接了")
    await to_act(house, "督导员", "机构没办成")
    await says(house, "督导员", "孩子不肯去")
    assert "记下了机构没办成，孩子不肯去" in await paper(house)


async def test_when_nobody_answers_the_owner_is_reminded_and_it_climbs(house: House) -> None:
    await house.visitor("县民政")
    await accepted(house)
    await refer(house, "云岭县人民医院（医疗、心理）", "看看孩子的伤")
    await house.leap(timedelta(days=1, hours=-0.05))
    await house.settled()
    assert "快到时间了，这件事等着您：问机构接不接" in heard(house, "督导员")
    await house.leap(timedelta(hours=1))
    await house.settled()
    climbed = [one for one in heard(house, "县民政").splitlines() if "问机构接不接" in one]
    assert any("到时间还没办" in one for one in climbed)


async def test_an_institution_that_the_directory_lacks_is_named(house: House) -> None:
    await accepted(house)
    await refer(house, "昆明儿童医院", "做个检查")
    assert "请联系昆明儿童医院，问清楚接不接" in heard(house, "督导员")
    assert "昆明儿童医院：" in await paper(house)


async def test_each_of_two_referrals_has_its_clock_and_its_paper(house: House) -> None:
    await accepted(house)
    await refer(house, "云岭县人民医院（医疗、心理）", "看看孩子的伤")
    await refer(house, "青石镇托管中心（托管、照料）", "放学后看着孩子")
    await to_act(house, "督导员", "机构接了")
    which = labels(house, "督导员")
    assert any("青石镇托管中心" in one for one in which)
    await says(house, "督导员", f"[{next(one for one in which if '青石镇托管' in one)}]")
    waiting = await kinds(house)
    assert sorted(one for one in waiting if one.startswith("provider")) == [
        "provider_answer",
        "provider_result",
    ]
    await says(house, "督导员", "[看详情]", "[出文书]", "[转介单]")
    ways = labels(house, "督导员")[:2]
    first = await paper(house, "1")
    assert len(ways) == 2
    assert "云岭县人民医院：" in first
    assert "0870-1234567" in first
    assert "云岭民转〔2026〕1号" in first
    second = await paper(house, "2")
    assert "青石镇托管中心：" in second
    assert "云岭民转〔2026〕2号" in second
    assert "放学后看着孩子" in second
    assert "问到了：机构接了" in second


async def test_both_colleagues_who_take_one_have_their_own_to_do(house: House) -> None:
    """The second was asked for no result: the first one's stood in its way."""
    for who in ("教师", "网格员"):
        await house.visitor(who)
    await accepted(house)
    for helper, what in (("儿童主任", "补课"), ("网格员", "接送")):
        await to_act(house, "督导员", "转介")
        await says(house, "督导员", "2", helper, what, "选好了", "下周五")
    for helper in ("儿童主任", "网格员"):
        await says(house, helper, "[接收转介]")
    assert (await kinds(house)).count("referral") == 2
    assert "儿童主任：" in await paper(house, "1")

"""Papers: opened again, they say what their maker may read; who reported is on none of them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from docx.enum.table import WD_ROW_HEIGHT_RULE

from handlers.papers.paper_writing import fill_template, write
from policy.papers import ROOM
from policy.tables import load_policy
from storage.work import Reading
from tests.fakes.house import House, open_house
from tests.stories.test_children import settle_children

POLICY = load_policy(Path(__file__).parents[2] / "policy")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, began=datetime(2026, 11, 20, 2, tzinfo=UTC)) as opened:
        await opened.store.write(settle_children)
        yield opened


@pytest.mark.parametrize("name", POLICY.papers.papers)
def test_each_paper_is_made_of_nothing_with_room_to_write(name: str) -> None:
    paper = POLICY.papers.papers[name]
    said = words_of(write(paper, {}, POLICY.papers))
    assert paper.title in said
    assert "【" not in said
    for part in paper.parts:
        assert all(sign in said for sign in part.signs)
        assert all(POLICY.papers.fields[key] in said for row in part.rows for key in row)
        assert all(head in said for head in part.heads)


def test_what_is_known_stands_beside_its_name() -> None:
    paper = POLICY.papers.papers["report_form"]
    content = write(paper, {"number": "386 420 719", "what": "=1+1\n第二行"}, POLICY.papers)
    rows = [[cell.text for cell in row.cells] for row in Document(BytesIO(content)).tables[0].rows]
    assert rows[0][:2] == ["受理号", "386 420 719"]
    assert "=1+1" in words_of(content)


def test_a_countys_own_word_file_keeps_its_layout() -> None:
    own = Document()
    own.add_heading("某县登记表", 1)
    line = own.add_paragraph("受理号：")
    line.add_run("【受理").bold = True
    line.add_run("号】，电话【没有的栏目】")
    out = BytesIO()
    own.save(out)
    filled = fill_template(out.getvalue(), {"number": "386 420 719"}, POLICY.papers)
    assert [one.text for one in Document(BytesIO(filled)).paragraphs] == [
        "某县登记表",
        f"受理号：386 420 719，电话{ROOM}",
    ]


async def test_the_owner_of_a_case_gets_its_papers_as_files(house: House) -> None:
    neighbour = await house.visitor("邻居")
    for said in ("/start", "孩子现在有危险", "青石镇河湾村", "门锁着，孩子在里面哭"):
        await neighbour.says(said)
        await house.settled()
    supervisor = await house.visitor("督导员")
    for label in ("看详情", "出文书", "强制报告登记表"):
        await supervisor.taps(label)
        await house.settled()
    card = house.paper.to("督导员")[-1].card
    assert card.document is not None
    assert card.document.name == "强制报告登记表.docx"
    said = words_of(await content_of(house, card.document.id))
    for known in ("青石镇河湾村", "门锁着，孩子在里面哭", "儿童督导员", "另存，不在本表"):
        assert known in said
    assert "报告时现在有危险" in said
    assert "邻居" not in said


async def test_a_reminder_on_paper_does_not_ask_one_for_what_another_did_not_do(
    house: House,
) -> None:
    """The supervisor was asked why the police had not answered."""
    neighbour = await house.visitor("邻居")
    await house.visitor("派出所")
    for said in ("/start", "孩子现在有危险", "青石镇河湾村", "门锁着，孩子在里面哭"):
        await neighbour.says(said)
        await house.settled()
    supervisor = await house.visitor("督导员")
    await supervisor.taps("我来处理")
    await house.leap(timedelta(hours=30))
    for label in ("看详情", "出文书", "督办单"):
        await supervisor.taps(label)
        await house.settled()
    card = house.paper.to("督导员")[-1].card
    assert card.document is not None
    said = words_of(await content_of(house, card.document.id))
    late = [line for line in said.splitlines() if "已超" in line]
    assert [line.partition("：")[0] for line in late if "由 派出所 办" in line] == ["答复接警没有"]
    assert len(late) > 1


async def test_the_form_has_room_for_whoever_has_a_long_name(house: House) -> None:
    """Each row is at least as high as a line, and higher where more stands in it."""
    said = "欧阳建国（青石镇未成年人保护工作站值班，代理）"
    content = write(POLICY.papers.papers["report_form"], {"owner": said}, POLICY.papers)
    table = Document(BytesIO(content)).tables[3]
    row = next(row for row in table.rows if row.cells[0].text == "承办人")
    assert row.cells[1].text == said
    assert row.height_rule == WD_ROW_HEIGHT_RULE.AT_LEAST
    assert row.cells[1].width > row.cells[0].width
    assert row.cells[1].paragraphs[0].paragraph_format.space_before


async def test_a_paper_that_goes_out_has_the_countys_next_number(house: House) -> None:
    await alarm(house)
    supervisor = await house.visitor("督导员")
    await supervisor.taps("我来处理")
    first = await paper_of(house, "督导员", "督办单")
    assert "云岭民督〔2026〕1号" in first.splitlines()[1]
    assert "文号：云岭民督〔2026〕1号" in house.paper.to("督导员")[-1].card.text
    report = await paper_of(house, "督导员", "情况报告")
    assert "云岭民报〔2026〕1号" in report
    story = await story_of(house, "督导员")
    assert "督导员 出了督办单（云岭民督〔2026〕1号）" in story
    assert "督导员 出了督办单（云岭民督〔2026〕1号）" in await paper_of(
        house, "督导员", "强制报告登记表"
    )
    assert "〔2026〕" not in (await paper_of(house, "督导员", "强制报告登记表")).splitlines()[1]


async def test_the_same_sheet_once_more_keeps_its_number_and_its_day(house: House) -> None:
    await alarm(house)
    supervisor = await house.visitor("督导员")
    await supervisor.taps("我来处理")
    await paper_of(house, "督导员", "督办单")
    await house.leap(timedelta(days=3))
    await house.settled()
    for label in ("看详情", "出文书", "督办单"):
        await supervisor.taps(label)
        await house.settled()
    asked = house.paper.to("督导员")[-1].card
    assert "这份文书 11-20 出过一次，文号是 云岭民督〔2026〕1号" in asked.text
    again = await paper_of(house, "督导员", "再打一份 云岭民督〔2026〕1号", from_here=True)
    assert "云岭民督〔2026〕1号" in again
    assert "2026年11月20日" in again
    for label in ("看详情", "出文书", "督办单"):
        await supervisor.taps(label)
        await house.settled()
    new = await paper_of(house, "督导员", "用新文号另出一份", from_here=True)
    assert "云岭民督〔2026〕2号" in new
    assert "2026年11月23日" in new


async def test_two_taps_on_one_paper_give_one_number(house: House) -> None:
    await alarm(house)
    supervisor = await house.visitor("督导员")
    await supervisor.taps("我来处理")
    for label in ("看详情", "出文书"):
        await supervisor.taps(label)
        await house.settled()
    offered = house.paper.to("督导员")[-1]
    at = [one.label for one in offered.card.buttons()].index("督办单")
    for _ in range(2):
        await supervisor.presses(offered, at)
    await house.settled()
    assert "出过一次" in house.paper.to("督导员")[-1].card.text
    counts = await house.store.read(
        lambda reading: [
            one.count
            for case in reading.cases.below(reading.areas.roots()[0].id, 9)
            for one in reading.papers.of("case", case.id, "supervision")
        ]
    )
    assert counts == [1]


async def test_a_county_numbers_its_papers_as_it_always_did(house: House, tmp_path: Path) -> None:
    own = tmp_path / "own" / "policy"
    own.mkdir(parents=True)
    supervision = '[paper.supervision]\nnumber = "云未保办函【year】-【count】"\n'
    (own / "papers.toml").write_text(f'{supervision}[paper.situation]\nnumber = ""', "utf-8")
    house.rules.follow(load_policy(Path(__file__).parents[2] / "policy", tmp_path / "own"))
    await alarm(house)
    supervisor = await house.visitor("督导员")
    await supervisor.taps("我来处理")
    assert "云未保办函2026-1" in await paper_of(house, "督导员", "督办单")
    assert "〔" not in (await paper_of(house, "督导员", "情况报告")).splitlines()[1]


async def test_the_plan_is_a_paper_with_goals_and_whoever_does_what(house: House) -> None:
    await alarm(house)
    supervisor = await house.visitor("督导员")
    await house.visitor("儿童主任")
    await supervisor.taps("我来处理")
    await act(house, "督导员", "做评估")
    for said in ("选好了", "6 到 10 岁", "好", "开朗", "好", "选好了", "紧", "勉强"):
        await supervisor.says(said)
        await house.settled()
    for said in ("管得少", "每周都有", "有时不去", "跳过", "发出去", "定等级", "红"):
        await supervisor.says(said)
        await house.settled()
    for said in ("奶奶照看，先按红办", "定目标", "每天有大人接送", "12月20日"):
        await supervisor.says(said)
        await house.settled()
    for said in ("帮扶加一项", "陪伴、心理疏导", "和孩子好好说一次话", "儿童主任", "12月1日"):
        await supervisor.says(said)
        await house.settled()
    said = await paper_of(house, "督导员", "帮扶计划")
    for known in ("得分", "奶奶照看，先按红办", "每天有大人接送", "2026-12-20", "2026-12-01"):
        assert known in said
    table = await tables_of(house, "督导员", -1)
    assert table[1][:3] == ["和孩子好好说一次话", "儿童主任", "2026-12-01"]
    assert "监护人：" in said
    director = await house.visitor("儿童主任")
    await director.taps("做完了一项")
    await director.says("说上话了，愿意来上学")
    await house.settled()
    await paper_of(house, "督导员", "帮扶计划")
    table = await tables_of(house, "督导员", -1)
    assert table[1][3] == "11-20 说上话了，愿意来上学"
    # What was agreed is due, and somebody hears when the day has come.
    await house.leap(timedelta(days=12))
    await house.settled()
    assert "看看帮扶目标达到没有" not in house.paper.to("督导员")[-1].card.text
    await house.leap(timedelta(days=19))
    await house.settled()
    heard = "\n".join(one.card.text for one in house.paper.to("督导员"))
    assert "看看帮扶目标达到没有" in heard


async def test_a_plan_of_which_nothing_is_known_has_rows_to_write_in(house: House) -> None:
    await alarm(house)
    supervisor = await house.visitor("督导员")
    await supervisor.taps("我来处理")
    await paper_of(house, "督导员", "帮扶计划")
    rows = await tables_of(house, "督导员", -1)
    assert rows[0] == ["做什么", "谁来做", "到哪天", "做得怎么样"]
    assert rows[1:] == [[""] * 4] * 4


async def test_a_situation_report_tells_what_was_found_and_done(house: House) -> None:
    await alarm(house)
    supervisor = await house.visitor("督导员")
    await supervisor.taps("我来处理")
    said = await paper_of(house, "督导员", "情况报告")
    for known in ("门锁着，孩子在里面哭", "督导员 接了这件事", "应急处置", "见到孩子本人"):
        assert known in said
    assert "单位负责人：" in said
    assert "邻居" not in said


async def test_a_call_to_the_police_by_whoever_has_the_case_is_on_paper(house: House) -> None:
    await alarm(house)
    supervisor = await house.visitor("督导员")
    await supervisor.taps("我来处理")
    await house.settled()
    await supervisor.taps("打了 110")
    await house.settled()
    for told in ("刚才", "青石派出所王警官", "J5301"):
        await supervisor.says(told)
        await house.settled()
    for title in ("情况报告", "强制报告登记表"):
        said = await paper_of(house, "督导员", title)
        assert "青石派出所王警官" in said, title
        assert "J5301" in said, title


async def test_the_minutes_of_a_conference_are_not_written_twice(house: House) -> None:
    await alarm(house)
    supervisor = await house.visitor("督导员")
    await house.visitor("儿童主任")
    await supervisor.taps("我来处理")
    await act(house, "督导员", "会商")
    for said in ("今天", "儿童主任", "先请爸爸回来", "会商定一项"):
        await supervisor.says(said)
        await house.settled()
    for said in ("给爸爸打电话", "儿童主任", "明天"):
        await supervisor.says(said)
        await house.settled()
    said = await paper_of(house, "督导员", "会商纪要")
    for known in ("云岭民会〔2026〕1号", "先请爸爸回来", "给爸爸打电话"):
        assert known in said


async def test_an_agreement_is_filled_in_from_the_register(house: House) -> None:
    director = await house.visitor("儿童主任")
    await director.says("我的孩子")
    await house.settled()
    child = next(
        button.label
        for button in house.paper.to("儿童主任")[-1].card.buttons()
        if "赵雨涵" in button.label
    )
    for label in (child, "谁照看孩子", "出文书", "委托照护协议"):
        await director.taps(label)
        await house.settled()
    card = house.paper.to("儿童主任")[-1].card
    assert card.document is not None
    said = words_of(await content_of(house, card.document.id))
    assert "赵雨涵" in said
    assert "赵大山" in said


async def alarm(house: House) -> None:
    """A neighbour raises it; the supervisor and the county hear."""
    await house.visitor("督导员")
    neighbour = await house.visitor("邻居")
    for said in ("/start", "孩子现在有危险", "青石镇河湾村", "门锁着，孩子在里面哭"):
        await neighbour.says(said)
        await house.settled()


async def act(house: House, who: str, label: str) -> None:
    """An act of the case, on whichever page of its buttons it stands."""
    person = await house.visitor(who)
    await person.taps("看详情")
    await house.settled()
    for _ in range(6):
        if label in [one.label for one in house.paper.to(who)[-1].card.buttons()]:
            break
        await person.taps("更多 ▸")
        await house.settled()
    await person.taps(label)
    await house.settled()


async def paper_of(house: House, who: str, title: str, *, from_here: bool = False) -> str:
    """Somebody has a paper made, and opens it."""
    person = await house.visitor(who)
    for label in (title,) if from_here else ("看详情", "出文书", title):
        await person.taps(label)
        await house.settled()
    return words_of(await handed_over(house, who))


async def handed_over(house: House, who: str) -> bytes:
    card = house.paper.to(who)[-1].card
    assert card.document is not None, card.text
    return await content_of(house, card.document.id)


async def tables_of(house: House, who: str, place: int) -> list[list[str]]:
    """One of the tables of the paper that came last."""
    word = Document(BytesIO(await handed_over(house, who)))
    return [[cell.text for cell in row.cells] for row in word.tables[place].rows]


async def story_of(house: House, who: str) -> str:
    person = await house.visitor(who)
    await person.taps("看详情")
    await house.settled()
    return house.paper.to(who)[-1].card.text


async def content_of(house: House, file: int) -> bytes:
    def read(reading: Reading) -> bytes:
        return b"".join(reading.attachments.chunks(file))

    return await house.store.read(read)


def words_of(content: bytes) -> str:
    word = Document(BytesIO(content))
    cells = [cell.text for table in word.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(one.text for one in word.paragraphs), *cells])

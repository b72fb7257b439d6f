"""Papers: opened again, they say what their maker may read; who reported is on none of them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document

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


async def content_of(house: House, file: int) -> bytes:
    def read(reading: Reading) -> bytes:
        return b"".join(reading.attachments.chunks(file))

    return await house.store.read(read)


def words_of(content: bytes) -> str:
    word = Document(BytesIO(content))
    cells = [cell.text for table in word.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(one.text for one in word.paragraphs), *cells])

"""Who reports is sealed apart from what was reported, and nothing private lies open on disk."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from storage.audit import PROGRAM
from storage.reporting.reports import ReportIn
from storage.tables import audit, draft
from storage.work import Reading, Work
from tests.fakes.house import House, open_house
from tests.handlers.test_reporters_hear import unmasked

NAME, PHONE, WORDS = "欧阳春妮", "13987654321", "后院柴房里关着一个孩子"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, began=datetime(2026, 11, 20, 2, tzinfo=UTC)) as opened:
        yield opened


async def test_a_named_reporter_is_in_no_card_of_anybody_else(house: House) -> None:
    await named_report(house)
    supervisor = await house.visitor("督导员")
    await supervisor.taps("看详情")
    await house.settled()
    others = [sent.card.text for sent in house.paper.sent if sent.address != "邻居"]
    assert any(WORDS in text for text in others)
    assert [text for text in others if NAME in text or PHONE in text] == []


async def test_whoever_told_somebody_else_who_reports_is_sealed_like_a_reporter(
    house: House,
) -> None:
    """替别人报: who told it is in no card of anybody, and is read where a reporter is opened."""
    entering = await house.visitor("邻居")
    await entering.says("报告")
    await house.settled()
    await entering.says("替别人报")
    who = ("留名", "陈家的", "13811110000")
    said = ("2", WORDS, "河湾村", "跳过", "不清楚", *who, "跳过", "跳过", "1", NAME, "跳过")
    for word in (*said, "发出去"):
        await house.settled()
        await entering.says(word)
    await house.settled()
    mine = [one.card.text for one in house.paper.to("邻居")]
    assert any(NAME in text for text in mine)  # whoever enters it sees what they said
    assert any("受理号" in text for text in mine)
    supervisor = await house.visitor("督导员")
    await supervisor.taps("看详情")
    await house.settled()
    others = [sent.card.text for sent in house.paper.sent if sent.address != "邻居"]
    assert any(WORDS in text for text in others)
    assert [text for text in others if NAME in text] == []
    (told,) = await house.store.read(_every_answer)
    assert NAME not in told
    number = next(text for text in mine if "受理号：" in text).split("受理号：")[1][:11]
    assert f"是谁告诉他的：{NAME}" in await unmasked(house, number)


async def test_a_filed_draft_leaves_nothing_behind(house: House) -> None:
    await named_report(house)
    counted = await house.store.read(lambda reading: reading.db.all(draft.select()))
    assert counted == []


async def test_nothing_private_lies_open_in_the_database_files(house: House) -> None:
    await named_report(house)
    found = {
        word: path.name
        for path in house.folder.rglob("*")
        if path.is_file()
        for word in (NAME, PHONE, WORDS, "柴房")
        if word.encode() in path.read_bytes() or word.encode("utf-16-le") in path.read_bytes()
    }
    assert found == {}


async def test_the_report_itself_does_not_hold_who_reported(house: House) -> None:
    await named_report(house)

    (told,) = await house.store.read(_every_answer)
    assert WORDS in told
    assert NAME not in told
    assert PHONE not in told


async def test_the_audit_does_not_say_who_reported(house: House) -> None:
    neighbour = await house.visitor("邻居")
    for said in ("报告", "4", WORDS, "河湾村", "跳过", "不清楚", "不留名", "跳过", "发出去"):
        await neighbour.says(said)
        await house.settled()
    assert any("受理号" in out.card.text for out in house.paper.to("邻居"))

    def acted(reading: Reading) -> list[tuple[str, int]]:
        return [
            (row[0], row[1])
            for row in reading.db.all(select(audit.c.verb, audit.c.actor).order_by(audit.c.seq))
        ]

    facts = await house.store.read(acted)
    met = await house.store.read(lambda reading: reading.people.speaker("paper", "邻居"))
    assert met is not None
    assert ("report.filed", PROGRAM) in facts
    assert [verb for verb, actor in facts if actor == met.person_id] == []


async def test_nameless_reporters_of_a_case_have_numbers_that_tell_nothing(house: House) -> None:
    def numbered(work: Work) -> tuple[list[int], list[int]]:
        contacts = [work.people.meet("paper", name).contact_id for name in "甲乙丙丁"]
        ids = [_filed(work, contact) for contact in (*contacts, contacts[0])]
        here, there = (work.reporters.numbers_in(case, ids) for case in (7, 8))
        return [here[one] for one in ids], [there[one] for one in ids]

    here, there = await house.store.write(numbered)
    assert here[0] == here[-1]
    assert len({*here}) == 4
    assert here != there
    assert all(100 <= one <= 999 for one in here)


def _filed(work: Work, contact: int) -> int:
    told = ReportIn(
        kind="report", area_id=None, form_version="", answers="{}", grade="blue", anonymous=True
    )
    report = work.reports.file(told)
    work.reporters.keep(report.id, contact, {}, "123456")
    return report.id


def _every_answer(reading: Reading) -> list[str]:
    ids = [area.id for area in reading.places.load()]
    reports = reading.reports.in_areas(ids, reading.now.replace(year=2000))
    return [each.answers for each in reports]


async def named_report(house: House) -> None:
    neighbour = await house.visitor("邻居")
    for said in ("报告", "4", WORDS, "河湾村", "跳过", "不清楚", "留名", NAME, PHONE, "跳过"):
        await neighbour.says(said)
        await house.settled()
    await neighbour.says("发出去")
    await house.settled()
    receipts = [one for one in house.paper.to("邻居") if "受理号" in one.card.text]
    assert len(receipts) == 1

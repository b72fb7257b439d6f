"""Whoever has the database file alone finds no way from a report to the one who made it.

What stands in clear is read row by row: no row names both the reporter and something of the
report. (When things happened stands in clear in both; that is not looked at here.)
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import LargeBinary, delete, select, update

from storage.reporting.reports import Report
from storage.sealing import KeyRing
from storage.tables import attachment, draft, meta, metadata, outbox
from storage.tables import report as report_table
from storage.veiling import veil
from storage.work import Reading, Work
from tests.fakes.house import House, open_house
from tests.handlers.test_letting_go import BEGAN

NAME = "路人甲"


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    file = tmp_path / "keys" / "house.keys"
    file.parent.mkdir()
    KeyRing.create(file)
    async with open_house(tmp_path, began=BEGAN, url=database_url) as opened:
        yield opened


def in_clear(reading: Reading) -> list[tuple[str, list[str]]]:
    """Every row with what stands in it in clear."""
    found = []
    for table in metadata.sorted_tables:
        clear = [one for one in table.columns if not isinstance(one.type, LargeBinary)]
        found += [
            (table.name, [str(value) for value in row if value is not None])
            for row in reading.db.all(select(*clear))
        ]
    return found


def of_report(reading: Reading, report: Report) -> set[str]:
    """The ids of a report, and of what belongs to it."""
    ids = {report.id, *(entry.id for entry in reading.reports.entries(report.id))}
    ids |= {file.id for file in reading.attachments.of_report(report.id)}
    case = reading.cases.of_report(report.id)
    ids |= {case.id} if case is not None else set()
    return {str(one) for one in ids} | {report.number}


def ways(reading: Reading) -> list[str]:
    """The rows that lead from a report to its reporter, directly or by something they share."""
    me = reading.people.speaker("paper", NAME)
    assert me is not None
    (report,) = reading.reports.of_contact(me.contact_id)
    mine = {str(me.contact_id), str(me.person_id)}
    theirs = of_report(reading, report)
    led = []
    # What stands beside the reporter alone must stand beside nothing of the report either.
    beside: set[str] = set()
    rows = in_clear(reading)
    for name, values in rows:
        if mine & set(values) or any(one in value for one in mine for value in values):
            if any(one in value for one in theirs for value in values):
                led.append(name)
            beside |= {value for value in values if len(value) > 12 and value.isdecimal()}
    beside -= mine
    for name, values in rows:
        if name not in ("contact", "outbox", "inbox", "draft", "person"):
            is_of_report = theirs & set(values)
            if is_of_report and beside & set(values) - theirs:
                led.append(f"{name} by {sorted(beside & set(values))}")
    return led


async def test_no_row_leads_from_a_report_to_the_one_who_made_it(house: House) -> None:
    visitor = await house.visitor(NAME)
    for said in ("/start", "孩子现在有危险", "青石镇青石村", "有人拿刀追孩子"):
        await visitor.says(said)
        await house.settled()
    receipt = next(one for one in reversed(house.paper.to(NAME)) if "受理号" in one.card.text)
    await visitor.sends("photo", b"\xff\xd8\xff a photo", replies_to=str(receipt.id))
    await house.files.fetch_due()
    await house.settled()

    def news(work: Work) -> int:
        (report,) = work.reports.of_contact(visitor_contact(work))
        (file,) = work.attachments.of_report(report.id)
        assert file.contact_id == visitor_contact(work)
        return report.id

    report = await house.store.write(news)
    assert await house.store.read(ways) == []
    # And yet it is a thread of two ways: a reply to the receipt goes to the report.
    await visitor.says("他往河边跑了", replies_to=str(receipt.id))
    await house.settled()
    entries = await house.store.read(lambda reading: reading.reports.entries(report))
    assert "他往河边跑了" in [entry.body for entry in entries]
    assert await house.store.read(ways) == []


def visitor_contact(reading: Reading) -> int:
    me = reading.people.speaker("paper", NAME)
    assert me is not None
    return me.contact_id


@pytest.mark.parametrize("cut_off", [False, True])
async def test_a_county_of_before_is_veiled_as_the_program_starts(
    house: House, cut_off: bool
) -> None:
    """What an earlier version kept in clear is sealed, and the thread goes on.

    Also where the program was killed in the middle of it, and two begin once more.
    """
    visitor = await house.visitor(NAME)
    for said in ("/start", "孩子现在有危险", "青石镇青石村", "有人拿刀追孩子"):
        await visitor.says(said)
        await house.settled()
    receipt = next(one for one in reversed(house.paper.to(NAME)) if "受理号" in one.card.text)
    await visitor.sends("photo", b"\xff\xd8\xff a photo", replies_to=str(receipt.id))
    await house.files.fetch_due()
    await house.settled()

    def as_before(work: Work) -> int:
        contact_id = visitor_contact(work)
        (report,) = work.reports.of_contact(contact_id)
        whose = {"contact_id": contact_id, "owner": None}
        asked = {"report_id": report.id, "report": None}
        key = {"key": f"report:{report.id}:receipt"}
        changes = (
            update(attachment).where(attachment.c.report_id == report.id).values(whose),
            update(outbox).where(outbox.c.id == int(receipt.id)).values(asked | key),
            update(draft).where(draft.c.report.is_not(None)).values(asked),
            update(report_table).values(draft_id=4711),
            delete(meta).where(meta.c.key == "reporters-veiled"),
        )
        for change in changes:
            work.db.run(change)
        return report.id

    report = await house.store.write(as_before)
    assert {*await house.store.read(ways)} >= {"attachment", "outbox"}
    await asyncio.to_thread(veil, house.store)
    if cut_off:
        not_done = delete(meta).where(meta.c.key == "reporters-veiled")
        await house.store.write(lambda work: work.db.run(not_done))
        await asyncio.gather(*(asyncio.to_thread(veil, house.store) for _ in range(2)))
    assert await house.store.read(ways) == []
    await visitor.says("他往河边跑了", replies_to=str(receipt.id))
    await house.settled()
    entries = await house.store.read(lambda reading: reading.reports.entries(report))
    assert "他往河边跑了" in [entry.body for entry in entries]
    assert await house.store.read(lambda reading: reading.outbox.spoke(f"report:{report}:receipt"))

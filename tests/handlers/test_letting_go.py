"""What is over goes for good, with a mark, and no number changes; what is held back stays."""

import json
import sqlite3
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from sqlalchemy import select

from bot.keeping.counting import Counting
from conversation.incoming import Chosen
from handlers import erasing
from policy.retention import Kept
from storage.audit import Head
from storage.cases.case import CLOSED, Case
from storage.erasing.erasure import Tombstone
from storage.reporting.reports import Report
from storage.repository import given
from storage.sealing import KeyRing
from storage.tables import attachment, day_count, report, reporter
from storage.work import Reading, Work
from tests.fakes.house import House, open_house
from tests.handlers.test_climbing import alarmed

BEGAN = datetime(2026, 11, 20, 2, tzinfo=UTC)
YEAR = timedelta(days=366)
#: What somebody said who raised the alarm, and did for the case.
STORY = "孩子被锁在屋里哭了一天"
_ANSWERS = select(report.c.answers).where(report.c.id == given("id"))
_DAYS = select(day_count).order_by(*day_count.primary_key)
_VAULTS = select(reporter.c.report_id)
_FILES = select(attachment.c.id).where(attachment.c.report_id.is_not(None))


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    file = tmp_path / "keys" / "house.keys"
    file.parent.mkdir()
    KeyRing.create(file)
    async with open_house(tmp_path, began=BEGAN, url=database_url) as opened:
        yield opened


async def ended(house: House) -> Case:
    """A case with words, a photo and a note, that is over."""
    case = await alarmed(house)
    teacher = await house.visitor("教师")
    receipt = next(one for one in reversed(house.paper.to("教师")) if "受理号" in one.card.text)
    await teacher.sends("photo", b"\xff\xd8\xff a photo", replies_to=str(receipt.id))
    await teacher.says(STORY)
    await house.files.fetch_due()
    await house.settled()

    def end(work: Work) -> Case:
        (first, *_) = work.cases.reports(case.id)
        work.reports.add_entry(first.id, "said", STORY)
        note = work.forms.current("case_note")
        assert note is not None
        form = json.dumps({"form": note.version, "what": STORY})
        work.cases.add_entry(case.id, "note", by=1, role="", stage=case.stage, body=form)
        now = work.cases.get(case.id)
        assert now is not None
        work.cases.to_stage(case.id, CLOSED, was=now.stage)
        closed = work.cases.get(case.id)
        assert closed is not None
        assert closed.closed_at is not None
        return closed

    return await house.store.write(end)


async def nights(house: House, since: timedelta) -> None:
    """A night so long after the beginning, and the beats of it."""
    house.clock.moment[0] = (BEGAN + since).replace(hour=18)  # two in Shanghai
    await house.bells.let_go()


async def marks(house: House, case: Case) -> list[Tombstone]:
    return [*await house.store.read(lambda reading: reading.erasures.of("case", case.id))]


async def kept(house: House) -> tuple[int, int]:
    """How many reporters, and how many files of reports, are known."""

    def look(reading: Reading) -> tuple[int, int]:
        return len(reading.db.all(_VAULTS)), len(reading.db.all(_FILES))

    return await house.store.read(look)


async def said(house: House, case: Case) -> str:
    """All that the case still says."""

    def look(reading: Reading) -> str:
        reports = reading.cases.reports(case.id)
        words = [one.answers for one in reports]
        words += [entry.body for one in reports for entry in reading.reports.entries(one.id)]
        words += [entry.body for entry in reading.cases.entries(case.id)]
        return "\n".join(words)

    return await house.store.read(look)


async def numbers(house: House) -> list[Any]:
    """What figures count of these days: as kept, which is what a recount says, and row by row."""
    await Counting(house.store).add_up()

    def look(reading: Reading) -> list[Any]:
        days, (county,) = reading.day_counts, reading.areas.roots()
        assert all(days.holds(place) for place in days.places())
        places = reading.areas.descendants(county.id)
        made = reading.reports.in_areas(places, BEGAN - timedelta(days=30))
        return [
            [reading.db.all(_DAYS)],
            [(one.number, one.area_id, one.grade, one.circumstances, one.state) for one in made],
            [(one.number, one.outcome, one.closed_at) for one in map(_of(reading), made)],
        ]

    return await house.store.read(look)


def _of(reading: Reading) -> Callable[[Report], Case]:
    def case_of(told: Report) -> Case:
        case = reading.cases.of_report(told.id)
        assert case is not None
        return case

    return case_of


async def test_who_reported_goes_after_three_years_and_what_was_said_after_twenty_one(
    house: House,
) -> None:
    case = await ended(house)
    before = await numbers(house)
    await nights(house, 3 * YEAR - timedelta(days=2))
    assert await marks(house, case) == []
    assert await kept(house) == (1, 1)
    await nights(house, 3 * YEAR + timedelta(days=2))
    assert [one.kind for one in await marks(house, case)] == ["reporter"]
    assert await kept(house) == (0, 1)
    assert STORY in await said(house, case)
    await nights(house, 21 * YEAR - timedelta(days=2))
    assert STORY in await said(house, case)
    await nights(house, 21 * YEAR + timedelta(days=2))
    assert [one.kind for one in await marks(house, case)] == ["reporter", "file", "case"]
    assert await kept(house) == (0, 0)
    assert STORY not in await said(house, case)
    assert await numbers(house) == before
    stone = (await marks(house, case))[-1]
    assert stone.rule == "case, case_closed, 21 years"
    assert stone.removed >= 3
    # Twice is once, also on a later night.
    await nights(house, 22 * YEAR)
    assert len(await marks(house, case)) == 3
    verdict = await house.store.read(lambda reading: reading.audit.verify())
    assert isinstance(verdict, Head)
    facts = await house.store.read(lambda reading: reading.audit.of("case", case.id))
    assert [one.verb for one in facts if one.verb.endswith("erased")] == [
        "reporter.erased",
        "file.erased",
        "case.erased",
    ]


async def test_a_case_of_which_the_words_are_gone_still_opens_and_says_so(house: House) -> None:
    case = await ended(house)
    await nights(house, 22 * YEAR)
    county = await house.visitor("县民政")
    await county.does(Chosen(verb="case.details", arg=str(case.id)))
    await house.settled()
    text = "\n".join(one.card.text for one in house.paper.to("县民政")[-3:])
    assert "按规定销毁了工单里说的话、照片和录音" in text
    assert STORY not in text


async def test_a_file_that_outlives_its_reporter_says_nothing_of_whose_it_was(
    house: House,
) -> None:
    case = await ended(house)
    (first, *_) = await house.store.read(lambda reading: reading.cases.reports(case.id))
    await nights(house, 4 * YEAR)

    def look(reading: Reading) -> tuple[str, str]:
        (file,) = reading.attachments.of_report(first.id)
        contact = reading.people.contact(file.contact_id)
        assert contact is not None
        return contact.channel, file.source

    assert await house.store.read(look) == ("erased", "")


async def test_the_county_holds_a_case_back_and_lets_it_go(house: House) -> None:
    case = await ended(house)
    house.clock.moment[0] = BEGAN + 20 * YEAR
    county = await house.visitor("县民政")
    await county.does(Chosen(verb="case.details", arg=str(case.id)))
    await house.settled()
    for act in (
        county.taps("暂缓销毁"),
        county.taps("先留着"),
        county.says("2051年12月31日"),
        county.says("正在打官司"),
    ):
        await act
        await house.settled()
    hold = await house.store.read(lambda reading: reading.erasures.hold("case", case.id))
    assert hold is not None
    assert hold.reason == "正在打官司"
    await nights(house, 22 * YEAR)
    assert STORY in await said(house, case)
    assert await kept(house) == (1, 1)
    await county.does(Chosen(verb="case.details", arg=str(case.id)))
    await house.settled()
    assert "暂缓销毁" in "\n".join(one.card.text for one in house.paper.to("县民政")[-3:])
    await nights(house, 26 * YEAR)
    assert STORY not in await said(house, case)


async def test_a_hold_that_is_ended_holds_no_more_and_a_case_taken_up_again_stays(
    house: House,
) -> None:
    case = await ended(house)
    await house.store.write(
        lambda work: work.erasures.set_hold(
            "case", case.id, by=1, reason="审计", until=work.now + 50 * YEAR
        )
    )
    await nights(house, 22 * YEAR)
    assert STORY in await said(house, case)
    await house.store.write(lambda work: work.erasures.end_hold("case", case.id, by=1))
    await house.store.write(lambda work: work.cases.to_stage(case.id, "received", was=CLOSED))
    await nights(house, 23 * YEAR)
    assert STORY in await said(house, case)


async def erases(house: House, name: str, case: Case) -> str:
    """What somebody of the county is told who wants the words of a case removed."""
    who = await house.visitor(name)
    before = len(house.paper.to(name))
    for act in (
        who.does(Chosen(verb="case.act", arg=f"{case.id}:erase")),
        who.taps("孩子本人，已经长大"),
        who.says("看过身份证"),
    ):
        await act
        await house.settled()
    return "\n".join(one.card.text for one in house.paper.to(name)[before:])


async def test_before_its_time_it_goes_when_two_of_the_county_agree_and_a_receipt_is_printed(
    house: House,
) -> None:
    await house.visitor("县领导")
    case = await ended(house)
    await erases(house, "县民政", case)
    await nights(house, timedelta(days=1))
    assert STORY in await said(house, case)
    assert "要县里另一个人也办一次" in await erases(house, "县民政", case)
    await erases(house, "县领导", case)
    assert STORY in await said(house, case)
    await nights(house, timedelta(days=2))
    assert STORY not in await said(house, case)
    assert await kept(house) == (0, 0)
    stones = await marks(house, case)
    assert [one.kind for one in stones] == ["file", "reporter", "case"]
    assert all(one.is_asked for one in stones)
    county = await house.visitor("县民政")
    await county.does(Chosen(verb="paper.make", arg=f"case:{case.id}:erasure_receipt"))
    await house.settled()
    receipt = house.paper.to("县民政")[-1]
    assert receipt.card.document is not None
    word = Document(BytesIO(receipt.content))
    text = "\n".join(one.text for one in word.paragraphs)
    assert text.count("按申请，两人同意") == 3
    assert stones[-1].digest.hex()[:16] in text
    await nights(house, timedelta(days=3))
    assert len(await marks(house, case)) == 3


async def test_what_is_held_back_is_not_removed_on_request_either(house: House) -> None:
    case = await ended(house)
    await house.store.write(
        lambda work: work.erasures.set_hold(
            "case", case.id, by=1, reason="审计", until=work.now + YEAR
        )
    )
    assert "正在暂缓销毁" in await erases(house, "县民政", case)
    assert await house.store.read(lambda reading: reading.erasures.wish("case", case.id)) is None


async def test_a_wish_that_nobody_shares_is_over_after_a_month(house: House) -> None:
    await house.visitor("县领导")
    case = await ended(house)
    await erases(house, "县民政", case)
    house.clock.moment[0] += timedelta(days=31)
    await erases(house, "县领导", case)
    await nights(house, timedelta(days=33))
    assert STORY in await said(house, case)


async def test_by_day_nothing_goes(house: House) -> None:
    case = await ended(house)
    house.clock.moment[0] = BEGAN.replace(hour=4) + 30 * YEAR
    await house.bells.let_go()
    assert await marks(house, case) == []


async def test_no_word_is_left_in_the_file_of_the_database(tmp_path: Path) -> None:
    async with open_house(tmp_path, began=BEGAN) as house:
        case = await ended(house)
        (first, *_) = await house.store.read(lambda reading: reading.cases.reports(case.id))
        sealed = await house.store.read(
            lambda reading: bytes(reading.db.all(_ANSWERS, id=first.id)[0][0])
        )
        await nights(house, 22 * YEAR)
    file = tmp_path / "data" / "house.db"
    with sqlite3.connect(file) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    assert sealed[20:] not in file.read_bytes()


def test_nothing_goes_a_day_too_early() -> None:
    rule = Kept(name="x", after="case_closed", years=21, source="x", reason="x")
    for year in range(2026, 2060):
        closed = datetime(year, 2, 28, tzinfo=UTC)
        assert rule.over_before(closed.replace(year=year + 21)) <= closed


async def test_a_turn_removes_a_few_and_says_whether_more_waits(house: House) -> None:
    await ended(house)
    house.clock.moment[0] = BEGAN + 22 * YEAR
    rules = house.rules
    went = [await house.store.write(lambda work: erasing.let_go(work, rules)) for _ in range(4)]
    assert went == [True, True, True, False]

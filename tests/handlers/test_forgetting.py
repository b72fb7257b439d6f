"""What belongs to no case goes when its years are over, with a mark, and no number changes."""

import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import LargeBinary, select

from handlers.children.ledger import Ledger
from policy.summary import CALIBERS
from storage.children.carers import CarerIn
from storage.children.child import ERASED, Child
from storage.erasing.erasure import Matter, Tombstone
from storage.reporting.reports import ReportIn
from storage.school.absences import AbsenceIn
from storage.school.classes import PupilIn
from storage.sealing import KeyRing
from storage.tables import family_week, metadata
from storage.visiting.visit import VisitIn
from storage.work import Reading, Work
from tests.fakes.house import House, open_house
from tests.handlers.test_letting_go import BEGAN, YEAR, ended, nights

#: Everything that somebody said or wrote of the child; nothing of it may be left.
SECRETS = ("周小禾", "511600201001010011", "老鹰岩七号", "他怕黑不敢睡", "周奶奶", "禾禾")
OF_SCHOOL = "发高烧"
RECORD = {
    "name": "周小禾",
    "id_number": "511600201001010011",
    "birth_date": "2010-11-21",
    "sex": "male",
    "labels": "left_behind",
    "schooling": "junior",
    "guardian_relation": "祖母",
    "guardian_name": "周奶奶",
    "address": "老鹰岩七号",
}
DAY = BEGAN.date()


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    file = tmp_path / "keys" / "house.keys"
    file.parent.mkdir()
    KeyRing.create(file)
    async with open_house(tmp_path, began=BEGAN, url=database_url) as opened:
        yield opened


def known(work: Work) -> dict[str, int]:
    """A child of whom much is known, who left the register today; and what is theirs."""
    by = work.people.meet("paper", "教师").person_id
    place = work.areas.search("河湾村一组")[0].id
    child = work.children.add(place, RECORD, source="registration", by=by)
    work.children.change(child, {"address": "老鹰岩九号"}, source="visit", by=by)
    told = json.dumps({"form": "f", "note": "他怕黑不敢睡"}, ensure_ascii=False)
    visit = work.visits.add(
        VisitIn(
            child_id=child,
            kind="home",
            result="done",
            reason="",
            seen=True,
            alone=False,
            answers=told,
            person_id=by,
            role="child_director",
            source="chat",
            on_day=DAY,
            true_at=work.now,
        )
    )
    carer = CarerIn(kind="relative", said={"name": "周奶奶"}, since=DAY, until=DAY)
    work.carers.add(child, carer, by=by)
    link, _ = work.families.invite(child, "parent", "禾禾", by=by, life=timedelta(days=3))
    school = work.classes.school_at(work.areas.search("青石镇")[0].id, "青石小学")
    room = work.classes.add(school.id, "三年级1班", grade=3, number=1, by=by)
    (pupil,) = work.classes.add_pupils(room, [PupilIn(name="周小禾", child_id=child)])
    work.classes.take_roll(room, DAY, absent=1, by=by)
    missed = work.absences.note(
        AbsenceIn(
            pupil_id=pupil,
            class_id=room,
            child_id=child,
            area_id=place,
            first_day=DAY,
            reason="ill",
            excused=True,
            boards=False,
            by=by,
        )
    )
    assert missed is not None
    work.absences.add_entry(missed, "did", by=by, note=OF_SCHOOL)
    work.absences.close(missed, "returned", returned=DAY, stood="", by=by)
    work.classes.left(pupil)
    work.children.leave(child, "grown_16", DAY, by=by, note="老鹰岩七号搬走")
    return {"child": child, "visit": visit, "room": room, "absence": missed, "link": link}


def everything(reading: Reading) -> str:
    """All that is sealed, opened."""
    sealer, found = reading.shared.sealer, []
    for table in metadata.sorted_tables:
        if table.name in ("attachment_chunk", "reporter", "form_version"):
            continue
        key = next(iter(table.primary_key))
        for column in table.columns:
            if type(column.type) is LargeBinary and column.type.length is None:
                for row_id, sealed in reading.db.all(select(key, column)):
                    if sealed is not None:
                        found.append(sealer.open(table.name, column.name, row_id, sealed).decode())
    return "\n".join(found)


def counted(house: House) -> Callable[[Reading], object]:
    """The official table as of the day."""

    def look(reading: Reading) -> object:
        ledger = Ledger(house.rules.policy.summary, house.rules.zone)
        while not ledger.step(reading):
            pass
        tree, now, eve = reading.areas, reading.now, DAY - timedelta(days=1)
        places = [*ledger.children(tree, DAY, now)]
        return (
            [ledger.counts(tree, on, caliber, now) for caliber in CALIBERS for on in (eve, DAY)],
            ledger.lacks(tree, eve, now, places),
        )

    return look


async def marks(house: House, matter: str, matter_id: int) -> list[Tombstone]:
    return [*await house.store.read(lambda reading: reading.erasures.of(matter, matter_id))]  # type: ignore[arg-type]


async def child_of(house: House, child_id: int) -> Child:
    found = await house.store.read(lambda reading: reading.children.get(child_id))
    assert found is not None
    return found


async def test_what_is_known_of_a_child_goes_by_its_own_years_and_no_number_changes(
    house: House,
) -> None:
    made = await house.store.write(known)
    child = made["child"]
    before = await house.store.read(counted(house))
    words = await house.store.read(everything)
    assert [one for one in SECRETS if one not in words] == []

    await nights(house, 3 * YEAR)  # of 2026: not before 2030
    assert [one.kind for one in await marks(house, "child", child)] == []
    await nights(house, 4 * YEAR)
    assert [one.kind for one in await marks(house, "child", child)] == ["family"]
    assert [one.kind for one in await marks(house, "absence", made["absence"])] == ["absence"]
    assert [one.kind for one in await marks(house, "class", made["room"])] == ["roll"]
    words = await house.store.read(everything)
    assert [one for one in ("禾禾", OF_SCHOOL) if one in words] == []
    assert (await child_of(house, child)).name == "周小禾"

    await nights(house, 5 * YEAR + timedelta(days=1))
    *_, stone = await marks(house, "child", child)
    assert (stone.kind, stone.rule, stone.is_asked) == (
        "child",
        "child, child_left, 5 years",
        False,
    )
    assert stone.removed == 5  # the record, three changes, a visit
    words = await house.store.read(everything)
    assert [one for one in SECRETS if one in words] == []
    gone = await child_of(house, child)
    assert gone.is_erased
    assert (gone.status, gone.left_reason, gone.left_on) == ("left", "grown_16", DAY)
    assert {key for key, value in gone.values.items() if value == ERASED} == {
        "name",
        "id_number",
        "guardian_name",
        "address",
    }
    assert (
        await house.store.read(lambda reading: reading.children.by_id_number(RECORD["id_number"]))
        is None
    )
    assert await house.store.read(counted(house)) == before
    (visit,) = await house.store.read(lambda reading: reading.visits.of_child(child))
    assert (visit.id, visit.result, visit.answers) == (made["visit"], "done", "{}")

    marked = await marks(house, "child", child)
    await nights(house, 9 * YEAR)
    assert await marks(house, "child", child) == marked


async def test_what_was_said_in_a_visit_of_a_child_who_stays_goes_after_five_whole_years(
    house: House,
) -> None:
    child = (await house.store.write(known))["child"]
    await house.store.write(lambda work: work.children.come_back(child, by=1))
    await nights(house, 5 * YEAR + timedelta(days=10))
    assert "他怕黑不敢睡" in await house.store.read(everything)
    await nights(house, 6 * YEAR)
    assert "他怕黑不敢睡" not in await house.store.read(everything)
    assert (await child_of(house, child)).name == "周小禾"
    assert [one.kind for one in await marks(house, "child", child)] == ["family", "visit"]


async def test_a_child_that_was_entered_by_mistake_goes_after_a_year(house: House) -> None:
    def mistaken(work: Work) -> int:
        place = work.areas.search("河湾村一组")[0].id
        child = work.children.add(place, RECORD, source="registration", by=1)
        work.children.leave(child, "wrong", DAY, by=1)
        return child

    child = await house.store.write(mistaken)
    await nights(house, timedelta(days=360))
    assert not (await child_of(house, child)).is_erased
    await nights(house, YEAR + timedelta(days=1))
    assert (await child_of(house, child)).is_erased
    (stone,) = await marks(house, "child", child)
    assert stone.rule == "wrong, child_left, 1 years"


async def test_a_file_stays_as_long_as_a_case_of_the_child_and_while_it_is_held_back(
    house: House,
) -> None:
    case = await ended(house)

    def theirs(work: Work) -> int:
        child = known(work)["child"]
        work.cases.about_child(case.id, child)
        return child

    child = await house.store.write(theirs)
    await nights(house, 20 * YEAR)
    assert not (await child_of(house, child)).is_erased
    await house.store.write(
        lambda work: work.erasures.set_hold(
            "child", child, by=1, reason="打官司", until=work.now + 3 * YEAR
        )
    )
    await nights(house, 22 * YEAR)  # the case is over
    assert not (await child_of(house, child)).is_erased
    await nights(house, 24 * YEAR)
    assert (await child_of(house, child)).is_erased


@pytest.mark.parametrize("of", ["child", "case"])
async def test_what_family_said_stays_while_the_file_or_a_case_of_the_child_is_held_back(
    house: House, of: Matter
) -> None:
    case = await ended(house)
    until = BEGAN + 3 * YEAR

    def told(work: Work) -> None:
        child = known(work)["child"]
        work.cases.about_child(case.id, child)
        granny = work.people.meet("paper", "奶奶").person_id
        _, token = work.families.invite(child, "carer", "禾禾", by=0, life=YEAR)
        link = work.families.use(token, granny, BEGAN.date())
        assert link is not None
        work.families.say(link, BEGAN.date(), told={"call_what": "做噩梦"})
        held = child if of == "child" else case.id
        work.erasures.set_hold(of, held, by=1, reason="打官司", until=until)

    def weeks(reading: Reading) -> int:
        told = select(family_week.c.id).where(family_week.c.told.is_not(None))
        return len(reading.db.all(told))

    await house.store.write(told)
    assert await house.store.read(weeks) == 1
    for years, left in ((2, 1), (4, 0)):
        house.clock.moment[0] = BEGAN + years * YEAR
        await house.bells.tidy()
        assert await house.store.read(weeks) == left


def thanked(work: Work) -> int:
    """A report of which no case is made."""
    contact = work.people.meet("paper", "路人").contact_id
    version = work.forms.current("message")
    assert version is not None
    row = work.reports.file(
        ReportIn(
            kind="message",
            area_id=None,
            form_version=version.version,
            answers=json.dumps({"what": "谢谢你们"}, ensure_ascii=False),
            grade="blue",
            reasons=(),
            circumstances=(),
            anonymous=False,
        )
    )
    work.reporters.keep(row.id, contact, {"speaker_name": "路人甲"}, "123456")
    return row.id


async def test_a_report_of_which_no_case_was_made_goes_with_who_made_it(house: House) -> None:
    report = await house.store.write(thanked)
    await nights(house, 3 * YEAR)
    assert "谢谢你们" in await house.store.read(everything)
    await nights(house, 4 * YEAR)
    assert "谢谢你们" not in await house.store.read(everything)
    assert await house.store.read(lambda reading: reading.reporters.contact_of(report)) is None
    (stone,) = await marks(house, "report", report)
    assert (stone.kind, stone.removed) == ("report", 3)


async def test_another_offices_list_leaves_a_mark(house: House) -> None:
    kept = house.rules.policy.timing["claims_kept"]

    def brought(work: Work) -> int:
        place = work.areas.search("青石镇")[0].id
        row = work.claims.begin("school", place, "名单.xlsx", by=1)
        work.claims.finish(row, "school", 0, by=1)
        return row

    row = await house.store.write(brought)
    house.clock.moment[0] += kept + timedelta(days=1)
    await house.bells.tidy()
    (stone,) = await marks(house, "list", row)
    assert (stone.kind, stone.rule) == ("claim", "timing, claims_kept")


async def test_a_report_without_a_case_stays_while_the_county_holds_it_back(house: House) -> None:
    report = await house.store.write(thanked)
    row = await house.store.read(lambda reading: reading.reports.get(report))
    assert row is not None
    officer, teacher = await house.visitor("县民政"), await house.visitor("教师")
    for said in (f"暂缓销毁 {row.number}", "先留着", "2031年12月31日", "要打官司"):
        await officer.says(said)
        await house.settled()
    assert "先留到 2031-12-31" in house.paper.to("县民政")[-1].card.text
    await teacher.says(f"暂缓销毁 {row.number}")
    await house.settled()
    assert "先留着吗" not in house.paper.to("教师")[-1].card.text

    def is_known(reading: Reading) -> bool:
        return reading.reporters.contact_of(report) is not None

    await nights(house, 4 * YEAR)
    assert await house.store.read(is_known)
    await nights(house, 6 * YEAR)
    assert not await house.store.read(is_known)

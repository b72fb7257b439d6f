"""Somebody leaves: everything moves in one turn or nothing does, on both engines."""

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.commands import handing_over
from handlers.people.handover import Moved
from storage.cases.case import Owner
from storage.cases.duties import DutyIn
from storage.reporting.drafts import Draft
from storage.reporting.reports import ReportIn
from storage.sealing import KeyRing
from storage.tables import metadata
from storage.visiting.visit import VisitIn
from storage.work import Reading, Work
from tests.fakes.house import House, open_house
from tests.stories.test_children import settle_children

BEGAN = datetime(2026, 11, 20, 2, tzinfo=UTC)
LEAVER, SUCCESSOR, NEIGHBOUR = "儿童主任", "村主任", "邻居"
DAY = timedelta(days=1)
#: What somebody says who reports that a child is not at school.
TELLING = (
    *("报告", "该上学却没去上学", "完成", "孩子辍学在家", "河湾村", "跳过", "安全"),
    *("不留名", "跳过", "发出去"),
)


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    file = tmp_path / "keys" / "house.keys"
    file.parent.mkdir()
    KeyRing.create(file)
    async with open_house(tmp_path, began=BEGAN, url=database_url) as opened:
        for name in (SUCCESSOR, "网格员", NEIGHBOUR):
            await opened.visitor(name)
        await opened.store.write(settle_children)
        await opened.store.write(_settle_work)
        yield opened


class _CutOffError(Exception):
    """The process ends here."""


async def test_all_that_waits_for_them_moves_and_what_they_did_is_theirs(house: House) -> None:
    before = await house.store.read(_hands)
    moved = await house.store.write(_hand_over(house))
    await house.settled()
    after = await house.store.read(_hands)
    assert (len(moved.posts), moved.children, moved.shifts) == (1, 3, 1)
    assert moved.duties >= 2
    assert [what for what, who in before.items() if who == LEAVER] != []
    assert {what: who for what, who in after.items() if who == LEAVER} == {}
    # Whoever was in other hands is there still, and all else is with the one who takes over.
    assert after == {what: SUCCESSOR if who == LEAVER else who for what, who in before.items()}
    visits = await house.store.read(_visitors)
    assert visits == [LEAVER]
    assert "谢谢您" in house.paper.to(LEAVER)[-1].card.text
    assert "由您接着做" in house.paper.to(SUCCESSOR)[-1].card.text


async def test_what_had_an_end_keeps_it_and_what_had_not_begun_goes_along(house: House) -> None:
    ends, begins = BEGAN + 30 * DAY, BEGAN + 40 * DAY

    def dated(work: Work) -> None:
        leaver = _person(work, LEAVER)
        (post,) = work.people.roles(leaver)
        work.people.set_term(post.id, post.since, ends, by=0)
        work.people.add_role(leaver, "grid_worker", post.area_id, since=begins)

    await house.store.write(dated)
    await house.store.write(_hand_over(house))
    await house.settled()
    held = await house.store.read(lambda r: r.people.roles_ahead(_person(r, SUCCESSOR)))
    terms = {post.role: (post.since, post.until) for post in held}
    assert terms["child_director"] == (BEGAN, ends)
    assert terms["grid_worker"] == (begins, None)
    assert await house.store.read(lambda r: r.people.roles_ahead(_person(r, LEAVER))) == ()
    assert "（到 2026-12-20）" in house.paper.to(SUCCESSOR)[-1].card.text


async def test_whoever_reported_is_told_that_another_person_goes_on(house: House) -> None:
    neighbour = await house.visitor(NEIGHBOUR)
    for said in TELLING:
        await neighbour.says(said)
    await house.store.write(_hand_over(house))
    await house.settled()
    assert "换了人接着办" in house.paper.to(NEIGHBOUR)[-1].card.text


async def test_a_form_that_they_had_begun_is_the_others_and_no_longer_theirs(house: House) -> None:
    neighbour, leaver = await house.visitor(NEIGHBOUR), await house.visitor(LEAVER)
    for said in TELLING:
        await neighbour.says(said)
    await house.settled()
    for tapped in ("我来处理", "看详情", "做评估"):
        await leaver.says(tapped)
        await house.settled()
    assert "看看孩子的处境" in house.paper.to(LEAVER)[-1].card.text
    moved = await house.store.write(_hand_over(house))
    assert moved.drafts == 1
    await house.settled()
    for said in ("选好了", "孩子在家"):
        await leaver.says(said)
        await house.settled()
        assert "看看孩子的处境" not in house.paper.to(LEAVER)[-1].card.text
    assert [one.about for one in await house.store.read(_begun_by(SUCCESSOR))] != []
    assert await house.store.read(_begun_by(LEAVER)) == []


async def test_whatever_statement_it_is_cut_off_at_nothing_has_moved(house: House) -> None:
    whole = await house.store.read(_everything)
    number = 0
    while True:
        number += 1
        try:
            await house.store.write(_cut_off(house, number))
        except _CutOffError:
            assert await house.store.read(_everything) == whole, number
        else:
            break
    assert number > 20
    assert (await house.store.read(_hands))["post child_director"] == SUCCESSOR


# -- steps ---------------------------------------------------------------------------------------


def _settle_work(work: Work) -> None:
    leaver, grid = _person(work, LEAVER), _person(work, "网格员")
    village = work.areas.search("河湾村")[0].id
    (child, *_) = [one.child.id for one in work.responsibilities.of_person(leaver)]
    work.visits.add(
        VisitIn(
            child_id=child,
            kind="home",
            result="done",
            seen=True,
            answers="{}",
            person_id=leaver,
            on_day=work.now.date(),
            true_at=work.now,
        )
    )
    report = work.reports.file(
        ReportIn(
            kind="report",
            area_id=village,
            form_version="1",
            answers="{}",
            grade="yellow",
            anonymous=True,
        )
    )
    owner = Owner(role="child_director", area_id=village, person_id=leaver)
    case = work.cases.open(report, owner, stage="accepted", child_id=None)
    for key, kind, subject, subject_id in (
        ("case", "acknowledge", "case", case.id),
        ("child", "visit", "child", child),
    ):
        work.duties.set(
            DutyIn(
                key=f"{key}:{subject_id}",
                kind=kind,
                subject=subject,
                subject_id=subject_id,
                area_id=village,
                grade="yellow",
                person_id=leaver,
                due_at=work.now + DAY,
                rings_at=None,
            )
        )
    work.shifts.add(village, "child_director", leaver, work.now, work.now + DAY, by=0)
    work.deputies.plan(grid, leaver, work.now, work.now + DAY, by=grid)


def _hand_over(house: House) -> Callable[[Work], Moved]:
    def turn(work: Work) -> Moved:
        return handing_over.by_names(work, house.rules, LEAVER, SUCCESSOR)

    return turn


def _cut_off(house: House, number: int) -> Callable[[Work], Moved]:
    """The same turn, ended as by a kill just before its statement of this number."""

    def turn(work: Work) -> Moved:
        left = [number]
        real = {name: getattr(work.db, name) for name in ("all", "run", "run_many")}

        def counted(name: str) -> Callable[..., object]:
            def call(*args: object, **values: object) -> object:
                left[0] -= 1
                if not left[0]:
                    raise _CutOffError
                return real[name](*args, **values)

            return call

        try:
            for name in real:
                setattr(work.db, name, counted(name))
            return handing_over.by_names(work, house.rules, LEAVER, SUCCESSOR)
        finally:
            for name, method in real.items():
                setattr(work.db, name, method)

    return turn


def _person(reading: Reading, name: str) -> int:
    speaker = reading.people.speaker("paper", name)
    assert speaker is not None
    return speaker.person_id


def _hands(reading: Reading) -> Mapping[str, str]:
    """Who has what: posts, children, cases, duties, shifts, and for whom they stand in."""
    names = {_person(reading, name): name for name in (LEAVER, SUCCESSOR, "网格员", "督导员")}
    found: dict[str, str] = {}
    for person, name in names.items():
        for post in reading.people.roles(person):
            found[f"post {post.role}"] = name
        for one in reading.responsibilities.of_person(person):
            found[f"child {one.child.id}"] = name
        for case in reading.cases.owned_by([person]):
            found[f"case {case.id}"] = name
        for duty in reading.duties.of_people([person], reading.now + 400 * DAY):
            found[f"duty {duty.id}"] = name
        for absent in reading.deputies.acting_for(person, reading.now):
            found[f"deputy of {absent}"] = name
    village = reading.areas.search("河湾村")[0].id
    for shift in reading.shifts.between([village], reading.now, reading.now + DAY):
        found[f"shift {shift.id}"] = names[shift.person_id]
    return found


def _begun_by(name: str) -> Callable[[Reading], list[Draft]]:
    """The forms about cases that somebody is in the middle of."""

    def read(reading: Reading) -> list[Draft]:
        speaker = reading.people.speaker("paper", name)
        assert speaker is not None
        return [one for one in reading.drafts.open_of(speaker.contact_id) if one.about]

    return read


def _visitors(reading: Reading) -> list[str]:
    leaver = _person(reading, LEAVER)
    rows = reading.db.all(select(metadata.tables["visit"].c.person_id))
    return [LEAVER if row[0] == leaver else "?" for row in rows]


def _everything(reading: Reading) -> Mapping[str, list[str]]:
    """All rows of all tables."""
    return {
        table.name: sorted(map(repr, reading.db.all(select(table))))
        for table in metadata.sorted_tables
    }

"""One command hands over all that somebody holds; two people of one name are never guessed at."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.commands import handing_over
from bot.commands.handing_over import NotOnePerson
from handlers.people.handover import Moved
from storage.cases.case import Owner
from storage.cases.duties import DutyIn
from storage.reporting.reports import ReportIn
from storage.work import Reading, Work
from tests.fakes.house import House, open_house
from tests.stories.test_children import settle_children


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, began=datetime(2026, 11, 20, 2, tzinfo=UTC)) as opened:
        await opened.visitor("村主任")
        await opened.store.write(settle_children)
        yield opened


async def hand_over(house: House, leaver: str, successor: str) -> Moved:
    return await house.store.write(
        lambda work: handing_over.by_names(work, house.rules, leaver, successor)
    )


def children_of(name: str, reading: Reading) -> int:
    speaker = reading.people.speaker("paper", name)
    assert speaker is not None
    return len(reading.responsibilities.of_person(speaker.person_id))


async def test_posts_and_children_move_together_and_both_are_told(house: House) -> None:
    moved = await hand_over(house, "儿童主任", "村主任")
    await house.settled()
    assert (len(moved.posts), moved.children) == (1, 3)
    held = [
        await house.store.read(lambda reading, who=who: children_of(who, reading))  # type: ignore[misc]
        for who in ("儿童主任", "村主任")
    ]
    assert held == [0, 3]
    assert "谢谢您" in house.paper.to("儿童主任")[-1].card.text
    assert "3 个孩子" in house.paper.to("村主任")[-1].card.text


async def test_two_people_of_one_name_are_listed_and_nothing_moves(house: House) -> None:
    def namesake(work: Work) -> None:
        other = work.people.meet("paper", "同名").person_id
        work.people.set_name(other, "村主任")
        work.people.set_phone(other, "13900001111")
        work.people.add_role(other, "grid_worker", work.areas.search("青石村")[0].id)

    await house.store.write(namesake)
    with pytest.raises(NotOnePerson) as caught:
        await hand_over(house, "儿童主任", "村主任")
    (told,) = caught.value.sentences
    assert "139****1111" in told
    assert "13900001111" not in told
    assert "青石镇河湾村 村（居）委会负责人" in told
    assert await house.store.read(lambda reading: children_of("儿童主任", reading)) == 3
    moved = await hand_over(house, "儿童主任", "139 0000 1111")
    assert moved.children == 3


async def test_a_name_with_the_number_of_an_emergency_in_it_is_a_name(house: House) -> None:
    def named(work: Work) -> None:
        work.people.set_name(work.people.meet("paper", "村主任").person_id, "接手的110号")

    await house.store.write(named)
    assert (await hand_over(house, "儿童主任", "接手的110号")).children == 3


async def test_who_is_not_there_and_who_is_the_same_is_said(house: House) -> None:
    with pytest.raises(NotOnePerson, match="没有找到“赵六”"):
        await hand_over(house, "赵六", "村主任")
    with pytest.raises(NotOnePerson, match="同一个人"):
        await hand_over(house, "村主任", "村主任")


def person(reading: Reading, name: str) -> int:
    speaker = reading.people.speaker("paper", name)
    assert speaker is not None
    return speaker.person_id


def file_case(work: Work, owner: int) -> int:
    """A report of 河湾村 whose case is in somebody's hands, with one thing to do."""
    village = work.areas.search("河湾村")[0].id
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
    mine = Owner(role="child_director", area_id=village, person_id=owner)
    case = work.cases.open(report, mine, stage="accepted", child_id=None)
    work.duties.set(
        DutyIn(
            key=f"case:{case.id}",
            kind="acknowledge",
            subject="case",
            subject_id=case.id,
            area_id=village,
            grade="yellow",
            person_id=owner,
            due_at=work.now + timedelta(hours=2),
            rings_at=None,
        )
    )
    return case.id


async def test_open_cases_and_duties_go_along_but_never_to_who_must_not_hear(house: House) -> None:
    def settled(work: Work) -> tuple[int, int]:
        leaver = person(work, "儿童主任")
        first, second = (file_case(work, leaver) for _ in range(2))
        work.cases.add_member(second, person(work, "村主任"), "excluded", by=0)
        return first, second

    cases = await house.store.write(settled)
    moved = await hand_over(house, "儿童主任", "村主任")
    assert (moved.cases, moved.duties) == (2, 2)

    def hands(reading: Reading) -> list[tuple[int | None, int | None]]:
        return [
            (case.owner.person_id, duty.person_id)
            for case in map(reading.cases.get, cases)
            for duty in reading.duties.open_of("case", case.id if case else 0)
            if case and duty.kind == "acknowledge"
        ]

    successor, county = await house.store.read(
        lambda reading: (person(reading, "村主任"), person(reading, "县民政"))
    )
    assert await house.store.read(hands) == [(successor, successor), (county, county)]


async def test_nobody_hears_by_what_moves_that_there_is_a_case_of_which_they_must_not(
    house: House,
) -> None:
    def settled(work: Work) -> int:
        leaver, successor, boss = (person(work, name) for name in ("儿童主任", "村主任", "督导员"))
        owned, others = file_case(work, leaver), file_case(work, boss)
        for duty in work.duties.open_of("case", others):
            work.duties.give(duty.id, leaver, "child_director")
        for case in (owned, others):
            work.cases.add_member(case, successor, "excluded", by=0)
        (contact,) = work.people.contacts_of(leaver)
        version = work.forms.current("report")
        assert version is not None
        work.drafts.start(contact.id, version.version, "{}", about=f"case:{owned}")
        return others

    others = await house.store.write(settled)
    moved = await hand_over(house, "儿童主任", "村主任")
    await house.settled()
    assert (moved.cases, moved.duties, moved.reports) == (1, 2, 2)
    thanks, yours = (house.paper.to(name)[-1].card.text for name in ("儿童主任", "村主任"))
    assert "2 件没办完的报告" in thanks
    assert "1 件手上在办的" in thanks
    assert "3 个孩子" in yours
    assert [word for word in ("报告", "在办", "等着做", "没写完") if word in yours] == []

    def kept(reading: Reading) -> tuple[list[int | None], int]:
        whose = [duty.person_id for duty in reading.duties.open_of("case", others)]
        (contact,) = reading.people.contacts_of(person(reading, "村主任"))
        return whose, len(reading.drafts.open_of(contact.id))

    boss = await house.store.read(lambda reading: person(reading, "督导员"))
    assert await house.store.read(kept) == ([boss], 0)

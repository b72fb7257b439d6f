"""回避: that others look at a child, or are not reached, tells of a case that is hidden."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from handlers import talk
from handlers.cases import case_card, cases, clusters, involved
from handlers.children import child_past, register
from handlers.office import administration, looks
from handlers.reaching import telling
from handlers.turn import Turn
from storage.reaching.owed import OutboxIn
from storage.work import Work
from tests.bot.site.console.conftest import BEGAN
from tests.fakes.house import House, open_house
from tests.handlers.canaries import County, settle

T = TypeVar("T")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, began=BEGAN) as opened:
        yield opened


@pytest.fixture
async def county(house: House) -> County:
    return await house.store.write(settle)


async def _sees(house: House, name: str, see: Callable[[Turn], T]) -> T:
    return await house.store.write(lambda work: see(_turn(house, work, name)))


def _turn(house: House, work: Work, name: str) -> Turn:
    return Turn(
        work=work,
        rules=house.rules,
        speaker=work.people.meet("paper", name),
        at=work.now.astimezone(house.rules.zone),
        finish=talk.finish,
    )


def _file_of(child: int) -> Callable[[Turn], list[str]]:
    def see(turn: Turn) -> list[str]:
        seen = register.view(turn, child)
        assert seen is not None
        return child_past.who_looked(turn, seen)

    return see


async def _looks(house: House, county: County, who: str, child: int) -> None:
    """Somebody opens a file because of a report."""
    person = county.people[who]
    await house.store.write(lambda work: work.child_looks.note(child, person, code="report"))


async def _keeps_out(house: House, county: County, who: str, told: int = 0) -> None:
    case, person = county.told[told].case, county.people[who]
    await house.store.write(lambda work: work.cases.add_member(case, person, "excluded", by=0))


async def test_a_look_of_others_does_not_tell_whoever_must_not_hear(
    house: House, county: County
) -> None:
    child = next(iter(county.homes))
    assert county.told[0].area in {county.homes[child], county.places["青石镇河湾村"]}
    await _looks(house, county, "县公安", child)
    await _looks(house, county, "河湾主任", child)
    assert any("处理线索" in line for line in await _sees(house, "河湾主任", _file_of(child)))

    await _keeps_out(house, county, "河湾主任")
    lines = await _sees(house, "河湾主任", _file_of(child))
    assert len(lines) == 1
    assert "县公安" not in lines[0]
    assert len(await _sees(house, "青石督导", _file_of(child))) == 2


async def test_nor_does_the_list_of_all_looks_and_its_file(house: House, county: County) -> None:
    here, elsewhere = next(iter(county.homes)), list(county.homes)[2]
    for child in (here, elsewhere):
        await _looks(house, county, "县公安", child)
    await _keeps_out(house, county, "青石督导")
    page = await _sees(house, "青石督导", looks.page)
    assert {one.child for one in page.looks} == {elsewhere}
    assert {one.child for one in await _sees(house, "青石督导", looks.exported)} == {elsewhere}
    assert {one.child for one in (await _sees(house, "县民政", looks.page)).looks} == {
        here,
        elsewhere,
    }


async def test_nor_does_the_length_of_lists_of_cases_that_others_took(
    house: House, county: County
) -> None:
    by = county.people["县公安"]

    def take(work: Work) -> None:
        for what in ("cases", "children"):
            work.exports.note(what, 3, by=by, reason="报表")

    await house.store.write(take)
    assert len((await _sees(house, "县民政", looks.page)).left) == 2
    await _keeps_out(house, county, "县民政")
    assert [one.what for one in (await _sees(house, "县民政", looks.page)).left] == ["children"]


@pytest.mark.parametrize("is_ring", [False, True])
async def test_nor_does_an_alarm_that_did_not_arrive(
    house: House, county: County, is_ring: bool
) -> None:
    def undelivered(work: Work) -> int:
        case = work.cases.get(county.told[0].case)
        assert case is not None
        about = case_card.about(case)
        to = work.people.meet("paper", "河湾主任")
        row = work.outbox.put(
            OutboxIn(
                contact_id=to.contact_id,
                channel="paper",
                priority=0,
                card='["有情况",[]]',
                token="t" * 22,
                turn=0,
                about=telling.ring(about) if is_ring else about,
            )
        )
        work.db.raw.execute("UPDATE outbox SET state = 'refused' WHERE id = ?", (row,))
        return row

    row = await house.store.write(undelivered)
    seen = await _sees(house, "青石督导", administration.lost)
    assert row in {one.id for one in seen}
    await _keeps_out(house, county, "青石督导")
    assert row not in {one.id for one in await _sees(house, "青石督导", administration.lost)}
    assert not await _sees(house, "青石督导", lambda turn: administration.send_again(turn, row))


async def test_nor_does_the_story_of_another_case_that_it_is_one_of_several(
    house: House, county: County
) -> None:
    other = county.told[1].case

    def mark(work: Work) -> None:
        act = f"{clusters.ACT}village"
        work.cases.add_entry(other, act, by=0, role="", stage="received")

    def story(turn: Turn) -> str:
        seen = involved.view(turn, other)
        assert seen is not None
        return "\n".join(cases.story(turn, seen).entries)

    await house.store.write(mark)
    assert "最近有好几件" in await _sees(house, "县民政", story)
    await _keeps_out(house, county, "县民政")
    assert "最近有好几件" not in await _sees(house, "县民政", story)


@pytest.mark.parametrize(("giver", "sees"), [("青石督导", False), ("县民政", True)])
async def test_nor_does_whoever_they_give_a_post(
    house: House, county: County, giver: str, sees: bool
) -> None:
    """Another phone of theirs, let in by their own invitation."""
    case = county.told[0].case
    await _keeps_out(house, county, "青石督导")
    by, village = county.people[giver], county.places["青石镇河湾村"]

    def gives(work: Work) -> None:
        for name in ("新人", "河湾主任"):
            person = work.people.meet("paper", name).person_id
            work.people.add_role(person, "village_head", village, by=by)

    await house.store.write(gives)
    for name, may in (("新人", sees), ("河湾主任", True)):
        seen = await _sees(house, name, lambda turn: involved.view(turn, case))
        assert (seen is not None) is may

"""The morning's digests are written many at a time, and one that cannot be is one."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from handlers.visiting import digest
from storage.work import Work
from tests.fakes.house import open_house
from tests.storage.village import worker

#: Half past seven in Shanghai, on a Monday and the Monday a week before.
MONDAY = datetime(2026, 11, 29, 23, 30, tzinfo=UTC)
BEFORE = MONDAY - timedelta(days=7)
CADRES = 5


async def test_a_digest_that_cannot_be_written_keeps_nobody_else_from_theirs(
    tmp_path: Path,
) -> None:
    def settle(work: Work) -> tuple[list[int], list[int]]:
        [county] = work.areas.roots()
        village = work.areas.children(work.areas.children(county.id)[0].id)[0].id
        people, children = [], []
        for number in range(CADRES):
            people.append(worker(work, f"cadre{number}", "responsible", village))
            named = {"name": f"孩子{number}"}
            children.append(work.children.add(village, named, source="registration", by=1))
            work.responsibilities.assign(children[-1], people[-1], by=1)
        return people, children

    def told(work: Work, people: list[int]) -> list[bool]:
        day = date(2026, 11, 30)
        keys = [digest.key_of(day, one) for one in people]
        spoken = work.outbox.spoken(keys)
        return [key in spoken for key in keys]

    async with open_house(tmp_path, began=BEFORE) as house:
        people, children = await house.store.write(settle)
        await house.bells.plan_visits()
        await house.store.write(
            lambda work: work.db.tell("UPDATE child SET record = x'00' WHERE id = ?", children[2])
        )
        house.clock.moment[0] = MONDAY
        await house.bells.send_digests()
        heard = await house.store.write(lambda work: told(work, people))
        assert heard == [True, True, False, True, True]

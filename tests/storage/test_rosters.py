"""An import is staged, applied whole and undone whole, on both engines."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from storage.children.carers import CarerIn
from storage.children.roster import Applied, NotPossible, RosterRowIn, Stale
from storage.children.roster_undo import Stays, Undone
from storage.resealing import reseal
from storage.sealing import KeyRing
from storage.store import Store
from storage.tables import child, child_entry, responsibility, roster_row
from storage.work import Work
from tests.fakes.clock import FakeClock
from tests.storage.village import Village, settled

NUMBERS = ("520123201403051234", "520123201502061235", "520123201603071236")


async def test_nothing_of_an_import_is_seen_before_it_is_applied(store: Store) -> None:
    village = await store.write(settled)
    roster = await staged(store, village)
    assert await names(store, village) == []
    assert await store.read(lambda reading: reading.children.by_id_number(NUMBERS[0])) is None
    assert await store.read(lambda reading: reading.children.page(0, 10)) == ()
    assert await store.read(lambda r: r.responsibilities.of_person(village.cadre)) == ()
    assert await store.read(lambda reading: reading.rosters.counts(roster)) == {
        "new": 2,
        "doubtful": 1,
        "bad": 1,
    }
    bad = await store.read(lambda reading: reading.rosters.rows(roster, ["bad", "doubtful"]))
    assert [(row.number, row.faults) for row in bad] == [
        (5, ("也许是张小明",)),
        (6, ("没有姓名",)),
    ]


async def test_an_applied_import_is_in_the_register_with_those_who_answer(
    store: Store, clock: FakeClock
) -> None:
    village = await store.write(settled)
    roster = await staged(store, village)
    clock.passes(timedelta(minutes=5))
    applied = await store.write(lambda work: work.rosters.apply(roster, by=village.boss))
    assert applied == Applied(new=2, changed=0, responsibilities=1)
    assert await names(store, village) == ["甲一", "甲二"]
    found = await store.read(lambda reading: reading.children.by_id_number(NUMBERS[0]))
    assert found is not None
    assert dict(found.values) == {"name": "甲一", "id_number": NUMBERS[0]}
    (entry,) = await store.read(lambda reading: reading.children.history(found.id))
    assert (entry.source, entry.source_id, entry.entered_at) == ("roster", roster, clock.now)
    held = await store.read(lambda r: r.responsibilities.of_person(village.cadre))
    assert [one.child.id for one in held] == [found.id]
    again = await store.write(lambda work: work.rosters.apply(roster, by=village.boss))
    assert again == NotPossible(code="not-staged")


async def test_a_known_child_is_changed_and_changes_hands(store: Store) -> None:
    village = await store.write(settled)
    child = await store.write(lambda work: _known(work, village))
    roster = await store.write(lambda work: _stage_change(work, village, child))
    applied = await store.write(lambda work: work.rosters.apply(roster, by=village.boss))
    assert applied == Applied(new=0, changed=1, responsibilities=1)
    known = await store.read(lambda reading: reading.children.get(child))
    assert known is not None
    assert dict(known.values) == {"name": "张小明", "school": "新学校", "nickname": "毛毛"}
    assert await store.read(lambda r: r.responsibilities.primary(child)) == village.other


@pytest.mark.parametrize("what", ["changed", "left", "came in by another way"])
async def test_an_import_that_does_not_fit_any_more_writes_nothing(
    store: Store, what: str
) -> None:
    village = await store.write(settled)
    child = await store.write(lambda work: _known(work, village))

    def stage(work: Work) -> int:
        roster = _stage_change(work, village, child)
        work.rosters.add(roster, [_new(3, village, "甲一", NUMBERS[0])], by=village.boss)
        return roster

    roster = await store.write(stage)

    def meanwhile(work: Work) -> None:
        match what:
            case "changed":
                work.children.change(child, {"notes": "病了"}, source="visit", by=village.cadre)
            case "left":
                work.children.leave(child, "other", work.now.date(), by=village.cadre)
            case _:
                work.children.add(
                    village.group,
                    {"name": "甲一", "id_number": NUMBERS[0]},
                    source="registration",
                    by=village.cadre,
                )

    await store.write(meanwhile)
    before = await names(store, village)
    applied = await store.write(lambda work: work.rosters.apply(roster, by=village.boss))
    assert applied == Stale(numbers=(3,) if what == "came in by another way" else (2,))
    assert await names(store, village) == before


async def test_what_was_made_ready_under_an_old_key_is_made_ready_anew(store: Store) -> None:
    village = await store.write(settled)
    child = await store.write(lambda work: _known(work, village))
    roster = await store.write(lambda work: _stage_change(work, village, child))
    older = update(roster_row).values(next_record=b"\x01\x00\x00" + bytes(40))
    await store.write(lambda work: work.db.run(older))
    applied = await store.write(lambda work: work.rosters.apply(roster, by=village.boss))
    assert applied == Stale(numbers=(2,))
    known = await store.read(lambda reading: reading.children.get(child))
    assert known is not None
    assert known.values["school"] == "老学校"


async def test_a_whole_import_is_undone(store: Store) -> None:
    village = await store.write(settled)
    child = await store.write(lambda work: _known(work, village))
    roster = await store.write(lambda work: _stage_change(work, village, child))
    await store.write(
        lambda work: work.rosters.add(
            roster, [_new(3, village, "甲一", NUMBERS[0])], by=village.boss
        )
    )
    await store.write(lambda work: work.rosters.apply(roster, by=village.boss))
    undone = await store.write(lambda work: work.roster_undo.undo(roster, by=village.boss))
    assert undone == Undone(back=2, kept=())
    assert await names(store, village) == ["张小明"]
    known = await store.read(lambda reading: reading.children.get(child))
    assert known is not None
    assert dict(known.values) == {"name": "张小明", "school": "老学校"}
    assert await store.read(lambda r: r.responsibilities.primary(child)) == village.cadre
    assert await store.read(lambda r: r.children.by_id_number(NUMBERS[0])) is None


async def test_a_child_is_not_given_back_to_somebody_who_has_left_meanwhile(store: Store) -> None:
    village = await store.write(settled)

    def settle(work: Work) -> tuple[int, int, int]:
        child, other = _known(work, village), _known(work, village)
        work.responsibilities.assign(other, village.director, by=village.boss)
        return child, other, _stage_hands(work, village, [child, other])

    child, other, roster = await store.write(settle)
    await store.write(lambda work: work.rosters.apply(roster, by=village.boss))

    def leaves(work: Work) -> None:
        for role in work.people.roles(village.cadre):
            work.people.end_role(role.id)

    await store.write(leaves)
    undone = await store.write(lambda work: work.roster_undo.undo(roster, by=village.boss))
    assert undone == Undone(back=2, kept=(), held_by_nobody=1)
    assert await store.read(lambda r: r.responsibilities.primary(other)) == village.director
    gaps = await store.read(lambda r: r.responsibilities.gaps(village.county, at_most=20))
    assert [(gap.cause, gap.child_id) for gap in gaps] == [("nobody", child)]


async def test_an_import_is_undone_after_the_keys_were_rotated(
    store: Store, keys: KeyRing
) -> None:
    village = await store.write(settled)
    child = await store.write(lambda work: _known(work, village))
    roster = await store.write(lambda work: _stage_change(work, village, child))
    await store.write(
        lambda work: work.rosters.add(
            roster, [_new(3, village, "甲一", NUMBERS[0])], by=village.boss
        )
    )
    await store.write(lambda work: work.rosters.apply(roster, by=village.boss))
    keys.rotate()
    assert await asyncio.to_thread(store.renew_keys)
    early = await store.write(lambda work: work.roster_undo.undo(roster, by=village.boss))
    assert early == NotPossible(code="keys")
    await asyncio.to_thread(reseal, store)
    undone = await store.write(lambda work: work.roster_undo.undo(roster, by=village.boss))
    assert undone == Undone(back=2, kept=())
    known = await store.read(lambda reading: reading.children.get(child))
    assert known is not None
    assert dict(known.values) == {"name": "张小明", "school": "老学校"}
    history = await store.read(lambda reading: reading.children.history(child))
    assert [entry.changes.get("school") for entry in history] == [
        ("", "老学校"),
        ("老学校", "新学校"),
        ("新学校", "老学校"),
    ]


async def test_an_undone_import_gives_back_whom_it_only_put_into_other_hands(
    store: Store,
) -> None:
    village = await store.write(settled)
    child = await store.write(lambda work: _known(work, village))

    def stage(work: Work) -> int:
        roster = work.rosters.stage(village.town, "名册.xlsx", by=village.boss)
        row = RosterRowIn(
            number=2,
            kind="same",
            area_id=village.group,
            values={"name": "张小明"},
            child_id=child,
            version=1,
            responsible_id=village.other,
        )
        work.rosters.add(roster, [row], by=village.boss)
        work.rosters.apply(roster, by=village.boss)
        return roster

    roster = await store.write(stage)
    assert await store.read(lambda r: r.responsibilities.primary(child)) == village.other
    undone = await store.write(lambda work: work.roster_undo.undo(roster, by=village.boss))
    assert undone == Undone(back=1, kept=())
    assert await store.read(lambda r: r.responsibilities.primary(child)) == village.cadre


async def test_undoing_keeps_what_somebody_did_since_and_names_it(store: Store) -> None:
    village = await store.write(settled)
    child = await store.write(lambda work: _known(work, village))
    roster = await store.write(lambda work: _stage_change(work, village, child))
    await store.write(
        lambda work: work.rosters.add(
            roster,
            [_new(3 + at, village, f"甲{at}", number) for at, number in enumerate(NUMBERS)],
            by=village.boss,
        )
    )
    await store.write(lambda work: work.rosters.apply(roster, by=village.boss))

    def work_on(work: Work) -> tuple[int, int]:
        visited, cared = (work.children.by_id_number(one) for one in NUMBERS[:2])
        assert visited is not None
        assert cared is not None
        for one in (visited.id, child):
            work.children.change(one, {"notes": "走访过"}, source="visit", by=village.cadre)
        work.carers.add(cared.id, CarerIn(kind="delegated", said={}), by=village.cadre)
        return visited.id, cared.id

    visited, cared = await store.write(work_on)
    undone = await store.write(lambda work: work.roster_undo.undo(roster, by=village.boss))
    stays = (
        Stays(number=2, child_id=child, why="changed"),
        Stays(number=3, child_id=visited, why="changed"),
        Stays(number=4, child_id=cared, why="carer"),
    )
    assert undone == Undone(back=1, kept=stays)
    rows = await store.read(lambda reading: reading.rosters.rows(roster, ["new", "changed"]))
    assert [row.outcome for row in rows] == ["changed", "changed", "carer", None]
    assert await store.read(lambda reading: reading.roster_undo.stayed(roster)) == stays
    assert await names(store, village) == ["张小明", "甲0", "甲1"]
    again = await store.write(lambda work: work.roster_undo.undo(roster, by=village.boss))
    assert again == NotPossible(code="not-applied")


async def test_after_thirty_days_it_is_too_late(store: Store, clock: FakeClock) -> None:
    village = await store.write(settled)
    roster = await staged(store, village)
    await store.write(lambda work: work.rosters.apply(roster, by=village.boss))
    clock.passes(timedelta(days=30, seconds=1))
    undone = await store.write(lambda work: work.roster_undo.undo(roster, by=village.boss))
    assert undone == NotPossible(code="too-late")


async def test_a_discarded_import_leaves_nothing_behind(store: Store, clock: FakeClock) -> None:
    village = await store.write(settled)
    child = await store.write(lambda work: _known(work, village))
    one = await staged(store, village)
    await store.write(lambda work: _stage_change(work, village, child))
    assert await store.write(lambda work: work.rosters.discard(one))
    clock.passes(timedelta(days=1, seconds=1))
    swept = [await store.write(lambda work: work.rosters.sweep(3)) for _ in range(3)]
    assert swept == [3, 2, 0]
    assert await store.write(_tallied) == (1, 1, 1, 0)


async def test_once_nobody_can_undo_it_an_import_keeps_no_rows(
    store: Store, clock: FakeClock
) -> None:
    village = await store.write(settled)
    roster = await staged(store, village)
    await store.write(lambda work: work.rosters.apply(roster, by=village.boss))
    clock.passes(timedelta(days=29))
    assert await store.write(lambda work: work.rosters.sweep()) == 0
    clock.passes(timedelta(days=2))
    assert await store.write(lambda work: work.rosters.sweep()) == 4
    assert await store.read(lambda reading: reading.rosters.counts(roster)) == {}
    assert await names(store, village) == ["甲一", "甲二"]


# -- steps ---------------------------------------------------------------------------------------


async def staged(store: Store, village: Village) -> int:
    def stage(work: Work) -> int:
        roster = work.rosters.stage(village.town, "名册.xlsx", by=village.boss)
        rows = [
            _new(3, village, "甲一", NUMBERS[0], responsible=village.cadre),
            _new(4, village, "甲二", NUMBERS[1]),
            RosterRowIn(
                number=5, kind="doubtful", values={"name": "张晓明"}, faults=("也许是张小明",)
            ),
            RosterRowIn(number=6, kind="bad", values={}, faults=("没有姓名",)),
        ]
        work.rosters.add(roster, rows[:2], by=village.boss)
        work.rosters.add(roster, rows[2:], by=village.boss)
        return roster

    return await store.write(stage)


async def names(store: Store, village: Village) -> list[str]:
    found = await store.read(lambda reading: reading.children.in_areas([village.group]))
    return sorted(child.name for child in found)


def _new(
    number: int, village: Village, name: str, id_number: str, *, responsible: int | None = None
) -> RosterRowIn:
    return RosterRowIn(
        number=number,
        kind="new",
        area_id=village.group,
        values={
            "name": name,
            "id_number": id_number,
            "village": "河湾村",
            "responsible_name": "某干部",
        },
        responsible_id=responsible,
    )


def _known(work: Work, village: Village) -> int:
    child = work.children.add(
        village.group,
        {"name": "张小明", "school": "老学校"},
        source="registration",
        by=village.cadre,
    )
    work.responsibilities.assign(child, village.cadre, by=village.boss)
    return child


def _stage_change(work: Work, village: Village, child: int) -> int:
    known = work.children.get(child)
    assert known is not None
    roster = work.rosters.stage(village.town, "名册.xlsx", by=village.boss)
    row = RosterRowIn(
        number=2,
        kind="changed",
        area_id=village.group,
        values={"name": "张小明", "school": "新学校", "nickname": "毛毛"},
        child_id=child,
        version=known.version,
        responsible_id=village.other,
    )
    work.rosters.add(roster, [row], by=village.boss)
    return roster


def _stage_hands(work: Work, village: Village, children: list[int]) -> int:
    """An import that changes nothing but who has them."""
    roster = work.rosters.stage(village.town, "名册.xlsx", by=village.boss)
    rows = [
        RosterRowIn(
            number=number,
            kind="same",
            area_id=village.group,
            values={"name": "张小明", "school": "老学校"},
            child_id=child,
            responsible_id=village.other,
        )
        for number, child in enumerate(children, start=2)
    ]
    work.rosters.add(roster, rows, by=village.boss)
    return roster


def _tallied(work: Work) -> tuple[int, ...]:
    return tuple(
        work.db.all(select(func.count()).select_from(table))[0][0]
        for table in (child, child_entry, responsibility, roster_row)
    )

"""Places keep their history: what a new table of places does to all that points at them."""

from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import pytest
from sqlalchemy import Column, UniqueConstraint, insert, select

from policy.areas import AreaRow
from storage.cases.case import Owner
from storage.cases.duties import DutyIn
from storage.places.areas import StillHeld
from storage.places.areas_seen import Effect
from storage.reporting.reports import ReportIn
from storage.store import Store
from storage.tables import (
    area,
    area_closure,
    area_past,
    child,
    day_count_move,
    head_count,
    head_count_mark,
    metadata,
    route_gap,
    school,
    school_check,
)
from storage.work import Reading, Work

TABLE = [
    AreaRow(id=1, parent_id=None, kind="county", name="云岭县"),
    AreaRow(id=2, parent_id=1, kind="town", name="青石镇"),
    AreaRow(id=3, parent_id=2, kind="village", name="河湾村"),
    AreaRow(id=4, parent_id=3, kind="group", name="一组"),
    AreaRow(id=5, parent_id=2, kind="village", name="上河村"),
    AreaRow(id=6, parent_id=1, kind="town", name="白水镇"),
    AreaRow(id=7, parent_id=6, kind="village", name="大塘村"),
]


# -- one change each ---------------------------------------------------------------------------


async def test_a_new_name_keeps_the_id_and_the_old_name(store: Store) -> None:
    ids = await store.write(lambda work: work.places.replace(TABLE))
    table = renamed("河湾村", "新河村", aliases=("河湾村",))
    await store.write(lambda work: work.places.replace(table))
    # The next table need not know the old name any more.
    await store.write(lambda work: work.places.replace(renamed("河湾村", "新河村")))
    tree = await store.read(lambda reading: reading.areas)
    village = tree.get(ids[3])
    assert village is not None
    assert (village.name, village.aliases) == ("新河村", ("河湾村",))
    assert tree.full_name(ids[4]) == "青石镇新河村一组"


async def test_what_points_at_a_merged_place_points_at_the_one_that_remains(
    store: Store,
) -> None:
    ids = await store.write(lambda work: work.places.replace(TABLE))
    await store.write(lambda work: settle(work, ids[5]))
    await store.write(lambda work: work.places.replace(joined()))
    for column in pointers():
        pointed = await store.read(partial(_all, column=column))
        assert ids[5] not in pointed, column
    assert await store.read(lambda look: look.db.all(select(child.c.area_id))) == [(ids[3],)]
    tree = await store.read(lambda reading: reading.areas)
    assert tree.full_name(ids[5]) == "青石镇河湾村"
    assert tree.meant(ids[5]) == ids[3]
    assert [one.id for one in tree.search("上河村")] == [ids[3]]


async def test_two_posts_of_one_person_in_merged_places_become_one(store: Store) -> None:
    ids = await store.write(lambda work: work.places.replace(TABLE))
    person = await store.write(lambda work: work.people.add(name="赵"))
    for place in (3, 5):
        post = partial(_post, person=person, at=ids[place])
        await store.write(post)
    await store.write(lambda work: work.places.replace(joined()))
    roles = await store.read(lambda reading: reading.people.roles(person))
    assert [(one.role, one.area_id) for one in roles] == [("grid_worker", ids[3])]


async def test_two_schools_of_one_name_are_told_apart_when_their_places_become_one(
    store: Store,
) -> None:
    ids = await store.write(lambda work: work.places.replace(TABLE))
    for place in (3, 5):
        await store.write(partial(_school, at=ids[place]))
    await store.write(lambda work: work.places.replace(joined()))
    names = await store.read(lambda look: look.db.all(select(school.c.name, school.c.area_id)))
    assert sorted(names) == [("中心小学", ids[3]), ("中心小学（上河村）", ids[3])]


async def test_a_place_that_is_needed_is_not_closed_and_nothing_is_written(store: Store) -> None:
    ids = await store.write(lambda work: work.places.replace(TABLE))
    await store.write(lambda work: settle(work, ids[5]))
    table = [row for row in TABLE if row.id != 5] + [village(8, "新村", below=6)]
    with pytest.raises(StillHeld) as refused:
        await store.write(lambda work: work.places.replace(table))
    assert [(one.name, dict(one.counts)) for one in refused.value.held] == [
        (
            "青石镇上河村",
            {"role": 1, "report": 1, "child": 1, "case_file": 2, "duty": 1},
        )
    ]
    tree = await store.read(lambda reading: reading.areas)
    assert tree.full_name(ids[5]) == "青石镇上河村"
    assert tree.search("新村") == ()


async def test_of_a_place_that_was_split_it_is_said_which_rows_claim_it(store: Store) -> None:
    ids = await store.write(lambda work: work.places.replace(TABLE))
    await store.write(lambda work: settle(work, ids[5]))
    halves = [
        replace(village(row, name, below=2), aliases=("上河村",), line=line)
        for row, name, line in ((8, "东河村", 6), (9, "西河村", 7))
    ]
    table = [row for row in TABLE if row.id != 5] + halves
    with pytest.raises(StillHeld) as refused:
        await store.write(lambda work: work.places.replace(table))
    assert [one.claimed for one in refused.value.held] == [(6, 7)]


async def test_a_group_of_a_split_village_takes_its_children_along(store: Store) -> None:
    ids = await store.write(lambda work: work.places.replace(TABLE))
    await store.write(lambda work: settle(work, ids[4]))
    half = village(8, "西河村", below=2)
    group = AreaRow(id=9, parent_id=8, kind="group", name="一组", aliases=("河湾村一组",))
    table = [*(row for row in TABLE if row.id != 4), half, group]
    await store.write(lambda work: work.places.replace(table))
    tree = await store.read(lambda reading: reading.areas)
    at = await store.read(lambda look: look.db.all(select(child.c.area_id)))
    assert [tree.full_name(one) for (one,) in at] == ["青石镇西河村一组"]


async def test_what_goes_along_with_a_moved_place_is_told_before(store: Store) -> None:
    ids = await store.write(lambda work: work.places.replace(TABLE))
    await store.write(lambda work: settle(work, ids[4]))
    table = [replace(row, parent_id=6) if row.id == 3 else row for row in TABLE]
    effects = await store.read(lambda look: look.places.effects(look.places.plan(table)))
    assert effects.whole == effects.of[ids[3]]
    assert effects.whole == Effect(children=1, posts=1, cases=1, apart=0)


async def test_children_who_come_away_from_whoever_answers_for_them_are_counted(
    store: Store,
) -> None:
    ids = await store.write(lambda work: work.places.replace(TABLE))

    def in_hands(work: Work, at: int) -> None:
        person = work.people.add(name="钱")
        work.people.add_role(person, "responsible", at)
        child_id = work.children.add(ids[4], {"name": "张"}, source="registration", by=person)
        work.responsibilities.assign(child_id, person, by=person)

    for place in (2, 3):  # the township is left behind, the village goes along
        await store.write(partial(in_hands, at=ids[place]))
    table = [replace(row, parent_id=6) if row.id == 3 else row for row in TABLE]
    effects = await store.read(lambda look: look.places.effects(look.places.plan(table)))
    assert (effects.whole.children, effects.whole.apart) == (2, 1)


async def test_a_name_of_a_closed_place_can_be_borne_again(store: Store) -> None:
    ids = await store.write(lambda work: work.places.replace(TABLE))
    await store.write(lambda work: work.places.replace([row for row in TABLE if row.id != 5]))
    table = [row for row in renamed("河湾村", "上河村", aliases=("河湾村",)) if row.id != 5]
    await store.write(lambda work: work.places.replace(table))
    tree = await store.read(lambda reading: reading.areas)
    assert tree.full_name(ids[3]) == "青石镇上河村"
    assert tree.meant(ids[5]) == ids[3]


async def test_a_place_that_was_part_of_another_begins_anew_and_what_was_its_own_stays(
    store: Store,
) -> None:
    """Children, posts, invitations and open forms that name the old one mean what they meant."""
    ids = await store.write(lambda work: work.places.replace(TABLE))
    await store.write(lambda work: settle(work, ids[5]))

    def invited(work: Work, at: int) -> str:
        return work.invitations.issue("grid_worker", at, 0, timedelta(days=7))[1]

    code = await store.write(lambda work: invited(work, ids[5]))
    await store.write(lambda work: work.places.replace(joined()))
    again = await store.write(lambda work: work.places.replace(TABLE))
    tree = await store.read(lambda reading: reading.areas)
    assert again[3] == ids[3]
    assert again[5] not in ids.values()
    assert (tree.meant(ids[5]), tree.full_name(ids[5])) == (ids[3], "青石镇河湾村")
    assert [one.id for one in tree.search("上河村")] == [again[5]]
    home = tree.get(ids[3])
    assert home is not None
    assert home.aliases == ()
    for column in pointers():
        assert {ids[5], again[5]}.isdisjoint(await store.read(partial(_all, column=column)))
    invitation = await store.read(lambda look: look.invitations.find(code))
    assert invitation is not None
    assert invitation.area_id == ids[3]

    # What is entered there from now on is its own, and goes where it goes the next time, too.
    await store.write(lambda work: settle(work, again[5]))
    await store.write(lambda work: work.places.replace(joined()))
    tree = await store.read(lambda reading: reading.areas)
    assert [tree.meant(one) for one in (ids[5], again[5])] == [ids[3], ids[3]]
    found = await store.read(lambda look: look.db.all(select(child.c.area_id)))
    assert found == [(ids[3],), (ids[3],)]


async def test_an_import_is_in_the_audit_with_what_became_of_what(store: Store) -> None:
    ids = await store.write(lambda work: work.places.replace(TABLE))
    await store.write(lambda work: work.places.replace(joined(), by=77))
    facts = await store.read(lambda reading: reading.audit.of("area", ids[1]))
    assert [(fact.actor, fact.verb) for fact in facts] == [(0, "areas-taken"), (77, "areas-taken")]
    assert f"[[{ids[5]}, {ids[3]}]]" in facts[-1].detail.replace(",", ", ").replace(",  ", ", ")


async def test_of_merged_places_one_check_a_quarter_and_no_gap_remains(store: Store) -> None:
    ids = await store.write(lambda work: work.places.replace(TABLE))
    quarter = date(2026, 10, 1)

    def check(work: Work, at: int) -> None:
        moment = work.now
        work.db.run(
            insert(school_check),
            id=work.new_id(),
            area_id=at,
            quarter=quarter,
            state="open",
            asked_at=moment,
            checked_by=None,
            checked_at=None,
        )
        work.db.run(
            insert(route_gap),
            id=work.new_id(),
            area_id=at,
            role="police_station",
            grade="red",
            hours="night",
            since=moment,
            ended_at=None,
        )

    for place in (3, 5):
        await store.write(partial(check, at=ids[place]))
    await store.write(lambda work: work.places.replace(joined()))
    checks = await store.read(lambda look: look.db.all(select(school_check.c.area_id)))
    gaps = select(route_gap.c.area_id).where(route_gap.c.ended_at.is_(None))
    assert checks == [(ids[3],)]
    assert await store.read(lambda look: look.db.all(gaps)) == [(ids[3],)]


def test_a_place_is_in_no_other_key_than_those_that_make_room() -> None:
    keyed = {
        column.table.name
        for column in pointers()
        for rule in column.table.constraints
        if isinstance(rule, UniqueConstraint) and column.name in rule.columns
    }
    keyed |= {
        column.table.name
        for column in pointers()
        for index in column.table.indexes
        if index.unique and column.name in index.columns
    }
    assert keyed == {"school", "school_check", "route_gap"}
    assert not any(column.primary_key for column in pointers())


# -- helpers -----------------------------------------------------------------------------------


def _post(work: Work, person: int, at: int) -> None:
    work.people.add_role(person, "grid_worker", at)


def _school(work: Work, at: int) -> None:
    work.classes.school_at(at, "中心小学")


def _all(look: Reading, column: Column[object]) -> set[object]:
    return {row[0] for row in look.db.all(select(column))}


def pointers() -> list[Column[object]]:
    """Every column that points at a place."""
    # How they lay before; and what was counted there, with what says that it counts no more.
    besides = (area, area_closure, area_past, day_count_move, head_count, head_count_mark)
    return [
        column
        for table in metadata.sorted_tables
        if table not in besides
        for column in table.columns
        if column.name.endswith("area_id")
    ]


def settle(work: Work, at: int) -> None:
    """A child, a post, a case with its report, and a duty in a place."""
    person = work.people.add(name="赵")
    work.people.add_role(person, "child_director", at)
    child_id = work.children.add(at, {"name": "张小明"}, source="registration", by=person)
    filed = work.reports.file(
        ReportIn(
            kind="report",
            area_id=at,
            form_version="v1",
            answers="{}",
            grade="yellow",
            anonymous=True,
        )
    )
    owner = Owner(role="child_director", area_id=at, person_id=person)
    case = work.cases.open(filed, owner, stage="received", child_id=child_id)
    work.duties.set(
        DutyIn(
            key=f"accept:{case.id}",
            kind="accept",
            subject="case",
            subject_id=case.id,
            area_id=at,
            grade="yellow",
            person_id=person,
            due_at=work.now,
            rings_at=None,
        )
    )


def village(row_id: int, name: str, *, below: int) -> AreaRow:
    return AreaRow(id=row_id, parent_id=below, kind="village", name=name)


def renamed(name: str, to: str, aliases: tuple[str, ...] = ()) -> list[AreaRow]:
    return [replace(row, name=to, aliases=aliases) if row.name == name else row for row in TABLE]


def joined() -> list[AreaRow]:
    """上河村 became part of 河湾村."""
    return [
        replace(row, aliases=("上河村",)) if row.id == 3 else row for row in TABLE if row.id != 5
    ]

"""Any places renamed, merged and moved: every child, post and case stays with somebody."""

import random
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import select

from bot.commands.handing_over import office_turn
from bot.county.rules import read_rules
from bot.settings import read_settings
from handlers import area_tables
from policy.area_changes import AreaChange, AreaPlan
from policy.areas import AreaRow
from storage.cases.case import Owner
from storage.places.areas import StillHeld
from storage.places.areas_seen import Effects
from storage.store import Store
from storage.tables import area, area_closure, case_file, child, duty, role
from storage.work import Reading, Work
from tests.storage.test_areas import TABLE, settle

RULES = read_rules(read_settings(database_url="sqlite:///unused.db"))
#: From a known place to the row of the table that it is or becomes part of.
Goes = Mapping[int, int]


@pytest.mark.parametrize("seed", range(8))
async def test_after_any_imports_everybody_is_at_a_living_place_of_the_right_township(
    store: Store, seed: int
) -> None:
    dice = random.Random(seed)
    ids = await store.write(lambda work: work.places.replace(TABLE))
    for place in (4, 5, 7):
        await store.write(partial(settle_with_supervisor, at=ids[place]))
    for step in range(12):
        before = await store.read(lambda reading: reading.places.load())
        was = await store.read(whereabouts)
        table, goes = changed(before, dice, step)
        guess = dice.random() < 0.5

        def take(work: Work, table: list[AreaRow] = table, guess: bool = guess) -> None:
            plan = work.places.plan(table, guess=guess)
            area_tables.take(office_turn(work, RULES), plan)

        try:
            await store.write(take)
        except StillHeld:
            assert await store.read(lambda reading: reading.places.load()) == before
            assert await store.read(whereabouts) == was
        else:
            now = await store.read(lambda reading: reading.places.load())
            assert {row.name for row in now} == {row.name for row in table}
            # What is in no row of the table went to the one that was left over beside it.
            wanted = [town_of(table, goes[at]) or town_of(before, at) for at in was]
            is_at = await store.read(whereabouts)  # with the duties of new owners at the end
            assert [town_of(now, at) for at in is_at[: len(was)]] == wanted
        assert await store.read(faults) == []
        assert await store.read(lambda reading: reading.cases.astray()) == ()


def settle_with_supervisor(work: Work, at: int) -> None:
    """A child, a post, a case of the township's supervisor, and a duty in a place."""
    settle(work, at)
    town = work.areas.path(at)[1].id
    supervisor = work.people.add(name="孙")
    work.people.add_role(supervisor, "child_supervisor", town)
    (case,) = work.cases.below(at, 1)
    owner = Owner(role="child_supervisor", area_id=town, person_id=supervisor)
    work.cases.own(case.id, owner)


def whereabouts(look: Reading) -> list[int]:
    """Where each child, post below a township, case and duty is."""
    directors = select(role.c.area_id).where(role.c.role == "child_director")
    wanted = (
        select(child.c.area_id).order_by(child.c.id),
        directors.order_by(role.c.id),
        select(case_file.c.area_id).order_by(case_file.c.id),
        select(duty.c.area_id).order_by(duty.c.id),
    )
    return [row[0] for statement in wanted for row in look.db.all(statement)]


def town_of(rows: Iterable[AreaRow], at: int) -> str:
    """The name of the township of a place; "" for none."""
    by_id = {row.id: row for row in rows}
    one = by_id.get(at)
    while one is not None and one.kind != "town":
        one = by_id.get(one.parent_id) if one.parent_id is not None else None
    return one.name if one is not None else ""


def changed(
    known: Iterable[AreaRow], dice: random.Random, step: int
) -> tuple[list[AreaRow], Goes]:
    """The known places as an office would write them after one or two changes."""
    rows = [replace(row, aliases=()) for row in known]
    goes = {row.id: row.id for row in rows}
    for _ in range(dice.choice((1, 1, 2))):
        one = dice.choice([row for row in rows if row.kind != "county"])
        others = [row for row in rows if row.kind == one.kind and row.id != one.id]
        match dice.choice(("alias", "guess", "merge", "move", "drop", "add")):
            case "alias":
                rows = put(rows, replace(one, name=f"甲{step}", aliases=(one.name,)))
            case "guess":
                rows = put(rows, replace(one, name=f"乙{step}"))
            case "merge" if others:
                other = dice.choice(others)
                rows = put(rows, replace(other, aliases=(*other.aliases, one.name)))
                rows = dropped(rows, one)
                goes = {place: other.id if to == one.id else to for place, to in goes.items()}
            case "move" if one.kind == "village":
                town = dice.choice([row for row in rows if row.kind == "town"])
                rows = put(rows, replace(one, parent_id=town.id))
            case "drop":
                rows = dropped(rows, one)
            case _:
                new = {"town": "village", "village": "group"}.get(one.kind)
                if new:
                    rows.append(
                        AreaRow(id=len(rows), parent_id=one.id, kind=new, name=f"丙{step}")
                    )
        if not any(row.kind == "town" for row in rows):
            rows = [replace(row, aliases=()) for row in known]
            return rows, {row.id: row.id for row in rows}
    order = ("county", "town", "village", "group")
    return sorted(rows, key=lambda row: order.index(row.kind)), goes


def put(rows: Iterable[AreaRow], one: AreaRow) -> list[AreaRow]:
    return [one if row.id == one.id else row for row in rows]


def dropped(rows: list[AreaRow], one: AreaRow) -> list[AreaRow]:
    """Without a place and what lies below it."""
    gone = {one.id}
    for row in sorted(
        rows, key=lambda row: ("county", "town", "village", "group").index(row.kind)
    ):
        if row.parent_id in gone:
            gone.add(row.id)
    return [row for row in rows if row.id not in gone]


def faults(look: Reading) -> list[str]:
    """What points at a closed place, and open places without a way to the county."""
    rows = look.db.all(select(area.c.id, area.c.parent_id, area.c.closed_at))
    parents = {row[0]: row[1] for row in rows if row[2] is None}
    found = []
    for column in (
        child.c.area_id,
        case_file.c.area_id,
        case_file.c.owner_area_id,
        duty.c.area_id,
    ):
        found += [f"{column}" for (one,) in look.db.all(select(column)) if one not in parents]
    posts = look.db.all(select(role.c.area_id).where(role.c.until.is_(None)))
    found += ["role" for (one,) in posts if one not in parents]
    closure = set()
    for one in parents:
        above: int | None = one
        path = []
        while above is not None and above in parents and above not in path:
            path.append(above)
            above = parents[above]
        if above is not None:
            found.append(f"no way up from {one}")
        closure |= {(top, one, depth) for depth, top in enumerate(path)}
    columns = (area_closure.c.above_id, area_closure.c.below_id, area_closure.c.depth)
    if set(look.db.all(select(*columns))) != closure:
        found.append("closure")
    if len([one for one in parents if parents[one] is None]) != 1:
        found.append("roots")
    return found


def test_of_a_place_that_stands_by_itself_again_it_is_said_where_its_children_are() -> None:
    apart = AreaChange(kind="parted", area_id=None, before="青石镇河湾村", after="青石镇上河村")
    plan = AreaPlan(rows=(), kept={}, merged={}, closed=(), claimed={}, changes=(apart,))
    counts, line = area_tables.told(RULES.words, plan, Effects())
    assert "重新单列 1" in counts
    assert "青石镇上河村（以前并进了青石镇河湾村；孩子、人员、工单都还在那边" in line

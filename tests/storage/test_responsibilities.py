"""Who answers for which child, and where nobody does, on both engines."""

from collections import Counter
from datetime import timedelta
from functools import partial
from typing import get_args
from unittest.mock import patch

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from storage.children import responsibilities_seen
from storage.children.responsibility import Cause, Gap
from storage.store import Store
from storage.tables import child as child_table
from storage.work import Reading, Work
from tests.fakes.clock import FakeClock
from tests.storage.village import Village, settled, worker

DAY = timedelta(days=1)


async def test_a_cadre_s_children_come_by_group_and_household(store: Store) -> None:
    def settle(work: Work) -> tuple[Village, list[int]]:
        village = settled(work)
        far = _child(work, village, village.elsewhere)
        near = _child(work, village, village.group)
        sister = _child(work, village, village.group)
        _child(work, village, village.group)
        work.children.join_household(near, sister)
        for child in (far, sister, near):
            work.responsibilities.assign(child, village.cadre, by=village.boss)
        return village, [near, sister, far]

    village, expected = await store.write(settle)
    held = await store.read(lambda reading: reading.responsibilities.of_person(village.cadre))
    assert [one.child.id for one in held] == expected
    assert {one.kind for one in held} == {"primary"}


async def test_a_child_has_one_primary_and_may_have_others(store: Store) -> None:
    def assign(work: Work) -> list[tuple[str, str]]:
        village = settled(work)
        child = _child(work, village)
        for person, kind in (
            (village.cadre, "primary"),
            (village.director, "teacher"),
            (village.other, "primary"),
            (village.other, "primary"),
        ):
            work.responsibilities.assign(child, person, kind, by=village.boss)
        assert work.responsibilities.primary(child) == village.other
        names = {village.director: "director", village.other: "other"}
        held = work.responsibilities.of_child(child)
        return [(names[one.person_id], one.kind) for one in held]

    assert await store.write(assign) == [("director", "teacher"), ("other", "primary")]


async def test_all_of_a_departed_worker_goes_over_at_once(store: Store) -> None:
    def depart(work: Work) -> tuple[Village, list[int], tuple[int, ...], int, int]:
        village = settled(work)
        children = [_child(work, village) for _ in range(3)]
        for child in children:
            work.responsibilities.assign(child, village.cadre, by=village.boss)
        work.responsibilities.assign(children[0], village.other, "teacher", by=village.boss)
        gone = work.people.meet("web", "cadre").contact_id
        work.forms.publish("report", "t", "{}", "v1", "h")
        draft = work.drafts.start(gone, "v1", "{}").id
        work.people.save_turn(gone, turn=1, draft_id=draft, card_id=None)
        stays = work.people.meet("web", "other").contact_id
        moved = work.responsibilities.hand_over(
            village.cadre, village.other, by=village.boss, to_contact=stays
        )
        assert [one.id for one in work.drafts.open_of(stays)] == [draft]
        assert work.people.meet("web", "cadre").draft is None
        return village, children, moved, draft, stays

    village, children, moved, _, _ = await store.write(depart)
    assert list(moved) == children
    held = await store.read(lambda reading: reading.responsibilities.of_person(village.other))
    assert sorted((one.child.id, one.kind) for one in held) == sorted(
        [(child, "primary") for child in children] + [(children[0], "teacher")]
    )
    assert await store.read(lambda r: r.responsibilities.of_person(village.cadre)) == ()


async def test_what_was_handed_over_for_a_while_comes_back(store: Store, clock: FakeClock) -> None:
    def lend(work: Work) -> tuple[Village, int]:
        village = settled(work)
        child = _child(work, village)
        work.responsibilities.assign(child, village.cadre, by=village.boss)
        work.responsibilities.hand_over(
            village.cadre, village.other, by=village.boss, until=work.now + 7 * DAY
        )
        return village, child

    village, child = await store.write(lend)
    primary = []
    for _ in range(3):
        primary.append(await store.read(lambda reading: reading.responsibilities.primary(child)))
        clock.passes(timedelta(days=3, hours=12))
    assert primary == [village.other, village.other, village.cadre]


async def test_some_children_of_a_cadre_are_split_off(store: Store) -> None:
    def split(work: Work) -> tuple[list[int], list[int], list[int]]:
        village = settled(work)
        children = [_child(work, village) for _ in range(4)]
        for child in children:
            work.responsibilities.assign(child, village.cadre, by=village.boss)
        work.responsibilities.hand_over(
            village.cadre, village.other, by=village.boss, child_ids=children[:2]
        )
        mine, theirs = (
            [one.child.id for one in work.responsibilities.of_person(person)]
            for person in (village.cadre, village.other)
        )
        return children, mine, theirs

    children, mine, theirs = await store.write(split)
    assert (mine, theirs) == (children[2:], children[:2])


async def test_a_page_that_nobody_opens_is_a_gap_until_it_is_opened(store: Store) -> None:
    def settle(work: Work) -> list[tuple[str, ...]]:
        village = settled(work)
        keeper = worker(work, "page", "responsible", village.village)
        work.responsibilities.assign(_child(work, village), keeper, by=village.boss)

        def causes() -> tuple[str, ...]:
            found = work.responsibilities.gaps(village.village, at_most=100)
            return tuple(one.cause for one in found if one.person_id == keeper)

        seen = [causes()]
        work.people.rest_unopened("web", work.now)
        seen.append(causes())
        work.people.rest_unopened("web", work.now + timedelta(seconds=1))
        seen.append(causes())
        work.people.mark_open("web", "page")
        work.people.rest_unopened("web", work.now)
        seen.append(causes())
        return seen

    assert await store.write(settle) == [(), (), ("unreachable",), ()]


async def test_each_kind_of_gap_is_found_once(store: Store) -> None:
    def settle(work: Work) -> tuple[Village, dict[str, tuple[int, int | None]]]:
        village = settled(work)
        hold = work.responsibilities.assign
        wanted: dict[str, tuple[int, int | None]] = {}

        def gap(cause: str, person: int | None) -> int:
            child = _child(work, village)
            if person is not None:
                hold(child, person, by=village.boss)
            wanted[cause] = (child, person)
            return child

        gap("nobody", None)
        gap("unregistered", work.people.add(name="名册上的人"))
        gone = worker(work, "gone", "responsible", village.village)
        for role in work.people.roles(gone):
            work.people.end_role(role.id)
        gap("left", gone)
        deaf = worker(work, "deaf", "responsible", village.village)
        work.people.mark_reachable(work.people.meet("web", "deaf").contact_id, False)
        gap("unreachable", deaf)
        away = worker(work, "away", "responsible", village.village)
        work.deputies.plan(away, None, work.now, work.now + DAY, by=village.boss)
        gap("on_leave", away)
        # These are no gaps: somebody stands in, and somebody else is simply there.
        replaced = worker(work, "replaced", "responsible", village.village)
        work.deputies.plan(replaced, village.other, work.now, work.now + DAY, by=village.boss)
        hold(_child(work, village), replaced, by=village.boss)
        hold(_child(work, village), village.cadre, by=village.boss)
        left = _child(work, village)
        work.children.leave(left, "died", work.now.date(), by=village.boss)
        _child(work, village, village.elsewhere)
        return village, wanted

    village, wanted = await store.write(settle)

    async def found(area: int, at_most: int) -> dict[str, list[tuple[int, int | None]]]:
        gaps = await store.read(partial(_gaps, area=area, at_most=at_most))
        causes: dict[str, list[tuple[int, int | None]]] = {}
        for one in gaps:
            causes.setdefault(one.cause, []).append((one.child_id, one.person_id))
        return causes

    expected = {cause: [told] for cause, told in wanted.items()}
    assert await found(village.town, 20) == expected
    assert {**await found(village.county, 20), "nobody": []} == {**expected, "nobody": []}
    assert sorted(await found(village.town, 0)) == sorted([*expected, "too_many"])


async def test_a_post_counts_from_its_first_to_its_last_day(
    store: Store, clock: FakeClock
) -> None:
    def settle(work: Work) -> tuple[Village, int, int]:
        village = settled(work)
        lent = work.people.meet("web", "lent").person_id
        first, last = work.now + DAY, work.now + 3 * DAY
        work.people.add_role(lent, "responsible", village.village, since=first, until=last)
        child = _child(work, village)
        work.responsibilities.assign(child, lent, by=village.boss)
        return village, lent, child

    began = clock.now
    village, lent, child = await store.write(settle)
    causes = []
    for _ in range(4):
        gaps = await store.read(partial(_gaps, area=village.town, at_most=20))
        held = await store.read(lambda r: r.people.roles(lent))
        assert bool(held) is not bool(gaps)
        causes.append([(gap.cause, gap.child_id) for gap in gaps])
        assert {gap.begins for gap in gaps if gap.cause == "not_yet"} <= {began + DAY}
        clock.passes(DAY)
    assert causes == [[("not_yet", child)], [], [], [("left", child)]]


async def test_too_many_counts_children_wherever_they_live(store: Store) -> None:
    def settle(work: Work) -> tuple[Village, int, list[int]]:
        village = settled(work)
        near = _child(work, village)
        far = [_child(work, village, village.elsewhere) for _ in range(2)]
        for child in (near, *far):
            work.responsibilities.assign(child, village.cadre, by=village.boss)
        return village, near, far

    village, near, _ = await store.write(settle)
    gaps = await store.read(partial(_gaps, area=village.town, at_most=2))
    assert gaps == (
        Gap(cause="too_many", child_id=near, area_id=village.group, person_id=village.cadre),
    )
    assert await store.read(partial(_gaps, area=village.town, at_most=3)) == ()


async def test_whoever_has_posts_in_other_townships_alone_leaves_a_gap(store: Store) -> None:
    def settle(work: Work) -> tuple[Village, list[int]]:
        village = settled(work)
        stayed, moved = _child(work, village), _child(work, village)
        county_wide = _child(work, village, village.elsewhere)
        both = _child(work, village, village.elsewhere)
        second = worker(work, "second", "responsible", village.village)
        work.people.add_role(second, "responsible", village.elsewhere)
        leader = worker(work, "leader", "county_leader", village.county)
        for one, person in (
            (stayed, village.cadre),
            (moved, village.cadre),
            (county_wide, leader),
            (both, second),
        ):
            work.responsibilities.assign(one, person, by=village.boss)
        # As an import does it; 转出 ends what the old people held.
        work.db.run(
            update(child_table).where(child_table.c.id == moved).values(area_id=village.elsewhere)
        )
        return village, [stayed, moved]

    village, (_, moved) = await store.write(settle)

    async def gaps_in(area: int, at_most: int) -> tuple[Gap, ...]:
        return await store.read(partial(_gaps, area=area, at_most=at_most))

    for at_most in (20, 1):
        gaps = await gaps_in(village.county, at_most)
        named = {one.child_id: one.cause for one in gaps}
        assert named.pop(moved) == "elsewhere"
        # The cadre has two children: over the limit in the second look, wherever they live.
        assert [*named.values()] == ["too_many"] * (at_most == 1)
    assert await gaps_in(village.town, 20) == ()


async def test_a_place_knows_who_holds_whom(store: Store) -> None:
    def settle(work: Work) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        village = settled(work)
        near, far = _child(work, village), _child(work, village, village.elsewhere)
        work.responsibilities.assign(near, village.cadre, by=village.boss)
        work.responsibilities.assign(far, village.other, by=village.boss)
        held = work.responsibilities.in_area(village.town)
        return [(one.child_id, one.person_id) for one in held], [(near, village.cadre)]

    found, expected = await store.write(settle)
    assert found == expected


_STEP = st.tuples(
    st.sampled_from(["assign", "hand", "lend", "leave", "back"]),
    st.integers(0, 2),
    st.integers(0, 2),
)


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(_STEP, max_size=12))
def test_whatever_happens_a_child_never_has_two_primaries(
    store: Store, clock: FakeClock, steps: list[tuple[str, int, int]]
) -> None:
    def begin(work: Work) -> tuple[list[int], list[int]]:
        village = settled(work)
        people = [village.cadre, village.other, village.director]
        return people, [_child(work, village) for _ in range(3)]

    people, children = store.write(begin).result()
    for what, one, two in steps:
        clock.passes(DAY)

        def turn(work: Work, what: str = what, one: int = one, two: int = two) -> None:
            held = work.responsibilities
            match what:
                case "assign":
                    held.assign(children[one], people[two], by=people[0])
                case "hand" | "lend":
                    until = work.now + 2 * DAY if what == "lend" else None
                    if one != two:
                        held.hand_over(people[one], people[two], by=people[0], until=until)
                case "leave":
                    work.children.leave(children[one], "other", work.now.date(), by=people[0])
                case _:
                    work.children.come_back(children[one], by=people[0])

        store.write(turn).result()
        for child in children:
            held = store.read(
                lambda reading, child=child: reading.responsibilities.of_child(child)  # type: ignore[misc]
            ).result()
            assert len([1 for held_by in held if held_by.kind == "primary"]) <= 1


def _child(work: Work, village: Village, area_id: int | None = None) -> int:
    return work.children.add(
        area_id or village.group, {"name": "孩子"}, source="registration", by=village.boss
    )


def _gaps(reading: Reading, *, area: int, at_most: int) -> tuple[Gap, ...]:
    """The gaps of a place; their numbers, each cause alone and many people say the same."""
    held = reading.responsibilities
    found = held.gaps(area, at_most=at_most)
    counts = Counter(one.cause for one in found)
    assert held.gap_counts(area, at_most=at_most) == counts
    for cause in get_args(Cause):
        alone = held.gaps(area, at_most=at_most, cause=cause)
        assert sorted(alone, key=_child_of) == sorted(
            (one for one in found if one.cause == cause), key=_child_of
        )
    with patch.object(responsibilities_seen, "MANY", 0):
        assert held.gaps(area, at_most=at_most) == found
    return found


def _child_of(gap: Gap) -> int:
    return gap.child_id

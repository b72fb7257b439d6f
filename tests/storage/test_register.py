"""The register of children, on both engines."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.children.carers import CarerIn
from storage.children.child import Changed, Child, Conflict
from storage.children.child_looks import Look
from storage.store import Store
from storage.work import Work
from tests.fakes.clock import FakeClock
from tests.storage.village import Village, settled

DAY = timedelta(days=1)
KNOWN = {
    "name": "张小明",
    "sex": "male",
    "birth_date": "2014-03-05",
    "labels": "left_behind orphan",
}


# -- records -----------------------------------------------------------------------------------


async def test_a_child_is_what_was_entered_and_nothing_else_is_no(store: Store) -> None:
    village = await store.write(settled)
    child = await store.write(
        lambda work: work.children.add(
            village.group, {**KNOWN, "nickname": ""}, source="registration", by=village.cadre
        )
    )
    known = await read(store, child)
    assert (known.name, known.born_on, known.labels, known.tier) == (
        "张小明",
        date(2014, 3, 5),
        ("left_behind", "orphan"),
        "",
    )
    assert dict(known.values) == KNOWN
    assert (known.status, known.area_id, known.household_id) == ("active", village.group, child)


async def test_a_column_keeps_its_history_with_who_and_whence(
    store: Store, clock: FakeClock
) -> None:
    village = await store.write(settled)
    child = await entered(store, village, KNOWN)
    seen = clock.now - 3 * DAY
    clock.passes(DAY)
    changed = await store.write(
        lambda work: work.children.change(
            child,
            {"school": "青石小学", "name": "张小明"},
            source="visit",
            source_id=77,
            by=village.other,
            true_at=seen,
        )
    )
    assert changed == Changed(keys=("school",))
    (entry,) = await store.read(lambda reading: reading.children.history(child, "school"))
    assert (entry.source, entry.source_id, entry.person_id) == ("visit", 77, village.other)
    assert (dict(entry.changes), entry.true_at, entry.entered_at) == (
        {"school": ("", "青石小学")},
        seen,
        clock.now,
    )
    everything = await store.read(lambda reading: reading.children.history(child))
    assert [one.source for one in everything] == ["registration", "visit"]


async def test_unknown_again_is_not_no(store: Store) -> None:
    village = await store.write(settled)
    child = await entered(store, village, {**KNOWN, "boarding": "no"})
    await store.write(
        lambda work: work.children.change(
            child, {"boarding": ""}, source="correction", by=village.cadre
        )
    )
    assert "boarding" not in (await read(store, child)).values


async def test_a_grave_column_that_changed_meanwhile_waits_for_a_human(store: Store) -> None:
    village = await store.write(settled)
    child = await entered(store, village, {**KNOWN, "guardian_name": "李奶奶"})

    def changing(guardian: str, by: int) -> Callable[[Work], Changed | Conflict]:
        return lambda work: work.children.change(
            child,
            {"guardian_name": guardian, "school": f"{guardian}小学"},
            source="correction",
            by=by,
            expect={"guardian_name": "李奶奶"},
        )

    first = await store.write(changing("王大伯", village.cadre))
    second = await store.write(changing("周二婶", village.other))
    assert first == Changed(keys=("guardian_name", "school"))
    assert isinstance(second, Conflict)
    assert (second.keys, list(second.disputes)) == (("school",), ["guardian_name"])
    (dispute,) = await store.read(lambda reading: reading.disputes.below([village.group]))
    assert (dispute.seen, dispute.stands, dispute.wanted) == ("李奶奶", "王大伯", "周二婶")
    assert (await read(store, child)).values["guardian_name"] == "王大伯"

    settle = [
        await store.write(lambda work: work.disputes.settle(dispute.id, "周二婶", village.boss))
        for _ in range(2)
    ]
    assert settle == [True, False]
    assert (await read(store, child)).values["guardian_name"] == "周二婶"
    assert await store.read(lambda reading: reading.disputes.of_child(child)) == ()


async def test_two_who_want_the_same_do_not_quarrel(store: Store) -> None:
    village = await store.write(settled)
    child = await entered(store, village, KNOWN)
    for by in (village.cadre, village.other):
        await store.write(
            lambda work, by=by: work.children.change(  # type: ignore[misc]
                child, {"tier": "red"}, source="visit", by=by, expect={"tier": ""}
            )
        )
    assert await store.read(lambda reading: reading.disputes.below([village.group])) == ()
    assert (await read(store, child)).tier == "red"


async def test_whoever_saw_nothing_overwrites_nothing_grave(store: Store) -> None:
    village = await store.write(settled)
    child = await entered(store, village, {**KNOWN, "both_away": "no"})
    told = await store.write(
        lambda work: work.children.change(
            child, {"both_away": "yes"}, source="report", by=village.other
        )
    )
    assert isinstance(told, Conflict)


async def test_the_register_as_it_stood_on_a_day_is_the_same_for_ever(
    store: Store, clock: FakeClock
) -> None:
    village = await store.write(settled)
    child = await entered(store, village, KNOWN)
    stood = clock.now
    before = await read(store, child)
    clock.passes(DAY)

    def later(work: Work) -> None:
        work.children.change(
            child,
            {"school": "新学校", "labels": ""},
            source="visit",
            by=village.cadre,
            true_at=stood - DAY,
        )
        work.children.leave(child, "moved_away", date(2026, 11, 24), by=village.cadre)

    await store.write(later)
    then = await store.read(lambda reading: reading.children.as_of(child, stood))
    assert then is not None
    assert (then.values, then.status, then.area_id) == (before.values, "active", village.group)
    assert await store.read(lambda reading: reading.children.as_of(child, stood - DAY)) is None
    left = await store.read(lambda reading: reading.children.as_of(child, clock.now))
    assert left is not None
    assert (left.status, left.left_reason, left.left_on) == (
        "left",
        "moved_away",
        date(2026, 11, 24),
    )
    assert left.values == (await read(store, child)).values


async def test_a_child_is_found_by_its_number_and_not_by_another(store: Store) -> None:
    village = await store.write(settled)
    number = "520123201403051234"
    child = await entered(store, village, {**KNOWN, "id_number": number})
    found = await store.read(lambda reading: reading.children.by_id_number(number))
    assert found is not None
    assert found.id == child
    await store.write(
        lambda work: work.children.change(
            child, {"id_number": "520123201403051235"}, source="correction", by=village.cadre
        )
    )
    assert await store.read(lambda reading: reading.children.by_id_number(number)) is None


async def test_nothing_of_a_child_stands_in_the_file_in_clear(
    store: Store, database_url: str
) -> None:
    village = await store.write(settled)
    child = await entered(store, village, {**KNOWN, "id_number": "520123201403051234"})
    await store.write(
        lambda work: work.children.open(child, village.other, reason="邻居说孩子病了")
    )
    rows = await store.write(_every_text)
    assert [
        secret
        for secret in ("张小明", "520123201403051234", "2014-03-05", "邻居")
        if secret in rows
    ] == []


async def test_brothers_and_sisters_are_found_by_their_household(store: Store) -> None:
    village = await store.write(settled)
    one = await entered(store, village, KNOWN)
    two = await entered(store, village, {"name": "张小红"})
    three = await entered(store, village, {"name": "张小刚"})

    def join(work: Work) -> list[int]:
        work.children.join_household(two, three)
        work.children.join_household(one, two)
        household = work.children.some([one])[0].household_id
        return [child.id for child in work.children.of_household(household)]

    assert await store.write(join) == [one, two, three]


# -- coming and going ----------------------------------------------------------------------------


async def test_who_turns_sixteen_within_sixty_days_is_known_ahead(store: Store) -> None:
    village = await store.write(settled)
    today = date(2026, 11, 23)
    births = {
        "yesterday": today - DAY,
        "today": today,
        "last": today + 60 * DAY,
        "after": today + 61 * DAY,
    }
    ids = {
        name: await entered(
            store,
            village,
            {"name": name, "birth_date": born.replace(year=born.year - 16).isoformat()},
        )
        for name, born in births.items()
    }
    await entered(store, village, {"name": "month", "birth_date": "2010-12"})
    found = await store.read(lambda reading: reading.children.turning(16, today))
    assert [child.id for child in found] == [ids["today"], ids["last"]]


async def test_a_child_who_left_is_in_nobody_s_hands_and_may_come_back(store: Store) -> None:
    village = await store.write(settled)
    child = await entered(store, village, KNOWN)
    await assigned(store, village, child)
    await store.write(
        lambda work: work.children.leave(child, "turned_16", date(2026, 11, 1), by=village.boss)
    )
    assert await own(store, village.cadre) == []
    assert await in_group(store, village) == []
    await store.write(lambda work: work.children.come_back(child, by=village.boss))
    assert await in_group(store, village) == [child]
    assert (await read(store, child)).left_reason is None


async def test_a_child_who_moves_stays_with_the_old_place_until_the_new_one_accepts(
    store: Store,
) -> None:
    village = await store.write(settled)
    child = await entered(store, village, KNOWN)
    await assigned(store, village, child)
    await store.write(
        lambda work: work.children.transfer(child, village.elsewhere, by=village.cadre)
    )
    offered = await store.read(lambda reading: reading.children.offered_to([village.elsewhere]))
    assert [one.id for one in offered] == [child]
    assert await own(store, village.cadre) == [child]
    accepted = [
        await store.write(lambda work: work.children.accept_transfer(child, by=village.boss))
        for _ in range(2)
    ]
    assert accepted == [True, False]
    moved = await read(store, child)
    assert (moved.area_id, moved.to_area_id) == (village.elsewhere, None)
    assert await own(store, village.cadre) == []


async def test_a_refused_child_stays(store: Store) -> None:
    village = await store.write(settled)
    child = await entered(store, village, KNOWN)
    await assigned(store, village, child)

    def offer_and_refuse(work: Work) -> bool:
        work.children.transfer(child, village.elsewhere, by=village.cadre)
        work.children.refuse_transfer(child, by=village.boss)
        return work.children.accept_transfer(child, by=village.boss)

    assert await store.write(offer_and_refuse) is False
    assert (await read(store, child)).area_id == village.group
    assert await own(store, village.cadre) == [child]


async def test_a_child_entered_twice_becomes_one_and_two_again(store: Store) -> None:
    village = await store.write(settled)
    child = await entered(store, village, {"name": "张小明", "school": "青石小学"})
    twice = await entered(
        store, village, {"name": "张晓明", "school": "别的小学", "nickname": "毛毛"}
    )
    await store.write(lambda work: work.children.merge(child, twice, by=village.boss))
    assert dict((await read(store, child)).values) == {
        "name": "张小明",
        "school": "青石小学",
        "nickname": "毛毛",
    }
    assert await in_group(store, village) == [child]
    assert await store.write(lambda work: work.children.unmerge(twice, by=village.boss))
    assert dict((await read(store, child)).values) == {"name": "张小明", "school": "青石小学"}
    assert await in_group(store, village) == [child, twice]


# -- looking -------------------------------------------------------------------------------------


async def test_who_looked_at_a_child_is_known(store: Store, clock: FakeClock) -> None:
    village = await store.write(settled)
    child = await entered(store, village, KNOWN)
    await store.write(lambda work: work.children.open(child, village.cadre, code="own"))
    await store.write(lambda work: work.children.open(child, village.other, reason="代班走访"))
    looks = await store.read(lambda reading: reading.child_looks.of_child(child))
    assert looks == (
        Look(person_id=village.cadre, at=clock.now, code="own", reason=""),
        Look(person_id=village.other, at=clock.now, code="", reason="代班走访"),
    )


async def test_a_look_that_is_undone_was_none(store: Store) -> None:
    village = await store.write(settled)
    child = await entered(store, village, KNOWN)

    def look_and_fail(work: Work) -> None:
        work.children.open(child, village.other, reason="…")
        raise KeyError

    with pytest.raises(KeyError):
        await store.write(look_and_fail)
    assert await store.read(lambda reading: reading.child_looks.of_child(child)) == ()


# -- carers --------------------------------------------------------------------------------------


async def test_a_carer_is_entered_changed_and_ended(store: Store) -> None:
    village = await store.write(settled)
    child = await entered(store, village, KNOWN)
    told = CarerIn(
        kind="delegated",
        said={"name": "李奶奶", "relation": "祖母", "opinion": "willing"},
        since=date(2026, 9, 1),
    )
    carer = await store.write(lambda work: work.carers.add(child, told, by=village.cadre))
    changed = await store.write(
        lambda work: work.carers.change(
            carer, {"weekly_contact": "yes"}, by=village.other, until=date(2026, 11, 30)
        )
    )
    assert dict(changed.said) == {**told.said, "weekly_contact": "yes"}
    assert (changed.since, changed.until) == (date(2026, 9, 1), date(2026, 11, 30))

    async def current(today: date) -> list[int]:
        found = await store.read(lambda reading: reading.carers.current(child, today))
        return [one.id for one in found]

    assert await current(date(2026, 11, 30)) == [carer]
    assert await current(date(2026, 12, 1)) == []
    assert [one.id for one in await store.read(lambda r: r.carers.of_child(child))] == [carer]


# -- any history at all --------------------------------------------------------------------------

_KEYS = st.sampled_from(["name", "tier", "school", "guardian_name", "labels", "notes"])
_CHANGES = st.lists(
    st.dictionaries(_KEYS, st.sampled_from(["", "a", "b", "孩子"]), max_size=3), max_size=6
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(changes=_CHANGES)
def test_replaying_the_history_gives_the_record(
    store: Store, clock: FakeClock, changes: list[dict[str, str]]
) -> None:
    village = store.write(settled).result()
    child = store.write(
        lambda work: work.children.add(
            village.group, {"name": "甲"}, source="registration", by=village.cadre
        )
    ).result()
    records = []
    for change in changes:
        clock.passes(timedelta(seconds=1))

        def turn(work: Work, change: dict[str, str] = change) -> dict[str, str]:
            known = work.children.get(child)
            assert known is not None
            work.children.change(
                child, change, source="visit", by=village.cadre, expect=known.values
            )
            now = work.children.get(child)
            assert now is not None
            assert now.values == {
                key: value for key, value in {**known.values, **change}.items() if value
            }
            return dict(now.values)

        records.append((clock.now, store.write(turn).result()))
    for moment, record in records:
        then = store.read(
            lambda reading, at=moment: reading.children.as_of(child, at)  # type: ignore[misc]
        ).result()
        assert then is not None
        assert dict(then.values) == record


# -- steps ---------------------------------------------------------------------------------------


async def entered(store: Store, village: Village, values: dict[str, str]) -> int:
    return await store.write(
        lambda work: work.children.add(
            village.group, values, source="registration", by=village.cadre
        )
    )


async def assigned(store: Store, village: Village, child: int) -> None:
    await store.write(
        lambda work: work.responsibilities.assign(child, village.cadre, by=village.boss)
    )


async def read(store: Store, child: int) -> Child:
    known = await store.read(lambda reading: reading.children.get(child))
    assert known is not None
    return known


async def own(store: Store, person: int) -> list[int]:
    held = await store.read(lambda reading: reading.responsibilities.of_person(person))
    return [one.child.id for one in held]


async def in_group(store: Store, village: Village) -> list[int]:
    found = await store.read(lambda reading: reading.children.in_areas([village.group]))
    return sorted(one.id for one in found)


def _every_text(work: Work) -> str:
    from sqlalchemy import select

    from storage.tables import metadata

    texts = []
    for table in metadata.sorted_tables:
        for row in work.db.all(select(table)):
            texts += [
                bytes(value).decode("utf-8", "ignore") if isinstance(value, bytes) else str(value)
                for value in row
            ]
    return "\n".join(texts)

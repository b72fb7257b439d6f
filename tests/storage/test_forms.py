"""Versions of forms: the last that was published counts, whatever the clock says."""

from functools import partial

from storage.office.form_changes import Candidate
from storage.store import Store
from storage.work import Work


def candidate(version: str) -> Candidate:
    return Candidate(
        form="f", version=version, title=f"表{version}", compiled="{}", source_hash="0" * 64
    )


def publish(work: Work, version: str) -> None:
    work.forms.publish("f", f"表{version}", "{}", version, "0" * 64)


async def in_force(store: Store) -> str:
    row = await store.read(lambda reading: reading.forms.current("f"))
    return "" if row is None else row.version


async def test_the_last_that_was_published_is_in_force_also_at_the_same_instant(
    store: Store,
) -> None:
    for version in ("b", "a", "c", "a", "b"):
        await store.write(partial(publish, version=version))
        assert await in_force(store) == version


async def test_of_two_that_were_proposed_over_the_same_version_one_comes_into_force(
    store: Store,
) -> None:
    await store.write(lambda work: publish(work, "a"))
    one = await store.write(lambda work: work.form_changes.propose(candidate("b"), "好", by=1))
    other = await store.write(lambda work: work.form_changes.propose(candidate("c"), "更好", by=1))
    assert await store.write(lambda work: work.form_changes.apply(one, by=2))
    assert not await store.write(lambda work: work.form_changes.apply(other, by=2))
    assert not await store.write(lambda work: work.form_changes.apply(one, by=2))
    assert not await store.write(lambda work: work.form_changes.refuse(one, by=2))
    assert await store.write(lambda work: work.form_changes.refuse(other, by=1))
    assert await in_force(store) == "b"
    waiting = await store.read(lambda reading: reading.form_changes.proposed())
    of = await store.read(lambda reading: reading.form_changes.of("f"))
    assert waiting == ()
    assert [(found.state, found.why, found.based_on) for found in of] == [
        ("refused", "更好", "a"),
        ("applied", "好", "a"),
    ]


async def test_a_new_form_has_nothing_before_it(store: Store) -> None:
    row = await store.write(lambda work: work.form_changes.propose(candidate("a"), "新的", by=1))
    assert await store.write(lambda work: work.form_changes.apply(row, by=2))
    assert await in_force(store) == "a"
    back = await store.write(lambda work: work.form_changes.propose(candidate("b"), "再改", by=1))
    assert await store.write(lambda work: work.form_changes.apply(back, by=2))
    versions = await store.read(lambda reading: reading.forms.versions("f"))
    assert [found.version for found in versions] == ["b", "a"]

"""By which post? Asked of whoever has several that fit alike, and of nobody else."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage.work import Reading, Work
from tests.fakes.house import House, open_house

TELLING = ("/start", "[孩子现在有危险]", "[青石镇青石村]", "有人打孩子，流血了")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, began=datetime(2026, 11, 20, 2, tzinfo=UTC)) as opened:
        yield opened


@pytest.mark.parametrize(
    ("posts", "hat", "role"),
    [
        # One of them reads no reports, one lies further away: what fits best is taken.
        ({"grid_worker": "青石镇"}, "", "child_supervisor"),
        ({"civil_affairs": "云岭县"}, "", "child_supervisor"),
        # The same place and right: whoever comes after them depends on the answer.
        ({"township_head": "青石镇"}, "青石镇 儿童督导员", "child_supervisor"),
        ({"township_head": "青石镇"}, "青石镇 乡镇（街道）分管领导", "township_head"),
    ],
)
async def test_only_posts_that_fit_alike_are_asked_about(
    house: House, posts: dict[str, str], hat: str, role: str
) -> None:
    supervisor = await house.visitor("督导员")
    await house.store.write(lambda work: _hold(work, posts))
    teacher = await house.visitor("教师")
    for said in TELLING:
        await (teacher.taps(said.strip("[]")) if said[0] == "[" else teacher.says(said))
        await house.settled()
    await supervisor.taps("我来处理")
    await house.settled()
    asked = "以哪个来办" in house.paper.to("督导员")[-1].card.text
    assert asked is bool(hat)
    if hat:
        await supervisor.taps(hat)
        await house.settled()

    def owner(reading: Reading) -> tuple[str, bool]:
        (case,) = reading.cases.owned_by([_person(reading)])
        (accepted,) = [one for one in reading.cases.entries(case.id) if one.act == "accept"]
        return case.owner.role, accepted.role == case.owner.role

    assert await house.store.read(owner) == (role, True)


def _hold(work: Work, posts: dict[str, str]) -> None:
    roots = {root.name: root.id for root in work.areas.roots()}
    for role, place in posts.items():
        at = roots.get(place) or work.areas.search(place)[0].id
        work.people.add_role(_person(work), role, at)


def _person(reading: Reading) -> int:
    speaker = reading.people.speaker("paper", "督导员")
    assert speaker is not None
    return speaker.person_id

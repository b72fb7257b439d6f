"""Two accounts become one, but nobody is taken past their authenticator app by it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from handlers import talk
from handlers.people import account
from handlers.turn import Turn
from policy.authenticator import code_of, step_of
from storage.people.authenticators import Said
from storage.work import Reading, Work
from tests.fakes.house import House, open_house

BEGAN = datetime(2026, 11, 20, 2, tzinfo=UTC)
VICTIM, OTHER = "县民政", "儿童主任"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, began=BEGAN) as opened:
        for name in (VICTIM, OTHER):
            await opened.visitor(name)
        yield opened


def person(reading: Reading, name: str) -> int:
    speaker = reading.people.speaker("paper", name)
    assert speaker is not None
    return speaker.person_id


def connects(work: Work, name: str) -> None:
    """Their app is set up."""
    who = person(work, name)
    key = work.authenticators.begin(who)
    assert work.authenticators.confirm(who, code_of(key, step_of(work.now))) is Said.RIGHT


def types(house: House, work: Work, *, is_proven: bool = False) -> str:
    """The other's linking code is typed where the victim sits; what is answered."""
    code = work.links.offer(person(work, OTHER))
    speaker = work.people.speaker("paper", VICTIM)
    assert speaker is not None
    turn = Turn(
        work=work,
        rules=house.rules,
        speaker=speaker,
        at=work.now.astimezone(house.rules.zone),
        finish=talk.finish,
        is_proven=is_proven,
    )
    assert account.said_code(turn, code)
    return turn.spoken[-1].card.text


async def are_one(house: House) -> bool:
    return await house.store.read(lambda look: person(look, VICTIM) == person(look, OTHER))


async def test_a_phone_that_lies_open_takes_nobody_past_their_app(house: House) -> None:
    await house.store.write(lambda work: connects(work, VICTIM))
    said = await house.store.write(lambda work: types(house, work))
    assert "连着验证器，不能并到别的账号里" in said
    assert not await are_one(house)


async def test_whoever_said_the_digits_goes_with_their_app(house: House) -> None:
    await house.store.write(lambda work: connects(work, VICTIM))
    said = await house.store.write(lambda work: types(house, work, is_proven=True))
    assert "连上了" in said
    assert await are_one(house)
    assert await house.store.read(lambda look: look.authenticators.is_set(person(look, OTHER)))


async def test_a_phone_without_one_comes_to_whoever_has_one(house: House) -> None:
    await house.store.write(lambda work: connects(work, OTHER))
    assert "连上了" in await house.store.write(lambda work: types(house, work))
    assert await are_one(house)


@pytest.mark.parametrize("is_proven", [False, True])
async def test_two_with_an_app_each_stay_two(house: House, *, is_proven: bool) -> None:
    for name in (VICTIM, OTHER):
        await house.store.write(lambda work, name=name: connects(work, name))  # type: ignore[misc]
    said = await house.store.write(lambda work: types(house, work, is_proven=is_proven))
    assert "两边都连着验证器" in said
    assert not await are_one(house)

"""An arrival over which the database fails each time held up everybody's polling for ever."""

import sqlite3
from collections.abc import Callable

from bot.channels.channel import NotStored, Stored
from bot.intake import HOPELESS
from tests.fakes.house import House
from tests.regressions.conftest import said


async def test_what_can_never_be_stored_is_put_aside(
    house: House, a_word_raises: Callable[[str, BaseException], None]
) -> None:
    a_word_raises("写不进的话", sqlite3.OperationalError("cannot be"))
    unlucky = said("写不进的话", by="邻居", key="paper:unlucky")
    other = await house.visitor("教师")
    for _ in range(HOPELESS):
        assert isinstance(await house.intake.take(unlucky), NotStored)
        await other.says("帮助")
    assert isinstance(await house.intake.take(unlucky), Stored)
    kept = await house.store.read(lambda reading: reading.poison.list())
    assert len(kept) == 1


async def test_a_database_that_fails_for_all_is_waited_for(
    house: House, a_word_raises: Callable[[str, BaseException], None]
) -> None:
    a_word_raises("写不进的话", sqlite3.OperationalError("cannot be"))
    unlucky = said("写不进的话", by="邻居", key="paper:unlucky")
    for _ in range(HOPELESS * 2):
        assert isinstance(await house.intake.take(unlucky), NotStored)

"""体检 of a running program: it says itself how it is."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

import pytest
from aiohttp import web

from bot.clock import Clock
from bot.commands.words import words
from bot.health.doctor import Finding, examine
from bot.keeping.counting import Counting
from bot.memory import open_store as open_first_memory
from bot.settings import Settings, read_settings
from storage.faults import StoreFault
from storage.store import Store
from storage.supervision.day_facts import NUMBERS
from storage.tables import day_count
from tests.conversation.test_patterns import OLD
from tests.fakes.databases import open_memory
from tests.faults.process import free_port
from tests.storage.village import settled

WELL = {"well": True, "reading": ""}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings(
        database_url=f"sqlite:///{tmp_path / 'data' / 'x.db'}",
        key_file=tmp_path / "keys" / "x.keys",
        listen=f"127.0.0.1:{free_port()}",
    )


@pytest.fixture
def running(settings: Settings) -> Iterator[Store]:
    store = open_memory(settings, Clock())
    yield store
    store.close()


@asynccontextmanager
async def _readyz(settings: Settings, vitals: Mapping[str, object]) -> AsyncIterator[None]:
    async def ready(_: web.Request) -> web.Response:
        return web.json_response(vitals, status=503)

    site = web.Application()
    site.router.add_get("/readyz", ready)
    runner = web.AppRunner(site)
    await runner.setup()
    await web.TCPSite(runner, settings.host, settings.port).start()
    try:
        yield
    finally:
        await runner.cleanup()


async def _alive(settings: Settings) -> Finding:
    return {each.what: each for each in await examine(settings, words)}["运行情况"]


@pytest.mark.usefixtures("running")
async def test_a_running_program_that_is_well(settings: Settings) -> None:
    async with _readyz(settings, {"database": WELL, "ticks": WELL}):
        assert await _alive(settings) == Finding(what="运行情况", well=True)


@pytest.mark.usefixtures("running")
async def test_each_trouble_has_a_cure(settings: Settings) -> None:
    vitals = {
        "ticks": {"well": False, "reading": "files"},
        "oldest_waiting": {"well": False, "reading": "300"},
        "telegram": {"well": False, "reading": "webhook-changed"},
        "news": {"well": False, "reading": "7"},
    }
    async with _readyz(settings, vitals):
        found = await _alive(settings)
    assert not found.well
    assert len(found.said.splitlines()) == len(vitals)
    assert "等了 300 秒" in found.said
    assert all("请" in line for line in found.said.splitlines())


@pytest.mark.parametrize(
    ("reading", "cure"), [("DatabaseMoved", "放回原处"), ("DatabaseReplaced", "restore")]
)
@pytest.mark.usefixtures("running")
async def test_a_file_that_was_moved_or_copied_over_has_its_own_cure(
    settings: Settings, reading: str, cure: str
) -> None:
    async with _readyz(settings, {"database": {"well": False, "reading": reading}}):
        assert cure in (await _alive(settings)).said


@pytest.mark.usefixtures("running")
async def test_one_that_holds_the_database_and_does_not_answer(settings: Settings) -> None:
    found = await _alive(settings)
    assert not found.well
    assert "重启程序" in found.said


async def test_a_key_file_that_others_may_read_is_told_once(settings: Settings) -> None:
    (await asyncio.to_thread(open_memory, settings, Clock())).close()
    settings.key_file.chmod(0o644)
    said = [each.said for each in await examine(settings, words) if "chmod 600" in each.said]
    assert len(said) == 1


async def test_a_key_file_that_would_lie_with_the_data_is_told_before_the_first_start(
    tmp_path: Path,
) -> None:
    beside = read_settings(
        database_url=f"sqlite:///{tmp_path / 'data' / 'x.db'}",
        key_file=tmp_path / "data" / "keys" / "x.keys",
        listen=f"127.0.0.1:{free_port()}",
    )
    keys = next(each for each in await examine(beside, words) if each.what == "密钥文件")
    assert not keys.well
    assert "移到另一个目录" in keys.said
    with pytest.raises(StoreFault):
        await asyncio.to_thread(open_first_memory, beside, Clock())
    assert not beside.key_file.exists()


async def test_numbers_of_visits_that_are_not_those_of_the_records(settings: Settings) -> None:
    async def visits() -> Finding:
        return {each.what: each for each in await examine(settings, words)}["走访和包保的数字"]

    store = await asyncio.to_thread(open_memory, settings, Clock())
    here = await store.write(settled)
    await Counting(store).add_up()
    store.close()
    assert (await visits()).well
    store = await asyncio.to_thread(open_memory, settings, Clock())
    wrong = {"place_id": here.town, "day": date(2026, 11, 1), **dict.fromkeys(NUMBERS, 1)}
    await store.write(lambda work: work.db.run(day_count.insert(), **wrong))
    store.close()
    found = await visits()
    assert not found.well
    assert found.said.startswith("1 个乡镇")


async def test_a_form_whose_own_check_could_hang_is_named(settings: Settings) -> None:
    async def patterns() -> Finding:
        return {each.what: each for each in await examine(settings, words)}["问卷里的格式"]

    store = await asyncio.to_thread(open_memory, settings, Clock())
    await store.write(settled)
    store.close()
    assert (await patterns()).well
    store = await asyncio.to_thread(open_memory, settings, Clock())
    await store.write(
        lambda work: work.forms.publish("old", "老问卷", OLD.to_json(), OLD.version, "h")
    )
    store.close()
    found = await patterns()
    assert not found.well
    assert [line[:14] for line in found.said.splitlines()] == [
        "问卷“老问卷”里 card ",
        "问卷“老问卷”里 not 这",
    ]

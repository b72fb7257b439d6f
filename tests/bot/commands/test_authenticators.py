"""A lost authenticator app where two others are not to be had: the office's own machine."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.__main__ import main
from bot.clock import Clock
from bot.commands import handing_over
from bot.commands.handing_over import NotOnePerson
from bot.commands.words import words
from bot.demo.people import COUNTY, NAME
from bot.health.doctor import examine
from bot.settings import read_settings
from bot.tables.tables import read_areas
from policy.authenticator import code_of, step_of
from storage.people.authenticators import Said
from storage.tables import audit
from storage.work import Reading, Work
from tests.fakes.databases import open_memory
from tests.fakes.house import House, open_house

WHY = "手机掉水里了"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, began=datetime(2026, 11, 20, 2, tzinfo=UTC)) as opened:
        for name in ("县民政", "管理员", "督导员"):
            await opened.visitor(name)
        yield opened


def connect(work: Work, person: int) -> None:
    """Somebody sets an app up."""
    key = work.authenticators.begin(person)
    assert work.authenticators.confirm(person, code_of(key, step_of(work.now))) is Said.RIGHT


def person_of(reading: Reading, name: str) -> int:
    speaker = reading.people.speaker("paper", name)
    assert speaker is not None
    return speaker.person_id


async def forget(house: House, said: str) -> int:
    return await house.store.write(
        lambda work: handing_over.forget_authenticator(work, house.rules, said, WHY)
    )


async def test_everybody_who_manages_the_county_hears_of_it_at_once(house: House) -> None:
    await house.store.write(lambda work: connect(work, person_of(work, "管理员")))
    assert await forget(house, "管理员") == 1
    await house.settled()
    lost, other = (house.paper.to(who)[-1].card.text for who in ("管理员", "县民政"))
    assert "取消了您的验证器" in lost
    assert "取消了 管理员 的验证器" in other
    assert WHY not in other
    assert not any("验证器" in sent.card.text for sent in house.paper.to("督导员"))

    def after(reading: Reading) -> tuple[bool, list[str], list[str]]:
        rows = reading.db.all(select(audit.c.verb).where(audit.c.actor == 0))
        whys = [one.why for one in reading.authenticators.forgotten(9)]
        is_set = reading.authenticators.is_set(person_of(reading, "管理员"))
        return is_set, [row[0] for row in rows if row[0].startswith("authenticator")], whys

    assert await house.store.read(after) == (
        False,
        ["authenticator-reset-asked", "authenticator-reset-applied"],
        [WHY],
    )


async def test_nobody_is_guessed_at(house: House) -> None:
    for said in ("管理员", "没有这个人", "督导员"):
        with pytest.raises(NotOnePerson):
            await forget(house, said)

    def two(work: Work) -> None:
        for _ in range(2):
            connect(work, work.people.add(name="王强"))

    await house.store.write(two)
    with pytest.raises(NotOnePerson):
        await forget(house, "王强")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A county that asks for six digits, with one person who manages it."""
    (tmp_path / "county" / "policy").mkdir(parents=True)
    limits = tmp_path / "county" / "policy" / "limits.toml"
    limits.write_text("authenticator_asked = 1\n", "utf-8")
    monkeypatch.setenv("BOT_DATABASE_URL", f"sqlite:///{tmp_path / 'data' / 'x.db'}")
    monkeypatch.setenv("BOT_KEY_FILE", str(tmp_path / "k" / "x.keys"))
    monkeypatch.setenv("BOT_COUNTY", str(tmp_path / "county"))
    store = open_memory(read_settings(), Clock())
    rows = read_areas(COUNTY / "areas.xlsx", words, NAME)
    store.write(lambda work: work.places.replace(rows)).result()
    store.write(lambda work: keeper(work, "钱科长", connected=True)).result()
    store.close()
    return limits


def keeper(work: Work, name: str, *, connected: bool = False) -> None:
    person = work.people.add(name=name)
    work.people.add_role(person, "administrator", work.areas.roots()[0].id)
    if connected:
        connect(work, person)


def test_the_command_says_who_has_one_and_forgets_it(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["authenticators", "list"]) == 0
    assert re.search("钱科长.*管理员", capsys.readouterr().out)
    for wrong in (["--person", "钱科长"], ["--why", WHY], ["--person", "钱科长", "--why", "丢"]):
        assert main(["authenticators", "forget", *wrong]) == 2
    assert main(["authenticators", "forget", "--person", "孙警官", "--why", WHY]) == 2
    capsys.readouterr()
    assert main(["authenticators", "forget", "--person", "钱科长", "--why", WHY]) == 0
    assert "钱科长 的验证器取消了" in capsys.readouterr().out
    main(["authenticators", "list"])
    assert "还没有人连" in capsys.readouterr().out


def test_the_doctor_says_where_nobody_could_help(place: Path) -> None:
    def said() -> str | None:
        found = {one.what: one for one in asyncio.run(examine(read_settings(), words))}
        return found["验证器"].said if "验证器" in found else None

    assert "只有 1 个人" in (said() or "")
    store = open_memory(read_settings(), Clock())
    for name in ("吴县长", "郑管理"):
        store.write(partial(keeper, name=name)).result()
    store.close()
    assert said() == ""
    place.write_text("authenticator_asked = 0\n", "utf-8")
    assert said() is None

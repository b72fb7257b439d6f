"""bot attachments verify: what is not as it came is named, in Chinese, with an exit status."""

import asyncio
from pathlib import Path

import pytest

from bot.__main__ import main
from storage.database import Database
from storage.work import Work
from tests.fakes.house import open_house
from tests.handlers.test_evidence import BEGAN, alarm, files_of

FINE = "附件完好：2 个都和收到时一样。\n"


@pytest.fixture
def county(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A house that was left, with a recording and a video of one report."""

    async def live() -> None:
        async with open_house(tmp_path, began=BEGAN) as house:
            await alarm(house, ("video", b"film"))

    asyncio.run(live())
    monkeypatch.setenv("BOT_DATABASE_URL", f"sqlite:///{tmp_path / 'data' / 'house.db'}")
    monkeypatch.setenv("BOT_KEY_FILE", str(tmp_path / "keys" / "house.keys"))
    return tmp_path


def test_what_is_as_it_came_is_fine(county: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["attachments", "verify"]) == 0
    assert capsys.readouterr().out == FINE


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("changed", "内容和收到时不一样"),
        ("rewritten", "库里写的校验和收到时记下的不一样"),
        ("unreadable", "打不开"),
        ("cut", "内容和收到时不一样"),
        ("gone", "收到过，现在库里没有了，也没有删除的记录"),
    ],
)
def test_what_was_touched_is_named(
    county: Path, capsys: pytest.CaptureFixture[str], how: str, said: str
) -> None:
    async def touch() -> None:
        async with open_house(county, began=BEGAN) as house:
            voice, _ = await files_of(house)
            await house.store.write(lambda work: _touch(work, voice.id, how))

    asyncio.run(touch())
    assert main(["attachments", "verify"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "1 个不对" in lines[0]
    assert said in "".join(lines)
    assert ("受理号" in "".join(lines)) is (how != "gone")
    assert "备份" in lines[-1]


def test_what_was_removed_by_the_program_is_not_missed(
    county: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def remove() -> None:
        async with open_house(county, began=BEGAN) as house:
            voice, _ = await files_of(house)
            await house.store.write(lambda work: work.attachments.remove(voice.id))

    asyncio.run(remove())
    assert main(["attachments", "verify"]) == 0
    assert "1 个都和收到时一样" in capsys.readouterr().out


def _touch(work: Work, file_id: int, how: str) -> None:
    db: Database = work.db
    match how:
        case "changed":
            work.attachments.put_chunk(file_id, 0, b"OggS other")
        case "rewritten":
            db.tell("UPDATE attachment SET sha256 = ? WHERE id = ?", "0" * 64, file_id)
        case "unreadable":
            sealed = "UPDATE attachment_chunk SET body = ? WHERE attachment_id = ?"
            db.tell(sealed, b"\x01" * 64, file_id)
        case "cut":
            db.tell("DELETE FROM attachment_chunk WHERE attachment_id = ?", file_id)
        case _:
            db.tell("DELETE FROM attachment_chunk WHERE attachment_id = ?", file_id)
            db.tell("DELETE FROM attachment WHERE id = ?", file_id)

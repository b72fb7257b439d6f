"""Backups that the program makes by itself: often enough, few enough, and of use when needed."""

import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.__main__ import main
from bot.keeping import safekeeping
from bot.keeping.safekeeping import Kept, Safekeeping
from storage import backup
from storage.audit import Head
from tests.fakes.house import House, open_house
from tests.handlers.test_climbing import alarmed

BEGAN = datetime(2026, 11, 20, 2, tzinfo=UTC)
NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, began=BEGAN) as opened:
        yield opened


@pytest.fixture
def keeping(house: House, tmp_path: Path) -> Safekeeping:
    data = tmp_path / "data"
    kept = Kept(
        url=f"sqlite:///{data / 'house.db'}",
        data=data,
        folder=tmp_path / "backups",
        days=7,
        zone=ZoneInfo("Asia/Shanghai"),
    )
    return Safekeeping(house.store, house.intake, house.clock, kept)


async def test_the_newest_backup_in_an_empty_folder_goes_on_talking(
    house: House, keeping: Safekeeping, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = await alarmed(house)
    await keeping.back_up()
    await house.delivery.stop()
    house.store.close()
    other = tmp_path / "other"
    shutil.copytree(tmp_path / "keys", other / "keys")
    newest = backup.all_in(tmp_path / "backups")[-1]
    assert newest.stat().st_mode & 0o777 == 0o600
    config = other / "bot.toml"
    config.write_text(
        f'database_url = "sqlite:///{other / "data" / "house.db"}"\n'
        f'key_file = "{other / "keys" / "house.keys"}"\n'
    )
    (other / "data").mkdir()
    assert main(["--config", str(config), "restore", str(newest)]) == 0
    assert main(["--config", str(config), "audit", "verify"]) == 0
    capsys.readouterr()
    async with open_house(other, began=BEGAN + timedelta(minutes=10)) as again:
        kept = await again.store.read(lambda reading: reading.cases.get(case.id))
        assert kept is not None
        county = await again.visitor("县民政")
        await county.says("我的")
        await again.settled()
        assert again.paper.to("县民政")
        verdict = await again.store.read(lambda reading: reading.audit.verify())
        assert isinstance(verdict, Head)


async def test_backups_come_every_five_minutes_and_less_often_where_they_take_long(
    house: House, keeping: Safekeeping, tmp_path: Path
) -> None:
    async def made_within(minutes: int) -> int:
        before = len(backup.all_in(tmp_path / "backups"))
        for _ in range(minutes):
            house.clock.moment[0] += timedelta(minutes=1)
            await keeping.back_up()
        return len(backup.all_in(tmp_path / "backups")) - before

    assert await made_within(1) == 1
    keeping._took = timedelta(seconds=1)
    assert await made_within(4) == 0
    assert await made_within(1) == 1
    keeping._took = timedelta(seconds=40)
    assert await made_within(19) == 0
    assert await made_within(1) == 1


async def test_a_backup_that_fails_is_told_once_a_day_and_the_next_one_is_well(
    house: House, keeping: Safekeeping, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.visitor("管理员")
    folder = tmp_path / "backups"
    folder.write_text("in the way")
    for _ in range(3):
        await keeping.back_up()
        await keeping.note_head()
        await house.settled()
    told = [one.card.text for one in house.paper.to("管理员") if "备份没有做成" in one.card.text]
    assert len(told) == 2  # one of the backup, one of the head
    assert any("备份写不进" in text for text in told)
    assert keeping.trouble
    folder.unlink()
    full = SimpleNamespace(free=1_000_000)
    with monkeypatch.context() as small:
        small.setattr(shutil, "disk_usage", lambda _: full)
        await keeping.back_up()
    assert keeping.trouble == "backup-no-room"
    await keeping.back_up()
    assert keeping.trouble == ""
    assert len(backup.all_in(folder)) == 1


async def test_a_log_that_only_grows_is_told_once_a_day(
    house: House, keeping: Safekeeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.visitor("管理员")
    await keeping.back_up()
    monkeypatch.setattr(safekeeping, "LONG_LOG", -1)
    for _ in range(3):
        await keeping.back_up()
        await house.settled()
    told = [one.card.text for one in house.paper.to("管理员") if "写不进去" in one.card.text]
    assert len(told) == 1
    assert "只读" in told[0]


async def test_a_full_disk_is_told_out_of_what_was_held_back(
    house: House, keeping: Safekeeping, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.visitor("管理员")
    reserve = tmp_path / "data" / "reserve"
    free = SimpleNamespace(free=safekeeping.ROOMY + 1)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: free)
    await keeping.keep_room()
    assert reserve.stat().st_blocks * 512 >= safekeeping.RESERVE
    free.free = safekeeping.FULL - 1
    await keeping.keep_room()
    await house.settled()
    assert not reserve.exists()
    assert "磁盘满了" in house.paper.to("管理员")[-1].card.text
    free.free = safekeeping.RESERVE + safekeeping.FULL
    await keeping.keep_room()
    assert not reserve.exists()


@given(st.lists(st.integers(0, 40 * 24 * 60), max_size=60), st.integers(1, 30))
def test_what_is_thinned_out_leaves_the_newest_and_each_day(ages: list[int], days: int) -> None:
    moments = {NOW - timedelta(minutes=age) for age in ages}
    left = moments - backup.surplus(moments, NOW, days)
    assert sorted(moments)[-backup.ALWAYS :] == sorted(left)[-backup.ALWAYS :]
    whole = timedelta(days=days)
    assert {at.date() for at in moments if NOW - at < whole - timedelta(days=1)} <= {
        at.date() for at in left
    }
    assert len(left) <= days + backup.ALWAYS
    old = {at for at in left if NOW - at > whole}
    assert len(old) <= backup.ALWAYS


@given(st.sets(st.integers(0, 40), max_size=20), st.integers(1, 12), st.integers(100, 9000))
def test_what_a_wrong_clock_made_pushes_no_right_one_out(
    ages: set[int], false: int, ahead: int
) -> None:
    right = {NOW - timedelta(days=age) for age in ages}
    leapt = [NOW + timedelta(days=ahead, minutes=5 * number) for number in range(false)]
    # While the clock is doubted no day goes, whatever it shows.
    assert not right & backup.surplus({*right, *leapt}, leapt[-1], None)
    assert len({*leapt} - backup.surplus({*right, *leapt}, leapt[-1], None)) <= backup.ALWAYS + 2
    # Once it is right again the others are what they would be without.
    days = 7
    assert right & backup.surplus({*right, *leapt}, NOW, days) == backup.surplus(right, NOW, days)


async def test_a_backup_that_lies_ahead_is_not_made_anew_every_minute(
    house: House, keeping: Safekeeping
) -> None:
    real = house.clock.moment[0]
    house.clock.moment[0] += timedelta(days=365)
    await keeping.back_up()
    house.clock.moment[0] = real
    folder = keeping._kept.folder
    counts = []
    for _ in range(4):
        await keeping.back_up()
        counts.append(len(backup.all_in(folder)))
        house.clock.moment[0] += timedelta(minutes=1)
    assert counts == [2, 2, 2, 2]


def test_only_backups_of_ours_are_removed(tmp_path: Path) -> None:
    mine = tmp_path / "xiangban-before-upgrade.db"
    mine.touch()
    for day in range(12):
        backup.file_of(tmp_path, NOW - timedelta(days=day)).touch()
    backup.thin_out(tmp_path, NOW, 7)
    assert mine.exists()
    assert len(backup.all_in(tmp_path)) == 7

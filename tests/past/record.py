"""Keeps a county of this version for those to come: ``python -m tests.past.record``.

What it holds is invented: the county of canaries, somebody's alarm that is in hand, and somebody
who is in the middle of a report. tests/past/test_past.py brings each up to the newest version.
"""

import asyncio
import sqlite3
import sys
import tarfile
from contextlib import closing
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from storage.migrate import HEAD
from tests.fakes.house import House, open_house
from tests.handlers import canaries

HERE = Path(__file__).parent
BEGAN = datetime.fromisoformat("2026-11-23 09:00+08:00")
#: Who raised an alarm, who has it in hand, and who is at the question which child it is.
ALARMED, OFFICER, BUSY = "邻居甲", "督导员", "邻居乙"


async def live(house: House) -> None:
    """A morning of the county."""
    officer = await house.visitor(OFFICER)
    await house.store.write(canaries.settle)
    alarmed = await house.visitor(ALARMED)
    for text in ("孩子现在有危险", "青石镇河湾村", "孩子掉进水塘里了，没人管"):
        await alarmed.says(text)
    await house.settled()
    await officer.taps("我来处理")
    busy = await house.visitor(BUSY)
    for text in ("我要报告", "1", "选好了", "奶奶住院了，孩子一个人在家", "青石镇河湾村"):
        await busy.says(text)
    await house.settled()


async def record(to: Path) -> None:
    """Write the county's database and keys into one file."""
    with TemporaryDirectory() as folder:
        home = Path(folder)
        async with open_house(home, began=BEGAN) as house:
            await live(house)
        with closing(sqlite3.connect(home / "data" / "house.db")) as db:
            db.execute("VACUUM INTO ?", (str(home / "county.db"),))
        with tarfile.open(to, "w:xz") as packed:
            packed.add(home / "county.db", "county.db")
            packed.add(home / "keys" / "house.keys", "county.keys")


if __name__ == "__main__":
    asyncio.run(record(Path(*sys.argv[1:]) if sys.argv[1:] else HERE / f"{HEAD}.tar.xz"))

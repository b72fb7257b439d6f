"""The register as a county grows: own children, gaps, finding by name, an import of ten thousand.

    nice -n 15 python -m benchmarks.register [sqlite:50000 postgresql:50000 ...] [--write]

Every record is sealed, every change has its entry; names are those of the invented county of the
tests, dealt again and again. The own list is that of one cadre with twelve children, whatever the
size of the county. The import is staged by 200 rows a turn; what others wait for is the one turn
that applies it. ``--write`` keeps the figures in results/register.json and register.md.
"""

import asyncio
import gc
import io
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import TypeVar

import psutil  # type: ignore[import-untyped]
from openpyxl import Workbook

from benchmarks import sizes
from benchmarks.sizes import Figures
from bot.tables import rosters
from handlers.children.roll import Roll
from policy.areas import AreaRow, AreaTree
from storage.children.child import Cause, NewChild
from storage.children.roster import Applied, RosterRowIn
from storage.children.roster_undo import Undone
from storage.sealing import KeyRing
from storage.store import Store
from storage.work import Reading, Work
from tests.policy.register.invented import county
from tests.policy.register.test_child_names import asked

RUNS = ("sqlite:50000", "postgresql:50000", "sqlite:1000000", "postgresql:1000000")
OWN = 12
IMPORTED = 10_000
AT_ONCE = 200
ENTERED_AT_ONCE = 2_000
#: A village has 60 children in four groups, a township 40 villages, as in the invented county.
VILLAGE, GROUPS, TOWN = 60, 4, 40
#: As many columns as rosters of townships fill; names of people come from the invented county.
VALUES = {
    "birth_date": "2014-03-05",
    "nation": "汉族",
    "address": "青石镇河湾村二组十八号",
    "labels": "left_behind",
    "father_phone": "13800138000",
    "father_whereabouts": "广东省东莞市",
    "mother_whereabouts": "浙江省宁波市",
    "guardian_phone": "13900139000",
    "guardianship": "fair",
    "both_away": "yes",
    "tier": "yellow",
}
T = TypeVar("T")


async def measure(url: str, folder: Path, size: int) -> Figures:
    """What each step costs in a county of this size."""
    keys = KeyRing.create(folder / "keys.json")
    with closing(Store.open(url, keys, lambda: datetime.now(UTC), turn_seconds=120)) as store:
        groups, county_id = await store.write(partial(_places, size=size))
        figures: Figures = {"children": size}
        began = time.perf_counter()
        cadre = await store.write(partial(_enter, groups=groups, first=0, count=OWN))
        for first in range(OWN, size, ENTERED_AT_ONCE):
            count = min(ENTERED_AT_ONCE, size - first)
            await store.write(partial(_enter, groups=groups, first=first, count=count))
        figures["entered_s"] = round(time.perf_counter() - began)
        figures["own_ms"] = await _median(lambda: store.read(partial(_own, person_id=cadre)))
        figures["gaps_ms"] = await _median(
            lambda: store.read(partial(_gaps, area_id=county_id)), times=3
        )
        if url.startswith("sqlite"):  # in memory it is the same for both
            figures |= await _names(store, groups)
        figures |= await _preview(store)
        figures |= await _import(store, groups, county_id)
    return figures


# -- finding by name ----------------------------------------------------------------------------


async def _names(store: Store, groups: list[int]) -> Figures:
    """The index of names in memory, and searches in a village, a township and the county."""
    process = psutil.Process()
    gc.collect()
    before, began = process.memory_info().rss, time.perf_counter()
    roll = Roll()
    while not await store.read(roll.step):
        pass
    built = time.perf_counter() - began
    gc.collect()
    figures: Figures = {
        "index_s": round(built, 1),
        "index_mb": round((process.memory_info().rss - before) / 1e6),
    }
    tree: AreaTree = await store.read(lambda reading: reading.areas)
    scopes = {
        "village": tree.descendants(tree.path(groups[0])[-2].id),
        "town": tree.descendants(tree.path(groups[0])[-3].id),
        "county": tree.descendants(tree.roots()[0].id),
    }
    for name, areas in scopes.items():
        took = sorted(_searches(roll, areas))
        figures[f"search_{name}_ms"] = round(median(took), 2)
        figures[f"search_{name}_p99_ms"] = round(took[len(took) * 99 // 100], 2)
    return figures


def _searches(roll: Roll, areas: Iterable[int]) -> Iterator[float]:
    there = tuple(areas)
    for _, query, _, _ in asked():
        began = time.perf_counter()
        roll.find(query, there, ())
        yield (time.perf_counter() - began) * 1000


# -- looking through a roster -------------------------------------------------------------------


async def _preview(store: Store) -> Figures:
    """A workbook of ten thousand rows held against the register: every second row is known."""
    tree: AreaTree = await store.read(lambda reading: reading.areas)
    data = await asyncio.to_thread(_workbook, tree)
    gc.collect()
    process, peak, done = psutil.Process(), 0, False
    before = process.memory_info().rss

    async def watch() -> None:
        nonlocal peak
        while not done:
            peak = max(peak, _memory(process) - before)
            await asyncio.sleep(0.05)

    watching = asyncio.create_task(watch())
    began = time.perf_counter()
    seen = await rosters.preview(store, "roster.xlsx", data, datetime.now(UTC).date())
    took = time.perf_counter() - began
    done = True
    await watching
    assert len(seen.compared) == IMPORTED
    return {"preview_s": round(took, 1), "preview_mb": round(peak / 1e6)}


def _memory(process: psutil.Process) -> int:
    """Of the process and of the child that reads the file."""
    held = int(process.memory_info().rss)
    for child in process.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            held += int(child.memory_info().rss)
    return held


def _workbook(tree: AreaTree) -> bytes:
    book = Workbook(write_only=True)
    page = book.create_sheet()
    page.append(
        [
            "姓名",
            "性别",
            "出生日期",
            "乡镇(街道)",
            "村(居)",
            "组(网格)",
            "父亲联系电话",
            "就读学校",
        ]
    )
    town = tree.children(tree.roots()[0].id)[0]
    village = tree.children(town.id)[0]
    for number in range(IMPORTED):
        known = county()[number % len(county())]
        year = 2014 if number % 2 else 2010 + number % 9
        page.append(
            [
                known.name,
                {"male": "男", "female": "女"}.get(known.sex, known.sex),
                f"{year}-03-{1 + number % 28:02}",
                town.name,
                village.name,
                tree.children(village.id)[number % GROUPS].name,
                "13800138000",
                known.school,
            ]
        )
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


# -- an import ----------------------------------------------------------------------------------


async def _import(store: Store, groups: list[int], area_id: int) -> Figures:
    figures: Figures = {}
    new = [_row(number, groups, None) for number in range(1, IMPORTED + 1)]
    roster = await _staged(store, area_id, new, figures)
    with _timed(figures, "apply_new_ms"):
        applied = await store.write(lambda work: work.rosters.apply(roster, by=1))
    assert isinstance(applied, Applied)
    assert applied.new == IMPORTED
    rows = await store.read(lambda reading: reading.rosters.rows(roster, ["new"], count=IMPORTED))
    changed = [_row(row.number, groups, row.child_id) for row in rows]
    again = await _staged(store, area_id, changed, figures)
    with _timed(figures, "apply_changed_ms"):
        applied = await store.write(lambda work: work.rosters.apply(again, by=1))
    assert applied == Applied(new=0, changed=IMPORTED, responsibilities=0)
    with _timed(figures, "undo_ms"):
        undone = await store.write(lambda work: work.roster_undo.undo(again, by=1))
    assert undone == Undone(back=IMPORTED, kept=())
    return figures


async def _staged(store: Store, area_id: int, rows: list[RosterRowIn], figures: Figures) -> int:
    roster = await store.write(lambda work: work.rosters.stage(area_id, "名册.xlsx", by=1))
    longest = 0.0
    with _timed(figures, "stage_ms"):
        for at in range(0, len(rows), AT_ONCE):
            began = time.perf_counter()
            await store.write(partial(_add_rows, roster_id=roster, rows=rows[at : at + AT_ONCE]))
            longest = max(longest, time.perf_counter() - began)
    figures["longest_turn_ms"] = round(longest * 1000)
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
            "school": "新学校" if known else "青石中心小学",
        },
        child_id=child_id,
        version=1 if known else None,
    )


def _add_rows(work: Work, *, roster_id: int, rows: list[RosterRowIn]) -> None:
    work.rosters.add(roster_id, rows, by=1)


# -- a county -----------------------------------------------------------------------------------


def _places(work: Work, *, size: int) -> tuple[list[int], int]:
    """As many villages as so many children live in; the groups, and the county."""
    rows = [AreaRow(id=1, parent_id=None, kind="county", name="云岭县")]

    def add(parent: int, kind: str, name: str) -> int:
        rows.append(AreaRow(id=len(rows) + 1, parent_id=parent, kind=kind, name=name))
        return rows[-1].id

    town = 1
    for village in range(-(-size // VILLAGE)):
        if village % TOWN == 0:
            town = add(1, "town", f"{village // TOWN}镇")
        inside = add(town, "village", f"{village % TOWN}村")
        for group in range(GROUPS):
            add(inside, "group", f"{group}组")
    kept = work.places.replace(rows)
    return [kept[row.id] for row in rows if row.kind == "group"], kept[1]


def _enter(work: Work, *, groups: list[int], first: int, count: int) -> int:
    """Children, twelve in the hands of each person; one in a hundred in nobody's."""
    ids = [work.new_id() for _ in range(count)]
    work.children.add_many(
        [
            NewChild(
                id=one,
                area_id=_home(groups, first + at),
                household_id=one,
                values=_values(first + at),
            )
            for at, one in enumerate(ids)
        ],
        Cause(source="roster", by=1, true_at=work.now),
        status="active",
    )
    person = 0
    for at, child_id in enumerate(ids):
        if at % OWN == 0:
            person = work.people.meet("web", f"cadre-{first + at}").person_id
            work.people.add_role(person, "responsible", _home(groups, first + at))
        if first + at < OWN or at % 100:
            work.responsibilities.assign(child_id, person, by=1)
    return person


def _home(groups: list[int], number: int) -> int:
    return groups[number * GROUPS // VILLAGE % len(groups)]


def _values(number: int) -> dict[str, str]:
    known = county()[number % len(county())]
    named = {"father_name": known.father, "mother_name": known.mother, "school": known.school}
    return {
        **VALUES,
        **named,
        "name": known.name,
        "nickname": " ".join(known.nicknames),
        "sex": known.sex,
        "class": known.grade,
    }


def _own(reading: Reading, *, person_id: int) -> int:
    return len(reading.responsibilities.of_person(person_id))


def _gaps(reading: Reading, *, area_id: int) -> int:
    return len(reading.responsibilities.gaps(area_id, at_most=30))


async def _median(ask: Callable[[], Awaitable[object]], times: int = 50) -> float:
    took = []
    for _ in range(times):
        began = time.perf_counter()
        await ask()
        took.append(time.perf_counter() - began)
    return round(median(took) * 1000, 2)


@contextmanager
def _timed(figures: Figures, what: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    figures[what] = round((time.perf_counter() - began) * 1000)


# -- figures ------------------------------------------------------------------------------------

#: Key, heading, and the unit.
LINES = (
    ("own_ms", "one's own twelve children", "ms"),
    ("gaps_ms", "the nightly list of gaps, whole county", "ms"),
    ("search_village_ms", "a search in one's village, median", "ms"),
    ("search_town_ms", "a search in a township, median", "ms"),
    ("search_county_ms", "a search in the county, median", "ms"),
    ("search_county_p99_ms", "the same, slowest of a hundred", "ms"),
    ("index_s", "names into memory at the start", "s"),
    ("index_mb", "what the names take there", "MB"),
    ("preview_s", "a workbook of 10,000 rows looked through", "s"),
    ("preview_mb", "what that takes at its peak, with the child process", "MB"),
    ("stage_ms", "10,000 changed rows staged", "ms"),
    ("longest_turn_ms", "the longest turn of it", "ms"),
    ("apply_new_ms", "10,000 new children switched in", "ms"),
    ("apply_changed_ms", "10,000 changed children switched in", "ms"),
    ("undo_ms", "the whole import taken back", "ms"),
)


def _alone(url: str, home: Path, size: int) -> Figures:
    """In a process of its own, so that the memory of the names is not that of an earlier run."""
    with get_context("spawn").Pool(1) as alone:
        return alone.apply(_measured, (url, home, size))


def _measured(url: str, home: Path, size: int) -> Figures:
    return asyncio.run(measure(url, home, size))


if __name__ == "__main__":
    sizes.measured("register", RUNS, _alone, partial(sizes.keep, "register", LINES))

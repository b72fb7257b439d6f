"""The figures, as JSON and as a table that says what they were measured on."""

import json
import os
import platform
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]

from benchmarks.bots import FLOOR, OURS, PTB
from benchmarks.conversation import OPEN_DIALOGUES, PEOPLE, RATE

RESULTS = Path(__file__).parent / "results"
#: Goals: steps a second against the first peer and the floor, ms, MB, µs, s.
AGAINST_PTB, AGAINST_FLOOR, P99, MEMORY, STEP, START = 4, 0.7, 50, 150, 200, 2


def machine() -> dict[str, object]:
    """What was measured on: nothing that names the machine."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9),
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "python": platform.python_version(),
        "load_average": round(os.getloadavg()[0], 1),
        "niceness": os.nice(0),
    }


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def write(figures: Mapping[str, Any], at: datetime) -> str:
    """Write both files; the table."""
    RESULTS.mkdir(exist_ok=True)
    whole = {"at": f"{at:%Y-%m-%d}", **figures}
    text = "\n".join(_table(whole)) + "\n"
    (RESULTS / "latest.json").write_text(
        json.dumps(whole, ensure_ascii=False, indent=1) + "\n", "utf-8"
    )
    (RESULTS / "latest.md").write_text(text, "utf-8")
    return text


def _table(figures: Mapping[str, Any]) -> Iterator[str]:
    on, talk = figures["machine"], figures["conversation"]
    yield f"Measured {figures['at']} on {on['cores']} cores ({on['processor']}),"
    yield f"{on['memory_gb']} GB, {on['system']}, Python {on['python']}; "
    yield f"load average at the start {on['load_average']}, niceness {on['niceness']}."
    yield ""
    yield f"Steps a second with {PEOPLE} people at once (median of all runs); milliseconds a step"
    yield f"at {RATE} steps/s offered; memory with {OPEN_DIALOGUES:,} open dialogues."
    yield ""
    yield (
        "| bot | what a kill leaves | steps/s | runs | p50 / p99 ms | CPU µs a step "
        f"| p50 / p99 ms at {RATE}/s | MB |"
    )
    yield "| --- | --- | ---: | --- | ---: | ---: | ---: | ---: |"
    for name, each in talk.items():
        yield _row(name, each)
    yield ""
    yield from _goals(figures)


def _row(name: str, each: Mapping[str, Any]) -> str:
    rate = f"{each['rate_p50']:.0f} / {each['rate_p99']:.0f}" if each["rate_held"] else "not held"
    memory = f"{each['memory']:.0f}"
    if each["open_dialogues"] < OPEN_DIALOGUES:
        memory += f" (with {each['open_dialogues']:,})"
    return (
        f"| {name} | {each['keeps']} | {each['steps_per_second']:.0f} "
        f"| {' '.join(map(str, each['runs']))} | {each['p50']:.0f} / {each['p99']:.0f} "
        f"| {each['cpu']:.0f} | {rate} | {memory} |"
    )


def _goals(figures: Mapping[str, Any]) -> Iterator[str]:
    talk, engine, start = figures["conversation"], figures["engine"], figures["startup"]
    ours = talk[OURS.name]
    speed = {name: each["steps_per_second"] for name, each in talk.items()}
    peers = {name: value for name, value in speed.items() if name not in (OURS.name, FLOOR.name)}
    mine, best = speed[OURS.name], max(peers, key=lambda name: peers[name])
    yield "| goal | reached | |"
    yield "| --- | --- | --- |"
    yield _goal(f"{AGAINST_PTB} x python-telegram-bot", mine / speed[PTB.name], AGAINST_PTB, "x")
    yield _goal(f"ahead of every peer (best: {best})", mine / peers[best], 1, "x")
    yield _goal(f"{AGAINST_FLOOR} of the floor", mine / speed[FLOOR.name], AGAINST_FLOOR, "x")
    what = f"p99 under {P99} ms at {RATE} steps/s"
    yield _goal(what, ours["rate_p99"], -P99, "ms") if ours["rate_held"] else _not_held(what)
    yield _goal(f"under {MEMORY} MB with {OPEN_DIALOGUES:,} open", ours["memory"], -MEMORY, "MB")
    for length, cost in engine.items():
        what = f"engine under {STEP} µs a step, {length} questions"
        yield _goal(what, cost["step"], -STEP, f"µs ({cost['with_json']:.0f} with JSON)")
    flat = engine["300"]["step"] / engine["10"]["step"]
    yield f"| engine flat | {flat:.1f} x | 300 questions against 10 |"
    yield _goal(f"first start under {START} s", start["first"], -START, "s")
    yield _goal(f"second start under {START} s", start["second"], -START, "s")


def _not_held(what: str) -> str:
    return f"| {what} | not held | no |"


def _goal(what: str, value: float, goal: float, unit: str) -> str:
    """One line; a negative goal is one to stay below."""
    reached = value >= goal if goal > 0 else value < -goal
    return f"| {what} | {value:.2f} {unit} | {'yes' if reached else 'no'} |"

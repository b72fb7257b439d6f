"""The same talk with every bot: steps a second, how long a step takes, memory."""

import re
from dataclasses import dataclass
from statistics import median

from benchmarks.bots import OURS, TALK, Bot, Running, new_folder, started
from benchmarks.crowd import Crowd, Measured
from benchmarks.talk import read_moves

#: Seconds until a bot must have set its webhook.
START_SECONDS = 60
PEOPLE = 64
RATE = 500
OPEN_DIALOGUES = 10_000
#: Moves after which an open dialogue is left: the second question is asked.
LEFT_AFTER = 4
#: Seconds after which no more dialogues are opened, for the sake of the slowest peer.
OPENING_SECONDS, OPENING_SECONDS_OF_OURS = 60, 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How long is measured, and how often."""

    runs: int
    warm: float = 2
    seconds: float = 6
    open_dialogues: int = OPEN_DIALOGUES


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one run of one bot came to; times in milliseconds, memory in MB."""

    steps_per_second: float
    p50: float
    p99: float
    #: Microseconds of the bot's processor time for a step.
    cpu: float
    #: At RATE steps a second, whether or not the bot keeps up.
    rate_held: bool
    rate_p50: float
    rate_p99: float


async def measure(bots: list[Bot], load: Load) -> dict[str, dict[str, object]]:
    """Every bot in turn, again and again, so that a noisy minute meets all of them."""
    runs: dict[str, list[Run]] = {bot.name: [] for bot in bots}
    for number in range(load.runs):
        for bot in bots:
            run = await _run(bot, load)
            runs[bot.name].append(run)
            print(f"  {number + 1}. {bot.name}: {_line(run)}", flush=True)
    figures: dict[str, dict[str, object]] = {}
    for bot in bots:
        memory, people = await _memory(bot, load.open_dialogues)
        print(f"  {bot.name}: {memory:.0f} MB with {people} open", flush=True)
        opened = {"memory": memory, "open_dialogues": people}
        figures[bot.name] = {"keeps": bot.keeps, **_middle(runs[bot.name]), **opened}
    return figures


async def _run(bot: Bot, load: Load) -> Run:
    crowd = Crowd(read_moves(TALK))
    try:
        async with started(bot, await crowd.serve(), new_folder(_folder(bot))) as running:
            await crowd.hooked(START_SECONDS)
            at_once, cpu = await _at_once(crowd, running, load)
            rate = await crowd.talk_at_rate(RATE, 2 * RATE, warm=load.warm, seconds=load.seconds)
    finally:
        crowd.close()
    return Run(
        steps_per_second=at_once.per_second,
        p50=at_once.percentile(0.5) * 1000,
        p99=at_once.percentile(0.99) * 1000,
        cpu=cpu * 1e6,
        rate_held=rate.held,
        rate_p50=rate.percentile(0.5) * 1000,
        rate_p99=rate.percentile(0.99) * 1000,
    )


async def _at_once(crowd: Crowd, running: Running, load: Load) -> tuple[Measured, float]:
    """The closed loop, and the bot's processor seconds for a step of it."""
    before, done = running.cpu(), crowd.steps
    measured = await crowd.talk_at_once(PEOPLE, warm=load.warm, seconds=load.seconds)
    return measured, (running.cpu() - before) / (crowd.steps - done)


async def _memory(bot: Bot, people: int) -> tuple[float, int]:
    """Megabytes, and with how many open dialogues: fewer when the bot is too slow to open all."""
    crowd = Crowd(read_moves(TALK))
    try:
        async with started(bot, await crowd.serve(), new_folder(_folder(bot))) as running:
            await crowd.hooked(START_SECONDS)
            within = OPENING_SECONDS_OF_OURS if bot is OURS else OPENING_SECONDS
            opened = await crowd.leave_open(people, LEFT_AFTER, at_once=PEOPLE, within=within)
            return running.memory() / 1e6, opened
    finally:
        crowd.close()


def _middle(runs: list[Run]) -> dict[str, object]:
    """The medians of all runs, and every run's throughput."""
    names = ("steps_per_second", "p50", "p99", "cpu", "rate_p50", "rate_p99")
    middle: dict[str, object] = {
        name: median(getattr(run, name) for run in runs) for name in names
    }
    return middle | {
        "rate_held": all(run.rate_held for run in runs),
        "runs": [round(run.steps_per_second) for run in runs],
    }


def _line(run: Run) -> str:
    held = f"p99 {run.rate_p99:.0f} ms" if run.rate_held else "not held"
    return (
        f"{run.steps_per_second:.0f} steps/s, p99 {run.p99:.0f} ms, "
        f"{run.cpu:.0f} µs a step; at {RATE}/s {held}"
    )


def _folder(bot: Bot) -> str:
    return re.sub(r"[^a-z0-9]+", "-", bot.name.lower()).strip("-") or "ours"

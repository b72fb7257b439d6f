"""python -m benchmarks: everything, with the peers in the same run, in about a quarter of an hour.

``--quick`` shortens every load (for trying things out), ``--only engine`` and the like choose,
``--runs`` says how often each bot is measured.
"""

import argparse
import asyncio
from datetime import UTC, datetime
from typing import Any

from benchmarks import conversation, engine, results, startup
from benchmarks.bots import TALK, set_up_peers
from benchmarks.conversation import Load
from benchmarks.talk import write_talk

PARTS = ("conversation", "engine", "startup")
RUNS = 3
QUICK = Load(runs=1, warm=1, seconds=3, open_dialogues=1000)


def main() -> None:
    """Measure, print and keep the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", choices=PARTS, nargs="+", default=PARTS)
    parser.add_argument("--runs", type=int, default=RUNS)
    asked = parser.parse_args()
    load = QUICK if asked.quick else Load(runs=asked.runs)
    figures: dict[str, Any] = {"machine": results.machine()}
    if "engine" in asked.only:
        figures["engine"] = engine.measure(2 if asked.quick else 10)
        print("engine", figures["engine"], flush=True)
    if "startup" in asked.only:
        figures["startup"] = asyncio.run(startup.measure(load.runs))
        print("startup", figures["startup"], flush=True)
    if "conversation" in asked.only:
        bots = set_up_peers()
        TALK.parent.mkdir(parents=True, exist_ok=True)
        write_talk(TALK)
        figures["conversation"] = asyncio.run(conversation.measure(bots, load))
    if not asked.quick and set(asked.only) == set(PARTS):
        print(results.write(figures, datetime.now(UTC)))


if __name__ == "__main__":
    main()

"""Turns take one core, on which nothing is dragged from cache to cache; all else goes anywhere."""

import os
import subprocess
import sys

import pytest

from storage.store import Store
from storage.turns import core
from storage.work import Reading, Work

pytestmark = pytest.mark.skipif(
    not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) == 1,
    reason="the system has several cores, and says on which a thread may run",
)


def _mine(_: Reading) -> set[int]:
    return os.sched_getaffinity(0)


async def test_turns_are_carried_out_on_one_core(store: Store) -> None:
    first, *others = [await store.write(_mine) for _ in range(8)]
    assert len(first) == 1
    assert all(one == first for one in others)


async def test_looks_and_who_opened_the_store_go_anywhere(store: Store) -> None:
    everywhere = os.sched_getaffinity(0)
    assert len(everywhere) > 1
    assert await store.read(_mine) == everywhere
    assert await store.read(_mine, long=True) == everywhere


async def test_a_program_that_a_turn_starts_runs_anywhere(store: Store) -> None:
    def start(_: Work) -> tuple[set[int], set[int]]:
        waits = [sys.executable, "-c", "input()"]
        with subprocess.Popen(waits, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
            before = os.sched_getaffinity(child.pid)
            core.roam(child.pid)
            return before, os.sched_getaffinity(child.pid)

    before, after = await store.write(start)
    assert len(before) == 1
    assert after == os.sched_getaffinity(0)


def test_a_program_that_gives_way_is_behind_all_others_with_what_it_starts() -> None:
    asks = (
        "import os, subprocess, sys; input(); subprocess.run([sys.executable, '-c', sys.argv[1]])"
    )
    told = "import os; print(os.getpriority(os.PRIO_PROCESS, 0), os.sched_getscheduler(0))"
    waits = [sys.executable, "-c", asks, told]
    with subprocess.Popen(waits, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        core.give_way(child.pid)
        out, _ = child.communicate(b"\n")
    assert out.split() == [b"19", str(os.SCHED_IDLE).encode()]


async def test_a_program_that_gives_way_stays_off_the_core_of_the_turns(store: Store) -> None:
    def start(_: Work) -> tuple[set[int], set[int]]:
        waits = [sys.executable, "-c", "input()"]
        with subprocess.Popen(waits, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
            core.give_way(child.pid)
            return os.sched_getaffinity(0), os.sched_getaffinity(child.pid)

    taken, left = await store.write(start)
    assert left
    assert left.isdisjoint(taken) or left == os.sched_getaffinity(0)


def test_a_program_that_has_ended_already_is_no_fault() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    core.roam(child.pid)
    core.give_way(child.pid)

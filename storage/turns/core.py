"""The one processor core on which the event loop and the storage threads that write take turns.

Only one thread at a time holds the interpreter. Handed to and fro between two cores, it drags
what it works on from one cache into the other at every statement and every send: a step of a
conversation costs a quarter more processor time. What holds it seldom goes anywhere: the readers,
whose time is spent inside SQLite or a driver, and the programs that are started.
"""

import os
from contextlib import suppress

#: The last of all who want a processor, where the system knows no class behind them.
_LAST = 19
#: Where turns are taken here.
_TAKEN = set[int]()
_ALL = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set[int]()


def stay(number: int) -> None:
    """Keep the calling thread to one core, the same for the same number; others choose others."""
    if len(_ALL) > 1:
        core = sorted(_ALL, reverse=True)[number % len(_ALL)]
        os.sched_setaffinity(0, {core})
        _TAKEN.add(core)


def roam(pid: int = 0) -> None:
    """Let the calling thread, or a program that it started, run anywhere again."""
    if len(_ALL) > 1:
        try:
            os.sched_setaffinity(pid, _ALL)
        except ProcessLookupError:  # it has ended already
            return


def give_way(pid: int) -> None:
    """Let a program that was started have what nobody else wants of the processors.

    Set from outside, so that its start and its imports do not compete either. Behind turns without
    an end it would stand for long, and is seldom moved: it stays off their core.
    """
    with suppress(ProcessLookupError):  # it has ended already
        if len(_ALL) > 1:
            os.sched_setaffinity(pid, (_ALL - _TAKEN) or _ALL)
        os.setpriority(os.PRIO_PROCESS, pid, _LAST)
        if hasattr(os, "SCHED_IDLE"):
            os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0))

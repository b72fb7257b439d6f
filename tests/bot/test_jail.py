"""Whatever a file does to whoever reads it: its first look ends within two seconds of work."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot import jail
from policy import spreadsheet
from tests.fakes.workbooks import WORKBOOKS, workbook

#: A child whose look at a file, or whose reading of it after the look, never ends.
ENDLESS = """
import sys
from bot import jail
from policy import spreadsheet

def endless(*_: object, **given: object) -> None:
    while True:
        pass

{where} = endless
sys.argv[1:] = ["class"]
jail.main()
"""


def _ended(where: str) -> tuple[int, float]:
    """How the child ended over a harmless table, and how long it was at work."""
    given = json.dumps({"name": "名单.xlsx", "data": jail.pack(workbook(("王小明",)))})
    command = [sys.executable, "-c", ENDLESS.format(where=where)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as child:
        assert child.stdin is not None
        child.stdin.write(given.encode())
        child.stdin.close()
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, used.ru_utime + used.ru_stime


def test_a_look_that_would_never_end_is_ended_after_two_seconds() -> None:
    code, seconds = _ended("spreadsheet.why_refused")
    assert seconds < jail.LOOK_CPU_SECONDS + 0.5
    with pytest.raises(jail.Jailed) as caught:
        jail._answer(code, b"")
    assert caught.value.code == "too-slow"


def test_what_passed_the_look_has_the_time_of_its_task() -> None:
    reading = 'jail.CPU_SECONDS = 4; jail.TASKS = {"class": None}; jail.TASKS["class"]'
    code, seconds = _ended(reading)
    assert code == -signal.SIGXCPU
    assert seconds > jail.LOOK_CPU_SECONDS + 1


@pytest.mark.parametrize("make", WORKBOOKS, ids=lambda make: make.__name__)
def test_hostile_files_are_refused_at_the_first_look(make: object) -> None:
    assert callable(make)
    assert spreadsheet.why_refused("名册.xlsx", make()) is not None


async def test_what_reads_a_file_from_outside_knows_none_of_our_secrets(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("BOT_TELEGRAM_TOKEN", "secret")
    monkeypatch.setenv("PGPASSWORD", "secret")
    child = tmp_path / "child"
    child.write_text(
        f"#!{sys.executable}\nimport json, os, sys\n"
        "sys.stdin.read(); print(json.dumps(dict(os.environ)))\n"
    )
    child.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(child))
    for known in (await jail.ask("class"), jail.ask_now("class")):
        assert "PATH" in known
        assert "secret" not in known.values()

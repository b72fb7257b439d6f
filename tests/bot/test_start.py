"""The program starts as people start it: nothing that tests import first hides a missing part."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_program_says_what_it_can_do() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert all(command in done.stdout for command in ("run", "demo", "doctor", "shifts", "poster"))

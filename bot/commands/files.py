"""Files that a person names at the machine: read with a sentence, written whole or not at all."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.commands.command import Mend
from bot.commands.words import words

#: What Excel and WPS lay beside a table that is open.
_OPEN = "~$"


def content(file: Path) -> bytes:
    """All of a file; raises Mend where there is none, or nothing in it."""
    if file.name.startswith(_OPEN):
        raise Mend([words("files.open_elsewhere", file=file)])
    try:
        data = file.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise Mend([words("areas.missing", file=file)]) from None
    except OSError as error:
        raise Mend([in_a_sentence(error)]) from None
    if not data:
        raise Mend([words("files.empty", file=file)])
    return data


@contextmanager
def whole(file: Path) -> Iterator[Path]:
    """Where to write a file: it has its name once all is written, and until then the old one."""
    if file.exists() and not file.is_file() and not file.is_dir():  # a pipe, a terminal
        yield file
        return
    half = _beside(file)
    try:
        yield half
        half.replace(file)
    except OSError as error:
        if error.filename == str(half):
            error.filename = str(file)
        raise
    finally:
        half.unlink(missing_ok=True)


def require_writable(file: Path) -> None:
    """Raise OSError where a file could not be written, before anything else is done."""
    half = _beside(file)
    try:
        half.touch()
    except OSError as error:
        error.filename = str(file)
        raise
    half.unlink()


def free(to: Path) -> Path:
    """This name, or the first with a number behind it that nobody has."""
    number = 1
    while to.exists():
        number += 1
        to = to.with_stem(f"{to.stem.removesuffix(f'-{number - 1}')}-{number}")
    return to


def in_a_sentence(error: OSError) -> str:
    """Which file, why not, and what to do."""
    return words(f"files.{_trouble(error)}", file=error.filename)


def _beside(file: Path) -> Path:
    if file.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(file))
    return file.with_name(f".{file.name}.part")


def _trouble(error: OSError) -> str:
    match error:
        case FileNotFoundError():
            return "no_folder"
        case NotADirectoryError():
            return "not_folder"
        case PermissionError():
            return "no_right"
        case IsADirectoryError():
            return "is_folder"
        case _:
            return "full" if error.errno == errno.ENOSPC else "other"

"""Heads of the audit, noted outside the database: whoever cuts the table does not cut this file.

One line each, by which people can also check what they wrote into a book:
``2026-11-30 20:00 12345 0123-4567-8901-2345-6789`` (local time, number of rows, hash).
"""

from __future__ import annotations

import os
import re
import unicodedata
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING

from storage.audit import DIGITS, Anchor
from storage.faults import StoreFault
from storage.sealing import sync_folder

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from storage.audit import Head

NAME = "audit-heads.txt"
#: After a database was restored: heads that were noted of later rows do not count any more.
_RESTORED = " restored"
#: A day, perhaps a time, the number of rows, and as many digits as a hash has, however parted.
_READ = re.compile(
    r"\D*(\d{4})\D{1,3}(\d{1,2})\D{1,3}(\d{1,2})\D{1,9}(?:\d{2}:\d{2}\D{1,9})?"
    rf"(\d{{1,18}})\D{{1,9}}((?:\d\D{{0,9}}){{{DIGITS}}})\D*"
)
#: No line that people write is longer.
_LONGEST = 200
#: In so many bytes at the end of the file there is a whole line.
_TAIL = 4096


def spelt(day: date, head: Head) -> str:
    """A head as it is told, written into a book and typed again."""
    digits = head.digits
    groups = "-".join(digits[at : at + 4] for at in range(0, DIGITS, 4))
    return f"{day.isoformat()} {head.seq} {groups}"


def read_anchor(text: str) -> Anchor | None:
    """What somebody typed of a head; None when it is none."""
    found = _READ.fullmatch(unicodedata.normalize("NFKC", text[:_LONGEST]).strip())
    if found is None:
        return None
    year, month, day, seq, digits = found.groups()
    with suppress(ValueError):
        on = date(int(year), int(month), int(day))
        return Anchor(on, int(seq), "".join(filter(str.isdigit, digits)))
    return None


def note(file: Path, at: datetime, head: Head, *, restored: bool = False) -> None:
    """Add a head to the file, so that it is there after a power cut; raises StoreFault."""
    day, _, rest = spelt(at.date(), head).partition(" ")
    line = f"{day} {at:%H:%M} {rest}{_RESTORED if restored else ''}\n"
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        is_new = not file.exists()
        handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            os.write(handle, (_end_of_a_torn_line(handle) + line).encode())
            os.fsync(handle)
        finally:
            os.close(handle)
        if is_new:
            sync_folder(file.parent)
    except OSError as error:
        raise StoreFault("anchors-not-written", path=file, error=error.strerror) from None


def _end_of_a_torn_line(handle: int) -> str:
    """Where a power cut left half a line, the next one begins on its own."""
    size = os.fstat(handle).st_size
    return "" if size == 0 or os.pread(handle, 1, size - 1) == b"\n" else "\n"


def newest(file: Path) -> Anchor | None:
    """The head that was noted last; raises StoreFault."""
    try:
        with file.open("rb") as lines:
            lines.seek(max(0, lines.seek(0, os.SEEK_END) - _TAIL))
            read = lines.read().decode("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreFault("anchors-unreadable", path=file, error=error.strerror) from None
    heads = (read_anchor(line.removesuffix(_RESTORED)) for line in reversed(read))
    return next(filter(None, heads), None)


def noted(file: Path) -> tuple[Anchor, ...]:
    """All heads of the file that still count, oldest first; raises StoreFault."""
    try:
        lines = file.read_text("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise StoreFault("anchors-unreadable", path=file, error=error.strerror) from None
    kept: list[Anchor] = []
    for line in lines:
        anchor = read_anchor(line.removesuffix(_RESTORED))
        if anchor is None:  # torn by a power cut
            continue
        if line.endswith(_RESTORED):
            kept = [one for one in kept if one.seq <= anchor.seq]
        kept.append(anchor)
    return tuple(kept)

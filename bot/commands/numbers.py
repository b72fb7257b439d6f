"""Numbers and days as people type them at the machine."""

import re
import unicodedata
from datetime import date

#: What a database holds as a number.
_MOST = 2**63 - 1
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")


def read_id(said: str) -> int:
    """The number of something that is kept; raises ValueError for what can be none."""
    if not said.isdecimal() or int(said) > _MOST:
        raise ValueError(said)
    return int(said)


def read_day(said: str) -> date:
    """2026-11-30, 2026.11.30, 2026年11月30日, also with wide digits; raises ValueError."""
    plain = unicodedata.normalize("NFKC", said).strip()
    found = _DAY.fullmatch(plain)
    return date(*map(int, found.groups())) if found else date.fromisoformat(plain)

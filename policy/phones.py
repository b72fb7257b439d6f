"""Telephone numbers in what people type."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal, TypeAlias

PhoneKind: TypeAlias = Literal["mobile", "landline", "short"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """A number in its plain form: 13812345678, 0870-1234567, 12345."""

    kind: PhoneKind
    number: str


def find_phones(text: str) -> tuple[Phone, ...]:
    """All numbers in a text, in its order, each once."""
    line = re.sub(r"(?<=\d)[\s.·-]+(?=\d)", "-", _plain(text))
    found = (phone for match in _RUN.finditer(line) if (phone := _phone(match[0])))
    return tuple(dict.fromkeys(found))


def read_phone(text: str) -> Phone | None:
    """The one number in a text; None when it holds none, or more."""
    found = find_phones(text)
    return found[0] if len(found) == 1 else None


def phone_of_somebody(text: str) -> str | None:
    """The one number in a text that may be a person's; 110 and 12345 are nobody's."""
    phone = read_phone(text)
    return None if phone is None or phone.kind == "short" else phone.number


def _plain(text: str) -> str:
    """One width, Chinese digits as digits, dashes of every kind as one, +86 gone."""
    line = unicodedata.normalize("NFKC", text).translate(_CHINESE)
    line = re.sub(r"[‐-―−－]", "-", line)  # noqa: RUF001 - the dashes that phones insert
    line = re.sub(r"\((0\d{2,3})\)", r"\1-", line)
    return re.sub(r"(?<!\d)(?:\+|00)86[\s-]*", "", line)


def _phone(run: str) -> Phone | None:
    digits = run.replace("-", "")
    if re.fullmatch(r"1[3-9]\d{9}", digits):
        return Phone(kind="mobile", number=digits)
    if re.fullmatch(r"1\d{2}|1[0-9]{4}|9[56]\d{3,4}", digits):
        return Phone(kind="short", number=digits)
    if match := re.fullmatch(r"(010|02\d|0[3-9]\d{2})(\d{7,8})", digits):
        return Phone(kind="landline", number=f"{match[1]}-{match[2]}")
    return None


_RUN = re.compile(r"\d+(?:-\d+)*")
_CHINESE = str.maketrans("零〇一二三四五六七八九幺", "001234567891")

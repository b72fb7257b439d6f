"""One cell of a roster, cleaned for its column, with what was wrong with it."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import assert_never

from policy.phones import find_phones
from policy.register.birth_dates import BirthDate, read_birth_dates
from policy.register.columns import COLUMNS, Column, plain_heading
from policy.register.identity import BadNumber, Identity, read_identity
from policy.register.roster import Value

MAX_NAME_CHARS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class CellFault:
    """A code of faults.toml with the words that its sentence needs."""

    code: str
    values: Mapping[str, object] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What a cell says; ``value`` is None when it says nothing."""

    value: Value | None = field(default=None, repr=False)
    identity: Identity | None = None
    #: All that a date may mean.
    births: tuple[BirthDate, ...] = field(default=(), repr=False)
    faults: tuple[CellFault, ...] = ()


def is_formula(raw: object) -> bool:
    """True for what a spreadsheet would calculate, and for what it might."""
    if isinstance(raw, str):
        return bool(re.match(r"\s*([=@]|[+-](?![\d\s.+-]*$))", raw)) and len(raw.strip()) > 1
    return type(raw).__name__ in ("ArrayFormula", "DataTableFormula")


def written(raw: object) -> str:
    """A cell as it stands: one width, blanks outside gone, 3.0 as 3."""
    if raw is None:
        return ""
    text = str(int(raw)) if isinstance(raw, float) and raw.is_integer() else str(raw)
    return unicodedata.normalize("NFKC", text).strip().strip("'\u200b\ufeff").strip()


def read_cell(column: Column, raw: object, today: date, near: date | None = None) -> Cell:
    """A cell of a column; ``near`` is about when its owner was born."""
    text = written(raw)
    if not text or (text in COLUMNS.words["nothing"] and column.kind not in ("choice", "choices")):
        return Cell()
    if is_formula(raw):
        return _faulty("formula")
    if column.kind != "choice" and text in COLUMNS.words["not_collected"]:
        return Cell()
    match column.kind:
        case "name":
            return _name(text)
        case "id_number":
            return _id_number(raw, near)
        case "date":
            return _date(raw, today)
        case "phone":
            return _phone(raw.strip() if isinstance(raw, str) else None, text)
        case "choice":
            return _choice(column, text)
        case "choices":
            return _choices(column, text)
        case "text" | "school" | "area":
            return _text(text, column.limit)
        case _:
            assert_never(column.kind)


def _faulty(code: str, value: Value | None = None, **values: object) -> Cell:
    return Cell(value=value, faults=(CellFault(code=code, values=values),))


def _name(text: str) -> Cell:
    # Blanks between letters part the words of a name; between Chinese characters they are chance.
    name = re.sub(r"(?<![A-Za-z])\s+|\s+(?![A-Za-z])", "", text)
    name = re.sub(r"[•・.．‧]", "·", name)
    if len(name) > MAX_NAME_CHARS:
        return _faulty("too-long", name[:MAX_NAME_CHARS], length=len(name), limit=MAX_NAME_CHARS)
    if not re.fullmatch(r"[\u3007\u3400-\u9fff\U00020000-\U0003ffff·]{2,}|[A-Za-z ·'-]{2,}", name):
        return _faulty("name-odd", name)
    return _faulty("name-blanks", name) if name != text else Cell(value=name)


def _id_number(raw: object, near: date | None) -> Cell:
    read = read_identity(raw, near)
    if isinstance(read, BadNumber):
        return _faulty(f"id-{read.fault}", length=read.length)
    return Cell(value=read.number, identity=read, faults=tuple(_id_faults(read)))


def _id_faults(read: Identity) -> Iterator[CellFault]:
    if read.kind == "old":
        yield CellFault(code="id-old")
    elif read.kind != "resident":
        yield CellFault(code="id-other")
    elif read.mended:
        yield CellFault(code="id-mended")


def _date(raw: object, today: date) -> Cell:
    births = read_birth_dates(raw, today)
    if not births:
        return _faulty("date-unreadable")
    return Cell(value=births[0].text(), births=births)


def _phone(raw: str | None, text: str) -> Cell:
    phones = tuple(phone.number for phone in find_phones(text))
    digits = len(re.sub(r"\D", "", re.sub(r"^(\+|00)86", "", text)))
    read = sum(len(phone.replace("-", "")) for phone in phones)
    value = phones or None
    if not digits:
        return _faulty("phone-odd")
    if digits - read >= _A_NUMBER:
        code = "phone-odd" if _is_local(digits - read) else "phone-length"
        return _faulty(code, value, length=digits - read)
    # A landline may be written with or without its dash.
    if len(phones) == 1 and "-" not in phones[0] and raw not in (phones[0], None):
        return _faulty("phone-mended", value)
    return Cell(value=value)


def _is_local(digits: int) -> bool:
    return digits in (7, 8)


def _choice(column: Column, text: str) -> Cell:
    code = _code(column, text)
    if code is not None:
        return Cell(value=code)
    if text in COLUMNS.words["nothing"]:
        return Cell()
    return _unknown_choice(column, text, None)


def _choices(column: Column, text: str) -> Cell:
    words = [word for word in re.split(r"[、,;/+|\s]+", text) if word]
    codes = {word: _code(column, word) for word in words}
    value = tuple(dict.fromkeys(code for code in codes.values() if code is not None)) or None
    strange = [word for word, code in codes.items() if code is None]
    if strange and text not in COLUMNS.words["nothing"]:
        return _unknown_choice(column, "、".join(strange), value)
    return Cell(value=value)


def _code(column: Column, word: str) -> str | None:
    """The code of a word, also when more follows it: 残疾(肢体三级), 小学三年级."""
    code = COLUMNS.code(column.codes, word)
    if code is not None:
        return code
    plain = plain_heading(word)
    starts = (plain[:length] for length in range(len(plain) - 1, 1, -1))
    codes = (COLUMNS.code(column.codes, start) for start in starts)
    return next((code for code in codes if code is not None), None)


def _unknown_choice(column: Column, found: str, value: Value | None) -> Cell:
    known = "、".join(said[0] for said in COLUMNS.codes[column.codes].values())
    return _faulty("choice-unknown", value, found=found[:20], known=known)


def _text(text: str, limit: int) -> Cell:
    if len(text) > limit:
        return _faulty("too-long", text[:limit], length=len(text), limit=limit)
    return Cell(value=text)


#: Fewer digits than these are an extension or a note.
_A_NUMBER = 5

"""Names and numbers as they may leave the store: enough for those who know, no more."""

import re

#: Family names of two characters that are still met.
_DOUBLE = re.compile(
    "欧阳|上官|司马|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|司徒|司空|夏侯|长孙|宇文|轩辕|"
    "端木|百里|呼延|南宫|独孤"
)
#: Columns of these kinds say who somebody is, or where; others are codes and places.
TELLING = frozenset({"name", "id_number", "phone", "text", "date"})


def mask_name(name: str) -> str:
    """张*: the family name and one star, so that the length tells nothing."""
    plain = "".join(name.split())
    if not plain:
        return ""
    shown = 2 if len(plain) > 2 and _DOUBLE.match(plain) else 1
    return f"{plain[:shown]}*"


def mask_phone(number: str) -> str:
    """138****5678; short numbers are nobody's secret."""
    digits = re.sub(r"[^0-9]", "", number)
    if len(digits) < 7:
        return number
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) >= 11 else f"****{digits[-4:]}"


def mask_id_number(number: str) -> str:
    """520***********6480 of an identity number: the province and the last four."""
    plain = "".join(number.split())
    if len(plain) < 8:
        return "*" * len(plain)
    return f"{plain[:3]}{'*' * (len(plain) - 7)}{plain[-4:]}"


def mask(kind: str, text: str) -> str:
    """A value of a column of the register, masked as its kind allows; a word tells too much."""
    match kind:
        case "name":
            return mask_name(text)
        case "phone":
            return "、".join(mask_phone(number) for number in text.split())
        case "id_number":
            return mask_id_number(text)
        case "date":
            return text[:4]
        case _:
            return "*" if text else ""


_DOT = re.compile(r"(?<=[A-Za-z0-9])\.(?=[A-Za-z]{2,})")


def defang(text: str) -> str:
    """What people wrote, with nothing in it that a phone makes into a link."""
    return _DOT.sub("．", text).replace("://", "：//").replace("@", "＠")

"""Numbers as people write them: in figures of any width, in Chinese, with a unit behind."""

import re
from functools import cache

from conversation.letters import narrow
from conversation.vocabulary import table

#: XForms integers have 32 bits; longer figures are numbers of something else (phones, cards).
MAX_INTEGER = 2_147_483_647
_DIGITS = {letter: value for value, letter in enumerate("零一二三四五六七八九")} | {
    "\u3007": 0,  # the round zero of dates and house numbers
    "两": 2,
    "俩": 2,
    "仨": 3,
}
_THOUSANDS = re.compile(r"[-+]?[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]*)?")
_TENS = {"十": 10, "百": 100, "千": 1000}


def read_integer(text: str) -> str | None:
    """32 in figures of any width, 三十二 and 三十二个 as "32"; None for anything else."""
    words = _without_commas(_without_unit(narrow(text)))
    count = int(words) if re.fullmatch("[-+]?[0-9]{1,15}", words) else chinese_number(words)
    return None if count is None or abs(count) > MAX_INTEGER else str(count)


def read_decimal(text: str) -> str | None:
    """3.50, 三点五 and 3 as "3.5", "3.5" and "3"; None for anything else."""
    words = _without_commas(_without_unit(narrow(text)))
    words = re.sub("(?<=[0-9])\u3002(?=[0-9])", ".", words)  # the point of a Chinese keyboard
    if re.fullmatch(r"[-+]?([0-9]{1,15}(\.[0-9]{0,9})?|\.[0-9]{1,9})", words):
        return plain(words)
    whole, point, part = words.partition("点")
    if point and (count := chinese_number(whole)) is not None and part:
        digits = [_DIGITS.get(letter) for letter in part]
        if len(digits) <= 9 and None not in digits:
            return plain(f"{count}.{''.join(map(str, digits))}")
    count = chinese_number(words)
    return None if count is None else str(count)


def _without_commas(words: str) -> str:
    """1,200 and 12,345.6 as the office writes them; 1,2 stays what it is: two numbers."""
    return words.replace(",", "") if _THOUSANDS.fullmatch(words) else words


def plain(words: str) -> str:
    """A figure as XForms writes it: +07.50 as "7.5"."""
    sign = "-" if words.startswith("-") else ""
    whole, _, part = words.lstrip("+-").partition(".")
    whole, part = whole.lstrip("0") or "0", part.rstrip("0")
    figure = f"{whole}.{part}" if part else whole
    return figure if figure == "0" else sign + figure


def option_number(text: str) -> int | None:
    """The number of an option: 3, 三, 第三个, 选3; None when the words are no number."""
    words = narrow(text)
    for before in table("numbers")["before"]:
        if words.startswith(before) and len(words) > len(before):
            words = words.removeprefix(before)
    for after in table("numbers")["after"]:
        if len(words) > len(after):
            words = words.removesuffix(after)
    if re.fullmatch("[0-9]{1,4}", words):
        return int(words)
    return chinese_number(words)


def chinese_number(words: str) -> int | None:
    """三十二 as 32, 两万零五 as 20005; None for what is not exactly a number (十来, 三五)."""
    high, wan, low = words.partition("万")
    if wan:
        above, below = _below_ten_thousand(high), _after_ten_thousand(low)
        return above * 10_000 + below if above and below is not None else None
    return _below_ten_thousand(words)


def _after_ten_thousand(words: str) -> int | None:
    """零 stands before what is less than a thousand, and only there."""
    if not words:
        return 0
    filled = words[0] in "零\u3007"
    count = _below_ten_thousand(words[1:] if filled else words)
    return count if count and (count < 1000) is filled else None


def _below_ten_thousand(words: str) -> int | None:
    """Digits with falling units; 零 only where a place is empty."""
    if not words:
        return None
    if len(words) > 1 and all(letter in _DIGITS for letter in words):
        return None  # 三五 means three to five
    total, digit, last = 0, None, 10_000
    for place, letter in enumerate(words):
        if letter in _TENS:
            unit = _TENS[letter]
            if unit >= last or (digit is None and (unit != 10 or place)) or digit == 0:
                return None
            total, digit, last = total + (1 if digit is None else digit) * unit, None, unit
        elif letter in _DIGITS:
            if digit not in {None, 0} or (digit == 0 and _DIGITS[letter] == 0):
                return None
            digit = _DIGITS[letter]
        else:
            return None
    if digit == 0 and len(words) > 1:
        return None
    if digit is not None and last > 10 and len(words) > 1 and words[-2] not in "零\u3007":
        return None  # 一百二 means a hundred and twenty, or is cut off
    return total + (digit or 0)


def _without_unit(words: str) -> str:
    for unit in _units():
        if words.endswith(unit) and len(words) > len(unit):
            return words.removesuffix(unit)
    return words


@cache
def _units() -> tuple[str, ...]:
    return tuple(sorted(table("numbers")["units"], key=len, reverse=True))

"""The code of a paper form: six digits and their check digit, to be typed by whoever enters it."""

import re
import unicodedata

from policy.receipt import with_check_digit

DIGITS = 7
_DIGITS = re.compile(rf"[0-9]{{{DIGITS}}}")
_BETWEEN = re.compile(r"[\s:：,，.。#\-—号]")


def code_of(six: int) -> str:
    """The code of a number below a million."""
    return with_check_digit(f"{six:06}")


def say_code(code: str) -> str:
    """482 7197."""
    return f"{code[:3]} {code[3:]}"


def is_code(digits: str) -> bool:
    """True for seven digits that end in their check digit."""
    return bool(_DIGITS.fullmatch(digits)) and with_check_digit(digits[:-1]) == digits


def digits_after(text: str, words: frozenset[str]) -> str | None:
    """What stands behind one of the words (纸 482 7197), blanks left out; None for other words."""
    plain = _BETWEEN.sub("", unicodedata.normalize("NFKC", text))
    while (word := _first(plain, words)) is not None:
        plain = plain.removeprefix(word)
        if plain.isdecimal() or not plain:
            return plain
    return None


def _first(text: str, words: frozenset[str]) -> str | None:
    return next(
        (one for one in sorted(words, key=len, reverse=True) if text.startswith(one)), None
    )

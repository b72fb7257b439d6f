"""Receipt numbers: nine digits to be spoken, the last of which shows a slip of the tongue."""

import re
import unicodedata

DIGITS = 9


def with_check_digit(digits: str) -> str:
    """The digits and their check digit (ISO/IEC 7064, MOD 11,10)."""
    product = 10
    for digit in digits:
        product = 2 * ((product + int(digit)) % 10 or 10) % 11
    return f"{digits}{(11 - product) % 10}"


def is_number(number: str) -> bool:
    """True for nine digits that end in their check digit."""
    is_digits = re.fullmatch(rf"[0-9]{{{DIGITS}}}", number) is not None
    return is_digits and with_check_digit(number[:-1]) == number


def say_number(number: str) -> str:
    """386 420 719."""
    return " ".join(number[at : at + 3] for at in range(0, len(number), 3))


def read_number(text: str) -> str | None:
    """The number that a person typed, however spaced, in whatever digits; None if it is none."""
    number = digits_in(text)
    return number if is_number(number) else None


def digits_in(text: str) -> str:
    """The digits of what a person typed or heard, whatever their width and their names."""
    return "".join(re.findall(r"[0-9]", in_figures(text)))


def in_figures(text: str) -> str:
    """The same text, its digits as 0 to 9: full width, Chinese, or as they are read aloud."""
    return unicodedata.normalize("NFKC", text).translate(_SPOKEN)


#: Read aloud 1 is 幺 and 7 拐, so that nobody takes one for the other; 0 is 洞 and 9 is 勾.
_SPOKEN = str.maketrans("零〇洞一二三四五六七八九幺两拐勾", "0001234567891279")

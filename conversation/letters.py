"""Words as people see them, and as they are compared: what nobody sees or means does not count."""

import re
import unicodedata

_SPACE = re.compile(r"[\s，。！？、；：,.!?;:]+")
_AGAIN = re.compile(r"(.{1,3}?)\1+")
#: Whatever is longer says more than an option. It could be taken apart in so many ways, too, that
#: nobody would hear from us any more.
LONGEST_MEANT = 24


def tidy(text: str) -> str:
    """NFC, without control, direction and zero-width characters; lines and words stay apart."""
    if text.isprintable() and unicodedata.is_normalized("NFC", text):
        return text.strip()
    composed = unicodedata.normalize("NFC", re.sub(r"\r\n?|[\u2028\u2029\x85]", "\n", text))
    seen = (" " if letter == "\t" else letter for letter in composed if _visible(letter))
    return unicodedata.normalize("NFC", "".join(seen)).strip()


def _visible(letter: str) -> bool:
    return letter in "\n\t" or unicodedata.category(letter) not in {"Cc", "Cf", "Cs", "Co", "Cn"}


def narrow(text: str, *, spaces: bool = False) -> str:
    """Figures and letters of one width; ``spaces`` leaves those in that stand between."""
    words = unicodedata.normalize("NFKC", tidy(text)).replace("\u2212", "-")
    return words if spaces else re.sub(r"\s+", "", words)


def key(text: str) -> str:
    """Words as they are compared: width, case, space and marks do not count."""
    return _SPACE.sub("", unicodedata.normalize("NFKC", tidy(text)).casefold())


def once(said: str) -> str:
    """What is said several times over, once: 是是是."""
    again = _AGAIN.fullmatch(said) if len(said) <= LONGEST_MEANT else None
    return again[1] if again else said

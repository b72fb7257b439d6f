"""How names sound and look: the keys by which they are found, and what is like them."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice, product

from policy.register.kinship import CUT, family_name, table
from policy.sounds import blur, plain, sounds

MAX_NAME_CHARS = 6
MAX_READINGS = 4
_SURNAMES: Mapping[str, str] = table("name")["surnames"]
_LOOKS: Mapping[str, str] = {
    char: "".join(group.replace(char, "") for group in table("alike")["groups"] if char in group)
    for char in "".join(table("alike")["groups"])
}


def readings(word: str, *, is_whole: bool = True) -> tuple[tuple[str, ...], ...]:
    """How a name may be read, the usual way first; 曾 as a family name is zeng, seldom ceng."""
    chars = plain(word)[:MAX_NAME_CHARS]
    options = [sounds(char)[:2] for char in chars]
    if is_whole and chars:
        usual = options[0][0]
        options[0] = tuple(dict.fromkeys((_SURNAMES.get(chars[0], usual), usual)))
    return tuple(islice(product(*options), MAX_READINGS))


@lru_cache(maxsize=2048)
def sounds_of(span: str) -> tuple[str, ...]:
    """The usual reading of each character."""
    return tuple(sounds(char)[0] for char in span)


def joined(syllables: Sequence[str]) -> str:
    """Pinyin without blanks, blurred: wangxiaomin."""
    return blur("".join(syllables))


def initials(syllables: Sequence[str]) -> str:
    """wxm."""
    return "".join(syllable[0] for syllable in syllables)


def with_gap(syllables: Sequence[str], at: int) -> str:
    """The same with one syllable left out: wan?min."""
    return f"{joined(syllables[:at])}?{joined(syllables[at + 1 :])}"


def spans(text: str) -> Iterator[tuple[int, str]]:
    """Pieces as long as a name and where they begin, the longer ones first."""
    for length in range(min(len(text), MAX_NAME_CHARS - 2), 1, -1):
        for start in range(len(text) - length + 1):
            span = text[start : start + length]
            if CUT not in span and not span.isascii():
                yield start, span


def alike(span: str) -> Iterator[str]:
    """The span with one character taken for another that looks like it."""
    for at, char in enumerate(span):
        for other in _LOOKS.get(char, ()):
            yield span[:at] + other + span[at + 1 :]


def same_chars(name: str, span: str) -> int:
    """Two for each character that stands at the same place in both."""
    return 2 * sum(one == other for one, other in zip(plain(name), span, strict=False))


def given_of(name: str) -> str:
    """A name without the family name."""
    chars = plain(name)
    return chars[len(family_name(chars)) :]

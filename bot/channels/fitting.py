"""Texts and labels made to fit a channel, counted in the channel's own unit, graphemes whole."""

import unicodedata
from collections.abc import Iterator
from dataclasses import replace

from bot.channels.channel import Limits
from conversation.cards import Button, Card

#: Where a text is best cut, best first: after a paragraph, a line, a sentence, a clause, a word.
BREAKS = (("\n\n",), ("\n",), tuple("。！？!?"), tuple("；;，、,：:"), (" ", "\u3000"))
ELLIPSIS = "…"


def fit(card: Card, limits: Limits) -> tuple[Card, ...]:
    """The cards that say the same within the limits; all buttons are on the last one."""
    rows = tuple(tuple(_shorten(button, limits) for button in row) for row in card.rows)
    *before, last = split(card.text, limits.text, limits.unit) or ("",)
    return (*(Card(text=text) for text in before), replace(card, text=last, rows=rows))


def length(text: str, unit: str = "chars") -> int:
    """How long a text is: in UTF-16 code units ("utf16"), or in code points ("chars")."""
    if unit == "utf16" and not text.isascii():
        return len(text.encode("utf-16-le", "surrogatepass")) // 2
    return len(text)


def trim(text: str, limit: int, unit: str = "chars") -> str:
    """The text, or as much of its beginning as leaves room for an ellipsis."""
    # No character is longer than two units, so most texts need no counting.
    if 2 * len(text) <= limit or length(text, unit) <= limit:
        return text
    room = limit - length(ELLIPSIS, unit)
    beginning = text[: _whole_end(text, room, unit)]
    # A first character that is wider than the room is left out, too.
    return (beginning if length(beginning, unit) <= room else "") + ELLIPSIS


def split(text: str, limit: int, unit: str = "chars") -> tuple[str, ...]:
    """Parts that obey the limit and join back to the text, cut where a reader would pause."""
    return tuple(_parts(text, limit, unit))


def graphemes(text: str) -> Iterator[str]:
    """What a reader sees as single characters: families of emoji, flags, accented letters."""
    start = 0
    flags = 0  # regional indicators in a row: two make a flag
    for at, character in enumerate(text):
        if at > start and not _continues(text[at - 1], character, flags):
            yield text[start:at]
            start = at
        flags = flags + 1 if _is_regional(character) else 0
    if text:
        yield text[start:]


def _shorten(button: Button, limits: Limits) -> Button:
    label = trim(button.label, limits.label, limits.unit)
    return button if label == button.label else replace(button, label=label)


def _parts(text: str, limit: int, unit: str) -> Iterator[str]:
    while length(text, unit) > limit:
        end = _good_end(text, _whole_end(text, limit, unit))
        yield text[:end]
        text = text[end:]
    if text:
        yield text


def _whole_end(text: str, limit: int, unit: str) -> int:
    """Where the graphemes that fit end; inside one only when it alone is over the limit."""
    end = used = 0
    for grapheme in graphemes(text):
        used += length(grapheme, unit)
        if used > limit:
            break
        end += len(grapheme)
    return end or _code_points(text, limit, unit)


def _code_points(text: str, limit: int, unit: str) -> int:
    end = used = 0
    for character in text:
        used += length(character, unit)
        if used > limit:
            break
        end += 1
    return end or 1  # no limit is so small that one character is over it


def _good_end(text: str, end: int) -> int:
    """The last place for a pause in the second half of what fits, or the very end."""
    head = text[:end]
    for marks in BREAKS:
        best = max((head.rfind(mark) + len(mark) for mark in marks if mark in head), default=0)
        if best >= max(1, end // 2) and not _inside_grapheme(text, best):
            return best
    return end


def _inside_grapheme(text: str, at: int) -> bool:
    return at < len(text) and _continues(text[at - 1], text[at], 0)


# Unicode's rules for grapheme clusters (UAX #29), as far as the standard library's tables go.
def _continues(before: str, character: str, flags: int) -> bool:
    return (
        (before == "\r" and character == "\n")
        or before == "\u200d"  # a zero-width joiner ties emoji together
        or character in "\u200c\u200d"
        or unicodedata.category(character) in ("Mn", "Me", "Mc")
        or "\U0001f3fb" <= character <= "\U0001f3ff"  # skin tones
        or "\U000e0020" <= character <= "\U000e007f"  # tags of regional flags
        or (_is_regional(character) and flags % 2 == 1)
        or _is_hangul_tail(before, character)
    )


def _is_regional(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _is_hangul_tail(before: str, character: str) -> bool:
    return "\u1160" <= character <= "\u11ff" and "\u1100" <= before <= "\ud7a3"

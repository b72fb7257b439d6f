"""How buttons stand side by side on a narrow phone."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from conversation.cards import Button

#: Labels up to this many characters stand two or three in a row.
SHORT, TINY = 7, 4


def packed(buttons: Sequence[Button]) -> Iterator[tuple[Button, ...]]:
    """Rows of neighbours that have the same width: three tiny ones, two short ones, a long one."""
    for across, neighbours in groupby(buttons, lambda button: _across(button.label)):
        yield from in_rows(tuple(neighbours), across)


def paired(buttons: Sequence[Button]) -> Iterator[tuple[Button, ...]]:
    """Two short ones in a row; a long one stands alone."""
    for across, neighbours in groupby(buttons, lambda button: min(2, _across(button.label))):
        yield from in_rows(tuple(neighbours), across)


def in_rows(buttons: Sequence[Button], across: int) -> tuple[tuple[Button, ...], ...]:
    """So many in a row."""
    return tuple(
        tuple(buttons[start : start + across]) for start in range(0, len(buttons), across)
    )


def _across(label: str) -> int:
    return 1 if len(label) > SHORT else 2 if len(label) > TINY else 3

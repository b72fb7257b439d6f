"""Patterns of forms: those that a short look shows to end soon, whatever is typed.

Python's matcher tries every way in which a pattern may fit. ``^([a-z]+ ?)+$`` and thirty letters
keep it busy for days, and with it everybody who talks. A form's pattern is written by a clerk,
what it is held against by anybody, so that a form with such a pattern is refused.
"""

import re
from dataclasses import dataclass

#: One thing of a pattern: an escape, a set, a bracket, a repeat, or a letter.
_TOKEN = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?:|\(\?|[()|]|[*+?]|\{\d*(?:,\d*)?\}|.", re.DOTALL
)
_REPEAT = re.compile(r"[*+?]|\{(\d*)(,?)(\d*)\}")
#: So many times, and more, is as good as for ever.
ENDLESS = 100
#: Parts that go on for ever: each multiplies the ways by the length of what was typed.
MOST_ENDLESS, MOST_ANYWHERE = 2, 1
#: Parts that may be there or not, each as often as it is repeated: each doubles the ways.
MOST_OPTIONS = 24


@dataclass(slots=True)
class _Ways:
    """What in a part of a pattern may fit in more than one way."""

    endless: int = 0
    options: int = 0

    def add(self, other: "_Ways", times: int = 1) -> None:
        self.endless += other.endless
        self.options += other.options * times


def ends_soon(pattern: str) -> bool:
    """True for a pattern without repeats of repeats, looks around and references back."""
    open_groups, last, was_repeat = [_Ways()], _Ways(), False
    for piece in (found.group() for found in _TOKEN.finditer(pattern)):
        here = open_groups[-1]
        if most := _most(piece):
            if was_repeat:
                continue  # lazy or possessive: the same ways in another order
            if most >= ENDLESS:
                if last.endless or last.options:
                    return False
                here.endless += 1
            elif last.endless and most > 1:
                return False
            else:
                here.add(last, times=most)
                here.options += most == 1 or "," in piece
            last, was_repeat = _Ways(), True
            continue
        here.add(last)
        last, was_repeat = _Ways(), False
        match piece:
            case "(" | "(?:":
                open_groups.append(_Ways())
            case ")" if len(open_groups) > 1:
                last = open_groups.pop()
            case "|":
                here.options += 1
            case "(?":
                return False
            case _ if len(piece) == 2 and piece[0] == "\\" and piece[1].isdigit():
                return False
            case _:
                pass
    whole = open_groups[0]
    whole.add(last)
    most = MOST_ENDLESS if pattern.startswith("^") else MOST_ANYWHERE
    return whole.endless <= most and whole.options <= MOST_OPTIONS


def _most(piece: str) -> int:
    """How often a repeat lets something come; 0 for what is none."""
    found = _REPEAT.fullmatch(piece)
    if found is None:
        return 0
    if piece in ("*", "+"):
        return ENDLESS
    if piece == "?":
        return 1
    least, comma, most = found.groups()
    if comma and not most:
        return ENDLESS
    return min(int(most or least or 1), ENDLESS) or 1

"""Houses told without their names: 三家都去了, 1、3都好, 赵雨涵家没人其他都好.

Only what can be meant in one way is put into names; the card of the visit shows them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from conversation.numbers import chinese_number
from handlers.children.own import by_full_name, own
from handlers.turn import Turn
from handlers.visiting import digest, hearing
from storage.children.child import Child

#: Of more houses nobody says 都去了 and means each: they are named.
MOST = digest.LINES
_FIGURE = r"\d{1,2}|[一二两三四五六七八九十]{1,3}"
#: What is said of all, of those on some lines of the list, of whoever was not named.
_DID = r"(?=(?:我|也|今天|上午|下午|刚才)*(?:都|全|去|看|跑|走访|见|没人|没在|锁|好))"
_ALL = re.compile(
    rf"(?<![第\d另、外])(?:(?P<count>{_FIGURE})个?[家户](?:人家|人)?|家家户户|家家|每家每户|每家)"
    + _DID
)
_LINES = re.compile(
    rf"(?<![\d.])(?:(?P<lines>\d{{1,2}}(?:[、,，和 ]\d{{1,2}})+)(?!\d|[.家户个号日月])"
    rf"|第(?P<line>{_FIGURE})[家户])" + _DID
)
#: 王家都好, and no 王家湾, 大家 or 张王家.
_OF_FAMILY = re.compile(r"(?<![一-龥])([一-龥])家(?:人)?(?:里)?" + _DID)
_REST = re.compile(
    rf"(?:其他|其它|其余|剩下|余下|别的|另外|另)的?(?:几|(?P<count>{_FIGURE}))?个?[家户]?"
    r"(?:人家|孩子|娃)?的?" + _DID
)


@dataclass(frozen=True, slots=True)
class House:
    """The children of one household whom the speaker visits."""

    children: tuple[Child, ...]

    @property
    def named(self) -> str:
        """How a button names it: the household of its first child."""
        return str(self.children[0].household_id)

    @property
    def said(self) -> str:
        """王小明、王小芳家."""
        return "、".join(child.name for child in self.children) + "家"


def houses(turn: Turn) -> list[House]:
    """Where the speaker has to go, as listed; where nothing is due, all of their own."""
    due = [House(home.children) for home in digest.due(turn)]
    if due:
        return due
    found: dict[int, list[Child]] = {}
    for child in own(turn):
        if child.status == "active":
            found.setdefault(child.household_id, []).append(child)
    return [House(tuple(children)) for children in found.values()]


def counts(text: str) -> bool:
    """True for words that count houses: the list is read for these alone."""
    return any(pattern.search(text) for pattern in (_ALL, _LINES, _REST, _OF_FAMILY))


def in_names(turn: Turn, text: str, known: Sequence[House]) -> str:
    """The text with the names of the houses where it counts them; else as it was."""
    text = _OF_FAMILY.sub(lambda match: _of_family(known, match), text)
    said = _LINES.sub(lambda match: _of_lines(known, match), text)
    everybody = [child for house in known for child in house.children]
    if not known or len({child.name for child in everybody}) < len(everybody):
        return text
    counted = [*_ALL.finditer(said), *_REST.finditer(said)]
    others = _others(turn, said, known)
    if len(counted) != 1 or not 0 < len(others) <= MOST:
        return said
    match = counted[0]
    meant = known if match.re is _ALL else others
    count = _number(match["count"]) if match["count"] else len(meant)
    if count != len(meant):
        return said
    names = "、".join(house.said for house in others)
    return said[: match.start()] + names + said[match.end() :]


def _others(turn: Turn, text: str, known: Sequence[House]) -> list[House]:
    """The houses of which no child is named."""
    everybody = [child for house in known for child in house.children]
    said = by_full_name(text, everybody)
    found = hearing.read(turn, said, [one.name for one in everybody]).children
    named = {everybody[one.child].id for one in found}
    return [one for one in known if named.isdisjoint(child.id for child in one.children)]


def _of_family(known: Sequence[House], match: re.Match[str]) -> str:
    """王小明、王小芳家 for 王家, where one house alone is called so."""
    meant = [one for one in known if all(each.name[:1] == match[1] for each in one.children)]
    return meant[0].said if len(meant) == 1 else match[0]


def _of_lines(known: Sequence[House], match: re.Match[str]) -> str:
    """王小明家、赵雨涵家 for 1、3; as it was where the list has no such line."""
    figures = re.findall(r"\d+", match["lines"]) if match["lines"] else [match["line"]]
    numbers = [_number(one) for one in figures]
    if not all(1 <= number <= len(known) for number in numbers):
        return match[0]
    return "、".join(known[number - 1].said for number in numbers)


def _number(figure: str) -> int:
    """0 for what is no number."""
    return int(figure) if figure.isdigit() else chinese_number(figure) or 0

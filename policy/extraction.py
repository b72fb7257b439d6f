"""A paragraph about a visit, as a card that somebody confirms: only what it surely says."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal, TypeAlias

from policy.phrases import MAX_TEXT_CHARS, About, Phrases
from policy.sounds import heard_as

VisitKind: TypeAlias = Literal["home", "phone", "video", "school"]
#: done, or why a visit failed.
Outcome: TypeAlias = Literal["done", "nobody", "moved", "refused", "unreachable"]
#: What hazards are grouped by, in the order of the check-in.
HAZARD_GROUPS = (
    "family",
    "guardianship",
    "schooling",
    "health",
    "mind",
    "safety",
    "housing",
)
KINDS: tuple[VisitKind, ...] = ("home", "phone", "video", "school")
#: Of several the first counts.
FAILURES: tuple[Outcome, ...] = ("moved", "refused", "nobody", "unreachable")
#: Days that are longer ago are not those of a visit that is told now: 过了正月十五才走.
LONGEST_AGO = timedelta(days=90)
#: Reads a phrase of a day as seen from today.
ReadDay: TypeAlias = Callable[[str, date], date | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """Phrases that tell one thing, and how it is called."""

    words: str = ""
    about: About = "any"
    phrases: tuple[str, ...] = field(repr=False)
    #: What a county adds.
    more: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """How the days of a visit and of the next one are spoken of."""

    said: re.Pattern[str]
    part: re.Pattern[str]
    coming_after: re.Pattern[str]
    coming_before: re.Pattern[str]
    coming_visit: re.Pattern[str]
    not_done: re.Pattern[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """What extraction.toml says."""

    days: Days
    #: Keys of the card's own things: "kind/home", "met/father".
    visit: Phrases = field(repr=False)
    hazards: Mapping[str, Telling]
    needs: Mapping[str, Telling]
    #: Keys "hazard/health.ill" and "need/money".
    found: Phrases = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A known child, by its place in the names; unsure when it only sounds so."""

    child: int
    is_sure: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitCard:
    """What a paragraph says; None and () are what it does not say."""

    children: tuple[Mention, ...] = ()
    day: date | None = None
    kind: VisitKind | None = None
    outcome: Outcome | None = None
    met: tuple[str, ...] = ()
    seen: bool | None = None
    alone: bool | None = None
    hazards: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    next_day: date | None = None

    @property
    def tells(self) -> bool:
        """True for words that say how a visit went, or that there was one."""
        return self.kind is not None or self.outcome is not None or self.seen is not None


def read_visit(
    text: str,
    today: date,
    names: Sequence[str],
    table: Extraction,
    read_day: ReadDay,
    read_coming_day: ReadDay,
) -> VisitCard:
    """A card to confirm, from a paragraph that was typed or dictated.

    ``names`` are the children who may be meant.
    """
    text = text[:MAX_TEXT_CHARS]
    children, plain_text = _find_children(text, names)
    visit = _Told(plain_text, table.visit)
    kind = next(iter(visit.of("kind")), None)
    outcome = _outcome(visit, kind)
    seen = _seen(visit, kind, outcome)
    went_well = "done" in visit.of("outcome") and seen is not False
    if outcome is None and (kind is not None or seen or went_well):
        outcome = "done"
    found = _Told(plain_text, table.found)
    day, next_day = _days(text, today, table.days, read_day, read_coming_day)
    return VisitCard(
        children=children,
        day=day,
        kind=_of(KINDS, kind),
        outcome=outcome,
        met=() if outcome == "unreachable" else tuple(sorted(visit.of("met"))),
        seen=seen,
        alone=True if seen and "yes" in visit.of("alone") else None,
        hazards=tuple(key for key in table.hazards if key in found.of("hazard")),
        needs=tuple(key for key in table.needs if key in found.of("need")),
        next_day=next_day,
    )


def as_children(text: str, names: Sequence[str]) -> str:
    """The text with 孩子 in place of known names, so that 他爸打王小明 is heard as danger."""
    return _find_children(text[:MAX_TEXT_CHARS], names)[1]


# -- what is told ------------------------------------------------------------------------------


class _Told:
    """The things that phrases tell, by their kind, in the order of the text."""

    def __init__(self, text: str, phrases: Phrases) -> None:
        found = phrases.find(text)
        away = [spoken.span for spoken in found if spoken.key == "seen/no"]
        # 娃到他姑家去了: whose way that was is no visitor's.
        self._spoken = tuple(
            spoken.key
            for spoken in found
            if not spoken.key.startswith("kind/")
            or not any(begin <= spoken.span[0] < end for begin, end in away)
        )
        self._keys = tuple(dict.fromkeys(self._spoken))

    def of(self, kind: str) -> tuple[str, ...]:
        """What is told of one kind."""
        return tuple(key.split("/")[1] for key in self._keys if key.startswith(f"{kind}/"))

    def last(self, kind: str) -> str | None:
        """What is told of one kind at the end: 上次没碰到，今天见着了."""
        told = (key for key in reversed(self._spoken) if key.startswith(f"{kind}/"))
        return next((key.split("/")[1] for key in told), None)


def _outcome(visit: _Told, kind: str | None) -> Outcome | None:
    """Why a visit failed. At home a telephone that nobody answers is only more of the same."""
    told = visit.of("outcome")
    failures = [one for one in FAILURES if one in told]
    if kind in ("home", "school") and "unreachable" in failures:
        failures.remove("unreachable")
    if "yes" in visit.of("seen"):
        return None
    return failures[0] if failures else None


def _seen(visit: _Told, kind: str | None, outcome: Outcome | None) -> bool | None:
    """Whether the child was seen; a telephone shows nobody."""
    told = visit.last("seen")
    if kind == "phone":
        return None
    if told == "no" or outcome == "nobody":
        return False
    return True if told == "yes" else None


def _of(known: tuple[VisitKind, ...], said: str | None) -> VisitKind | None:
    return next((one for one in known if one == said), None)


# -- whom it is about --------------------------------------------------------------------------

_CHILD = "孩子"
_HAN = re.compile(r"[一-龥·]+")
#: What a longer name may go on with: 李红梅 is not 李红.
_IN_NAMES = frozenset(
    "梅英兰华明丽红军平国建文杰伟强勇磊涛超霞艳芳娜敏静秀玉桂凤春秋冬夏雨雪云峰龙虎飞鹏浩"
    "宇轩涵怡彤欣悦佳嘉子梓晨辰阳洋博豪凯俊琪琳瑶瑞诺依娟燕玲珍莉花荣贵福祥宝金银林森海江"
    "波清泉松柏山石峻志远航鑫淼源翔成诚信义仁德礼智勤俭康健安宁乐欢庆美巧慧颖聪睿哲思念恩"
    "慈善良晓心语诗梦馨香萱蓉莲菊竹萍琴霖辉斌彬鸿达兴旺财顺利东南西北中正大小然若如雅婷婕"
    "倩雯菲洁莹璐露薇蕾蓓芸苗芝芬芹荷青蓝紫白月星光亮"
)


def _find_children(text: str, names: Sequence[str]) -> tuple[tuple[Mention, ...], str]:
    """The known children, each once, and the text with 孩子 in place of their names."""
    found: dict[int, bool] = {}
    longest_first = sorted(range(len(names)), key=lambda at: -len(names[at]))
    for at in longest_first:
        name = names[at]
        if len(name) < 2 or name not in text or names.count(name) > 1:
            continue  # Of two of one name nobody knows who is meant.
        shown = "".join(_without(text, name))
        if shown != text:
            found[at], text = True, shown
    for at, written in _sounding(text, names, longest_first):
        found.setdefault(at, False)
        text = text.replace(written, _CHILD)
    return tuple(Mention(child=at, is_sure=found[at]) for at in sorted(found)), text


def _without(text: str, name: str) -> Iterator[str]:
    at = 0
    for match in re.finditer(re.escape(name), text):
        after = text[match.end() : match.end() + 1]
        is_whole = len(name) > 2 or after not in _IN_NAMES
        yield text[at : match.start()] + (_CHILD if is_whole else name)
        at = match.end()
    yield text[at:]


def _sounding(text: str, names: Sequence[str], order: Iterable[int]) -> Iterator[tuple[int, str]]:
    """Children of whom a dictated text has another name of the same sound, if only one has it."""
    by_sound: dict[str, set[int]] = {}
    for at in order:
        if len(names[at]) > 2:
            for sound in heard_as(names[at]):
                by_sound.setdefault(sound, set()).add(at)
    sizes = {len(names[at]) for at in order if len(names[at]) > 2}
    for run in _HAN.findall(text):
        for size in sizes:
            for start in range(len(run) - size + 1):
                written = run[start : start + size]
                meant = set().union(*(by_sound.get(one, set()) for one in heard_as(written)))
                if len(meant) == 1 and len(names[next(iter(meant))]) == size:
                    yield meant.pop(), written


# -- when --------------------------------------------------------------------------------------


def _days(
    text: str, today: date, days: Days, read_day: ReadDay, read_coming_day: ReadDay
) -> tuple[date | None, date | None]:
    """The day of the visit and the next one."""
    visited, coming = None, None
    for match in days.said.finditer(text):
        before, after = text[: match.start()], text[match.end() :]
        is_next = days.coming_after.match(after) or days.coming_before.search(before)
        day = (read_coming_day if is_next else read_day)(match[0], today)
        if day is None:
            continue
        if day > today:
            is_next = is_next or days.coming_visit.match(after)
            coming = coming or (day if is_next else None)
        elif today - day <= LONGEST_AGO and not is_next and not days.not_done.match(after):
            visited = visited or day
    if visited is None and days.part.search(text):
        visited = today
    return visited, coming

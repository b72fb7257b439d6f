"""通报: the numbers of a place in the words of an office, for others to read; no person is in it.

Small numbers are not written, nor what would give one away.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from handlers.office import analysis
from handlers.office.analysis import BY_PLACE, Asked, Page, Step
from handlers.office.periods import Between, parts
from handlers.turn import Turn
from policy import hiding
from policy.hiding import SMALL
from policy.papers import Bulletin, Chart, Section

#: The charts of places: what each is called, and the numbers that it shows.
CHARTS: Mapping[str, tuple[str, ...]] = {
    "chart_children": ("children",),
    "chart_visits": ("visits_due", "visits_in_time"),
    "chart_cases": ("reports",),
}
#: Numbers that others are parts of: of these a small one is not to be worked out.
SUMS: Mapping[str, tuple[str, ...]] = {
    "visits_due": ("visits_in_time", "visits_late"),
    "visits_done": ("seen_alone",),
    "closed": ("solved",),
    "after_30": ("better_30",),
    "after_90": ("better_90",),
    "told_due": ("told",),
}
#: Numbers of how it stood at the end: those of months do not add up to that of a quarter.
STOCKS = frozenset({"children"})
#: Numbers that are not written, each of a place or of the whole.
Unsaid: TypeAlias = frozenset[tuple[int, str]]
#: More places than these are read in the table.
MOST_BARS = 16
#: What stands above the places, as one that is none of them.
_WHOLE = 0
#: What is left of a number beside a part of it: who reads both knows it.
_REST = "rest"


def drafted(turn: Turn, page: Page) -> Bulletin | None:
    """The 通报 of what the page shows; None of days from which other such days can be taken away.

    What two of them differ by is the number of a few days, and that may be a small one.
    """
    if not page.is_for_others:
        return None
    unsaid = _unsaid(turn, page, {})
    words = turn.words
    first, last = (f"{day:%Y年%m月%d日}" for day in (page.first, page.last))
    begins = words("bulletin.span", area=page.name, first=first, last=last)
    sections = [
        Section(heading="", lines=(begins, words("bulletin.over_line"))),
        *_parts(turn, page, unsaid),
        Section(heading=words("bulletin.next"), lines=(words("bulletin.next_line"),)),
    ]
    return Bulletin(
        title=words("bulletin.title", area=page.name),
        sections=tuple(sections),
        foot=(words("bulletin.signed", area=page.name, when=f"{turn.at:%Y年%m月%d日}"),),
    )


def _parts(turn: Turn, page: Page, unsaid: Unsaid) -> list[Section]:
    words, said = turn.words, _said(turn, page, unsaid)
    parts: list[Section] = []
    if "children" in said:
        net = said["net"]
        line = words(
            "bulletin.register_line",
            **_blanks(said, "children", "entered", "left"),
            value=net,
            when=f"{page.last:%Y年%m月%d日}",
        )
        parts.append(Section(heading=words("bulletin.register"), lines=(line,)))
        line = words(
            "bulletin.visits_line",
            **_blanks(said, "visits_due", "visits_in_time", "visits_late"),
            what=said["visits_done"],
            told=said["seen_alone"],
        )
        parts.append(Section(heading=words("bulletin.visits"), lines=(line,)))
    if "reports" in said:
        parts.append(
            Section(heading=words("bulletin.cases"), lines=tuple(_of_cases(turn, page, said)))
        )
    if page.places:
        parts.append(
            Section(
                heading=words("bulletin.places"),
                lines=(words("bulletin.places_line"), words("bulletin.hidden_line")),
                rows=_table(turn, page, unsaid),
                charts=tuple(_charts(turn, page, unsaid)),
            )
        )
    return parts


def _of_cases(turn: Turn, page: Page, said: Mapping[str, str]) -> list[str]:
    words = turn.words
    months = _inside(turn, page)[:1]
    every = (page, *(one for ones in months for one in ones))
    lines = [
        # Whether it helped comes first, and how many were closed never alone.
        words(
            "bulletin.outcome_line",
            count=said["after_30"],
            what=said["better_30"],
            left=said["after_90"],
            told=said["better_90"],
        ),
        words(
            "bulletin.cases_line",
            **_blanks(said, "reports", "closed", "solved"),
            value=said["unsolved"],
        ),
    ]
    if page.grades and not any(0 < one.count < SMALL for of in every for one in of.grades):
        told = "，".join(f"{one.name} {one.count}" for one in page.grades)
        lines.append(words("bulletin.grades_line", text=told))
    lines.append(words("bulletin.told_line", count=said["told_due"], first=said["told"]))
    lines += [
        words(
            "bulletin.step_line",
            name=step.name,
            count=step.pace.count,
            value=_in_time(turn, step),
            first=step.half,
            last=step.nine,
        )
        for step in page.steps
        if step.pace.count >= SMALL and all(_says(of, step.name) for of in every[1:])
    ]
    return lines


def _says(page: Page, name: str) -> bool:
    """True when a page's paper says how long a step took, or there was none."""
    found = next((one.pace for one in page.steps if one.name == name), None)
    if found is None:
        return True
    late = found.count - found.in_time
    return found.count >= SMALL and not any(0 < one < SMALL for one in (late, found.in_time))


def _unsaid(turn: Turn, page: Page, known: dict[Between, Unsaid]) -> Unsaid:
    """What the paper of a page does not say: a number of a place, or of the whole.

    Not either what a paper of a part of its days leaves out, and the others of them give away.
    """
    days = Between(page.first, page.last)
    if days in known:
        return known[days]
    forced: set[tuple[int, str]] = set()
    for ones in _inside(turn, page):
        forced |= given_away((_counts(one), _unsaid(turn, one, known)) for one in ones)
    found = {(_WHOLE, key) for key in telling(_whole(page), of_whole(forced))}
    for key in page.keys:
        found |= {(place, key) for place in _hidden(page, key, forced)}
    known[days] = frozenset(found)
    return known[days]


def _inside(turn: Turn, page: Page) -> list[list[Page]]:
    """The months of a longer period, then the quarters of a year."""
    found = []
    for ones in parts(Between(page.first, page.last)):
        pages = (analysis.page(turn, Asked(area=page.area, period=one)) for one in ones)
        found.append([one for one in pages if one is not None])
    return found


def given_away(
    papers: Iterable[tuple[Mapping[tuple[int, str], int], Unsaid]],
) -> frozenset[tuple[int, str]]:
    """What a sum of these papers would give away of what they leave out."""
    found: dict[tuple[int, str], list[int]] = defaultdict(list)
    for counts, unsaid in papers:
        for one in unsaid:
            if one[1] not in STOCKS and counts.get(one):
                found[one].append(counts[one])
    return frozenset(one for one, left in found.items() if len(left) == 1 or 0 < sum(left) < SMALL)


def of_whole(unsaid: Iterable[tuple[int, str]]) -> frozenset[str]:
    """The numbers of the whole among these."""
    return frozenset(key for place, key in unsaid if place == _WHOLE)


def _counts(page: Page) -> Mapping[tuple[int, str], int]:
    of_places = {(one.id, key): one.counts[key] for one in page.places for key in page.keys}
    return of_places | {(_WHOLE, key): count for key, count in _whole(page).items()}


def _whole(page: Page) -> Mapping[str, int]:
    return {one.key: one.count for one in page.numbers}


def _said(turn: Turn, page: Page, unsaid: Unsaid) -> Mapping[str, str]:
    """The numbers as they are written."""
    few, star = turn.words("bulletin.few"), turn.words("bulletin.star")
    said = {
        key: few if 0 < count < SMALL else star if (_WHOLE, key) in unsaid else str(count)
        for key, count in _whole(page).items()
    }
    if page.net is not None:
        gives_away = not {few, star}.isdisjoint((said["entered"], said["left"]))
        said["net"] = star if gives_away else f"{page.net:+d}"
    return said


def telling(
    counts: Mapping[str, int],
    forced: frozenset[str] = frozenset(),
    more: Iterable[tuple[str, tuple[str, ...]]] = (),
) -> frozenset[str]:
    """The numbers that are small, or from which a small one could be worked out.

    ``more`` are sums besides the usual ones.
    """
    found = {key for key, count in counts.items() if 0 < count < SMALL} | forced
    for whole, every in (*SUMS.items(), *more):
        parts = [part for part in every if part in counts]
        if whole not in counts or not parts:
            continue
        rest = counts[whole] - sum(counts[part] for part in parts)
        numbers = [counts[part] for part in parts] + ([rest] if rest > 0 else [])
        nodes = {at: {whole: count} for at, count in enumerate(numbers, 1)}
        below = {_WHOLE: [*nodes]}
        known = nodes | {_WHOLE: {whole: sum(numbers)}}
        out = frozenset(at for at, name in enumerate((whole, *parts)) if name in forced)
        hidden = hiding.hidden(_WHOLE, below, known, whole, (), out)
        found |= {name for at, name in enumerate((whole, *parts)) if at in hidden}
    return frozenset(found)


def _in_time(turn: Turn, step: Step) -> str:
    """The share that was in time, unless it tells how many few were, or were not."""
    late = step.pace.count - step.pace.in_time
    tells = 0 < late < SMALL or 0 < step.pace.in_time < SMALL
    return turn.words("bulletin.star") if tells else str(step.share)


def _blanks(said: Mapping[str, str], count: str, first: str, last: str) -> dict[str, str]:
    return {"count": said[count], "first": said[first], "last": said[last]}


def _table(turn: Turn, page: Page, unsaid: Unsaid) -> tuple[tuple[str, ...], ...]:
    words, star = turn.words, turn.words("bulletin.star")
    heads = (words("bulletin.place"), *(words(f"bulletin.{key}") for key in page.keys))
    return (
        heads,
        *(
            (
                one.name,
                *(star if (one.id, key) in unsaid else str(one.counts[key]) for key in page.keys),
            )
            for one in page.places
        ),
    )


def _charts(turn: Turn, page: Page, unsaid: Unsaid) -> Iterator[Chart]:
    """The columns of the table as bars; what the table does not say they do not show."""
    names = tuple(one.name for one in page.places)
    if len(names) > MOST_BARS:
        return
    for title, keys in CHARTS.items():
        series = tuple(
            (
                turn.words(f"bulletin.{key}"),
                tuple(None if (one.id, key) in unsaid else one.counts[key] for one in page.places),
            )
            for key in keys
            if key in page.keys
        )
        if any(value for _, values in series for value in values):
            yield Chart(title=turn.words(f"bulletin.{title}"), names=names, series=series)


def _hidden(page: Page, key: str, forced: Iterable[tuple[int, str]]) -> frozenset[int]:
    """The places whose number is not written."""
    assert key in BY_PLACE
    whole = "visits_due" if key == "visits_in_time" else key
    counts = {one.id: _with_rest(one.counts, whole, key) for one in page.places}
    names = (whole, key, _REST)
    counts[_WHOLE] = {name: sum(of[name] for of in counts.values()) for name in names}
    below = {_WHOLE: [one.id for one in page.places]}
    blocks = () if whole == key else ((key, _REST),)
    out = frozenset(place for place, of in forced if place != _WHOLE and of in (key, whole))
    found = hiding.hidden(_WHOLE, below, counts, whole, blocks, out)
    return frozenset(place for place, hidden in found.items() if key in hidden)


def _with_rest(counts: Mapping[str, int], whole: str, part: str) -> Mapping[str, int]:
    """A number with the one that it is a part of, and what is left of that."""
    return {whole: counts[whole], part: counts[part], _REST: counts[whole] - counts[part]}

"""汇总表: the official table of a place, by the places below it, as of the end of a day.

Whoever keeps the register of a place sees all numbers. For all others small ones are hidden, with
what would give them away; these see the ends of months alone, by one 口径, because the difference
of two tables may be a small number, too.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from handlers.catching_up import catch_up
from handlers.children import stewards
from handlers.rules import Rules
from handlers.saying import answer, button
from handlers.supervision import figures
from handlers.turn import Turn
from policy import hiding
from policy.areas import AreaTree
from policy.summary import ALL, CALIBERS, Caliber
from policy.summary_table import Place, Summary, make
from storage.work import Reading

#: 国发 (2016) 13: who is not yet sixteen.
USUAL: Caliber = 16
#: The numbers that were counted, by place from the county down to the villages; what is written
#: to no village stands under minus the place that it is written to.
Counts = Mapping[int, Counter[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which table is wanted."""

    area: int
    day: date
    caliber: Caliber = USUAL
    #: For passing on: small numbers hidden also for whoever may see them.
    shared: bool = False


def places(turn: Turn) -> tuple[int, ...]:
    """The places of the speaker's posts whose table they may see."""
    return tuple(one for one in dict.fromkeys(_seats(turn)) if may(turn, one))


def may(turn: Turn, area: int) -> bool:
    """True when the speaker may see the table of a place, in full or with small numbers hidden."""
    return bool(figures.may(turn, area) & {"children", "cases"})


def allowed(turn: Turn, asked: Asked) -> Asked | None:
    """What is wanted as far as the speaker may have it; None where they may not."""
    area = turn.work.areas.get(asked.area)
    if area is None or area.kind == "group" or not may(turn, asked.area):
        return None
    today = turn.at.date()
    if stewards.keeps(turn, asked.area):
        return replace(asked, day=min(asked.day, today))
    return Asked(area=asked.area, day=_month_end(min(asked.day, today), today), shared=True)


def table(turn: Turn, asked: Asked) -> Summary | None:
    """The table that somebody may see; None for what is not theirs and for what is not there."""
    found = allowed(turn, asked)
    return None if found is None else counted(turn.work, turn.rules, found)


def counted(reading: Reading, rules: Rules, asked: Asked) -> Summary:
    """The table, whoever asks, by the places as they lay on that day. Raises NotRead."""
    after = datetime.combine(asked.day + timedelta(days=1), time(), rules.zone)
    tree, ledger = reading.places.tree_at(after), rules.ledger
    catch_up(reading, ledger.step)
    villages = ledger.counts(tree, asked.day, asked.caliber, reading.now)
    if not asked.shared:  # what is hidden of a place depends on all others
        here = tree.descendants(asked.area)
        villages = {one: villages[one] for one in here if one in villages}
    counts = _summed(tree, villages)
    hidden = _hidden(rules, tree, counts, asked.caliber) if asked.shared else {}
    below = [one.id for one in tree.children(asked.area) if one.kind != "group"]
    parts = [*below, *([-asked.area] if below and -asked.area in counts else [])]

    def place(area: int) -> Place:
        return Place(
            area=max(area, 0),
            name=_named(rules, tree, area) or _named(rules, reading.areas, area),
            counts=counts.get(area, {}),
            hidden=hidden.get(area, frozenset()),
            opens=any(one.kind != "group" for one in tree.children(area)),
        )

    return make(
        rules.policy.summary,
        place(asked.area),
        [place(one) for one in parts],
        day=asked.day,
        is_final=asked.day < reading.now.astimezone(rules.zone).date(),
        caliber=asked.caliber,
        is_shared=asked.shared,
    )


def _summed(tree: AreaTree, villages: Mapping[int, Counter[str]]) -> Counts:
    """From the villages up."""
    counts: dict[int, Counter[str]] = {}
    for home, of_home in villages.items():
        row = tree.get(home)
        if row is not None and row.kind != "village":
            counts[-home] = of_home
        for above in tree.path(home):
            counts.setdefault(above.id, Counter()).update(of_home)
    return counts


def _hidden(
    rules: Rules, tree: AreaTree, counts: Counts, caliber: Caliber
) -> dict[int, frozenset[str]]:
    below: dict[int, list[int]] = {}
    for area in counts:
        row = tree.get(abs(area))
        above = abs(area) if area < 0 else row.parent_id if row else None
        if above is not None:
            below.setdefault(above, []).append(area)
    found: dict[int, frozenset[str]] = {}
    for root in (one for one in tree.roots() if one.id in counts):
        blocks = rules.policy.summary.blocks(caliber)
        found |= hiding.hidden(root.id, below, counts, ALL, blocks)
    return found


def _named(rules: Rules, tree: AreaTree, area: int) -> str:
    if area < 0:
        return rules.words("summary.here")
    row = tree.get(area)
    return row.name if row else ""


def _month_end(day: date, today: date) -> date:
    """The last day of the newest month that is over on or before a day."""
    after = day + timedelta(days=1)
    end = after.replace(day=1) - timedelta(days=1) if after.day != 1 else day
    return end if end < today else end.replace(day=1) - timedelta(days=1)


def _seats(turn: Turn) -> Iterable[int]:
    tree = turn.work.areas
    for post in turn.roles:
        path = [row for row in tree.path(post.area_id) if row.kind != "group"]
        if path:
            yield path[-1].id


# -- in the talk ----------------------------------------------------------------------------------


def show(turn: Turn, arg: str = "") -> None:
    """The table of a place as words: 12:16:2026-11-30."""
    asked = _read(turn, arg)
    summary = table(turn, asked) if asked else None
    if asked is None or summary is None:
        answer(turn, turn.words("stats.not_yours"))
        return
    lines = [
        turn.words("summary.title", area=summary.place, when=summary.day, what=summary.caliber),
        turn.words("summary.all", count=_said(turn, summary.total.counts[ALL])),
    ]
    for group in summary.groups:
        told = [
            turn.words(
                "summary.cell", name=one.name, count=_said(turn, summary.total.counts[one.key])
            )
            for one in group.columns
            if summary.total.counts[one.key] != 0
        ]
        if told:
            lines.append(turn.words("summary.group", name=group.name, text="，".join(told)))
    lines.append(turn.words("summary.holds" if summary.holds else "summary.broken"))
    if summary.is_shared:
        lines.append(turn.words("summary.hidden"))
    other = next(one for one in CALIBERS if one != summary.caliber)
    switch = button(
        turn.words("summary.switch", count=other),
        "stats.table",
        f"{asked.area}:{other}:{summary.day}",
    )
    back = button(turn.words("stats.back"), "stats", str(asked.area))
    answer(turn, "\n".join(lines), *([] if summary.is_shared else [switch]), back)


def _said(turn: Turn, count: int | None) -> str:
    return turn.words("summary.star") if count is None else str(count)


def _read(turn: Turn, arg: str) -> Asked | None:
    area, caliber, day = (*arg.split(":"), "", "")[:3]
    if not area.isdecimal():
        return None
    try:
        on = date.fromisoformat(day) if day else turn.at.date()
    except ValueError:
        return None
    return Asked(area=int(area), day=on, caliber=18 if caliber == "18" else 16)

"""报表: the official table of one of the speaker's places, and the way to those below it."""

from dataclasses import dataclass
from datetime import date

from handlers.children import stewards, summary
from handlers.turn import Turn
from policy.summary import Caliber
from policy.summary_table import Summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which table is wanted; None: the speaker's own place, today."""

    area: int | None = None
    day: date | None = None
    caliber: Caliber = 16
    shared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The table with what one can choose."""

    area: int
    table: Summary
    today: date
    #: Places above it that are the speaker's, from the top; and other places of theirs.
    above: tuple[tuple[int, str], ...]
    others: tuple[tuple[int, str], ...]
    #: True for whoever may see small numbers.
    sees_all: bool


def page(turn: Turn, wanted: Wanted) -> Page | None:
    """The table; None for a place that is not there or not the speaker's."""
    mine = summary.places(turn)
    area = wanted.area if wanted.area is not None else mine[0] if mine else 0
    today = turn.at.date()
    asked = summary.Asked(
        area=area,
        day=wanted.day or today,
        caliber=wanted.caliber,
        shared=wanted.shared,
    )
    table = summary.table(turn, asked)
    if table is None:
        return None
    tree = turn.work.areas
    return Page(
        area=area,
        table=table,
        today=today,
        above=tuple(
            (one.id, one.name) for one in tree.path(area)[:-1] if summary.may(turn, one.id)
        ),
        others=tuple(
            (one, tree.full_name(one))
            for one in mine
            if one != area and not tree.is_within(area, one)
        ),
        sees_all=stewards.keeps(turn, area),
    )

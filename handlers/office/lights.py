"""When something is due, with its light: red is late, yellow is due within a day."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from handlers.cases import duties
from handlers.turn import Turn
from storage.cases.duties import Duty

Light: TypeAlias = Literal["late", "soon", "calm"]
#: What is due within this is yellow.
SOON = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Something that must be done by a moment."""

    what: str = field(repr=False)
    at: datetime
    #: 还剩 1 小时, 已超 2 天
    left: str
    light: Light
    #: Whose it is, where a list has to say so: 派出所, 赵督导.
    whose: str = ""


def due(turn: Turn, duty: Duty, *, says_whose: bool = False) -> Due:
    """A duty with its light."""
    return Due(
        what=duties.name_of(turn, duty),
        at=duty.due_at.astimezone(turn.rules.zone),
        left=duties.left(turn, duty.due_at),
        light=light(turn, duty.due_at),
        whose=duties.whose(turn, duty) if says_whose else "",
    )


def light(turn: Turn, moment: datetime) -> Light:
    """The light of a deadline now."""
    if moment < turn.work.now:
        return "late"
    return "soon" if moment < turn.work.now + SOON else "calm"


def is_today(turn: Turn, moment: datetime) -> bool:
    """True within the county's present day."""
    return moment.astimezone(turn.rules.zone).date() == turn.at.date()

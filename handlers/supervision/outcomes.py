"""真好了没有: how cases stand 30 and 90 days after their end, as those say who can know.

Whoever visits, the child itself and whoever reported are asked; one no is a no, nobody's word is
not known. That a case was closed says nothing of that, and is never told without it.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from handlers.turn import Turn
from storage.supervision.findings import Finding
from storage.supervision.spans import Span

Verdict: TypeAlias = Literal["better", "worse", "unknown"]
#: Days after the end.
MARKS = (30, 90)
#: Who can know whether it is better.
_KNOW = frozenset({"visitor", "child", "reporter"})


def counted(turn: Turn, area: int, span: Span) -> Mapping[str, int]:
    """How many ends of cases are so old in a span, and how it stood then."""
    found: dict[str, int] = {}
    for days in MARKS:
        said = _verdicts(turn, area, span, days)
        found[f"after_{days}"] = len(said)
        for verdict in ("better", "worse", "unknown"):
            found[f"{verdict}_{days}"] = sum(one == verdict for _, one in said)
    return found


def listed(turn: Turn, key: str, area: int, span: Span) -> tuple[int, ...]:
    """The cases of such a number, each end of one by itself."""
    wanted, _, days = key.rpartition("_")
    said = _verdicts(turn, area, span, int(days))
    return tuple(case for case, verdict in said if wanted in ("after", verdict))


def is_one(key: str) -> bool:
    """True for a number of these."""
    wanted, _, days = key.rpartition("_")
    return wanted in ("after", "better", "worse", "unknown") and days in map(str, MARKS)


def _verdicts(turn: Turn, area: int, span: Span, days: int) -> list[tuple[int, Verdict]]:
    """Each end that is so many days old, and the days in which its visit is still made, in a span.

    What is said later changes nothing any more: a period that is over keeps its numbers.
    """
    late = turn.rules.policy.figures.outcome_late
    long = timedelta(days=days) + late
    ends = turn.work.findings.closed(
        area, Span(span.since - long, span.until - long), hidden=turn.hidden
    )
    cases = [case for case, _ in ends]
    said = turn.work.findings.of(cases, span.until)
    again = turn.work.findings.taken_up(cases, span.until)
    return [
        (case, _verdict(at, at + long, said.get(case, ()), again.get(case, ())))
        for case, at in ends
    ]


def _verdict(
    since: datetime, until: datetime, said: Iterable[Finding], again: Iterable[datetime]
) -> Verdict:
    heard = {one.said for one in said if one.who in _KNOW and since < one.at <= until}
    if "no" in heard or any(since < at <= until for at in again):
        return "worse"
    return "better" if "yes" in heard else "unknown"

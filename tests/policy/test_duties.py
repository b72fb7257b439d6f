"""When the steps of a ladder are taken, whatever anybody does to the time."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.county.rules import read_rules
from bot.settings import read_settings
from policy.duties import Clockwork, due_at, first_ring, next_ring, passed
from policy.grading import GRADES

POLICY = read_rules(read_settings()).policy
CLOCK = Clockwork(calendar=POLICY.calendar, zone=ZoneInfo("Asia/Shanghai"))
SET = datetime(2026, 11, 20, 2, tzinfo=UTC)
KINDS = [kind for kind in POLICY.duties.kinds if POLICY.duties.steps(kind, "red")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A duty as its ladder sees it."""

    kind: str
    grade: str
    set_at: datetime
    due_at: datetime
    first_due_at: datetime
    level: int


def duty(kind: str, grade: str) -> Known:
    due = due_at(POLICY.duties.kinds[kind], grade, SET, CLOCK)
    return Known(kind=kind, grade=grade, set_at=SET, due_at=due, first_due_at=due, level=0)


@pytest.mark.parametrize("grade", GRADES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_step_is_taken_in_its_order_when_nobody_acts(kind: str, grade: str) -> None:
    known, now, taken = duty(kind, grade), SET, 0
    rings = first_ring(POLICY.duties, kind, grade, SET, known.due_at, CLOCK)
    while rings is not None:
        assert rings >= now
        now = rings
        late, rings = passed(POLICY.duties, replace(known, level=taken), now, CLOCK)
        taken += len(late)
    assert taken == len(POLICY.duties.steps(kind, grade))


@given(
    st.sampled_from(KINDS),
    st.sampled_from(GRADES),
    st.lists(st.integers(-400, 4000), min_size=1, max_size=5),
    st.integers(0, 3),
)
def test_whoever_moves_the_time_as_often_as_they_like_the_last_step_comes_when_it_came(
    kind: str, grade: str, hours: list[int], level: int
) -> None:
    as_set = duty(kind, grade)
    last = passed(POLICY.duties, as_set, SET + timedelta(days=1000), CLOCK)[0][-1].at
    moved = replace(as_set, level=min(level, len(POLICY.duties.steps(kind, grade)) - 1))
    for more in hours:
        due = max(SET, moved.due_at + timedelta(hours=more))
        rings = next_ring(POLICY.duties, moved, due, CLOCK)
        moved = replace(moved, due_at=due)
        assert rings is not None
        assert rings <= last
    late, following = passed(POLICY.duties, moved, last, CLOCK)
    assert following is None
    assert late[-1].level == len(POLICY.duties.steps(kind, grade))

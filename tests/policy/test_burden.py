"""What the channel costs whoever works, as its table says it."""

from pathlib import Path

import pytest

import policy
from policy.burden import TASKS, Cost, task_of
from policy.faults import PolicyFaults
from policy.tables import load_policy

DEFAULT = Path(policy.__file__).parent
OURS = load_policy(DEFAULT).burden


def test_a_week_is_what_each_costs_together() -> None:
    week = OURS.week({"visit": 4, "message": 10})
    visit, message = OURS.cost["visit"], OURS.cost["message"]
    assert week.minutes == 4 * visit.minutes + 10 * message.minutes
    assert week.chars == 4 * visit.chars
    assert OURS.week({}) == Cost(minutes=0, chars=0)
    assert not OURS.is_too_much(Cost(minutes=OURS.most_minutes, chars=OURS.most_chars))
    assert OURS.is_too_much(Cost(minutes=0, chars=OURS.most_chars + 1))


def test_every_duty_costs_something() -> None:
    kinds = load_policy(DEFAULT).duties.kinds
    assert {task_of(kind) for kind in kinds} == {"visit", "absence", "other"}
    assert {*OURS.cost} == {*TASKS}


def test_a_county_writes_its_own_and_hears_what_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "policy" / "burden.toml"
    file.parent.mkdir()
    file.write_text("most_minutes = 30\n[cost.visit]\nminutes = 5\n", "utf-8")
    own = load_policy(DEFAULT, tmp_path).burden
    assert (own.most_minutes, own.cost["visit"].minutes) == (30, 5)
    file.write_text("most_minutes = 0\n", "utf-8")
    with pytest.raises(PolicyFaults):
        load_policy(DEFAULT, tmp_path)

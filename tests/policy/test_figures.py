"""Figures: shares that do not lie at the edges."""

from pathlib import Path
from typing import get_args

import pytest

import policy
from policy.figures import Of, share
from policy.tables import load_policy

POLICY = load_policy(Path(policy.__file__).parent)
TABLE = POLICY.figures


@pytest.mark.parametrize(
    ("part", "whole", "told"),
    [(0, 0, None), (0, 7, 0), (7, 7, 100), (1, 1000, 1), (999, 1000, 99), (1, 3, 33)],
)
def test_only_all_is_a_hundred_and_only_nothing_is_none(
    part: int, whole: int, told: int | None
) -> None:
    assert share(part, whole) == told


def test_each_knows_what_is_theirs() -> None:
    assert "gaps" not in TABLE.known_to(frozenset({"children"}))
    assert set(TABLE.known_to(frozenset({"cases"}))) == {
        *(f"cases_{grade}" for grade in ("red", "orange", "yellow", "blue")),
        *("reports", "closed", "solved", "unsolved", "told", "told_due"),
        *("after_30", "better_30", "after_90", "better_90"),
    }
    everybody = frozenset(get_args(Of))
    first, further = TABLE.known_to(everybody), TABLE.known_to(everybody, apart=True)
    assert {*first, *further} == set(TABLE.figures)
    assert not {*first} & {*further}


def test_whether_it_helped_stands_before_how_many_were_closed() -> None:
    keys = [*TABLE.figures]
    assert keys.index("better_30") < keys.index("better_90") < keys.index("closed")


def test_there_is_a_number_for_each_tier_by_its_name() -> None:
    names = {key: one.name for key, one in TABLE.figures.items() if key.startswith("tier_")}
    assert names["tier_red"] == "风险等级：红"
    assert len(names) == len(POLICY.rhythm.tiers)

"""Figures: shares that do not lie at the edges."""

from pathlib import Path

import pytest

import policy
from policy.figures import share
from policy.tables import load_policy

TABLE = load_policy(Path(policy.__file__).parent).figures


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
    }
    assert set(TABLE.known_to(frozenset({"children", "cases", "gaps"}))) == set(TABLE.figures)

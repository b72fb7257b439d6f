"""What is common to several cases, and what is one matter told twice."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.signals import Alike, Cluster, Near, Told, alike, in_common

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
ALIKE = Alike(within=timedelta(days=14), share=35, common=("孩子", "一个", "家的"))

RULES = Cluster(cases=3, within=timedelta(days=14), schools=("小学", "中学"))


def near(case_id: int, days: int = 0, **more: object) -> Near:
    values: dict[str, object] = {"grade": "yellow", "child_id": None, "village": 7}
    return Near(case_id=case_id, at=NOW - timedelta(days=days), **(values | more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("others", "kinds"),
    [
        ([near(2), near(3, 13)], {"village"}),
        ([near(2), near(3, 15)], set()),
        ([near(2), near(3, grade="blue")], set()),
        ([near(2, child_id=5), near(3, child_id=5)], set()),
        ([near(2, village=8), near(3, village=9)], set()),
        (
            [near(2, village=8, school="青石小学"), near(3, village=9, school="青石小学")],
            {"school"},
        ),
        ([near(2, village=8, adult="某某"), near(3, adult="某某")], {"adult"}),
        ([], set()),
    ],
)
def test_what_is_common_to_enough_cases(others: list[Near], kinds: set[str]) -> None:
    new = near(1, school="青石小学", adult="某某")
    assert set(in_common(new, others, RULES)) == kinds


def test_a_harmless_one_alerts_nobody_and_an_unknown_is_common_to_none() -> None:
    others = [near(2, village=None), near(3, village=None)]
    assert in_common(near(1, village=None), others, RULES) == {}
    assert in_common(near(1, grade="blue"), [near(2), near(3)], RULES) == {}


@given(st.integers(2, 9), st.permutations(range(2, 9)))
def test_the_order_of_the_others_plays_no_part(least: int, order: list[int]) -> None:
    rules = replace(RULES, cases=least)
    found = in_common(near(1), [near(one) for one in order], rules)
    assert set(found) == ({"village"} if least <= 8 else set())


@pytest.mark.parametrize(
    ("said", "school"),
    [("青石小学三（2）班", "青石小学"), ("青石 中学", "青石中学"), ("不知道", ""), ("小学", "")],
)
def test_a_school_is_heard_in_what_is_said(said: str, school: str) -> None:
    assert RULES.school_in(said) == school


def told(what: str, child: str = "", **more: object) -> Told:
    values: dict[str, object] = {"at": NOW, "child_id": None, "circumstances": ("guardian",)}
    return Told(what=what, child=child, **(values | more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (told("天天自己煮饭", "李小毛"), told("没人管", "老李家的小毛"), True),
        (told("天天自己煮饭", "小毛"), told("小毛几天没吃饭了", circumstances=("alone",)), True),
        (told("孩子天天自己煮饭没人管"), told("那家孩子天天自己煮饭"), True),
        (told("孩子天天自己煮饭", circumstances=("alone",)), told("孩子天天自己煮饭"), False),
        (told("天天自己煮饭"), told("不去上学"), False),
        (told("一个孩子", "一个孩子"), told("打人", "张家的孩子"), False),
        (told("煮饭", child_id=1), told("上学", child_id=1, circumstances=()), True),
        (
            told("天天自己煮饭", "小毛", child_id=1),
            told("天天自己煮饭", "小毛", child_id=2),
            False,
        ),
        (told("天天自己煮饭"), told("天天自己煮饭", at=NOW - timedelta(days=15)), False),
        (told(""), told(""), False),
    ],
)
def test_what_is_perhaps_the_same_matter(one: Told, other: Told, *, same: bool) -> None:
    assert alike(one, other, ALIKE) is same
    assert alike(other, one, ALIKE) is same

"""What is common to several cases, and what is one matter told twice."""

from datetime import UTC, datetime, timedelta

import pytest

from policy.signals import Alike, Cluster, Told, alike, are_enough

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
ALIKE = Alike(within=timedelta(days=14), share=35, common=("孩子", "一个", "家的"))

RULES = Cluster(cases=3, within=timedelta(days=14), schools=("小学", "中学"))


@pytest.mark.parametrize(
    ("cases", "enough"),
    [
        ([(1, None), (2, None), (3, None)], True),
        ([(1, 7), (2, None), (3, 8)], True),
        ([(1, None), (2, None)], False),
        ([(1, 7), (2, 7), (3, 7)], False),
        ([], False),
    ],
)
def test_so_many_children_alert_the_county(
    cases: list[tuple[int, int | None]], *, enough: bool
) -> None:
    assert are_enough(cases, RULES) is enough


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

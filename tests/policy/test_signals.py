"""What is perhaps one matter told twice."""

from datetime import UTC, datetime, timedelta

import pytest

from policy.signals import Alike, Told, alike

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
ALIKE = Alike(within=timedelta(days=14), share=35, common=("孩子", "一个", "家的"))


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

"""What adds up, and what is one matter told twice."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.grading import GRADES
from policy.signals import KINDS, Alike, Signal, Step, Told, Weak, add_up, alike, counted

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
WEAK = Weak(
    within=timedelta(days=90),
    people=2,
    weights={"report": 2, "absence": 1, "visit_failed": 1, "visit_worried": 2},
    steps=(Step(at_least=3, grade="yellow"), Step(at_least=5, grade="orange")),
)
ALIKE = Alike(within=timedelta(days=14), share=35, common=("孩子", "一个", "家的"))

signals = st.lists(
    st.builds(
        Signal,
        kind=st.sampled_from(KINDS),
        at=st.integers(0, 200).map(lambda days: NOW - timedelta(days=days)),
        by=st.integers(1, 4),
    ),
    max_size=8,
)


@pytest.mark.parametrize(
    ("told", "grade"),
    [
        ("", None),
        ("report:1", None),
        ("report:1 report:1 report:1", None),  # one person alone
        ("absence:1 visit_failed:2", None),
        ("report:1 absence:2", "yellow"),
        ("visit_failed:1 visit_failed:1 absence:2", "yellow"),
        ("report:1 report:2 absence:3", "orange"),
        ("report:1 visit_worried:2 visit_failed:2", "orange"),
    ],
)
def test_small_things_add_up(told: str, grade: str | None) -> None:
    given_ = [
        Signal(kind=kind, at=NOW - timedelta(days=3), by=int(by))  # type: ignore[arg-type]
        for kind, _, by in (one.partition(":") for one in told.split())
    ]
    assert add_up(given_, NOW, WEAK) == grade


@given(signals, signals)
def test_more_never_makes_it_less_urgent(some: list[Signal], more: list[Signal]) -> None:
    before, after = add_up(some, NOW, WEAK), add_up([*some, *more], NOW, WEAK)
    if before is not None:
        assert after is not None
        assert GRADES.index(after) <= GRADES.index(before)


@given(signals)
def test_the_order_plays_no_part_and_what_is_old_is_gone(some: list[Signal]) -> None:
    assert counted(some, NOW, WEAK) == counted(reversed(some), NOW, WEAK)
    assert add_up(some, NOW + timedelta(days=91), WEAK) is None


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

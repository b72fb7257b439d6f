"""What is common to several cases, and what is one matter told twice."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.durations import Workdays
from policy.grading import GRADES
from policy.signals import (
    KINDS,
    Alike,
    Cluster,
    Kind,
    Signal,
    Step,
    Sum,
    Told,
    Weak,
    add_up,
    alike,
    are_enough,
    sums,
)

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
ALIKE = Alike(within=timedelta(days=14), share=35, common=("孩子", "一个", "家的"))

RULES = Cluster(cases=3, within=timedelta(days=14), schools=("小学", "中学"))


TODAY = date(2026, 11, 20)
WEAK = Weak(
    within=timedelta(days=90),
    people=2,
    weights={"report": 2, "absence": 1, "visit_failed": 1, "visit_worried": 2},
    steps=(
        Step(at_least=3, grade="yellow", look=Workdays(3)),
        Step(at_least=5, grade="orange", look=Workdays(1)),
    ),
    worried={"hazard_mind": ("mind_withdrawn",)},
)


def signal(kind: Kind, days: int = 0, by: int | None = 1) -> Signal:
    return Signal(kind=kind, on=TODAY - timedelta(days=days), by=by)


def grade_of(*signals: Signal) -> str | None:
    total = add_up(signals, TODAY, WEAK)
    return None if total is None else total.step.grade


@pytest.mark.parametrize(
    ("signals", "grade"),
    [
        ([signal("report"), signal("absence", by=2)], "yellow"),
        ([signal("report"), signal("visit_worried", by=2)], "yellow"),
        ([signal("report"), signal("visit_worried", by=2), signal("absence", by=3)], "orange"),
        # One person alone, however often.
        ([signal("report", day) for day in range(5)], None),
        # The same person says the same thing twice on one day.
        ([signal("report"), signal("report"), signal("absence", by=2)], "yellow"),
        # What is older than the window, and what is to come.
        ([signal("report", 90), signal("absence", by=2)], None),
        ([signal("report", 89), signal("absence", by=2)], "yellow"),
        ([signal("report", -1), signal("absence", by=2)], None),
        ([], None),
    ],
)
def test_small_things_about_one_child_add_up(signals: list[Signal], grade: str | None) -> None:
    assert grade_of(*signals) == grade


def test_a_sum_says_what_it_is_of() -> None:
    total = add_up(
        [signal("absence", 3, by=2), signal("report", 1), signal("report", 2)], TODAY, WEAK
    )
    assert total is not None
    assert (total.on, total.kind) == (TODAY - timedelta(days=1), "report")
    assert dict(total.counts) == {"report": 2, "absence": 1}


def test_nobody_is_sent_because_of_a_report_alone() -> None:
    reports = [signal("report", 5), signal("report", 4, by=2)]
    assert sums(reports, WEAK) == ()
    [one] = sums([*reports, signal("absence", 4, by=3), signal("absence", 20, by=3)], WEAK)
    assert (one.on, one.step.grade) == (TODAY - timedelta(days=4), "orange")


def test_a_visitor_is_worried_by_some_answers() -> None:
    assert WEAK.is_worried({"hazard_mind": "mind_phone mind_withdrawn"})
    assert not WEAK.is_worried({"hazard_mind": "mind_phone", "note": "mind_withdrawn"})


signals = st.builds(
    signal, st.sampled_from(KINDS), st.integers(-5, 120), st.integers(1, 4) | st.none()
)


@given(st.lists(signals, max_size=12), signals)
def test_one_more_never_makes_it_less(known: list[Signal], more: Signal) -> None:
    def gravity(total: Sum | None) -> int:
        return 9 if total is None else GRADES.index(total.step.grade)

    assert gravity(add_up([*known, more], TODAY, WEAK)) <= gravity(add_up(known, TODAY, WEAK))


@given(st.lists(signals, max_size=12))
def test_each_day_is_counted_as_it_was_on_that_day(known: list[Signal]) -> None:
    def until(day: date) -> Iterable[Signal]:
        return [one for one in known if one.on <= day]

    for one in sums(known, WEAK):
        assert add_up(until(one.on), one.on, WEAK) == one


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

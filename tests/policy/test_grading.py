"""How urgent is it, and why."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import policy
from policy.grading import GRADES, Grading, Range, Rule, grade, may_change
from policy.tables import load_policy

GRADING = load_policy(Path(policy.__file__).parent).grading


@pytest.mark.parametrize(
    ("facts", "expected", "reasons"),
    [
        ({"kind": "danger"}, "red", ["danger_button"]),
        ({"circumstances": "guardian", "safe": "no"}, "red", ["not_safe"]),
        ({"circumstances": "sexual violence"}, "red", ["sexual"]),
        ({"circumstances": "missing"}, "red", ["missing"]),
        ({"circumstances": "self_harm", "safe": "yes"}, "red", ["self_harm"]),
        ({"circumstances": "violence", "safe": "unknown"}, "orange", ["violence"]),
        ({"circumstances": "alone"}, "orange", ["alone"]),
        ({"circumstances": "alone", "child_years": "7"}, "red", ["small_child_alone"]),
        ({"circumstances": "alone", "child_years": "8"}, "orange", ["alone"]),
        ({"with_whom": "nobody", "child_years": "0"}, "red", ["nobody_with_small_child"]),
        ({"circumstances": "guardian", "child_years": "7"}, "orange", ["guardian_of_small_child"]),
        ({"circumstances": "guardian", "child_years": "8"}, "yellow", ["guardian"]),
        ({"circumstances": "hurt", "hospital": "no"}, "red", ["hurt_not_treated"]),
        ({"circumstances": "hurt", "hospital": "yes"}, "orange", ["hurt"]),
        ({"circumstances": "guardian"}, "yellow", ["guardian"]),
        ({"circumstances": "guardian", "parents": "gone"}, "orange", ["guardian_gone"]),
        ({"circumstances": "out_of_school", "absent_days": "3"}, "yellow", ["out_of_school"]),
        ({"circumstances": "out_of_school", "absent_days": "7"}, "orange", ["long_absent"]),
        ({"circumstances": "other"}, "blue", ["other"]),
        ({"kind": "report", "danger_words": "neglect"}, "orange", ["words_of_neglect"]),
        ({"danger_words": "neglect self_harm"}, "red", ["words_of_life"]),
        ({"kind": "message"}, "yellow", ["message"]),
        ({"kind": "unfinished"}, "orange", ["unfinished"]),
        ({"with_whom": "suspect"}, "red", ["with_suspect"]),
        ({}, "yellow", []),
        ({"circumstances": "", "absent_days": "many"}, "yellow", []),
    ],
)
def test_facts_give_a_grade_and_its_reasons(
    facts: dict[str, str], expected: str, reasons: list[str]
) -> None:
    graded = grade(facts, GRADING)
    assert (graded.grade, [reason.key for reason in graded.reasons]) == (expected, reasons)


def test_all_reasons_of_the_highest_grade_are_told() -> None:
    graded = grade({"circumstances": "missing self_harm guardian", "safe": "no"}, GRADING)
    assert [reason.key for reason in graded.reasons] == ["not_safe", "missing", "self_harm"]


def test_kept_reasons_are_read_back_as_words_and_old_ones_are_passed_over() -> None:
    assert GRADING.reasons(["sexual", "a_rule_of_last_year"]) == ("疑似性侵害",)


def test_facts_may_be_sets() -> None:
    assert grade({"circumstances": {"violence", "missing"}}, GRADING).grade == "red"


names = st.sampled_from(["a", "b"])
values = st.sampled_from(["x", "y", "3", "12"])
wanted = (
    values
    | st.lists(values, min_size=1).map(tuple)
    | st.builds(Range, at_least=st.none() | st.integers(0, 9), at_most=st.integers(0, 20))
)
rules = st.builds(
    Rule,
    grade=st.sampled_from(GRADES),
    reason=st.just("因为"),
    when=st.dictionaries(names, wanted, min_size=1),
)
facts = st.dictionaries(names, st.frozensets(values))


@given(facts=facts, table=st.dictionaries(st.text("rst", min_size=1), rules))
def test_a_grade_is_the_worst_of_its_reasons(
    facts: dict[str, frozenset[str]], table: dict[str, Rule]
) -> None:
    graded = grade(facts, Grading(rules=table, otherwise="blue"))
    assert {table[reason.key].grade for reason in graded.reasons} <= {graded.grade}
    assert graded.reasons or graded.grade == "blue"


@given(facts=facts, table=st.dictionaries(st.text("rst", min_size=1), rules), extra=rules)
def test_a_rule_more_never_makes_a_report_less_urgent(
    facts: dict[str, frozenset[str]], table: dict[str, Rule], extra: Rule
) -> None:
    before = grade(facts, Grading(rules=table, otherwise="blue")).grade
    after = grade(facts, Grading(rules={**table, "extra": extra}, otherwise="blue")).grade
    assert GRADES.index(after) <= GRADES.index(before)


@pytest.mark.parametrize(
    ("old", "new", "reason", "allowed"),
    [
        ("blue", "red", "", True),
        ("yellow", "orange", "", True),
        ("red", "orange", "", False),
        ("red", "orange", "   ", False),
        ("red", "orange", "。", False),
        ("red", "yellow", "见到孩子了，没事", True),
        ("red", "red", "见到孩子了，没事", False),
        ("red", "green", "见到孩子了，没事", False),
    ],
)
def test_a_human_raises_freely_and_lowers_with_a_reason(
    old: str, new: str, reason: str, allowed: bool
) -> None:
    assert may_change(old, new, reason) == allowed


def test_not_every_post_may_lower() -> None:
    assert not may_change("red", "yellow", "见到孩子了，没事", lowers=False)
    assert may_change("yellow", "red", "", lowers=False)

"""The score of an assessment: every answer has its points, and red flags come first."""

from collections.abc import Mapping
from operator import itemgetter
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from bot.county.rules import read_rules
from bot.settings import read_settings
from conversation.sheets import read_workbook
from policy.assessment import judge
from policy.grading import GRADES

TABLE = read_rules(read_settings()).policy.assessment
FORM = Path(__file__).parents[2] / "forms" / "case_assess.md"
BEST = {
    name: max(item.points.items(), key=itemgetter(1))[0]
    for name, item in TABLE.items.items()
    if item.full is None
}


def choices() -> Mapping[str, set[str]]:
    """Question -> what can be answered, as the form says."""
    sheets = read_workbook(FORM.read_bytes(), FORM.name).sheets
    listed: dict[str, set[str]] = {}
    for row in sheets["choices"].rows:
        listed.setdefault(row.cells["list_name"], set()).add(row.cells["name"])
    asked = [row.cells for row in sheets["survey"].rows]
    return {
        row["name"]: listed[row["type"].split()[1]]
        for row in asked
        if row["type"].startswith("select")
    }


def test_every_answer_of_the_form_has_its_points_and_every_point_an_answer() -> None:
    counted = {name: set(item.points) for name, item in TABLE.items.items()}
    assert choices() == {"red_flags": set(TABLE.flags), **counted}


def test_the_best_answers_propose_the_lowest_grade_and_the_worst_the_highest() -> None:
    assert judge(TABLE, BEST).score == 100
    assert judge(TABLE, BEST).level.grade == GRADES[-1]
    assert judge(TABLE, {}).level.grade == GRADES[0]


@given(st.data())
def test_a_red_flag_overrides_whatever_the_score_would_be(data: st.DataObject) -> None:
    answers = {
        name: data.draw(st.sampled_from(sorted(item.points))) for name, item in TABLE.items.items()
    }
    flag = data.draw(st.sampled_from(sorted(TABLE.flags)))
    found = judge(TABLE, {**answers, "red_flags": flag})
    assert (found.level.grade, found.score, found.flags) == (GRADES[0], None, (flag,))


@given(st.data())
def test_a_worse_answer_never_proposes_a_lower_grade(data: st.DataObject) -> None:
    items = {name: item for name, item in TABLE.items.items() if item.full is None}
    answers = {
        name: data.draw(st.sampled_from(sorted(item.points))) for name, item in items.items()
    }
    name = data.draw(st.sampled_from(sorted(items)))
    worse = min(items[name].points.items(), key=itemgetter(1))[0]
    before, after = judge(TABLE, answers), judge(TABLE, {**answers, name: worse})
    assert GRADES.index(after.level.grade) <= GRADES.index(before.level.grade)

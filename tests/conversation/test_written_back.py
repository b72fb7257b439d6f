"""A form that has no file any more becomes one, and that one is the same form again."""

import re
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from conversation.form import Form
from conversation.publishing import Published, as_xlsx, publish
from conversation.sheets import read_workbook
from conversation.written_back import written_back
from conversation.xform import compile_xform
from tests.conversation.test_publishing import CELLS, GOOD, PUBLIC, SPOILT, published, survey
from tests.forms.sheets import SOURCES
from tests.oracle.walks import mended_xml

OTHERS = sorted(path for path in PUBLIC.iterdir() if path.suffix in {".xlsx", ".csv"})


def again(form: Form) -> Form:
    """Written back, opened and published once more."""
    return published(as_xlsx(written_back(Form.from_json(form.to_json()))), "again.xlsx")


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_our_own_forms_come_back_as_the_same_version(source: Path) -> None:
    form = published(source.read_bytes(), source.name)
    assert again(form).version == form.version


@pytest.mark.parametrize("source", OTHERS, ids=lambda source: source.name)
def test_forms_of_others_come_back_as_the_same_version(source: Path) -> None:
    """Without the rows that we refuse."""
    xml = mended_xml(source)
    form = compile_xform(xml)[0] if xml else None
    if form is None:
        pytest.skip("refused as a whole")
    back = again(form)
    assert back.to_json() == form.to_json()


def test_every_function_comes_back() -> None:
    source = PUBLIC.parent / "expressions.md"
    form = published(source.read_bytes(), source.name)
    assert again(form).to_json() == form.to_json()


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(CELLS), SPOILT)
def test_what_was_published_of_a_spoilt_sheet_comes_back(
    cell: tuple[int, int], words: str
) -> None:
    lines = [line.split("|") for line in GOOD.splitlines()]
    lines[cell[0]][cell[1]] = words.replace("\n", " ").replace("|", "")
    outcome = publish("\n".join("|".join(line) for line in lines).encode(), "form.md")
    assume(isinstance(outcome, Published))
    assert isinstance(outcome, Published)
    assert again(outcome.form).to_json() == outcome.form.to_json()


def test_a_clerk_reads_names_and_chinese_words_in_it() -> None:
    sheets = written_back(published(GOOD))
    assert list(sheets) == ["问卷", "选项", "设置"]
    assert sheets["设置"] == [["表单标题", "表单编号"], ["看孩子", "look"]]
    survey_rows = {
        row[1]: dict(zip(sheets["问卷"][0], row, strict=True)) for row in sheets["问卷"]
    }
    assert survey_rows["safe"]["题型"] == "单选 有无"
    assert survey_rows["age"]["显示条件"] == "${safe}='yes'"
    assert survey_rows["told"]["题目"] == "明年 ${next} 岁。"
    assert survey_rows["next"]["计算公式"] == "${age}+1"


def test_two_questions_of_one_name_keep_their_paths() -> None:
    form = published(
        survey(
            "begin_group | a | | |",
            "integer | n | 几个？ | |",
            "end_group | | | |",
            "begin_group | b | | |",
            "integer | n | 几个？ | |",
            "end_group | | | |",
            "calculate | both | | /data/a/n + /data/b/n |",
        )
    )
    assert again(form).to_json() == form.to_json()


def test_the_columns_of_a_list_are_in_an_order_that_every_row_had() -> None:
    choices = "\n".join(
        [
            "| choices |",
            "| | list_name | name | label | one | two | three |",
            "| | l | a | 甲 | 1 | | 3 |",
            "| | l | b | 乙 | | 2 | 3 |",
            "| | l | c | 丙 | 1 | 2 | |",
        ]
    )
    form = published(f"{survey('select_one l | q | 选 | |')}\n{choices}")
    assert again(form).to_json() == form.to_json()
    book = read_workbook(as_xlsx(written_back(form)), "again.xlsx")
    assert re.fullmatch(
        "list_name name label one two three", " ".join(book.sheets["choices"].columns)
    )

"""Our own forms publish without a word of complaint, from text and from Excel alike."""

import re
from pathlib import Path

import pytest

from conversation.publishing import Published, publish, to_xlsx
from tests.forms.sheets import FORMS, SOURCES


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_the_form_publishes_without_a_fault_or_a_warning(source: Path) -> None:
    outcome = publish(source.read_bytes(), source.name)
    assert isinstance(outcome, Published), outcome
    assert (outcome.form.name, outcome.warnings) == (source.stem, ())


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_a_clerk_who_exports_the_form_and_changes_nothing_publishes_the_same(
    source: Path,
) -> None:
    text = publish(source.read_bytes(), source.name)
    excel = publish(to_xlsx(source.read_bytes(), source.name), f"{source.stem}.xlsx")
    assert isinstance(text, Published)
    assert isinstance(excel, Published), excel
    assert excel.form.version == text.form.version


def test_the_clerks_page_tells_of_every_form_and_of_no_other() -> None:
    page = (FORMS.parent / "docs" / "forms.md").read_text("utf-8")
    told = page.partition("## 二、")[2].partition("## 三、")[0]
    named = re.findall(r"^\| ([a-z_]+) \|", told, re.MULTILINE)
    assert sorted(named) == [path.stem for path in SOURCES]


def test_a_clerk_may_write_everything_in_chinese() -> None:
    sheet = """
| 问卷 |
| | 题型 | 变量名 | 题目 | 必填 | 显示条件 | 限制条件 | 限制提示 |
| | 单选 有无 | ill | 孩子病了吗？ | 是 | | | |
| | 日期时间 | since | 什么时候病的？ | | ${ill} ＝ ‘yes’ | . <= now（） | 这个时间还没到 |

| 选项 |
| | 列表 | 选项值 | 选项 |
| | 有无 | yes | 病了 |
| | 有无 | no | 没有 |

| 设置 |
| | 表单标题 | 表单编号 |
| | 生病 | ill |
"""
    outcome = publish(sheet.encode(), "ill.md")
    assert isinstance(outcome, Published), outcome
    assert [question.kind for question in outcome.form.questions] == ["select_one", "dateTime"]

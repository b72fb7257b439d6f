import csv
import io
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook as Excel
from openpyxl import load_workbook

from conversation.form import FORMAT, Form
from conversation.publishing import Published, Refused, publish, to_xlsx
from conversation.sheets import MAX_BYTES, UnreadableFileError, halfwidth, read_grids, type_name
from tests.conversation.talks import Talk

PUBLIC = Path(__file__).parents[1] / "oracle" / "examples" / "pyxform"
GOOD = """
| 问卷 |
| | 题型 | 变量名 | 题目 | 必填 | 显示条件 | 限制条件 | 限制提示 | 计算公式 |
| | 单选 有无 或其他 | safe | 孩子“安全”吗？ | 是 | | | | |
| | 整数 | age | 几岁？ | | ${safe}＝“yes” | 。＜18 and 。＞0 | 请写 1 到 17 | |
| | 计算 | next | | | | | | ${age}＋1 |
| | 说明 | told | 明年 ${next} 岁。 | | | | | |
| | 开始重复 | kids | 孩子 | | | | | |
| | 文字 | kid | 叫什么？ | 是 | | | | |
| | 结束重复 | | | | | | | |
| 选项 |
| | 列表 | 选项值 | 选项 |
| | 有无 | yes | 是 |
| | 有无 | no | 不是 |
| 设置 |
| | 表单标题 | 表单编号 |
| | 看孩子 | look |
"""
BAD = """
| 问卷 |
| | 题型 | 变量名 | 题目 | 必填 | 显示条件 | 限制条件 | 计算公式 |
| | 单选 村 | where | 在哪 | 是 | | | |
| | 地块 | plot | 画地块 | | | | |
| | 文字 | b b | 空格名 | | | | |
| | 整数 | age | 几岁 | | ${c} = 1 | . < 18 and | |
| | 计算 | x | | | | | ${y} + 1 |
| | 计算 | y | | | | | ${x} + 1 |
| | 文字 | t | 说 | | foo(${age}) > 1 | | |
| | 开始组 | g | 组 | | | | |
| | geotrace | line | 线 | | | | |
| | 多选 有无 | age | 重名 | | | | |
| 选项 |
| | 列表 | 选项值 | 选项 |
| | 有无 | a | 甲 |
| | 有无 | a | 乙 |
| | 有无 | c d | 丙 |
"""


def published(source: str | bytes, name: str = "form.md") -> Form:
    outcome = publish(source.encode() if isinstance(source, str) else source, name)
    assert isinstance(outcome, Published), [fault.sentence() for fault in outcome.faults]
    return outcome.form


def refused(source: str | bytes, name: str = "form.md") -> list[str]:
    outcome = publish(source.encode() if isinstance(source, str) else source, name)
    assert isinstance(outcome, Refused)
    return [fault.sentence() for fault in outcome.faults]


def survey(*rows: str, head: str = "type | name | label | calculation | relevant") -> str:
    return "\n".join(["| survey |", f"| | {head} |", *(f"| | {row} |" for row in rows)])


# -- what an office writes ------------------------------------------------------------------------


def test_a_form_may_be_written_in_chinese_throughout() -> None:
    form = published(GOOD)
    assert (form.name, form.title) == ("look", "看孩子")
    assert [(question.name, question.kind) for question in form.questions] == [
        ("safe", "select_one"),
        ("safe_other", "text"),
        ("age", "integer"),
        ("next", "calculate"),
        ("told", "note"),
        ("kid", "text"),
    ]
    talk = Talk(form)
    assert talk.asked.label == "孩子“安全”吗？"
    assert talk.labels == ["是", "不是", "其他"]
    talk.says("1", "20")
    assert talk.asked.because == "请写 1 到 17"
    talk.says("9")
    assert talk.asked.notes == ("明年 10 岁。",)


def test_every_fault_is_said_at_once_with_sheet_row_what_and_cure() -> None:
    sentences = refused(BAD)
    assert [sentence.partition("。")[0] for sentence in sentences] == [
        "「问卷」第2行“题型”：选项表里没有列表“村”",
        "「问卷」第3行“题型”：不认识题型“地块”",
        "「问卷」第4行“变量名”：变量名“b b”不能用",
        "「问卷」第5行“显示条件”：引用了不存在的变量“c”",
        "「问卷」第5行“限制条件”：公式没有写完",
        "「问卷」第6行：第 6、7 行互相引用，无法计算",
        "「问卷」第8行“显示条件”：引用的变量“age”有好几个同名的",
        "「问卷」第8行“显示条件”：不认识的函数 foo()",
        "「问卷」第9行“题型”：这里开始的组没有结束",
        "「问卷」第10行“题型”：暂不支持题型“geotrace”",
        "「选项」第3行“选项值”：列表“有无”里这个选项值和第 2 行重复",
        "「选项」第4行“选项值”：选项值“c d”里有空格",
    ]
    assert all(sentence.count("。") >= 2 for sentence in sentences)  # and a cure for each


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("text | | 没名字 | |", "「问卷」第2行“变量名”：没有写变量名"),
        ("| q | 没题型 | |", "「问卷」第2行“题型”：没有写题型"),
        ("calculate | c | | |", "「问卷」第2行“计算公式”：计算题没有写计算公式"),
        ("end_group | | | |", "「问卷」第2行“题型”：这里结束的组没有开始"),
        ("text | q | 写 ${ a } | |", "「问卷」第2行“题目”：引用“${ a }”写得不对"),
        (
            "text | q | ${last-saved#q} | |",
            "「问卷」第2行“题目”：暂不支持引用上次填的答案“last-saved#q”",
        ),
        ("calculate | c | | ${c} + 1 |", "「问卷」第2行：第 2 行互相引用，无法计算"),
        ("select_one_from_file a.xml | q | 选 | |", "「问卷」第2行“题型”：“a.xml”不是 .csv 名单"),
        ("select_one | q | 选 | |", "「问卷」第2行“题型”：单选、多选要写明用哪个列表"),
        ("calculate | c | | ../../../../../x/. |", None),
    ],
)
def test_one_fault_is_said_in_one_sentence(row: str, said: str | None) -> None:
    outcome = publish(survey(row).encode(), "form.md")
    assert isinstance(outcome, Refused)
    if said:
        assert [fault.sentence().partition("。")[0] for fault in outcome.faults] == [said]


def test_conditions_that_go_round_through_a_group_are_a_cycle() -> None:
    sentences = refused(
        survey("begin_group | g | | | ${a} = 1", "text | a | 甲 | |", "end_group | | | |")
    )
    assert sentences[0].startswith("「问卷」第2行：第 ")


def test_a_label_too_long_for_a_button_is_refused() -> None:
    choices = f"| choices |\n| | list_name | name | label |\n| | l | a | {'长' * 65} |"
    sentences = refused(f"{survey('select_one l | q | 选 | |')}\n{choices}")
    assert sentences == [
        "「选项」第2行“选项”：选项“长长长长长长长长长长长长…”太长，按钮上放不下。"
        "请缩短到 64 个字以内。"
    ]


def test_what_stands_in_for_a_place_must_be_a_sibling_of_the_right_type() -> None:
    head = "type | name | label | bind::words | bind::position"
    sentences = refused(
        survey(
            "select_one_from_file areas.csv | where | 哪里 | point | nobody",
            "geopoint | point | 位置 | |",
            head=head,
        )
    )
    assert [sentence.partition("。")[0] for sentence in sentences] == [
        "「问卷」第2行“文字代替”：“文字代替”写的“point”不是同一组里的文字题",
        "「问卷」第2行“位置代替”：“位置代替”写的“nobody”不是同一组里的位置题",
    ]


def test_an_appearance_that_nobody_knows_is_a_warning() -> None:
    outcome = publish(
        survey("text | q | 写 | 花样", head="type | name | label | appearance").encode(), "f.md"
    )
    assert isinstance(outcome, Published)
    assert outcome.warnings == ("「问卷」第2行：不认识外观“花样”，没有使用。",)


def test_of_several_languages_the_chinese_one_is_taken() -> None:
    form = published(
        survey(
            "text | q | What? | 什么？",
            head="type | name | label::English (en) | label::中文 (zh)",
        )
    )
    assert Talk(form).asked.label == "什么？"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("${a}＝“是”", "${a}='是'"),
        ("（${a}＞１）", "(${a}>1)"),
        ("'，' = ${a}", "'，' = ${a}"),
        ("${a}≥3 and ${b}≠2", "${a}>=3 and ${b}!=2"),
        ("“it's”", '"it\'s"'),
    ],
)
def test_the_signs_of_a_chinese_keyboard_are_made_plain_outside_quotes(
    written: str, read: str
) -> None:
    assert halfwidth(written) == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("单选 村", "select_one 村"),
        ("多选　情况 或其他", "select_multiple 情况 or_other"),
        ("Select One yn", "select_one yn"),
        ("开始重复", "begin_repeat"),
        ("begin group", "begin_group"),
        ("没见过", "没见过"),
    ],
)
def test_types_have_chinese_names(written: str, read: str) -> None:
    assert type_name(written) == read


# -- files ----------------------------------------------------------------------------------------


def test_a_form_goes_out_to_excel_and_comes_back_the_same() -> None:
    exported = to_xlsx(GOOD.encode(), "form.md")
    assert published(exported, "form.xlsx").version == published(GOOD).version
    book = load_workbook(io.BytesIO(exported))
    assert book.sheetnames == ["问卷", "选项", "设置"]
    assert book["问卷"]["B3"].value == "age"


def test_a_cell_that_looks_like_a_formula_stays_words() -> None:
    exported = to_xlsx(survey("note | n | =1+1 | |").encode(), "form.md")
    assert load_workbook(io.BytesIO(exported))["survey"]["C2"].data_type == "s"
    assert published(exported, "form.xlsx").questions[0].label == ("=1+1",)


def test_numbers_and_dates_of_excel_are_read_as_they_look() -> None:
    book = Excel()
    sheet = book.active
    assert sheet is not None
    sheet.append([1.0, 2.5, True, date(2026, 11, 23), datetime(2026, 1, 2, 3, 4), None, " x "])  # noqa: DTZ001
    written = io.BytesIO()
    book.save(written)
    assert read_grids(written.getvalue(), "a.xlsx") == {
        "Sheet": [["1", "2.5", "TRUE", "2026-11-23", "2026-01-02T03:04:00", "", "x"]]
    }


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_of_excel_or_wps_is_read(encoding: str) -> None:
    lines = io.StringIO()
    csv.writer(lines).writerows([["题型", "变量名", "题目"], ["文字", "q", "怎么了？"]])
    assert Talk(published(lines.getvalue().encode(encoding), "form.csv")).asked.label == "怎么了？"


def test_a_csv_may_hold_several_sheets() -> None:
    rows = [
        ["问卷"], ["", "题型", "变量名", "题目"], ["", "单选 l", "q", "哪个？"],
        ["选项"], ["", "列表", "选项值", "选项"], ["", "l", "a", "甲"],
    ]  # fmt: skip
    lines = io.StringIO()
    csv.writer(lines).writerows(rows)
    assert Talk(published(lines.getvalue().encode(), "form.csv")).labels == ["甲"]


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"\xd0\xcf\x11\xe0 old", "form.xlsx", "这是老格式（.xls、.et）的表"),
        (b"\xd0\xcf\x11\xe0 old", "form.csv", "这是老格式（.xls、.et）的表"),
        (
            b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"),
            "form.xlsx",
            "这个文件加了打开密码",
        ),
        (b"not a zip", "form.xlsx", "无法打开这个文件"),
        ("题型,变量名".encode("gb18030"), "form.xlsx", "无法打开这个文件"),
        (b"<html><table>", "form.xls", "无法打开这个文件"),
        (b"x", "form.xls", "无法打开这个文件"),
        (b"x", "form.docx", "不认识扩展名“docx”"),
        (b"", "form.md", "文件里没有表格"),
        (b"hello", "form.md", "文件里没有表格"),
        (b"\xff\xfe\xff\xff\xff", "form.csv", "文字编码不对"),
        (b"x" * (MAX_BYTES + 1), "form.md", "文件太大（超过 2 MB）"),
        (
            "| 别的 |\n| | 甲 |\n| 另外 |\n| | 乙 |".encode(),
            "form.md",
            "没有叫“问卷”（survey）的工作表，只有“别的”、“另外”",
        ),
    ],
)
def test_a_file_that_is_no_form_is_refused_in_one_sentence(
    content: bytes, name: str, said: str
) -> None:
    assert refused(content, name)[0].partition("。")[0] == said


ROWS = [
    ["题型", "变量名", "题目", "显示条件"],
    ["单选 有无", "a", "有没有？"],
    ["整数", "n", "几个？", "${a}='yes'"],
]
LISTS = [["列表", "选项值", "选项"], ["有无", "yes", "有"]]


def book(**sheets: list[list[str]]) -> bytes:
    """A workbook as somebody saved it."""
    written, excel = io.BytesIO(), Excel()
    excel.remove(excel.worksheets[0])
    for title, rows in sheets.items():
        sheet = excel.create_sheet(title)
        for row in rows:
            sheet.append(row)
    excel.save(written)
    return written.getvalue()


@pytest.mark.parametrize("name", ["form.xls", "form.csv", "form.md", "form.et", "form.xltx"])
def test_a_workbook_is_read_whatever_it_is_called(name: str) -> None:
    assert published(book(问卷=ROWS, 选项=LISTS), name).questions[1].name == "n"


@pytest.mark.parametrize(
    "sheets",
    [
        {"问 卷": ROWS, " 选 项 ": LISTS},
        {"问卷（2026年）": ROWS, "选项表（新）": LISTS},
        {"问卷": ROWS, "问卷（旧的）": [["别的"]], "选项": LISTS, "survey": []},
        {"问卷": [["云岭县问卷"], [], *ROWS], "选项": [["选项表"], *LISTS]},
    ],
)
def test_sheets_are_found_as_people_call_them_and_below_a_title(
    sheets: dict[str, list[list[str]]],
) -> None:
    form = published(book(**sheets), "form.xlsx")
    assert [question.name for question in form.questions] == ["a", "n"]


def test_below_a_title_rows_are_still_counted_as_excel_counts_them() -> None:
    rows = [["云岭县问卷"], *ROWS, ["地块", "p", "画地块"]]
    sentences = refused(book(问卷=rows, 选项=LISTS), "form.xlsx")
    assert [one.partition("。")[0] for one in sentences] == [
        "「问卷」第5行“题型”：不认识题型“地块”"
    ]


@pytest.mark.parametrize(
    ("sheets", "said"),
    [
        ({"问卷": ROWS, "survey": ROWS, "选项": LISTS}, ["“问卷”、“survey”是同一张表的两个名字"]),
        ({"问卷": ROWS}, ["没有叫“选项”（choices）的工作表，单选、多选没有选项"]),
        (
            {"问卷": [["题型", "题目"], ["文字", "?"], ["文字", "?"]], "选项": [["选项"], ["有"]]},
            [
                "「问卷」：没有“变量名”这一列",
                "「选项」：没有“列表”这一列",
                "「选项」：没有“选项值”这一列",
            ],
        ),
        (
            {"问卷": [*ROWS, *([["文字", f"q{n}", "?"] for n in range(999)])], "选项": LISTS},
            ["「问卷」：有 1001 行题目，太多了"],
        ),
        ({"问卷": [*ROWS, *([["文字"]] * 5000)], "选项": LISTS}, ["有一张表超过 5000 行"]),
    ],
)
def test_what_is_missing_or_too_much_is_said_once(
    sheets: dict[str, list[list[str]]], said: list[str]
) -> None:
    sentences = refused(book(**sheets), "form.xlsx")
    assert [one.partition("。")[0] for one in sentences] == said


def test_a_sheet_that_is_not_used_is_a_warning() -> None:
    outcome = publish(book(问卷=ROWS, 选项=LISTS, 说明=[["怎么填"]]), "form.xlsx")
    assert isinstance(outcome, Published)
    assert outcome.warnings == ("工作表“说明”没有使用。",)


def test_marks_that_nobody_sees_are_not_part_of_a_name() -> None:
    rows = [*ROWS, ["文字", "t\u200b", "\ufeff说"]]
    form = published(book(问卷=rows, 选项=LISTS), "form.xlsx")
    assert (form.questions[2].name, form.questions[2].label) == ("t", ("说",))


@pytest.mark.parametrize("path", sorted(PUBLIC.glob("*.[cx]*")), ids=lambda path: path.name)
def test_forms_of_others_are_published_or_refused_for_a_stated_reason(path: Path) -> None:
    outcome = publish(path.read_bytes(), path.name)
    if isinstance(outcome, Published):
        Talk(Form.from_json(outcome.form.to_json()))
    else:
        assert outcome.faults
        assert [fault for fault in outcome.faults if not fault.sentence().endswith("。")] == []


CELLS = [
    (row, column)
    for row, line in enumerate(GOOD.splitlines())
    if line.startswith("| |")
    for column in range(2, line.count("|"))
]
SPOILT = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["${x}", "${age}", "1 +", "begin_repeat", "单选", "=", "'", "..", "none", "()"]
    ),
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(CELLS), SPOILT)
def test_any_one_spoilt_cell_is_taken_or_named(cell: tuple[int, int], words: str) -> None:
    lines = [line.split("|") for line in GOOD.splitlines()]
    lines[cell[0]][cell[1]] = words.replace("\n", " ").replace("|", "")
    outcome = publish("\n".join("|".join(line) for line in lines).encode(), "form.md")
    match outcome:
        case Published(form=form):
            Talk(Form.from_json(form.to_json())).says("1", "9", "跳过")
        case Refused(faults=faults):
            assert faults
            assert [f for f in faults if not f.sentence().endswith("。")] == []


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(["a.xlsx", "a.csv", "a.md", "a"]))
def test_any_bytes_are_refused_with_words(content: bytes, name: str) -> None:
    assert all(sentence.endswith("。") for sentence in refused(content, name))


def test_an_export_of_what_cannot_be_read_says_so() -> None:
    with pytest.raises(UnreadableFileError):
        to_xlsx(b"", "form.md")


# -- the compiled form ----------------------------------------------------------------------------


def test_a_compiled_form_comes_back_the_same_from_its_json() -> None:
    form = published(GOOD)
    back = Form.from_json(form.to_json())
    assert back.to_json() == form.to_json()
    assert back.root == form.root
    assert back.version == form.version


def test_another_word_is_another_version() -> None:
    other = GOOD.replace("几岁？", "多大？")
    assert published(other).version != published(GOOD).version


@pytest.mark.parametrize("written", ["{}", "[]", f'{{"format": {FORMAT + 1}}}', "not json"])
def test_what_is_no_compiled_form_is_refused(written: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - json's own and ours are the same to a caller
        Form.from_json(written)


def test_answers_are_named_as_the_sheet_names_them() -> None:
    form = published(GOOD)
    assert form.names({"/data/age": "3", "/data/kids[2]/kid": "小红"}) == {
        "age": "3",
        "kids[2]/kid": "小红",
    }

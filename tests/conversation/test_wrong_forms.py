"""Sheets as people in a hurry write them: what can be understood is, all else is said at once."""

import pytest

from conversation.publishing import Published, publish
from conversation.sheets import halfwidth, is_form, type_name
from tests.conversation.test_publishing import book, published, refused

HEAD = [
    "题型",
    "变量名",
    "题目",
    "必填",
    "显示条件",
    "限制条件",
    "限制提示",
    "默认值",
    "外观",
    "选项筛选",
]
LISTS = [["列表", "选项值", "选项"], ["有无", "yes", "有"], ["有无", "no", "没有"]]
FIRST = [["单选 有无", "a", "有没有？"], ["整数", "n", "几个？"]]


def sheet(*rows: list[str], lists: list[list[str]] | None = None) -> bytes:
    """A workbook with two good questions, and these below them: from row 4 on."""
    return book(问卷=[HEAD, *FIRST, *rows], 选项=lists or LISTS)


def faults(*rows: list[str], lists: list[list[str]] | None = None) -> list[str]:
    """The first sentence of each fault."""
    sentences = refused(sheet(*rows, lists=lists), "form.xlsx")
    assert all(one.count("。") >= 2 for one in sentences)  # and a cure for each
    return [one.partition("。")[0] for one in sentences]


def warnings(*rows: list[str], lists: list[list[str]] | None = None) -> tuple[str, ...]:
    """What is said of a form that can be published."""
    outcome = publish(sheet(*rows, lists=lists), "form.xlsx")
    assert isinstance(outcome, Published), outcome
    return outcome.warnings


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("${a} == 'yes'", "${a} = 'yes'"),
        ("${a} <> 'yes'", "${a} != 'yes'"),
        ("${a}='yes'&&${n}>1", "${a}='yes' and ${n}>1"),
        ("${a}='yes' || ${n}>1", "${a}='yes' or ${n}>1"),
        ("${n} > 3 AND ${n} < 5", "${n} > 3 and ${n} < 5"),
        ("(${n}>3)OR(${n}<1)", "(${n}>3)or(${n}<1)"),
        ("$(a) = 'yes'", "${a} = 'yes'"),
        ("{a} = 'yes'", "${a} = 'yes'"),
        ("＄｛a｝＝“yes”", "${a}='yes'"),
        ("regex(., '^[0-9]{7}$')", "regex(., '^[0-9]{7}$')"),
        ("${a} = 'A && B == {c}'", "${a} = 'A && B == {c}'"),
        ("${AND} = 'OR'", "${AND} = 'OR'"),
    ],
)
def test_signs_of_other_languages_are_read_as_they_are_meant(written: str, read: str) -> None:
    assert halfwidth(written) == read


@pytest.mark.parametrize(
    "written", ["单选有无", "单选（有无）", "单选：有无", "单选_有无", "单选题 有无", "单选 有无"]
)
def test_a_list_may_stand_close_to_its_type(written: str) -> None:
    assert type_name(written) == "select_one 有无"


@pytest.mark.parametrize("written", ["必须", "*", "Y", "√", "必答"])
def test_there_are_many_words_for_required(written: str) -> None:
    assert published(sheet(["文字", "t", "说", written]), "f.xlsx").questions[2].required


def test_a_name_between_words_is_one_from_any_keyboard() -> None:
    form = published(sheet(["说明", "t", "一共＄｛n｝个"]), "f.xlsx")
    assert form.questions[2].label == ("一共", "/data/n", "个")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (["文字", "t", "说", "", "${a} = yes"], "“显示条件”：引用了不存在的变量“yes”"),
        (["文字", "t", "说", "", "当a=yes时显示"], "“显示条件”：引用了不存在的变量“当a”"),
        (["文字", "t", "说", "", "${a} = 'yes"], "“显示条件”：第 8 个字的引号没有成对"),
        (["文字", "t", "说", "", "${A} = 'yes'"], "“显示条件”：引用了不存在的变量“A”"),
        (["文字", "t", "说", "", ". = 'yes'"], "“显示条件”：这里看不到这一题自己的答案（“.”）"),
        (["文字", "t", "说", "看情况"], "“必填”：“必填”里写的“看情况”看不懂"),
        (["文字", "t", "#REF!"], "“题目”：这一格是算错的公式（#REF!）"),
        (["文字", "#N/A", "说"], "“变量名”：这一格是算错的公式（#N/A）"),
        (["", "t", "说", "", "", "", "", "", "", "x > 1"], "“题型”：没有写题型"),
        (["文字", "t", "说", *[""] * 5, "${x}"], "“外观”：引用了不存在的变量“x”"),
        (["文字", "t", "长" * 301], "“题目”：这里的话有 301 个字，太长，手机上看不完"),
        (["文字", "t", ""], "“题目”：没有写题目"),
        (
            ["日期", "t", "哪天？", *[""] * 4, "46356"],
            "“默认值”：默认值“46356”不是这一题能有的答案",
        ),
        (["整数", "t", "几？", *[""] * 4, "很多"], "“默认值”：默认值“很多”不是这一题能有的答案"),
        (["单选 有无", "t", "?", *[""] * 4, "有"], "“默认值”：默认值“有”不是这一题能有的答案"),
        (
            ["多选 有无", "t", "?", *[""] * 4, "yes 没"],
            "“默认值”：默认值“yes 没”不是这一题能有的答案",
        ),
    ],
)
def test_each_thing_is_said_with_its_cell(row: list[str], said: str) -> None:
    assert faults(row) == [f"「问卷」第4行{said}"]


def test_all_of_it_is_said_at_once() -> None:
    rows = [
        ["文字", "t1", "", "看情况"],
        ["文字", "t2", "", "", "${a} = yes"],
        ["日期", "t3", "哪天？", "", "${N} > 1", "", "", "明天"],
        ["地块", "t4", "#REF!"],
        ["文字", "1", "?"],
    ]
    assert faults(*rows) == [
        "「问卷」第4行“题目”：没有写题目",
        "「问卷」第4行“必填”：“必填”里写的“看情况”看不懂",
        "「问卷」第5行“题目”：没有写题目",
        "「问卷」第5行“显示条件”：引用了不存在的变量“yes”",
        "「问卷」第6行“显示条件”：引用了不存在的变量“N”",
        "「问卷」第6行“默认值”：默认值“明天”不是这一题能有的答案",
        "「问卷」第7行“题型”：不认识题型“地块”",
        "「问卷」第7行“题目”：这一格是算错的公式（#REF!）",
        "「问卷」第8行“变量名”：变量名“1”不能用",
    ]


def test_a_default_in_words_stays_as_it_was_written() -> None:
    form = published(sheet(["文字", "t", "说", *[""] * 4, "好的，谢谢！"]), "f.xlsx")
    assert form.questions[2].default == "好的，谢谢！"


@pytest.mark.parametrize(
    "row",
    [
        ["日期", "t", "?", *[""] * 4, "2026-11-30"],
        ["日期", "t", "?", *[""] * 4, "today()"],
        ["多选 有无", "t", "?", *[""] * 4, "yes no"],
        ["单选 有无 或其他", "t", "?", *[""] * 4, "other"],
        ["整数", "t", "?", *[""] * 4, "${n}"],
    ],
)
def test_a_default_that_fits_is_no_fault(row: list[str]) -> None:
    assert warnings(row) == ()


@pytest.mark.parametrize("name", ["我的 问卷", "../report", "a/b", "a\\b", ".hidden"])
def test_a_form_is_not_called_like_a_path(name: str) -> None:
    sheets = {
        "问卷": [HEAD, *FIRST],
        "选项": LISTS,
        "设置": [["表单标题", "表单编号"], ["意见", name]],
    }
    sentences = refused(book(**sheets), "form.xlsx")
    assert [one.partition("。")[0] for one in sentences] == [
        f"「设置」第2行“表单编号”：表单编号“{name}”不能用"
    ]


@pytest.mark.parametrize(
    ("rows", "lists", "said"),
    [
        (
            [["整数", "t", "几？", "", "", ". > 0"]],
            LISTS,
            "「问卷」第4行：限制条件没有写“限制提示”，答得不对的人不知道怎么改。",
        ),
        (
            [["文字", "A", "说"]],
            LISTS,
            "「问卷」第4行：变量名“A”和第 2 行的只差大小写，容易弄混。",
        ),
        ([], [*LISTS, ["村", "v", "河湾村"]], "列表“村”没有题目用。"),
        (
            [],
            [LISTS[0], *[["有无", f"v{n}", f"第{n}村"] for n in range(61)]],
            "列表“有无”有 61 个选项，手机上一页最多八个，翻起来很久。",
        ),
    ],
)
def test_what_works_and_is_perhaps_not_meant_is_a_warning(
    rows: list[list[str]], lists: list[list[str]], said: str
) -> None:
    assert warnings(*rows, lists=lists) == (said,)


@pytest.mark.parametrize(
    ("title", "is_one"),
    [
        ("问卷", True),
        ("问 卷", True),
        ("问卷（改好的）", True),
        ("花名册", False),
        ("说明", False),
    ],
)
def test_a_form_is_known_by_its_sheet(title: str, is_one: bool) -> None:
    assert is_form(book(**{title: [HEAD, *FIRST], "别的": LISTS}), "x.xlsx") is is_one


def test_a_list_has_a_plain_name_and_settings_refer_to_what_is_there() -> None:
    sheets = {
        "问卷": [HEAD, *FIRST],
        "选项": [*LISTS, ["a('b')", "v", "河湾村"]],
        "设置": [["表单标题", "表单编号"], ["意见 ${x}", "feedback"]],
    }
    sentences = refused(book(**sheets), "form.xlsx")
    assert [one.partition("。")[0] for one in sentences] == [
        "「选项」第4行“列表”：列表名“a('b')”不能用",
        "「设置」第2行“表单标题”：引用了不存在的变量“x”",
    ]

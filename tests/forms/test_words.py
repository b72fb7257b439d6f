"""Every text of every form: short, plain, without blame, and fitting every channel's buttons."""

import re

import pytest

from conversation import choosing, letters, vocabulary
from conversation.dialogue import Option
from tests.forms.sheets import ALL, BY_NAME, TEXTS, Sheets, Text

#: CHANNELS: at most forty characters a question; options stand on buttons of a narrow phone.
MAX_SENTENCE_CHARS = 40
MAX_OPTION_CHARS = 20

#: What offices say to each other and nobody says at the kitchen table.
JARGON = (
    "监护|委托照护|处置|情形|强制|台账|帮扶|走访|评估|干预|侵害|未成年|疑似|履行|履职|当事人|嫌疑"
    "|核查|排查|录入|提交|字段|系统|数据|操作|点击|勾选|有效|无效|格式|非法|错误|必填|校验|输入有误"
    "|留守|困境|弱势|问题儿童|问题家庭"
)
#: A person who reports is never told off.
BLAME = r"您必须|不许您|您怎么|为什么不|早就该|责任自负|虚假|诬告|后果"
#: Signs that may stand between the characters; digits and spaces stand beside telephone numbers.
SIGNS = set("，。：；？、“”（）0123456789 ")


def shown(text: Text) -> str:
    return f"{text.form}.{text.sheet}.{text.name}.{text.column}：{text.text}"


def faulty(wrong: list[Text]) -> list[str]:
    return [shown(text) for text in wrong]


def is_common(char: str) -> bool:
    """True for the 3,755 characters of GB 2312's first level, the ones in everyday use."""
    try:
        first = char.encode("gb2312")[0]
    except UnicodeEncodeError:
        return False
    return 0xB0 <= first <= 0xD7


def test_no_sentence_is_longer_than_forty_characters() -> None:
    sentences = [text for text in TEXTS if text.sheet == "survey"]
    assert faulty([text for text in sentences if len(text.text) > MAX_SENTENCE_CHARS]) == []


def test_no_option_is_longer_than_twenty_characters() -> None:
    options = [text for text in TEXTS if text.sheet == "choices"]
    assert faulty([text for text in options if len(text.text) > MAX_OPTION_CHARS]) == []


def test_nothing_is_said_in_the_words_of_offices() -> None:
    assert faulty([text for text in TEXTS if re.search(JARGON, text.text)]) == []


def test_nobody_is_blamed() -> None:
    assert faulty([text for text in TEXTS if re.search(BLAME, text.text)]) == []


def plain(text: str) -> str:
    """The text without its blanks: what ${name} stands for is looked at where it comes from."""
    return re.sub(r"\$\{\w+\}", "", text)


def test_every_character_is_a_common_chinese_one_or_a_plain_sign() -> None:
    rare = [
        text
        for text in TEXTS
        if any(not is_common(char) and char not in SIGNS for char in plain(text.text))
    ]
    assert faulty(rare) == []


def test_questions_ask_and_notes_tell() -> None:
    rows = [row for sheets in ALL for row in sheets.survey if row.get("label")]
    rows = [row for row in rows if row.get("appearance") != "aside"]
    wrong = [
        row["label"] for row in rows if row["label"].endswith("。") != (row["type"] == "note")
    ]
    assert wrong == []


def test_hints_and_reasons_have_no_full_stop_because_brackets_close_them() -> None:
    columns = ("hint", "required_message", "constraint_message")
    ends = [text for text in TEXTS if text.column in columns and text.text.endswith("。")]
    assert faulty(ends) == []


@pytest.mark.parametrize("sheets", ALL, ids=lambda sheets: sheets.form)
def test_whoever_answers_wrongly_hears_what_was_wrong(sheets: Sheets) -> None:
    silent = [
        row["name"]
        for row in sheets.survey
        if ("required" in row and "required_message" not in row)
        or ("constraint" in row and "constraint_message" not in row)
    ]
    assert silent == []


@pytest.mark.parametrize("sheets", ALL, ids=lambda sheets: sheets.form)
def test_a_list_of_the_form_fits_on_one_page_or_says_which_of_its_lines_come_later(
    sheets: Sheets,
) -> None:
    two_pages = {"circumstances", "seen", "post", "invited"}
    lists = dict.fromkeys(row["list_name"] for row in sheets.choices)
    long = {name for name in lists if len(sheets.options(name)) > 8}
    assert long <= two_pages


def test_the_same_question_is_answered_with_the_same_codes_in_every_form() -> None:
    seen: dict[str, tuple[str, list[str]]] = {}
    for sheets in ALL:
        for row in sheets.survey:
            kind, _, list_name = row["type"].partition(" ")
            if kind in ("note", "hidden", "begin_group", "end_group", "calculate"):
                continue
            here = (kind, list(sheets.options(list_name)))
            assert (row["name"], seen.setdefault(row["name"], here)) == (row["name"], here)


def test_the_guide_and_the_report_name_what_was_seen_alike() -> None:
    assert BY_NAME["guide"].options("seen") == BY_NAME["report"].options("circumstances")


def test_a_rare_character_a_latin_letter_and_an_exclamation_mark_would_be_noticed() -> None:
    assert [is_common(char) for char in "您娃囹A！"] == [True, True, False, False, False]


def other_words(sheets: Sheets, list_name: str) -> dict[str, list[str]]:
    """What else people say for each option of a list."""
    rows = (row for row in sheets.choices if row["list_name"] == list_name)
    return {row["name"]: row["also"].split() for row in rows if "also" in row}


@pytest.mark.parametrize("sheets", ALL, ids=lambda sheets: sheets.form)
def test_other_words_for_an_option_mean_it_alone_and_are_no_crumbs(sheets: Sheets) -> None:
    general = [vocabulary.table("yes_no")["yes"], vocabulary.table("yes_no")["no"]]
    general += [vocabulary.table(name)["said"] for name in ("nothing", "unsure")]
    crumbs = {letters.key(word) for words in general for word in words}
    for list_name in dict.fromkeys(row["list_name"] for row in sheets.choices):
        labels = {letters.key(label) for label in sheets.options(list_name).values()}
        said = [
            letters.key(one) for some in other_words(sheets, list_name).values() for one in some
        ]
        assert len(said) == len(set(said)), list_name
        assert labels.isdisjoint(said), list_name
        assert crumbs.isdisjoint(said), list_name


@pytest.mark.parametrize(
    ("form", "list_name", "text", "value"),
    [
        ("carer", "carer_kind", "是他奶奶", "relative"),
        ("carer", "carer_kind", "他妈在带", "parent"),
        ("danger_more", "with_whom", "他奶奶", "carer"),
        ("danger_more", "with_whom", "没有", None),
        ("danger_more", "with_whom", "他奶奶瘫了", None),
        ("danger_more", "police_called", "刚才打了110", "yes"),
        ("danger_more", "police_called", "已经报警了", "yes"),
        ("danger_more", "police_called", "派出所来过了。", "yes"),
        ("danger_more", "police_called", "还没打110", "no"),
        ("danger_more", "police_called", "我要报警", None),
        ("danger_more", "police_called", "打了110没人接", None),
        ("report", "safe", "没事了", "yes"),
        ("report", "safe", "不是没事", None),
        ("report", "suspect", "他后爸", "parent"),
        ("guide", "who", "我是他奶奶", "family"),
        ("guide", "who", "我是他姑", None),
        ("register", "post", "我是教书的", "teacher"),
        ("departure", "left_for", "他爸回来了", "parent_home"),
        ("departure", "left_for", "没有回来", None),
    ],
)
def test_people_answer_with_words_of_their_own(
    form: str, list_name: str, text: str, value: str | None
) -> None:
    sheets = BY_NAME[form]
    options = [Option(value=one, label=label) for one, label in sheets.options(list_name).items()]
    also = {
        letters.key(word): name
        for name, words in other_words(sheets, list_name).items()
        for word in words
    }
    found = choosing.pick(text, options, also)
    assert [one.value for one in found] == ([value] if value else [])

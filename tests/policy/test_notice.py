"""The notices of three years are read as our own table has them; a slip of the pen is told."""

import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import policy
from policy.faults import PolicyFaults
from policy.notice import read_notice

NOTICES = Path(__file__).parents[1] / "data" / "notices"
OURS: Mapping[str, object] = tomllib.loads(
    Path(policy.__file__).with_name("calendar.toml").read_text("utf-8")
)["year"]
TEXT = (NOTICES / "2026.txt").read_text("utf-8")


@pytest.mark.parametrize("year", ["2024", "2025", "2026"])
def test_a_notice_is_read_as_the_table_has_it(year: str) -> None:
    notice = read_notice("通知.txt", (NOTICES / f"{year}.txt").read_text("utf-8"))
    assert notice.number in Path(policy.__file__).with_name("calendar.toml").read_text("utf-8")
    assert tomllib.loads(notice.as_toml())["year"] == {year: OURS[year]}


def test_days_of_the_year_before_are_read_where_the_notice_names_it() -> None:
    text = TEXT.replace(
        "1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班",
        "2025年12月31日至2026年1月2日放假调休，共3天",
    )
    holiday = read_notice("通知.txt", text).holidays[0]
    assert (holiday.first, holiday.last) == (date(2025, 12, 31), date(2026, 1, 2))


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (
            "（周六）放假调休，共3天",
            "（周五）放假调休，共3天",
            "「元旦」：“3日(周五)”的星期和2026年的日历对不上。请对照通知原文，看日期抄错了没有",
        ),
        ("共9天", "共8天", "「春节」：写的是共8天，数下来是9天。请对照通知原文"),
        (
            "2月14日（周六）",
            "2月31日（周六）",
            "「春节」：没有“2月31日(周六)”这一天。请对照通知原文",
        ),
        (
            "5月9日（周六）上班",
            "5月8日上班",
            "：2026-05-08写了上班，可它本来就不休息，或者正在放假。请对照通知原文",
        ),
        (
            "6月19日（周五）至21日（周日）放假，共3天",
            "时间另行通知",
            "「端午节」：没看懂哪天放假。写成“1月1日（周四）至3日（周六）放假调休，共3天。”",
        ),
        (
            "六、中秋节：",
            "",
            "：没有说到中秋。请把通知复制完整，“一、元旦：”这样一条一条写",
        ),
        (
            "关于2026年部分节假日安排",
            "",
            "：没有找到“关于某某年部分节假日安排的通知”。"
            "请把国务院办公厅的通知从标题起整篇复制，存成文本文件",
        ),
        (
            "4月4日（周六）至6日（周一）",
            "4月6日（周一）至4日（周六）",
            "「清明节」：“清明节”的开始在结束之后。请把开始和结束对调",
        ),
    ],
)
def test_a_slip_of_the_pen_is_told(before: str, after: str, told: str) -> None:
    assert before in TEXT
    with pytest.raises(PolicyFaults) as raised:
        read_notice("通知.txt", TEXT.replace(before, after))
    assert raised.value.sentences == (f"通知.txt{told}",)


@given(
    parts=st.lists(
        st.sampled_from(
            [
                "一、",
                "春节：",
                "2月",
                "31日",
                "（周",
                "一）",
                "放假",
                "上班",
                "共9天",
                "。",
                "至",
                "2026年",
            ]
        ),
        max_size=15,
    )
)
def test_no_notice_is_too_strange(parts: list[str]) -> None:
    with pytest.raises(PolicyFaults) as raised:
        read_notice("通知.txt", "关于2026年节假日安排" + "".join(parts))
    assert raised.value.sentences

"""The columns of the register, and what offices call them."""

import pytest

from policy.register.columns import COLUMNS, IGNORED, UNKNOWN, plain_heading

#: 民发 (2016) 42号 附件1, each of its headings.
OFFICIAL = """
姓名 性别 民族 出生日期 公民身份证号码 是否登记户口 户籍所在地 现居住地 身体情况
残疾类别及等级 患病类型 是否学校寄宿 就学情况 祖父姓名 祖父出生日期 祖母姓名
祖母出生日期 外祖父姓名 外祖父出生日期 外祖母姓名 外祖母出生日期 父亲姓名 父亲出生日期
父亲身份证号 父亲当前务工地点 父亲联系电话 母亲姓名 母亲出生日期 母亲身份证号
母亲当前务工地点 母亲联系电话 父母双方同时外出 一方外出另一方无监护能力
无监护能力(父/母) 有无委托其他监护人 委托监护人姓名 委托监护人电话 委托监护人身份证号
与被监护人关系 委托监护人居住地地址 监护类型 家庭经济来源 救助帮扶
"""

#: What the form of the civil affairs' own system asks besides, and how it calls it.
OF_THE_SYSTEM = """
就学情况 是否学校寄宿 监护类型 其他特殊情况 社会福利、救助、帮扶落实情况
有无发生遭受监护人侵害的情况 委托照料原因 父母外出有无委托照料人 受委托监护人姓名
受委托监护人联系电话 受委托监护人证件类型 受委托监护人证件号码 受委托监护人与儿童关系
受委托监护人健康状况 受委托监护人残疾类型 受委托监护人残疾等级 受委托监护人特殊情况
祖父姓名 祖父出生日期 祖母姓名 祖母出生日期
外祖父姓名 外祖父出生日期 外祖母姓名 外祖母出生日期
"""


def keys(headings: list[str], above: list[str] | None = None) -> list[str | None]:
    return COLUMNS.read_headings(above or [""] * len(headings), headings)


def test_every_column_of_the_official_form_is_known() -> None:
    headings = OFFICIAL.split()
    found = keys(headings)
    assert None not in found
    assert len(set(found)) == len(headings) == 43


def test_every_column_of_the_civil_affairs_system_is_known() -> None:
    found = keys(OF_THE_SYSTEM.split())
    assert None not in found
    assert len(set(found)) == len(found)


def test_a_record_needs_twelve_at_most() -> None:
    assert 1 <= len(COLUMNS.core) <= 12


def test_no_heading_means_two_columns() -> None:
    own = [c.heading for c in COLUMNS.table.values()]
    assert len({plain_heading(heading) for heading in own}) == len(own)
    assert keys(own) == list(COLUMNS.table)


def test_the_grave_ones_are_tier_guardian_and_whereabouts() -> None:
    grave = {key for key, column in COLUMNS.table.items() if column.grave}
    assert {"tier", "guardian_name", "father_whereabouts", "mother_whereabouts"} <= grave
    assert "nation" not in grave


def test_what_says_who_a_child_is_is_sealed() -> None:
    told = ("name", "id_number", "address", "birth_date")
    open_ones = [
        key
        for key, column in COLUMNS.table.items()
        if (column.kind in ("phone", "id_number") or key in told)
        and not column.sealed
        and column.person != "responsible"
    ]
    assert open_ones == []


def test_every_choice_has_a_list_and_knows_what_is_not_collected() -> None:
    for column in COLUMNS.table.values():
        if column.kind in ("choice", "choices"):
            assert COLUMNS.code(column.codes, "未采集") == UNKNOWN
            for code in COLUMNS.codes[column.codes]:
                word = COLUMNS.word(column.codes, code)
                assert COLUMNS.code(column.codes, word) == code


def test_not_collected_is_neither_yes_nor_no() -> None:
    assert [COLUMNS.code("yes_no", word) for word in ("是", "否", "未采集", "?")] == [
        "yes",
        "no",
        UNKNOWN,
        None,
    ]


@pytest.mark.parametrize(
    ("heading", "key"),
    [
        ("身份证号", "id_number"),
        ("乡镇（街道）", "town"),
        ("行政村", "village"),
        ("出生 年月", "birth_date"),
        ("受委托监护人姓名", "guardian_name"),
        ("父亲当前务工地点（到省+市）", "father_whereabouts"),
        ("爸爸电话", "father_phone"),
        ("外婆姓名", "mothers_mother_name"),
        ("包保干部联系电话", "responsible_phone"),
        ("序号", IGNORED),
        ("", IGNORED),
        ("属相", None),
    ],
)
def test_offices_call_a_column_differently(heading: str, key: str | None) -> None:
    assert keys([heading]) == [key]


def test_a_bare_phone_is_that_of_the_person_before_it() -> None:
    headings = [
        "姓名",
        "父亲姓名",
        "联系电话",
        "母亲姓名",
        "电话",
        "监护人",
        "关系",
        "联系电话",
        "包保责任人",
        "联系方式",
    ]
    assert keys(headings)[2::1] == [
        "father_phone",
        "mother_name",
        "mother_phone",
        "guardian_name",
        "guardian_relation",
        "guardian_phone",
        "responsible_name",
        "responsible_phone",
    ]
    assert keys(["姓名", "联系电话"]) == ["name", "household_phone"]


def test_the_line_above_says_whose_it_is() -> None:
    above = ["", "儿童基本情况", "儿童基本情况", "父亲情况", "父亲情况", "母亲", "母亲"]
    headings = ["序号", "姓名", "身份证号", "姓名", "身份证号", "姓名", "民族"]
    assert keys(headings, above) == [
        IGNORED,
        "name",
        "id_number",
        "father_name",
        "father_id_number",
        "mother_name",
        None,
    ]

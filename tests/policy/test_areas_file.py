"""An office sends its table of places."""

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from policy.areas import AreaTree
from policy.areas_file import AreasFaults, read_areas, read_cells, read_file
from policy.spreadsheet import Sheet

YUNLING = Path(__file__).parents[1] / "data" / "areas-yunling.xlsx"
HEADER = ("乡镇(街道)", "村(居)", "组(网格)", "别名")


def sheet(*rows: tuple[object, ...]) -> Sheet:
    return Sheet(name="区划", rows=rows)


def faults(*rows: tuple[object, ...]) -> list[str]:
    result = read_areas(sheet(*rows))
    assert isinstance(result, AreasFaults)
    return [fault.sentence() for fault in result.faults]


def test_the_demo_county_has_three_townships_thirteen_villages_and_their_groups() -> None:
    rows = read_file(YUNLING.name, YUNLING.read_bytes(), county="云岭县")
    assert isinstance(rows, tuple)
    kinds = [row.kind for row in rows]
    counted = {kind: kinds.count(kind) for kind in ("county", "town", "village", "group")}
    assert counted == {"county": 1, "town": 3, "village": 13, "group": 65}


def test_parents_come_before_their_children() -> None:
    rows = read_file(YUNLING.name, YUNLING.read_bytes())
    assert isinstance(rows, tuple)
    assert all(row.parent_id is None or row.parent_id < row.id for row in rows)


def test_an_alias_written_once_for_a_village_is_the_village_s() -> None:
    rows = read_areas(
        sheet(HEADER, ("青石镇", "河湾村", "一组", "老河湾"), ("青石镇", "河湾村", "二组", None))
    )
    assert isinstance(rows, tuple)
    assert {row.name: row.aliases for row in rows if row.aliases} == {"河湾村": ("老河湾",)}


def test_aliases_of_several_groups_are_the_groups_own() -> None:
    rows = read_areas(
        sheet(
            HEADER,
            ("青石镇", "河湾村", "一组", "老王湾"),
            ("青石镇", "河湾村", "二组", "上坎、下坎"),
        )
    )
    assert isinstance(rows, tuple)
    aliases = {row.name: row.aliases for row in rows if row.aliases}
    assert aliases == {"一组": ("老王湾",), "二组": ("上坎", "下坎")}


def test_a_table_may_say_its_county_and_stop_at_the_village() -> None:
    rows = read_areas(
        sheet(("县", "乡镇", "村", "村别名"), ("云岭县", "青石镇", "河湾村", "老河湾"))
    )
    assert isinstance(rows, tuple)
    assert AreaTree.build(rows).full_name(rows[-1].id) == "青石镇河湾村"
    assert rows[0].name == "云岭县"


@pytest.mark.parametrize(
    "header",
    [
        ("乡镇（街道）", "村（居）", "组（网格）", "别名"),
        ("乡 镇", "行政村", "网格", "老地名"),
        ("序号", "镇街", "社区", "备注"),
        ("街道", "村/居", "村民小组", "曾用名"),
    ],
)
def test_offices_call_the_columns_differently(header: tuple[str, ...]) -> None:
    assert isinstance(read_areas(sheet(header, ("1", "青石镇", "河湾村", ""))), tuple) or (
        "序号" not in header
    )
    assert not isinstance(read_areas(sheet(header, ("甲镇", "乙村", "丙组", ""))), AreasFaults)


def test_a_title_above_the_header_is_no_harm() -> None:
    rows = read_areas(sheet(("云岭县区划表",), (), HEADER, ("青石镇", "河湾村", "一组", None)))
    assert isinstance(rows, tuple)
    assert [row.name for row in rows] == ["全县", "青石镇", "河湾村", "一组"]


def test_every_fault_is_said_at_once_with_its_row_and_its_cure() -> None:
    assert faults(
        HEADER,
        ("青石镇", "河湾村", "一组", None),
        ("", "大坪村", "一组", None),
        ("青石镇", "", "三组", None),
        ("青石镇", "河湾村", " 一组 ", None),
        ("青石镇", "=cmd|' /C calc'!A0", "一组", None),
        ("", "", "", "老河湾"),
        ("青石镇", "长" * 41, "", None),
    ) == [
        "「区划」第3行：写了村，没写乡镇。请在“乡镇”列补上",
        "「区划」第4行：写了组“三组”，没写村。请在“村”列补上",
        "「区划」第5行：“青石镇河湾村一组”和第2行重复。请删去一行",
        "「区划」第6行：“=cmd|'/C calc'!A0”不像地名。地名里不能有换行、斜杠、分号和公式，请改正",
        "「区划」第7行：别名“老河湾”旁边没有地名。请写明是哪个地方的别名，或者删去",
        "「区划」第8行：“长长长长长长长长长长…”太长，超过 40 个字。请写简短的地名",
    ]


def test_wrong_headers_are_named() -> None:
    assert faults(("姓名", "电话"), ("张三", "123")) == [
        "「区划」第1行：找不到表头，读到的是“姓名、电话”。"
        "表头要有“乡镇(街道)”和“村(居)”两列，“组(网格)”“别名”可以没有"
    ]
    assert faults(("乡镇", "村", "别明"), ("青石镇", "河湾村", ""))[0].startswith(
        "「区划」第1行：不认识的表头“别明”。"
    )
    assert faults(("乡镇", "村", "村居"), ("青石镇", "河湾村", "")) == [
        "「区划」第1行：表头“村居”有两列。请只留一列"
    ]


def test_an_empty_table_says_what_to_write() -> None:
    assert faults() == [
        "「区划」：表里没有内容。第一行写表头“乡镇(街道)、村(居)、组(网格)、别名”，下面每个组写一行"
    ]
    assert faults(HEADER) == ["「区划」：只有表头，没有地方。请从第二行起，每个组写一行"]


def test_merged_cells_speak_for_all_their_rows() -> None:
    book = Workbook()
    page = book.active
    assert page is not None
    for row in (HEADER, ("青石镇", "河湾村", "一组", None), (None, None, "二组", None)):
        page.append(row)
    page.merge_cells("A2:A3")
    page.merge_cells("B2:B3")
    data = io.BytesIO()
    book.save(data)
    rows = read_file("区划.xlsx", data.getvalue())
    assert isinstance(rows, tuple)
    assert [row.name for row in rows if row.kind == "group"] == ["一组", "二组"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
def test_a_csv_is_read_as_excel_and_wps_save_it(encoding: str) -> None:
    data = "乡镇,村,组\n青石镇,河湾村,一组\n".encode(encoding)
    rows = read_file("区划.csv", data)
    assert isinstance(rows, tuple)
    assert [row.name for row in rows] == ["全县", "青石镇", "河湾村", "一组"]


@pytest.mark.parametrize(
    "data", [b"", b"\x00\x01\x02", b"PK\x03\x04broken", b"\xd0\xcf\x11\xe0old"]
)
def test_what_is_no_table_is_refused_in_words(data: bytes) -> None:
    result = read_cells("区划.xlsx", data)
    assert isinstance(result, AreasFaults)
    assert [fault.sentence() for fault in result.faults] == [
        "「区划.xlsx」：打不开。请另存为未加密的 .xlsx，或者 UTF-8 编码的 .csv"
    ]


@given(data=st.binary(max_size=200), name=st.sampled_from(["a.csv", "a.xlsx"]))
def test_no_file_is_too_strange(data: bytes, name: str) -> None:
    read_file(name, data)


cells = st.none() | st.integers() | st.floats() | st.text(alphabet="青石镇村组=/ \n一", max_size=6)


@given(rows=st.lists(st.tuples(cells, cells, cells, cells), max_size=8))
def test_a_table_becomes_a_tree_or_a_list_of_sentences(rows: list[tuple[object, ...]]) -> None:
    match read_areas(sheet(HEADER, *rows)):
        case AreasFaults(found):
            assert all(fault.sentence().startswith("「区划」") for fault in found)
        case areas:
            assert len({(row.parent_id, row.name) for row in areas}) == len(areas)


def test_coordinates_belong_to_the_place_of_their_row() -> None:
    rows = read_areas(
        sheet(
            ("乡镇", "村", "组", "经度", "纬度"),
            ("青石镇", "青石村", None, 99.5, 25.6),
            ("青石镇", "河湾村", "一组", "东经99.52°", "25.62"),
        )
    )
    assert not isinstance(rows, AreasFaults)
    lie = {row.name: (row.latitude, row.longitude) for row in rows if row.latitude is not None}
    assert lie == {"青石村": (25.6, 99.5), "一组": (25.62, 99.52)}
    tree = AreaTree.build(rows)
    assert [row.name for row in tree.near(25.621, 99.521)] == ["河湾村", "青石村"]
    assert [row.name for row in tree.near(25.599, 99.5)] == ["青石村", "河湾村"]
    assert tree.near(26.0, 99.5) == ()


def test_every_odd_coordinate_is_told() -> None:
    told = faults(
        ("乡镇", "村", "经度", "纬度"),
        ("甲镇", "一村", 25.6, 99.5),
        ("甲镇", "二村", 99.5, None),
        ("甲镇", "三村", "九十九", 25),
    )
    east = "请写 73 到 136 之间的度数，例如 99.1234；是不是和纬度写反了"
    north = "请写 3 到 54 之间的度数，例如 25.1234；是不是和经度写反了"
    assert told == [
        f"「区划」第2行：经度“25.6”不对。{east}",
        f"「区划」第2行：纬度“99.5”不对。{north}",
        "「区划」第3行：经度、纬度只写了一个。请两个都写，或者都空着",
        f"「区划」第4行：经度“九十九”不对。{east}",
    ]

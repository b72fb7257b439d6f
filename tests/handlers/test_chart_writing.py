"""A chart in a Word file has the numbers that are said beside it, and no more."""

import io
import zipfile

import pytest
from defusedxml.ElementTree import fromstring
from docx import Document
from openpyxl import load_workbook

from handlers.papers.paper_writing import write_bulletin
from policy.papers import Bulletin, Chart, Section

C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"


def _bulletin(*charts: Chart) -> bytes:
    rows = (("地方", "该走访的"), ("青石镇", "12"))
    section = Section(heading="各地情况", lines=("如下。",), rows=rows, charts=charts)
    return write_bulletin(Bulletin(title="通报", sections=(section,), foot=("云岭县",)))


def _chart(*names: str) -> Chart:
    values: tuple[int | None, ...] = (12, None, 0)
    return Chart(
        title=names[0],
        names=names,
        series=(("该走访的", values), (names[-1], (9, 7, None))),
    )


@pytest.mark.parametrize(
    "names",
    [("青石镇", "云峰乡", "柳溪镇"), ("<b>&\"'", "=1+1", "]]>"), ("甲" * 60, " ", "＝乙")],
)
def test_a_chart_says_what_its_table_says(names: tuple[str, ...]) -> None:
    chart = _chart(*names)
    data = _bulletin(chart, chart)
    word = Document(io.BytesIO(data))
    drawn = [part for part in word.part.package.iter_parts() if "chart+xml" in part.content_type]
    assert len(drawn) == 2
    found = fromstring(drawn[0].blob)
    for at, series in enumerate(found.iter(f"{C}ser")):
        label, values = chart.series[at]
        assert series.findtext(f".//{C}tx//{C}v") == label
        points = {
            int(point.get("idx", "")): point.findtext(f"{C}v")
            for point in series.findall(f"{C}val//{C}pt")
        }
        assert points == {i: str(one) for i, one in enumerate(values) if one is not None}
        said = [point.findtext(f"{C}v") for point in series.findall(f"{C}cat//{C}pt")]
        assert said == [*names]


def test_the_numbers_behind_it_are_a_workbook_without_formulas() -> None:
    data = _bulletin(_chart("青石镇", "=1+1", "＝乙"))
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        assert packed.testzip() is None
        page = load_workbook(io.BytesIO(packed.read("word/embeddings/chart1.xlsx"))).active
    assert page is not None
    assert [[cell.value for cell in row] for row in page.iter_rows()] == [
        [None, "该走访的", "'＝乙"],
        ["青石镇", 12, 9],
        ["'=1+1", None, 7],
        ["'＝乙", 0, None],
    ]
    assert not any(cell.data_type == "f" for row in page.iter_rows() for cell in row)


def test_whoever_hears_the_page_hears_the_numbers() -> None:
    with zipfile.ZipFile(io.BytesIO(_bulletin(_chart("青石镇", "云峰乡", "柳溪镇")))) as packed:
        text = packed.read("word/document.xml").decode()
    assert "该走访的：青石镇 12，云峰乡 —，柳溪镇 0" in text

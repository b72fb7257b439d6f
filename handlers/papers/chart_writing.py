"""A chart inside a Word file, as Word and WPS draw it themselves: its numbers stay numbers.

Imported by whoever writes one, when it is written.
"""

from io import BytesIO
from xml.sax.saxutils import escape

from docx.document import Document as Word
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.shared import Mm
from docx.text.paragraph import Paragraph
from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from policy.listing import shielded
from policy.papers import Chart

_CHART_TYPE = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_CHART_URI = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_SPACES = (
    f'xmlns:c="{_CHART_URI}" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
#: In millimetres; and colours that still differ when they are printed in grey.
WIDTH, HEIGHT = 150, 75
COLOURS = ("0F6157", "E2A03F", "7C93B2", "B5483A")
_FACE = "仿宋_GB2312"


def add_chart(word: Word, paragraph: Paragraph, chart: Chart, number: int) -> None:
    """Put a chart, the ``number``-th of the file, into a paragraph."""
    package = word.part.package
    assert package is not None
    sheet = Part(
        PackURI(f"/word/embeddings/chart{number}.xlsx"), _SHEET_TYPE, _workbook(chart), package
    )
    drawn = Part(PackURI(f"/word/charts/chart{number}.xml"), _CHART_TYPE, b"", package)
    data = drawn.relate_to(sheet, RELATIONSHIP_TYPE.PACKAGE)
    drawn._blob = _drawn(chart, data).encode()
    link = word.part.relate_to(drawn, RELATIONSHIP_TYPE.CHART)
    paragraph.add_run()._element.append(parse_xml(_inline(chart, number, link)))


def _workbook(chart: Chart) -> bytes:
    """The numbers behind the bars, for whoever wants to draw them in another way."""
    book = Workbook()
    page = book.worksheets[0]
    page.title = "Sheet1"
    page.append(["", *(shielded(label) for label, _ in chart.series)])
    for at, name in enumerate(chart.names):
        page.append([shielded(name), *(values[at] for _, values in chart.series)])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _drawn(chart: Chart, data: str) -> str:
    series = "".join(
        _series(chart, at, label, values) for at, (label, values) in enumerate(chart.series)
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><c:chartSpace {_SPACES}>'
        '<c:roundedCorners val="0"/><c:chart>'
        f"<c:title><c:tx><c:rich><a:bodyPr/><a:p>{_look(1200, bold=True)}"
        f"<a:r><a:t>{escape(chart.title)}</a:t></a:r></a:p></c:rich></c:tx>"
        '<c:overlay val="0"/></c:title><c:autoTitleDeleted val="0"/><c:plotArea><c:layout/>'
        '<c:barChart><c:barDir val="col"/><c:grouping val="clustered"/><c:varyColors val="0"/>'
        f'{series}<c:gapWidth val="80"/><c:axId val="1"/><c:axId val="2"/></c:barChart>'
        '<c:catAx><c:axId val="1"/><c:scaling><c:orientation val="minMax"/></c:scaling>'
        '<c:delete val="0"/><c:axPos val="b"/><c:majorTickMark val="none"/>'
        '<c:minorTickMark val="none"/><c:tickLblPos val="low"/>'
        '<c:crossAx val="2"/><c:crosses val="autoZero"/></c:catAx>'
        '<c:valAx><c:axId val="2"/><c:scaling><c:orientation val="minMax"/><c:min val="0"/>'
        '</c:scaling><c:delete val="0"/><c:axPos val="l"/><c:majorGridlines><c:spPr>'
        '<a:ln w="6350"><a:solidFill><a:srgbClr val="D9D9D9"/></a:solidFill></a:ln>'
        "</c:spPr></c:majorGridlines>"
        '<c:numFmt formatCode="0" sourceLinked="0"/><c:majorTickMark val="none"/>'
        '<c:minorTickMark val="none"/><c:tickLblPos val="nextTo"/>'
        '<c:crossAx val="1"/><c:crosses val="autoZero"/></c:valAx></c:plotArea>'
        f"{_legend(chart)}"
        '<c:plotVisOnly val="1"/><c:dispBlanksAs val="gap"/></c:chart>'
        f"<c:txPr><a:bodyPr/><a:p>{_look(900)}"
        '<a:endParaRPr lang="zh-CN"/></a:p></c:txPr>'
        f'<c:externalData r:id="{data}"><c:autoUpdate val="0"/></c:externalData></c:chartSpace>'
    )


def _legend(chart: Chart) -> str:
    if len(chart.series) < 2:
        return ""
    return '<c:legend><c:legendPos val="b"/><c:overlay val="0"/></c:legend>'


def _look(size: int, *, bold: bool = False) -> str:
    return (
        f'<a:pPr><a:defRPr sz="{size}" b="{int(bold)}"><a:latin typeface="{_FACE}"/>'
        f'<a:ea typeface="{_FACE}"/></a:defRPr></a:pPr>'
    )


def _series(chart: Chart, at: int, label: str, values: tuple[int | None, ...]) -> str:
    column, last = get_column_letter(at + 2), len(values) + 1
    points = "".join(
        f'<c:pt idx="{place}"><c:v>{value}</c:v></c:pt>'
        for place, value in enumerate(values)
        if value is not None
    )
    names = "".join(
        f'<c:pt idx="{place}"><c:v>{escape(name)}</c:v></c:pt>'
        for place, name in enumerate(chart.names)
    )
    colour = COLOURS[at % len(COLOURS)]
    return (
        f'<c:ser><c:idx val="{at}"/><c:order val="{at}"/>'
        f"<c:tx><c:strRef><c:f>Sheet1!${column}$1</c:f><c:strCache>"
        f'<c:ptCount val="1"/><c:pt idx="0"><c:v>{escape(label)}</c:v></c:pt>'
        "</c:strCache></c:strRef></c:tx>"
        f'<c:spPr><a:solidFill><a:srgbClr val="{colour}"/></a:solidFill></c:spPr>'
        '<c:invertIfNegative val="0"/><c:dLbls><c:showLegendKey val="0"/><c:showVal val="1"/>'
        '<c:showCatName val="0"/><c:showSerName val="0"/><c:showPercent val="0"/>'
        '<c:showBubbleSize val="0"/></c:dLbls>'
        f"<c:cat><c:strRef><c:f>Sheet1!$A$2:$A${last}</c:f><c:strCache>"
        f'<c:ptCount val="{len(chart.names)}"/>{names}</c:strCache></c:strRef></c:cat>'
        f"<c:val><c:numRef><c:f>Sheet1!${column}$2:${column}${last}</c:f><c:numCache>"
        f'<c:formatCode>0</c:formatCode><c:ptCount val="{len(values)}"/>{points}'
        "</c:numCache></c:numRef></c:val></c:ser>"
    )


def _inline(chart: Chart, number: int, link: str) -> str:
    """Where it stands; whoever hears the page read out is told its title and numbers."""
    told = "；".join(
        f"{label}：" + "，".join(f"{name} {'—' if one is None else one}" for name, one in pairs)
        for label, values in chart.series
        for pairs in [tuple(zip(chart.names, values, strict=True))]
    )
    quoted = {'"': "&quot;"}
    return (
        '<w:drawing xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
        'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
        f'{_SPACES}><wp:inline distT="0" distB="0" distL="0" distR="0">'
        f'<wp:extent cx="{Mm(WIDTH)}" cy="{Mm(HEIGHT)}"/>'
        f'<wp:docPr id="{1000 + number}" name="chart{number}" '
        f'title="{escape(chart.title, quoted)}" descr="{escape(told, quoted)}"/>'
        f'<wp:cNvGraphicFramePr/><a:graphic><a:graphicData uri="{_CHART_URI}">'
        f'<c:chart r:id="{link}"/></a:graphicData></a:graphic></wp:inline></w:drawing>'
    )

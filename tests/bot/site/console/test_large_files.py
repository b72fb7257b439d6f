"""A workbook with many rows is the same as one with few, though another process makes it."""

import io

from openpyxl import load_workbook

from bot.site.console.front import IN_PLACE, as_file
from policy.listing import Listing


async def test_a_large_workbook_has_every_row_and_no_formula() -> None:
    rows = [
        {"姓名": f"孩子{at}", "备注": "=1+1" if at % 2 else "好"} for at in range(IN_PLACE + 1)
    ]
    listing = Listing(title="台账", mark="张三 导出", headings=("姓名", "备注"), rows=rows)
    answer = await as_file(listing, "xlsx")
    assert isinstance(answer.body, bytes)
    page = load_workbook(io.BytesIO(answer.body)).active
    assert page is not None
    told = [[cell.value for cell in row] for row in page.iter_rows()]
    assert told[0][0] == "张三 导出"
    assert told[1] == ["姓名", "备注"]
    assert told[2:4] == [["孩子0", "好"], ["孩子1", "'=1+1"]]
    assert len(told) == len(rows) + 2

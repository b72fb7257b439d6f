"""问卷: every fault of a file, a try-out that leaves nothing behind, and two who publish it."""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from html import unescape
from io import BytesIO

import aiohttp
import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from bot import jail
from bot.county.publisher import FormFaults, Source, compiled
from bot.settings import HOME
from conversation.form import Form
from storage.tables import console_session, metadata
from storage.work import Reading, Work
from tests.bot.site.console.conftest import Console, fields
from tests.fakes.house import House

_HIDDEN = re.compile(r'<input type="hidden" name="([\w.]+)" value="([^"]*)">')
_PRESS = re.compile(r'name="press" value="([^"]+)">([^<]+)<')
_TOLD = re.compile(r'name="(told\.\w+)" value="([^"]*)"')
FEEDBACK = (HOME / "forms" / "feedback.md").read_text("utf-8")


def hidden(page: str) -> dict[str, str]:
    """All that the forms of a page carry."""
    return {name: unescape(value) for name, value in _HIDDEN.findall(page)}


async def sends(
    console: Console,
    path: str,
    form: Mapping[str, str],
    file: tuple[str, bytes] | None = None,
    *,
    status: int = 200,
) -> str:
    """A form that may bring a file; the page that answers."""
    data = aiohttp.FormData()
    for name, value in form.items():
        data.add_field(name, value, content_type="text/plain")
    if file is not None:
        data.add_field("file", BytesIO(file[1]), filename=file[0])
    body = data() if data.is_multipart else aiohttp.MultipartWriter("form-data")
    response = await console.client.post(
        path, data=body, headers=console.own, allow_redirects=False
    )
    assert response.status == status, await response.text()
    return await response.text()


async def uploads(console: Console, name: str, text: str | bytes, *, status: int = 200) -> str:
    """Hand a form's file in to be checked."""
    form = fields(await console.gets("/console/forms"))
    data = text.encode() if isinstance(text, str) else text
    return await sends(console, "/console/forms", form, (name, data), status=status)


async def begins(console: Console, page: str, role: str = "", **told: str) -> str:
    """Begin the try-out that a page offers."""
    samples = {name: unescape(value) for name, value in _TOLD.findall(page)}
    more = {f"told.{name}": value for name, value in told.items()}
    form = hidden(page) | samples | more | {"role": role}
    return await sends(console, "/console/forms/try", form)


async def presses(console: Console, page: str, label: str) -> str:
    """Press a button of the try-out's card."""
    found = [name for name, shown in _PRESS.findall(page) if unescape(shown).strip() == label]
    assert found, (label, _PRESS.findall(page))
    return await sends(console, "/console/forms/try", hidden(page) | {"press": found[0]})


async def says(console: Console, page: str, text: str) -> str:
    """Answer the question of the try-out in words."""
    return await sends(console, "/console/forms/try", hidden(page) | {"do": "say", "text": text})


def everything(reading: Reading) -> dict[str, list[str]]:
    """Every row of every table; when somebody at the console was last seen is left out."""
    rows = {}
    for table in metadata.sorted_tables:
        columns = [one for one in table.c if one is not console_session.c.seen_at]
        rows[table.name] = sorted(repr(tuple(row)) for row in reading.db.all(select(*columns)))
    return rows


def labels(page: str) -> list[str]:
    """What can be pressed on the card of a try-out."""
    return [unescape(shown).strip() for _, shown in _PRESS.findall(page)]


#: Buttons that are no answer.
WAYS = ("上一步", "跳过", "稍后继续", "取消", "更多", "先留言", "孩子现在有危险", "←", "→")
#: What the first card of a report offers beside its question.
OFFERED = ("☐ 不留名", "☐ 留名", "☑ 留名", "☐ 替别人报")
#: What is typed until something fits.
ANSWERS = (
    "今天上午8点",
    "3",
    "12345678",
    "123456789",
    "123456",
    "13800138000",
    "河湾村",
    "一句话说清楚",
)


async def walks(console: Console, page: str) -> str:
    """Answer whatever is asked until the end; the last page."""
    for _ in range(150):
        if "填完了" in page:
            return page
        shown = [one for one in labels(page) if not one.endswith(OFFERED)]
        ready = [one for one in shown if one.startswith(("选好了", "确认"))]
        options = [
            one for one in shown if one not in ready and not one.startswith((*WAYS, "改", "✎"))
        ]
        ticked = any(one.startswith("☑") for one in shown)
        if ready and (ticked or ready[0].startswith("确认") or not options):
            page = await presses(console, page, ready[0])
        elif options:
            page = await presses(console, page, options[0])
        elif 'value="send"' in page:
            form = hidden(page) | {"do": "send"}
            page = await sends(console, "/console/forms/try", form)
        else:
            page = await _types(console, page)
    raise AssertionError(f"no end: {page[page.index('<main') :][:1500]}")


async def _types(console: Console, page: str) -> str:
    for text in ANSWERS:
        after = await says(console, page, text)
        if hidden(after).get("stands") != hidden(page)["stands"] and question(after) != question(
            page
        ):
            return after
    raise AssertionError(f"nothing fits: {question(page)}")


def question(page: str) -> str:
    """How far the form is, and what it asks."""
    found = re.search(r'class="card">.*?<p>(.*?)</p>', page, re.DOTALL)
    return re.sub(r"^[^【]*", "", found[1]) if found else ""


# -- checking -----------------------------------------------------------------------------------

WRONG = """
| survey |
| | type | name | label | relevant |
| | 地块 | where | 在哪里？ | |
| | text | a b | 什么？ | ${nothing} = '1' |
| | select_one none | one | 哪个？ | |

| settings |
| | form_title | form_id |
| | 试 | feedback |
"""


async def test_every_fault_is_said_as_the_command_says_it(console: Console) -> None:
    await console.comes_in("县民政")
    with pytest.raises(FormFaults) as wrong:
        compiled([Source(name="feedback.md", data=WRONG.encode())])
    said = wrong.value.sentences
    assert len(said) >= 3
    page = unescape(await uploads(console, "feedback.md", WRONG, status=422))
    assert all(one in page for one in said)
    assert "开始试" not in page
    assert "提交，等第二个人同意" not in page


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("report.pdf", b"%PDF-1.7"),
        ("report.xlsx", b"PK\x03\x04 broken"),
        ("report.xlsx", b""),
        ("<script>.xlsx", b"\xd0\xcf\x11\xe0"),
        ("report.md", b"\x00\xff" * 40),
    ],
)
async def test_what_is_no_form_is_said_in_a_sentence(
    console: Console, name: str, content: bytes
) -> None:
    await console.comes_in("县民政")
    page = await uploads(console, name, content, status=422)
    assert '<ul class="faults"><li>' in page
    assert "<script>" not in page


async def test_without_a_file_one_is_asked_for_one_and_a_huge_one_is_cut(console: Console) -> None:
    await console.comes_in("县民政")
    form = fields(await console.gets("/console/forms"))
    assert "没有选文件" in await sends(console, "/console/forms", form, status=422)
    huge = ("a.xlsx", b"x" * 3_000_000)
    await sends(console, "/console/forms", form, huge, status=413)


async def test_an_excel_file_is_checked_and_shows_what_it_changes(console: Console) -> None:
    await console.comes_in("县民政")
    changed = FEEDBACK.replace("用起来顺手吗？", "好用不好用？").replace(
        "| | ease | fair | 还行 |\n", ""
    )
    answer = jail.ask_now("export", name="feedback.md", data=jail.pack(changed.encode()))
    page = await uploads(console, "feedback.xlsx", jail.unpack(answer["data"]))
    assert "没有毛病：一共 2 题" in page
    assert page.count("<code>") == 1
    assert re.search(r"<del>[^<]*用起来顺手吗？[^<]*还行[^<]*</del>", page)
    assert re.search(r"<ins>[^<]*好用不好用？[^<]*</ins>", page)
    same = await uploads(console, "feedback.md", FEEDBACK)
    assert "和现在用的一样" in same
    assert "提交，等第二个人同意" not in same


# -- trying -------------------------------------------------------------------------------------


async def test_no_row_of_any_table_changes_by_a_try_out(console: Console) -> None:
    """Neither of a form in force nor of a file, whatever is answered and whoever is played."""
    await console.comes_in("县民政")
    changed = FEEDBACK.replace("用起来顺手吗？", "好用不好用？")
    store = console.house.store
    before = await store.read(everything)
    for role in ("", "teacher", "child_supervisor"):
        page = await begins(console, await console.gets("/console/forms/report"), role)
        assert "什么都不保存" in page
        page = await says(console, page, "家里没有大人，孩子要自杀")
        assert "110" in page
        await walks(console, page)
    await walks(console, await begins(console, await uploads(console, "feedback.md", changed)))
    await console.house.settled()
    assert await store.read(everything) == before
    assert before["draft"] == before["report"] == []
    assert len(before["console_session"]) == 1


async def test_what_a_report_would_lead_to_is_shown_at_the_end(console: Console) -> None:
    await console.comes_in("县民政")
    page = await walks(console, await begins(console, await console.gets("/console/forms/danger")))
    told = unescape(re.sub(r"<[^>]+>|\s+", " ", page))
    for said in ("真的报上来", "等级 红", "马上通知", "先由谁接着", "接单", "写进报告的"):
        assert said in told, said
    assert "马上通知 青石镇 儿童督导员、云岭县 县民政局（未保办）" in told
    assert "该通知、眼下没有人收的岗位 青石镇青石村 儿童主任、青石镇 派出所" in told
    other = await walks(
        console, await begins(console, await console.gets("/console/forms/feedback"))
    )
    assert "真的报上来" not in other


async def test_every_form_can_be_tried_to_its_end(console: Console) -> None:
    await console.comes_in("县民政")
    names = re.findall(r'href="/console/forms/(\w+)"', await console.gets("/console/forms"))
    assert len(names) > 50
    for name in names:
        page = await begins(console, await console.gets(f"/console/forms/{name}"), "civil_affairs")
        assert "试填" in await walks(console, page), name


async def test_who_is_played_decides_what_is_asked(console: Console) -> None:
    await console.comes_in("县民政")
    page = await console.gets("/console/forms/guide")
    assert "您是孩子的什么人" in await begins(console, page)
    assert "您是孩子的什么人" not in await begins(console, page, "teacher")


async def test_what_the_program_would_tell_can_be_said_and_the_way_out_leads_nowhere(
    console: Console,
) -> None:
    await console.comes_in("县民政")
    page = await begins(console, await console.gets("/console/forms/child"), child_heading="学校")
    assert "学校改成什么？" in page
    for label in ("稍后继续", "取消"):
        out = await presses(console, page, label)
        assert "试填时不起作用" in out
        assert question(out) == question(page)
    page = await says(console, page, "中心小学")
    assert "中心小学" in page
    again = await sends(console, "/console/forms/try", hidden(page))
    assert "学校改成什么？" in again


async def test_nobody_real_stands_in_the_lists_of_a_try_out(console: Console) -> None:
    await console.house.store.write(_child)
    await console.comes_in("县民政")
    page = await begins(console, await console.gets("/console/forms/report"), "child_supervisor")
    for label in ("☐ 一个人住", "选好了"):
        page = await presses(console, page, next(one for one in labels(page) if label in one))
    page = await says(console, page, "孩子一个人在家")
    page = await says(console, page, "河湾村")
    assert "是哪个孩子" in page
    assert "示例" in page
    assert "王小石" not in page
    assert "王小石" not in await says(console, page, "王小石")


def _child(work: Work) -> None:
    area = work.areas.search("青石镇河湾村")[0].id
    work.children.add(area, {"name": "王小石"}, source="roster", by=0)


async def test_what_a_page_carries_is_nobody_elses(browser: Callable[[], Console]) -> None:
    mine, theirs = browser(), browser()
    await mine.comes_in("县民政")
    await theirs.comes_in("管理员")
    page = await begins(mine, await mine.gets("/console/forms/feedback"))
    stolen = hidden(page) | fields(await theirs.gets("/console/forms"))
    await sends(theirs, "/console/forms/try", stolen, status=404)
    await sends(
        theirs, "/console/proposals", stolen | {"do": "propose", "why": "不是我的"}, status=404
    )


# -- publishing ---------------------------------------------------------------------------------

WHY = "问法更清楚"


async def proposes(console: Console, page: str, why: str = WHY, *, status: int = 303) -> str:
    form = hidden(page) | {"do": "propose", "why": why}
    return await sends(console, "/console/proposals", form, status=status)


async def decides(console: Console, do: str, *, status: int = 303) -> None:
    page = await console.gets("/console/forms")
    path = re.search(r'href="(/console/proposals/([\w-]+))"', page)
    assert path is not None
    form = fields(await console.gets(path[1])) | {"row": path[2], "do": do}
    await sends(console, "/console/proposals", form, status=status)


async def asked(house: House) -> str:
    """The words of the form's second question, as it is in force."""

    def read(reading: Reading) -> str:
        row = reading.forms.current("feedback")
        assert row is not None
        return "".join(Form.from_json(row.compiled).questions[1].label)

    return await house.store.read(read)


async def test_a_second_person_tries_it_and_agrees_and_it_leads_back(
    browser: Callable[[], Console],
) -> None:
    mine, theirs = browser(), browser()
    house = mine.house
    await mine.comes_in("县民政")
    await theirs.comes_in("管理员")
    changed = FEEDBACK.replace("用起来顺手吗？", "好用不好用？")
    page = await uploads(mine, "feedback.md", changed)
    assert "至少 4 个字" in await proposes(mine, page, "改", status=200)
    await proposes(mine, page)
    assert await asked(house) == "用起来顺手吗？"
    await decides(mine, "agree", status=409)
    path = re.search(r"/console/proposals/[\w-]+", await theirs.gets("/console/forms"))
    assert path is not None
    waits = await theirs.gets(path[0])
    assert WHY in waits
    trial = await says(theirs, await begins(theirs, waits), "字太小")
    assert "好用不好用？" in trial
    await decides(theirs, "agree")
    assert await asked(house) == "好用不好用？"
    visitor = await house.visitor("新来的人")
    await visitor.says("意见反馈")
    await visitor.says("字太小")
    await house.settled()
    assert "好用不好用？" in house.paper.to("新来的人")[-1].card.text
    page = await mine.gets("/console/forms/feedback")
    earlier = re.search(r"/console/forms/feedback\?version=\w+", page)
    assert earlier is not None
    page = await mine.gets(earlier[0])
    assert re.search(r"<ins>[^<]*用起来顺手吗？", page)
    await proposes(mine, page, "还是原来的好")
    await decides(theirs, "agree")
    assert await asked(house) == "用起来顺手吗？"
    back = await mine.gets("/console/forms/feedback")
    assert back.count("/console/proposals/") == 2
    assert "还是原来的好" in back


async def test_what_was_published_at_the_desk_is_brought_home_changed_and_handed_in_again(
    browser: Callable[[], Console],
) -> None:
    mine, theirs = browser(), browser()
    await mine.comes_in("县民政")
    await theirs.comes_in("管理员")
    page = await uploads(mine, "feedback.md", FEEDBACK.replace("用起来顺手吗？", "好用吗？"))
    await proposes(mine, page)
    await decides(theirs, "agree")
    book = load_workbook(BytesIO(await brings_home(mine, "/console/forms/feedback")))
    assert book.sheetnames == ["问卷", "选项", "设置"]
    (cell,) = (
        cell for row in book["问卷"].iter_rows() for cell in row if cell.value == "好用吗？"
    )
    unchanged, changed = BytesIO(), BytesIO()
    book.save(unchanged)
    assert "和现在用的一样" in await uploads(mine, "feedback.xlsx", unchanged.getvalue())
    cell.value = "还好用吗？"
    book.save(changed)
    page = await uploads(mine, "feedback.xlsx", changed.getvalue())
    assert re.search(r"<ins>[^<]*还好用吗？", page)


async def brings_home(console: Console, path: str) -> bytes:
    """The workbook that a page offers."""
    form = aiohttp.FormData(hidden(await console.gets(path)), default_to_multipart=True)
    answer = await console.client.post("/console/forms/file", data=form, headers=console.own)
    assert answer.status == 200
    assert "feedback.xlsx" in answer.headers["Content-Disposition"]
    return await answer.read()


async def test_a_version_that_was_before_is_brought_home_and_a_page_of_others_is_not(
    browser: Callable[[], Console],
) -> None:
    mine, theirs = browser(), browser()
    await mine.comes_in("县民政")
    await theirs.comes_in("管理员")
    await proposes(mine, await uploads(mine, "feedback.md", FEEDBACK.replace("顺手吗", "好吗")))
    await decides(theirs, "agree")
    page = await mine.gets("/console/forms/feedback")
    earlier = re.search(r"/console/forms/feedback\?version=\w+", page)
    assert earlier is not None
    book = load_workbook(BytesIO(await brings_home(mine, earlier[0])))
    said = [cell.value for row in book["问卷"].iter_rows() for cell in row]
    assert "用起来顺手吗？" in said
    carried = hidden(page) | {"token": hidden(await theirs.gets("/console/forms"))["token"]}
    await sends(theirs, "/console/forms/file", carried, status=404)


async def test_what_was_proposed_before_another_version_must_be_looked_at_again(
    browser: Callable[[], Console],
) -> None:
    mine, theirs = browser(), browser()
    await mine.comes_in("县民政")
    await theirs.comes_in("管理员")
    await proposes(mine, await uploads(mine, "feedback.md", FEEDBACK.replace("顺手吗", "好吗")))
    other = compiled(
        [Source(name="feedback.md", data=FEEDBACK.replace("顺手吗", "行吗").encode())]
    )

    def publish(work: Work) -> None:
        (form,) = other
        work.forms.publish("feedback", form["title"], form["compiled"], form["version"], "0" * 64)

    mine.house.clock.moment[0] += timedelta(minutes=1)
    await mine.house.store.write(publish)
    await decides(theirs, "agree", status=409)
    assert await asked(mine.house) == "用起来行吗？"
    await decides(mine, "refuse")
    assert "等第二个人同意" not in await mine.gets("/console/forms")


async def test_where_one_person_is_enough_it_is_published_at_once(console: Console) -> None:
    await console.comes_in("县民政")
    console.house.rules.policy.limits["rule_change_persons"] = 1  # type: ignore[index]
    await proposes(
        console, await uploads(console, "feedback.md", FEEDBACK.replace("顺手吗", "好吗"))
    )
    assert await asked(console.house) == "用起来好吗？"


async def test_a_township_sees_no_form(console: Console) -> None:
    await console.comes_in("督导员")
    for path in ("forms", "forms/report", "forms/report?version=x", "proposals/x"):
        assert (await console.client.get(f"/console/{path}")).status == 404
    form = fields(await console.gets())
    await sends(console, "/console/forms", form, ("a.md", FEEDBACK.encode()), status=404)
    for path in ("forms/try", "proposals"):
        await sends(console, f"/console/{path}", form | {"do": "propose"}, status=404)


@pytest.mark.parametrize("path", ["/console/forms", "/console/forms/try", "/console/proposals"])
async def test_a_form_without_its_own_sessions_token_is_refused(
    browser: Callable[[], Console], path: str
) -> None:
    mine, theirs = browser(), browser()
    await mine.comes_in("县民政")
    await theirs.comes_in("管理员")
    for token in ("", "0" * 64, fields(await theirs.gets())["token"]):
        await sends(mine, path, {"token": token}, status=403)
    response = await mine.posts(path, fields(await mine.gets()))
    assert response.status == 415

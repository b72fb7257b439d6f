"""分析: numbers that open their lists, by the same definitions as in the talk."""

import io
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from bot.site.console.charts import Bar, bars, shade
from conversation.cards import Card
from handlers.office import bulletin
from policy import hiding
from policy.hiding import SMALL
from storage.cases.duties import DutyIn
from storage.work import Reading, Work
from tests.bot.site.console.conftest import Console, fields
from tests.bot.site.console.test_pages import entered, reported
from tests.fakes.house import House

LINK = re.compile(r'<a href="(/console/analysis/list\?[^"]+figure=(\w+))">(\d+)</a>')


def a_village(work: Work) -> list[int]:
    """Three children; one has a visit that is late, one left."""
    ids = entered(work, 3)
    area = work.areas.search("青石镇河湾村")[0].id
    work.duties.set(
        DutyIn(
            key="visit:test",
            kind="visit",
            subject="child",
            subject_id=ids[0],
            area_id=area,
            grade="yellow",
            person_id=None,
            due_at=work.now - timedelta(days=1),
            rings_at=None,
        )
    )
    work.children.leave(ids[1], "parent_home", work.now.date(), by=0)
    return ids


#: A number of /统计: its name and how many.
LINE = re.compile(r"^([^（\n]+)：(\d+)", re.MULTILINE)


def opened(page: str) -> dict[str, tuple[str, int]]:
    """From figure to its list and its number."""
    return {
        key: (path.replace("&amp;", "&"), int(count)) for path, key, count in LINK.findall(page)
    }


async def test_each_number_is_as_long_as_its_list(console: Console) -> None:
    await console.house.store.write(a_village)
    await reported(console.house)
    await console.comes_in("督导员")
    page = await console.gets("/console/analysis")
    lists = opened(page)
    assert {"children", "visits_overdue", "entered", "reports", "gaps"} <= set(lists)
    assert lists["children"][1] == 2
    assert lists["visits_overdue"][1] == 1
    assert lists["reports"][1] == 1
    for key, (path, count) in lists.items():
        told = await console.gets(path)
        lines = told.partition("<main")[2].partition("<aside")[0]
        assert lines.count("<tr>") - 1 == count, key


async def test_how_far_the_work_reaches_and_each_number_is_as_long_as_its_list(
    console: Console,
) -> None:
    await console.house.store.write(a_village)
    await reported(console.house)
    await console.comes_in("督导员")
    page = await console.gets("/console/analysis/reach")
    assert "建档率 = " in page
    lists = opened(page)
    assert lists["unfiled"][1] == 2
    assert {"untiered", "to_visit", "uncovered", "unstaffed"} <= set(lists)
    for key, (path, count) in lists.items():
        told = (await console.gets(path)).partition("<main")[2].partition("<aside")[0]
        rows = told.count("<li>") if key.startswith("un") and "staffed" in key else None
        assert (told.count("<tr>") - 1 if rows is None else rows) == count, key


async def test_a_day_that_is_over_has_the_numbers_that_it_had(console: Console) -> None:
    house = console.house
    ids = await house.store.write(a_village)
    await house.wait(timedelta(days=3))

    def later(work: Work) -> None:
        work.children.change(ids[0], {"tier": "红"}, source="correction", by=0)
        work.children.leave(ids[2], "parent_home", work.now.date(), by=0)

    await house.store.write(later)
    await console.comes_in("督导员")

    async def told(days: str) -> dict[str, int]:
        page = await console.gets(f"/console/analysis/reach{days}")
        return {key: count for key, (_, count) in opened(page).items()}

    now, then = await told(""), await told("?span=2026-11-01_2026-11-21")
    assert (now["unfiled"], now["tier_red"]) == (1, 1)
    assert (then["unfiled"], then["untiered"]) == (2, 2)
    assert "tier_red" not in then


async def test_a_list_of_a_period_says_of_each_visit_when_it_was_and_is_turned_by_pages(
    console: Console,
) -> None:
    def visits(work: Work) -> None:
        child = entered(work, 1)[0]
        for number in range(60):
            due = -(number // 10) * timedelta(days=1) - timedelta(hours=1, seconds=number)
            a_visit(work, child, due, made=True)

    await console.house.store.write(visits)
    await console.comes_in("督导员")
    path, count = opened(await console.gets("/console/analysis"))["visits_due"]
    assert count == 60
    first, second = await console.gets(path), await console.gets(f"{path}&page=1")
    assert "第 1 到 50 条，一共 60 条" in first
    assert "第 51 到 60 条，一共 60 条" in second
    days = [re.findall(r"<time>(\d{4}-\d\d-\d\d)</time>", page) for page in (first, second)]
    assert [len(some) for some in days] == [50, 10]
    every = [*days[0], *days[1]]
    assert every == sorted(every, reverse=True)
    assert len(set(every)) == 6


async def test_the_talk_says_the_same_numbers(console: Console) -> None:
    await console.house.store.write(a_village)
    visitor = await console.house.visitor("督导员")
    await visitor.says("统计")
    await console.house.settled()
    text = console.house.paper.to("督导员")[-1].card.text
    await console.comes_in("督导员")
    page = await console.gets("/console/analysis")
    told = dict(
        re.findall(
            r'<td data-label="项目">([^<\n]+)\n\s*<td data-label="数量">(?:<a[^>]*>)?(\d+)', page
        )
    )
    assert len(told) > 15
    for name, count in told.items():
        assert re.search(rf"{re.escape(name)}：{count}(（|\n|$)", text), name


async def test_in_the_talk_too_each_number_opens_its_list(console: Console) -> None:
    house = console.house
    await house.store.write(a_village)
    await reported(house)
    visitor = await house.visitor("督导员")

    async def shown(said: str) -> Card:
        await visitor.says(said)
        await house.settled()
        return house.paper.to("督导员")[-1].card

    card = await shown("统计")
    numbers = {name: int(count) for name, count in LINE.findall(card.text) if int(count)}
    further = await shown("看别的名单")
    opens = {**buttons(card), **buttons(further)}
    assert opens.keys() == numbers.keys()
    assert {"在册孩子", "到期还没走的", "新增的孩子", "新报来的"} <= numbers.keys()
    for name, label in opens.items():
        await shown("统计")
        if label not in [one.label for one in card.buttons()]:
            await shown("看别的名单")
        listed = await shown(label)
        verbs = [one.action.verb for one in listed.buttons()]
        if verbs[0] == "gaps":  # by why, then by child
            assert f"（{numbers[name]}）" in listed.buttons()[0].label
            continue
        assert name in listed.text
        lines = sum(verb in ("child", "absence", "case.details") for verb in verbs)
        assert lines == numbers[name], name


def buttons(card: Card) -> dict[str, str]:
    """From a number's name to the button that opens its list."""
    found = (re.fullmatch(r"(.+)（\d+）", one.label) for one in card.buttons())
    return {one[1]: one[0] for one in found if one}


async def test_what_changed_in_the_register_is_what_the_count_changed_by(
    console: Console,
) -> None:
    ids = await console.house.store.write(a_village)
    console.house.clock.moment[0] += timedelta(days=40)

    def move(work: Work) -> None:
        elsewhere = work.areas.search("云峰乡")[0].id
        work.children.move(ids[0], elsewhere, by=0)
        work.children.come_back(ids[1], by=0)

    await console.house.store.write(move)
    await console.comes_in("督导员")
    page = await console.gets("/console/analysis")
    for said in ("名册净变化：0", "新增：回来了", "减少：转到别处"):
        assert said in page
    assert "新增：新进名册" not in page


@pytest.mark.parametrize("figure", ["children", "entered", "cases_red", "reports", "x"])
async def test_a_list_of_a_place_that_is_not_ones_own_is_absent(
    console: Console, figure: str
) -> None:
    await console.house.store.write(a_village)
    county = await console.house.visitor("县民政")
    assert county is not None
    await console.comes_in("督导员")
    own = opened(await console.gets("/console/analysis"))["children"][0]
    other = console.house
    foreign = await other.store.read(lambda reading: reading.areas.search("云峰乡")[0].id)
    from bot.site.console.references import References

    references = await other.store.read(References.of)
    path = re.sub(r"area=[\w-]+", f"area={references.name('area', foreign)}", own)
    response = await console.client.get(path.replace("figure=children", f"figure={figure}"))
    assert response.status == 404
    response = await console.client.get(
        f"/console/analysis?area={references.name('area', foreign)}"
    )
    assert response.status == 404


async def test_charts_say_in_words_what_they_show(console: Console) -> None:
    await console.house.store.write(a_village)
    await reported(console.house)
    await console.comes_in("督导员")
    page = await console.gets("/console/analysis")
    labels = re.findall(r'<svg[^>]*role="img" aria-label="([^"]+)"', page)
    assert len(labels) == 2
    assert "一共 1 件" in labels[0]
    assert page.count("看成表格") == 2
    assert "<script" not in page


def test_a_bar_is_as_high_as_its_number_and_words_stay_words() -> None:
    drawn = bars('"><script>', [Bar(label="<b>", count=10), Bar(label="a", count=5)])
    assert "<script>" not in drawn
    assert "<b>" not in drawn
    heights = [float(one) for one in re.findall(r'<rect[^>]* height="([\d.]+)"', drawn)]
    assert heights[0] == pytest.approx(2 * heights[1], abs=0.2)
    assert [shade(one, 10) for one in (0, 1, 10)] == [0, 1, 5]


@given(numbers=st.lists(st.integers(0, 12), min_size=9, max_size=9))
def test_no_small_number_can_be_worked_out_of_the_sentences_of_a_bulletin(
    numbers: list[int],
) -> None:
    """Of a sum and its parts never one alone is left out."""
    keys = (
        *("visits_in_time", "visits_late", "seen_alone", "solved", "told"),
        *("better_30", "better_90"),
    )
    counts = dict(zip(keys, numbers, strict=False))
    rest, overdue = numbers[7:]
    for whole, parts in bulletin.SUMS.items():
        counts[whole] = sum(counts[part] for part in parts) + (rest if len(parts) == 1 else 0)
    # What is late now is not told, and is what is left beside the others.
    counts["visits_due"] += overdue
    hidden = bulletin.telling(counts)
    for whole, every in bulletin.SUMS.items():
        parts = tuple(part for part in every if part in counts)
        left = counts[whole] - sum(counts[part] for part in parts)
        out = [key in hidden for key in parts]
        small = [0 < counts[key] < SMALL for key in parts]
        assert all(one for one, few in zip(out, small, strict=True) if few)
        if whole not in hidden and any(out):
            assert sum(out) + (left > 0) > 1, (counts, whole)
        if whole not in hidden and 0 < left < SMALL:
            assert any(out), (counts, whole)


async def test_a_bulletin_names_places_and_no_person_and_no_small_number(
    console: Console,
) -> None:
    from docx import Document

    def more(work: Work) -> None:
        for village, count in (("青石镇青石村", 9), ("青石镇大坪村", 6), ("青石镇杉树村", 3)):
            area = work.areas.search(village)[0].id
            for at in range(count):
                work.children.add(area, {"name": f"赵小红{at}"}, source="roster", by=0)

    await console.house.store.write(a_village)
    await console.house.store.write(more)
    console.house.clock.moment[0] = DECEMBER
    await console.comes_in("督导员")
    page = await console.gets("/console/analysis?span=last_month")
    form = fields(page) | dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    form |= {"format": "docx"}
    response = await console.posts("/console/analysis/file", form)
    assert (response.status, "做什么用" in await response.text()) == (400, True)
    response = await console.posts("/console/analysis/file", form | {"reason": "十一月通报"})
    word = Document(io.BytesIO(await response.read()))
    said = "\n".join(one.text for one in word.paragraphs)
    assert "关于青石镇农村留守儿童" in said
    assert "名册上有孩子 20" in said
    assert "减少 0" in said
    assert "到期的走访 不足5" in said
    assert "督导员" not in said
    assert "小红" not in said
    (table,) = word.tables
    rows = {row.cells[0].text: row.cells[1].text for row in table.rows}
    assert rows["青石村"] == "9"
    assert (rows["河湾村"], rows["杉树村"]) == ("*", "*")
    assert rows["白岩村"] == "0"
    charts = [part for part in word.part.package.iter_parts() if "chart+xml" in part.content_type]
    assert any(
        "各地在册孩子" in drawn and ">9</c:v>" in drawn
        for drawn in (chart.blob.decode() for chart in charts)
    )
    for chart in charts:
        drawn = chart.blob.decode()
        assert "小红" not in drawn
        points = re.findall(r"<c:numCache>.*?</c:numCache>", drawn)
        assert not re.search(r"<c:v>[1-4]</c:v>", "".join(points))

    def noted(reading: Reading) -> list[str]:
        return [one.verb for one in reading.audit.of("area", 0)]

    assert await console.house.store.read(noted) == ["bulletin.exported"]


#: Half an hour into December in Beijing.
DECEMBER = datetime(2026, 11, 30, 16, 30, tzinfo=UTC)
NOW_ONLY = ("visits_overdue", "absent", "gaps", "school_age", "cases_red", "cases_yellow")


def a_visit(work: Work, child: int, due: timedelta, *, made: bool) -> None:
    told = work.duties.set(
        DutyIn(
            key=f"visit:{child}:{due}",
            kind="visit",
            subject="child",
            subject_id=child,
            area_id=work.areas.search("青石镇河湾村")[0].id,
            grade="yellow",
            person_id=None,
            due_at=work.now + due,
            rings_at=None,
        )
    )
    assert told is not None
    if made:
        work.duties.end(told, by=0)


async def november(house: House) -> list[int]:
    """Nine children with a visit each in November, seven made; then December begins."""

    def begins(work: Work) -> list[int]:
        ids = entered(work, 9)
        for at, child in enumerate(ids):
            a_visit(work, child, timedelta(days=5), made=at < 7)
        return ids

    def goes_on(work: Work) -> None:
        entered(work, 12)
        work.children.leave(ids[0], "parent_home", work.now.date(), by=0)
        work.children.move(ids[2], work.areas.search("青石镇大坪村")[0].id, by=0)
        a_visit(work, ids[1], -timedelta(minutes=1), made=False)

    ids = await house.store.write(begins)
    await reported(house)
    house.clock.moment[0] = DECEMBER
    await house.store.write(goes_on)
    return ids


async def test_the_month_that_is_over_ends_where_it_ends(console: Console) -> None:
    await november(console.house)
    await console.comes_in("督导员")
    page = await console.gets("/console/analysis?span=last_month")
    assert "2026-11-01 到 2026-11-30" in page
    assert "这段时间已经过完了" in page
    assert re.search(r'<option value="last_month" selected>上个月', page)
    numbers = dict(
        re.findall(
            r'<td data-label="项目">([^<\n]+)\n\s*<td data-label="数量">(?:<a[^>]*>)?(\d+)', page
        )
    )
    assert numbers["在册孩子"] == "9"
    assert (numbers["新增的孩子"], numbers["减少的孩子"]) == ("9", "0")
    assert (numbers["该走访的"], numbers["按时走了的"]) == ("9", "7")
    assert numbers["新报来的"] == "1"
    assert "2026-11-30 那天过完时在名册上的孩子" in page
    for name in ("到期还没走的", "没来上学的", "在办：黄", "没有人真正在管的孩子", "没采集的"):
        assert name not in page.partition("这段时间已经过完了")[2].partition("</p>")[2], name
    lists = opened(page)
    assert {"visits_due", "visits_in_time", "entered", "reports"} <= set(lists)
    assert not {"children", *NOW_ONLY} & set(lists)
    for key, (path, count) in lists.items():
        told = await console.gets(path)
        lines = told.partition("<main")[2].partition("<aside")[0]
        assert lines.count("<tr>") - 1 == count, key
        assert "2026-11-01 到 2026-11-30" in lines, key
    path = lists["visits_due"][0]
    for key in ("children", *NOW_ONLY):
        there = path.replace("figure=visits_due", f"figure={key}")
        assert (await console.client.get(there)).status == 404, key


async def test_this_month_and_any_other_word_end_today(console: Console) -> None:
    await november(console.house)
    await console.comes_in("督导员")
    for asked, days in (
        ("month", "2026-12-01 到 2026-12-01"),
        ("quarter", "2026-10-01 到 2026-12-01"),
        ("last_quarter", "2026-07-01 到 2026-09-30"),
        ("last_year", "2025-01-01 到 2025-12-31"),
        ("7", "2026-11-25 到 2026-12-01"),
        ("last_century", "2026-11-02 到 2026-12-01"),
        ("31", "2026-11-02 到 2026-12-01"),
        ("9" * 400, "2026-11-02 到 2026-12-01"),
    ):
        page = await console.gets(f"/console/analysis?span={asked}")
        assert days in page, asked
        assert ("这段时间已经过完了" in page) == asked.startswith(("last_q", "last_y")), asked
    page = await console.gets("/console/analysis?span=month")
    lists = opened(page)
    assert (lists["children"][1], lists["left"][1], lists["visits_due"][1]) == (20, 1, 1)
    assert lists["visits_overdue"][1] == 3
    last_year = await console.gets("/console/analysis?span=last_year")
    assert opened(last_year) == {}


async def test_days_of_ones_own_tell_the_same_and_are_carried_on(console: Console) -> None:
    """From one day to another: what the month tells that is over, and every link keeps them."""
    await november(console.house)
    await console.comes_in("督导员")
    page = await console.gets("/console/analysis?first=2026-11-01&last=2026-11-30")
    month = await console.gets("/console/analysis?span=last_month")
    assert "2026-11-01 到 2026-11-30" in page
    assert re.search(r'<option value="2026-11-01_2026-11-30" selected>自己选的日子', page)
    assert re.search(r'type="date" name="first" value="2026-11-01"', page)
    mine, theirs = opened(page), opened(month)
    assert {key: count for key, (_, count) in mine.items()} == {
        key: count for key, (_, count) in theirs.items()
    }
    for key, (path, _) in mine.items():
        assert "span=2026-11-01_2026-11-30" in path, key
        assert "2026-11-01 到 2026-11-30" in await console.gets(path), key
    form = fields(page) | dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    response = await console.posts(
        "/console/analysis/file", form | {"format": "docx", "reason": "通报"}
    )
    assert "2026-11-01至2026-11-30" in unquote(response.headers["Content-Disposition"])
    # Up to today it is not over: what stands today is told.
    page = await console.gets("/console/analysis?first=2026-11-01&last=2026-12-01")
    assert "这段时间已经过完了" not in page
    assert "visits_overdue" in opened(page)


@pytest.mark.parametrize(
    ("first", "last", "says"),
    [
        ("2026-11-02", "2026-11-01", "第一天不能在最后一天后面"),
        ("2026-11-01", "2026-11-21", "最后一天还没到"),
        ("2026-11-01", "", "日子要写成 2026-11-30 这样"),
        ("去年", "2026-11-01", "日子要写成 2026-11-30 这样"),
        ("1999-01-01", "1999-02-01", "最早从 2000-01-01 算起"),
        ("2020-01-01", "2026-11-01", "一次最多看三年"),
    ],
)
async def test_days_that_cannot_be_counted_are_said_beside_what_was_written(
    console: Console, first: str, last: str, says: str
) -> None:
    await console.comes_in("督导员")
    query = {"first": first, "last": last}
    response = await console.client.get("/console/analysis", params=query)
    page = await response.text()
    assert (response.status, says in page) == (400, True)
    assert "2026-10-22 到 2026-11-20" in page
    assert first == "" or f'name="first" value="{first}"' in page


async def test_the_bulletin_of_the_month_that_is_over_tells_of_that_month_alone(
    console: Console,
) -> None:
    from docx import Document

    await november(console.house)
    await console.comes_in("督导员")
    page = await console.gets("/console/analysis?span=last_month")
    form = fields(page) | dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    form |= {"format": "docx", "reason": "十一月通报"}
    response = await console.posts("/console/analysis/file", form)
    assert "2026-11-01" in unquote(response.headers["Content-Disposition"])
    word = Document(io.BytesIO(await response.read()))
    said = "\n".join(one.text for one in word.paragraphs)
    assert "2026年11月01日至2026年11月30日" in said
    assert "到今天还没走的、还没办完的，不写在里面" in said
    assert "2026年11月30日名册上有孩子 9。这段时间新增 9，减少 0，净变化 +9" in said
    # That two were not made can be worked out of nothing.
    assert "到期的走访 9，按时走了的 *，晚了才走的 0。做成的走访 0" in said
    assert "到今天还没走的 " not in said
    assert "新报来线索 不足5" in said
    assert word.paragraphs[-1].text.endswith("2026年12月01日")
    (table,) = word.tables
    assert [cell.text for cell in table.rows[0].cells] == [
        *("地方", "在册孩子", "该走访的", "按时走了的", "新报来的")
    ]
    rows = {row.cells[0].text: [cell.text for cell in row.cells[1:]] for row in table.rows}
    assert rows["河湾村"] == ["9", "9", "*", "*"]
    assert rows["大坪村"] == ["0", "0", "*", "*"]


@pytest.mark.parametrize(
    ("span", "is_for_others"),
    [
        *(("last_month", True), ("last_quarter", True), ("last_year", True)),
        *(("2026-07-01_2026-07-31", True), ("2026-04-01_2026-06-30", True)),
        *(("2025-01-01_2025-12-31", True), ("2024-02-01_2024-02-29", True)),
        *((one, False) for one in ("month", "quarter", "year", "7", "30", "90", "365")),
        *(("2026-07-01_2026-07-30", False), ("2026-07-02_2026-07-31", False)),
        *(("2026-07-01_2026-08-31", False), ("2026-05-01_2026-07-31", False)),
        *(("2025-07-01_2026-06-30", False), ("2026-11-30_2026-11-30", False)),
    ],
)
async def test_no_two_bulletins_differ_by_a_few_days(
    console: Console, span: str, *, is_for_others: bool
) -> None:
    """Taken from each other, two of overlapping days tell the small number of what is between."""
    await november(console.house)
    await console.comes_in("督导员")
    page = await console.gets(f"/console/analysis?span={span}")
    assert ('value="docx"' in page) == is_for_others
    assert ("减得出不该写的小数" in page) != is_for_others
    form = fields(page) | dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    form |= {"format": "docx", "reason": "通报"}
    response = await console.posts("/console/analysis/file", form)
    assert response.status == (200 if is_for_others else 400)
    if not is_for_others:
        assert "没有出：通报只出" in await response.text()
        for way in ("last_month", "last_quarter", "last_year"):
            assert f"span={way}#out" in page


async def test_a_quarter_gives_away_nothing_that_its_months_leave_out(console: Console) -> None:
    """Of three months of a village one is small: what is left of the quarter would be it."""
    from docx import Document

    def settle(work: Work) -> None:
        for village, of_months in (
            ("河湾村", (6, 2, 7)),
            ("青石村", (9, 9, 9)),
            ("大坪村", (8, 8, 8)),
        ):
            area = work.areas.search(f"青石镇{village}")[0].id
            for month, count in zip((10, 11, 12), of_months, strict=True):
                for at in range(count):
                    child = work.children.add(area, {"name": "王"}, source="roster", by=0)
                    due = datetime(2026, month, 20, 2 + at // 5, tzinfo=UTC)
                    work.duties.set(
                        DutyIn(
                            key=f"visit:{child}",
                            kind="visit",
                            subject="child",
                            subject_id=child,
                            area_id=area,
                            grade="yellow",
                            person_id=None,
                            due_at=due,
                            rings_at=None,
                        )
                    )

    await console.house.store.write(settle)
    console.house.clock.moment[0] = datetime(2027, 1, 5, 2, tzinfo=UTC)
    await console.comes_in("督导员")

    async def paper(span: str) -> tuple[str, dict[str, str]]:
        page = await console.gets(f"/console/analysis?span={span}")
        form = fields(page) | dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
        form |= {"format": "docx", "reason": "通报"}
        response = await console.posts("/console/analysis/file", form)
        word = Document(io.BytesIO(await response.read()))
        (table,) = word.tables
        said = "".join(one.text for one in word.paragraphs)
        return said, {row.cells[0].text: row.cells[2].text for row in table.rows[1:]}

    november, villages = await paper("2026-11-01_2026-11-30")
    assert "到期的走访 19，" in november
    assert villages == {**villages, "河湾村": "*", "大坪村": "*", "青石村": "9"}
    quarter, villages = await paper("last_quarter")
    assert "到期的走访 66，" in quarter
    assert villages == {**villages, "河湾村": "*", "大坪村": "*", "青石村": "27"}
    _, villages = await paper("2026-10-01_2026-10-31")
    assert villages == {**villages, "河湾村": "6", "大坪村": "8", "青石村": "9"}


MONTHS = st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3), min_size=3, max_size=12)


@given(months=MONTHS)
def test_a_sum_gives_away_no_number_that_its_parts_leave_out(months: list[list[int]]) -> None:
    """Whatever each part leaves out, and at least what is small."""
    papers = []
    for month in months:
        counts = {(place, "reports"): count for place, count in enumerate(month, 1)}
        whole = sum(month)
        below = {0: [1, 2, 3]}
        known = {at: {"reports": n} for at, n in enumerate((whole, *month))}
        hidden = hiding.hidden(0, below, known, "reports", ())
        unsaid = frozenset((place, "reports") for place in hidden)
        papers.append((counts, unsaid))
    out = bulletin.given_away(papers)
    for place in (1, 2, 3):
        left = [c[place, "reports"] for c, unsaid in papers if (place, "reports") in unsaid]
        if (place, "reports") not in out:
            assert not 0 < sum(left) < SMALL
            assert len([one for one in left if one]) != 1


async def test_the_numbers_leave_as_a_table_that_no_program_runs(console: Console) -> None:
    await console.house.store.write(a_village)
    await console.comes_in("督导员")
    page = await console.gets("/console/analysis")
    form = fields(page) | {"span": "30", "format": "xlsx", "reason": "=核对"}
    response = await console.posts("/console/analysis/file", form)
    (sheet,) = load_workbook(io.BytesIO(await response.read())).worksheets
    rows = [*sheet.iter_rows(values_only=True)]
    told = {str(row[3]): str(row[4]) for row in rows[2:] if row[0] == "青石镇"}
    assert told["在册孩子"] == "2"
    days = {tuple(str(day)[:10] for day in row[1:3]) for row in rows[2:]}
    assert days == {("2026-10-22", "2026-11-20")}
    assert sum(int(str(row[4])) for row in rows[2:] if row[3] == "在册孩子") == 4
    assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)

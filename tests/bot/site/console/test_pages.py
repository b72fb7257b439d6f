"""What an officer does at the console: the same acts as in the talk, beside lists and files."""

import asyncio
import io
import re
from collections.abc import Callable
from datetime import timedelta

from openpyxl import load_workbook

from storage.cases.duties import DutyIn
from storage.work import Reading, Work
from tests.bot.site.console.conftest import Console, deeds, fields
from tests.fakes.house import House

VILLAGE = "青石镇河湾村"


async def reported(house: House) -> None:
    """A neighbour reports that a child is in danger."""
    neighbour = await house.visitor("邻居")
    await neighbour.says("孩子有危险")
    await neighbour.says("青石镇")
    await house.settled()
    await neighbour.taps("河湾村")
    await neighbour.says("孩子被锁在门外哭")
    await house.settled()


def entered(work: Work, count: int, name: str = "王小明") -> list[int]:
    """Children of the village, and who answers for the first of them."""
    area = work.areas.search(VILLAGE)[0].id
    return [
        work.children.add(
            area,
            {
                "name": f"{name}{at or ''}",
                "birth_date": "2016-09-01",
                "guardian_phone": "13800001234",
            },
            source="roster",
            by=0,
        )
        for at in range(count)
    ]


async def test_a_case_is_taken_and_worked_on_beside_its_page(console: Console) -> None:
    await reported(console.house)
    page = await console.comes_in("督导员")
    path = re.search(r'href="(/console/cases/[\w-]+)"', page)
    assert path is not None
    page = await console.gets(path[1])
    assert "孩子被锁在门外哭" in page
    assert "我来处理" in deeds(page)
    page = await console.does(path[1], "我来处理")
    assert "督导员" in page
    assert "接了这件事" in page
    page = await console.does(path[1], "联系上了")
    assert "【" in page.partition("<aside")[2]
    for _ in range(8):
        if "回首页" in deeds(page.partition("<aside")[2]):
            break
        page = await console.says(path[1], "1")
    assert "联系上了家里" in page.partition("<aside")[0]


async def test_what_a_browser_sends_twice_happens_once(console: Console) -> None:
    page = await console.comes_in("督导员")
    form = fields(page) | {"text": "意见"}
    for _ in range(2):
        assert (await console.posts("/console/talk", form)).status == 303

    def turns(reading: Reading) -> int:
        person = reading.people.speaker("paper", "督导员")
        assert person is not None
        (mine,) = [
            one for one in reading.people.contacts_of(person.person_id) if one.channel == "console"
        ]
        speaker = reading.people.speaker_of(mine.id)
        assert speaker is not None
        return speaker.turn

    assert await console.house.store.read(turns) == 1


async def test_a_file_opens_with_a_reason_that_all_its_readers_can_see(console: Console) -> None:
    await console.house.store.write(lambda work: entered(work, 1))
    await console.comes_in("督导员")
    page = await console.gets("/console/children")
    assert "王*" in page
    assert "王小明" not in page
    path = re.search(r'href="(/console/children/[\w-]+)"', page)
    assert path is not None
    page = await console.does(path[1], "查看明文（要写原因）")
    assert "王小明" not in page
    page = await console.does(path[1], "核对名册")
    assert "王小明" in page
    assert "13800001234" in page
    assert "核对台账" in page.partition("谁看过")[2]
    page = await console.gets("/console/looks")
    assert "王*" in page
    assert "核对台账" in page
    page = await console.gets("/console/children")
    assert "王小明" not in page


async def test_an_own_child_opens_at_once_and_the_look_is_written_down(console: Console) -> None:
    (child,) = await console.house.store.write(lambda work: entered(work, 1))
    await console.comes_in("儿童主任")

    def give(work: Work) -> None:
        person = work.people.meet("paper", "儿童主任").person_id
        work.responsibilities.assign(child, person, by=0)

    await console.house.store.write(give)
    page = await console.gets("/console/children")
    path = re.search(r'href="(/console/children/[\w-]+)"', page)
    assert path is not None
    assert "王小明" in await console.gets(path[1])
    looks = await console.house.store.read(lambda reading: reading.child_looks.of_child(child))
    assert [look.code for look in looks] == ["own"]


async def test_who_reads_no_tier_finds_nobody_by_it(
    console: Console, browser: Callable[[], Console]
) -> None:
    """Education does not know who is how much at risk; nor by trying one tier after another."""

    def two(work: Work) -> None:
        for child in entered(work, 2):
            work.children.change(child, {"tier": "red"}, source="visit", by=0)

    await console.house.store.write(two)
    await console.comes_in("县教育")
    page = await console.gets("/console/children")
    assert 'name="tier"' not in page
    assert "没评" not in page
    assert "共 2 条" in page
    assert "共 0 条" in await console.gets("/console/children?tier=red")
    form = fields(page) | {"what": "children", "format": "csv", "tier": "red"}
    assert "小明" not in await (await console.posts("/console/export", form)).text()
    other = browser()
    await other.comes_in("县民政")
    assert 'name="tier"' in await other.gets("/console/children")
    assert "共 2 条" in await other.gets("/console/children?tier=red")


async def test_nobody_is_found_by_words_that_the_seeker_may_not_read(
    console: Console, browser: Callable[[], Console]
) -> None:
    """Education knows the child, and neither a parent's name nor the nickname."""
    told = {"father_name": "赵铁柱", "guardian_name": "钱桂花", "nickname": "石头蛋"}

    def one(work: Work) -> None:
        (child,) = entered(work, 1)
        work.children.change(child, told, source="visit", by=0)

    await console.house.store.write(one)
    await console.comes_in("县教育")
    other = browser()
    await other.comes_in("县民政")
    for words, is_theirs in (("王小明", True), *((value, False) for value in told.values())):
        assert "共 1 条" in await other.gets(f"/console/children?q={words}"), words
        found = "共 1 条" in await console.gets(f"/console/children?q={words}")
        assert found is is_theirs, words


async def test_more_than_fifty_names_leave_only_with_a_reason_and_never_unnoted(
    console: Console,
) -> None:
    await console.house.store.write(lambda work: entered(work, 51, "=王"))
    page = await console.comes_in("督导员")
    form = fields(page) | {"what": "children", "format": "xlsx"}
    response = await console.posts("/console/export", form)
    assert "超过 50 条" in await response.text()

    def noted(reading: Reading) -> list[str]:
        return [one.detail for one in reading.audit.of("area", 0)]

    assert await console.house.store.read(noted) == []
    response = await console.posts("/console/export", form | {"reason": "开学核对"})
    book = load_workbook(io.BytesIO(await response.read()))
    (sheet,) = book.worksheets
    rows = [*sheet.iter_rows(values_only=True)]
    assert "督导员" in str(rows[0][0])
    assert len(rows) == 53
    assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)
    assert any("'=王" in str(cell) for cell in rows[2])
    (detail,) = await console.house.store.read(noted)
    assert '"rows":51' in detail


async def test_a_sheet_of_invitations_lets_people_in(console: Console) -> None:
    page = await console.comes_in("督导员")
    page = await console.gets("/console/staff")
    area = re.search(r'<option value="([\w-]+)">青石镇河湾村<', page)
    assert area is not None
    console.house.rules.open_door("http://example.cn/chat#start=TOKEN")
    response = await console.posts(
        "/console/invite", fields(page) | {"role": "grid_worker", "area": area[1], "count": "3"}
    )
    sheet = await response.text()
    assert sheet.count('class="codes"') == 3
    policy = response.headers["Content-Security-Policy"]
    assert "sha256-" in policy
    assert "unsafe" not in policy
    assert "青石镇河湾村 网格员" in await console.gets("/console/staff")


async def test_a_post_has_its_days_from_the_sheet_and_they_are_changed_at_the_desk(
    console: Console,
) -> None:
    await console.comes_in("督导员")
    page = await console.gets("/console/staff")
    area = re.search(r'<option value="([\w-]+)">青石镇河湾村<', page)
    assert area is not None
    console.house.rules.open_door("http://example.cn/chat#start=TOKEN")
    wanted = fields(page) | {"role": "grid_worker", "area": area[1], "count": "1"}
    for days, said in (
        ({"first": "2026-11-19"}, "已经过了的日子"),
        ({"last": "2026-11-19"}, "已经过了"),
        ({"first": "2026-12-02", "last": "2026-12-01"}, "还早"),
        ({"first": "明天"}, "不对"),
    ):
        response = await console.posts("/console/invite", wanted | days)
        assert response.status == 400
        assert said in await response.text()
    response = await console.posts(
        "/console/invite", wanted | {"first": "2026-12-01", "last": "2027-06-30"}
    )
    assert "青石镇河湾村 网格员（2026-12-01 到 2027-06-30）" in await response.text()
    path = "/console/staff?q=" + "网格员"
    await console.does(path, "岗位起止")
    await console.says(path, "2026年12月31日")
    assert "青石镇河湾村 网格员（到 2026-12-31）" in await console.gets(path)


async def test_each_number_of_today_is_as_long_as_its_list(console: Console) -> None:
    await reported(console.house)
    await console.house.store.write(lambda work: entered(work, 3))
    page = await console.comes_in("督导员")
    numbers = re.findall(r'href="([^"]+)"><b>(\d+)</b>', page)
    assert len(numbers) == 8
    for link, count in numbers:
        listed = await console.gets(link.replace("&amp;", "&"))
        if "/cases" in link or "/children" in link:
            assert f"共 {count} 条" in listed, link
    assert dict(numbers)["/console/hands"] == "3"


async def test_a_list_says_who_has_not_acted_where_it_is_not_who_has_the_case(
    console: Console,
) -> None:
    """Else whoever has the case looks late by what the police did not do."""
    await reported(console.house)
    page = await console.comes_in("督导员")
    path = re.search(r'href="(/console/cases/[\w-]+)"', page)
    assert path is not None
    await console.does(path[1], "我来处理")
    console.house.clock.moment[0] += timedelta(hours=30)

    def answers(work: Work) -> None:
        (case,) = work.cases.below(work.areas.search("青石镇")[0].id, 9)
        for duty in work.duties.open_of("case", case.id):
            work.duties.end(duty.id, by=0)
        for key, role, person, hours in (
            ("police", "police_station", None, 1),
            ("own", case.owner.role, case.owner.person_id, 2),
        ):
            work.duties.set(
                DutyIn(
                    key=f"test:{key}",
                    kind="confirm_police",
                    subject="case",
                    subject_id=case.id,
                    area_id=case.area_id,
                    grade="red",
                    person_id=person,
                    role=role,
                    due_at=work.now - timedelta(hours=24 - hours),
                    rings_at=None,
                )
            )

    def ends_first(work: Work) -> None:
        (case,) = work.cases.below(work.areas.search("青石镇")[0].id, 9)
        work.duties.end(work.duties.open_of("case", case.id)[0].id, by=0)

    await console.house.store.write(answers)
    await console.comes_in("督导员")
    for where in ("/console", "/console/cases"):
        listed = (await console.gets(where)).partition("<tbody>")[2].partition("</tbody>")[0]
        assert "由 派出所 办" in listed
    form = fields(await console.gets()) | {"what": "cases", "format": "csv"}
    table = await (await console.posts("/console/export", form)).text()
    assert "轮到谁" in table
    assert "派出所" in table
    await console.house.store.write(ends_first)
    listed = (await console.gets("/console/cases")).partition("<tbody>")[2]
    assert " 办</span>" not in listed.partition("</tbody>")[0]


async def test_what_the_police_station_has_to_do_waits_for_whoever_sits_there(
    console: Console,
) -> None:
    """A duty of a post that several hold is nobody's by name, and was on nobody's first page."""
    house = console.house
    await house.visitor("派出所")
    await reported(house)

    def second(work: Work) -> None:
        town = work.areas.search("青石镇")[0].id
        other = work.people.meet("paper", "另一位民警").person_id
        work.people.add_role(other, "police_station", town)
        (case,) = work.cases.below(town, 9)
        for duty in work.duties.open_of("case", case.id):
            work.duties.end(duty.id, by=0)
        work.duties.set(
            DutyIn(
                key="test:police",
                kind="police_answer",
                subject="case",
                subject_id=case.id,
                area_id=case.area_id,
                grade="red",
                person_id=None,
                role="police_station",
                due_at=work.now + timedelta(minutes=15),
                rings_at=None,
            )
        )

    await house.store.write(second)
    page = await console.comes_in("派出所")
    assert re.search(r'href="/console/cases\?only=mine"><b>1</b>', page)
    assert "共 1 条" in await console.gets("/console/cases?only=mine")
    await console.posts("/console/leave", fields(page))
    page = await console.comes_in("县民政")
    assert re.search(r'href="/console/cases\?only=mine"><b>0</b>', page)


async def test_whoever_waits_for_somebody_finds_the_telephone_beside_it(
    browser: Callable[[], Console],
) -> None:
    """A red case that nobody has was a name and a time; who looks at night could call nobody."""
    county, owner, helper = browser(), browser(), browser()
    house = county.house
    await reported(house)
    await county.comes_in("县民政")
    await owner.comes_in("督导员")

    def settle(work: Work) -> int:
        (case,) = work.cases.below(work.areas.search("青石镇")[0].id, 9)
        for number, name in enumerate(("督导员", "儿童主任", "县民政", "妇联", "教师")):
            person = work.people.meet("paper", name).person_id
            work.people.set_phone(person, f"1390000000{number}")
        women = work.people.meet("paper", "妇联").person_id
        work.people.add_role(women, "womens_federation", work.areas.roots()[0].id)
        until = work.now + timedelta(days=3)
        work.cases.add_member(
            case.id, women, "partner", by=0, basis="help", parts=("answers",), until=until
        )
        return case.id

    await house.store.write(settle)
    await helper.comes_in("妇联")
    calls = re.compile(r'<a href="tel:(1\d{10})">([^<]+)</a>')

    async def found(console: Console) -> list[tuple[str, str]]:
        path = re.search(r'href="(/console/cases/[\w-]+)"', await console.gets("/console/cases"))
        assert path is not None
        main = (await console.gets(path[1])).partition("<main")[2].partition("</main>")[0]
        return calls.findall(main)

    waits_for = await found(county)
    assert len(waits_for) == 1
    (phone, said) = waits_for[0]
    assert said.endswith(phone)
    mine = await found(owner)
    assert all("督导员" not in said for _, said in mine)
    assert await found(helper) == []


async def test_a_page_on_paper_says_who_opened_it_and_when(console: Console) -> None:
    await console.comes_in("督导员")
    for path in ("/console", "/console/children"):
        page = await console.gets(path)
        assert 'class="print-only soft">相伴后台：督导员 于 2026-11-20 10:00 打开的页面' in page


async def test_what_a_second_person_has_to_do_is_theirs_on_the_first_page(
    browser: Callable[[], Console],
) -> None:
    first, second = browser(), browser()
    await first.comes_in("督导员")
    await second.comes_in("县民政")
    mine = re.compile(r'href="/console/cases\?only=mine"><b>(\d+)</b>')
    await reported(first.house)

    def counts(page: str) -> str:
        found = mine.search(page)
        assert found is not None
        return found[1]

    assert counts(await second.gets()) == "0"

    def wants_to_close(work: Work) -> None:
        area = work.areas.search("青石镇")[0].id
        (case,) = work.cases.below(area, 9)
        person = work.people.meet("paper", "县民政").person_id
        due = work.now + timedelta(hours=20)
        work.duties.set(
            DutyIn(
                key=f"test:{case.id}",
                kind="confirm_close",
                subject="case",
                subject_id=case.id,
                area_id=area,
                grade=case.grade,
                person_id=person,
                due_at=due,
                rings_at=None,
            )
        )

    await first.house.store.write(wants_to_close)
    assert counts(await second.gets()) == "1"
    assert "共 1 条" in await second.gets("/console/cases?only=mine")


async def test_nothing_is_lost_silently_when_the_store_is_away(console: Console) -> None:
    page = await console.comes_in("督导员")
    await console.house.office.stop()
    response = await console.posts("/console/talk", fields(page) | {"text": "意见"})
    assert response.status == 503
    assert "没有算数" in await response.text()


async def test_a_way_back_never_leads_elsewhere(console: Console) -> None:
    page = await console.comes_in("督导员")
    for back in (
        "https://evil.example",
        "//evil.example",
        "/console/../x",
        "/console\r\nX: y",
        "",
    ):
        form = {**fields(page), "back": back, "text": f"我的{back}"}
        response = await console.posts("/console/talk", form)
        assert response.headers["Location"] == "/console?answered=1#talk"


async def test_many_at_once_wait_for_nobody(console: Console) -> None:
    await console.comes_in("督导员")
    pages = await asyncio.gather(*(console.gets("/console/children") for _ in range(50)))
    assert all("儿童台账" in page for page in pages)

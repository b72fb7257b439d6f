"""The morning's card, visits, an absence and a leave on Telegram, over HTTP, as time passes."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from bot import beats
from bot.county.rules import read_rules
from bot.demo.people import COUNTY
from bot.settings import read_settings
from handlers.rules import Rules
from handlers.visiting import planning
from storage.work import Work
from tests.fakes.telegram.town import Town, give_posts, goes, open_town

DIRECTOR, GRID, BOSS, TEACHER = 2001, 2002, 2003, 2004
POSTS = {
    DIRECTOR: ("陈主任", "child_director", "青石镇河湾村"),
    GRID: ("周网格", "grid_worker", "青石镇河湾村"),
    BOSS: ("赵督导", "child_supervisor", "青石镇"),
    TEACHER: ("李老师", "teacher", "青石镇青石村"),
}
CLASS = {"school": "青石小学", "class": "三(2)班"}


def settle(work: Work, rules: Rules) -> None:
    """People with posts, and two children in the hands of the village's child director."""
    people = give_posts(work, POSTS)
    for name, group in (("赵雨涵", "一组"), ("王小明", "二组")):
        home = work.areas.search(f"青石镇河湾村{group}")[0].id
        values = {"name": name, "sex": "female", "birth_date": "2016-03-05", **CLASS}
        child = work.children.add(home, values, source="roster", by=0)
        work.responsibilities.assign(child, people[DIRECTOR], by=0)
    planning.plan_stirred(work, rules)


@pytest.fixture
async def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Town]:
    """A county with two children; a morning's beat comes each second."""
    monkeypatch.setattr(beats, "DIGESTS_EVERY", 1)
    people = partial(settle, rules=read_rules(read_settings(county=COUNTY)))
    # Whatever the day: the children come on a Monday, so that the first visit is due on the next.
    async with open_town(tmp_path, "2027-03-01 09:00", people) as opened:
        yield opened


async def test_the_morning_s_card_leads_a_visit_to_its_end_and_a_failed_one_to_its_next_step(
    town: Town,
) -> None:
    director = town.fake.person(DIRECTOR)
    director.says("/start")
    await director.hears("110")
    town.leap("2027-03-08 07:31")
    digest = await director.hears("今天去哪几家：3月8日 星期一")
    assert "赵*：今天，去一趟；新登记，5个工作日内第一次" in digest.text
    assert "赵雨涵" not in digest.text
    await goes(
        director,
        ("记第1家", "赵雨涵这次怎么样"),
        ("见到人、说上话了", "怎么联系的"),
        ("到家里去", "见到了谁"),
        ("孩子", "见到了谁"),
        ("奶奶、外婆", "见到了谁"),
        ("选好了（2）", "单独和孩子说上话"),
        ("有", "和上次不一样"),
        ("选好了", "让人担心"),
        ("更多", "让人担心"),
        ("要帮忙", "让人担心"),
        ("选好了（1）", "要帮什么忙"),
        ("衣服、被子", "要帮什么忙"),
        ("选好了（1）", "还有什么要说的"),
    )
    director.says("被子薄，想要一床")
    await director.hears("请看一遍")
    director.taps("发出去")
    done = await director.hears("记下了：赵雨涵。")
    assert "要帮忙：衣服、被子" in done.text
    left = await director.hears("要去 1 家")
    assert "赵*" not in left.text
    assert left.message_id == digest.message_id
    for following in ("去一趟", "先打电话"):
        await goes(
            director,
            ("记第1家", "王小明这次怎么样"),
            ("家里没人", "怎么联系的"),
            ("到家里去", "还有什么要说的"),
            ("跳过", "请看一遍"),
            ("发出去", f"王小明下一次：{following}"),
        )
    await director.hears("王*：今天，先打电话；")


async def test_who_is_missing_in_the_morning_is_asked_for_by_the_teacher_and_the_cadre(
    town: Town,
) -> None:
    teacher, director, boss = map(town.fake.person, (TEACHER, DIRECTOR, BOSS))
    town.leap("2027-03-02 08:20")
    for person in (director, boss):
        person.says("/start")
        await person.hears("110")
    teacher.says("我的班")
    await teacher.hears("还没有登记班级")
    await goes(teacher, ("登记一个班", "哪个学校"))
    for said, heard in (("青石小学", "哪个班"), ("三年级2班", "哪些学生")):
        teacher.says(said)
        await teacher.hears(heard)
    teacher.says("张伟、李红、孙浩")
    await teacher.hears("青石小学三年级2班，5 个学生")
    await goes(
        teacher,
        ("点名：点没来的", "没来的点一下"),
        ("王小明", "没来的点一下"),
        ("选好了（1）", "王小明：还不知道原因"),
    )
    told = await director.hears("有孩子没来上学")
    assert "王" not in told.text
    teacher.says("三(2)班缺:王小明、李红(病)")
    await teacher.hears("李红：病了")
    await goes(
        teacher,
        ("王小明：去问、去办", "给家长打电话，问孩子在哪里"),
        ("办完了：给家长打电话，问孩子在哪里", "结果怎么样"),
        ("没碰上人", "还知道些什么"),
        ("跳过", "记下了：给家长打电话"),
    )
    await goes(
        director,
        ("看是谁、怎么办", "王小明（青石小学三年级2班）"),
        ("办完了：包保责任人当天上门或打电话，弄清孩子在哪里", "结果怎么样"),
        ("孩子在家，会来上学", "还知道些什么"),
        ("跳过", "记下了：包保责任人当天上门或打电话"),
    )
    # The next day the pupil is still missing: it is the teacher's to go there, or told above.
    town.leap("2027-03-03 10:01")
    soon = await teacher.hears("快到时间了，这件事等着您：班主任上门家访")
    town.leap("2027-03-04 09:01")
    late = await boss.hears("班主任上门家访")
    assert not any("王" in card.text for card in (soon, late))


async def test_a_deputy_has_the_morning_s_card_of_whoever_is_away(town: Town) -> None:
    director, grid = town.fake.person(DIRECTOR), town.fake.person(GRID)
    grid.says("/start")
    await grid.hears("110")
    director.says("请假、找人替班")
    await director.hears("从哪天起不在")
    for said, heard in (
        ("3月5日", "最后一天"),
        ("3月9日", "找谁替班"),
        ("周网格", "点一下替班的人"),
    ):
        director.says(said)
        await director.hears(heard)
    director.taps("周网格（青石镇河湾村 网格员）")
    await director.hears("周网格")
    town.leap("2027-03-08 07:31")
    digest = await grid.hears("今天去哪几家")
    assert "2 家" in digest.text
    await goes(
        grid,
        ("记第1家", "赵雨涵这次怎么样"),
        ("见到人、说上话了", "怎么联系的"),
        ("打电话", "见到了谁"),
    )
    assert not [one for one in director.sees() if "今天去哪几家" in one.text]

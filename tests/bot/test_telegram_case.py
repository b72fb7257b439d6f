"""A case on Telegram from the alarm to its end, over HTTP: the officer, the second, the deputy."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from bot import beats
from tests.fakes.telegram.town import Town, give_posts, goes, open_town, tells

TEACHER, OFFICER, COUNTY_OFFICER, CADRE, DEPUTY = 2101, 2102, 2103, 2104, 2105
POSTS = {
    TEACHER: ("李老师", "teacher", "青石镇青石村"),
    OFFICER: ("赵督导", "child_supervisor", "青石镇"),
    COUNTY_OFFICER: ("孙民政", "civil_affairs", "云岭县"),
    DEPUTY: ("钱督导", "child_supervisor", "云峰乡"),
    CADRE: ("陈主任", "child_director", "青石镇青石村"),
}


@pytest.fixture
async def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Town]:
    """A county in which everybody has begun to talk; a morning's beat comes each second."""
    monkeypatch.setattr(beats, "DIGESTS_EVERY", 1)
    settle = partial(give_posts, posts=POSTS)
    async with open_town(tmp_path, "2027-03-01 09:00", settle) as opened:
        for number in POSTS:
            await tells(opened.fake.person(number), ("/start", "110"))
        yield opened


async def test_an_officer_has_a_case_from_the_alarm_to_its_end(town: Town) -> None:
    teacher, officer, second = (
        town.fake.person(one) for one in (TEACHER, OFFICER, COUNTY_OFFICER)
    )
    await tells(teacher, ("学生一个人在家，锅里着火了", "正有危险"))
    await goes(teacher, ("是，现在有危险", "在什么地方"), ("青石镇青石村", "受理号"))
    alarm = await officer.hears("紧急：孩子现在有危险")
    assert "着火" not in alarm.text
    await asyncio.sleep(1)  # who reads an alarm takes a moment
    await tells(officer, ("我马上过去", "这件的情况吗"))
    await goes(officer, ("我来处理", "记下了：我来处理"))
    await teacher.hears("已经有人接手在办")
    await goes(officer, ("联系上了", "联系到谁了"), ("带孩子的老人、亲戚", "怎么联系的"))
    await goes(officer, ("打电话", "他怎么说"))
    await tells(officer, ("奶奶说火灭了", "记下了：联系上了"))
    town.leap("2027-03-01 09:40")
    await tells(officer, ("到了，孩子没事", "这件的情况吗"))
    await goes(
        officer,
        ("见到孩子了", "孩子现在安全吗"),
        ("安全", "单独和孩子说上话"),
        ("有", "看到了什么"),
        ("选好了", "记下了：见到孩子了"),
        ("应急处置记录", "做了哪些"),
        ("通知了父母", "做了哪些"),
        ("选好了（1）", "现在谁照看孩子"),
        ("老人、亲戚", "当时怎么办的"),
    )
    await teacher.hears("已经有人去看过孩子了")
    await tells(officer, ("火灭了，奶奶回来了", "记下了：应急处置记录"))
    town.leap("2027-03-02 10:00")
    cadre = town.fake.person(CADRE)
    await goes(
        officer,
        ("做评估", "孩子现在有没有这些"),
        ("选好了", "孩子多大"),
        ("6 到 10 岁", "身体怎么样"),
        ("好", "心情、精神怎么样"),
        ("开朗", "平时表现怎么样"),
        ("好", "住的地方有没有这些危险"),
        ("用火用电不安全", "住的地方有没有这些危险"),
        ("选好了（1）", "家里过得怎么样"),
        ("够用", "照看的人顾得过来吗"),
        ("勉强", "平时管得怎么样"),
        ("管得好", "爸妈多久联系一次孩子"),
        ("每周都有", "上学怎么样"),
        ("天天去", "还看到什么"),
        ("跳过", "请看一遍"),
        ("发出去", "记下了：做评估"),
        ("定等级", "定成哪一级"),
        ("黄（要跟进）", "为什么这样定"),
    )
    await tells(officer, ("奶奶年纪大，用火要人看着", "记下了：定等级"))
    await goes(officer, ("帮扶加一项", "是哪一类"), ("别的", "具体做什么"))
    await tells(officer, ("给奶奶家装烟雾报警器", "谁来做"))
    await goes(officer, ("陈主任（儿童主任）", "到哪天做好"))
    await tells(officer, ("3月5日", "记下了：帮扶加一项"))
    asked = await cadre.hears("有一项请您办")
    assert "烟雾" not in asked.text
    await goes(cadre, ("做完了一项", "做得怎么样"))
    await tells(cadre, ("装好了，教了奶奶怎么用", "记下了：做完了一项"))
    await officer.hears("做完了一项\n")
    town.leap("2027-03-04 08:59")
    due = await officer.hears("给报告人回话（03-04 09:00 前）")
    assert due.buttons == (("给报告人回话", "看详情"), ("过后再提醒我",))
    await goes(officer, ("给报告人回话", "【给报告人回话】"))
    await tells(officer, ("孩子没事，奶奶在家，装了报警器", "记下了：给报告人回话"))
    await teacher.hears("装了报警器")
    await goes(officer, ("看详情", "到哪一步：帮扶"))
    await tells(officer, ("申请结案", "结果是什么"))  # behind 更多; its words are enough
    await goes(officer, ("家里改好了", "现在谁照看孩子"))
    await tells(officer, ("奶奶照看，爸爸每周打电话", "记下了：申请结案"))
    asked = await second.hears("有一件申请结案，请您复核")
    assert "奶奶" not in asked.text
    await goes(second, ("看详情", "奶奶照看，爸爸每周打电话"), ("同意结案", "您核实过哪些"))
    await goes(
        second,
        ("问过照看的人", "您核实过哪些"),
        ("选好了（1）", "还有要说的吗"),
        ("跳过", "记下了：同意结案"),
    )
    await teacher.hears("已经办完")
    await goes(teacher, ("解决了", "谢谢您"))


async def test_who_stands_in_for_an_officer_has_the_alarm_and_the_officer_has_it_back(
    town: Town,
) -> None:
    teacher, officer, deputy = map(town.fake.person, (TEACHER, OFFICER, DEPUTY))
    await tells(
        officer,
        ("我要请假", "从哪天起不在"),
        ("3月2日", "最后一天"),
        ("3月4日", "找谁替班"),
        ("钱督导", "点一下替班的人"),
    )
    officer.taps("钱督导（云峰乡 儿童督导员）")
    await officer.hears("钱督导")
    await deputy.hears("赵督导 03-02 到 03-04 不在，由您替班")
    town.leap("2027-03-02 22:10")
    await tells(teacher, ("隔壁的娃被他爸打得流血", "正有危险"))
    await goes(teacher, ("是，现在有危险", "在什么地方"), ("青石镇青石村", "受理号"))
    await deputy.hears("紧急：孩子现在有危险")
    await asyncio.sleep(1)
    await tells(deputy, ("我离得远，先打电话", "这件的情况吗"))
    await goes(deputy, ("我来处理", "记下了：我来处理"))
    await officer.hears("钱督导 已接")
    town.leap("2027-03-02 23:11")
    due = await deputy.hears("时间已经过了：先联系上家里或孩子")
    assert due.buttons == (("联系上了", "见到孩子了"), ("看详情",), ("过后再提醒我",))
    await tells(deputy, ("派出所的人到了，孩子在奶奶家", "这件的情况吗"))
    await goes(deputy, ("记进", "了。"))
    town.leap("2027-03-05 09:00")
    # The leave is over, and the case stays with whoever took it; nobody has it twice.
    late = await officer.hears("现在由 钱督导 在办，请您帮着看看")
    assert late.buttons == (("看详情",), ("催一下",))

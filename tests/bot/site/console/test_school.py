"""走访 and 缺课与辍学: the numbers are those of the talk, and each opens its list."""

import re
from datetime import UTC, datetime, timedelta

from handlers.visiting import planning
from storage.cases.duties import DutyIn
from storage.school.absences import AbsenceIn
from storage.school.classes import PupilIn
from storage.work import Work
from tests.bot.site.console.conftest import BEGAN, Console
from tests.bot.site.console.test_pages import entered

MONDAY = datetime(2026, 11, 23, 0, 20, tzinfo=UTC)


def planned(work: Work, child: int, due: datetime, state: str = "open") -> None:
    """A visit that ends at a moment."""
    for one in work.duties.open_of("child", child):
        work.duties.end(one.id, by=0, state="cancelled")
    row = work.duties.set(
        DutyIn(
            key=f"v:{child}:{due}:{state}",
            kind="visit",
            subject="child",
            subject_id=child,
            area_id=work.children.some([child])[0].area_id,
            grade="yellow",
            person_id=None,
            what='{"step":"visit","from":"2026-11-01","why":[]}',
            due_at=due,
            rings_at=None,
        )
    )
    if state == "done" and row is not None:
        work.duties.end(row, by=0)


async def test_a_month_of_visits_counts_each_day_and_opens_its_list(console: Console) -> None:
    ends = BEGAN.replace(hour=9, minute=30)  # 17:30

    def settle(work: Work) -> None:
        late, today, next_day, done, next_month = entered(work, 5)
        planning.plan_stirred(work, console.house.rules)
        planned(work, late, ends - timedelta(days=3))
        planned(work, today, ends)
        planned(work, next_day, ends + timedelta(days=3))
        planned(work, done, ends - timedelta(days=1), "done")
        planned(work, next_month, ends + timedelta(days=30))

    await console.house.store.write(settle)
    await console.comes_in("督导员")
    page = await console.gets("/console/visits")
    days = dict(re.findall(r'href="/console/visits\?day=([\d-]+)"[^>]*>([^<]+)<', page))
    assert days == {"2026-11-17": "过期 1", "2026-11-20": "今天 1", "2026-11-23": "要走 1"}
    assert page.count("走了 1") == 1
    assert "<b>1</b><span>已经过期" in page
    assert "共 1 条" in page
    for day in days:
        listed = await console.gets(f"/console/visits?day={day}")
        assert "共 1 条" in listed
        assert listed.count("王*") == 1
    assert "2026-12-20" in await console.gets("/console/visits?month=2026-12")
    for strange in ("month=1999-01", "month=9999-12", "day=2000-01-01"):
        assert (await console.client.get(f"/console/visits?{strange}")).status == 404
    for wrong in ("month=x", "day=2026-13-40", "page=-1"):
        assert "2026 年 11 月" in await console.gets(f"/console/visits?{wrong}")


async def test_a_village_and_another_township_count_their_own_alone(console: Console) -> None:
    def settle(work: Work) -> None:
        for child in entered(work, 2):
            planned(work, child, BEGAN - timedelta(days=2))

    await console.house.store.write(settle)
    await console.comes_in("云峰督导员")
    page = await console.gets("/console/visits")
    assert "过期 " not in page
    assert "共 0 条" in page


async def test_the_ledgers_show_who_is_missing_as_the_talk_counts_them(console: Console) -> None:
    house = console.house
    house.clock.moment[0] = MONDAY
    (child,) = await house.store.write(lambda work: entered(work, 1))
    await house.store.write(lambda work: absent(work, child))
    house.clock.moment[0] += timedelta(days=8)
    await console.comes_in("督导员")
    page = await console.gets("/console/school")
    assert "<b>1</b><span>没来上学的" in page
    assert "王*" in page
    assert "王小明" not in page
    assert "青石小学" in page
    assert "由 教师 办" in page  # whoever looks sees who has not acted
    listed = await console.gets("/console/school?ledger=suspected")
    assert "可能不读书了" in listed
    assert "王*" in listed
    told = await console.does("/console/school?ledger=suspected", "打开")
    assert "起没来" in told.partition("<aside")[2]
    of_age = await console.gets("/console/school?ledger=school_age")
    assert re.search(r'href="/console/children/[\w-]+">王\*', of_age)
    first = await console.gets()
    assert 'href="/console/school"><b>1</b><span>没来上学的' in first
    assert 'class="bad"><a href="/console/school?ledger=suspected"><b>1</b>' in first
    for ledger in ("dropout", "returned"):
        assert "没有。" in await console.gets(f"/console/school?ledger={ledger}")
    assert (await console.client.get("/console/school?ledger=x")).status == 404


def absent(work: Work, child: int) -> None:
    """The child's class, and that they do not come."""
    area = work.children.some([child])[0].area_id
    school = work.classes.school_at(area, "青石小学")
    teacher = work.people.meet("paper", "教师").person_id
    room = work.classes.add(school.id, "三年级2班", grade=3, number=2, by=teacher)
    (pupil,) = work.classes.add_pupils(room, [PupilIn(name="王小明", child_id=child)])
    missed = work.absences.note(
        AbsenceIn(
            pupil_id=pupil,
            class_id=room,
            child_id=child,
            area_id=area,
            first_day=work.now.date(),
            reason="",
            excused=False,
            boards=False,
            by=0,
        )
    )
    work.duties.set(
        DutyIn(
            key=f"absence:{missed}",
            kind="parents",
            subject="absence",
            subject_id=missed or 0,
            area_id=area,
            grade="",
            person_id=teacher,
            due_at=work.now + timedelta(days=1),
            rings_at=None,
        )
    )

"""An invented county in which people worked for three weeks: every page has something to show."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from random import Random

from openpyxl import load_workbook

from bot.channels.webchat import address_of
from bot.demo import children as demo_children
from bot.site.sessions import DemoPerson
from bot.tables.claims import bring
from conversation.cards import Card, card_to_json
from handlers.visiting import planning
from storage.children.child import Child
from storage.reaching.owed import OutboxIn
from storage.visiting.visit import Result, VisitIn
from storage.work import Reading, Work
from tests.fakes.house import House

#: The register came, and everybody was visited once; then three weeks from nine in the morning of
#: a Monday until two in the afternoon of the last day.
BEGAN = datetime(2026, 10, 8, 1, tzinfo=UTC)
MONDAY = datetime(2026, 11, 2, 1, tzinfo=UTC)
LAST = datetime(2026, 11, 20, 6, tzinfo=UTC)
DAY = timedelta(days=1)

#: Who sits at the desk in the pictures.
OFFICER = DemoPerson(key="civil", label="县民政 钱科长", session="demo-civil", has_desk=True)
SUPERVISOR = DemoPerson(
    key="supervisor", label="督导员 赵督导", session="demo-supervisor", has_desk=True
)
PEOPLE = (OFFICER, SUPERVISOR)
#: The people of the stories, as they are called here.
NAMES = {
    "教师": "李老师",
    "网格员": "周网格",
    "儿童主任": "陈主任",
    "督导员": "赵督导",
    "县民政": "钱科长",
    "县公安": "孙警官",
    "县领导": "吴副县长",
    "管理员": "郑管理",
    "云峰儿童主任": "冯主任",
    "云峰督导员": "褚督导",
    "副镇长": "卫副镇长",
    "校长": "蒋校长",
    "派出所": "沈所长",
    "县教育": "韩股长",
}
#: Whoever answers for children: one in each village, in the order of the villages.
HOLDERS = (
    *("杨秀英", "朱国强", "秦春梅", "尤建军", "许志明", "何桂兰", "吕建国", "施小红", "张玉梅"),
    *("孔德才", "曹金花", "严保国", "华春生", "金凤英", "魏长林", "陶秋菊", "姜有田", "戚明珠"),
)
ANON = "不留名 / 跳过 / 发出去"
#: What happened: on which day, who, and what they said or tapped ([...]).
HAPPENED: Sequence[tuple[int, str, str]] = (
    (2, "教师", "我的班 / [登记一个班] / 青石小学 / 三年级2班 / 王晓明、李红、张伟、陈小芳"),
    (3, "邻居", f"报告 / 1 / 爷爷住院了，两个孩子没人做饭 / 河湾村 / 跳过 / 不清楚 / {ANON}"),
    (5, "村民", f"报告 / 3 / 隔壁孩子老挨打 / 河湾村 / 跳过 / 不清楚 / {ANON}"),
    (5, "派出所", "我的工单 / 1 / [已接警] / J530123 / 跳过"),
    (9, "店主", f"报告 / 8 / 该上初中的孩子在饭店干活 / 云峰村 / 跳过 / 安全 / {ANON}"),
    (11, "教师", "缺陈小芳(病)、张伟"),
    (12, "教师", "缺张伟"),
    (12, "邻居", "意见反馈 / 字能不能再大一点 / 还行"),
    (13, "教师", "缺张伟"),
    (16, "司机", "孩子有危险 / [青石镇] / [河湾村] / 路边有个孩子一直在哭，找不到家"),
    (16, "督导员", "[我来处理]"),
    (17, "村民", "意见反馈 / 办得快，还给我回了话 / 顺手"),
    (18, "教师", "缺李红（请假）"),
    (20, "路人", "孩子有危险 / [云峰乡] / [云峰村] / 孩子一个人在水库边"),
)
TIERS = ("绿",) * 6 + ("蓝",) * 3 + ("黄",) * 3 + ("橙",) * 2 + ("红",)
REASONS = ("明天入户走访", "核对监护人电话", "开学前看谁没报到", "核对低保名单", "派出所来问")
OUTCOMES: Sequence[Result] = ("done",) * 12 + ("failed",) * 3


async def bring_others(house: House) -> None:
    """Another office's list: most as in the register, some at another school, some unknown."""
    rows = islice(load_workbook(demo_children.ROSTER).worksheets[0].values, 3, 24)
    heads = next(rows)
    at = [heads.index(one) for one in ("姓名", "公民身份证号码", "村(居)", "就读学校")]
    lines = ["姓名,身份证号,村,学校"]
    for number, row in enumerate(rows):
        name, card, village, school = (str(row[one] or "") for one in at)
        lines.append(f"{name},{card},{village},{school if number % 4 else '县第二小学'}")
    data = "\n".join([*lines, "赵新来,520123201702030056,河湾村,青石小学", ""]).encode()
    today = house.clock.now().date()
    county, by = await house.store.read(_civil)
    await bring(house.store, "学籍.csv", data, "school", today, tops=[county], by=by)


def _civil(reading: Reading) -> tuple[int, int]:
    """The county, and who works for it."""
    speaker = reading.people.speaker("paper", "县民政")
    assert speaker is not None
    return reading.areas.roots()[0].id, speaker.person_id


async def live(house: House) -> None:
    """Three weeks of it."""
    for name in NAMES:
        await house.visitor(name)
    await house.store.write(settle)
    await demo_children.bring(house.store, BEGAN, house.rules.zone)
    chance = Random(7)  # any county will do, but always the same one
    await house.store.write(lambda work: assign(work, house, chance))
    while house.clock.now() < MONDAY:
        await house.store.write(lambda work: walk(work, house, chance, 13))
        house.clock.moment[0] += DAY
    await house.leap(timedelta())
    while house.clock.now() < LAST:
        await _spend(house, chance)
        await house.leap(min(DAY, LAST - house.clock.now()))
    await _spend(house, chance)
    await bring_others(house)
    await house.store.write(look)
    await house.store.write(lose_a_card)
    await house.settled()


async def _spend(house: House, chance: Random) -> None:
    today = house.clock.now().astimezone(house.rules.zone).date()
    if today.weekday() < 5:
        count = chance.randint(14, 22)
        await house.store.write(lambda work: walk(work, house, chance, count))
    for day, name, said in HAPPENED:
        if day == today.day:
            person = await house.visitor(name)
            for each in said.split(" / "):
                await (person.taps(each.strip("[]")) if each[0] == "[" else person.says(each))
                await house.settled()


def settle(work: Work) -> None:
    """Names for everybody, whoever answers for children, and who sits at the desk."""
    for known, name in NAMES.items():
        work.people.set_name(work.people.meet("paper", known).person_id, name)
    for name, village in zip(HOLDERS, villages(work), strict=False):
        person = work.people.meet("paper", name).person_id
        work.people.set_name(person, name)
        work.people.add_role(person, "responsible", village)
    for demo, known in ((OFFICER, "县民政"), (SUPERVISOR, "督导员")):
        person = work.people.meet("paper", known).person_id
        met = work.people.meet("web", address_of(demo.session)).person_id
        work.links.join(person, met, by=person)


def villages(work: Work) -> list[int]:
    """Every village, township by township."""
    tree = work.areas
    towns = [town for root in tree.roots() for town in tree.children(root.id)]
    return [village.id for town in towns for village in tree.children(town.id)]


def assign(work: Work, house: House, chance: Random) -> None:
    """Most children have somebody; a few nobody, and everybody a tier."""
    everybody: list[Child] = []
    for name, village in zip(HOLDERS, villages(work), strict=False):
        held = work.children.in_areas(work.areas.descendants(village))
        holder = work.people.meet("paper", name).person_id
        everybody += held
        for child in held[: -1 if chance.random() < 0.3 else None]:
            work.responsibilities.assign(child.id, holder, by=holder)
    for child in everybody:
        tier = chance.choice(TIERS)
        work.children.change(child.id, {"tier": tier}, source="correction", by=0)
    planning.plan(work, house.rules, [child.id for child in everybody])


def walk(work: Work, house: House, chance: Random, count: int) -> None:
    """The visits of a day, to whom they are due first."""
    today = work.now.astimezone(house.rules.zone).date()
    due = sorted(work.visits.due(work.now + 6 * DAY), key=lambda one: one.due_at)
    for one in due[:count]:
        holder = next(iter(work.responsibilities.of_child(one.child_id)), None)
        person, result = holder.person_id if holder else 0, chance.choice(OUTCOMES)
        if result == "done":
            work.duties.end_of("child", one.child_id, by=person, kinds=["visit"])
        visited(work, one.child_id, today, result, chance, person)
        planning.plan(work, house.rules, [one.child_id])


def visited(
    work: Work, child: int, day: date, result: Result, chance: Random, person: int = 0
) -> None:
    """Somebody went there, or tried to."""
    work.visits.add(
        VisitIn(
            child_id=child,
            kind=chance.choice(["home", "home", "home", "phone", "video"]),
            result=result,
            seen=result == "done",
            answers="{}",
            person_id=person,
            on_day=day,
            true_at=datetime(day.year, day.month, day.day, 2, tzinfo=UTC),
        )
    )


def look(work: Work) -> None:
    """Files that were opened, each for a reason."""
    supervisor = work.people.meet("paper", "督导员").person_id
    village = work.areas.search("青石镇河湾村")[0].id
    children = work.children.in_areas(work.areas.descendants(village))
    for child, why in zip(children, REASONS, strict=False):
        work.children.open(child.id, supervisor, code="other", reason=why)


def lose_a_card(work: Work) -> None:
    """Somebody's telephone is off."""
    speaker = work.people.meet("paper", "云峰儿童主任")
    row = work.outbox.put(
        OutboxIn(
            key="lost",
            contact_id=speaker.contact_id,
            channel="paper",
            priority=2,
            card=card_to_json(Card(text="一件没有送到的事")),
            token="l" * 22,
            turn=0,
        )
    )
    work.sending.mark_gone([row])
    work.people.mark_reachable(speaker.contact_id, False)

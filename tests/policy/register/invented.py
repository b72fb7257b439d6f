"""An invented county: 25 townships of 2,000 children, 833 villages of 60; the same every time.

Names are dealt as they are in the country: a few family names are every third one's, each village
has its clan, brothers share a character, given names are this decade's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from typing import TypeAlias, TypeVar

from policy.register.child_names.entry import ChildEntry

VILLAGE, TOWN, COUNTY = 60, 2_000, 50_000
T = TypeVar("T")
Places: TypeAlias = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]

FAMILIES = (
    "王李张刘陈杨黄赵周吴" * 6
    + "徐孙马朱胡郭何林罗高梁郑谢宋唐许韩冯邓曹彭曾" * 3
    + "肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金"
    + "石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺"
    + "顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍"
    + "庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚"
)
GIVEN_BOY = (
    "子轩 浩宇 浩然 宇轩 梓豪 俊杰 俊熙 博文 子豪 明轩 宇航 家豪 天佑 志强 文博 梓轩 浩轩 "
    "皓轩 子涵 一鸣 宇泽 俊宇 睿 浩 杰 强 伟 鹏 磊 小龙 小虎 小明 建军 国庆 晨阳 思远 "
    "嘉豪 嘉伟 俊辉 旭东 振华 志远 佳乐 鑫磊"
)
GIVEN_GIRL = (
    "梓涵 欣怡 诗涵 雨桐 子涵 梓萱 可馨 思琪 雨欣 语嫣 佳怡 一诺 诗琪 欣妍 雅婷 梦瑶 婷婷 "
    "静怡 梦琪 雨萱 紫萱 若曦 佳琪 思彤 雪 静 婷 敏 艳 丽 小红 小芳 小燕 晓雯 玉兰 秀英 "
    "春梅 海燕 美玲 慧敏 晓彤 玲玲 丹丹 佳慧"
)
FIRST_BOY, LAST_BOY = (
    "子浩宇梓俊博明家天志文皓一思嘉旭振佳鑫睿",
    "轩宇然豪杰熙文航佑强博鸣泽远辉华乐磊涛阳",
)
FIRST_GIRL, LAST_GIRL = (
    "梓欣诗雨子可思语佳一雅梦静紫若晓玉春美慧",
    "涵怡桐萱馨琪嫣诺妍婷瑶曦彤雯兰英梅玲敏燕",
)
NICK_BOY = "狗娃 毛毛 小宝 石头 豆豆 虎子 壮壮 牛牛 胖墩 铁蛋 乐乐 幺娃 冬娃 水生 皮皮"
NICK_GIRL = "妞妞 丫丫 甜甜 囡囡 朵朵 果果 妹妹 圆圆 花花 毛妹 糖糖 小燕子 豆豆 乐乐 幺妹"
ELDER_MAN = (
    "德福 国强 建国 大海 长根 福生 有才 永贵 树林 正明 世荣 光辉 家富 春生 金山 兴旺 文清 "
    "明德 启发 仁和"
)
ELDER_WOMAN = (
    "桂芳 秀英 玉珍 淑兰 凤英 翠花 秋菊 春香 桂英 素芬 金凤 腊梅 玉莲 菊香 美英 秀兰 珍珍 "
    "银花 水英 兰香"
)
MAN = (
    "建军 志刚 海波 永强 勇 军 建华 小平 伟明 国庆 光荣 家旺 红兵 立新 学文 松林 正华 "
    "晓东 云飞 卫东"
)
WOMAN = (
    "小丽 海英 红梅 春燕 艳 敏 丽华 玉梅 小芳 晓霞 冬梅 秋霞 彩云 金花 桂花 燕 美华 小琴 雪梅 兰"
)
PLACE_FIRST = "上下大小东西南北新老青白红黄龙虎石水柳松竹杨梅沙高长金银双三"
PLACE_LAST = "湾坪沟岭坝寨塘坡河井桥庄坑洞田冲岩峰溪屯"
TOWNS = (
    "青石镇 柳溪镇 云峰乡 太平镇 永兴镇 红旗乡 双河镇 龙泉镇 白云乡 长安镇 和平乡 新华镇 "
    "玉泉镇 凤凰镇 古城镇 清水乡 石门镇 马鞍乡 金鸡镇 桃园镇 望江镇 丰收乡 胜利镇 黑水乡 "
    "大同镇"
)
GRADES = "一二三四五六七八九"


@dataclass(frozen=True)
class Dice:
    """The same throws for the same words."""

    seed: str

    def number(self, what: str, below: int) -> int:
        digest = blake2b(f"{self.seed}/{what}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") % below

    def pick(self, what: str, options: Sequence[T]) -> T:
        return options[self.number(what, len(options))]

    def chance(self, what: str, percent: int) -> bool:
        return self.number(what, 100) < percent


@cache
def county() -> tuple[ChildEntry, ...]:
    """All 50,000 children, village by village; ids count from 1."""
    return tuple(_county())


def village_of(child: int) -> range:
    """The ids of the children of its village."""
    start = (child - 1) // VILLAGE * VILLAGE + 1
    return range(start, min(start + VILLAGE, COUNTY + 1))


def town_of(child: int) -> range:
    """The ids of the children of its township."""
    start = (child - 1) // TOWN * TOWN + 1
    return range(start, start + TOWN)


def _county() -> Iterator[ChildEntry]:
    child, household = 1, 0
    while child <= COUNTY:
        household += 1
        family = [entry for entry in _household(child, household) if entry.id in village_of(child)]
        yield from family
        child += len(family)


def _household(first: int, number: int) -> Iterator[ChildEntry]:
    dice = Dice(f"household {number}")
    places = _places(first)
    clan = Dice(f"village {(first - 1) // VILLAGE}")
    family = dice.pick("family", FAMILIES)
    if dice.chance("clan", 45):
        family = clan.pick("clan", FAMILIES)
    elif dice.chance("second clan", 20):
        family = clan.pick("second clan", FAMILIES)
    father = family + dice.pick("father", MAN.split())
    mothers_family = dice.pick("mother's family", FAMILIES)
    mother = mothers_family + dice.pick("mother", WOMAN.split())
    shared = dice.chance("shared", 35)
    newest = 2011 + dice.number("birth", 11)
    count = (1, 1, 1, 1, 2, 2, 2, 2, 3, 1)[dice.number("count", 10)]
    elders = _elders(dice, family, mothers_family)
    for at in range(count):
        yield _child(
            Dice(f"child {first + at}"),
            dice,
            first + at,
            family,
            newest + 2 * at,
            shared,
            ChildEntry(
                id=first + at, name="", places=places, father=father, mother=mother, elders=elders
            ),
        )


def _child(
    dice: Dice, home: Dice, child: int, family: str, year: int, shared: bool, so_far: ChildEntry
) -> ChildEntry:
    is_boy = dice.chance("boy", 52)
    common = (GIVEN_BOY if is_boy else GIVEN_GIRL).split()
    first, last = (FIRST_BOY, LAST_BOY) if is_boy else (FIRST_GIRL, LAST_GIRL)
    given = dice.pick("common", common)
    if dice.chance("made", 50):
        given = dice.pick("first", first) + dice.pick("last", last)
    if shared:
        given = home.pick("shared first", first) + dice.pick("last", last)
    nicknames = dice.pick("nickname", (NICK_BOY if is_boy else NICK_GIRL).split())
    if dice.chance("doubled", 30):
        nicknames = given[-1] * 2
    age = 2026 - year
    school, grade = _school(dice, so_far.places, age)
    return ChildEntry(
        id=child,
        name=family + given,
        nicknames=(nicknames,) if dice.chance("has nickname", 60) else (),
        sex="male" if is_boy else "female",
        birth=f"{year}-{dice.number('month', 12) + 1:02}-{dice.number('day', 28) + 1:02}",
        places=so_far.places,
        school=school,
        grade=grade,
        father=so_far.father,
        mother=so_far.mother,
        elders=so_far.elders,
    )


def _elders(dice: Dice, family: str, mothers_family: str) -> tuple[tuple[str, str], ...]:
    man, woman = (
        dice.pick("old man", ELDER_MAN.split()),
        dice.pick("old woman", ELDER_WOMAN.split()),
    )
    own = dice.pick("old woman's family", FAMILIES)
    return (
        (("祖父", family + man),),
        (("祖母", own + woman),),
        (("祖父", family + man), ("祖母", own + woman)),
        (("外祖父", mothers_family + man),),
        (("外祖母", own + woman),),
        (("邻居", own + woman),),
    )[dice.number("elders", 6)]


def _places(child: int) -> Places:
    village = (child - 1) // VILLAGE
    town = TOWNS.split()[(child - 1) // TOWN]
    # Half of the village names are met in other townships, too.
    dice = Dice(f"village name {village * 7919 % 833 // 2}")
    name = dice.pick("first", PLACE_FIRST) + dice.pick("last", PLACE_LAST) + "村"
    if dice.chance("clan's", 12):
        name = (
            Dice(f"village {village}").pick("clan", FAMILIES)
            + dice.pick("of", "家家家家庄")
            + "村"
        )
    group = "一二三四五"[Dice(f"group {child}").number("of", 5)] + "组"
    return (group,), (name, f"老{name[0]}{name[1]}"), (town,)


def _school(dice: Dice, places: Places, age: int) -> tuple[str, str]:
    town, village = places[2][0][:2], places[1][0]
    number = dice.number("class", 3) + 1
    if age < 6:
        return (f"{village[:-1]}幼儿园", dice.pick("kindergarten", ("大班", "中班", "小班")))
    if age < 12:
        return f"{town}中心小学", f"{GRADES[age - 6]}年级{number}班"
    return f"{town}中学", f"{GRADES[min(age - 6, 8)]}年级{number}班"

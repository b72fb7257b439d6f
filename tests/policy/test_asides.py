"""What people ask the bot itself is heard as that, and what tells of a child is not."""

from pathlib import Path

import pytest

from policy.asides import asked, is_child, tells_of_several, wanted
from policy.tables import load_policy

ASIDES = load_policy(Path("policy")).asides


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("who", "你是谁"),
        ("who", "机器人吗"),
        ("who", "你们是哪个单位"),
        ("who", "是真人吗？"),
        ("who", "这是干啥的"),
        ("human", "转人工"),
        ("human", "有没有真人啊"),
        ("human", "我想跟人说话"),
        ("human", "叫个人给我打电话"),
        ("seen_by", "谁看得到"),
        ("seen_by", "你们会不会说是我说的"),
        ("seen_by", "我怕他家晓得是我"),
        ("seen_by", "保密吗"),
        ("seen_by", "怕报复"),
        ("withdraw", "能不能撤回来"),
        ("withdraw", "我报错了"),
        ("progress", "我昨天说的那个事有人管没"),
        ("progress", "查一下我报的那个"),
        ("progress", "上次报的那个没人管的娃咋样了"),
        ("progress", "处理了吗"),
        ("urge", "报了三次没人来"),
        ("urge", "说了好几遍了都没人管！！"),
        ("urge", "你们到底管不管！！！"),
        ("urge", "催一下"),
        ("urge", "怎么还没人来"),
        ("urge", "还要等多久"),
        ("urge", "报了这么久没动静"),
        ("stop", "别再发了"),
        ("stop", "TD"),
        ("stop", "退订"),
        ("stop", "不要给我发消息了"),
        ("seen_by", "会不会告诉我爸"),
        ("hotline", "打哪个电话"),
        ("hotline", "有没有热线"),
        ("angry", "你们屁用没得，没用"),
        ("angry", "什么破玩意"),
        ("who", "我没事就是问问你们管啥"),
        ("hotline", "你们工作人员电话多少"),
        ("advice", "哪个管低保"),
        ("advice", "补贴什么时候发"),
        ("feedback", "我要表扬村里的陈主任"),
        ("feedback", "我要投诉镇上的人"),
        ("volunteer", "能捐点衣服不"),
        ("unclear", "咋弄"),
        ("unclear", "我不认字"),
        ("unclear", "看不懂"),
    ],
)
def test_what_is_asked_of_the_bot_itself(key: str, said: str) -> None:
    found = asked(said, ASIDES)
    assert found is not None
    assert found.key == key


@pytest.mark.parametrize(
    "said",
    [
        "娃没人管",
        "他爸打他",
        "二组李家的娃两天没去上学了",
        "孩子说不想让人知道他被打了，他妈也不管，我看着心里难受，你们快来人看看吧",
        "王小明不见了",
        "河湾村",
        "奶奶",
        "不清楚",
        "他家没有电话",
        "老师说他没来",
        "我是他奶奶",
        "我是网格员小周",
        "没人来看他",
        "他爸说不要管",
        "老师打电话没人接",
    ],
)
def test_what_tells_of_a_child_asks_nothing(said: str) -> None:
    assert asked(said, ASIDES) is None


@pytest.mark.parametrize(
    "said",
    [
        "我妈不要我了",
        "我被打了",
        "同学欺负我",
        "他们抢我钱",
        "我想我妈",
        "我不想上学",
        "没人喜欢我",
        "我今年十岁",
        "我是小学生",
        "爷爷打我屁股",
        "叔叔摸我",
        "我爸天天喝酒打我",
    ],
)
def test_a_child_is_heard(said: str) -> None:
    assert is_child(said, ASIDES)


@pytest.mark.parametrize(
    "said",
    [
        "我孙子被打了",
        "他爸打他",
        "我老公打我",
        "老师打我孙子",
        "我今年六十五岁",
        "隔壁娃没人管",
        "我是他奶奶",
        "我妈帮我带孩子",
        "同学欺负我家娃",
        "我家孩子不想上学",
    ],
)
def test_a_grown_up_is_no_child(said: str) -> None:
    assert not is_child(said, ASIDES)


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("leave", "我下周请假"),
        ("leave", "我明天想请个假"),
        ("leave", "下周我请假"),
        ("leave", "我这几天出差"),
        ("went", "3家都去了 都好"),
        ("went", "都去了"),
        ("went", "都好"),
        ("went", "1 2 都去了"),
        ("went", "今天都走完了，没问题"),
        ("enter", "有个新娃刚来我们村"),
        ("enter", "村里来了个新孩子"),
    ],
)
def test_what_workers_say_of_their_work(key: str, said: str) -> None:
    found = wanted(said, ASIDES)
    assert found is not None
    assert found[0] == key


@pytest.mark.parametrize(
    "said",
    [
        "爸妈都走了",
        "3家都走了",
        "全家都走了",
        "娃都跑了",
        "我们班李红请假了",
        "我看他爸不在村里",
        "都不好",
        "奶奶去看病了",
        "来了个陌生人打孩子",
    ],
)
def test_what_tells_of_a_family_is_no_wish(said: str) -> None:
    assert wanted(said, ASIDES) is None


@pytest.mark.parametrize(
    "said",
    [
        "一个是王家老二，一个是小花，还有一个是张三家的",
        "小强天天自己做饭。还有隔壁的小红，三天没上学",
        "王家老二被他爸打得下不了床！还有一个是小花，也挨打",
        "村里有两家的娃没人管",
        "还有村尾老李家的孙女不见了",
    ],
)
def test_several_children_are_heard(said: str) -> None:
    assert tells_of_several(said, ASIDES)


@pytest.mark.parametrize(
    "said",
    [
        "家里就他跟妹妹两个人",
        "三个娃自己在屋头过日子",
        "他还有一个弟弟，还有一个是妹妹",
        "还有奶奶也病了",
        "一个娃天天自己做饭",
    ],
)
def test_brothers_and_sisters_are_one_report(said: str) -> None:
    assert not tells_of_several(said, ASIDES)

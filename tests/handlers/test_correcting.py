"""One fact of a sent report is corrected: what stood there stays, and what follows follows."""

import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from policy.correcting import Corrected, corrected
from storage.cases.case import Case
from storage.reporting.reports import Report
from storage.work import Reading
from tests.fakes.house import House, open_house

WORDS = {
    "nots": frozenset({"不是", "不在", "不叫"}),
    "buts": frozenset({"应该是", "而是", "是", "在", "叫"}),
}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, began=datetime(2026, 11, 20, 2, tzinfo=UTC)) as opened:
        yield opened


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("不是王家湾，是李家湾", ("王家湾", "李家湾")),
        ("不是王家湾是李家湾。", ("王家湾", "李家湾")),
        ("我说错了，不是小军，应该是小君", ("小军", "小君")),
        ("不叫王小明 叫王晓明", ("王小明", "王晓明")),
        ("他不在河湾村，在河东村！", ("河湾村", "河东村")),
        ("孩子不是一个人", None),
        ("是李家湾", None),
        ("不是王家湾", None),
    ],
)
def test_words_say_what_is_wrong_and_what_is_right(
    text: str, found: tuple[str, str] | None
) -> None:
    expected = Corrected(was=found[0], now=found[1]) if found else None
    assert corrected(text, **WORDS) == expected


async def says(house: House, who: str, *lines: str) -> None:
    person = await house.visitor(who)
    for line in lines:
        if line.startswith("["):
            await person.taps(line.strip("[]"))
        else:
            await person.says(line)
        await house.settled()


async def alarm(house: House, who: str = "邻居", what: str = "门锁着，孩子在里面哭") -> None:
    await says(house, who, "孩子现在有危险", "青石镇河湾村", what)


async def report(house: House, who: str = "邻居", *more: str) -> None:
    said = ("10", "孩子天天在网吧", "青石镇青石村", "小军", "安全", "不留名")
    await says(house, who, "报告", *said, *(more or ("跳过",)), "[发出去]")


async def replies(house: House, who: str, text: str) -> None:
    person = await house.visitor(who)
    receipt = next(one for one in house.paper.to(who) if "查询密码" in one.card.text)
    await person.says(text, replies_to=str(receipt.id))
    await house.settled()


def heard(house: House, who: str) -> str:
    return house.paper.to(who)[-1].card.text if house.paper.to(who) else ""


def all_heard(house: House, who: str) -> str:
    return "\n".join(one.card.text for one in house.paper.to(who))


async def stored(house: House) -> tuple[list[Case], list[Report]]:
    def read(reading: Reading) -> tuple[list[Case], list[Report]]:
        reports = sorted(reading.reports.all(), key=lambda one: one.id)
        cases = [reading.cases.of_report(one.id) for one in reports]
        return [one for one in cases if one is not None], reports

    return await house.store.read(read)


async def corrections(house: House, report_id: int) -> list[dict[str, object]]:
    entries = await house.store.read(lambda reading: reading.reports.entries(report_id))
    return [json.loads(one.body) for one in entries if one.kind == "corrected"]


async def place(house: House, name: str) -> int:
    return await house.store.read(lambda reading: reading.areas.spoken_of(name)[0].id)


# -- what stays, and who sees it ----------------------------------------------------------------


async def test_the_old_value_stays_with_who_and_when(house: House) -> None:
    await house.visitor("督导员")
    await report(house)
    await replies(house, "邻居", "不是小军，是小君")
    await says(house, "邻居", "[对，改成这样]")
    _, (told,) = await stored(house)
    assert json.loads(told.answers)["child"] == "小君"
    (kept,) = await corrections(house, told.id)
    assert (kept["was"], kept["now"], kept["by"]) == ({"child": "小军"}, {"child": "小君"}, "0")
    await says(house, "督导员", "[看详情]")
    line = r"改过（11-20 10:00，匿名线人 \d{3}）：是哪个孩子。原来：小军；现在：小君"
    assert re.search(line, heard(house, "督导员"))
    assert "报告里有一处改过了" in all_heard(house, "督导员")


async def test_nothing_says_who_the_reporter_is(house: House) -> None:
    """Not the story, and not the audit, which keeps for ever."""
    await house.visitor("督导员")
    await report(house)
    await replies(house, "邻居", "不是青石村，是河湾村")
    await says(house, "邻居", "[对，改成这样]")
    (case,), (told,) = await stored(house)
    facts = await house.store.read(
        lambda reading: (
            [(one.verb, one.actor) for one in reading.audit.of("report", told.id)]
            + [(one.verb, one.actor) for one in reading.audit.of("case", case.id)]
        )
    )
    assert {"report.corrected", "case.placed"} <= {verb for verb, _ in facts}
    assert {verb for verb, actor in facts if actor} == set()
    story = await house.store.read(lambda reading: reading.cases.entries(case.id))
    assert {one.person_id for one in story} == {0}


async def test_whoever_works_on_it_corrects_under_their_name(house: House) -> None:
    await house.visitor("督导员")
    await report(house)
    await says(house, "督导员", "[我来处理]", "[看详情]")
    await to_act(house, "督导员", "改一处")
    await says(house, "督导员", "[是哪个孩子：小军]", "小君")
    assert "现在写的是：小君" in heard(house, "督导员")
    await says(house, "督导员", "[看详情]")
    assert "改过（11-20 10:00，督导员）：是哪个孩子。原来：小军；现在：小君" in heard(
        house, "督导员"
    )
    assert "督导员 改了报告里的一处" in heard(house, "督导员")
    assert "改" not in all_heard(house, "邻居").replace("改 ", "").replace("点那一行改", "")


async def to_act(house: House, who: str, label: str) -> None:
    for _ in range(6):
        if label in [one.label for one in house.paper.to(who)[-1].card.buttons()]:
            break
        await says(house, who, "[更多]")
    await says(house, who, f"[{label}]")


async def test_what_was_answered_after_the_alarm_is_corrected_where_it_stands(
    house: House,
) -> None:
    await house.visitor("督导员")
    await alarm(house)
    await says(house, "邻居", "[还有危险]", "还没打", "没有人", "小军", "男孩", "7", "不要打")
    await says(house, "邻居", "写错了", "[更多]", "[孩子大概几岁：7]", "9")
    _, (told,) = await stored(house)
    entries = await house.store.read(lambda reading: reading.reports.entries(told.id))
    years = [json.loads(one.body).get("child_years") for one in entries if one.kind == "answers"]
    assert "9" in years
    assert "7" not in years
    (kept,) = await corrections(house, told.id)
    assert kept["was"] == {"child_years": "7"}


async def test_a_new_answer_asks_what_hangs_on_it(house: House) -> None:
    """Who was called and when is asked once somebody says that the police were called."""
    await house.visitor("督导员")
    teacher = ("报告", "5", "被人打了", "[青石镇青石村]", "小军", "安全", "还没打", "跳过")
    await says(house, "教师", *teacher, "[发出去]")
    await says(house, "教师", "写错了", "[打 110 报警了吗：还没打]", "打了")
    assert "什么时候打的 110" in heard(house, "教师")
    await says(house, "教师", "跳过", "青石派出所", "跳过")
    _, (told,) = await stored(house)
    answers = json.loads(told.answers)
    assert (answers["police_called"], answers["police_station"]) == ("yes", "青石派出所")
    assert answers["child"] == "小军"


async def test_who_answers_the_same_has_changed_nothing(house: House) -> None:
    await report(house)
    await says(house, "邻居", "写错了", "[是哪个孩子：小军]", "小军")
    assert heard(house, "邻居") == "和原来一样，没有改。"
    await says(house, "邻居", "写错了", "[孩子现在安全吗：安全]", "上一步")
    assert heard(house, "邻居") == "和原来一样，没有改。"
    _, (told,) = await stored(house)
    assert await corrections(house, told.id) == []


async def test_two_who_correct_at_once_see_what_the_other_did(house: House) -> None:
    await house.visitor("督导员")
    await report(house)
    await says(house, "督导员", "[我来处理]", "[看详情]")
    await says(house, "邻居", "写错了", "[是哪个孩子：小军]")
    await to_act(house, "督导员", "改一处")
    await says(house, "督导员", "[孩子现在安全吗：安全]", "不清楚")
    await says(house, "邻居", "小君")
    assert "刚才有人改过这份报告" in all_heard(house, "邻居")
    _, (told,) = await stored(house)
    answers = json.loads(told.answers)
    assert (answers["child"], answers["safe"]) == ("小军", "unknown")


# -- how urgent it is ---------------------------------------------------------------------------


async def test_a_grade_rises_by_itself(house: House) -> None:
    await house.visitor("督导员")
    await report(house)
    await says(house, "邻居", "写错了", "[孩子现在安全吗：安全]", "不安全")
    (case,), (told,) = await stored(house)
    assert (case.grade, told.grade) == ("red", "red")
    assert "这件事已经改成更急的了" in heard(house, "邻居")
    assert "更急了：报告里改了一处" in all_heard(house, "督导员")


async def test_a_grade_never_falls_by_itself(house: House) -> None:
    await house.visitor("督导员")
    said = ("10", "孩子天天在网吧", "青石镇青石村", "小军", "不安全", "不留名", "跳过")
    await says(house, "邻居", "报告", *said, "[发出去]")
    await says(house, "邻居", "写错了", "[孩子现在安全吗：不安全]", "安全")
    (case,), (told,) = await stored(house)
    assert (case.grade, told.grade) == ("red", "red")
    card = house.paper.to("督导员")[-1].card
    assert "按改过的内容算，等级会是蓝。等级没有动" in card.text
    assert "改等级" in [one.label for one in card.buttons()]


# -- where it is --------------------------------------------------------------------------------


async def test_an_accepted_case_is_somebodys_where_it_is(house: House) -> None:
    for who in ("督导员", "云峰督导员"):
        await house.visitor(who)
    await alarm(house)
    await says(house, "督导员", "[我来处理]")
    await replies(house, "邻居", "不是河湾村，是云峰村")
    await says(house, "邻居", "[对，改成这样]")
    (case,), (told,) = await stored(house)
    there = await place(house, "云峰村")
    assert (case.area_id, told.area_id) == (there, there)
    assert not case.is_accepted
    assert "不在您那里，现在由 云峰督导员 接着办" in all_heard(house, "督导员")
    await says(house, "云峰督导员", "[我来处理]")
    (case,), _ = await stored(house)
    assert case.is_accepted
    await says(house, "督导员", "我的工单")
    assert "您手里现在没有工单" in heard(house, "督导员")
    open_ones = await house.store.read(lambda reading: reading.duties.open_of("case", case.id))
    assert {one.area_id for one in open_ones} == {there}
    assert {one.person_id for one in open_ones if one.person_id} == {case.owner.person_id}


async def test_of_several_reports_one_does_not_move_the_case_alone(house: House) -> None:
    """The others still say the old place: whoever has the case decides by one tap."""
    for who in ("督导员", "云峰督导员"):
        await house.visitor(who)
    first = ("1", "小毛天天自己煮饭，家里没有大人", "河湾村", "小毛", "安全", "不留名", "跳过")
    await says(house, "邻居", "报告", *first, "[发出去]")
    await says(house, "督导员", "[我来处理]")
    second = ("1", "老李家的孩子几天没人管", "河湾村", "老李家的小毛", "不清楚", "不留名")
    await says(house, "路人", "报告", *second, "跳过", "[发出去]")
    await says(house, "督导员", "[看看是不是]")
    offered = house.paper.to("督导员")[-1].card.buttons()
    await says(house, "督导员", f"[{next(one.label for one in offered if '合并' in one.label)}]")
    await replies(house, "路人", "不是河湾村，是云峰村")
    await says(house, "路人", "[对，改成这样]")
    cases, reports = await stored(house)
    here, there = await place(house, "河湾村"), await place(house, "云峰村")
    assert {one.area_id for one in cases} == {here}
    assert [one.area_id for one in reports] == [here, there]
    assert "是在云峰乡云峰村吗" in all_heard(house, "督导员")
    await says(house, "督导员", "[是，就在那里]")
    cases, _ = await stored(house)
    assert {one.area_id for one in cases} == {there}


async def test_a_case_with_a_school_can_be_placed_anew(house: House) -> None:
    """What it has in common with others was kept already, and is kept once."""
    said = ("3", "好几天没来", "青石镇河湾村", "小军", "安全", "不留名", "上学的事")
    await says(house, "邻居", "报告", *said, "3", "青石小学三年级", "[发出去]")
    (case,), (told,) = await stored(house)
    assert json.loads(told.answers)["school_class"] == "青石小学三年级"
    await replies(house, "邻居", "不是河湾村，是青石村")
    await says(house, "邻居", "[对，改成这样]")
    (case,), _ = await stored(house)
    assert case.area_id == await place(house, "青石村")


async def test_a_place_that_no_table_knows_moves_nothing(house: House) -> None:
    await house.visitor("督导员")
    await alarm(house)
    await replies(house, "邻居", "不是河湾村，是李家湾")
    assert "改成：李家湾" in heard(house, "邻居")
    await says(house, "邻居", "[对，改成这样]")
    (case,), (told,) = await stored(house)
    assert case.area_id == await place(house, "河湾村")
    assert json.loads(told.answers)["place_words"] == "李家湾"
    assert "报告里有一处改过了" in all_heard(house, "督导员")


# -- whom it concerns ---------------------------------------------------------------------------


async def test_whom_a_correction_blames_hears_nothing_more(house: House) -> None:
    for who in ("儿童主任", "督导员", "县民政"):
        await house.visitor(who)
    said = (
        "4",
        "孩子身上有伤",
        "青石镇河湾村",
        "小军",
        "安全",
        "不留名",
        "可能是谁干的",
    )
    await says(house, "邻居", "报告", *said, "邻居、熟人", "老张", "[发出去]")
    await says(house, "邻居", "写错了", "[更多]", "[知道是谁就写名字：老张]", "儿童主任")
    (case,), _ = await stored(house)
    members = await house.store.read(lambda reading: reading.cases.members(case.id))
    excluded = {one.person_id for one in members if one.kind == "excluded"}
    director = await house.store.read(
        lambda reading: next(
            one.person_id
            for one in reading.people.holders(("child_director",), (case.area_id or 0,))
        )
    )
    assert director in excluded


async def test_a_stranger_changes_nothing(house: House) -> None:
    await house.visitor("云峰督导员")
    await report(house)
    _, (told,) = await stored(house)
    for who in ("路人", "云峰督导员"):
        person = await house.visitor(who)
        await person.says("写错了")
        await house.settled()
        assert "里要改哪一处" not in all_heard(house, who)
    assert await corrections(house, told.id) == []


# -- what it is not -----------------------------------------------------------------------------


async def test_a_correction_that_is_left_is_no_report(house: House) -> None:
    await house.visitor("督导员")
    await alarm(house)
    await says(house, "邻居", "写错了", "[孩子现在怎么了：门锁着，孩子在里面哭]")
    await house.leap(timedelta(hours=1))
    await house.leap(timedelta(days=2))
    await house.leap(timedelta(days=40))
    await house.settled()
    cases, reports = await stored(house)
    assert (len(cases), len(reports)) == (1, 1)
    assert json.loads(reports[0].answers)["what"] == "门锁着，孩子在里面哭"


async def test_a_late_photo_opens_no_second_case(house: House) -> None:
    await house.visitor("督导员")
    await report(house)
    await house.leap(timedelta(days=3))
    neighbour = await house.visitor("邻居")
    receipt = next(one for one in house.paper.to("邻居") if "查询密码" in one.card.text)
    await neighbour.sends("photo", replies_to=str(receipt.id))
    await house.settled()
    await neighbour.sends("photo")
    await house.settled()
    assert "要放到哪里" in heard(house, "邻居")
    await says(house, "邻居", "1")
    cases, reports = await stored(house)
    assert (len(cases), len(reports)) == (1, 1)
    files = await house.store.read(lambda reading: reading.attachments.of_report(reports[0].id))
    assert len(files) == 2


async def test_a_photo_sent_while_correcting_goes_to_the_report(house: House) -> None:
    await house.visitor("督导员")
    await report(house)
    await says(house, "邻居", "写错了", "[是哪个孩子：小军]")
    neighbour = await house.visitor("邻居")
    await neighbour.sends("photo")
    await house.settled()
    await says(house, "邻居", "小君")
    _, (told,) = await stored(house)
    files = await house.store.read(lambda reading: reading.attachments.of_report(told.id))
    assert len(files) == 1

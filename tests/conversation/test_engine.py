import pytest

from conversation import engine
from conversation.dialogue import (
    Asking,
    Attached,
    Back,
    Chose,
    Done,
    Edit,
    File,
    Mark,
    Placed,
    Reviewing,
    Show,
    Skip,
    Turn,
)
from tests.conversation.talks import Talk, Tree, form_of

CHILD = form_of(
    """
    | survey |
    | | type | name | label | required | relevant | constraint | constraint_message |
    | | select_one yn | safe | 孩子安全吗？ | yes | | | |
    | | note | call | 先打 110。 | | ${safe} = 'no' | | |
    | | text | what | 怎么了？ | yes | ${safe} = 'no' | | |
    | | integer | age | 几岁？ | | | . > 0 and . < 18 | 要在 1 到 17 岁之间 |
    | | date | day | 哪天？ | | | . <= today() | 还没到那天 |
    | | select_multiple s | seen | 看到什么？ | | | . = 'none' or not(selected(., 'none')) | 矛盾 |
    | | note | bye | 谢谢。 | | | | |
    | choices |
    | | list_name | name | label |
    | | yn | yes | 安全 |
    | | yn | no | 不安全 |
    | | s | hurt | 有伤 |
    | | s | alone | 没人管 |
    | | s | none | 都没有 |
    """
)


def test_a_form_is_filled_in_with_numbers_and_plain_words_alone() -> None:
    talk = Talk(CHILD)
    talk.says("1", "十二", "昨天", "1 2")
    assert talk.summary == [
        ("孩子安全吗？", "安全"),
        ("几岁？", "12"),
        ("哪天？", "昨天（11月22日）"),
        ("看到什么？", "有伤、没人管"),
    ]
    talk.says("确认")
    assert talk.filed == {"safe": "yes", "age": "12", "day": "2026-11-22", "seen": "hurt alone"}


def test_an_answer_opens_the_branch_that_depends_on_it() -> None:
    talk = Talk(CHILD)
    talk.says("不安全")
    assert (talk.name, talk.asked.notes) == ("what", ("先打 110。",))
    assert talk.asked.problem is None


def test_a_wrong_answer_is_asked_again_with_what_was_wrong_and_is_not_kept() -> None:
    talk = Talk(CHILD)
    talk.says("安全", "四十")
    assert (talk.name, talk.asked.problem, talk.asked.because, talk.asked.misses) == (
        "age",
        "constraint",
        "要在 1 到 17 岁之间",
        1,
    )
    talk.says("很小")
    assert (talk.asked.problem, talk.asked.misses) == ("not-a-number", 2)
    assert "/data/age" not in talk.dialogue.answers
    talk.says("8")
    assert (talk.name, talk.asked.misses) == ("day", 0)


def test_a_required_question_cannot_be_skipped_and_an_optional_one_can() -> None:
    talk = Talk(CHILD)
    talk.says("跳过")
    assert (talk.name, talk.asked.problem) == ("safe", "required")
    talk.says("安全", "跳过")
    assert talk.name == "day"


def test_back_shows_the_answer_that_stands_and_skipping_on_keeps_it() -> None:
    talk = Talk(CHILD)
    talk.says("1", "8", "上一步")
    assert (talk.name, talk.asked.current) == ("age", "8")
    talk.does(Skip())
    assert (talk.name, talk.dialogue.answers["/data/age"]) == ("day", "8")


def test_back_at_the_first_question_says_so() -> None:
    talk = Talk(CHILD)
    assert not talk.asked.can_go_back
    talk.does(Back())
    assert (talk.name, talk.asked.problem) == ("safe", "no-further-back")


def test_changing_an_earlier_answer_keeps_the_later_ones_that_stay_valid() -> None:
    talk = Talk(CHILD)
    talk.says("1", "8", "昨天", "1")
    talk.does(Edit("/data/safe"))
    talk.says("2")
    assert talk.name == "what"  # only what became relevant is asked
    talk.says("在哭")
    assert talk.summary == [
        ("孩子安全吗？", "不安全"),
        ("怎么了？", "在哭"),
        ("几岁？", "8"),
        ("哪天？", "昨天（11月22日）"),
        ("看到什么？", "有伤"),
    ]


def test_an_answer_that_counts_no_more_is_kept_for_when_it_counts_again() -> None:
    talk = Talk(CHILD)
    talk.says("2", "在哭", "8", "昨天", "1", "1", "1")
    assert ("怎么了？", "在哭") not in talk.summary
    talk.does(Edit("/data/safe"))
    talk.does(Chose(value="no"))
    assert ("怎么了？", "在哭") in talk.summary


def test_what_does_not_count_is_not_filed() -> None:
    talk = Talk(CHILD)
    talk.says("2", "在哭", "8", "昨天", "1", "1", "1", "确认")
    assert talk.filed == {"safe": "yes", "age": "8", "day": "2026-11-22", "seen": "hurt"}


def test_a_line_of_the_summary_is_edited_by_its_number_or_its_words() -> None:
    talk = Talk(CHILD)
    talk.says("1", "8", "昨天", "1", "2")
    assert (talk.name, talk.asked.current) == ("age", "8")
    talk.says("9", "几岁")
    assert (talk.name, talk.asked.current) == ("age", "9")


def test_a_long_summary_says_all_and_offers_some_lines_at_a_time() -> None:
    rows = "".join(f"\n    | | text | q{number} | 第{number}问？ |" for number in range(1, 19))
    talk = Talk(
        form_of(f"""
    | survey |
    | | type | name | label |{rows}
    """)
    )
    talk.says(*(f"答{number}" for number in range(1, 19)))
    assert len(talk.summary) == 18
    offered = []
    for _ in range(4):
        assert isinstance(talk.screen, Reviewing)
        offered.append(talk.screen.shown)
        talk.does(Turn(by=1))
    assert offered == [(0, 5), (5, 10), (10, 15), (15, 18)]
    talk.does(Turn(by=-1))
    assert isinstance(talk.screen, Reviewing)
    assert talk.screen.shown == (15, 18)  # behind the last page stands the first
    # A number means its line, wherever its button is.
    talk.says("2")
    assert talk.name == "q2"


def test_leaving_an_edit_changes_nothing_and_skipping_it_empties_an_optional_line() -> None:
    talk = Talk(CHILD)
    talk.says("1", "8", "昨天", "1")
    talk.does(Edit("/data/age"))
    talk.does(Back())
    assert ("几岁？", "8") in talk.summary
    talk.does(Edit("/data/age"))
    talk.does(Skip())
    assert ("几岁？", "8") not in talk.summary


def test_several_options_are_ticked_and_unticked_until_done() -> None:
    talk = Talk(CHILD)
    talk.says("1", "8", "昨天")
    talk.does(Chose(value="alone"))
    talk.does(Chose(value="hurt"))
    talk.does(Chose(value="none"))
    assert talk.asked.chosen == {"hurt", "alone", "none"}
    assert "/data/seen" not in talk.dialogue.answers
    talk.does(Done())
    assert (talk.asked.problem, talk.asked.because) == ("constraint", "矛盾")
    talk.does(Chose(value="none"))
    talk.does(Done())
    assert ("看到什么？", "有伤、没人管") in talk.summary


def test_notes_at_the_end_stand_on_the_summary() -> None:
    talk = Talk(CHILD)
    talk.says("1", "8", "昨天", "1")
    assert isinstance(talk.screen, Reviewing)
    assert talk.screen.notes == ("谢谢。",)


def test_progress_counts_only_what_is_asked() -> None:
    talk = Talk(CHILD)
    assert (talk.asked.step, talk.asked.steps) == (1, 4)
    talk.says("2")
    assert (talk.asked.step, talk.asked.steps) == (2, 5)


def test_showing_again_changes_nothing() -> None:
    talk = Talk(CHILD)
    talk.says("1", "很小")
    before = talk.dialogue
    talk.does(Show())
    assert talk.dialogue == before


def test_an_unknown_option_is_refused() -> None:
    talk = Talk(CHILD)
    talk.does(Chose(value="maybe"))
    assert (talk.name, talk.asked.problem) == ("safe", "not-an-option")


# -- answers from outside, defaults, files --------------------------------------------------------

PRESET = form_of(
    """
    | survey |
    | | type | name | label | required | relevant | default | appearance |
    | | hidden | role | | | | | |
    | | text | said | 您说的 | yes | | | |
    | | text | school | 哪所学校？ | yes | ${role} = 'teacher' | | |
    | | date | day | 哪天？ | | | today() | |
    | | select_one yn | call | 能回电话吗？ | | | yes | |
    | | image | photo | 照片 | | | | |
    | choices |
    | | list_name | name | label |
    | | yn | yes | 能 |
    | | yn | no | 不能 |
    """
)


def test_what_is_known_already_is_not_asked_but_stands_on_the_summary() -> None:
    talk = Talk(PRESET, preset={"role": "teacher", "said": "孩子没来"})
    assert (talk.name, talk.asked.step, talk.asked.steps) == ("school", 1, 4)
    assert not talk.asked.can_go_back
    talk.says("二小", "跳过", "跳过", "跳过")
    assert talk.summary[:2] == [("您说的", "孩子没来"), ("哪所学校？", "二小")]
    talk.says("1", "孩子三天没来", "确认")
    assert talk.filed["said"] == "孩子三天没来"
    assert talk.filed["role"] == "teacher"


OFFERED = form_of(
    """
    | survey |
    | | type | name | label | required | relevant | default | appearance |
    | | text | what | 怎么了？ | yes | | | |
    | | select_one signed | sign | 留名吗？ | yes | | | offer |
    | | text | called | 怎么称呼？ | | ${sign} = 'yes' | | |
    | | select_one other | other | 替谁报？ | | | | aside offer |
    | | text | by | 谁说的？ | | ${other} = 'yes' | | |
    | | select_one signed | never | 再留一回？ | | ${what} = '没有' | | aside offer |
    | choices |
    | | list_name | name | label |
    | | signed | no | 不留名 |
    | | signed | yes | 留名 |
    | | other | yes | 替别人报 |
    """
)


def offered(talk: Talk) -> list[tuple[str, bool]]:
    return [(one.label, one.chosen) for one in talk.asked.offers]


def test_what_the_first_card_offers_is_taken_in_one_tap_and_not_asked() -> None:
    talk = Talk(OFFERED)
    assert offered(talk) == [("不留名", False), ("留名", False), ("替别人报", False)]
    talk.does(Mark(path="/data/sign", value="no"))
    assert (talk.name, talk.asked.steps) == ("what", 1)
    assert offered(talk) == [("不留名", True), ("留名", False), ("替别人报", False)]
    talk.does(Mark(path="/data/other", value="yes"))
    talk.says("没人管")
    assert (talk.name, talk.asked.offers) == ("by", ())
    talk.says("邻居", "确认")
    assert talk.filed == {"what": "没人管", "sign": "no", "other": "yes", "by": "邻居"}


def test_what_is_offered_is_asked_in_its_place_by_whoever_took_nothing() -> None:
    talk = Talk(OFFERED)
    talk.says("没人管")
    assert talk.name == "sign"
    talk.says("不留名", "确认")
    assert talk.filed == {"what": "没人管", "sign": "no"}


def test_what_was_taken_is_taken_back_by_another_tap() -> None:
    talk = Talk(OFFERED)
    for value in ("no", "yes", "yes"):
        talk.does(Mark(path="/data/sign", value=value))
    assert offered(talk) == [("不留名", False), ("留名", False), ("替别人报", False)]
    talk.says("没人管")
    assert talk.name == "sign"


def test_nothing_is_taken_that_the_card_does_not_offer() -> None:
    talk = Talk(OFFERED)
    for mark in (
        Mark(path="/data/sign", value="perhaps"),
        Mark(path="/data/never", value="no"),
        Mark(path="/data/what", value="x"),
        Mark(path="/data/nowhere", value="x"),
    ):
        talk.does(mark)
    talk.says("没人管")
    talk.does(Mark(path="/data/other", value="yes"))
    assert talk.dialogue.answers == {"/data/what": "没人管"}


def test_an_answer_from_outside_that_the_form_would_refuse_is_asked() -> None:
    talk = Talk(PRESET, preset={"call": "perhaps", "said": "", "nobody": "x"})
    assert talk.name == "said"
    assert talk.dialogue.answers.get("/data/call") == "yes"  # its own default


def test_an_answer_from_outside_waits_for_its_question_to_count() -> None:
    form = form_of(
        """
        | survey |
        | | type | name | label | required | relevant | constraint | appearance |
        | | select_one yn | went | 去了吗？ | yes | | | |
        | | date | again | 下次哪天？ | | ${went} = 'yes' | . >= today() | aside |
        | choices |
        | | list_name | name | label |
        | | yn | yes | 去了 |
        | | yn | no | 没去 |
        """
    )
    talk = Talk(form, preset={"again": "2026-11-30"})
    talk.says("去了")
    assert talk.summary == [("去了吗？", "去了"), ("下次哪天？", "2026年11月30日")]
    stale = Talk(form, preset={"again": "2026-11-01"})
    stale.says("去了", "确认")
    assert stale.asked.problem == "constraint"


def test_a_default_is_shown_and_kept_by_skipping() -> None:
    talk = Talk(PRESET, preset={"said": "x"})
    assert (talk.name, talk.asked.current) == ("day", "今天（11月23日）")
    talk.says("跳过")
    assert (talk.name, talk.asked.current) == ("call", "能")
    assert talk.asked.chosen == {"yes"}


def test_a_file_question_takes_files_of_its_kind() -> None:
    talk = Talk(PRESET, preset={"said": "x"})
    talk.says("跳过", "跳过", "给你看")
    assert (talk.name, talk.asked.problem) == ("photo", "wants-a-file")
    talk.does(Attached(file="f1", kind="voice"))
    assert talk.asked.problem == "wants-another-kind"
    talk.does(Attached(file="f2", kind="photo"))
    assert ("照片", "已收到") in talk.summary


# -- places ---------------------------------------------------------------------------------------

PLACE = form_of(
    """
    | survey |
    | | type | name | label | required | appearance | bind::words | bind::position |
    | | select_one_from_file areas.csv | where | 在哪里？ | yes | | place_words | place_point |
    | | text | place_words | 说的地方 | | aside | | |
    | | geopoint | place_point | 位置 | | aside | | |
    | | text | what | 怎么了？ | yes | | | |
    """
)
AREAS = Tree(
    (
        ("t1", "清水镇", ""),
        ("v11", "桥头村", "t1"),
        ("v12", "上河村", "t1"),
        ("t2", "白云镇", ""),
        ("v21", "下河村", "t2"),
    )
)


def test_a_tree_of_places_is_opened_branch_by_branch() -> None:
    talk = Talk(PLACE, lists=AREAS)
    assert talk.labels == ["清水镇", "白云镇"]
    talk.says("1")
    assert talk.labels == ["清水镇", "桥头村", "上河村"]
    talk.does(Back())
    assert talk.labels == ["清水镇", "白云镇"]
    talk.says("2", "2")
    assert talk.name == "what"
    assert talk.dialogue.answers["/data/where"] == "v21"


def test_the_branch_itself_can_be_the_answer() -> None:
    talk = Talk(PLACE, lists=AREAS)
    talk.does(Chose(value="t1"))
    talk.does(Chose(value="t1"))
    assert talk.dialogue.answers["/data/where"] == "t1"


def test_a_typed_name_is_searched_and_several_hits_are_offered() -> None:
    talk = Talk(PLACE, lists=AREAS)
    talk.says("河村")
    assert talk.asked.problem == "several-options"
    assert talk.labels == ["上河村", "下河村", "都不是，就记“河村”"]
    talk.says("2")
    assert talk.dialogue.answers["/data/where"] == "v21"
    assert "/data/place_words" not in talk.dialogue.answers


def test_of_several_hits_none_may_be_right() -> None:
    talk = Talk(PLACE, lists=AREAS)
    talk.says("河村", "3")
    assert talk.name == "what"
    assert talk.dialogue.answers["/data/place_words"] == "河村"


def test_a_place_in_words_passes_the_question() -> None:
    talk = Talk(PLACE, lists=AREAS)
    talk.says("大槐树底下", "在哭")
    assert talk.summary == [("说的地方", "大槐树底下"), ("怎么了？", "在哭")]
    talk.says("确认")
    assert talk.filed == {"place_words": "大槐树底下", "what": "在哭"}


def test_a_number_that_is_on_no_button_is_not_a_place_in_words() -> None:
    talk = Talk(PLACE, lists=AREAS)
    talk.says("7")
    assert (talk.name, talk.asked.problem) == ("where", "not-an-option")


@pytest.mark.parametrize("said", ["一和二", "1、2"])
def test_several_numbers_are_no_place(said: str) -> None:
    talk = Talk(PLACE, lists=AREAS)
    talk.says(said)
    assert (talk.name, talk.asked.problem) == ("where", "not-an-option")


def test_the_last_of_what_is_shown_is_chosen_in_words() -> None:
    talk = Talk(PLACE, lists=AREAS)
    last = talk.asked.options[-1]
    talk.says("最后一个")
    assert list(talk.asked.options) == list(AREAS.browse("areas", last.value))


def test_a_position_near_nothing_known_asks_for_the_place_and_is_kept() -> None:
    talk = Talk(PLACE, lists=AREAS)
    talk.does(Placed(point="25.1 99.2 0 5"))
    assert (talk.name, talk.asked.problem) == ("where", "none-near")
    assert talk.asked.options[-1].label == "说不清，就用这个位置"
    talk.does(Chose(value=""))
    assert talk.name == "what"
    talk.says("在哭")
    assert talk.summary[0] == ("位置", "北纬 25.10000，东经 99.20000")


def test_a_position_that_comes_elsewhere_is_kept_for_the_place() -> None:
    talk = Talk(PLACE, lists=AREAS)
    talk.says("桥头村")
    talk.does(Placed(point="25.1 99.2 0 5"))
    assert (talk.name, talk.asked.problem) == ("what", "position-kept")
    talk.says("在哭")
    talk.does(Placed(point="25.3 99.2 0 5"))
    assert ("在哪里？", "桥头村") in talk.summary
    assert ("位置", "北纬 25.30000，东经 99.20000") in talk.summary


def test_emptying_what_stood_in_for_a_place_asks_for_the_place_again() -> None:
    talk = Talk(PLACE, lists=AREAS)
    talk.says("大槐树底下", "在哭")
    talk.does(Edit("/data/place_words"))
    talk.does(Skip())
    assert (talk.name, talk.asked.problem) == ("where", "required")
    talk.says("桥头村")
    assert talk.summary == [("在哪里？", "桥头村"), ("怎么了？", "在哭")]


def test_words_given_from_outside_stand_in_for_the_place() -> None:
    talk = Talk(PLACE, lists=AREAS, preset={"place_words": "村口"})
    assert talk.name == "what"


# -- lists that depend on answers -----------------------------------------------------------------

CASCADE = form_of(
    """
    | survey |
    | | type | name | label | required | choice_filter |
    | | select_one town | town | 哪个镇？ | yes | |
    | | select_one village | village | 哪个村？ | yes | town = ${town} |
    | | select_one group | group | 哪个组？ | | village = ${village} |
    | | text | note | 还有吗？ | | |
    | choices |
    | | list_name | name | label | town | village |
    | | town | a | 甲镇 | | |
    | | town | b | 乙镇 | | |
    | | village | a1 | 甲一村 | a | |
    | | village | a2 | 甲二村 | a | |
    | | village | b1 | 乙一村 | b | |
    | | group | g1 | 一组 | | a1 |
    | | group | g2 | 二组 | | b1 |
    """
)


def test_options_follow_the_answers_before() -> None:
    talk = Talk(CASCADE)
    talk.says("乙镇")
    assert talk.labels == ["乙一村"]


def test_an_answer_whose_option_vanished_is_dropped_and_asked_again() -> None:
    talk = Talk(CASCADE)
    talk.says("1", "1", "1", "没了")
    talk.does(Edit("/data/town"))
    talk.says("2")
    assert (talk.name, talk.asked.problem, talk.asked.current) == ("village", "changed", "")
    talk.says("1")
    assert (talk.name, talk.labels) == ("group", ["二组"])
    talk.says("1")
    assert [answer for _, answer in talk.summary] == ["乙镇", "乙一村", "二组", "没了"]


# -- long lists -----------------------------------------------------------------------------------


def long_list(count: int) -> str:
    rows = "\n".join(f"| | many | v{n} | 第{n}样 |" for n in range(1, count + 1))
    return f"""
| survey |
| | type | name | label | required |
| | select_one many | one | 哪样？ | yes |
| choices |
| | list_name | name | label |
{rows}
"""


def test_a_long_list_is_turned_page_by_page_and_numbers_go_on() -> None:
    talk = Talk(form_of(long_list(19)))
    assert (len(talk.labels), talk.asked.earlier, talk.asked.later) == (5, False, True)
    talk.does(Turn(1))
    talk.says("更多")
    talk.says("更多")
    assert (talk.labels, talk.asked.later) == (["第16样", "第17样", "第18样", "第19样"], False)
    talk.does(Turn(1))
    assert talk.labels[0] == "第1样"
    talk.says("18")
    assert [answer for _, answer in talk.summary] == ["第18样"]


def test_the_beginning_of_a_label_is_enough_when_it_is_clear() -> None:
    talk = Talk(form_of(long_list(12)))
    talk.says("第1")
    # It reads as a number: the first.
    assert [answer for _, answer in talk.summary] == ["第1样"]


# -- repeats --------------------------------------------------------------------------------------

CHILDREN = form_of(
    """
    | survey |
    | | type | name | label | required | relevant | calculation | repeat_count |
    | | begin_repeat | kids | 孩子 | | | | |
    | | text | kid | 叫什么？ | yes | | | |
    | | integer | age | ${kid}几岁？ | | | | |
    | | text | school | 在哪上学？ | | ${age} > 5 | | |
    | | calculate | next | | | | ${age} + 1 | |
    | | end_repeat | | | | | | |
    | | calculate | total | | | | sum(${age}) | |
    | | calculate | number | | | | count(${kids}) | |
    | | note | all | 一共 ${total} 岁，${number} 个孩子。 | | | | |
    | | integer | days | 走访几天？ | yes | | | |
    | | begin_repeat | visit | 走访 | | | | ${days} |
    | | text | found | 看到什么？ | yes | | | |
    | | end_repeat | | | | | | |
    """
)


def test_a_repeat_goes_on_until_the_person_says_no() -> None:
    talk = Talk(CHILDREN)
    assert (talk.asked.kind, talk.asked.label) == ("repeat", "要填“孩子”吗？")
    talk.says("是", "小明", "4", "是", "小红")
    assert (talk.asked.label, talk.asked.path) == ("小红几岁？", "/data/kids[2]/age")
    talk.says("9", "二小", "不用了")
    assert (talk.name, talk.asked.notes) == ("days", ("一共 13 岁，2 个孩子。",))
    talk.says("2", "好", "不好", "确认")
    assert talk.filed == {
        "kids[1]/kid": "小明",
        "kids[1]/age": "4",
        "kids[1]/next": "5",
        "kids[2]/kid": "小红",
        "kids[2]/age": "9",
        "kids[2]/school": "二小",
        "kids[2]/next": "10",
        "total": "13",
        "number": "2",
        "days": "2",
        "visit[1]/found": "好",
        "visit[2]/found": "不好",
    }


def test_going_back_out_of_a_new_instance_takes_it_away() -> None:
    talk = Talk(CHILDREN)
    talk.says("是", "小明", "4", "是")
    assert talk.asked.path == "/data/kids[2]/kid"
    talk.does(Back())
    assert (talk.asked.kind, talk.asked.label) == ("repeat", "还要再加一个“孩子”吗？")
    talk.says("2")
    assert talk.asked.notes == ("一共 4 岁，1 个孩子。",)


def test_fewer_instances_hide_answers_and_more_bring_them_back() -> None:
    talk = Talk(CHILDREN)
    talk.says("2", "2", "好", "不好")
    talk.does(Edit("/data/days"))
    talk.says("1")
    assert [answer for _, answer in talk.summary] == ["1", "好"]
    talk.does(Edit("/data/days"))
    talk.says("3")
    assert talk.asked.path == "/data/visit[3]/found"
    talk.says("一般")
    assert [answer for _, answer in talk.summary] == ["3", "好", "不好", "一般"]


NESTED = form_of(
    """
    | survey |
    | | type | name | label | required | calculation | repeat_count |
    | | begin_repeat | home | 家庭 | | | 2 |
    | | text | family | 谁家？ | yes | | |
    | | begin_repeat | kid | 孩子 | | | |
    | | integer | age | ${family}的孩子几岁？ | yes | | |
    | | calculate | place | | | position(..) | |
    | | end_repeat | | | | | |
    | | calculate | old | | | sum(${age}) | |
    | | end_repeat | | | | | |
    | | calculate | all | | | sum(${age}) | |
    | | text | end | 还有吗？ | | | |
    """
)


def test_repeats_stand_inside_repeats() -> None:
    talk = Talk(NESTED)
    talk.says("张家", "是", "3", "是", "5", "不用了", "李家", "是", "8")
    assert talk.asked.label == "还要再加一个“孩子”吗？"
    assert talk.asked.path == "/data/home[2]/kid"
    talk.says("不用了", "没有了", "确认")
    assert talk.filed["home[1]/old"] == "8"
    assert talk.filed["home[2]/old"] == "8"
    assert talk.filed["home[1]/kid[2]/place"] == "2"
    assert talk.filed["all"] == "16"


# -- at the end -----------------------------------------------------------------------------------

SPAN = form_of(
    """
    | survey |
    | | type | name | label | required | constraint | constraint_message | relevant |
    | | integer | from | 从几点？ | yes | | | |
    | | integer | to | 到几点？ | yes | . > ${from} | 要比开始晚 | |
    | | text | why | 为什么这么晚？ | yes | | | ${to} > 20 |
    """
)


def test_a_change_that_breaks_another_answer_asks_for_that_one_again() -> None:
    talk = Talk(SPAN)
    talk.says("8", "10", "1", "12")
    assert (talk.name, talk.asked.problem, talk.asked.because) == (
        "to",
        "constraint",
        "要比开始晚",
    )
    talk.does(Skip())
    assert talk.asked.problem == "constraint"
    talk.says("22")
    assert talk.name == "why"
    talk.says("路远")
    assert [answer for _, answer in talk.summary] == ["12", "22", "路远"]


def test_filing_goes_to_what_has_become_wrong_in_the_meantime() -> None:
    form = form_of(
        """
        | survey |
        | | type | name | label | constraint |
        | | date | by | 最晚哪天？ | . >= today() |
        """
    )
    talk = Talk(form)
    talk.says("今天")
    talk.now = talk.now.replace(day=24)
    screen = talk.does(File())
    assert isinstance(screen, Asking)
    assert (talk.name, screen.problem) == ("by", "constraint")


def test_back_from_the_summary_goes_to_the_last_question() -> None:
    talk = Talk(SPAN)
    talk.says("8", "10", "上一步")
    assert (talk.name, talk.asked.current) == ("to", "10")


def test_a_notice_is_taken_with_one_word_and_is_no_line_of_the_summary() -> None:
    form = form_of(
        """
        | survey |
        | | type | name | label | required |
        | | acknowledge | law | 说真话。 | yes |
        | | text | what | 怎么了？ | yes |
        """
    )
    talk = Talk(form)
    assert talk.labels == ["知道了"]
    talk.says("知道了", "在哭")
    assert talk.summary == [("怎么了？", "在哭")]
    talk.says("确认")
    assert talk.filed == {"law": "OK", "what": "在哭"}


def test_a_form_of_notes_alone_goes_straight_to_its_end() -> None:
    talk = Talk(form_of("| survey |\n| | type | name | label |\n| | note | n | 您好。 |"))
    assert isinstance(talk.screen, Reviewing)
    assert talk.screen.notes == ("您好。",)


def test_an_id_is_given_once_and_what_is_calculated_once_stays() -> None:
    form = form_of(
        """
        | survey |
        | | type | name | label | calculation |
        | | calculate | id | | uuid() |
        | | calculate | first | | once(format-date-time(now(), '%H:%M')) |
        | | calculate | clock | | format-date-time(now(), '%H:%M') |
        | | text | what | 怎么了？ | |
        """
    )
    talk = Talk(form)
    given = talk.dialogue.answers["/data/id"]
    talk.now = talk.now.replace(hour=18)
    talk.says("在哭", "确认")
    assert talk.filed["id"] == given
    assert (talk.filed["first"], talk.filed["clock"]) == ("15:30", "18:30")


@pytest.mark.parametrize("word", ["确认", "发送", "没问题", "0", "提交"])
def test_many_words_file(word: str) -> None:
    talk = Talk(SPAN)
    talk.says("8", "10", word)
    assert talk.filed == {"from": "8", "to": "10"}


def test_a_question_that_offers_nothing_is_not_asked_and_blocks_nobody() -> None:
    form = form_of(
        """
        | survey |
        | | type | name | label | required | choice_filter |
        | | select_one town | town | 哪个镇？ | yes | |
        | | select_one village | village | 哪个村？ | yes | town = ${town} |
        | | text | what | 怎么了？ | yes | |
        | choices |
        | | list_name | name | label | town |
        | | town | a | 甲镇 | |
        | | town | b | 乙镇 | |
        | | village | b1 | 乙一村 | b |
        """
    )
    talk = Talk(form)
    talk.says("甲镇", "在哭", "1", "乙镇")
    assert (talk.name, talk.labels) == ("village", ["乙一村"])
    talk.says("1", "1", "甲镇", "确认")
    assert talk.filed == {"town": "a", "what": "在哭"}


def test_several_places_are_ticked_across_the_branches_of_a_tree() -> None:
    form = form_of(
        """
        | survey |
        | | type | name | label |
        | | select_multiple_from_file areas.csv | where | 哪些地方？ |
        """
    )
    talk = Talk(form, lists=AREAS)
    for value in ("t1", "v12", "v11"):
        talk.does(Chose(value=value))
    talk.does(Back())
    for value in ("t2", "v21", "v11"):
        talk.does(Chose(value=value))
    assert talk.asked.chosen == {"v12", "v21"}
    talk.does(Done())
    assert talk.summary == [("哪些地方？", "上河村、下河村")]


def _overhear(talk: Talk, words: str) -> None:
    talk.dialogue = engine.overhear(
        talk.form, talk.dialogue, "what", words, now=talk.now, lists=talk.lists
    )


def test_words_that_were_told_beside_a_question_are_kept_and_not_asked_again() -> None:
    talk = Talk(CHILD)
    _overhear(talk, "一个人在家")
    _overhear(talk, " 天黑了也没人回来 ")
    talk.says("不安全")
    assert talk.name == "age"
    talk.says("跳过", "跳过", "跳过")
    assert ("怎么了？", "一个人在家\n天黑了也没人回来") in talk.summary


def test_words_that_the_question_would_not_take_change_nothing() -> None:
    talk = Talk(CHILD)
    for words in (" \u200b ", "没" * 2001):
        _overhear(talk, words)
    talk.says("不安全")
    assert talk.name == "what"


COMING = form_of(
    """
    | survey |
    | | type | name | label | required | constraint | constraint_message |
    | | date | day | 哪天起？ | yes | . >= today() | 这一天已经过了 |
    """
)


@pytest.mark.parametrize(
    ("said", "day"),
    [("12月3日", "2026-12-03"), ("1月5日", "2027-01-05"), ("11月23日", "2026-11-23")],
)
def test_a_day_without_its_year_is_the_next_one_where_the_past_is_refused(
    said: str, day: str
) -> None:
    talk = Talk(COMING)
    talk.says(said, "确认")
    assert talk.filed == {"day": day}


@pytest.mark.parametrize("said", ["昨天", "2025年12月3日"])
def test_a_day_that_is_surely_past_stays_refused(said: str) -> None:
    talk = Talk(COMING)
    talk.says(said)
    assert (talk.name, talk.asked.problem) == ("day", "constraint")


def test_words_for_a_question_that_a_form_has_not_change_nothing() -> None:
    talk = Talk(CHILD)
    for name in ("told", "age"):  # there is none of the name; it asks for a number
        heard = engine.overhear(
            talk.form, talk.dialogue, name, "没人管", now=talk.now, lists=talk.lists
        )
        assert heard == talk.dialogue


def test_a_yes_takes_what_is_ticked_and_a_no_takes_nothing() -> None:
    for said, seen in (("对", {"seen": "hurt"}), ("不晓得", {"seen": "hurt"})):
        talk = Talk(CHILD)
        talk.says("安全", "跳过", "跳过")
        talk.does(Chose(value="hurt"))
        talk.says(said, "确认")
        assert talk.filed == {"safe": "yes", **seen}
    talk = Talk(CHILD)
    talk.says("安全", "跳过", "跳过", "没什么", "确认")
    assert talk.filed == {"safe": "yes"}


def test_who_does_not_know_a_place_is_asked_for_a_guess_once() -> None:
    talk = Talk(PLACE, lists=AREAS)
    talk.says("不晓得")
    assert (talk.name, talk.asked.problem) == ("where", "required")
    talk.says("不晓得")
    assert talk.name == "what"


def test_a_place_that_is_heard_by_the_way_is_not_asked() -> None:
    form = form_of(
        """
        | survey |
        | | type | name | label | required |
        | | select_one_from_file kids.csv | who | 哪个孩子？ | |
        | | select_one_from_file areas.csv | where | 在哪里？ | yes |
        | | text | what | 怎么了？ | yes |
        """
    )
    talk = Talk(form, lists=AREAS)
    talk.dialogue = engine.settle(
        form, talk.dialogue, "/data/where", "v12", now=talk.now, lists=AREAS
    )
    talk.says("跳过", "没人管", "确认")
    assert talk.filed == {"where": "v12", "what": "没人管"}

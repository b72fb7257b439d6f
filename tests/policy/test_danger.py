"""Danger is heard in free words; what is denied, unreal or about somebody else is not."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import policy
from policy.circumstances import suggest
from policy.danger import danger_facts, danger_signs
from policy.extraction import as_children
from policy.tables import load_policy

POLICY = load_policy(Path(policy.__file__).parent)
PUBLISHED, UNSEEN = "danger_sentences.txt", "danger_unseen.txt"
#: What is no cause for alarm.
PEACE = ("-", "want")
ALARMS = Path(__file__).parent.parent / "data" / "visit_alarms.txt"


def labelled(name: str = PUBLISHED) -> list[tuple[str, str]]:
    lines = Path(__file__).with_name(name).read_text("utf-8").splitlines()
    rows = [line.split("|") for line in lines if line and not line.startswith("#")]
    return [(label.strip(), sentence.strip()) for label, sentence in rows]


def kinds(text: str) -> set[str]:
    return {sign.key for sign in danger_signs(text, POLICY.danger)}


def suggested(text: str) -> tuple[str, ...]:
    return suggest(text, POLICY.circumstances)


def counts(text: str) -> set[str]:
    """Of what grading hears."""
    return set(danger_facts(text, POLICY.danger).get("danger_words", "").split())


def test_at_least_98_in_100_of_the_published_sentences_are_heard_right() -> None:
    rows = labelled()
    missed = [text for label, text in rows if (label in PEACE) != (not kinds(text))]
    assert len(rows) >= 150
    assert len(missed) / len(rows) <= 0.02, missed


def test_the_kind_of_danger_is_heard_too() -> None:
    rows = [(label, text) for label, text in labelled() if label != "-"]
    missed = [f"{label}: {text}" for label, text in rows if label not in counts(text)]
    assert len(missed) / len(rows) <= 0.05, missed


def test_words_that_nobody_foresaw_are_heard_in_part_and_seldom_cry_wolf() -> None:
    rows = labelled(UNSEEN)
    danger = [bool(kinds(text)) for label, text in rows if label not in PEACE]
    peace = [bool(kinds(text)) for label, text in rows if label in PEACE]
    assert sum(danger) / len(danger) >= 1 / 3
    assert sum(peace) / len(peace) <= 1 / 10


def test_what_is_told_after_a_visit_is_an_alarm_when_it_must_be_and_else_never() -> None:
    rows = [line.split(" | ") for line in ALARMS.read_text("utf-8").splitlines() if line[0] != "#"]
    wrong = [text for label, text in rows if (label == "!") != bool(kinds(text))]
    assert [sum(label == one for label, _ in rows) for one in "!-"] == [47, 60]
    assert wrong == []


@pytest.mark.parametrize("text", ["他爸又打了王小明", "他爸掐王小明", "爸爸说不要王小明了"])
def test_whoever_is_known_by_name_is_a_child(text: str) -> None:
    assert kinds(text) == set()
    assert kinds(as_children(text, ["王小明"])) != set()
    assert kinds(as_children("打王小明奶奶电话，没找到王小明家", ["王小明"])) == set()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("没有打孩子", set()),
        ("打孩子", {"violence"}),
        ("不是被打的", set()),
        ("被打的", {"violence"}),
        ("大人说不想活了", set()),
        ("孩子说不想活了", {"self_harm"}),
        ("差点没淹死", {"hurt"}),
        ("没有人管", {"neglect"}),
        ("", set()),
    ],
)
def test_a_word_counts_only_as_it_is_meant(text: str, expected: set[str]) -> None:
    assert kinds(text) == expected


def test_a_sign_says_where_it_stands_and_hides_its_words_in_logs() -> None:
    (sign,) = danger_signs("昨天孩子不见了", POLICY.danger)
    assert (sign.key, sign.phrase, sign.span) == ("missing", "孩子不见了", (2, 7))
    assert "孩子" not in repr(sign)


def test_a_denial_in_one_clause_does_not_deny_the_next() -> None:
    assert kinds("没有打孩子，可是孩子不见了") == {"missing"}
    assert kinds("爸爸没打他。奶奶打孩子") == {"violence"}


@given(text=st.text(max_size=200))
def test_no_text_is_too_strange(text: str) -> None:
    for sign in danger_signs(text, POLICY.danger):
        assert text[slice(*sign.span)] == sign.phrase


@given(
    words=st.lists(
        st.sampled_from(
            [
                "孩子",
                "爸爸",
                "没有",
                "打",
                "不",
                "被",
                "在家",
                "一个人",
                "死",
                "没",
                "，",
                "。",
                "说",
            ]
        ),
        max_size=300,
    )
)
def test_long_texts_of_such_words_stay_quick(words: list[str]) -> None:
    danger_signs("".join(words), POLICY.danger)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("隔壁天天打孩子", ("violence",)),
        ("孩子两天没来上学了", ("out_of_school",)),
        ("爸妈离婚都不管，就他一个人在家", ("alone", "guardian")),
        ("有个小女孩被老头摸下面", ("sexual",)),
        ("娃在学校被大孩子勒索，头打破了", ("violence", "hurt")),
        ("孩子离家出走，找不到了", ("missing",)),
        ("学生说不想活了", ("self_harm",)),
        ("有人带着孩子在街上讨饭", ("guardian", "begging")),
        ("他爸坐牢，奶奶瘫在床上", ("guardian",)),
        ("孩子没有辍学", ()),
        ("你好", ()),
    ],
)
def test_free_words_suggest_what_the_report_is_about(text: str, expected: tuple[str, ...]) -> None:
    assert suggest(text, POLICY.circumstances) == expected


def test_what_people_tell_before_any_form_is_offered_to_them() -> None:
    """A wrong line costs a tap, a missing one a search through ten: both are counted."""
    rows = labelled("told_sentences.txt")
    missed = [text for label, text in rows if label != "-" and label not in suggested(text)]
    cried = [text for label, text in rows if label == "-" and suggested(text)]
    assert len(rows) >= 150
    assert len(missed) / len(rows) <= 0.03, missed
    assert not cried


def test_of_what_nobody_foresaw_most_is_offered_too() -> None:
    rows = labelled("told_unseen.txt")
    told = [label in suggested(text) for label, text in rows if label != "-"]
    peace = [bool(suggested(text)) for label, text in rows if label == "-"]
    assert sum(told) / len(told) >= 2 / 3
    assert sum(peace) / len(peace) <= 1 / 10


@given(text=st.lists(st.sampled_from([*"就剩他一个人带着弟妹在家年没打书不读了"]), max_size=300))
def test_long_tellings_stay_quick(text: list[str]) -> None:
    suggested("".join(text))


def test_every_line_stands_for_items_of_the_official_lists() -> None:
    lines = POLICY.circumstances.lines
    covered = {item for line in lines.values() for item in line.official}
    official = {
        f"{name}.{number}"
        for name, one in POLICY.circumstances.lists.items()
        for number in one.items
    }
    assert covered == official
    assert POLICY.circumstances.official("begging") == (
        ("侵害未成年人案件强制报告意见（2020）", "被组织乞讨"),
    )

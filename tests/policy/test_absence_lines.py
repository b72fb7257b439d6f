"""One line says who is missing: read as teachers type it, and matched with the class."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversation.dates import parse_date
from policy.absence_lines.class_names import ClassName
from policy.absence_lines.reading import (
    AbsenceLine,
    read_arrivals,
    read_line,
    read_reason,
    speaks_of_family,
)
from policy.absence_lines.roster import match_names
from policy.absence_lines.said import Absent

LINES = Path(__file__).parent.parent / "data" / "absence_lines.tsv"
TODAY = date(2026, 11, 25)
EXCUSED = {"yes": "+", "no": "-", "unknown": "?"}
ROSTER = ("王小明", "李红", "张 伟", "张伟", "陈浩然", "欧阳雨涵", "刘一鸣")


def published(*kinds: str) -> Iterator[tuple[str, tuple[str, str, str]]]:
    rows = [line for line in LINES.read_text("utf-8").splitlines() if not line.startswith("#")]
    for row in rows[1:]:
        held, line, class_name, day, absent = row.split("\t")
        if held in kinds:
            yield line, (class_name, day, absent)


def told(read: AbsenceLine) -> tuple[str, str, str]:
    """What was read, as the published list writes it."""
    name = read.class_name
    number = "" if name is None or name.number is None else f".{name.number}"
    class_name = "-" if name is None else f"{'' if name.grade is None else name.grade}{number}"
    day = "-" if read.day == TODAY else f"{read.day:%m-%d}"
    people = [f"{one.name}={one.reason}{EXCUSED[one.excused]}" for one in read.absent]
    stated = [] if read.stated is None else [f"#{read.stated}"]
    return class_name, day, "all" if read.all_present else " ".join([*people, *stated]) or "!"


def read(line: str, *known: str) -> AbsenceLine:
    return read_line(line, TODAY, parse_date, known)


def wrong(*kinds: str, known: tuple[str, ...] = ()) -> list[str]:
    return [line for line, expected in published(*kinds) if told(read(line, *known)) != expected]


def test_at_least_99_in_100_of_the_published_lines_are_read_right() -> None:
    assert len(list(published("", "held"))) == 200
    assert len(wrong("", "held")) <= 2, wrong("", "held")


def test_lines_that_came_later_are_read_right_by_a_teacher_who_has_a_roster() -> None:
    missed = wrong("later", known=("刘一鸣", "王梓涵"))
    assert len(list(published("later"))) == 65
    assert len(missed) <= 2, missed


def test_a_line_is_read_the_same_with_a_roster() -> None:
    assert not set(wrong("", "held", known=ROSTER)) - set(wrong("", "held"))


def test_what_is_not_understood_is_kept() -> None:
    line = read("王小明没来，说要去看月亮")
    assert [one.name for one in line.absent] == ["王小明"]
    assert line.leftovers == ("要去看月亮",)


def test_a_name_of_the_roster_is_heard_inside_other_words_but_never_inside_a_longer_name() -> None:
    assert [one.name for one in read("瞧见李红没背书包往河边走", "李红").absent] == ["李红"]
    assert not read("瞧见李红梅没背书包往河边走", "李红").absent


def test_nobody_is_missing_only_when_all_of_the_line_is_understood() -> None:
    assert read("三2班都到了").all_present
    assert not read("三2班都到了，毛豆豆除外").all_present
    assert not read("全到了，就王小明没来").all_present


def test_who_is_named_in_brackets_is_missing_only_when_the_class_knows_the_name() -> None:
    line = "缺王小明（李红也没来）"
    assert [one.name for one in read(line).absent] == ["王小明"]
    assert read(line).leftovers == ("李红",)
    assert [one.name for one in read(line, *ROSTER).absent] == ["王小明", "李红"]


def test_counts_are_read_in_characters_too() -> None:
    assert read("应到四十二实到四十").stated == 2
    assert read("到三三").stated is None


def test_names_stay_out_of_logs() -> None:
    assert "王小明" not in repr(read("王小明没来，瞎跑着去了"))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("王小明", [((0,), "exact")]),
        ("王 小明", [((0,), "exact")]),
        ("张伟", [((2, 3), "several")]),
        ("王晓明", [((0,), "likely")]),
        ("陈浩燃", [((4,), "likely")]),
        ("陈皓然", [((4,), "likely")]),
        ("欧阳语涵", [((5,), "likely")]),
        ("王大明", [((0,), "likely")]),
        ("浩然", [((4,), "likely")]),
        ("红红", [((1,), "likely")]),
        ("李洪", [((1,), "likely")]),
        ("李兰", [((), "nobody")]),
        ("赵六", [((), "nobody")]),
        ("王小明李红", [((0,), "exact"), ((1,), "exact")]),
        ("", [((), "nobody")]),
    ],
)
def test_names_are_matched_with_the_class_and_what_is_unsure_is_asked(
    written: str, expected: list[tuple[tuple[int, ...], str]]
) -> None:
    matches = match_names([Absent(name=written, reason="sick", excused="yes")], ROSTER)
    assert [(match.pupils, match.fit) for match in matches] == expected
    assert all(match.absent.reason == "sick" for match in matches)


def test_a_pupil_as_written_comes_before_one_who_only_sounds_so() -> None:
    (match,) = match_names([Absent(name="王晓明")], ["王小明", "王晓明"])
    assert (match.pupils, match.fit) == ((1,), "exact")


@given(
    names=st.lists(
        st.sampled_from(["王小明", "李红", "赵雨涵", "欧阳娜"]), min_size=1, unique=True
    ),
    mark=st.sampled_from(["、", "，", " ", ",", "和", "/", "\n"]),
    form=st.sampled_from(["三(2)班缺:{}", "三2班 {}没来", "{} 缺勤 三年级2班", "３０２班：{}"]),
)
def test_however_names_are_set_apart_all_of_them_are_heard(
    names: list[str], mark: str, form: str
) -> None:
    line = read(form.format(mark.join(names)))
    assert [one.name for one in line.absent] == names
    assert line.class_name == ClassName(grade=3, number=2)


@given(text=st.text(max_size=500))
def test_no_line_is_too_strange(text: str) -> None:
    line = read(text)
    assert not (line.all_present and line.absent)


@given(st.lists(st.sampled_from("三2班缺王小明李红病假没来，、：（）都 和全到"), max_size=400))
def test_long_lines_of_such_words_stay_quick(chars: list[str]) -> None:
    read("".join(chars), "王小明")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("更正：李红来了", ("李红",)),
        ("李红、王小明都到了。", ("李红", "王小明")),
        ("刚才写错了，欧阳雨涵在学校", ("欧阳雨涵",)),
        ("李红没缺课", ("李红",)),
        ("缺王小明", ()),
        ("李红来了又走了，身上有伤", ()),
    ],
)
def test_a_line_that_says_who_is_there_after_all(text: str, names: tuple[str, ...]) -> None:
    assert read_arrivals(text) == names


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("家长说病了", "sick"),
        ("他妈说肚子疼", "sick"),
        ("打电话没人接", "unreachable"),
        ("奶奶说走亲戚去了", "personal"),
        ("他爸说不读了", "left"),
        ("问了家长，说人不见了", "missing"),
        ("家长说他在外婆家", ""),
    ],
)
def test_a_reason_is_heard_in_what_a_family_says(text: str, reason: str) -> None:
    assert speaks_of_family(text)
    assert read_reason(text) == reason


@pytest.mark.parametrize("text", ["今天全到", "缺李红", "他发烧了", "爸爸打他", "下周家长会"])
def test_what_no_family_said_is_not_passed_on(text: str) -> None:
    assert not speaks_of_family(text)

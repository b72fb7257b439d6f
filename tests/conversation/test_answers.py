import tomllib
import unicodedata
from collections.abc import Iterator
from datetime import date, time
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversation import answers, choosing, commands, letters, numbers
from conversation.answers import NotUnderstood, Understood
from conversation.dialogue import Back, Done, Move, Option, Skip, Turn
from tests.conversation.talks import NOW

DIGITS = "零一二三四五六七八九"


def in_chinese(count: int) -> str:
    """A number as it is written out, by the school rule and nothing of ours."""
    if count >= 10_000:
        high, low = divmod(count, 10_000)
        zero = "零" if 0 < low < 1000 else ""
        return in_chinese(high) + "万" + zero + (in_chinese(low) if low else "")
    words, skipped = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, count = divmod(count, unit)
        if digit:
            words += ("零" if skipped and words else "") + DIGITS[digit] + name
        skipped = not digit
    return words or "零"


def wide(text: str) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) for letter in text)


@given(st.integers(min_value=0, max_value=99_999_999))
def test_every_number_written_out_in_chinese_is_read(count: int) -> None:
    assert numbers.read_integer(in_chinese(count)) == str(count)


@given(st.integers(min_value=-(2**31) + 1, max_value=2**31 - 1))
def test_every_integer_is_read_in_narrow_and_wide_figures(count: int) -> None:
    assert numbers.read_integer(str(count)) == str(count)
    assert numbers.read_integer(wide(str(count))) == str(count)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=6))
def test_every_decimal_is_read_as_the_same_number(value: object) -> None:
    read = numbers.read_decimal(str(value))
    assert read is not None
    assert float(read) == float(str(value))
    assert answers.accepts("decimal", read)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("十", "10"),
        ("十五", "15"),
        ("两个", "2"),
        ("三十二岁", "32"),
        ("一百零五", "105"),
        ("两千零五十", "2050"),
        ("３２", "32"),
        (" 7 人 ", "7"),
        ("007", "7"),
        ("-3", "-3"),
        ("1,200", "1200"),
        ("１，２００", "1200"),
    ],
)
def test_an_amount_is_read_as_people_say_it(said: str, meant: str) -> None:
    assert numbers.read_integer(said) == meant


@pytest.mark.parametrize(
    "said",
    [
        "2147483648",
        "13800001111",
        "十来个",
        "三五个",
        "几个",
        "一百二",
        "两三",
        "百",
        "零零",
        "一十十",
        "3.5",
        "1,2",
        "25,99",
        "0,200",
        "1,2000",
        "",
        "岁",
        "1e3",
    ],
)
def test_what_is_not_exactly_a_number_is_not_guessed(said: str) -> None:
    assert numbers.read_integer(said) is None


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("三点五", "3.5"),
        ("3。5", "3.5"),
        ("3.50", "3.5"),
        (".5", "0.5"),
        ("零点二五", "0.25"),
        ("12,345.6", "12345.6"),
        ("12,5", None),
        ("3。", None),
    ],
)
def test_a_decimal_is_read_as_people_say_it(said: str, meant: str | None) -> None:
    assert numbers.read_decimal(said) == meant


@given(st.text(max_size=300))
def test_a_tidy_text_shows_everything_it_holds(text: str) -> None:
    tidy = letters.tidy(text)
    assert tidy == tidy.strip() == unicodedata.normalize("NFC", tidy)
    assert [c for c in tidy if c != "\n" and unicodedata.category(c) in {"Cc", "Cf", "Cs"}] == []
    assert letters.tidy(tidy) == tidy


@given(st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=300))
def test_ordinary_words_stay_as_they_are(text: str) -> None:
    composed = unicodedata.normalize("NFC", text)
    assert answers.read_text(text) == Understood(composed.strip())


def test_words_that_turn_the_reading_around_are_made_harmless() -> None:
    assert letters.tidy("孩\u202e子\u200b在\x00哭\ufeff") == "孩子在哭"


def test_a_text_of_two_thousand_characters_fits_and_one_more_does_not() -> None:
    assert answers.read_text("字" * 2000) == Understood("字" * 2000)
    assert answers.read_text("字" * 2001) == NotUnderstood("too-long")


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_every_place_on_earth_is_read(latitude: float, longitude: float) -> None:
    written = f"{latitude:.7f}, {longitude:.7f}"
    read = answers.read_point(written)
    assert read is not None
    assert [float(part) for part in read.split()[:2]] == [float(p) for p in written.split(", ")]
    assert answers.accepts("geopoint", read)


@pytest.mark.parametrize("said", ["91,10", "10,181", "村口", "25.1", "1 2 3 4 5", "nan,nan"])
def test_what_is_nowhere_on_earth_is_refused(said: str) -> None:
    assert answers.read_point(said) is None


@given(st.dates(date(1950, 1, 1), date(2049, 12, 31)))
def test_every_written_date_is_read(day: date) -> None:
    read = answers.read("date", day.isoformat(), NOW)
    assert read == Understood(day.isoformat())


@given(st.times())
def test_every_written_time_is_read(clock: time) -> None:
    read = answers.read("time", clock.strftime("%H:%M"), NOW)
    assert isinstance(read, Understood)
    assert read.value == clock.strftime("%H:%M") + ":00.000+08:00"
    assert answers.accepts("time", read.value)


def test_a_moment_long_ago_has_an_offset_that_others_read() -> None:
    read = answers.read("dateTime", "1900-01-01", NOW)
    assert read == Understood("1900-01-01T00:00:00.000+08:05")
    assert answers.accepts("dateTime", read.value)


def test_a_moment_is_kept_with_its_offset() -> None:
    read = answers.read("dateTime", "昨天晚上八点", NOW)
    assert read == Understood("2026-11-22T20:00:00.000+08:00")
    assert answers.spoken("dateTime", "2026-11-22T20:00:00.000+08:00", NOW) == (
        "昨天（11月22日）晚上8点"
    )


KINDS = ["integer", "decimal", "date", "time", "dateTime", "geopoint", "text"]


@given(st.sampled_from(KINDS), st.text(max_size=40))
def test_whatever_is_understood_is_a_value_of_its_type(kind: str, text: str) -> None:
    match answers.read(kind, text, NOW):
        case Understood(value):
            assert answers.accepts(kind, value)
            assert answers.spoken(kind, value, NOW) != "" or value == ""
        case NotUnderstood():
            pass


# -- options --------------------------------------------------------------------------------------

YES_NO = [Option(value="yes", label="打了"), Option(value="no", label="还没打")]
PLACES = [
    Option(value="a", label="桥头村"),
    Option(value="b", label="桥尾村"),
    Option(value="c", label="上河村"),
    Option(value="d", label="3组"),
]


def picked(text: str, options: list[Option]) -> list[str]:
    return [option.value for option in choosing.pick(text, options)]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("1", ["a"]),
        ("２", ["b"]),
        ("三", ["c"]),
        ("第二个", ["b"]),
        ("选3", ["c"]),
        ("桥头村", ["a"]),
        (" 桥头村。 ", ["a"]),
        ("桥头", ["a"]),
        ("桥", ["a", "b"]),
        ("河", ["c"]),
        ("3组", ["d"]),
        ("9", []),
        ("天上", []),
        ("", []),
    ],
)
def test_an_option_is_picked_by_number_label_or_a_clear_part_of_it(
    said: str, meant: list[str]
) -> None:
    assert picked(said, PLACES) == meant


@pytest.mark.parametrize(
    ("said", "meant"),
    [("是的", "yes"), ("嗯", "yes"), ("没有", "no"), ("不", "no"), ("有", "yes")],
)
def test_yes_and_no_are_heard_in_many_words(said: str, meant: str) -> None:
    assert picked(said, YES_NO) == [meant]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("1 3", ("a", "c")),
        ("3,1", ("a", "c")),
        ("一、三", ("a", "c")),
        ("桥头村和上河村", ("a", "c")),
        ("2", ("b",)),
        ("1 9", None),
        ("桥", None),
        ("、", None),
    ],
)
def test_several_options_are_picked_at_once(said: str, meant: tuple[str, ...] | None) -> None:
    assert choosing.pick_several(said, PLACES) == meant


@given(st.lists(st.sampled_from(range(4)), unique=True, min_size=1))
def test_any_set_of_numbers_picks_just_those(numbers: list[int]) -> None:
    said = " ".join(str(number + 1) for number in numbers)
    assert choosing.pick_several(said, PLACES) == tuple("abcd"[n] for n in sorted(numbers))


LETTERS = "甲乙丙丁戊己庚辛壬癸子丑寅卯"

#: As many as a long list has: its numbers have two figures.
MANY = tuple(Option(value=str(at), label=f"第{letter}组") for at, letter in enumerate(LETTERS, 1))


@pytest.mark.parametrize("space", [" ", "\u00a0", "\u2009", "\u202f", "\u3000", "\t", "  "])
def test_numbers_that_stand_apart_are_several_however_wide_the_space(space: str) -> None:
    assert choosing.pick_several(f"1{space}3", PLACES) == ("a", "c")
    assert choosing.pick_several(f"1{space}3", MANY) == ("1", "3")
    assert choosing.pick_several("13", MANY) == ("13",)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("上一步", Back()),
        ("跳过", Skip()),
        ("完成", Done()),
        ("更多", Turn(1)),
        ("上一页", Turn(-1)),
        ("跳过这个村", None),
        ("孩子", None),
    ],
)
def test_a_few_words_act_instead_of_answering(said: str, meant: Move | None) -> None:
    assert commands.move(said) == meant


def test_who_does_not_know_need_not_find_the_word_of_the_button() -> None:
    options = [
        Option(value="safe", label="安全"),
        Option(value="unsafe", label="不安全"),
        Option(value="unknown", label="不清楚"),
    ]
    for said in ("不知道", "不晓得", "我不清楚。", "说不准", "不清楚"):
        assert [one.value for one in choosing.pick(said, options)] == ["unknown"], said
    assert choosing.pick("不知道", options[:2]) == ()


@pytest.mark.parametrize("said", ["是", "没有", "不是", "不晓得", "在家", "家里"])
def test_a_word_that_fits_anywhere_is_no_option_by_a_crumb_of_its_label(said: str) -> None:
    labels = [
        "一个人住没有大人照看",
        "在家挨打挨饿或者被关",
        "家里大人管不了或者不管",
        "像是被拐来的",
    ]
    options = [Option(value=str(place), label=label) for place, label in enumerate(labels)]
    assert choosing.pick(said, options) == ()


def test_the_words_before_the_first_mark_of_a_label_name_it() -> None:
    options = [Option(value="a", label="是，现在有危险"), Option(value="b", label="没有，都好")]
    assert [choosing.pick(said, options)[0].value for said in ("是", "没有")] == ["a", "b"]


def _listed(told: object) -> Iterator[str]:
    """Every word of a table, however deep."""
    match told:
        case str():
            yield told
        case dict():
            for one in told.values():
                yield from _listed(one)
        case list():
            for one in told:
                yield from _listed(one)
        case _:
            assert isinstance(told, int | float | bool)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("file", ["words.toml", "dates.toml"])
def test_words_that_come_apart_in_many_ways_are_read_at_once(file: str) -> None:
    """在带的 is 在带 and 的, or 在 and 带的: forty come apart in more ways than time has."""
    options = [Option(value="a", label="外公外婆"), Option(value="b", label="没人带")]
    also = {"奶奶": "a", "姥姥": "b"}
    words = {*_listed(tomllib.loads(files("conversation").joinpath(file).read_text("utf-8")))}
    for word in ("在带的", "带着在", *sorted(words)):
        text = word * 40 + "甲乙"
        assert choosing.pick(text, options, also) == ()
        assert choosing.pick_several(text, options, also) is None
        assert not choosing.agrees(text)
        for kind in ("text", "integer", "decimal", "date", "time", "dateTime", "geopoint"):
            answers.read(kind, text, NOW)


@pytest.mark.parametrize("said", ["是是是", "对对对", "对的对的", "嗯嗯", "好好好"])
def test_what_is_said_over_and_over_is_said_once(said: str) -> None:
    assert choosing.agrees(said)
    assert not choosing.declines(said)


@pytest.mark.parametrize(
    ("said", "unsure"),
    [
        ("我也搞不清楚", True),
        ("都不晓得", True),
        ("不晓得叫啥", True),
        ("真的不知道啊", True),
        ("我知道", False),
        ("他不知道回家", False),
        ("明明", False),
    ],
)
def test_not_knowing_is_said_in_many_words(said: str, unsure: bool) -> None:
    assert choosing.is_unsure(said) is unsure


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("发出去咯", Skip()),
        ("没得了没得了，就这些", Done()),
        ("就这些，发出去", None),
        ("跳过吧", Skip()),
        ("没得了，他还在哭", None),
    ],
)
def test_a_command_is_heard_through_the_sounds_around_it(said: str, meant: Move | None) -> None:
    assert commands.move(said) == meant


@pytest.mark.parametrize(
    ("said", "nothing"),
    [("😭", True), ("👍👍", True), ("……", True), ("", False), ("河湾😭", False)],
)
def test_signs_alone_are_no_words(said: str, nothing: bool) -> None:
    assert choosing.says_no_word(said) is nothing


@given(said=st.text(max_size=30))
def test_other_words_for_an_option_are_never_found_in_what_denies_them(said: str) -> None:
    also = {"打了110": "yes", "奶奶": "carer"}
    for denial in ("没", "没有", "不是", "还没"):
        found = choosing.meant_by(letters.key(denial + said), also)
        assert found is None or letters.key(denial + said) in also

"""What holds for every form and every person, whatever they do."""

import json
import re
from collections.abc import Callable, Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from conversation import engine
from conversation.dialogue import (
    Asking,
    Attached,
    Back,
    Chose,
    Done,
    Edit,
    File,
    Finished,
    Move,
    Placed,
    Reviewing,
    Screen,
    Show,
    Skip,
    Turn,
    Typed,
)
from conversation.filled import Filled
from conversation.form import Form
from conversation.items import Question, Section
from tests.conversation.talks import NOW, Talk, Tree, form_of

EVERYTHING = form_of(
    """
    | survey |
    | | 题型 | name | label | required | relevant | constraint | calculation | 筛选 | 重复次数 |
    | | select_one yn | danger | 有危险？ | yes | | | | |
    | | text | what | 怎么了？ | yes | ${danger} = 'yes' | string-length(.) < 40 | | |
    | | begin_group | more | 更多 | | ${danger} != 'yes' or ${age} > 9 | | | |
    | | select_one town | town | 镇？ | | | | | |
    | | select_one village | village | 村？ | ${town} != '' | | | | town = ${town} |
    | | select_multiple seen | seen | 看到？ | | | count-selected(.) < 3 | | |
    | | end_group | | | | | | | |
    | | integer | age | 几岁？ | | | . >= 0 and . < 18 | | |
    | | decimal | height | 多高？ | | ${age} > 5 | . > ${age} div 10 | | |
    | | calculate | older | | | | | ${age} + count-selected(${seen}) |
    | | date | day | 哪天？ | ${older} > 7 | | . <= today() | | |
    | | begin_repeat | kids | 孩子 | | ${danger} = 'no' | | | |
    | | text | kid | 名字？ | yes | | | | |
    | | integer | years | 几岁？ | | string-length(${kid}) > 1 | . < ${age} + 20 | | |
    | | calculate | nth | | | | | position(..) + ${older} |
    | | end_repeat | | | | | | | |
    | | calculate | sum | | | | | sum(${years}) + count(${kids}) |
    | | begin_repeat | nights | 夜 | | | | | | ${age} |
    | | calculate | night | | | | | concat(${danger}, position(..)) | | |
    | | end_repeat | | | | | | | | |
    | | acknowledge | law | 说真话 | yes | ${sum} > 3 | | | |
    | | time | clock | 几点？ | | | | | |
    | | geopoint | point | 位置？ | | | | | |
    | | image | photo | 照片？ | | | | | |
    | choices |
    | | list_name | name | label | town |
    | | yn | yes | 有 | |
    | | yn | no | 没有 | |
    | | town | a | 甲镇 | |
    | | town | b | 乙镇 | |
    | | village | a1 | 甲一村 | a |
    | | village | a2 | 甲二村 | a |
    | | village | b1 | 乙一村 | b |
    | | seen | x | 有伤 | |
    | | seen | y | 饿 | |
    | | seen | z | 冷 | |
    """
)
PLACES = Tree((("t", "清水镇", ""), ("v", "桥头村", "t"), ("w", "桥尾村", "t")))

SAID = (
    "1 2 3 有 没有 跳过 上一步 完成 确认 昨天 8点 十二 3.5 甲 村 一、三 小明 25,99 好 是 不用了 0"
)
WORDS = st.one_of(
    st.sampled_from([*SAID.split(), "1 2", "9" * 20, "\u200b"]),
    st.text(max_size=60),
)
VALUES = st.sampled_from(["yes", "no", "a", "b", "a1", "a2", "b1", "x", "y", "z", "OK", "", "?"])
INSIDE = ("/data/kids[1]/kid", "/data/kids[2]/years", "/data/kids[9]/kid")
PATHS = st.sampled_from([*EVERYTHING.items, *INSIDE, "", "/nowhere"])
MOVES: st.SearchStrategy[Move] = st.one_of(
    st.builds(Typed, text=WORDS),
    st.builds(Chose, value=VALUES),
    st.builds(Attached, file=st.just("f1"), kind=st.sampled_from(["photo", "voice", "document"])),
    st.builds(Placed, point=st.sampled_from(["25.1 99.2 0 0", "200 1", "here"])),
    st.sampled_from([Back(), Skip(), Done(), Turn(1), Turn(-1), Show(), File()]),
    st.builds(Edit, path=PATHS),
)


def sensible(screen: Screen) -> st.SearchStrategy[Move]:
    """What a person who reads the screen may do."""
    match screen:
        case Asking(kind="select_multiple", options=options):
            ticks = [Chose(value=option.value) for option in options]
            return st.sampled_from([*ticks, Done(), Done(), Done()])
        case Asking(options=options) if options:
            return st.sampled_from([Chose(value=option.value) for option in options])
        case Asking(kind=kind):
            return st.builds(Typed, text=st.sampled_from(TYPED.get(kind, ("小明", "在", "哭"))))
        case Reviewing(lines=lines) if lines:
            return st.builds(Edit, path=st.sampled_from([line.path for line in lines]))
        case _:
            return st.just(File())


TYPED = {
    "integer": ("7", "3", "12", "40"),
    "decimal": ("1.5", "0.2"),
    "date": ("昨天", "2026-12-01"),
    "time": ("8点",),
    "geopoint": ("25,99",),
    "image": ("跳过",),
}


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_whatever_people_do_the_form_stays_consistent(data: st.DataObject) -> None:
    talk = Talk(EVERYTHING, lists=PLACES)
    was_left = False
    for _ in range(data.draw(st.integers(1, 40))):
        before = talk.dialogue
        is_sensible = data.draw(st.integers(0, 9)) > 1
        talk.does(data.draw(sensible(talk.screen) if is_sensible else MOVES))
        if isinstance(talk.screen, Finished):
            finished_is_complete(talk)
            return
        assert_consistent(talk)
        was_left |= before.editing
        if isinstance(talk.screen, Reviewing):
            assert_can_be_filed(talk, was_left=was_left)
        if talk.dialogue.misses > before.misses:  # a wrong answer: nothing moved, nothing kept
            assert talk.dialogue.at == before.at
            assert talk.dialogue.answers == before.answers


def assert_consistent(talk: Talk) -> None:
    """What was worked out step by step is what comes out when all is worked out at once."""
    answers = talk.dialogue.answers
    given_by_people = {
        path: value for path, value in answers.items() if not is_worked_out(talk.form, path)
    }
    afresh = Filled(talk.form, given_by_people, (), now=NOW, lists=talk.lists)
    afresh.begin()
    assert standing(afresh, afresh.answers) == standing(afresh, answers)
    assert tuple(sorted(afresh.irrelevant)) == talk.dialogue.irrelevant
    for path in answers:
        if "[" not in path or stands(talk, path):
            assert_valid(talk, path, afresh)


def standing(filled: Filled, answers: Mapping[str, str]) -> dict[str, str]:
    """What is not empty, in instances of repeats that stand there now."""
    there = {path for item in filled.form.items for path in filled.stands(item)}
    return {path: value for path, value in answers.items() if value and path in there}


def assert_can_be_filed(talk: Talk, *, was_left: bool) -> None:
    """Whoever sees the summary may confirm it; whoever left an edit half done is asked again."""
    screen = engine.step(talk.form, talk.dialogue, File(), now=talk.now, lists=talk.lists).screen
    asked_again = isinstance(screen, Asking) and screen.problem is not None
    assert isinstance(screen, Finished) or (was_left and asked_again)


def is_worked_out(form: Form, path: str) -> bool:
    item = form.items[re.sub(r"\[\d+\]", "", path)]
    return bool(item.calculate if isinstance(item, Question) else item.count)


def stands(talk: Talk, path: str) -> bool:
    return path in Filled(
        talk.form, talk.dialogue.answers, talk.dialogue.irrelevant, now=NOW, lists=talk.lists
    ).stands(re.sub(r"\[\d+\]", "", path))


#: Each type's values, said without the code that is tested.
WRITTEN: dict[str, Callable[[str], bool]] = {
    "select_one": lambda value: value in {"yes", "no", "a", "b", "a1", "a2", "b1"},
    "select_multiple": lambda value: set(value.split()) <= {"x", "y", "z"} and bool(value),
    "text": lambda value: 0 < len(value) <= 2000 and "\u200b" not in value,
    "integer": lambda value: re.fullmatch(r"-?\d+", value) is not None,
    "decimal": lambda value: re.fullmatch(r"-?\d+(\.\d+)?", value) is not None,
    "date": lambda value: re.fullmatch(r"\d{4}-\d\d-\d\d", value) is not None,
    "time": lambda value: re.fullmatch(r"\d\d:\d\d:00\.000\+08:00", value) is not None,
    "geopoint": lambda value: len(value.split()) == 4,
    "acknowledge": lambda value: value == "OK",
    "image": lambda value: value == "f1",
}


def assert_valid(talk: Talk, path: str, filled: Filled) -> None:
    item = talk.form.items[re.sub(r"\[\d+\]", "", path)]
    value = talk.dialogue.answers[path]
    if isinstance(item, Section) or item.calculate or not value:
        return
    assert WRITTEN[item.kind](value), (path, value)
    if item.name in {"age", "seen", "what"}:  # conditions that look at nothing else
        assert filled.allows(path, value)


def finished_is_complete(talk: Talk) -> None:
    filled = Filled(
        talk.form, talk.dialogue.answers, talk.dialogue.irrelevant, now=NOW, lists=talk.lists
    )
    for question in talk.form.questions:
        for path in filled.stands(question.path):
            if question.answerable and filled.counts(path):
                assert not filled.missing(path)
                assert filled.allows(path, filled.value(path))


@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(min_value=5, max_value=25))
def test_a_person_who_only_answers_always_arrives(random: object, years: int) -> None:
    """Numbers and plain words finish every form, whatever is chosen on the way."""
    talk = Talk(EVERYTHING, lists=PLACES)
    choose = random.randint  # type: ignore[attr-defined]
    for _ in range(120):
        match talk.screen:
            case Asking(options=options, kind=kind) if options:
                more = kind == "repeat" and choose(0, 3)
                talk.says(str(2 if more else choose(1, len(options))))
            case Asking(kind=kind, misses=0):
                talk.says(TYPED.get(kind, ("小明",))[0])
            case Asking():
                talk.says("跳过")
            case Reviewing():
                talk.says("确认")
            case Finished():
                finished_is_complete(talk)
                return
    raise AssertionError("this form has no end")


# -- no invalid value is kept, no valid one refused (one type at a time) -------------------------


def one_question(row: str) -> Form:
    return form_of(
        f"""
| survey |
| | type | name | label | constraint |
| | {row} |
| | text | end | 还有？ | |
| choices |
| | list_name | name | label |
| | many | a | 甲 |
| | many | b | 乙 |
"""
    )


AMOUNT = one_question("integer | q | 几？ | . >= 3 and . <= 300")


@given(st.integers(min_value=-(10**6), max_value=10**6))
def test_an_integer_is_kept_exactly_when_the_condition_holds(count: int) -> None:
    talk = Talk(AMOUNT)
    talk.says(str(count))
    kept = talk.dialogue.answers.get("/data/q")
    assert kept == (str(count) if 3 <= count <= 300 else None)
    assert talk.name == ("end" if kept else "q")


LENGTH = one_question("decimal | q | 多长？ | . > 0.5 and . < 2.5")


@given(st.decimals(min_value=-5, max_value=5, places=2))
def test_a_decimal_is_kept_exactly_when_the_condition_holds(value: object) -> None:
    talk = Talk(LENGTH)
    talk.says(str(value))
    assert ("/data/q" in talk.dialogue.answers) == (0.5 < float(str(value)) < 2.5)


NAME = one_question("text | q | 名字？ | regex(., '^[一-龥]{2,4}$')")


@given(st.text(st.characters(codec="utf-8"), max_size=6))
def test_a_text_is_kept_exactly_when_the_condition_holds(text: str) -> None:
    talk = Talk(NAME)
    talk.says(text)
    fits = re.fullmatch("[一-龥]{2,4}", text.strip()) is not None and text.strip() not in COMMANDS
    assert ("/data/q" in talk.dialogue.answers) == fits


COMMANDS = {"跳过", "完成"}
DAY = one_question("date | q | 哪天？ | . > date('2026-01-01') and . <= today()")


@given(st.dates())
def test_a_date_is_kept_exactly_when_the_condition_holds(day: object) -> None:
    talk = Talk(DAY)
    talk.says(str(day))
    fits = "2026-01-01" < str(day) <= "2026-11-23"
    assert ("/data/q" in talk.dialogue.answers) == fits


ONE = one_question("select_one many | q | 哪个？ | ")


@given(st.one_of(st.sampled_from(["1", "2", "3", "甲", "乙", "甲乙"]), st.text(max_size=3)))
def test_only_an_option_is_kept(text: str) -> None:
    talk = Talk(ONE)
    talk.says(text)
    kept = talk.dialogue.answers.get("/data/q")
    assert kept in {None, "a", "b"}
    if text in {"1", "甲"}:
        assert kept == "a"


@given(st.lists(st.sampled_from("ab"), max_size=6))
def test_ticking_twice_is_not_ticking(ticks: list[str]) -> None:
    talk = Talk(one_question_many())
    for value in ticks:
        talk.does(Chose(value=value))
    talk.does(Done())
    kept = talk.dialogue.answers.get("/data/q", "").split()
    assert kept == [value for value in "ab" if ticks.count(value) % 2]


def one_question_many() -> Form:
    return _MANY


_MANY = one_question("select_multiple many | q | 哪些？ | ")


@given(st.lists(MOVES, max_size=10))
def test_a_dialogue_goes_through_json_unchanged(moves: list[Move]) -> None:
    talk = Talk(EVERYTHING, lists=PLACES)
    for move in moves:
        talk.does(move)  # compares the dialogue with its JSON before each move
    assert json.loads(json.dumps(talk.dialogue.answers)) == talk.dialogue.answers

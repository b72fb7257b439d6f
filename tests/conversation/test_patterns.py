"""Patterns that end soon, and those that a form may not have."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversation.form import Form
from conversation.patterns import ends_soon
from tests.conversation.talks import Talk, form_of

CALM = (
    "^[0-9０-９+() -]{7,20}$",
    "^([0-9０-９零〇一二三四五六七八九] ?-?){9}$",
    "^[0-9]{17}[0-9xX]$",
    "^[一-龥]{2,4}$",
    r"^\d{3,4}-?\d{7,8}$",
    "^(电话|手机)?[0-9]+$",
    "[0-9]",
    "^.*村.*$",
    r"^[^\]]+$",
    r"\(.+\)",
    "^a{2}$",
    "^[A-Z]{2}(-[0-9]{3}){4}$",
    "^.+?$",
)
WILD = (
    "^([\u4e00-\u9fa5]+ ?)+$",
    "^(a+)+$",
    "^(a*)*$",
    "^(a|a)*$",
    "^(a?){40}$",
    "^((a?){5}){9}$",
    "^(?:a+){2,}$",
    "^(a+){50}$",
    "^.*.*.*$",
    ".*a.*b",
    r"^(a+)\1$",
    "^(?=.*a)b$",
    "^([a-z]?a?){30}$",
    "^(a{1,200}){2}$",
)


@pytest.mark.parametrize("pattern", CALM)
def test_what_clerks_write_is_taken(pattern: str) -> None:
    assert ends_soon(pattern)


@pytest.mark.parametrize("pattern", WILD)
def test_what_may_never_end_is_not(pattern: str) -> None:
    re.compile(pattern)
    assert not ends_soon(pattern)


PIECES = st.sampled_from(
    ["a", "b", "[ab]", ".", "(", ")", "(?:", "|", "*", "+", "?", "{3}", "{1,4}", "{2,}", "^", "$"]
)


@pytest.mark.timeout(60)
@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=12).map("".join))
def test_whatever_is_taken_ends_soon_on_what_is_typed_to_hang_it(pattern: str) -> None:
    try:
        made = re.compile(pattern)
    except re.error:
        return
    if ends_soon(pattern):
        for typed in ("a" * 400 + "!", "ab" * 200 + "!", "b" * 400):
            made.search(typed)


#: As it was published before such patterns were refused: nothing checks it any more.
_OLD = form_of(
    """
    | survey |
    | | type | name | label | constraint | constraint_message |
    | | text | card | 证号？ | regex(., '^[0-9a-z ]{1,30}$') | 不对 |
    | | text | not | 别的？ | not(regex(., '^[0-9a-z ]{1,30}$')) | 不对 |
    """
).to_json()
OLD = Form.from_json(_OLD.replace("^[0-9a-z ]{1,30}$", "^([a-z]+ ?)+$"))


@pytest.mark.timeout(20)
def test_an_old_form_that_could_hang_takes_the_answer_and_marks_it() -> None:
    talk = Talk(OLD)
    talk.says("a" * 40 + "!", "b" * 40 + "!")
    assert talk.summary == [
        ("证号？", "a" * 40 + "!（格式没核对）"),
        ("别的？", "b" * 40 + "!（格式没核对）"),
    ]
    talk.says("确认")
    assert talk.filed == {"card": "a" * 40 + "!", "not": "b" * 40 + "!"}


@pytest.mark.timeout(20)
def test_a_question_of_an_old_form_that_could_hang_is_asked() -> None:
    was, asks = (
        '"constraint":"not(regex(., \'',
        '"uses":["/data/card"],"relevant":"regex(../card, \'',
    )
    table = OLD.to_json().replace(was, asks).replace("'))\",", "')\",")
    talk = Talk(Form.from_json(table))
    talk.says("a" * 40 + "!")
    assert talk.name == "not"

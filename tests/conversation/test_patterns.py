"""Patterns that end soon, and those that a form may not have."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversation.patterns import ends_soon

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

"""A receipt number is read over the telephone and copied from paper."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from policy.receipt import is_number, read_number, say_number, with_check_digit

stems = st.text(alphabet="0123456789", min_size=8, max_size=8)


def test_the_standard_s_own_example_has_its_check_digit() -> None:
    # ISO/IEC 7064 gives 0794 -> 5 for MOD 11,10.
    assert with_check_digit("0794") == "07945"


@given(stem=stems)
def test_a_made_number_is_a_number_and_is_read_as_it_is_said(stem: str) -> None:
    number = with_check_digit(stem)
    assert is_number(number)
    assert read_number(say_number(number)) == number


def test_a_number_is_said_in_threes() -> None:
    assert say_number("386420719") == "386 420 719"


@given(stem=stems, place=st.integers(0, 8), digit=st.sampled_from("0123456789"))
def test_one_wrong_digit_is_always_seen(stem: str, place: int, digit: str) -> None:
    number = with_check_digit(stem)
    assume(number[place] != digit)
    assert not is_number(number[:place] + digit + number[place + 1 :])


def test_nearly_all_swapped_neighbours_are_seen() -> None:
    numbers = [with_check_digit(f"{stem:08}") for stem in range(0, 100_000_000, 99_991)]
    swaps = [
        number[:at] + number[at + 1] + number[at] + number[at + 2 :]
        for number in numbers
        for at in range(8)
        if number[at] != number[at + 1]
    ]
    # MOD 11,10 promises single digits; of swapped neighbours it lets about one in forty pass.
    assert sum(map(is_number, swaps)) / len(swaps) < 0.03


NUMBER = with_check_digit("38642071")


@pytest.mark.parametrize(
    "typed",
    [
        "386 420 71{c}",
        "386-420-71{c}",
        "３８６４２０７１{c}",
        "三八六四二零七一{c}",
        "受理号：386 420 71{c}。",
        " 38642071{c}\n",
    ],
)
def test_a_number_is_understood_however_it_is_typed(typed: str) -> None:
    assert read_number(typed.format(c=NUMBER[-1])) == NUMBER


@pytest.mark.parametrize("typed", ["", "12", "没有", NUMBER[:-1], NUMBER + "0", "386420710000"])
def test_what_is_no_number_is_none(typed: str) -> None:
    assert read_number(typed) is None


@given(text=st.text(max_size=40))
def test_no_text_is_too_strange(text: str) -> None:
    found = read_number(text)
    assert found is None or is_number(found)

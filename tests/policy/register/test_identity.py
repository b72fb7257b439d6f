"""Identity numbers as people write them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.register.identity import (
    BadNumber,
    Identity,
    age_on,
    check_digit,
    plain_number,
    read_identity,
    upgraded,
)

GIRL = "52059920160423488X"


def number_of(cell: object, near: date | None = None) -> str:
    read = read_identity(cell, near)
    assert isinstance(read, Identity)
    return read.number


@pytest.mark.parametrize(
    "number",
    # Printed as examples in GB 11643-1999.
    ["11010519491231002X", "440524188001010014"],
)
def test_the_standard_s_own_examples_are_right(number: str) -> None:
    assert number_of(number) == number


def test_the_standard_s_old_number_becomes_its_new_one() -> None:
    assert upgraded("110105491231002") == "11010519491231002X"


def test_a_number_says_birth_and_sex() -> None:
    assert read_identity(GIRL) == Identity(
        kind="resident", number=GIRL, birth=date(2016, 4, 23), sex="female"
    )


@pytest.mark.parametrize(
    "written",
    [
        "52059920160423488x",
        " 520599 20160423 488X ",
        "５２０５９９２０１６０４２３４８８Ｘ",
        "520599-20160423-488X",
        "'52059920160423488X",
        "5205992O16O423488X",  # the letter
        "52059920160423488×",
    ],
)
def test_what_only_looks_different_is_mended(written: str) -> None:
    read = read_identity(written)
    assert isinstance(read, Identity)
    assert (read.number, read.mended) == (GIRL, True)


def test_an_old_number_gets_the_century_of_the_birth_date_beside_it() -> None:
    assert number_of("520599101015829", date(2010, 10, 15)) == "520599201010158293"
    assert number_of("520599851015829", date(1985, 10, 15))[6:14] == "19851015"
    assert number_of("520599851015829")[6:14] == "19851015"


@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        ("520599201604234881", "check"),
        ("5205992016042348", "length"),
        ("", "length"),
        ("五二零", "length"),
        ("520599201613234882", "check"),
        (520599201901299700, "lost-digits"),
        (5.20599201901299e17, "lost-digits"),
        ("5.20599E+17", "lost-digits"),
    ],
)
def test_what_cannot_be_right_is_told_apart(cell: object, fault: str) -> None:
    read = read_identity(cell)
    assert isinstance(read, BadNumber)
    assert read.fault == fault


def test_a_date_that_there_never_was_is_told_even_with_a_right_check_digit() -> None:
    first = "52059920160230488"
    read = read_identity(first + check_digit(first))
    assert read == BadNumber(fault="birth", length=18)


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("H12345678", "permit"),
        ("M1234567800", "permit"),
        ("01234567", "permit"),
        ("EA1234567", "foreign"),
        ("USA310083091401", "foreign"),
        ("T520123456", "birth"),
        ("810000201604234888", "resident"),
    ],
)
def test_other_documents_are_taken(number: str, kind: str) -> None:
    if kind == "resident":
        number = number[:17] + check_digit(number[:17])
    read = read_identity(number)
    assert isinstance(read, Identity)
    assert (read.kind, read.number) == (kind, number)


def test_eight_digits_of_a_day_are_no_document() -> None:
    assert read_identity("20160423") == BadNumber(fault="length", length=8)


def test_no_number_stands_in_a_repr() -> None:
    assert GIRL not in repr(read_identity(GIRL))


born = st.dates(date(1930, 1, 1), date(2026, 11, 23))


@given(area=st.integers(110000, 659999), birth=born, order=st.integers(0, 999))
def test_every_right_number_is_read_back(area: int, birth: date, order: int) -> None:
    first = f"{area}{birth:%Y%m%d}{order:03}"
    read = read_identity(first + check_digit(first))
    assert isinstance(read, Identity)
    assert read.birth == birth
    assert read.sex == ("male" if order % 2 else "female")


@given(birth=born, order=st.integers(0, 999), at=st.integers(0, 16), put=st.integers(1, 9))
def test_one_wrong_digit_is_always_found(birth: date, order: int, at: int, put: int) -> None:
    first = f"520599{birth:%Y%m%d}{order:03}"
    wrong = first[:at] + str((int(first[at]) + put) % 10) + first[at + 1 :]
    assert read_identity(wrong + check_digit(first)) == BadNumber(fault="check", length=18)


@given(birth=born, order=st.integers(0, 999), at=st.integers(0, 15))
def test_two_digits_changed_about_are_always_found(birth: date, order: int, at: int) -> None:
    first = f"520599{birth:%Y%m%d}{order:03}"
    turned = first[:at] + first[at + 1] + first[at] + first[at + 2 :]
    if turned != first:
        assert isinstance(read_identity(turned + check_digit(first)), BadNumber)


@given(cell=st.none() | st.integers() | st.floats() | st.text(max_size=30))
def test_no_cell_is_too_strange(cell: object) -> None:
    read_identity(cell, date(2016, 1, 1))


@given(text=st.text("0123xXＸ５ -OIl×", max_size=20))
def test_a_plain_number_stays_as_it_is(text: str) -> None:
    assert plain_number(plain_number(text)) == plain_number(text)


@pytest.mark.parametrize(
    ("day", "age"), [(date(2026, 4, 22), 9), (date(2026, 4, 23), 10), (date(2026, 4, 24), 10)]
)
def test_age_grows_on_the_birthday(day: date, age: int) -> None:
    assert age_on(date(2016, 4, 23), day) == age


def test_a_leap_day_s_child_grows_older_on_the_first_of_march() -> None:
    assert [age_on(date(2012, 2, 29), date(2026, m, d)) for m, d in ((2, 28), (3, 1))] == [13, 14]

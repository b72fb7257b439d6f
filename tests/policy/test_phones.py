"""People type telephone numbers in many ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.phones import Phone, find_phones, read_phone


@pytest.mark.parametrize(
    ("text", "kind", "number"),
    [
        ("13812345678", "mobile", "13812345678"),
        ("138 1234 5678", "mobile", "13812345678"),
        ("138-1234-5678", "mobile", "13812345678"),
        ("１３８１２３４５６７８", "mobile", "13812345678"),
        ("+86 138 1234 5678", "mobile", "13812345678"),
        ("008613812345678", "mobile", "13812345678"),
        ("幺三八一二三四五六七八", "mobile", "13812345678"),
        ("我的电话是13812345678，晚上打", "mobile", "13812345678"),
        ("0870-1234567", "landline", "0870-1234567"),
        ("(0870) 1234567", "landline", "0870-1234567"),
        ("08701234567", "landline", "0870-1234567"),
        ("010 12345678", "landline", "010-12345678"),
        ("110", "short", "110"),
        ("打12345", "short", "12345"),
        ("12355", "short", "12355"),
    ],
)
def test_a_number_is_found_in_its_plain_form(text: str, kind: str, number: str) -> None:
    phone = read_phone(text)
    assert phone is not None
    assert (phone.kind, phone.number) == (kind, number)


@pytest.mark.parametrize(
    "text", ["", "没有电话", "1381234567", "138123456789", "12812345678", "2026", "三组"]
)
def test_what_is_no_number_is_none(text: str) -> None:
    assert read_phone(text) is None


def test_several_numbers_are_found_and_none_is_the_one() -> None:
    text = "他爸13812345678，他妈13912345678，还是他爸13812345678"
    assert find_phones(text) == (
        Phone(kind="mobile", number="13812345678"),
        Phone(kind="mobile", number="13912345678"),
    )
    assert read_phone(text) is None


@given(text=st.text(max_size=60))
def test_no_text_is_too_strange(text: str) -> None:
    for phone in find_phones(text):
        assert read_phone(phone.number) == phone

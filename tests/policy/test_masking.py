"""Outside the store a child is 张*."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.masking import mask, mask_id_number, mask_name, mask_phone


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张小明", "张*"),
        ("张明", "张*"),
        (" 张 小明 ", "张*"),
        ("欧阳小明", "欧阳*"),
        ("欧阳", "欧*"),
        ("", ""),
    ],
)
def test_a_name_shows_the_family_only(name: str, masked: str) -> None:
    assert mask_name(name) == masked


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("13812345678", "138****5678"),
        ("0870-1234567", "087****4567"),
        ("1234567", "****4567"),
        ("110", "110"),
    ],
)
def test_a_phone_shows_its_ends(number: str, masked: str) -> None:
    assert mask_phone(number) == masked


def test_an_identity_number_hides_the_birthday() -> None:
    assert mask_id_number("520599202311236480") == "520***********6480"


@given(name=st.text(alphabet="张王李小明红欧阳司马", min_size=3, max_size=6))
def test_a_masked_name_never_shows_the_last_character_s_place(name: str) -> None:
    assert len(mask_name(name)) <= 3
    assert not mask_name(name).startswith(name)


@pytest.mark.parametrize(
    ("kind", "text", "masked"),
    [
        ("name", "张小明", "张*"),
        ("phone", "13812345678 13912345678", "138****5678、139****5678"),
        ("id_number", "520123201403051234", "520***********1234"),
        ("date", "2014-03-05", "2014"),
        ("text", "青石镇河湾村二组3号", "*"),
        ("choice", "患病", "*"),
        ("text", "", ""),
    ],
)
def test_a_value_is_masked_as_its_kind_allows(kind: str, text: str, masked: str) -> None:
    assert mask(kind, text) == masked

"""Texts fit every channel, in the channel's own unit, and no character is torn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.channel import Limits
from bot.channels.fitting import fit, graphemes, length, split, trim
from conversation.cards import Action, Button, Card

FAMILY = "👨\u200d👩\u200d👧\u200d👦"
FLAG = "🇨🇳"
THUMB = "👍🏽"
KEYCAP = "1\ufe0f\u20e3"
ACCENTED = "e\u0301"
RARE = "𠮷"
WHOLE = [FAMILY, FLAG, THUMB, KEYCAP, ACCENTED, RARE, "孩", "。", "\n", "\r\n", " ", "a"]

units = st.sampled_from(["chars", "utf16"])
pieces = st.lists(st.sampled_from(WHOLE), max_size=60)
anything = st.text(max_size=200)


@given(text=anything, limit=st.integers(2, 40), unit=units)
def test_parts_join_back_to_the_text_and_each_obeys_the_limit(
    text: str, limit: int, unit: str
) -> None:
    parts = split(text, limit, unit)
    assert "".join(parts) == text
    assert all(0 < length(part, unit) <= limit for part in parts)


@given(shown=pieces, limit=st.integers(11, 40), unit=units)
def test_no_part_begins_or_ends_inside_a_character_that_people_see(
    shown: list[str], limit: int, unit: str
) -> None:
    """Eleven UTF-16 units hold the longest of them, a family of four."""
    text = "".join(shown)
    assert [g for part in split(text, limit, unit) for g in graphemes(part)] == list(
        graphemes(text)
    )


@given(text=anything, limit=st.integers(2, 40), unit=units)
def test_a_trimmed_text_is_a_beginning_and_obeys_the_limit(
    text: str, limit: int, unit: str
) -> None:
    trimmed = trim(text, limit, unit)
    assert length(trimmed, unit) <= limit
    assert trimmed == text or (trimmed.endswith("…") and text.startswith(trimmed[:-1]))


def test_a_first_character_without_room_is_left_out() -> None:
    assert trim("𐀀0", 2, "utf16") == "…"


@given(anything)
def test_the_length_in_utf16_is_what_the_codec_says(text: str) -> None:
    assert length(text, "utf16") == len(text.encode("utf-16-le", "surrogatepass")) // 2


@pytest.mark.parametrize(
    "whole", [FAMILY, FLAG, THUMB, "👍🏻", KEYCAP, ACCENTED, RARE, "각", "\r\n"]
)
def test_what_people_see_as_one_character_is_one(whole: str) -> None:
    assert list(graphemes("孩" + whole + "子")) == ["孩", whole, "子"]


def test_flags_side_by_side_are_two() -> None:
    assert list(graphemes("🇨🇳🇫🇷")) == ["🇨🇳", "🇫🇷"]


def test_five_thousand_han_characters_are_cut_in_two() -> None:
    assert [len(part) for part in split("孩" * 5000, 4096, "utf16")] == [4096, 904]


def test_characters_beyond_the_first_plane_count_twice_on_telegram() -> None:
    assert [len(part) for part in split(RARE * 3000, 4096, "utf16")] == [2048, 952]
    assert [len(part) for part in split(RARE * 3000, 4096, "chars")] == [3000]


@pytest.mark.parametrize(
    ("text", "limit", "parts"),
    [
        ("第一段。\n\n第二段。", 8, ("第一段。\n\n", "第二段。")),
        ("他没吃饭。他在门口坐着。", 10, ("他没吃饭。", "他在门口坐着。")),
        ("他没吃饭，他在门口坐着", 9, ("他没吃饭，", "他在门口坐着")),
        ("没有停顿的长句子", 4, ("没有停顿", "的长句子")),
        ("短", 4, ("短",)),
        ("", 4, ()),
    ],
)
def test_a_text_is_cut_where_a_reader_would_pause(
    text: str, limit: int, parts: tuple[str, ...]
) -> None:
    assert split(text, limit) == parts


def test_one_character_larger_than_the_limit_is_cut_rather_than_lost() -> None:
    zalgo = "孩" + "\u0301" * 50
    parts = split(zalgo, 20)
    assert "".join(parts) == zalgo
    assert max(map(len, parts)) == 20


def test_a_long_card_becomes_several_and_the_buttons_come_last() -> None:
    row = (Button(label="一个很长很长的按钮", action=Action("home")),)
    card = Card(text="第一句。第二句。", rows=(row,), calls=("110",))
    first, last = fit(card, Limits(text=5, label=5, buttons=8))
    assert first == Card(text="第一句。")
    assert (last.text, last.calls, last.buttons()[0].label) == ("第二句。", ("110",), "一个很长…")


def test_a_card_that_fits_stays_as_it_is() -> None:
    card = Card(text="好", rows=((Button(label="好", action=Action("home")),),), wants_place=True)
    assert fit(card, Limits(text=5, label=5, buttons=8)) == (card,)

"""Traditional characters, marks and spaces around a word are heard as the word."""

import pytest

from policy.simplified import bare, simplified


@pytest.mark.parametrize(
    ("typed", "heard"),
    [
        ("「取消」", "取消"),
        ("取 消。", "取消"),
        ("幫助？", "帮助"),
        ("熱線!", "热线"),
        ("Ｃancel", "cancel"),
        ("……", ""),
    ],
)
def test_a_word_is_heard_whatever_stands_around_it(typed: str, heard: str) -> None:
    assert bare(typed) == heard


def test_nothing_in_a_text_moves() -> None:
    """What was found in the heard text stands at the same place in what was written."""
    written = "孩子被關在屋裡，餓了兩天"
    assert simplified(written) == "孩子被关在屋里，饿了两天"
    assert len(simplified(written)) == len(written)

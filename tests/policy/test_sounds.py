"""How characters are read: our table says what pypinyin says."""

import pytest

from policy.sounds import sound, sounds, spellings
from tests.policy.sounds_table import characters, usual


def test_every_character_is_read_as_pypinyin_reads_it() -> None:
    read = {char: sounds(char) for char in characters()}
    assert len(read) > 40_000
    assert read == {char: usual(char) for char in read}


@pytest.mark.parametrize(
    ("char", "heard"),
    [("李", ("li",)), ("乐", ("le", "yue")), ("女", ("nv", "ru")), ("𠅤", ("xi",))],
)
def test_a_character_may_have_two_readings(char: str, heard: tuple[str, ...]) -> None:
    assert sounds(char) == heard
    assert sound(char) == heard[0]


@pytest.mark.parametrize("char", ["a", "ê", "7", "，", " ", "\t", "\n", "々", "😀", "\ud800"])
def test_what_is_no_word_sounds_as_it_is_written(char: str) -> None:
    assert sounds(char) == (char,)


def test_a_name_is_spelled_whole_and_by_initials() -> None:
    assert list(spellings("何湾")) == ["hewan", "hw"]

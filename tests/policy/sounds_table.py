"""Writes policy/sounds.tsv anew, from pypinyin: ``python -m tests.policy.sounds_table``."""

from collections import defaultdict
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from pypinyin import Style, pinyin
from pypinyin.pinyin_dict import pinyin_dict


def characters() -> Iterator[str]:
    """Every character that pypinyin can read and that people can write."""
    return (chr(code) for code in sorted(pinyin_dict) if not 0xE000 <= code < 0xF900)


def usual(char: str) -> tuple[str, ...]:
    """Its two most usual readings, without tones."""
    (read,) = pinyin(char, style=Style.NORMAL, heteronym=True)
    return tuple(sound.replace("ü", "v") for sound in read[:2])


def table() -> str:
    """A line for all characters that are read alike: the characters, then their readings."""
    alike: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for char in characters():
        alike[usual(char)].append(char)
    return "".join(
        f"{''.join(chars)}\t{' '.join(read)}\n" for read, chars in sorted(alike.items())
    )


if __name__ == "__main__":
    Path(str(files("policy").joinpath("sounds.tsv"))).write_text(table(), "utf-8")

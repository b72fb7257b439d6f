"""Everything that people read is short, in common characters, and in no words of offices.

How long, which characters and which words is tests/data/plain_words.toml, with every exception.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.forms.sheets import TEXTS

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data"
PLAIN: dict[str, Any] = tomllib.loads((DATA / "plain_words.toml").read_text("utf-8"))
LONGEST: Mapping[str, int] = PLAIN["longest"]
COMMON = frozenset(
    "".join(
        line
        for line in (DATA / "common_characters.txt").read_text("utf-8").splitlines()
        if not line.startswith("#")
    )
)
#: Who reads each table of sentences.
TABLES = {
    "policy/words.toml": "phone",
    "bot/channels/telegram/words.toml": "phone",
    "bot/site/words.json": "phone",
    "bot/site/console/words.toml": "desk",
    "bot/site/api/words.toml": "desk",
    "policy/faults.toml": "desk",
    "policy/register/faults.toml": "desk",
    "storage/faults.toml": "desk",
}
#: In the tables of rules what is read: how something is called, and what is said of it.
NAMES = frozenset({"name", "label", "title", "text", "what"})
#: Where a reader pauses for good.
MARKS = re.compile(r"[。！？；：\n?!;:　]")
BLANK = re.compile(r"\{[^}]*\}|\$\{[^}]*\}|<[^>]*>")
#: A line of words that are heard, not read: blanks stand between them.
HEARD = re.compile(r"(\S+ ){4,}\S+")


@dataclass(frozen=True, slots=True)
class Read:
    """One text, where it stands and who reads it."""

    where: str
    key: str
    text: str


def leaves(prefix: str, node: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The texts of a table, by their dotted keys."""
    for key, value in node.items():
        if isinstance(value, Mapping):
            yield from leaves(f"{prefix}{key}.", value)
        elif isinstance(value, str):
            yield f"{prefix}{key}", value


def is_heard(key: str, text: str) -> bool:
    """True for words that people say and nobody reads."""
    return key.startswith("say.") or (HEARD.fullmatch(text.strip()) is not None)


def sentences() -> Iterator[Read]:
    """What the program says, on the phone and at the desk."""
    for name, where in TABLES.items():
        text = (ROOT / name).read_text("utf-8")
        table = json.loads(text) if name.endswith(".json") else tomllib.loads(text)
        for key, value in leaves("", table):
            if not is_heard(key, value):
                yield Read(where, f"{name}:{key}", value)


def names() -> Iterator[Read]:
    """What things are called in the tables of rules."""
    for path in sorted((ROOT / "policy").glob("*.toml")):
        if path.name in ("words.toml", "faults.toml"):
            continue
        for key, value in leaves("", tomllib.loads(path.read_text("utf-8"))):
            if key.rpartition(".")[2] in NAMES and not is_heard(key, value):
                yield Read("desk", f"policy/{path.name}:{key}", value)


def questions() -> Iterator[Read]:
    """What the forms ask."""
    for one in TEXTS:
        yield Read("phone", f"forms/{one.form}:{one.name}.{one.column}", one.text)


READ = (*sentences(), *names(), *questions())


def runs(text: str) -> list[str]:
    """The text between its sentence marks, without blanks."""
    return [one for one in MARKS.split(BLANK.sub("", text)) if one.strip()]


def is_rare(char: str) -> bool:
    """True for a Chinese character that not everybody knows, and that has no reason to stand."""
    return "\u4e00" <= char <= "\u9fff" and char not in COMMON and char not in PLAIN["rare"]


def words_for(one: Read) -> dict[str, str]:
    """The words that must not stand in a text."""
    on_phones = PLAIN["instead_on_phones"] if one.where == "phone" else {}
    return {**PLAIN["instead"], **on_phones}


def test_the_list_of_common_characters_is_whole() -> None:
    assert len(COMMON) == 3500
    assert {"一", "矗", "您", "娃"} <= COMMON
    assert COMMON.isdisjoint("囹圄乂")


@pytest.mark.parametrize("where", LONGEST)
def test_no_sentence_is_longer_than_one_breath(where: str) -> None:
    long = [
        (one.key, run)
        for one in READ
        if one.where == where and one.key not in PLAIN["long"]
        for run in runs(one.text)
        if len(run) > LONGEST[where]
    ]
    assert long == []


def test_every_character_is_one_of_the_commonest() -> None:
    assert [(one.key, char) for one in READ for char in one.text if is_rare(char)] == []


def test_nobody_reads_words_of_offices() -> None:
    found = [
        (one.key, word, instead)
        for one in READ
        for word, instead in words_for(one).items()
        if word in one.text and one.key not in PLAIN["said_so"].get(word, {})
    ]
    assert found == []


def test_every_exception_is_needed() -> None:
    keys = {one.key: one for one in READ}
    long = {
        key
        for key in PLAIN["long"]
        if all(len(run) <= LONGEST[keys[key].where] for run in runs(keys[key].text))
    }
    rare = {char for char in PLAIN["rare"] if not any(char in one.text for one in READ)}
    words = {
        (word, key)
        for word, allowed in PLAIN["said_so"].items()
        for key in allowed
        if key not in keys or word not in keys[key].text
    }
    assert (long, rare, words) == (set(), set(), set())


def test_a_long_sentence_and_a_rare_character_would_be_noticed() -> None:
    assert runs("先打 110；受伤、生病先打 120。\n{name} 的事") == [
        "先打 110",
        "受伤、生病先打 120",
        " 的事",
    ]
    assert [is_rare(char) for char in "囹您A，"] == [True, False, False, False]

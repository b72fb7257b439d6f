"""However the words of a message come apart, whoever reads them is done at once.

A pattern that holds the interpreter for seconds silences the bot for everybody.
"""

import tomllib
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import policy
from conversation.dates import find_moment, parse_coming_date, parse_date, parse_days, parse_moment
from policy import asides, circumstances, danger, naming, phones
from policy.absence_lines import class_names, names, reading
from policy.extraction import as_children, read_visit
from policy.receipt import read_number
from policy.register.kinship import find_kin_phrases
from policy.tables import load_policy

HOME = Path(policy.__file__).parent
POLICY = load_policy(HOME)
NOW = datetime.fromisoformat("2026-11-23 10:00+08:00")
TODAY = NOW.date()
NAMES = ("王小明", "小明", "李红")
#: Repeated so often, what comes apart in two ways comes apart in more than anybody can wait for.
TIMES = 60


def listed(told: object) -> Iterator[str]:
    """Every word of a table, however deep; sentences that we say are none that we read."""
    match told:
        case str() if len(told) <= 8:
            yield told
        case dict():
            yield from (word for key in told for word in (key, *listed(told[key])))
        case list():
            yield from (word for one in told for word in listed(one))
        case _:
            return


WORDS = sorted(
    {
        word
        for file in HOME.glob("*.toml")
        if file.name != "words.toml"
        for word in listed(tomllib.loads(file.read_text("utf-8")))
        if word and not word.isascii()
    }
)


def _day(phrase: str, today: date) -> date | None:
    return parse_date(phrase, today)


def _coming(phrase: str, today: date) -> date | None:
    return parse_coming_date(phrase, today)


#: All that reads what people write.
READERS: tuple[Callable[[str], object], ...] = (
    lambda text: danger.danger_facts(text, POLICY.danger),
    lambda text: danger.is_despair(text, POLICY.danger),
    lambda text: circumstances.suggest(text, POLICY.circumstances),
    lambda text: asides.asked(text, POLICY.asides),
    lambda text: asides.wanted(text, POLICY.asides),
    lambda text: asides.is_child(text, POLICY.asides),
    lambda text: as_children(text, NAMES),
    lambda text: read_visit(text, TODAY, NAMES, POLICY.extraction, _day, _coming),
    lambda text: reading.read_line(text, TODAY, _day, NAMES),
    reading.speaks_of_absence,
    reading.read_arrivals,
    class_names.read_class,
    names.read_names,
    lambda text: naming.spoken_of(text, NAMES),
    phones.find_phones,
    find_kin_phrases,
    read_number,
    lambda text: parse_date(text, TODAY),
    lambda text: parse_days(text, TODAY),
    lambda text: parse_moment(text, NOW),
    lambda text: find_moment(text, NOW),
)


@pytest.mark.timeout(120)
@settings(deadline=None, max_examples=150)
@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=3))
def test_a_message_of_words_again_and_again_is_read_at_once(words: list[str]) -> None:
    text = "".join(words) * (TIMES // len(words)) + "甲乙"
    for read in READERS:
        read(text)


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "letter", ["一", "1", "了", "不", "没", "，", " ", "(", "王", "的", "第", "三"]
)
def test_so_is_one_letter_to_the_end_of_a_message(letter: str) -> None:
    for read in READERS:
        read(letter * 2000 + "甲乙")

"""The book of papers, on both engines: each number once, and none left out."""

from datetime import timedelta

import pytest

from storage.office.papers import Numbered
from storage.store import Store
from storage.work import Work
from tests.fakes.clock import FakeClock

SERIES = "云岭民督〔2026〕【count】号"


def number(work: Work, subject_id: int = 1, series: str = SERIES) -> Numbered:
    return work.papers.number(
        series, paper="supervision", subject="case", subject_id=subject_id, by=7
    )


def test_numbers_run_on_in_each_series(store: Store) -> None:
    first = [store.write(number).result().count for _ in range(3)]
    other = store.write(lambda work: number(work, series="云岭民督〔2027〕【count】号")).result()
    assert first == [1, 2, 3]
    assert other.count == 1


def test_whoever_asks_at_once_gets_another_and_none_is_left_out(store: Store) -> None:
    asked = [store.write(number) for _ in range(40)]
    assert sorted(one.result().count for one in asked) == [*range(1, 41)]


def test_a_paper_that_was_not_made_gives_its_number_back(store: Store) -> None:
    def fails(work: Work) -> None:
        number(work)
        raise ValueError("the paper")

    store.write(number).result()
    with pytest.raises(ValueError, match="the paper"):
        store.write(fails).result()
    assert store.write(number).result().count == 2


def test_the_book_says_which_numbers_a_paper_got(store: Store, clock: FakeClock) -> None:
    first = store.write(number).result()
    clock.passes(timedelta(days=1))
    store.write(lambda work: number(work, 2)).result()
    third = store.write(number).result()
    known = store.read(lambda reading: reading.papers.of("case", 1, "supervision")).result()
    assert known == (first, third)
    assert [one.made_by for one in known] == [7, 7]
    assert store.read(lambda reading: reading.papers.of("case", 1, "referral")).result() == ()

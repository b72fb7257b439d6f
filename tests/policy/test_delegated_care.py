"""Whom parents may entrust a child to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.delegated_care import FORBIDDEN, WANTED, stands, stops, wanting

GOOD = {
    **dict.fromkeys(FORBIDDEN, "no"),
    "able": "yes",
    "agrees": "yes",
    "child_heard": "yes",
    "weekly_contact": "yes",
    "school_told_on": "2026-11-01",
    "village_told_on": "2026-11-02",
}


def test_a_complete_delegation_stands() -> None:
    assert (stops(GOOD), wanting(GOOD), stands(GOOD)) == ((), (), True)


@pytest.mark.parametrize("key", FORBIDDEN)
def test_each_of_the_four_forbidden_kinds_stops_it(key: str) -> None:
    said = {**GOOD, key: "yes"}
    assert (stops(said), stands(said)) == ((key,), False)


@pytest.mark.parametrize("key", [*FORBIDDEN, *WANTED])
@pytest.mark.parametrize("answer", ["", "unknown"])
def test_what_nobody_asked_is_wanting(key: str, answer: str) -> None:
    said = {**GOOD, key: answer}
    assert (wanting(said), stands(said)) == ((key,), False)


def test_a_child_who_was_not_heard_leaves_it_unfinished() -> None:
    assert wanting({**GOOD, "child_heard": "no"}) == ("child_heard",)


@given(st.dictionaries(st.sampled_from(sorted(GOOD)), st.sampled_from(["", "yes", "no"])))
def test_nothing_stands_while_anything_is_against_it_or_unknown(said: dict[str, str]) -> None:
    unknown = [key for key in FORBIDDEN if said.get(key) != "no"]
    unmet = [key for key in WANTED if said.get(key, "") in ("", "no")]
    assert stands(said) is not bool(unknown or unmet)

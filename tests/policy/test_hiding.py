"""Small numbers: what is hidden cannot be worked out from what is shown."""

from collections.abc import Mapping, Sequence
from itertools import pairwise, product

from hypothesis import given, settings
from hypothesis import strategies as st

from policy.hiding import SMALL, hidden

ROOT = 1
CELLS = ("a", "b", "c")


def county(villages: Sequence[Sequence[int]]) -> dict[int, dict[str, int]]:
    """A county with a town for every two villages: 1, then towns, then villages."""
    counts = {10 + at: dict(zip(CELLS, one, strict=True)) for at, one in enumerate(villages)}
    for town, inside in below(len(villages)).items():
        if town != ROOT:
            counts[town] = _sum([counts[one] for one in inside])
    counts[ROOT] = _sum([counts[one] for one in below(len(villages))[ROOT]])
    return {
        area: {**of_area, "all": sum(of_area[cell] for cell in CELLS)}
        for area, of_area in counts.items()
    }


def below(villages: int) -> dict[int, list[int]]:
    towns = {2 + at: [10 + one for one in range(villages) if one // 2 == at] for at in range(3)}
    return {ROOT: [town for town in towns if towns[town]], **towns}


def _sum(numbers: Sequence[Mapping[str, int]]) -> dict[str, int]:
    return {cell: sum(one[cell] for one in numbers) for cell in CELLS}


def hides(villages: Sequence[Sequence[int]]) -> dict[int, frozenset[str]]:
    return hidden(ROOT, below(len(villages)), county(villages), "all", [CELLS])


VILLAGES = st.lists(
    st.tuples(*[st.sampled_from([0, 0, 1, 2, 3, 4, 5, 6, 7, 9, 12])] * 3), min_size=2, max_size=6
)


@given(VILLAGES)
def test_no_small_number_is_shown(villages: list[tuple[int, ...]]) -> None:
    found = hides(villages)
    for area, counts in county(villages).items():
        for key, count in counts.items():
            if 0 < count < SMALL:
                assert key in found.get(area, ()), (area, key)


@given(VILLAGES)
def test_below_what_is_hidden_nothing_is_shown(villages: list[tuple[int, ...]]) -> None:
    found = hides(villages)
    for area, inside in below(len(villages)).items():
        for one in inside:
            assert found.get(area, frozenset()) <= found.get(one, frozenset())


@given(VILLAGES)
def test_what_the_hidden_ones_are_together_is_no_small_number(
    villages: list[tuple[int, ...]],
) -> None:
    found, counts = hides(villages), county(villages)
    for area, inside in below(len(villages)).items():
        for key in (*CELLS, "all"):
            if key in found.get(area, ()):
                continue
            together = sum(counts[one][key] for one in inside if key in found.get(one, ()))
            assert together == 0 or together >= SMALL, (area, key)


FEW = st.lists(st.tuples(*[st.sampled_from([0, 1, 2, 3, 5, 6])] * 2), min_size=3, max_size=3)


@settings(max_examples=60)
@given(FEW)
def test_every_hidden_small_number_could_be_another(villages: list[tuple[int, int]]) -> None:
    """All tables that would look the same are tried: each small number differs in some of them."""
    rows = [dict(zip("ab", one, strict=True)) for one in villages]
    counts = {10 + at: {**one, "all": one["a"] + one["b"]} for at, one in enumerate(rows)}
    counts[ROOT] = {key: sum(one[key] for one in counts.values()) for key in ("a", "b", "all")}
    found = hidden(ROOT, {ROOT: [10, 11, 12]}, counts, "all", [("a", "b")])
    shown = _shown(counts, found)
    small = {
        (area, key)
        for area, of_area in counts.items()
        for key, count in of_area.items()
        if 0 < count < SMALL
    }
    seen: dict[tuple[int, str], set[int]] = {one: set() for one in small}
    top = counts[ROOT]
    for a in _dealt(top["a"], "a", found):
        for b in _dealt(top["b"], "b", found):
            other = {10 + at: {"a": a[at], "b": b[at], "all": a[at] + b[at]} for at in range(3)}
            other[ROOT] = {
                key: sum(one[key] for one in other.values()) for key in ("a", "b", "all")
            }
            if _shown(other, found) == shown:
                for area, key in small:
                    seen[area, key].add(other[area][key])
    assert all(len(values) > 1 for values in seen.values()), (villages, found)


def _dealt(
    count: int, key: str, found: Mapping[int, frozenset[str]]
) -> list[tuple[int, int, int]]:
    """All ways to give a number to three villages; also others, where it is hidden itself."""
    sums = range(count + 3) if key in found.get(ROOT, ()) else (count,)
    return [
        (x, y, whole - x - y)
        for whole in sums
        for x, y in product(range(whole + 1), repeat=2)
        if x + y <= whole
    ]


def _shown(
    counts: Mapping[int, Mapping[str, int]], found: Mapping[int, frozenset[str]]
) -> list[tuple[int, str, int]]:
    return [
        (area, key, count)
        for area, of_area in sorted(counts.items())
        for key, count in of_area.items()
        if key not in found.get(area, ())
    ]


def test_a_large_county_without_small_numbers_hides_nothing() -> None:
    assert hides([(9, 12, 0)] * 6) == {}


def test_one_small_number_takes_a_second_place_with_it() -> None:
    found = hides([(9, 9, 9), (9, 9, 9), (9, 3, 9), (9, 9, 9)])
    assert found[12] == {*CELLS}
    assert found[13] == {*CELLS}
    assert 10 not in found
    assert all(one not in found for one, _ in pairwise([ROOT, 2, 3]))

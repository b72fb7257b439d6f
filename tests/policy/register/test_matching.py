"""One child in two lists."""

from dataclasses import replace

import pytest

from policy.register.matching import Child, find_same, keys_of, same_child

MING = Child(
    name="王小明",
    id_number="520599201604234880",
    birth="2016-04-23",
    phones=frozenset({"13812345678"}),
    parents=frozenset({"王建国", "李梅"}),
    village=7,
)
WITHOUT_NUMBER = replace(MING, id_number="")


def test_the_same_number_is_the_same_child() -> None:
    assert same_child(MING, replace(MING, birth="", phones=frozenset(), village=1)) == "exact"


def test_the_same_number_with_quite_another_name_is_for_somebody_to_look_at() -> None:
    assert same_child(MING, replace(MING, name="崔思子")) == "probable"


@pytest.mark.parametrize("name", ["王小明", "王晓明", "汪小铭", "王 小 明"])
def test_without_a_number_the_sound_of_the_name_with_birth_and_phone_is_enough(name: str) -> None:
    known = replace(MING, name=name, parents=frozenset(), village=1)
    assert same_child(WITHOUT_NUMBER, known) == "probable"


@pytest.mark.parametrize(
    "known",
    [
        replace(MING, birth="2015-04-23"),
        replace(MING, birth=""),
        replace(MING, name="王大明"),
        replace(MING, phones=frozenset(), parents=frozenset(), village=8),
    ],
)
def test_without_a_number_less_than_that_is_not(known: Child) -> None:
    assert same_child(WITHOUT_NUMBER, known) == "no"


def test_a_birth_date_of_which_only_the_month_is_known_still_tells() -> None:
    assert same_child(WITHOUT_NUMBER, replace(MING, birth="2016-04")) == "probable"


def test_twins_are_two() -> None:
    twin = replace(MING, name="王小亮", id_number="520599201604234898")
    assert same_child(MING, twin) == "no"
    assert same_child(WITHOUT_NUMBER, replace(twin, id_number="")) == "no"


def test_namesakes_with_their_own_numbers_are_two() -> None:
    namesake = replace(
        MING, id_number="520599201604234898", phones=frozenset(), parents=frozenset()
    )
    assert same_child(MING, namesake) == "no"


def test_one_child_with_two_numbers_is_for_somebody_to_look_at() -> None:
    assert same_child(MING, replace(MING, id_number="520599201604234898")) == "probable"


def test_the_surest_of_several_is_taken() -> None:
    probable = replace(MING, id_number="")
    assert find_same(MING, [probable, MING]) == ("exact", MING)
    assert find_same(MING, [probable]) == ("probable", probable)
    assert find_same(MING, []) == ("no", None)


@pytest.mark.parametrize(
    "known", [replace(MING, name="崔思子"), replace(WITHOUT_NUMBER, birth="2016"), WITHOUT_NUMBER]
)
def test_who_may_be_the_same_is_found_by_a_key(known: Child) -> None:
    assert same_child(MING, known) != "no"
    assert not keys_of(MING).isdisjoint(keys_of(known))

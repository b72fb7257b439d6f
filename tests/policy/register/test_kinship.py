"""A child named by its family."""

import pytest

from policy.register.kinship import family_name, find_kin_phrases, is_family_name, relation_of


def said(text: str) -> tuple[object, ...]:
    (phrase,) = find_kin_phrases(text)
    return phrase.owner, phrase.owner_sex, phrase.sex, phrase.rank, phrase.through


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("老王家二小子", ("王", "", "male", 2, 1)),
        ("王家老二", ("王", "", "", 2, 0)),
        ("王老二", ("王", "", "", 2, 0)),
        ("隔壁老王家的闺女", ("王", "", "female", None, 1)),
        ("陈家老幺", ("陈", "", "", -1, 0)),
        ("张大爷家的孙子", ("张", "male", "male", None, 2)),
        ("张大爷孙子", ("张", "male", "male", None, 2)),
        ("刘婆婆的外孙女", ("刘", "female", "female", None, 3)),
        ("李婶家丫头", ("李", "female", "female", None, 1)),
        ("王建国的大女儿", ("王建国", "", "female", 1, 1)),
        ("欧阳建国家的孩子", ("欧阳建国", "", "", None, 0)),
        ("看到赵奶奶家的孙女一个人在河边", ("赵", "female", "female", None, 2)),
    ],
)
def test_whose_child_and_which_of_them(text: str, meant: tuple[object, ...]) -> None:
    assert said(text) == meant


@pytest.mark.parametrize("text", ["王小明", "小明", "", "家", "的孩子", "zhangsan"])
def test_a_name_is_no_family(text: str) -> None:
    assert find_kin_phrases(text) == ()


def test_family_names_have_one_character_or_two() -> None:
    assert [family_name(name) for name in ("王小明", "欧阳娜娜", "欧阳")] == ["王", "欧阳", "欧"]
    assert [is_family_name(name) for name in ("王", "欧阳", "王明")] == [True, True, False]


def test_a_neighbour_is_no_relation() -> None:
    assert relation_of("外婆").by_mother
    assert relation_of("邻居").generation == 0

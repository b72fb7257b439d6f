"""How reports speak of workers whom they name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.naming import NAMINGS, Naming, spoken_of

NAMES = ("张大山", "李小红", "王五")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("听说是张大山", "accused"),
        ("听说是张大山和李小红", "accused"),
        ("听说是那家的老二和张大山", "accused"),
        ("张大山拦着不让去上学", "accused"),
        ("孩子身上的伤是张大山打的", "accused"),
        ("张大山喝了酒就打孩子", "accused"),
        ("孩子被张大山关在屋里", "accused"),
        ("张大山把孩子锁在家里", "accused"),
        ("孩子很怕张大山", "accused"),
        ("这事别告诉张大山", "accused"),
        ("千万别让张大山知道", "accused"),
        ("张大山包庇他", "accused"),
        ("张大山早就知道，压着不报", "accused"),
        ("我跟张大山说过，孩子被打了", "harmless"),
        ("张大山对她动手动脚", "accused"),
        ("我要举报张大山", "accused"),
        ("跟张大山说了，张大山不管", "accused"),
        ("孩子是张大山的侄子", "related"),
        ("张大山的孙女没人管", "related"),
        ("张大山是他舅舅", "related"),
        ("孩子爸爸叫张大山", "related"),
        ("那家人和张大山是亲戚", "related"),
        ("我跟张大山说过了", "harmless"),
        ("已经告诉张大山了", "harmless"),
        ("给张大山打了电话", "harmless"),
        ("张大山打了电话问过", "harmless"),
        ("张大山来看过了，孩子还是一个人", "harmless"),
        ("张大山主任昨天来过家里", "harmless"),
        ("和张大山一起去看的", "harmless"),
        ("张大山让我报上来的", "harmless"),
        ("张大山经常关心孩子，还送过米", "harmless"),
        ("这事要问张大山", "harmless"),
        ("张大山对孩子做了那种事", "unclear"),
        ("孩子常去张大山那里", "unclear"),
        ("张大山", "unclear"),
        ("张 大 山 打孩子", "accused"),
    ],
)
def test_how_somebody_is_named(text: str, kind: Naming) -> None:
    assert spoken_of(text, NAMES)["张大山"] == kind


def test_who_is_not_named_is_not_there_and_each_has_their_own_clause() -> None:
    assert spoken_of("没人管孩子", NAMES) == {}
    found = spoken_of("王五打孩子，我跟李小红说过了。", NAMES)
    assert found == {"王五": "accused", "李小红": "harmless"}


@given(
    st.text("张大山李小红王五打孩子的是听说跟了，。来过别告诉", max_size=40), st.text(max_size=12)
)
def test_more_words_never_make_it_harmless(text: str, more: str) -> None:
    before, after = spoken_of(text, NAMES), spoken_of(f"{text}。{more}", NAMES)
    for name, kind in before.items():
        assert NAMINGS.index(after[name]) <= NAMINGS.index(kind)

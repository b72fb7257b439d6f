"""How people say that an answer was wrong, and what is right."""

import pytest

from policy.correcting import Mended, Ways, mended, without_is

WAYS = Ways(
    wrongs=frozenset({"错了", "不对", "不是", "说错了", "打错了", "打错字了"}),
    before=frozenset({"我", "刚才", "哦", "地方", "不好意思"}),
    nots=frozenset({"不是", "不叫"}),
    buts=frozenset({"应该是", "应该", "是", "叫", "改成"}),
)


@pytest.mark.parametrize(
    ("text", "was", "now", "lead"),
    [
        ("不是二组，是三组", "二组", "三组", ""),
        ("不是12岁是10岁", "12岁", "10岁", ""),
        ("是三组，不是二组", "二组", "三组", ""),
        ("说错了，是昨天", "", "是昨天", "说错了"),
        ("打错了应该是12岁", "", "应该是12岁", "打错了"),
        ("不好意思，打错字了 改成小明", "", "改成小明", "不好意思，打错字了"),
        ("我刚才说错了，不是小军，是小君。", "小军", "小君", "我刚才说错了"),
        ("不对，孩子叫小明", "", "孩子叫小明", "不对"),
        ("地方说错了", "", "", "地方说错了"),
        ("说错了！！", "", "", "说错了"),
    ],
)
def test_a_correction_is_read(text: str, was: str, now: str, lead: str) -> None:
    assert mended(text, WAYS) == Mended(was=was, now=now, lead=lead)


@pytest.mark.parametrize(
    "text",
    [
        "他说错了一句话就挨打",
        "不对劲",
        "不对他好",
        "不是在家摔的",
        "他家的地方",
        "说错了，他爸打他，还不给饭吃",
        "",
    ],
)
def test_a_tale_is_no_correction(text: str) -> None:
    assert mended(text, WAYS) is None


def test_what_is_right_is_bare() -> None:
    assert without_is("应该是三组", WAYS) == "三组"
    assert without_is("三组", WAYS) == "三组"

"""The same alarm again is one matter; another child's never is, as long as there is room."""

from hypothesis import given
from hypothesis import strategies as st

from policy.repeats import Said, is_more_of_the_same

KNIFE = "有人拿刀追孩子"
ALIKE, MOST = 3, 8
words = st.text(alphabet="有人拿刀追孩子打哭河水血爸妈王李", min_size=1, max_size=30)


def same(new: str, *before: str, child: int | None = None) -> bool:
    said = [Said(child_id=None, words=one) for one in before]
    return is_more_of_the_same(Said(child_id=child, words=new), said, alike=ALIKE, most=MOST)


def test_what_was_said_three_times_is_no_new_alarm() -> None:
    again = (KNIFE, "有人拿刀追孩子！！", "有人 拿着刀 追孩子")
    assert same("有人拿刀在追孩子", *again)
    assert not same("有人拿刀在追孩子", *again[:2])


def test_another_story_and_another_name_are_an_alarm() -> None:
    assert not same("女孩跳河了，还没捞上来", KNIFE, KNIFE, KNIFE)
    told = "王小明被他爸打得流血，躺在院子里起不来"
    assert same(told + "了", told, told, told)
    assert not same(told.replace("王小明", "赵雨涵"), told, told, told)
    assert not same(told.replace("王小明", "李明"), told, told, told)


@given(before=st.lists(words, max_size=20), new=words)
def test_a_child_that_was_not_named_is_always_an_alarm(before: list[str], new: str) -> None:
    said = [Said(child_id=None, words=one, names=frozenset({"王小明"})) for one in before]
    other = Said(child_id=None, words=new, names=frozenset({"赵雨涵"}))
    in_register = Said(child_id=7, words=new)
    for one in (other, in_register):
        assert not is_more_of_the_same(one, said, alike=ALIKE, most=MOST)


@given(before=st.lists(words, max_size=20), new=words)
def test_few_are_always_alarms_and_very_many_never_are(before: list[str], new: str) -> None:
    said = [Said(child_id=None, words=one) for one in before]
    found = is_more_of_the_same(Said(child_id=None, words=new), said, alike=ALIKE, most=MOST)
    if len(before) < ALIKE:
        assert not found
    if len(before) >= MOST:
        assert found

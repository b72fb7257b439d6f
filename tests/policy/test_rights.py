"""Who sees what of a child and of a report."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import policy
from policy.areas import AreaRow, AreaTree
from policy.faults import PolicyFaults
from policy.register.columns import COLUMNS
from policy.rights import RELATIONS, ChildRight, Rights, Sight
from policy.tables import load_policy

DEFAULT = Path(policy.__file__).parent
OURS = load_policy(DEFAULT)
EVERYTHING = frozenset(COLUMNS.table)
TREE = AreaTree.build(
    [
        AreaRow(id=1, parent_id=None, kind="county", name="云岭县"),
        AreaRow(id=2, parent_id=1, kind="town", name="青石镇"),
        AreaRow(id=3, parent_id=2, kind="village", name="河湾村"),
        AreaRow(id=4, parent_id=1, kind="town", name="白水镇"),
    ]
)
POSTS = st.lists(st.tuples(st.sampled_from(sorted(OURS.roles)), st.integers(1, 4)), max_size=4)


def test_nobody_sees_a_child_who_is_none_of_theirs() -> None:
    for role in OURS.roles:
        assert OURS.rights.fields_for(role, "elsewhere") == frozenset()
    assert not OURS.rights.sight([], 3, TREE, own=False)


def test_whoever_answers_for_a_child_sees_the_whole_record() -> None:
    assert OURS.rights.sight([], 3, TREE, own=True) == Sight(full=EVERYTHING)


def test_a_post_sees_at_and_below_its_place_and_not_beside() -> None:
    supervisor = [("child_supervisor", 2)]
    assert OURS.rights.sight(supervisor, 3, TREE, own=False).full == EVERYTHING
    assert not OURS.rights.sight(supervisor, 4, TREE, own=False)


@pytest.mark.parametrize("role", ["teacher", "grid_worker", "health", "administrator"])
def test_a_post_that_the_table_does_not_name_sees_no_child(role: str) -> None:
    assert not OURS.rights.sight([(role, 1)], 3, TREE, own=False)


@pytest.mark.parametrize("key", ["id_number", "labels", "illness", "harmed_by_guardian"])
def test_a_school_calls_whoever_looks_after_a_child_and_learns_no_more(key: str) -> None:
    school = OURS.rights.fields_for("school_head", "area")
    assert ("guardian_phone" in school, key in school) == (True, False)


def test_an_administrator_reads_no_report() -> None:
    assert OURS.rights.parts([("administrator", 1)], 3, TREE) == frozenset()


def test_a_report_without_a_place_is_nobody_s() -> None:
    assert OURS.rights.parts([("civil_affairs", 1)], None, TREE) == frozenset()


def test_what_one_post_sees_masked_another_may_see_in_full() -> None:
    rights = Rights(
        child={
            "area": {
                "grid_worker": ChildRight(columns=("sex",), masked=("name", "guardian_phone")),
                "teacher": ChildRight(columns=("name",)),
            }
        }
    )
    both = rights.sight([("grid_worker", 3), ("teacher", 2)], 3, TREE, own=False)
    assert both == Sight(full=frozenset({"sex", "name"}), masked=frozenset({"guardian_phone"}))
    assert rights.reading_posts() == {"grid_worker", "teacher"}


def test_a_masked_column_of_a_whole_group_is_not_seen_in_full() -> None:
    right = ChildRight(groups=("child",), masked=("id_number",))
    assert ("name" in right.fields(), "id_number" in right.fields()) == (True, False)


@given(posts=POSTS, area=st.integers(1, 4), own=st.booleans())
def test_one_more_post_never_shows_less(
    posts: list[tuple[str, int]], area: int, own: bool
) -> None:
    for at in range(len(posts)):
        less = OURS.rights.sight(posts[:at], area, TREE, own=own)
        more = OURS.rights.sight(posts[: at + 1], area, TREE, own=own)
        assert less.full <= more.full


@given(posts=POSTS, area=st.integers(1, 4))
def test_nothing_is_seen_that_no_line_of_the_table_grants(
    posts: list[tuple[str, int]], area: int
) -> None:
    granted = frozenset[str]().union(
        *(
            OURS.rights.fields_for(role, relation)
            for role, at in posts
            for relation in RELATIONS
            if relation == "area" and TREE.is_within(area, at)
        )
    )
    assert OURS.rights.sight(posts, area, TREE, own=False).full == granted


def test_a_county_changes_a_line_and_takes_one_away(tmp_path: Path) -> None:
    rights = _county(
        tmp_path,
        """
        [child.area.grid_worker]
        columns = ["sex"]
        masked = ["name"]
        [child.area.village_head]
        off = true
        [child.area.education]
        columns = ["name"]
        """,
    )
    assert rights.sight([("grid_worker", 3)], 3, TREE, own=False) == Sight(
        full=frozenset({"sex"}), masked=frozenset({"name"})
    )
    assert not rights.sight([("village_head", 3)], 3, TREE, own=False)
    assert rights.fields_for("education", "area") == {"name"}


def test_a_county_hears_of_everything_that_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(PolicyFaults) as raised:
        _county(
            tmp_path,
            """
            [child.nearby.teacher]
            groups = ["child"]
            [child.area.techer]
            groups = ["kid"]
            columns = ["nmae"]
            [report.area.police]
            off = true
            """,
        )
    heard = [sentence.split("。")[0].split("「")[1] for sentence in raised.value.sentences]
    assert heard == [
        "child」：没有“nearby”这种关系",
        "child.area」：没有“techer”这个岗位",
        "child.area.techer.groups」：台账里没有“kid”这一组",
        "child.area.techer.columns」：台账里没有“nmae”这一栏",
        "report.area.police」：这个岗位收报告，却一样也看不到",
    ]


def _county(folder: Path, rights: str) -> Rights:
    (folder / "policy").mkdir()
    (folder / "policy" / "rights.toml").write_text(rights, "utf-8")
    return load_policy(DEFAULT, folder).rights

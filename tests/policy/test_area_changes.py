"""Which known place each row of a new table is."""

from collections.abc import Mapping, Sequence

from policy.area_changes import AreaPlan, plan_areas
from policy.areas import AreaRow, AreaTree

#: Places of a county by their path, each with its other names.
Paths = Mapping[str, Sequence[str]]

KNOWN: Paths = {
    "云岭县": (),
    "云岭县/青石镇": (),
    "云岭县/青石镇/河湾村": ("湾子",),
    "云岭县/青石镇/河湾村/一组": (),
    "云岭县/青石镇/上河村": (),
    "云岭县/青石镇/上河村/一组": (),
    "云岭县/白水镇": (),
    "云岭县/白水镇/大塘村": (),
}


def test_the_same_table_changes_nothing() -> None:
    told = planned(KNOWN)
    assert told.changes == ()
    assert (told.merged, told.closed) == ({}, ())


def test_an_old_name_as_an_alias_is_a_new_name() -> None:
    told = planned(without("青石镇/河湾村") | {"云岭县/青石镇/新河村": ("河湾村",)} | ONE_GROUP)
    assert said(told) == ["renamed 青石镇河湾村>青石镇新河村"]
    assert told.guesses() == ()


def test_two_old_names_are_two_places_that_became_one() -> None:
    rest = {path: names for path, names in KNOWN.items() if "河" not in path}
    new: Paths = {
        "云岭县/青石镇/新河村": ("河湾村", "上河村"),
        "云岭县/青石镇/新河村/一组": (),
        "云岭县/青石镇/新河村/二组": ("上河村一组",),
    }
    assert said(planned({**rest, **new})) == [
        "merged 青石镇上河村>青石镇新河村",
        "renamed 青石镇上河村一组>青石镇新河村二组",
        "renamed 青石镇河湾村>青石镇新河村",
    ]


def test_a_group_of_a_merged_village_that_nothing_names_is_left_over() -> None:
    rest = {path: names for path, names in KNOWN.items() if "上河" not in path}
    told = planned({**rest, "云岭县/青石镇/河湾村": ("上河村",)})
    assert said(told) == ["closed 青石镇上河村一组>", "merged 青石镇上河村>青石镇河湾村"]


def test_the_only_village_of_its_name_elsewhere_has_moved_with_its_groups() -> None:
    moved: dict[str, Sequence[str]] = {"云岭县/白水镇/河湾村": (), "云岭县/白水镇/河湾村/一组": ()}
    assert said(planned(without("青石镇/河湾村") | moved)) == ["moved 青石镇河湾村>白水镇河湾村"]


def test_one_row_and_one_place_that_are_left_over_are_a_guess() -> None:
    table = without("青石镇/河湾村") | {"云岭县/青石镇/新河村": ()} | ONE_GROUP
    assert said(planned(table, guess=True)) == ["renamed? 青石镇河湾村>青石镇新河村"]
    assert said(planned(table)) == [
        "closed 青石镇河湾村>",
        "closed 青石镇河湾村一组>",
        "new >青石镇新河村",
        "new >青石镇新河村一组",
    ]


def test_an_old_name_that_two_rows_claim_is_nobody_s() -> None:
    table = without("青石镇/河湾村") | {
        "云岭县/青石镇/东河村": ("河湾村",),
        "云岭县/青石镇/西河村": ("河湾村",),
    }
    assert said(planned(table, guess=True)) == [
        "closed 青石镇河湾村>",
        "closed 青石镇河湾村一组>",
        "new >青石镇东河村",
        "new >青石镇西河村",
    ]


def test_groups_of_one_name_in_two_villages_are_not_one() -> None:
    table = without("青石镇/河湾村/一组") | {"云岭县/白水镇/大塘村/一组": ()}
    assert said(planned(table)) == ["closed 青石镇河湾村一组>", "new >白水镇大塘村一组"]


def test_a_closed_place_comes_back_under_its_id() -> None:
    known = rows(KNOWN)
    village = next(row for row in known if row.name == "上河村")
    open_ones = [row for row in known if row.id != village.id and row.parent_id != village.id]
    told = plan_areas(rows(KNOWN), AreaTree.build(open_ones), [village])
    assert said(told) == ["new >青石镇上河村一组", "reopened >青石镇上河村"]
    assert village.id in told.kept.values()


def test_a_place_that_became_part_of_another_does_not_come_back() -> None:
    """All that was its own is the other's: a place of its name begins with nothing in it."""
    known = rows(KNOWN)
    gone, home = (next(row for row in known if row.name == name) for name in ("上河村", "河湾村"))
    open_ones = [row for row in known if row.id != gone.id and row.parent_id != gone.id]
    told = plan_areas(rows(KNOWN), AreaTree.build(open_ones, {gone.id: home.id}), [gone])
    assert said(told) == ["new >青石镇上河村一组", "parted 青石镇河湾村>青石镇上河村"]
    assert gone.id not in told.kept.values()


def test_another_county_s_table_is_at_most_a_guess() -> None:
    told = planned({"海东县": (), "海东县/东镇": ()})
    assert {change.kind for change in told.changes} == {"new", "closed"}
    guessed = planned({"海东县": (), "海东县/东镇": ()}, guess=True)
    assert [change.after for change in guessed.guesses()] == ["海东县"]


# -- helpers -----------------------------------------------------------------------------------

ONE_GROUP: dict[str, Sequence[str]] = {"云岭县/青石镇/新河村/一组": ()}


def without(path: str) -> dict[str, Sequence[str]]:
    """The known table without a place and what lies below it."""
    return {one: names for one, names in KNOWN.items() if path not in one}


def rows(paths: Paths) -> list[AreaRow]:
    """Rows numbered in their order."""
    ids: dict[str, int] = {}
    made = []
    for path in sorted(paths, key=lambda path: path.count("/")):
        parent, _, name = path.rpartition("/")
        ids[path] = len(ids) + 1
        kind = ("county", "town", "village", "group")[path.count("/")]
        made.append(
            AreaRow(
                id=ids[path],
                parent_id=ids.get(parent),
                kind=kind,
                name=name,
                aliases=tuple(paths[path]),
            )
        )
    return made


def planned(paths: Paths, *, guess: bool = False) -> AreaPlan:
    """What such a table would change; known ids begin at 1001."""
    known = [
        AreaRow(
            id=row.id + 1000,
            parent_id=row.parent_id and row.parent_id + 1000,
            kind=row.kind,
            name=row.name,
            aliases=row.aliases,
        )
        for row in rows(KNOWN)
    ]
    return plan_areas(rows(paths), AreaTree.build(known), guess=guess)


def said(told: AreaPlan) -> list[str]:
    """Each change in a word, sorted."""
    return sorted(
        f"{change.kind}{'?' * change.guessed} {change.before}>{change.after}"
        for change in told.changes
    )

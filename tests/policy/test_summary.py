"""The official table: each child falls into one column of each group, whatever is known."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import policy
from policy.register.columns import COLUMNS
from policy.summary import ALL, CALIBERS, Caliber, band_of, percent
from policy.tables import load_policy

TABLE = load_policy(Path(policy.__file__).parent).summary
DAY = date(2026, 11, 30)


def counted(**values: str) -> set[str]:
    traits = TABLE.traits({"labels": "left_behind", **values})
    assert traits is not None
    return {key for key, count in TABLE.counted([traits], DAY, 16).items() if count}


BORN = st.one_of(
    st.just(""),
    st.dates(date(2004, 1, 1), date(2027, 1, 1)).map(str),
    st.dates(date(2004, 1, 1), date(2027, 1, 1)).map(lambda day: str(day)[:7]),
    st.integers(2004, 2027).map(str),
)
RECORDS = st.fixed_dictionaries(
    {
        "birth_date": BORN,
        "guardian_relation": st.sampled_from(["", "爷爷", "父亲", "姑妈", "未采集"]),
    },
    optional={
        key: st.lists(
            st.sampled_from([*COLUMNS.codes[column.codes]]),
            max_size=2 if column.kind == "choices" else 1,
            unique=True,
        ).map(" ".join)
        for key, column in COLUMNS.table.items()
        if column.codes and not column.person
    },
)


@given(st.lists(RECORDS, max_size=12), st.sampled_from(CALIBERS), st.dates(date(2020, 1, 1), DAY))
def test_the_printed_relations_hold_whatever_is_known(
    records: list[dict[str, str]], caliber: Caliber, day: date
) -> None:
    children = [one for record in records if (one := TABLE.traits(record))]
    counts = TABLE.counted(children, day, caliber)
    checks = TABLE.checks(counts, caliber)
    assert len(checks) >= 13
    assert [one for one in checks if not one.holds] == []
    for group in TABLE.groups.values():
        columns = [one for one in group.columns if one.caliber <= caliber and not one.sums]
        told = sum(counts[one.key] for one in columns)
        assert told >= counts[ALL] if group.several else told == counts[ALL]


@pytest.mark.parametrize(
    ("born", "caliber", "band"),
    [
        ("2020-12-01", 16, "0-5"),
        ("2020-11-30", 16, "6-13"),
        ("2010-12", 16, "14-15"),
        ("2010-11-30", 16, None),
        ("2010-11-30", 18, "16-17"),
        ("2008-11-30", 18, None),
        ("2020-11", 16, "6-13"),
        ("2020", 16, "unknown"),
        ("2010", 16, "unknown"),
        ("2018", 16, "6-13"),
        ("", 16, "unknown"),
        ("二〇一八", 16, "unknown"),
        ("2026-12-01", 16, None),
    ],
)
def test_the_age_is_that_of_the_day(born: str, caliber: Caliber, band: str | None) -> None:
    assert band_of(born, DAY, caliber) == band


def test_who_is_in_whose_hands() -> None:
    assert "26" in counted(guardian_relation="爷爷、奶奶")
    assert "27" in counted(guardian_relation="姑妈")
    assert "28" in counted(guardianship="nobody")
    assert "29" in counted(one_away="yes", guardian_relation="母亲")
    assert "29?" in counted(guardian_relation="母亲")


def test_two_kinds_of_support_count_the_child_in_both_and_once_in_others() -> None:
    told = TABLE.traits({"labels": "left_behind", "support": "minimum_living education other"})
    assert told is not None
    counts = TABLE.counted([told], DAY, 16)
    assert (counts["z2"], counts["z10"], counts["z0"], counts["z?"]) == (1, 1, 0, 0)


def test_who_is_not_left_behind_is_not_in_the_table() -> None:
    assert TABLE.traits({"labels": "in_hardship"}) is None
    assert TABLE.traits({"labels": "in_hardship", "both_away": "yes"}) is not None
    assert TABLE.traits({}) is not None  # nobody said what the child is: on no account lost


def test_what_is_tied_by_a_relation_is_hidden_together() -> None:
    blocks = TABLE.blocks(16)
    assert next(one for one in blocks if "13" in one) == next(one for one in blocks if "24" in one)
    assert sorted(key for one in blocks for key in one) == sorted(TABLE.keys(16)[1:])
    assert not any("8a" in one for one in blocks)


def test_shares_have_two_decimals() -> None:
    assert (percent(1, 3), percent(3, 3), percent(0, 0)) == ("33.33", "100.00", "-")

"""A paragraph about a visit becomes a card: what it surely says, and nothing else."""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import policy
from conversation.dates import parse_coming_date, parse_date
from policy.extraction import HAZARD_GROUPS, Mention, VisitCard, read_visit
from policy.faults import PolicyFaults
from policy.tables import load_policy

DEFAULT = Path(policy.__file__).parent
TABLE = load_policy(DEFAULT).extraction
PARAGRAPHS = Path(__file__).parent.parent / "data" / "visit_paragraphs.tsv"
TODAY = date(2026, 11, 25)
NAMES = (
    *("王小明", "李红", "张伟", "陈浩然", "赵雨涵", "刘佳怡"),
    *("周子轩", "吴梦", "杨洋", "黄梦琪", "王小丽", "欧阳娜"),
)
PARTS = (
    *("day", "kind", "outcome", "met", "seen", "alone"),
    *("children", "hazards", "needs", "next"),
)


def read(text: str, names: tuple[str, ...] = NAMES) -> VisitCard:
    return read_visit(text, TODAY, names, TABLE, parse_date, parse_coming_date)


def published(kind: str) -> Iterator[tuple[str, dict[str, set[str]]]]:
    rows = [row for row in PARAGRAPHS.read_text("utf-8").splitlines() if not row.startswith("#")]
    for row in rows[1:]:
        held, text, *cells = row.split("\t")
        if held == kind:
            yield (
                text,
                {
                    part: set() if cell == "-" else set(cell.split())
                    for part, cell in zip(PARTS, cells, strict=True)
                },
            )


def told(card: VisitCard) -> Mapping[str, set[str]]:
    """A card as the published list writes it."""
    return {
        "day": set() if card.day is None else {f"{card.day:%m-%d}"},
        "kind": set() if card.kind is None else {card.kind},
        "outcome": set() if card.outcome is None else {card.outcome},
        "met": set(card.met),
        "seen": set() if card.seen is None else {"yes" if card.seen else "no"},
        "alone": {"yes"} if card.alone else set(),
        "children": {NAMES[one.child] for one in card.children},
        "hazards": set(card.hazards),
        "needs": set(card.needs),
        "next": set() if card.next_day is None else {f"{card.next_day:%m-%d}"},
    }


# How much of what is proposed is true, and how much of what is said is proposed. The words were
# found without the paragraphs of "held". Those of "unseen" are in words that nobody thought of:
# when first read, 0.91 was true and 0.54 proposed, of "spoken" 0.93 and 0.75, of "fresh" 0.95 and
# 0.75 (words were added since). What is left the person fills in: a card is confirmed.
@pytest.mark.parametrize(
    ("kind", "count", "precision", "recall"),
    [
        ("", 44, 0.98, 0.95),
        ("held", 20, 0.97, 0.93),
        ("later", 20, 0.95, 0.85),
        ("unseen", 16, 0.95, 0.60),
        ("spoken", 128, 0.98, 0.94),
        ("fresh", 24, 0.95, 0.80),
    ],
)
def test_what_is_proposed_is_nearly_always_said(
    kind: str, count: int, precision: float, recall: float
) -> None:
    rows = list(published(kind))
    right = proposed = said = 0
    for text, expected in rows:
        card = told(read(text))
        right += sum(len(card[part] & expected[part]) for part in PARTS)
        proposed += sum(len(card[part]) for part in PARTS)
        said += sum(len(expected[part]) for part in PARTS)
    assert len(rows) == count
    assert right / proposed >= precision
    assert right / said >= recall


def test_97_of_100_fields_are_as_they_were_spoken() -> None:
    wrong = [
        f"{part}: {text}"
        for text, expected in published("spoken")
        for part in PARTS
        if told(read(text))[part] != expected[part]
    ]
    assert len(wrong) <= 0.03 * 128 * len(PARTS), wrong


def test_a_visit_as_it_is_typed() -> None:
    card = read(
        "今天下午去三组王大爷家看了王小明，奶奶带着，孩子咳嗽，家里没有人辅导作业，下周再去"
    )
    assert card == VisitCard(
        children=(Mention(child=0),),
        day=TODAY,
        kind="home",
        outcome="done",
        met=("grandmother",),
        seen=True,
        hazards=("schooling.homework", "health.ill"),
        next_day=date(2026, 11, 30),
    )


@pytest.mark.parametrize(
    ("text", "children"),
    [
        ("看了王小明和李红", [Mention(child=0), Mention(child=1)]),
        ("看了王晓明", [Mention(child=0, is_sure=False)]),
        ("李红梅在家", []),
        ("李红家没人", [Mention(child=1)]),
        ("张小三在家", []),
        ("小明在家", []),
    ],
)
def test_children_are_those_who_are_known(text: str, children: list[Mention]) -> None:
    assert list(read(text).children) == children


def test_of_two_children_of_one_name_nobody_knows_who_is_meant() -> None:
    assert read("看了张伟", ("张伟", "张伟")).children == ()
    assert read("看了王晓明", ("王小明", "王晓铭")).children == ()


@pytest.mark.parametrize(
    ("text", "hazards"),
    [
        ("王小明没有咳嗽", ()),
        ("王小明爷爷咳嗽", ()),
        ("王小明咳嗽，爷爷也咳嗽", ("health.ill",)),
        ("讲了防溺水知识，不要下河玩水", ()),
        ("王小明跟同学下河玩水", ("safety.water",)),
    ],
)
def test_a_hazard_counts_only_as_it_is_meant(text: str, hazards: tuple[str, ...]) -> None:
    assert read(text).hazards == hazards


def test_nobody_is_seen_over_the_telephone() -> None:
    assert read("给王小明打了电话，跟他聊了聊").seen is None


def test_a_day_that_came_to_nothing_is_no_day_of_a_visit() -> None:
    assert read("今天没去成王小明家，明天再去") == VisitCard(
        children=(Mention(child=0),),
        next_day=date(2026, 11, 26),
    )


def test_every_hazard_has_its_group_and_its_words() -> None:
    assert {key.split(".")[0] for key in TABLE.hazards} == set(HAZARD_GROUPS)
    assert all(one.words for one in (*TABLE.hazards.values(), *TABLE.needs.values()))


def test_a_county_adds_its_words_and_hears_of_every_fault(tmp_path: Path) -> None:
    (tmp_path / "policy").mkdir()
    table = tmp_path / "policy" / "extraction.toml"
    table.write_text('[hazard."health.ill"]\nmore = ["打摆子"]', "utf-8")
    mine = load_policy(DEFAULT, tmp_path).extraction
    card = read_visit("王小明打摆子", TODAY, NAMES, mine, parse_date, parse_coming_date)
    assert card.hazards == ("health.ill",)

    table.write_text(
        """
        [day]
        part = "("
        [kind.dance]
        phrases = ["跳舞"]
        [meeting]
        phrases = ["({谁}"]
        [hazard."weather.cold"]
        words = "冷"
        phrases = ["(冷"]
        """,
        "utf-8",
    )
    with pytest.raises(PolicyFaults) as raised:
        load_policy(DEFAULT, tmp_path)
    places = {one.split("「")[1].split("」")[0] for one in raised.value.sentences}
    assert places == {
        *("day", "kind", "hazard.weather.cold", "hazard.weather.cold.phrases"),
        "meeting.phrases",
    }


@given(text=st.text(max_size=300))
@settings(deadline=None)
def test_no_text_is_too_strange(text: str) -> None:
    read(text)


@given(
    words=st.lists(
        st.sampled_from(
            ["王小明", "李红", "奶奶", "今天", "去", "家", "没", "，", "说", "再", "看了"]
        ),
        max_size=200,
    )
)
@settings(deadline=None, max_examples=30)
def test_long_texts_of_such_words_stay_quick(words: list[str]) -> None:
    read("".join(words))

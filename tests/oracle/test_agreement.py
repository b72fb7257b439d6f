"""Ours and ODK's own engine, node by node. Where they differ: docs/forms-agreement.md."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.oracle.record import FORMS, RECORDS, read
from tests.oracle.walks import (
    HERE,
    Comparison,
    Walk,
    compare,
    has_node,
    mended_xml,
    our_states,
    random_walk,
    their_states,
    xml_of,
)

with_node = [
    pytest.mark.node,
    pytest.mark.skipif(
        not has_node(),
        reason="needs Node.js 20 and the packages of tests/oracle (npm ci in that folder)",
    ),
]
OWN = sorted(FORMS.glob("*.md"))
PUBLIC = sorted(p for p in (HERE / "examples/pyxform").iterdir() if p.suffix in {".xlsx", ".csv"})


def test_each_of_our_own_forms_has_recorded_walks() -> None:
    """python -m tests.oracle.record writes them."""
    assert sorted(one.stem for one in RECORDS.glob("*.json")) == [form.stem for form in OWN]


@pytest.mark.parametrize("path", sorted(RECORDS.glob("*.json")), ids=lambda path: path.stem)
def test_recorded_walks_over_our_own_forms_agree_in_every_node(path: Path) -> None:
    for walk, theirs in read(path.stem):
        assert compare(walk, our_states(walk), theirs).differences == []


class TestWithTheOtherEngine:
    pytestmark = with_node

    def test_our_own_forms_agree_in_every_node(self) -> None:
        found = walked((form.stem, xml_of(form)) for form in OWN)
        assert found.differences == []
        assert found.nodes > 5_000

    def test_every_function_agrees_in_every_node(self) -> None:
        zoo = HERE / "examples/expressions.md"
        found = walked([(zoo.stem, xml_of(zoo))])
        assert found.differences == []
        assert found.nodes > 5_000

    def test_changes_of_mind_agree_in_every_node(self) -> None:
        """What counts, counts no more and counts again, with what it held and once held."""
        minds = HERE / "examples/changes_of_mind.md"
        found = walked([(minds.stem, xml_of(minds))])
        assert found.differences == []
        assert found.nodes > 2_000

    def test_public_example_forms_agree_in_nearly_every_node(self) -> None:
        """Without the rows that we refuse; two dozen forms are left."""
        found = walked(
            (form.stem, xml) for form in PUBLIC if (xml := mended_xml(form)) is not None
        )
        assert found.share >= 0.995, found.differences[:10]
        assert found.nodes > 20_000


def walked(forms: Iterable[tuple[str, str]]) -> Comparison:
    """A few walks over each form with both engines; what one cannot load is no agreement."""
    walks: list[Walk] = [
        random_walk(name, xml, seed=seed, moves=20) for name, xml in forms for seed in range(4)
    ]
    total = Comparison()
    for walk, theirs in zip(walks, their_states(walks), strict=True):
        assert not isinstance(theirs, str), (walk.name, theirs)
        found = compare(walk, our_states(walk), theirs)
        total.nodes += found.nodes
        total.differences += found.differences
    return total

"""The demo county."""

from pathlib import Path

import pytest

from policy.areas import AreaTree
from policy.areas_file import AreasFaults, read_file

DATA = Path(__file__).parents[2] / "data"


@pytest.fixture(scope="session")
def tree() -> AreaTree:
    rows = read_file("areas.xlsx", (DATA / "areas-yunling.xlsx").read_bytes(), county="云岭县")
    assert not isinstance(rows, AreasFaults)
    return AreaTree.build(rows)

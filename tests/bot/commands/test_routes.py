"""routes check: every village is walked; gaps are named, and so does the exit status."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.clock import Clock
from bot.commands.words import words
from bot.demo.people import COUNTY, NAME
from bot.settings import read_settings
from bot.tables.tables import read_areas
from policy.areas import AreaRow
from storage.store import Store
from storage.work import Work
from tests.fakes.databases import open_memory

#: Who must be there so that nobody is missing anywhere.
VILLAGE, TOWN = ("child_director",), ("child_supervisor", "police_station", "township_head")
OFFICES = ("civil_affairs", "police", "education")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A county without anybody; to be closed before a command opens it."""
    monkeypatch.setenv("BOT_DATABASE_URL", f"sqlite:///{tmp_path / 'data' / 'x.db'}")
    monkeypatch.setenv("BOT_KEY_FILE", str(tmp_path / "k" / "x.keys"))
    opened = open_memory(read_settings(), Clock())
    areas = read_areas(COUNTY / "areas.xlsx", words, NAME)
    opened.write(lambda work: work.places.replace(areas)).result()
    yield opened
    opened.close()


def man(work: Work) -> None:
    """Everybody who must hear is there."""
    tree = work.areas
    for root in tree.roots():
        for area in tree.descendants(root.id):
            row = tree.get(area)
            assert row is not None
            for role in {"village": VILLAGE, "town": TOWN, "county": OFFICES}.get(row.kind, ()):
                met = work.people.meet("page", f"{role}-{area}")
                work.people.set_name(met.person_id, "某某")
                work.people.add_role(met.person_id, role, area)


def test_where_everybody_is_there_all_is_fine(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    store.write(man).result()
    store.close()
    assert main(["routes", "check"]) == 0
    assert capsys.readouterr().out == "每个村、每种情况、每个时段的报告，都有人收得到。\n"


def test_a_post_without_anybody_is_named(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    store.write(man).result()

    def leaves(work: Work) -> None:
        town = work.areas.search("青石镇")[0].id
        (post,) = work.people.in_posts(["police_station"], [town])
        work.people.end_role(post.id)

    store.write(leaves).result()
    store.close()
    assert main(["routes", "check"]) == 2
    out = capsys.readouterr().out.splitlines()
    assert out[0] == "[红] 青石镇 派出所：一直没有人"
    assert out[1].startswith("有 1 个岗位没有人收得到报告（见上）；其中 0 种情况")


def test_who_would_hear_in_one_village_is_listed_and_written(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store.write(man).result()
    store.close()
    assert main(["routes", "check", "--area", "河湾村"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any("红" in line and "夜里" in line and "派出所 某某" in line for line in lines)
    assert all("河湾村" in line for line in lines[:-1])
    to = tmp_path / "who.csv"
    assert main(["routes", "check", "--to", str(to)]) == 2
    assert not to.exists()
    assert main(["routes", "check", "--to", str(to), "--reason", "核对值班"]) == 0
    assert to.read_text("utf-8-sig").splitlines()[1] == '"村","等级","情况","时段","谁收"'


def test_a_place_that_is_not_there_is_said(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    store.close()
    assert main(["routes", "check", "--area", "没有村"]) == 2
    assert "没有村" in capsys.readouterr().err


def test_a_county_of_three_hundred_villages_is_walked_while_one_waits(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [AreaRow(id=1, parent_id=None, kind="county", name="大县")]
    rows += [AreaRow(id=10 + at, parent_id=1, kind="town", name=f"{at}号镇") for at in range(20)]
    rows += [
        AreaRow(id=100 + at, parent_id=10 + at % 20, kind="village", name=f"{at}号村")
        for at in range(300)
    ]
    store.write(lambda work: work.places.replace(rows)).result()
    store.write(man).result()
    store.close()
    began = time.process_time()
    assert main(["routes", "check"]) == 0
    assert time.process_time() - began < 20
    capsys.readouterr()

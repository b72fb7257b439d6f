"""The official table by the command line."""

from contextlib import closing
from pathlib import Path

import pytest
from openpyxl import load_workbook

from bot.__main__ import main
from bot.clock import Clock
from bot.commands.words import words
from bot.demo.people import COUNTY, NAME
from bot.settings import read_settings
from bot.tables.tables import read_areas
from tests.bot.site.console.test_summary import a_township
from tests.fakes.databases import open_memory


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "x.toml"
    file.write_text(
        f'database_url = "sqlite:///{tmp_path / "data" / "x.db"}"\n'
        f'key_file = "{tmp_path / "k" / "x.keys"}"\n',
        "utf-8",
    )
    with closing(open_memory(read_settings(file), Clock())) as store:
        areas = read_areas(COUNTY / "areas.xlsx", words, NAME)
        store.write(lambda work: work.places.replace(areas)).result()
        store.write(a_township).result()
    return file


def test_the_table_on_the_screen_and_as_a_file(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--config", str(config), "stats", "--area", "青石镇"]) == 0
    said = capsys.readouterr().out
    assert "1\t合计\t15\t6\t9" in said
    assert "全部成立" in said
    file = tmp_path / "out.xlsx"
    today = f"{Clock().now().astimezone(read_settings(config).zone):%Y-%m-%d}"
    arguments = ["stats", "--as-of", today, "--caliber", "18", "--xlsx", str(file)]
    assert main(["--config", str(config), *arguments]) == 0
    rows = [*load_workbook(file).worksheets[0].iter_rows(values_only=True)]
    assert dict(zip(rows[4], rows[5], strict=True))["1"] == 16


def test_the_figures_of_a_day_and_without_small_ones(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def told(*more: str) -> dict[str, list[str]]:
        assert (
            main(["--config", str(config), "stats", "--figures", "--area", "青石镇", *more]) == 0
        )
        lines = capsys.readouterr().out.splitlines()[1:]
        return {line.split("\t")[0]: line.split("\t")[1:3] for line in lines}

    every = told()
    assert every["在册孩子"][0] == "16"
    assert every["建了全档的（建档率）"] == ["0", "0%"]
    assert every["档案没填全的"][0] == "16"
    assert every["有儿童主任的村（覆盖率）"][1] == "0%"
    assert {"结案满 30 天的", "满 30 天真的好了的", "公安立案的（强制报告立案数）"} <= every.keys()
    shared = told("--shared")
    assert shared.keys() == every.keys()
    places = {name for name in every if "村" in name or "乡镇" in name}
    for name, (count, _) in every.items():
        is_small = 0 < int(count) < 5 and name not in places
        assert (shared[name][0] == "*") == is_small, name
    before = told("--as-of", "2020-01-01")
    assert before["在册孩子"][0] == "0"
    assert before["信息没有按时更新的"][0] == "0"


def test_what_cannot_be_is_said(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for more, why in (
        (["--area", "没有这个地方"], "没有“没有这个地方”"),
        (["--as-of", "2999-01-01"], "还没到"),
        (["--figures", "--xlsx", "x.xlsx"], "只在屏幕上写"),
    ):
        assert main(["--config", str(config), "stats", *more]) == 2
        assert why in capsys.readouterr().err

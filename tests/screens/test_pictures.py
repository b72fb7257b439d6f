"""Every page of the desk has its pictures, and they are small."""

from bot.settings import HOME
from tests.bot.site.console.test_matrix import ROUTES
from tests.screens.__main__ import SIZES
from tests.screens.pages import PAGES

FOLDER = HOME / "docs" / "screens"
#: Files, no pages.
FILES = {
    "/console/files/{name}",
    "/console/evidence/{name}",
    "/console/static/{version}/console.css",
}


def test_every_page_has_its_pictures_and_no_other_lies_there() -> None:
    routes = {path for method, path in ROUTES if method == "GET"}
    assert {one.route for one in PAGES} == routes - FILES
    wanted = {f"{one.name}-{size[0]}.webp" for one in PAGES for size in SIZES}
    assert {file.name for file in FOLDER.glob("*.webp")} == wanted


def test_the_page_that_shows_them_names_each() -> None:
    told = (FOLDER / "README.md").read_text("utf-8")
    assert all(f"({file.name})" in told for file in FOLDER.glob("*.webp"))


def test_all_of_them_are_less_than_three_megabytes() -> None:
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) < 3_000_000

"""The forms as their sheets hold them, for tests that look at every text of every form."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pyxform.xls2json_backends import md_to_dict

FORMS = Path(__file__).parents[2] / "forms"
SOURCES = sorted(FORMS.glob("*.md"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One text that a person reads, and where it stands."""

    form: str
    sheet: str
    column: str
    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheets:
    """One form: its rows as a clerk sees them."""

    form: str
    survey: tuple[Mapping[str, str], ...]
    choices: tuple[Mapping[str, str], ...]
    title: str

    def options(self, list_name: str) -> dict[str, str]:
        """The values of a list with their labels, in order."""
        return {row["name"]: row["label"] for row in self.choices if row["list_name"] == list_name}

    def question(self, name: str) -> Mapping[str, str]:
        """The row of one question."""
        return next(row for row in self.survey if row.get("name") == name)

    def texts(self) -> Iterator[Text]:
        """Everything that a person reads."""
        yield Text(form=self.form, sheet="settings", column="title", name="", text=self.title)
        columns = ("label", "hint", "required_message", "constraint_message")
        for sheet, rows in (("survey", self.survey), ("choices", self.choices)):
            for row in rows:
                for column in columns:
                    if column in row:
                        yield Text(
                            form=self.form,
                            sheet=sheet,
                            column=column,
                            name=row["name"],
                            text=row[column],
                        )


def read(source: Path) -> Sheets:
    """The sheets of one form's source."""
    book = md_to_dict(source.read_text("utf-8"))
    return Sheets(
        form=source.stem,
        survey=tuple(book["survey"]),
        choices=tuple(book.get("choices", ())),
        title=book["settings"][0]["form_title"],
    )


ALL = tuple(read(source) for source in SOURCES)
BY_NAME = {sheets.form: sheets for sheets in ALL}
TEXTS = tuple(text for sheets in ALL for text in sheets.texts())

"""Looks through a workbook row by row before it is compiled, and finds all faults at once."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from conversation import expression_checks
from conversation.cells import FITTING, cell_faults, settings_faults
from conversation.faults import Fault, column_name, warning, wording
from conversation.functions import Row as ListRow
from conversation.sheets import Row, Workbook, needed
from conversation.xpath import ExpressionFault

#: Longer labels do not fit on a button of every channel (Telegram cuts at about 64).
MAX_LABEL_CHARS = 64
MAX_NESTED_REPEATS = 2
#: Nobody pages through so many.
MANY_OPTIONS = 60
#: With the rest of a card it stays below 2 KB.
MAX_QUESTION_CHARS = 300
#: Nobody answers half of them; read in two seconds.
MAX_QUESTIONS = 1_000
_LIST_NAME = re.compile(r"[\w.\-]+\Z")
_NAME = re.compile(r"[^\W\d][\w.\-]*\Z")
_REFERENCE = re.compile(r"\$\{([^}]*)\}?")
_PULLED = re.compile(r"""pulldata\s*\(\s*['"]([^'"]+)['"]""")
_UNSUPPORTED_SHEETS = ("entities", "external_choices", "osm")
_UNSUPPORTED_COLUMNS = ("trigger", "save_to", "bind::trigger")
_SHOWN = ("label", "hint", "constraint_message", "required_message")
_SELECTS = ("select_one", "select_multiple")
_FROM_FILE = ("select_one_from_file", "select_multiple_from_file")
_NOT_ASKED = frozenset(
    {"calculate", "hidden", "start", "end", "today", "username"}
    | {"begin_group", "end_group", "begin_repeat", "end_repeat"}
)


def proofread(book: Workbook) -> tuple[tuple[Fault, ...], tuple[str, ...]]:
    """Every fault that shows in the sheets themselves, and the warnings."""
    if "survey" not in book.sheets:
        return (Fault(code="no-survey", about=_quoted(book.others)),), ()
    if (count := sum(1 for row in book.rows("survey") if row.cells)) > MAX_QUESTIONS:
        return (Fault(code="too-many-questions", sheet="survey", about=str(count)),), ()
    reader = _Proofreader(book)
    return tuple(_in_order(reader.faults())), tuple(reader.warnings())


def _in_order(faults: Iterable[Fault]) -> list[Fault]:
    places = ["", "survey", "choices", "settings"]
    unique = dict.fromkeys(faults)
    failed = {_cell(fault) for fault in unique if fault.code == "cell-error"}
    told = [one for one in unique if one.code == "cell-error" or _cell(one) not in failed]
    return sorted(told, key=lambda fault: (places.index(fault.sheet), fault.row))


def _cell(fault: Fault) -> tuple[str, int, str]:
    return fault.sheet, fault.row, fault.column


@dataclass(slots=True)
class _Proofreader:
    book: Workbook
    questions: list[Row] = field(init=False)
    #: Names of questions, groups and repeats, with the rows that bear them.
    names: dict[str, list[Row]] = field(init=False)
    lists: dict[str, frozenset[str]] = field(init=False)
    values: dict[str, set[str]] = field(init=False)
    #: Sheets without a column that they must have: said once, and not again in each row.
    lacking: list[tuple[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        self.questions = [row for row in self.book.rows("survey") if row.cells]
        self.names = {}
        for row in self.questions:
            if row.get("name") and not _kind(row).startswith("end_"):
                self.names.setdefault(row.get("name"), []).append(row)
        self.lacking = [
            (name, column)
            for name, sheet in self.book.sheets.items()
            for column in sorted(needed(name))
            if self.book.rows(name) and column not in sheet.columns
        ]
        columns = self.book.sheets["choices"].columns if "choices" in self.book.sheets else ()
        usual = frozenset({"name", "label", *columns})
        self.lists = {row.get("list_name"): usual for row in self.book.rows("choices")}
        self.values = {name: set() for name in self.lists}
        for row in self.book.rows("choices"):
            self.values[row.get("list_name")].add(row.get("name"))

    def faults(self) -> Iterator[Fault]:
        yield from self._sheet_faults()
        for row in self.questions:
            yield from self._row_faults(row)
        yield from self._section_faults()
        yield from self._name_faults()
        yield from self._cycle_faults()
        yield from self._choice_faults()
        for row in self.book.rows("settings"):
            for column, cell in row.cells.items():
                yield from self._reference_faults(row, column, cell, sheet="settings")
        yield from cell_faults(self.book)
        yield from settings_faults(self.book)

    def warnings(self) -> Iterator[str]:
        for title in self.book.others:
            yield warning("unused-sheet", about=title)
        known = set(wording("columns")["survey"]) | set(_UNSUPPORTED_COLUMNS)
        sheet = self.book.sheets["survey"]
        for column in sheet.columns:
            head = column.partition("::")[0]
            if head in {"media", "image", "audio", "video", "big-image"}:
                yield warning("media")
            elif head == "disabled":
                yield warning("disabled")
            elif head and head not in known and head not in _PASSED_COLUMNS:
                yield warning("unused-column", about=column)
        if any("::" in column and column.startswith("label") for column in sheet.columns):
            languages = {c for c in sheet.columns if c.startswith("label")}
            if len(languages) > 1:
                yield warning("languages")
        for row in self.questions:
            yield from self._row_warnings(row)
        yield from self._list_warnings()

    # -- sheets and columns ---------------------------------------------------------------------

    def _sheet_faults(self) -> Iterator[Fault]:
        for name in self.book.others:
            if name.strip().lower() in _UNSUPPORTED_SHEETS:
                yield Fault(code="unsupported-sheet", about=name)
        for titles in self.book.twice:
            yield Fault(code="twice-sheet", about=_quoted(titles))
        if not self.questions:
            yield Fault(code="no-questions", sheet="survey")
        if "choices" not in self.book.sheets and any(map(_chooses, self.questions)):
            yield Fault(code="no-choices")
        for name, column in self.lacking:
            yield Fault(code="no-column", sheet=name, about=column_name(name, column))
        for name, sheet in self.book.sheets.items():
            for column in {c for c in sheet.columns if c and sheet.columns.count(c) > 1}:
                yield Fault(code="twice-column", sheet=name, about=column_name(name, column))

    def _lacks(self, sheet: str, column: str) -> bool:
        return (sheet, column) in self.lacking

    def _row_faults(self, row: Row) -> Iterator[Fault]:
        yield from self._type_faults(row)
        for column in _UNSUPPORTED_COLUMNS:
            if row.get(column):
                yield _at(row, "unsupported-column", column, column)
        appearance = row.get("appearance")
        if appearance.startswith(("search(", "search (", "ex:", "intent:")):
            yield _at(row, "external-app", "appearance", appearance.partition("(")[0])
        for heading, cell in row.cells.items():
            column = heading if heading.startswith("bind::") else heading.partition("::")[0]
            yield from self._reference_faults(row, column, cell)
            if column in _SHOWN and len(cell) > MAX_QUESTION_CHARS:
                yield _at(row, "long-label", column, str(len(cell)))
        yield from self._label_faults(row)
        yield from self._default_faults(row)
        yield from self._expression_faults(row)

    def _label_faults(self, row: Row) -> Iterator[Fault]:
        """A question of which nothing would be shown."""
        kind = _kind(row)
        shown = kind in wording("types") and kind not in _NOT_ASKED
        says = any(column.partition("::")[0] in _SAYING for column in row.cells)
        if shown and not says and not row.get("calculation"):
            yield _at(row, "no-label", "label")

    def _default_faults(self, row: Row) -> Iterator[Fault]:
        default = row.get("default")
        fits = FITTING.get(_kind(row))
        if default and "(" not in default and "${" not in default:
            words = row.get("type").split()
            if fits is not None and not fits(default):
                yield _at(row, "bad-default", "default", default)
            elif words and words[0] in _SELECTS and len(words) > 1 and words[1] in self.lists:
                values = self.values[words[1]] | ({"other"} if "or_other" in words else set())
                several = default.split() if words[0] == "select_multiple" else [default]
                if not values.issuperset(several):
                    yield _at(row, "bad-default", "default", default)

    def _type_faults(self, row: Row) -> Iterator[Fault]:
        kind = _kind(row)
        words = row.get("type").split()
        if not kind:
            if (row.get("name") or row.get("label")) and not self._lacks("survey", "type"):
                yield _at(row, "no-type", "type")
            return
        if kind in wording("others")["refused"] or "randomize" in row.get("parameters"):
            yield _at(row, "unsupported-type", "type", kind)
            return
        if kind not in wording("types") and kind not in wording("others")["passed_over"]:
            yield _at(row, "unknown-type", "type", row.get("type"))
            return
        if kind in _SELECTS:
            yield from self._list_faults(row, words)
        if kind in _FROM_FILE and (len(words) < 2 or not words[1].endswith(".csv")):
            yield _at(row, "bad-file-list", "type", words[1] if len(words) > 1 else "")
        elif kind in _FROM_FILE and row.get("choice_filter"):
            yield _at(row, "outside-filter", "choice_filter", words[1].removesuffix(".csv"))
        if kind == "calculate" and not row.get("calculation") and not row.get("default"):
            yield _at(row, "no-calculation", "calculation")

    def _list_faults(self, row: Row, words: Sequence[str]) -> Iterator[Fault]:
        if len(words) < 2:
            yield _at(row, "no-list-named", "type")
        elif words[1].startswith("${"):
            yield _at(row, "unsupported-list", "type", words[1])
        elif words[1] not in self.lists and "choices" in self.book.sheets:
            yield _at(row, "no-such-list", "type", words[1])

    def _row_warnings(self, row: Row) -> Iterator[str]:
        kind = _kind(row)
        for appearance in row.get("appearance").split():
            if appearance.partition("(")[0] not in wording("others")["appearances"]:
                yield warning("appearance", row=row.number, about=appearance)
        if kind in wording("others")["passed_over"]:
            yield warning("passed-over", row=row.number, about=kind)
        if kind in wording("types") and kind not in _NOT_ASKED and not any(row.all("label")):
            yield warning("no-label", row=row.number)
        if row.get("constraint") and not any(row.all("constraint_message")):
            yield warning("no-says", row=row.number)
        name = row.get("name")
        before = self._like(name) if name and not kind.startswith("end_") else None
        if before is not None and before.number < row.number:
            yield warning("like-name", row=row.number, about=name, other=before.number)

    def _like(self, name: str) -> Row | None:
        """The first row whose name differs from this one by capital letters alone."""
        same = (
            rows[0]
            for other, rows in self.names.items()
            if other != name and other.casefold() == name.casefold()
        )
        return next(same, None)

    def _list_warnings(self) -> Iterator[str]:
        used = {word for row in self.questions for word in row.get("type").split()[1:]}
        worked_out = " ".join(cell for row in self.questions for cell in row.cells.values())
        counts = Counter(row.get("list_name") for row in self.book.rows("choices"))
        for name in filter(None, self.lists):
            if name not in used and f"instance('{name}')" not in worked_out:
                yield warning("unused-list", about=name)
            elif counts[name] > MANY_OPTIONS:
                yield warning("many-options", about=name, count=counts[name])

    # -- references and expressions -------------------------------------------------------------

    def _reference_faults(
        self, row: Row, column: str, cell: str, sheet: str = "survey"
    ) -> Iterator[Fault]:
        for found in _REFERENCE.finditer(cell):
            if code := self._reference_fault(found):
                about = found[0] if code == "bad-reference" else found[1].strip()
                like = self._like(about) if code == "no-such-reference" else None
                yield Fault(
                    code="other-letters" if like else code,
                    sheet=sheet,
                    row=row.number,
                    column=column,
                    about=about,
                    other=like.number if like else 0,
                )

    def _reference_fault(self, found: re.Match[str]) -> str:
        name = found[1].strip()
        if not found[0].endswith("}") or not name or found[1] != name:
            return "bad-reference"
        if name.startswith("last-saved#"):
            return "last-saved"
        if name not in self.names:
            return "no-such-reference"
        return "twice-reference" if len(self.names[name]) > 1 else ""

    def _expression_faults(self, row: Row) -> Iterator[Fault]:
        shape = _AnyShape(self.lists, self._files(), is_leaf=not _kind(row).startswith("begin_"))
        words = row.get("type").split()
        for column in wording("others")["expressions"]:
            source = row.get(column)
            if not source or (column in {"required", "read_only"} and source in {"yes", "no"}):
                continue
            if column == "default" and "(" not in source and "${" not in source:
                continue
            if column == "required" and not _OPERATED.search(source):
                yield _at(row, "bad-required", "required", source[:12])
                continue
            plain = _REFERENCE.sub(lambda found: "/" + "_" * (len(found[0]) - 1), source)
            try:
                if column == "choice_filter" and _kind(row) not in _SELECTS:
                    continue
                if column == "choice_filter" and len(words) > 1 and words[1] in self.lists:
                    expression_checks.check_condition(plain, _DEEP, shape, words[1])
                    continue
                read = expression_checks.check(plain, _DEEP, shape)
                if _DEEP in read and column in _WORKED_OUT:
                    yield _at(row, "own-answer", column)
            except ExpressionFault as fault:
                is_quote = fault.code == "unreadable" and fault.about in {"'", '"'}
                yield Fault(
                    code="odd-quotes" if is_quote else fault.code,
                    sheet="survey",
                    row=row.number,
                    column=column,
                    about=fault.about,
                    at=fault.at,
                )

    def _files(self) -> frozenset[str]:
        """The names of the lists that live outside: of files to choose from or to look up in."""
        chosen = {
            words[1].removesuffix(".csv")
            for row in self.questions
            if _kind(row) in _FROM_FILE and len(words := row.get("type").split()) > 1
        }
        pulled = {
            found[1]
            for row in self.questions
            for column in wording("others")["expressions"]
            for found in _PULLED.finditer(row.get(column))
        }
        return frozenset(chosen | pulled)

    # -- sections and names ---------------------------------------------------------------------

    def _section_faults(self) -> Iterator[Fault]:
        opened: list[Row] = []
        for row in self.questions:
            kind = _kind(row)
            if kind in {"begin_group", "begin_repeat"}:
                opened.append(row)
                repeats = sum(1 for each in opened if _kind(each) == "begin_repeat")
                if kind == "begin_repeat" and repeats > MAX_NESTED_REPEATS:
                    yield _at(row, "too-nested", "type")
            elif kind in {"end_group", "end_repeat"}:
                if not opened:
                    yield _at(row, "not-begun", "type")
                    continue
                begun = opened.pop()
                if kind.removeprefix("end") != _kind(begun).removeprefix("begin"):
                    yield _at(row, "wrong-end", "type", other=begun.number)
        for row in opened:
            yield _at(row, "not-ended", "type")

    def _name_faults(self) -> Iterator[Fault]:
        scopes: list[dict[str, int]] = [{}]
        for row in self.questions:
            kind, name = _kind(row), row.get("name")
            if kind in {"end_group", "end_repeat"}:
                scopes = scopes[:-1] or [{}]
                continue
            if name and not _NAME.match(name):
                yield _at(row, "bad-name", "name", name)
            elif name in _RESERVED and len(scopes) == 1:
                yield _at(row, "reserved-name", "name", name)
            elif name and name in scopes[-1]:
                yield _at(row, "twice-name", "name", name, other=scopes[-1][name])
            elif not name and self._wants_name(kind):
                yield _at(row, "no-name", "name")
            scopes[-1].setdefault(name, row.number)
            if kind in {"begin_group", "begin_repeat"}:
                scopes.append({})

    def _wants_name(self, kind: str) -> bool:
        known = kind in wording("types") and kind != "note"
        return known and not self._lacks("survey", "name")

    def _cycle_faults(self) -> Iterator[Fault]:
        """Calculations and conditions that need each other; each ring once."""
        rows = {name: rows[0] for name, rows in self.names.items() if len(rows) == 1}
        needs = {
            name: {found[1].strip() for found in _REFERENCE.finditer(_worked_out(row))}
            & rows.keys()
            for name, row in rows.items()
        }
        while needs:
            try:
                TopologicalSorter(needs).prepare()
            except CycleError as error:
                ring = sorted({rows[name].number for name in error.args[1]})
                yield Fault(
                    code="cycle",
                    sheet="survey",
                    row=ring[0],
                    about="、".join(map(str, ring)),
                )
                lost = set(error.args[1])
                needs = {name: some - lost for name, some in needs.items() if name not in lost}
            else:
                return

    # -- choices --------------------------------------------------------------------------------

    def _choice_faults(self) -> Iterator[Fault]:
        seen: dict[tuple[str, str], int] = {}
        allowed = any(
            row.get("allow_choice_duplicates") == "yes" for row in self.book.rows("settings")
        )
        for row in self.book.rows("choices"):
            if not row.cells:
                continue
            name, value = row.get("list_name"), row.get("name")
            if name and not _LIST_NAME.match(name):
                yield _choice(row, "bad-list-name", "list_name", name)
                continue
            if not name:
                if not self._lacks("choices", "list_name"):
                    yield _choice(row, "no-option-list", "list_name")
                continue
            if not value:
                if not self._lacks("choices", "name"):
                    yield _choice(row, "no-option-value", "name")
            elif any(letter.isspace() for letter in value):
                yield _choice(row, "bad-option-value", "name", value)
            elif (name, value) in seen and not allowed:
                yield _choice(row, "twice-option", "name", name, other=seen[name, value])
            seen.setdefault((name, value), row.number)
            labels = list(row.all("label"))
            if not labels and not any(column.startswith("media") for column in row.cells):
                yield _choice(row, "no-option-label", "label")
            for words in labels:
                yield from self._reference_faults(row, "label", words, sheet="choices")
                if len(words) > MAX_LABEL_CHARS:
                    yield _choice(row, "long-option", "label", words[:12] + "…")


#: What is worked out before anybody answers.
_WORKED_OUT = ("relevant", "calculation", "repeat_count")
#: Without one of these it is no expression.
_OPERATED = re.compile(r"[$(){}'\"=<>/.]")
#: Columns of which something is shown.
_SAYING = frozenset({"label", "hint", "media", "image", "audio", "video", "big-image"})
#: What XForms itself puts at the top of a form.
_RESERVED = frozenset({"meta", "data"})
#: Columns that are taken or mean nothing in a talk, so that nobody needs a word about them.
_PASSED_COLUMNS = frozenset(
    {"type", "name", "bind", "parameters", "guidance_hint", "instance", "body", "note", "#"}
)
#: Deep enough that a relative path stays inside the form while nothing is known of it.
_DEEP = "/a/b/c/d/e/f/g/h/i/j/k/l"


class _AnyShape:
    """A form of which only the lists are known yet."""

    def __init__(
        self, lists: dict[str, frozenset[str]], files: frozenset[str], *, is_leaf: bool
    ) -> None:
        self._lists = lists
        self._files = files
        self._is_leaf = is_leaf

    def holds(self, path: str) -> bool:
        """Below a question is nothing: a word that stands there lacks its quotes."""
        return not (self._is_leaf and path.startswith(f"{_DEEP}/"))

    def repeats(self, path: str) -> bool:
        return True

    def columns(self, name: str) -> frozenset[str] | None:
        return self._lists.get(name)

    def rows(self, name: str) -> Sequence[ListRow]:
        return ()

    def list_of(self, path: str) -> tuple[str, bool] | None:
        return "", True

    def outside(self, name: str) -> bool:
        return name in self._files


def _kind(row: Row) -> str:
    return row.get("type").partition(" ")[0]


def _chooses(row: Row) -> bool:
    return _kind(row) in _SELECTS and len(row.get("type").split()) > 1


def _quoted(titles: Iterable[str]) -> str:
    return "、".join(f"“{title}”" for title in titles)


def _at(row: Row, code: str, column: str, about: str = "", other: int = 0) -> Fault:
    return Fault(
        code=code, sheet="survey", row=row.number, column=column, about=about, other=other
    )


def _choice(row: Row, code: str, column: str, about: str = "", other: int = 0) -> Fault:
    return Fault(
        code=code, sheet="choices", row=row.number, column=column, about=about, other=other
    )


def _worked_out(row: Row) -> str:
    return " ".join(row.get(column) for column in _WORKED_OUT)

"""Random walks over a form with our evaluator and with ODK's, and where the two differ."""

import json
import os
import random
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeAlias, TypedDict
from zoneinfo import ZoneInfo

from conversation.dialogue import Option
from conversation.filled import Filled
from conversation.form import Form
from conversation.items import Item, Question, Section
from conversation.proofreading import proofread
from conversation.publishing import to_xform
from conversation.sheets import read_workbook
from conversation.xform import compile_xform

HERE = Path(__file__).parent
NOW = datetime(2026, 11, 23, 15, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
#: What stands in for every list that lives outside a form.
PLACES = "name,label\nt1,清水镇\nv11,桥头村\nv12,上河村\n"


class State(TypedDict, total=False):
    """What one node is at one moment."""

    relevant: bool
    value: str
    required: bool
    valid: bool
    options: list[str]


States: TypeAlias = dict[str, State]


class Move(TypedDict):
    """A value put at a path, or one more instance of the repeat there."""

    path: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """One form, and what is done in it."""

    name: str
    xml: str
    moves: tuple[Move, ...]


@dataclass(slots=True, kw_only=True)
class Comparison:
    """How many states of nodes were compared, and those that differ."""

    nodes: int = 0
    differences: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        """The share of node states that agree."""
        return 1 - len(self.differences) / max(1, self.nodes)


# -- both sides -----------------------------------------------------------------------------------


def has_node() -> bool:
    """True when Node.js and the packages beside this file are there."""
    return shutil.which("node") is not None and (HERE / "node_modules").is_dir()


def their_states(walks: Sequence[Walk]) -> Iterator[list[States] | str]:
    """The states after every move by @getodk/xforms-engine, or what it says against a form."""
    jobs = [
        {"xml": walk.xml, "places": PLACES, "now": NOW.isoformat(), "moves": walk.moves}
        for walk in walks
    ]
    done = subprocess.run(
        ["node", str(HERE / "walk.mjs")],
        input="\n".join(map(json.dumps, jobs)),
        capture_output=True,
        text=True,
        cwd=HERE,
        env={**os.environ, "TZ": "Asia/Shanghai"},
        check=True,
        timeout=280,
    )
    for line in done.stdout.splitlines():
        answer = json.loads(line)
        yield answer.get("error") or answer["states"]


def our_states(walk: Walk) -> list[States]:
    """The states after every move by our own evaluator."""
    filled = begun(form_of(walk.xml))
    states = [states_of(filled)]
    for move in walk.moves:
        act(filled, move)
        states.append(states_of(filled))
    return states


def compare(walk: Walk, ours: Sequence[States], theirs: Sequence[States]) -> Comparison:
    """Every node after every move, side by side."""
    found = Comparison()
    for turn, (mine, other) in enumerate(zip(ours, theirs, strict=True)):
        for path in mine.keys() | other.keys():
            found.nodes += 1
            if mine.get(path) != other.get(path):
                found.differences.append(
                    f"{walk.name} turn {turn} {path}: ours {mine.get(path)}, "
                    f"theirs {other.get(path)}"
                )
    return found


# -- our side -------------------------------------------------------------------------------------


class Places:
    """The same outside list that the other engine reads as a file."""

    def browse(self, name: str, under: str) -> Sequence[Option]:
        rows = [row.split(",") for row in PLACES.splitlines()[1:]]
        return [Option(value=value, label=label) for value, label in rows]

    def above(self, name: str, value: str) -> str:
        return ""

    def search(self, name: str, text: str) -> Sequence[Option]:
        return ()

    def near(self, name: str, point: str) -> Sequence[Option]:
        return ()

    def label(self, name: str, value: str) -> str | None:
        return next((one.label for one in self.browse(name, "") if one.value == value), None)


def xml_of(source: Path) -> str:
    """The XForm of a workbook, as publishing makes it."""
    content = source.read_bytes()
    return to_xform(read_workbook(content, source.name), source.name)


def mended_xml(source: Path) -> str | None:
    """The XForm of a workbook without the rows that we refuse; None when nothing is left."""
    book = read_workbook(source.read_bytes(), source.name)
    for _ in range(10):
        faults = [fault for fault in proofread(book)[0] if fault.row]
        if not faults:
            break
        lost = {(fault.sheet, fault.row) for fault in faults}
        book = replace(
            book,
            sheets={
                name: replace(
                    sheet,
                    rows=tuple(row for row in sheet.rows if (name, row.number) not in lost),
                )
                for name, sheet in book.sheets.items()
            },
        )
    try:
        xml = to_xform(book, source.name)
    except Exception:  # what pyxform refuses, in whatever way
        return None
    form, _ = compile_xform(xml)
    return xml if form and any(question.answerable for question in form.questions) else None


def form_of(xml: str) -> Form:
    """The compiled form of an XForm."""
    form, troubles = compile_xform(xml)
    assert form is not None, troubles
    return form


def begun(form: Form) -> Filled:
    """A form at its beginning, with the one instance that ODK gives to every open repeat."""
    filled = Filled(form, {}, (), now=NOW, lists=Places())
    filled.begin()
    open_repeats(filled)
    return filled


def open_repeats(filled: Filled) -> None:
    """Give every repeat that a person may lengthen its first instance."""
    for item in filled.form.items.values():
        if isinstance(item, Section) and item.asks_for_more:
            for path in filled.stands(item.path):
                if not filled.kept(path):
                    filled.put(path, "1")


def act(filled: Filled, move: Move) -> None:
    """One move, and what follows from it: choices that are offered no more are dropped."""
    path, value = move["path"], move["value"]
    if isinstance(filled.form.items[without_indices(path)], Section):
        filled.put(path, str(int(filled.kept(path)) + 1))
    else:
        filled.put(path, value)
    open_repeats(filled)
    drop_lost(filled)


def drop_lost(filled: Filled) -> None:
    """What the engine of the dialogue does when it asks again."""
    changed = True
    while changed:
        changed = False
        for question in filled.form.questions:
            for path in filled.stands(question.path) if question.chooses else ():
                chosen = filled.kept(path).split()
                left = [value for value in chosen if filled.offers(path, value)]
                if left != chosen:
                    changed = True
                    filled.put(path, " ".join(left))


def states_of(filled: Filled) -> States:
    """Every node as the other engine shows it."""
    states: States = {}
    for path, item in everything(filled, filled.form.root, filled.form.root.path):
        if not path.startswith(f"{filled.form.root.path}/meta/"):
            states[path] = state_of(filled, path, item)
    return states


def state_of(filled: Filled, path: str, item: Item) -> State:
    counts = filled.counts(path)
    if isinstance(item, Section):
        return {"relevant": counts}
    value = filled.value(path)
    state: State = {
        "relevant": counts,
        "value": value,
        "required": filled.required(path),
        "valid": not counts or filled.allows(path, value),
    }
    if item.chooses:
        options = Places().browse(item.list, "") if item.outside else filled.offered(path)
        state["options"] = [option.value for option in options]
    return state


def everything(filled: Filled, section: Section, path: str) -> Iterator[tuple[str, Item]]:
    """Every node with its path, also where nothing counts."""
    yield path, section
    count = int(filled.kept(path) or 0)
    bases = [f"{path}[{n}]" for n in range(1, count + 1)] if section.repeat else [path]
    for base in bases:
        if section.repeat:
            yield base, section
        for part in section.parts:
            if isinstance(part, Section):
                yield from everything(filled, part, f"{base}/{part.name}")
            else:
                yield f"{base}/{part.name}", part


def without_indices(path: str) -> str:
    return "/".join(part.partition("[")[0] for part in path.split("/"))


# -- walks ----------------------------------------------------------------------------------------


def random_walk(name: str, xml: str, *, seed: int, moves: int) -> Walk:
    """Values of every type at random places, the odd repeat lengthened; the same for a seed."""
    choose = random.Random(seed)
    form = form_of(xml)
    filled = begun(form)
    done: list[Move] = []
    for _ in range(moves):
        places = [
            (path, item)
            for path, item in everything(filled, form.root, form.root.path)
            if can_move(filled, path, item)
        ]
        if not places:
            break
        path, item = choose.choice(places)
        value = "" if isinstance(item, Section) else some_value(filled, path, item, choose)
        done.append({"path": path, "value": value})
        act(filled, done[-1])
    return Walk(name=name, xml=xml, moves=tuple(done))


def can_move(filled: Filled, path: str, item: Item) -> bool:
    """True for what a person can change there and then."""
    if not filled.counts(path):
        return False
    if isinstance(item, Section):
        short = int(filled.kept(path) or 0) < 3 if item.asks_for_more else False
        return short and not path.endswith("]")
    return item.answerable and item.kind not in {"image", "audio", "video", "file"}


def some_value(filled: Filled, path: str, question: Question, choose: random.Random) -> str:
    if choose.random() < 0.12:
        return ""
    if question.chooses:
        return some_options(filled, path, question, choose)
    return choose.choice(VALUES.get(question.kind, VALUES["text"]))


def some_options(filled: Filled, path: str, question: Question, choose: random.Random) -> str:
    options = Places().browse("areas", "") if question.outside else filled.offered(path)
    values = list(dict.fromkeys(option.value for option in options))
    if not values:
        return ""
    if question.kind == "select_one":
        return choose.choice(values)
    ticked = set(choose.sample(values, choose.randint(1, min(4, len(values)))))
    return " ".join(value for value in values if value in ticked)


def _days(*offsets: int) -> list[str]:
    return [(NOW.date() + timedelta(days=offset)).isoformat() for offset in offsets]


VALUES: Mapping[str, Sequence[str]] = {
    # None above 30, where a repeat of ours stops growing (docs/forms-agreement.md).
    "integer": ["-3", "0", "1", "2", "3", "5", "7", "12", "17", "18", "29"],
    "decimal": ["-0.5", "0.25", "1.5", "3.75", "12.5", "99.9"],
    "date": [*_days(-4000, -400, -30, -1, 0, 1, 30, 400), "2024-02-29", "1969-12-31"],
    "time": ["00:00:00.000+08:00", "08:30:00.000+08:00", "23:59:00.000+08:00"],
    "dateTime": [f"{day}T08:30:00.000+08:00" for day in _days(-400, -1, 0, 1)],
    "geopoint": ["25.1 99.2 0.5 3.5", "-3.5 7.25 12.5 5.5"],
    "acknowledge": ["OK"],
    "text": [
        "小明",
        "a",
        "yes",
        "1",
        "12",
        "13800001111",
        "386420719",
        "张三丰",
        "3.5",
        "x y z",
        "v11",
        "true",
        " 两头空 ",
        "<b>&amp;",
        "٣",
    ],
}

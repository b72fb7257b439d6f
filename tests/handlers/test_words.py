"""Every sentence that the code asks for is written, and every written one is asked for."""

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

from policy.words import read_words

ROOT = Path(__file__).parents[2]
TABLE = read_words((ROOT / "policy" / "words.toml").read_text("utf-8")).table
#: Keys that are put together at run time, by their beginning.
FAMILIES = (
    "evidence.did_",
    "evidence.saved_",
    "evidence.seen_",
    "evidence.sent_",
    *("absent.reason.", "absent.stands.", "absent.did.", "absent.result."),
    *("say.", "problem.", "file.", "home.", "grade.", "state.", "alarm.", "receipt."),
    *("mine.", "register.refuse", "handover.moved.", "claims.", "term.wrong."),
    *("child.part.", "child.source.", "look.", "gap.", "rhythm.", "signal."),
    *(
        "told.",
        *("broadcast.topic.", "broadcast.waiting", "broadcast.sending"),
        *("broadcast.stopped", "broadcast.done"),
        "case.opened",
        "case.graded",
        "case.placed",
        "case.child_",
        "case.named_",
        "case.clustered_",
        "cluster.",
        "case.joined",
        "case.took_in",
        "case.parted",
        "case.gave_back",
        "case.kept_apart",
        "duty.days",
        "duty.hours",
        "duty.minutes",
    ),
    *(
        "areas.stale",
        "areas.marked",
        "shifts.marked",
        "class.marked",
        "areas.count.",
        "areas.change.",
        "areas.needs.",
    ),
    *("aside.", "to_child."),
    *("table.", "table_file.", "roster.count.", "roster.done.", "roster.stays."),
    *("child.do.", "child.left.", "carer.kind.", "carer.stop.", "carer.want."),
    *("case.solved", "case.unsolved", "case.reopened", "case.many", "case.corrected"),
    "need.",
    *("watch.was_", "watch.forward", "watch.back", "watch.invite-tries", "watch.link-tries"),
    *("poster.village", "poster.school", "poster.file.", "sheet.village.", "sheet.school."),
    *("analysis.", "bulletin."),
    *("visits.step.", "routes.office", "routes.night", "routes.weekend", "routes.holiday"),
    *("family.kind.", "family.end.", "family.welcome.", "family.ask.", "family.long."),
    *("family.on.", "family.wish.", "family.wants_talk", "family.worries", "family.came"),
    *("family.left", "family.kept"),
    "checkin.was.",
    "holiday.waiting.",
    *("month.number.", "month.state.", "month.short."),
    *("sent_form.changed", "sent_form.added", "sent_form.removed"),
    *("sent_form.published", "sent_form.waits", "sent_form.refused", "sent_form.late"),
)


def test_every_sentence_that_is_asked_for_is_written() -> None:
    assert [key for key in asked_for() if key not in TABLE] == []


def test_every_sentence_that_is_written_is_asked_for() -> None:
    asked = set(asked_for())
    spare = [key for key in TABLE if key not in asked and not key.startswith(FAMILIES)]
    assert spare == []


def test_no_sentence_has_an_unknown_blank() -> None:
    for key, sentence in TABLE.items():
        assert blanks_of(sentence) <= KNOWN, key


def test_what_children_are_told_stands_beside_what_others_are() -> None:
    """A question of a form is no sentence of the table: those stand under ``ask``."""
    for key in TABLE:
        said = key.removeprefix("to_child.")
        if said != key and not said.startswith("ask."):
            assert blanks_of(TABLE[key]) <= blanks_of(TABLE[said]), key


def blanks_of(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_sentences_are_plain_chinese() -> None:
    for key, sentence in TABLE.items():
        if not key.startswith("say."):
            latin = re.findall(r"[A-Za-z]{2,}", re.sub(r"\{\w+\}|MB|/start TOKEN", "", sentence))
            assert latin == [], key


KNOWN = frozenset(
    [
        "did",
        "size",
        "sum",
        "month",
        "posts",
        "year",
        "due",
        "sent",
        "failed",
        "waiting",
        "climbs",
        "number",
        "what",
        "title",
        "step",
        "steps",
        "hint",
        "answer",
        "count",
        "days",
        "label",
        "told",
        "anchor",
        "why",
        "area",
        "when",
        "grade",
        "reasons",
        "text",
        "state",
        "pin",
        "numbers",
        "name",
        "other",
        "post",
        "posts",
        "phone",
        "where",
        "first",
        "last",
        "before",
        "after",
        "heading",
        "value",
        "who",
        "child",
        "left",
        "time",
        "stage",
        "did",
    ]
)


def asked_for() -> Iterator[str]:
    for folder in ("handlers", "conversation", "bot"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Constant) and node.value in TABLE:
                    yield str(node.value)
                if isinstance(node, ast.Call) and _asks(node.func) and node.args:
                    first = node.args[0]
                    if isinstance(first, ast.Constant) and isinstance(first.value, str):
                        yield first.value


def _asks(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and function.attr == "words"

"""The talk that every simulated person has with every bot: our report form, in our words.

Only names of questions and choices stand here; the words are looked up in the form and in the
sentences as they are today, so that a clerk who softens a question does not break a benchmark.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.county.publisher import compiled, sources
from bot.settings import HOME
from conversation.form import Form
from policy.words import Words, read_words

#: Question by question: what a person types, or the choices that are pressed.
ANSWERS: tuple[tuple[str, str | tuple[str, ...]], ...] = (
    ("circumstances", ("alone",)),
    ("what", "奶奶住院半个月了，两个孩子自己在家做饭"),
    ("place", "学校后面的老房子"),
    ("child", "村口老刘家的小孙女"),
    ("safe", ("unknown",)),
    ("speaker_sign", ("no",)),
    ("topics", ("when", "child")),
    ("when", "昨天晚上八点"),
    ("child_sex", ("girl",)),
    ("child_years", "8"),
    ("parents", ("both_away",)),
)
#: Options that one card shows.
SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What a person does, and what the bot's answer must say for the step to count."""

    #: Presses the button whose label begins with ``words``, or types them.
    presses: bool
    words: str
    hears: str


def write_talk(to: Path) -> None:
    """Write the talk as JSON, for the peers to have and for ``read_moves``."""
    words = read_words((HOME / "policy" / "words.toml").read_text("utf-8"))
    form = _report_form()
    talk = {
        "home": {
            "text": words("home.text").splitlines()[-1],
            "start": words("home.report"),
            "others": [words(f"home.{key}") for key in ("danger", "progress", "guide", "help")],
        },
        "questions": [_question(form, *answer) for answer in ANSWERS],
        "done": _before_blank(words, "form.done").rstrip("（"),
        "back": words("form.back"),
        "cancel": words("form.cancel"),
        "summary": {"text": words("form.summary_ask"), "file": words("form.file")},
        "receipt": {"text": _before_blank(words, "receipt.text").strip()},
    }
    to.write_text(json.dumps(talk, ensure_ascii=False, indent=1), "utf-8")


def read_moves(talk: Path) -> tuple[Move, ...]:
    """The whole talk: the first screen, a report, the receipt."""
    return tuple(_moves(json.loads(talk.read_text("utf-8"))))


def _report_form() -> Form:
    files = [file for file in sources(HOME / "forms") if file.name == "report.md"]
    return Form.from_json(compiled(files)[0]["compiled"])


def _question(form: Form, name: str, answer: str | tuple[str, ...]) -> dict[str, Any]:
    question = form.named(name)
    assert question is not None
    plain = {"name": name, "text": "".join(question.label)}
    if isinstance(answer, str):
        return {**plain, "kind": "text", "answers": [answer]}
    labels = {one.value: "".join(one.label) for one in form.lists[question.list]}
    return {
        **plain,
        "kind": "several" if question.kind == "select_multiple" else "one",
        "options": list(labels.values())[:SHOWN],
        "answers": [labels[value] for value in answer],
    }


def _before_blank(words: Words, key: str) -> str:
    return words.table[key].partition("{")[0]


def _moves(talk: dict[str, Any]) -> Iterator[Move]:
    home, questions, summary = talk["home"], talk["questions"], talk["summary"]
    asked = [question["text"] for question in questions]
    yield Move(presses=False, words="/start", hears=home["text"])
    yield Move(presses=True, words=home["start"], hears=asked[0])
    for question, following in zip(questions, [*asked[1:], summary["text"]], strict=True):
        match question["kind"]:
            case "several":
                for answer in question["answers"]:
                    yield Move(presses=True, words=answer, hears=question["text"])
                yield Move(presses=True, words=talk["done"], hears=following)
            case "one":
                yield Move(presses=True, words=question["answers"][0], hears=following)
            case _:
                yield Move(presses=False, words=question["answers"][0], hears=following)
    yield Move(presses=True, words=summary["file"], hears=talk["receipt"]["text"])

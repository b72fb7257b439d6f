"""The talk as a bot sees it: what each question says, and the labels of its buttons."""

import json
import os
from pathlib import Path

TALK = json.loads(Path(os.environ["BENCH_TALK"]).read_text("utf-8"))
HOME, QUESTIONS, SUMMARY, RECEIPT = (
    TALK[part] for part in ("home", "questions", "summary", "receipt")
)

#: A row of buttons: label and callback data.
Rows = list[list[tuple[str, str]]]


def home() -> tuple[str, Rows]:
    """The first screen."""
    return HOME["text"], [
        [(HOME["start"], "report")],
        *([(label, "no")] for label in HOME["others"]),
    ]


def question(at: int, chosen: list[str]) -> tuple[str, Rows]:
    """A question, what is chosen of it marked."""
    asked = QUESTIONS[at]
    rows = [
        [(("✓ " if label in chosen else "") + label, str(place))]
        for place, label in enumerate(asked.get("options", []))
    ]
    if asked["kind"] == "several":
        rows.append([(TALK["done"], "done")])
    rows.append([(TALK["back"], "back"), (TALK["cancel"], "cancel")])
    return f"{at + 1}/{len(QUESTIONS)}\n\n{asked['text']}", rows


def summary(answers: dict[str, str]) -> tuple[str, Rows]:
    """All answers, to be looked at once more."""
    lines = [f"{asked['text']} {answers.get(asked['name'], '')}" for asked in QUESTIONS]
    rows = [[(SUMMARY["file"], "file"), (TALK["cancel"], "cancel")]]
    return "\n".join([SUMMARY["text"], *lines]), rows


def receipt(number: int) -> str:
    """What a person keeps."""
    return f"{RECEIPT['text']} {number}"


def pick(at: int, data: str, chosen: list[str]) -> list[str]:
    """The choices after a press: one replaces, several toggle."""
    label = QUESTIONS[at]["options"][int(data)]
    if QUESTIONS[at]["kind"] == "one":
        return [label]
    return [each for each in chosen if each != label] if label in chosen else [*chosen, label]

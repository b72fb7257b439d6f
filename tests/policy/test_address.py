"""Whoever reads is 您; what is written for children alone says 你, and nothing says both."""

import re
from collections.abc import Iterator
from pathlib import Path

from conversation.cards import Action, Button, Card, to_child
from policy.words import read_words

ROOT = Path(__file__).parents[2]
WORDS = read_words((ROOT / "policy" / "words.toml").read_text("utf-8")).table
#: Lists of what people say to the bot, who speak as they like.
SAID = ("say.", "heard.", "home.thanks", "form.call_me")
#: Written for children alone.
FOR_CHILDREN = frozenset(
    {"free.danger_child", "free.child", "free.child_heard", "free.child_asks"}
)
#: And of the forms, what only a child is asked or told.
OF_A_CHILD = re.compile(r"\$\{who\} = 'child'")


def texts() -> Iterator[tuple[str, str, bool]]:
    """Where each text stands, the text, and whether it is for children alone."""
    for key, text in WORDS.items():
        if not key.startswith(SAID):
            yield f"words.toml: {key}", text, key in FOR_CHILDREN or key.startswith("to_child.")
    for path in sorted((ROOT / "bot").rglob("*.toml")):
        yield str(path.relative_to(ROOT)), path.read_text("utf-8"), False
    for path in sorted((ROOT / "forms").glob("*.md")):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if line.startswith("|"):  # up to the columns of what people say instead of an option
                shown = "|".join(line.split("|")[:6])
                yield f"{path.name}:{number}", shown, bool(OF_A_CHILD.search(line))


def test_a_reader_is_spoken_to_in_one_way() -> None:
    wrong = [where for where, text, of_child in texts() if ("您" if of_child else "你") in text]
    assert not wrong


def test_what_is_for_children_alone_is_there() -> None:
    assert set(WORDS) >= FOR_CHILDREN
    assert sum(of_child for _, _, of_child in texts()) > len(FOR_CHILDREN)


def test_a_card_for_a_child_says_it_everywhere() -> None:
    button = Button(label="您的孩子", action=Action("home"))
    card = to_child(Card(text="您说的记下了。", rows=((button,),)))
    assert card.text == "你说的记下了。"
    assert [one.label for one in card.buttons()] == ["你的孩子"]

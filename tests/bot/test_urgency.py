"""What goes first in a rush: words of danger, the danger button, whoever is telling of danger."""

from bot.county.rules import read_rules
from bot.settings import read_settings
from bot.urgency import MANY, Urgency
from conversation.cards import Action, Button, Card
from conversation.incoming import Chosen, Pressed, Said, SentFile
from handlers.outgoing import Spoken

RULES = read_rules(read_settings())


def spoken(token: str, *verbs: str) -> Spoken:
    rows = tuple((Button(label=verb, action=Action(verb)),) for verb in verbs)
    return Spoken(
        id=1,
        contact_id=1,
        card=Card(text="", rows=rows),
        token=token,
        priority=1,
        replaces=None,
        at_once=True,
    )


def test_words_of_danger_and_a_chosen_danger_are_urgent_and_plain_words_are_not() -> None:
    known = Urgency()
    for incoming, is_urgent in (
        (Said(text="有人在打孩子，流血了"), True),
        (SentFile(kind="photo", source="x", caption="孩子掉进水塘里了"), True),
        (Chosen(verb="danger"), True),
        (Said(text="你好"), False),
        (Pressed(token="a", position=0), False),
    ):
        assert known.of(incoming, "paper:a", RULES) is is_urgent


def test_the_button_of_a_card_that_was_shown_and_what_follows_it_are_urgent() -> None:
    known = Urgency()
    known.learn("paper:a", [spoken("card", "report", "danger")], in_danger=False)
    assert known.of(Pressed(token="card", position=1), "paper:a", RULES)
    assert not known.of(Pressed(token="card", position=0), "paper:a", RULES)
    known.learn("paper:a", [], in_danger=True)
    assert known.of(Said(text="青石镇"), "paper:a", RULES)
    assert not known.of(Said(text="青石镇"), "paper:b", RULES)
    known.learn("paper:a", [], in_danger=False)
    assert not known.of(Said(text="青石镇"), "paper:a", RULES)


def test_it_remembers_no_more_than_so_many() -> None:
    known = Urgency()
    for n in range(MANY + 1):
        known.learn(f"paper:{n}", [], in_danger=True)
    assert not known.of(Said(text="1"), "paper:0", RULES)
    assert known.of(Said(text="1"), f"paper:{MANY}", RULES)

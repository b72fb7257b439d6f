"""Every question of every form, each of its pages, as a card for an old phone on a slow line."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache

import pytest

from bot.channels.channel import Outgoing
from conversation import engine
from conversation.cards import Card
from conversation.dialogue import (
    PATIENCE,
    Asking,
    Chose,
    Dialogue,
    Option,
    Show,
    Step,
    Turn,
    Typed,
)
from conversation.drawing import draw_question
from conversation.form import Form
from conversation.items import Question
from conversation.standing import PAGE, page_of
from conversation.windows import MOST, fitted
from policy.words import Words, read_words
from tests.fakes.phone import unbearable
from tests.forms.sheets import FORMS, SOURCES
from tests.forms.walks import NOW, form

FILES = [path.stem for path in SOURCES]
VILLAGES = tuple(Option(value=str(at), label=f"青石镇第{at}个村") for at in range(1, 24))


class Many:
    """Lists of any name, each longer than a card."""

    def browse(self, name: str, under: str) -> Sequence[Option]:
        return VILLAGES

    def above(self, name: str, value: str) -> str:
        return ""

    def search(self, name: str, text: str) -> Sequence[Option]:
        return VILLAGES[:8]

    def near(self, name: str, point: str) -> Sequence[Option]:
        return VILLAGES[:3]

    def label(self, name: str, value: str) -> str | None:
        return next((one.label for one in VILLAGES if one.value == value), None)


@cache
def words() -> Words:
    return read_words((FORMS.parent / "policy" / "words.toml").read_text("utf-8"))


def questions(asked: Form) -> Iterator[tuple[Question, Dialogue]]:
    """Each question, asked first and asked after all others, once and after some misses."""
    begun = engine.begin(asked, now=NOW, lists=Many()).dialogue
    every = [one for one in asked.questions if one.asked and one.answerable]
    for place, question in enumerate(every):
        before = tuple(one.path for one in every[:place])
        for been in {(), before}:
            for misses in (0, PATIENCE):
                yield question, replace(begun, at=question.path, been=been, misses=misses)


def pages(asked: Form, dialogue: Dialogue) -> Iterator[tuple[Step, Asking, Card]]:
    """The cards of a question as 更多 shows them, until the first one comes again."""
    here, seen = step(asked, dialogue, Show()), set[int]()
    while here.dialogue.page not in seen:
        seen.add(here.dialogue.page)
        assert isinstance(here.screen, Asking)
        first = here.dialogue.page * PAGE + 1
        card = draw_question(here.screen, title=asked.title, words=words(), first=first)
        yield here, here.screen, fitted(card, words(), is_elder=False)
        here = step(asked, here.dialogue, Turn(1))


def step(asked: Form, dialogue: Dialogue, move: Show | Turn | Typed | Chose) -> Step:
    return engine.step(asked, dialogue, move, now=NOW, lists=Many())


@pytest.mark.parametrize("name", FILES)
def test_every_page_of_every_question_fits_a_small_phone_and_a_slow_line(name: str) -> None:
    for _, dialogue in questions(form(name)):
        for _, _, card in pages(form(name), dialogue):
            assert [*unbearable(Outgoing(id=1, address="123456789", card=card))] == []


@pytest.mark.parametrize("name", FILES)
def test_what_is_needed_stays_in_sight_on_every_page(name: str) -> None:
    for _, dialogue in questions(form(name)):
        shown = [*pages(form(name), dialogue)]
        for _, screen, card in shown:
            verbs = {one.action.verb for one in card.buttons()}
            needed = {
                *(["form.back"] if screen.can_go_back and screen.misses < PATIENCE else []),
                *(["form.done"] if screen.kind == "select_multiple" else []),
                *(["form.page"] if len(shown) > 1 else []),
                *(["form.message"] if screen.misses >= PATIENCE else []),
            }
            assert needed <= verbs
            assert card.is_question


@pytest.mark.parametrize("name", FILES)
def test_what_is_on_a_page_is_chosen_by_its_number_too(name: str) -> None:
    for _, dialogue in questions(form(name)):
        for here, screen, card in pages(form(name), dialogue):
            for number, option in enumerate(screen.options, start=card.first):
                typed = step(form(name), here.dialogue, Typed(text=str(number)))
                tapped = step(form(name), here.dialogue, Chose(value=option.value))
                if screen.kind == "select_multiple":  # a tap ticks, and a number answers
                    assert option.value in typed.dialogue.answers.get(here.dialogue.at, "").split()
                else:
                    assert typed == tapped


@pytest.mark.parametrize("name", FILES)
def test_every_option_is_on_some_page_and_ticks_stay(name: str) -> None:
    for question, dialogue in questions(form(name)):
        shown = [screen.options for _, screen, _ in pages(form(name), dialogue)]
        every = [one.value for options in shown for one in options]
        assert len(every) == len(set(every))
        if question.kind == "select_multiple" and len(shown) > 1 and not dialogue.misses:
            ticked = step(form(name), dialogue, Chose(value=every[0]))
            turned = step(form(name), ticked.dialogue, Turn(1))
            again = step(form(name), turned.dialogue, Chose(value=every[PAGE]))
            assert isinstance(again.screen, Asking)
            assert again.screen.chosen == {every[0], every[PAGE]}
            assert again.dialogue.page == 1


def test_lists_of_a_few_stand_on_one_card_and_longer_ones_on_pages_of_five() -> None:
    for count in range(1, 14):
        for ways in range(3):
            first, end = page_of(0, count, ways=ways)[1:]
            assert end - first == (count if count + ways <= MOST else PAGE)

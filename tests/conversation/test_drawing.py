"""Every card that any form can show, on any walk, fits every channel."""

from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.channels.channel import Limits
from bot.channels.fitting import length
from bot.channels.telegram.sending import LIMITS as TELEGRAM
from bot.channels.webchat import WebChannel
from conversation import engine
from conversation.cards import Card, card_from_json, card_to_json
from conversation.dialogue import (
    Asking,
    Back,
    Chose,
    Dialogue,
    Done,
    File,
    Finished,
    Line,
    Move,
    Offer,
    Option,
    Reviewing,
    Skip,
    Step,
    Typed,
    dialogue_from_json,
    dialogue_to_json,
)
from conversation.drawing import draw_advice, draw_question, draw_summary
from conversation.form import Form
from conversation.publishing import Published, publish
from policy.words import Words, read_words

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 23, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
#: A step is at most 2 KB.
MOST_BYTES = 2048
FORMS = sorted(path.stem for path in (ROOT / "forms").glob("*.md"))
LONG = "一个名字特别长特别长的社区居民委员会"


class TwoPlaces:
    """A tree with one township and one village of a long name."""

    def browse(self, name: str, under: str) -> list[Option]:
        if under:
            return [Option(value="2", label=LONG)]
        return [Option(value="1", label=LONG, opens=True)]

    def above(self, name: str, value: str) -> str:
        return ""

    def search(self, name: str, text: str) -> list[Option]:
        return [Option(value="2", label=LONG)] if text == "找" else []

    def near(self, name: str, point: str) -> list[Option]:
        return []

    def label(self, name: str, value: str) -> str | None:
        return LONG


@cache
def words() -> Words:
    return read_words((ROOT / "policy" / "words.toml").read_text("utf-8"))


@cache
def form(name: str) -> Form:
    path = ROOT / "forms" / f"{name}.md"
    published = publish(path.read_bytes(), path.name)
    assert isinstance(published, Published)
    return published.form


MOVES = st.one_of(
    st.integers(0, 9),
    st.sampled_from([Back(), Skip(), Done(), File(), Typed(text="找"), Typed(text="三天")]),
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(FORMS), st.booleans(), st.lists(MOVES, max_size=25))
@example(name="answer", known=False, moves=[0, 0])  # whose question is made of words nobody gave
def test_every_card_of_every_form_fits_every_channel(
    name: str, known: bool, moves: list[Move | int]
) -> None:
    lists = TwoPlaces()
    preset = {"speaker_known": "yes" if known else "no", "speaker_duty": "yes" if known else "no"}
    step = engine.begin(form(name), now=NOW, lists=lists, preset=preset)
    for move in moves:
        if isinstance(step.screen, Finished):
            return
        card = drawn(name, step)
        if isinstance(step.screen, Asking) and step.screen.kind == "select_multiple":
            # What ends several choices is told apart, so that a page can keep it in sight.
            ends = [one.style for one in card.buttons() if one.action.verb == "form.done"]
            assert ends == ["main" if step.screen.chosen else "way"]
        for limits in (TELEGRAM, WebChannel.limits):
            fits(card, limits)
        assert card_from_json(card_to_json(card)) == card
        dialogue: Dialogue = dialogue_from_json(dialogue_to_json(step.dialogue))
        step = engine.step(form(name), dialogue, _move(move, step.screen), now=NOW, lists=lists)


def drawn(name: str, step: Step) -> Card:
    match step.screen:
        case Asking():
            return draw_question(step.screen, title=form(name).title, words=words())
        case Reviewing():
            draw = draw_advice if name == "guide" else draw_summary
            return draw(step.screen, title=form(name).title, words=words())
        case Finished():
            raise AssertionError("nothing is drawn at the end")


def test_the_buttons_of_a_summary_are_a_page_of_its_lines() -> None:
    lines = tuple(Line(path=f"/q{at}", label=f"第{at}问？", answer="好") for at in range(1, 19))
    review = Reviewing(lines=lines, shown=(5, 10))
    card = draw_summary(review, title="报告", words=words())
    labels = [button.label for button in card.buttons()]
    edits = [label for label in labels if label.startswith("改 ")]
    assert edits == [f"改 {at} 第{at}问" for at in range(6, 11)]
    assert {"更多 ▸", "发出去"} <= {*labels}
    assert all(f"{at}. 第{at}问" in card.text for at in range(1, 19))


def fits(card: Card, limits: Limits) -> None:
    assert 0 < length(card.text, limits.unit) <= limits.text
    assert len(card.text.encode()) <= MOST_BYTES
    assert len(card.buttons()) <= limits.buttons
    for button in card.buttons():
        assert 0 < length(button.label, limits.unit) <= limits.label


def _move(move: Move | int, screen: Asking | Reviewing | Finished) -> Move:
    if not isinstance(move, int):
        return move
    if isinstance(screen, Asking) and screen.options:
        return Chose(value=screen.options[move % len(screen.options)].value)
    return Typed(text="孩子在村口哭" if move % 2 else "3")


OFFERED = (("sign", "no", "不留名"), ("sign", "yes", "留名"), ("other", "yes", "替别人报"))


@pytest.mark.parametrize(
    ("taken", "told"),
    [
        ((), "（不留名、留名、替别人报：打这几个字就行）"),
        (("留名",), "（现在是：留名。打这几个字能改：不留名、替别人报）"),
        (("不留名", "替别人报"), "（现在是：不留名、替别人报。打这几个字能改：留名）"),
    ],
)
def test_what_is_taken_already_is_said_plainly(taken: tuple[str, ...], told: str) -> None:
    offers = tuple(
        Offer(path=path, value=value, label=label, chosen=label in taken)
        for path, value, label in OFFERED
    )
    asking = Asking(path="what", kind="text", label="怎么了？", step=1, steps=2, offers=offers)
    assert told in draw_question(asking, title="报告", words=words()).text.splitlines()


def test_each_way_button_is_understood_when_it_is_typed() -> None:
    ways = {"上一步": Back(), "跳过": Skip(), "选好了": Done(), "发出去": File()}
    for key, move in (
        ("form.back", Back()),
        ("form.skip", Skip()),
        ("form.file", File()),
    ):
        assert ways[words()(key)] == move
    report = form("report")
    step = engine.begin(report, now=NOW, lists=TwoPlaces())
    step = engine.step(report, step.dialogue, Typed(text="1"), now=NOW, lists=TwoPlaces())
    back = engine.step(
        report, step.dialogue, Typed(text=words()("form.back")), now=NOW, lists=TwoPlaces()
    )
    assert isinstance(back.screen, Asking)
    assert back.screen.step == 1

"""Eight buttons at most: what can be typed is left out first, the rest comes behind 更多."""

from hypothesis import given
from hypothesis import strategies as st

from conversation.cards import Action, Button, Card, card_from_json, card_to_json
from conversation.elders import for_elder
from conversation.windows import MOST, OTHERS, TYPED, fitted, show_others
from policy.words import Words

WORDS = Words(
    {
        "form.more": "更多 ▸",
        "form.again": "◂ 从头看",
        "form.typed": "（打字也行：{text}）",
        "elder.others": "都不是，看别的",
        "elder.again": "都不是，从头看",
        "elder.call": "给我打电话",
    }
)
buttons = st.builds(
    lambda label, verb, arg: Button(label=label, action=Action(verb, arg)),
    st.text(min_size=1, max_size=8),
    st.sampled_from(["case.act", "child", "paper"]),
    st.text(max_size=3),
)
cards = st.builds(
    lambda rows, danger, home: Card(text="办什么？", rows=(*danger, *map(tuple, rows), *home)),
    st.lists(st.lists(buttons, min_size=1, max_size=3), max_size=12),
    st.sampled_from([(), ((Button(label="有危险", action=Action("danger"), style="danger"),),)]),
    st.sampled_from([(), ((Button(label="回首页", action=Action("home")),),)]),
)


def shown(card: Card) -> Card:
    return fitted(card, WORDS, is_elder=False)


@given(cards)
def test_every_button_comes_sooner_or_later_and_never_more_than_eight_at_once(card: Card) -> None:
    here = first = shown(card)
    seen: list[Button] = []
    for _ in range(30):
        assert len(here.buttons()) <= MOST
        seen += [one for one in here.buttons() if one not in seen]
        other = next((one for one in here.buttons() if one.action.verb == OTHERS), None)
        if other is None:
            break
        here = show_others(here, int(other.action.arg), WORDS)
        if here == first:
            break
    wanted = {one for one in card.buttons() if one.action.verb not in TYPED}
    assert wanted <= {*seen}


@given(cards)
def test_the_alarm_is_on_every_window_and_stands_above(card: Card) -> None:
    here = shown(card)
    for start in range(0, len(here.every), MOST):
        turned = show_others(here, start, WORDS) if len(here.every) > MOST + 1 else here
        for one in (here, turned):
            verbs = [button.action.verb for button in one.buttons()]
            if "danger" in [button.action.verb for button in card.buttons()]:
                assert verbs[0] == "danger"


@given(cards)
def test_few_buttons_stay_as_they_are_and_many_go_through_the_store(card: Card) -> None:
    here = shown(card)
    if len(card.buttons()) <= MOST:
        assert here == card
    assert card_from_json(card_to_json(here)) == here
    assert shown(here) == here


@given(cards)
def test_whoever_wants_few_buttons_sees_those_of_the_whole_card(card: Card) -> None:
    large = for_elder(card, WORDS)
    assert {*fitted(shown(card), WORDS, is_elder=True).all_buttons()} == {*large.all_buttons()}


def test_of_a_question_the_ways_out_are_typed_and_what_comes_first_stays_in_sight() -> None:
    choices = [Button(label=f"{at}", action=Action("form.choose", f"{at}")) for at in range(5)]
    offers = [Button(label=f"{sign} {at}", action=Action("form.mark", at)) for sign, at in TAKES]
    ways = [("更多 ▸", "form.page"), ("选好了", "form.done"), ("稍后继续", "form.later")]
    around = [Button(label=label, action=Action(verb)) for label, verb in ways]
    cancel = Button(label="取消", action=Action("form.cancel"))
    card = Card(text="哪些？", rows=tuple((one,) for one in (*choices, *offers, *around, cancel)))
    here = shown(card)
    labels = [one.label for one in here.buttons()]
    assert labels == ["0", "1", "2", "3", "4", "☐ 不留名", "更多 ▸", "选好了"]
    assert here.text == "哪些？\n（打字也行：稍后继续、取消）"
    assert here.is_question


TAKES = (("☐", "不留名"), ("☐", "留名"), ("☑", "替别人报"))

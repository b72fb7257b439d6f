"""Few and large buttons: never more than an elder overlooks, and every button is still reached."""

from hypothesis import given
from hypothesis import strategies as st

from conversation.cards import Action, Button, Card, card_from_json, card_to_json
from conversation.elders import CALL, OTHERS, SHOWN, UNSHOWN, for_elder, is_large, show_others
from conversation.windows import fitted
from policy.words import Words

WORDS = Words(
    {"elder.others": "都不是，看别的", "elder.again": "都不是，从头看", "elder.call": "给我打电话"}
    | {"form.typed": "（打字也行：{text}）", "form.more": "更多 ▸", "form.again": "◂ 从头看"}
)
buttons = st.builds(
    lambda label, verb, style: Button(label=label, action=Action(verb, label), style=style),
    st.text(min_size=1, max_size=8),
    st.sampled_from(["form.choose", "form.back", "form.later", "form.cancel", "home", "danger"]),
    st.sampled_from(["", "main", "way", "danger"]),
)
cards = st.builds(
    lambda rows: Card(text="哪一个？", rows=tuple(map(tuple, rows))),
    st.lists(st.lists(buttons, min_size=1, max_size=3), max_size=7),
)


@given(cards)
def test_no_card_shows_more_than_three_choices_and_the_call(card: Card) -> None:
    shown = for_elder(card, WORDS)
    *choices, call = shown.buttons()
    assert len(choices) <= SHOWN
    assert call.action.verb == CALL
    assert all(len(row) == 1 for row in shown.rows)


@given(cards)
def test_every_button_is_shown_sooner_or_later_and_then_the_first_again(card: Card) -> None:
    here = first = for_elder(card, WORDS)
    seen: list[Button] = []
    for _ in range(30):
        seen += [one for one in here.buttons() if one.action.verb not in (OTHERS, CALL)]
        other = next((one for one in here.buttons() if one.action.verb == OTHERS), None)
        if other is None:
            break
        here = show_others(here, int(other.action.arg), WORDS)
        if here == first:
            break
    wanted = [one for one in card.buttons() if one.action.verb not in UNSHOWN]
    assert sorted(map(repr, seen)) == sorted(map(repr, wanted))


@given(cards)
def test_who_wants_it_no_more_sees_it_as_everybody_else(card: Card) -> None:
    back = fitted(for_elder(card, WORDS), WORDS, is_elder=False)
    wanted = [one for one in card.buttons() if one.action.verb not in UNSHOWN]
    assert sorted(map(repr, back.all_buttons())) == sorted(map(repr, wanted))
    assert not is_large(back)


@given(cards)
def test_a_card_that_was_turned_over_goes_through_the_store_and_stays_so(card: Card) -> None:
    turned = show_others(for_elder(card, WORDS), SHOWN - 1, WORDS)
    assert card_from_json(card_to_json(turned)) == turned
    assert fitted(turned, WORDS, is_elder=True) == turned


def test_danger_and_what_was_chosen_stand_first() -> None:
    rows = (
        (Button(label="一", action=Action("form.choose", "1")),),
        (Button(label="二", action=Action("form.choose", "2")),),
        (Button(label="选好了", action=Action("form.done"), style="main"),),
        (Button(label="有危险", action=Action("danger"), style="danger"),),
    )
    shown = for_elder(Card(text="哪一个？", rows=rows), WORDS)
    assert [one.label for one in shown.buttons()][:2] == ["选好了", "有危险"]

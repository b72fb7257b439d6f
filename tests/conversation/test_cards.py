"""Cards as JSON: what comes back, and whom the card spoke to without reading all of it."""

from hypothesis import given
from hypothesis import strategies as st

from conversation.cards import (
    Action,
    Button,
    Card,
    Document,
    card_from_json,
    card_to_json,
    is_of_child,
)

TEXT = st.text(alphabet='孩子您],true"\\ 1', max_size=8)
BUTTONS = st.builds(
    Button,
    label=TEXT,
    action=st.builds(Action, st.sampled_from(["home", "form.choose"]), TEXT),
)
ROW = st.lists(BUTTONS, max_size=2).map(tuple)
CARDS = st.builds(
    Card,
    text=TEXT,
    rows=st.lists(ROW, max_size=3).map(tuple),
    wants_place=st.booleans(),
    first=st.integers(0, 9),
    document=st.none()
    | st.builds(
        Document, id=st.just(1), name=TEXT, mime=TEXT, size=st.just(2), is_copy=st.booleans()
    ),
    wipes=st.lists(TEXT, max_size=2).map(tuple),
    carries=TEXT,
    every=ROW,
    of_child=st.booleans(),
)


@given(CARDS)
def test_a_card_comes_back_as_it_was_and_tells_whom_it_spoke_to(card: Card) -> None:
    text = card_to_json(card)
    assert card_from_json(text) == card
    assert is_of_child(text) == card.of_child

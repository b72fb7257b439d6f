"""长辈模式: few and large buttons, one question at a time, and a person to be called.

It is kept with the person, wherever they talk. Whoever looks after a child may suggest it to the
child's family.
"""

from dataclasses import replace

from conversation import letters
from handlers import filling, home
from handlers.heard import question
from handlers.reaching import open_ways
from handlers.saying import answer, button
from handlers.turn import Turn


def offer(turn: Turn, _: str = "") -> None:
    """What it is, and both ways."""
    answer(
        turn,
        turn.words("elder.what"),
        button(turn.words("elder.yes"), "elder.on"),
        button(turn.words("elder.no"), "elder.off"),
    )


def wished(turn: Turn, text: str) -> bool:
    """True for 字太小了, unless a sentence is asked: then it is one."""
    is_wish = letters.key(text) in turn.rules.words.listed("elder.wish")
    if not is_wish or (turn.draft is not None and not question.asks_for_choice(turn)):
        return False
    if not open_ways.is_open(turn.speaker.channel):
        switch_on(turn)
    elif turn.draft is not None:  # there are no buttons to be few of
        filling.show(turn)
    else:
        home.show(turn)
    return True


def switch_on(turn: Turn, _: str = "") -> None:
    """From this card on."""
    _switch(turn, True, "elder.on")


def switch_off(turn: Turn, _: str = "") -> None:
    """As everybody else sees it."""
    _switch(turn, False, "elder.off")


def _switch(turn: Turn, is_so: bool, said: str) -> None:
    turn.work.people.set_elder(turn.speaker.person_id, is_so)
    turn.speaker = replace(turn.speaker, is_elder=is_so)
    text = turn.words(said)
    if turn.draft is None:
        answer(turn, text, *home.menu(turn))
    else:
        answer(turn, text, button(turn.words("form.cancel_keep"), "form.show"))

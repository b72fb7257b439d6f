"""Whatever the talk offers to a post, the desk offers, too, and it answers the same.

What is offered is read off the talk's own table; where a desk can do less, the reason stands here.
"""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from conversation import incoming
from conversation.cards import Action
from handlers import desk, doing, talk
from handlers.turn import Turn
from storage.work import Work
from tests.bot.site.console.conftest import BEGAN
from tests.bot.site.console.test_matrix import POLICY, is_let_in
from tests.fakes.house import House, open_house
from tests.handlers.canaries import County, settle

ROLES = tuple(role for role in POLICY.roles if is_let_in(role))
#: Different each time by design.
CHANCE = re.compile(r"\d{3} \d{3} \d{3}|\d{4} \d{4}|(?<=密码：)\d{6}|(?<=/start )[\w-]{22}")
#: What may come in by the chat and not from the desk, and why.
NOT_HERE = {
    "SentFile": "photos and recordings come from a telephone; a table is sent by its own page",
    "SharedPlace": "a desk stands nowhere near the child",
    "Unreadable": "a page sends nothing that cannot be read",
    "Left": "nobody leaves a page by blocking it",
}
HERE = {"Said", "Pressed", "Chosen"}


def _turn(work: Work, house: House, channel: str) -> Turn:
    person = work.people.meet("paper", "watcher").person_id
    contact = next(one for one in work.people.contacts_of(person) if one.channel == channel)
    speaker = work.people.speaker_of(contact.id)
    assert speaker is not None
    return Turn(
        work=work,
        rules=house.rules,
        speaker=replace(speaker, draft=None),
        at=work.now.astimezone(house.rules.zone),
        finish=talk.finish,
    )


def _said(work: Work, house: House, channel: str, action: Action) -> list[tuple[str, ...]]:
    """The cards that a button leads to."""
    turn = _turn(work, house, channel)
    doing.VERBS[action.verb](turn, action.arg)
    turn.close()
    return [
        (CHANCE.sub("#", one.card.text), *(button.label for button in one.card.buttons()))
        for one in turn.spoken
    ]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, began=BEGAN) as opened:
        yield opened


@pytest.mark.parametrize("role", ROLES)
async def test_every_button_of_the_workplace_answers_at_the_desk_as_in_the_chat(
    house: House, role: str
) -> None:
    county: County = await house.store.write(settle)

    def walk(work: Work) -> int:
        person = work.people.meet("paper", "watcher").person_id
        work.people.add_role(person, role, county.places["云岭县"])
        work.people.add_contact(person, "web", "watcher")  # else the chat has no phone to lose
        work.console.begin(person, b"m" * 32, house.rules.policy.timing["console_ends"], at_most=3)
        offers = [
            [Action(one.verb, "") for one in desk.entries_of(_turn(work, house, channel))]
            for channel in ("paper", "console")
        ]
        assert offers[0] == offers[1]
        for action in (Action("mine"), Action("home"), Action("todo"), *offers[0]):
            assert _said(work, house, "console", action) == _said(work, house, "paper", action)
        return len(offers[0])

    assert await house.store.write(walk) > 1


def test_what_cannot_come_from_a_desk_has_its_reason() -> None:
    kinds = {kind.__name__ for kind in get_args(incoming.Incoming)}
    assert kinds == HERE | set(NOT_HERE)

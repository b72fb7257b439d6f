"""The first screen, help with the hotlines, and the drafts that wait."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

from conversation.cards import Action, Button, Card
from handlers.children import weeks
from handlers.children.own import alarming
from handlers.reaching import open_ways
from handlers.saying import EMERGENCY, home_row
from handlers.turn import Filled, Turn
from policy.circumstances import suggest
from policy.hotlines import Hotline
from storage.reporting.drafts import Draft

Rows: TypeAlias = tuple[tuple[Button, ...], ...]

#: A longer message says more than that it was heard.
LONGEST_NOTE = 14
_MARKS = re.compile(r"[，,。、 ]+")


def show(turn: Turn, _: str = "") -> None:
    """The first screen: danger first. A draft that was open is put aside, not lost."""
    turn.draft = None
    waiting = turn.work.drafts.open_of(turn.speaker.contact_id)
    is_open = open_ways.is_open(turn.speaker.channel)
    turn.say(
        Card(
            text=turn.words("home.text_elder" if turn.is_elder else "home.text")
            + (turn.words("sms.limits") if is_open else ""),
            rows=(*_drafts_row(turn, waiting), *menu(turn)),
            calls=EMERGENCY,
        ),
        in_place=True,
    )


def answered(
    turn: Turn, word: str, *, to_accept: Callable[[Turn], tuple[str, Rows] | None]
) -> bool:
    """True for words that ask for nothing, as after a receipt: 谢谢, 好的. No report begins.

    ``to_accept`` finds what waits for the speaker's acceptance: its number and its buttons.
    """
    listed = turn.rules.words.listed
    if is_thanks(turn, word) or word in listed("heard.wait") | listed("heard.rather_not"):
        said = Card(text=turn.words("home.welcome"))
    elif word in listed("home.yes") or (turn.roles and _takes_note(turn, word)):
        said = _noted(turn, to_accept(turn) if turn.roles else None)
    else:
        return False
    turn.say(replace(said, rows=(*said.rows, home_row(turn))), asks=False)
    return True


def _noted(turn: Turn, waiting: tuple[str, Rows] | None) -> Card:
    """Of whoever is to act 收到 is no acceptance: that is a button's, shown once more."""
    if waiting is not None:
        number, rows = waiting
        return Card(text=turn.words("home.not_yet_accepted", number=number), rows=rows)
    return Card(text=turn.words("home.not_accepted" if turn.roles else "home.welcome"))


def _takes_note(turn: Turn, word: str) -> bool:
    """True for 收到，我去看看: whoever was told something says that they heard it."""
    first, *more = _MARKS.split(word, maxsplit=1)
    return (
        bool(more)
        and len(word) <= LONGEST_NOTE
        and (
            first in turn.rules.words.listed("home.yes")
            and not suggest(word, turn.rules.policy.circumstances)
            and not alarming(turn, word)
        )
    )


def is_thanks(turn: Turn, word: str) -> bool:
    """True for 谢谢 and the like."""
    return word in turn.rules.words.listed("home.thanks")


def says_all_is_well(turn: Turn, word: str) -> bool:
    """True for thanks because all is well, 谢谢你们，娃好多了: of whoever never reported."""
    said = [one for one in _MARKS.split(word) if one]
    rest = [one for one in said if not is_thanks(turn, one)]
    well = tuple(turn.rules.words.listed("home.all_well"))
    is_so = 0 < len(rest) < len(said) and all(one.endswith(well) for one in rest)
    if not is_so or alarming(turn, word) or turn.work.reports.of_contact(turn.speaker.contact_id):
        return False
    turn.say(Card(text=turn.words("home.welcome"), rows=(home_row(turn),)), asks=False)
    return True


def menu(turn: Turn) -> tuple[tuple[Button, ...], ...]:
    """The buttons of the first screen; families and whoever holds a post have one more."""
    return (
        (_button(turn, "danger", style="danger"),),
        *weeks.menu(turn),
        (_button(turn, "report"), _button(turn, "progress")),
        (_button(turn, "guide"), _button(turn, "help")),
        *(((_button(turn, "mine"),),) if turn.roles else ()),
    )


def help_and_hotlines(turn: Turn, _: str = "") -> None:
    """How it works, and whom to ring."""
    lines: tuple[Hotline, ...] = turn.rules.policy.hotlines
    numbers = "\n".join(
        turn.words("help.number", number=line.number, what=line.what) for line in lines
    )
    turn.say(
        Card(
            text=turn.words("help.text", numbers=numbers),
            rows=(
                *_go_on_row(turn),
                (_button(turn, "feedback"), _button(turn, "account")),
                (_button(turn, "wipe"), _ease_button(turn)),
                home_row(turn),
            ),
            calls=tuple(line.number for line in lines),
        ),
        in_place=True,
    )


def drafts(turn: Turn, _: str = "") -> None:
    """The forms that were begun and not sent."""
    waiting = turn.work.drafts.open_of(turn.speaker.contact_id)
    rows = []
    for draft in waiting:
        form = turn.rules.form(turn.work, draft.form_version)
        when = draft.updated_at.astimezone(turn.rules.zone)
        label = turn.words("form.resume", title=form.title, when=turn.moment(when))
        rows.append((Button(label=label, action=Action("draft.resume", str(draft.id))),))
    turn.say(
        Card(
            text=turn.words("form.drafts_title", count=len(waiting)),
            rows=(*rows, home_row(turn)),
        ),
        in_place=True,
    )


def _go_on_row(turn: Turn) -> tuple[tuple[Button, ...], ...]:
    if turn.draft is None:
        return ()
    return ((Button(label=turn.words("form.cancel_keep"), action=Action("form.show")),),)


def _drafts_row(turn: Turn, waiting: Sequence[Draft]) -> tuple[tuple[Button, ...], ...]:
    """The one that waits is gone on with at once; of several one is chosen."""
    if not waiting:
        return ()
    label = turn.words("home.drafts", count=len(waiting))
    of_one = Action("draft.resume", str(waiting[0].id))
    return ((Button(label=label, action=of_one if len(waiting) == 1 else Action("drafts")),),)


def _ease_button(turn: Turn) -> Button:
    """To few and large buttons, and back."""
    if turn.is_elder:
        return Button(label=turn.words("home.plain"), action=Action("elder.off"))
    return _button(turn, "elder")


def _button(turn: Turn, key: str, *, style: str = "") -> Button:
    return Button(label=turn.words(f"home.{key}"), action=Action(key), style=style)


def elsewhere(turn: Turn, _: str = "") -> None:
    """What is not done by short message is done on the page."""
    turn.say(Card(text=turn.words("sms.elsewhere", text=page(turn)), rows=menu(turn)))


def page(turn: Turn) -> str:
    """Where the chat page is; "" while nobody can reach one."""
    door = next((one for one in turn.rules.doors if "/chat" in one), "")
    return door.partition("#")[0]


def keep_feedback(turn: Turn, filled: Filled) -> None:
    """意见反馈: kept for the office, answered with thanks."""
    turn.work.feedback.add(json.dumps(dict(filled.answers), ensure_ascii=False))
    turn.say(Card(text=turn.words("feedback.done"), rows=(home_row(turn),)))

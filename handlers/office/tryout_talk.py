"""试填 in the talk: the whole dialogue of a form on marked cards, and what it would lead to.

Where a try-out stands goes with its card, sealed like every card: no draft, no report, and nobody
is told anything. Whatever else one does leaves it, and a button of its last card goes on with it.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import TypeAlias

from conversation.cards import Action, Button, Card, card_from_json
from conversation.dialogue import Dialogue, Line, dialogue_from_json, dialogue_to_json
from conversation.form import Form
from conversation.incoming import SentFile, SharedPlace
from conversation.letters import key
from conversation.windows import MOST, folded
from handlers import filling, tables
from handlers.office import administration, sent_forms, tryout
from handlers.office.foretelling import Foretold
from handlers.office.tryout import Played, Shown
from handlers.reaching.telling import pages, pairs
from handlers.saying import answer, button
from handlers.turn import Turn
from storage.reaching.owed import OutRow

#: What follows a move of somebody who tries a form.
Step: TypeAlias = Callable[[Turn, Played, Dialogue], Shown | None]
#: The button of a try-out's card: what it does is said of the card, by its verb and its own arg.
PRESS = "try.press"
#: What it does beside the moves of a form.
SEND, POINT, LEAVE = "send", "point", "leave"
PRETENDED: Mapping[str, Step] = {SEND: tryout.send, POINT: tryout.point}
#: Whom a member of the public is played as.
PUBLIC = ""
#: Forms that are offered first.
FIRST = ("report", "danger", "danger_more", "message", "guide")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stands:
    """Where a try-out stands, as its card carries it."""

    #: "version:…" of a form in force or before, "sent:…" of a file, "change:…" of a proposal.
    of: str
    role: str
    dialogue: str = field(repr=False)


# -- choosing -----------------------------------------------------------------------------------


def begin(turn: Turn, _: str = "") -> None:
    """/试填: which form?"""
    if _may(turn):
        rows = sorted(turn.work.forms.all_current(), key=lambda row: (_rank(row.form), row.title))
        offers = [button(row.title, "try.form", f"version:{row.version}")[0] for row in rows]
        answer(turn, turn.words("tryout.which"), *pairs(offers))


def choose(turn: Turn, arg: str) -> None:
    """As whom?"""
    of = arg.partition("|")[0]
    form = _wanted(turn, of)
    if form is not None:
        roles = turn.rules.policy.roles
        offers = [button(turn.words("tryout.public"), "try.as", f"{of}|{PUBLIC}")[0]]
        offers += [button(one.name, "try.as", f"{of}|{name}")[0] for name, one in roles.items()]
        answer(turn, turn.words("tryout.as_whom", title=form.title), *pairs(offers))


def start(turn: Turn, arg: str) -> None:
    """The first question."""
    of, _, role = arg.partition("|")
    form = _wanted(turn, of)
    if form is not None:
        shown = tryout.begin(turn, _played(turn, form, role), tryout.told_before(form))
        _show(turn, of, role, form, shown)


def named(turn: Turn, text: str) -> bool:
    """True for 试填 我要报告: the form is chosen by its name."""
    words = turn.rules.words.listed("say.tryout")
    called, _, title = text.strip().partition(" ")
    if called not in words or not title.strip() or not administration.configures(turn):
        return False
    wanted = key(title)
    for row in turn.work.forms.all_current():
        if wanted in (key(row.title), key(row.form)):
            choose(turn, f"version:{row.version}")
            return True
    begin(turn)
    return True


def _rank(name: str) -> int:
    return FIRST.index(name) if name in FIRST else len(FIRST)


# -- going on -----------------------------------------------------------------------------------


def press(turn: Turn, row: OutRow, arg: str) -> None:
    """A button of a try-out's card."""
    found, (verb, _, value) = _standing(turn, row), arg.partition(":")
    if not _may(turn):
        return
    if found is None:
        answer(turn, turn.words("sent_form.gone"))
    elif verb == LEAVE:
        answer(turn, turn.words("tryout.left"))
    else:
        move = PRETENDED.get(verb, partial(tryout.press, action=Action(verb, value)))
        _go_on(turn, found, move)


def left(turn: Turn, word: str) -> bool:
    """True for 取消 to the try-out that stands open."""
    is_left = word in turn.rules.words.listed("say.cancel") and _open(turn) is not None
    if is_left:
        answer(turn, turn.words("tryout.left"))
    return is_left


def heard(turn: Turn, text: str, replied_to: OutRow | None = None) -> bool:
    """True for words to the try-out that stands open, or in reply to a card of one."""
    return _go_on(turn, _open(turn, replied_to), partial(tryout.say, text=text))


def file_came(turn: Turn, file: SentFile) -> bool:
    """True for a file to the try-out that stands open: it is kept nowhere. A table is one."""
    found = None if tables.offers(turn, file) else _open(turn)
    return _go_on(turn, found, tryout.send, above=turn.words("tryout.file_unused"))


def place_came(turn: Turn, place: SharedPlace) -> bool:
    """True for a position to the try-out that stands open."""
    at = f"{place.latitude:.6f} {place.longitude:.6f} 0 0"
    return _go_on(turn, _open(turn), partial(tryout.point, at=at))


def _go_on(turn: Turn, found: tuple[Stands, Form] | None, move: Step, *, above: str = "") -> bool:
    """What follows a move, for whoever is at a try-out; False for everybody else."""
    if found is None:
        return False
    stands, form = found
    shown = move(turn, _played(turn, form, stands.role), dialogue_from_json(stands.dialogue))
    _show(turn, stands.of, stands.role, form, shown, above=above)
    return True


def _open(turn: Turn, replied_to: OutRow | None = None) -> tuple[Stands, Form] | None:
    """The try-out of the card that was replied to, or that came last while nothing is asked."""
    row = replied_to
    if row is None and turn.draft is None:
        row = turn.work.outbox.newest_of(turn.speaker)
    if row is None or not card_from_json(row.card).carries:
        return None
    return _standing(turn, row) if administration.configures(turn) else None


def _standing(turn: Turn, row: OutRow) -> tuple[Stands, Form] | None:
    carried = card_from_json(row.card).carries
    if not carried:
        return None
    stands = Stands(**json.loads(carried))
    form = _form(turn, stands.of)
    return None if form is None else (stands, form)


# -- showing ------------------------------------------------------------------------------------


def _show(
    turn: Turn, of: str, role: str, form: Form, shown: Shown | None, *, above: str = ""
) -> None:
    if shown is None:
        answer(turn, turn.words("tryout.not_yours"))
    elif shown.card is None:
        _say_end(turn, of, role, form, shown)
    else:
        stands = Stands(of=of, role=role, dialogue=dialogue_to_json(shown.dialogue))
        _say_question(turn, stands, shown, shown.card, above)


def _say_question(turn: Turn, stands: Stands, shown: Shown, card: Card, above: str) -> None:
    """The very card of the talk; what would lead out of the form is left out."""
    pretend = [
        *([(SEND, "tryout.send")] if shown.wants_file else []),
        *([(POINT, "tryout.point")] if shown.wants_place else []),
    ]
    more = [_button(turn, name, verb) for verb, name in (*pretend, (LEAVE, "tryout.leave"))]
    inner = folded(card, turn.words, MOST - len(more))
    rows = [
        tuple(_inside(one) for one in row if one.action.verb in filling.MOVES)
        for row in inner.rows
    ]
    turn.say(
        Card(
            text="\n".join(filter(None, (_mark(turn, stands.role), above, card.text))),
            rows=(*(row for row in rows if row), *pairs(more)),
            wants_place=card.wants_place,
            first=card.first,
            carries=json.dumps(asdict(stands), ensure_ascii=False),
        ),
        in_place=True,
    )


def _inside(shown: Button) -> Button:
    inner = f"{shown.action.verb}:{shown.action.arg}"
    return Button(label=shown.label, action=Action(PRESS, inner), style=shown.style)


def _button(turn: Turn, name: str, verb: str) -> Button:
    return Button(label=turn.words(name), action=Action(PRESS, f"{verb}:"))


def _say_end(turn: Turn, of: str, role: str, form: Form, shown: Shown) -> None:
    """What would have been handed in, and what would follow."""
    head = turn.words("tryout.end", title=form.title)
    lines = [_mark(turn, role), head, *_told(turn, shown)]
    *before, last = pages(lines)
    for page in before:
        turn.say(Card(text=page), asks=False)
    again = button(turn.words("tryout.again"), "try.as", f"{of}|{role}")
    other = button(turn.words("tryout.other"), "try.form", of)
    answer(turn, last, again, other, *sent_forms.publish_row(turn, of))


def _told(turn: Turn, shown: Shown) -> list[str]:
    follows = shown.foretold
    if follows is None:
        none = [] if shown.lines else [f"　{turn.words('tryout.empty')}"]
        return [turn.words("tryout.handed_in"), *_lines(shown.lines), *none]
    return [
        *_route(turn, follows),
        *_dues(turn, follows),
        turn.words("tryout.kept"),
        *_lines(follows.kept),
        *([turn.words("tryout.apart"), *_lines(follows.apart)] if follows.apart else []),
    ]


def _route(turn: Turn, follows: Foretold) -> list[str]:
    grade = turn.words("tryout.grade", grade=turn.words(f"grade.{follows.grade}"))
    because = "；".join(follows.reasons)
    when = turn.moment(follows.later) if follows.later else ""
    posts = [
        one.post if one.is_reached else turn.words("tryout.unreached", post=one.post)
        for one in follows.hearers
    ]
    return [
        grade,
        *([turn.words("alarm.reasons", reasons=because)] if because else []),
        turn.words("tryout.later", when=when) if when else turn.words("tryout.at_once"),
        *(f"　{post}" for post in posts or [turn.words("tryout.nobody")]),
        *_unmanned(turn, follows.unmanned),
        turn.words("tryout.owner", post=follows.owner),
    ]


def _unmanned(turn: Turn, posts: Sequence[str]) -> list[str]:
    return [turn.words("tryout.unmanned", posts="、".join(posts))] if posts else []


def _dues(turn: Turn, follows: Foretold) -> list[str]:
    lines = []
    for once_taken, name in ((False, "tryout.dues"), (True, "tryout.dues_taken")):
        some = [one for one in follows.dues if one.once_taken == once_taken]
        if some:
            lines.append(turn.words(name))
        lines += [
            f"　{turn.words('tryout.due', what=one.what, when=turn.moment(one.by))}"
            for one in some
        ]
    return lines


def _lines(lines: Sequence[Line]) -> list[str]:
    return [f"　{one.label.rstrip('？?')}：{one.answer}" for one in lines]


def _mark(turn: Turn, role: str) -> str:
    name = turn.rules.policy.roles[role].name if role else turn.words("tryout.public")
    return turn.words("tryout.mark", name=name)


# -- what is tried ------------------------------------------------------------------------------


def _may(turn: Turn) -> bool:
    if administration.configures(turn):
        return True
    answer(turn, turn.words("tryout.not_yours"))
    return False


def _wanted(turn: Turn, of: str) -> Form | None:
    """The form, for whoever may try it; else they are told why not."""
    form = _form(turn, of) if _may(turn) else None
    if form is None and administration.configures(turn):
        answer(turn, turn.words("sent_form.gone"))
    return form


def _form(turn: Turn, of: str) -> Form | None:
    kind, _, name = of.partition(":")
    if kind == "version":
        return turn.rules.form(turn.work, name) if turn.work.forms.get(name) else None
    candidate = sent_forms.candidate(turn, of)
    return None if candidate is None else Form.from_json(candidate.compiled)


def _played(turn: Turn, form: Form, role: str) -> Played:
    return Played(
        form=form,
        role=role if role in turn.rules.policy.roles else PUBLIC,
        people=tryout.invented("people"),
        children=tryout.invented("children"),
    )

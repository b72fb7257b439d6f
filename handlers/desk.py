"""我的: the workplace of whoever holds a post; each button only for whom it works.

The first card holds what is used most, 更多 the rest, by what it is for.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from conversation.cards import Action, Button
from handlers import filling, tables
from handlers.cases import cases, noting
from handlers.children import (
    changing,
    departure,
    entering,
    finding,
    keeping,
    register,
    stewards,
    twins,
)
from handlers.children.own import alarming
from handlers.people import account, colleagues, registration, shifts
from handlers.reaching import broadcast, calls, routes
from handlers.reaching.telling import pairs
from handlers.reporting import first_words, identity
from handlers.saying import OFFERED, answer, button
from handlers.school import classes, month_duties
from handlers.supervision import figures
from handlers.turn import Turn
from policy.asides import wanted
from policy.register.columns import COLUMNS

#: Choices that fit one card, the way home among them.
CHOICES = 8
#: 3家都去了: what is asked for is the list on which they are noted.
WENT = "went"
#: Posts that are named one by one.
NAMED = 6


@dataclass(frozen=True, slots=True)
class Entry:
    """A button of the workplace: its verb, its group, and for whom. Its label is mine.VERB."""

    verb: str
    group: str
    is_for: Callable[[Turn], bool]


def _works(turn: Turn) -> bool:
    return bool(turn.roles)


#: What the buttons are for, as 更多 shows it; the words call them mine.group.GROUP.
GROUPS = ("children", "register", "cases", "people", "county", "self")
#: The most used first.
ENTRIES: tuple[Entry, ...] = (
    Entry("visits", "children", register.has_children),
    Entry("cases", "cases", cases.has_cases),
    Entry("calls", "cases", lambda turn: bool(calls.mine(turn))),
    Entry("classes", "children", classes.has_classes),
    Entry("children", "children", register.has_children),
    Entry("find", "children", register.sees_register),
    Entry("enter", "register", entering.may),
    Entry("stats", "county", figures.sees),
    Entry("gaps", "register", keeping.keeps),
    Entry("split", "register", keeping.keeps),
    Entry("soon", "register", lambda turn: bool(stewards.heads(turn))),
    Entry("tables", "register", lambda turn: bool(tables.places(turn, "roster"))),
    Entry("invite", "people", colleagues.is_manager),
    Entry("poster", "people", colleagues.is_manager),
    Entry("handover", "people", colleagues.is_manager),
    Entry("posts", "people", colleagues.is_manager),
    Entry("lost", "people", colleagues.is_manager),
    Entry("shifts", "people", shifts.is_for),
    Entry("broadcast", "county", broadcast.may),
    Entry("unmask", "county", identity.may_ask),
    Entry("leave", "self", _works),
    Entry("account", "self", lambda turn: True),
)


def show(turn: Turn, _: str = "") -> None:
    """The speaker's posts, what waits for them, and what they do most."""
    if not turn.roles:
        account.show(turn)
        return
    count = len(waiting(turn))
    todo = [button(turn.words("mine.todo", count=count), "todo")] if count else []
    first, rest = split(entries_of(turn), CHOICES - 1 - len(todo))
    more = [_opener(turn, "mine.more", "mine.more")] if rest else []
    name = colleagues.called(turn, turn.speaker.person_id)
    text = turn.words("mine.text", name=name, what=_posts(turn))
    answer(turn, text, *todo, *pairs([*(_button(turn, one) for one in first), *more]))


def instead(turn: Turn, told: str) -> None:
    """我的工作, not a report: the draft that was begun with the words goes, if it is just that."""
    before = first_words.said_before(turn, told)
    if before is not None and filling.is_untouched(before):
        filling.forget(turn, before)
    turn.draft = None
    show(turn)


def more(turn: Turn, group: str = "") -> None:
    """更多: what the first card had no room for; with a group, what belongs to it."""
    _, rest = split(entries_of(turn), CHOICES - 1 - bool(waiting(turn)))
    of_group = [one for one in rest if one.group == group]
    back = button(turn.words("mine.back"), "mine")
    if of_group:
        rows = pairs([_button(turn, one) for one in of_group])
        answer(turn, turn.words(f"mine.group.{group}"), *rows, back)
        return
    answer(turn, turn.words("mine.rest"), *pairs([*_grouped(turn, rest)]), back)


def entries_of(turn: Turn) -> list[Entry]:
    """What the speaker can do here, the most used first."""
    return [entry for entry in ENTRIES if entry.is_for(turn)]


def split(entries: Sequence[Entry], room: int) -> tuple[Sequence[Entry], Sequence[Entry]]:
    """What stands on the first card, and what waits behind 更多, which takes a place itself."""
    if len(entries) <= room:
        return entries, ()
    return entries[: room - 1], entries[room - 1 :]


def named(turn: Turn, text: str) -> str | None:
    """The verb of a button of the speaker's workplace that is called like this, shown or not."""
    word = text.strip()
    for entry in ENTRIES:
        if turn.words(f"mine.{entry.verb}") == word:
            return entry.verb if turn.roles and entry.is_for(turn) else None
    return None


def asked(turn: Turn, text: str) -> str | None:
    """The verb of what somebody asks for at their workplace in words of their own: 我要请假."""
    found = wanted(text, turn.rules.policy.asides) if turn.roles else None
    if found is None or alarming(turn, text):
        return None
    verb, rest = found
    if verb == "find" and not (register.sees_register(turn) and register.search(turn, rest)):
        return None
    if verb == "mine":
        return verb
    if verb == WENT:  # of whoever has a case in hand, it tells of that
        if noting.in_hand(turn, text):
            return None
        verb = "visits"
    fits = any(entry.verb == verb and entry.is_for(turn) for entry in ENTRIES)
    return verb if fits else None


def find(turn: Turn, text: str) -> None:
    """找赵雨涵, 王小明的档案: whoever is named in words that ask for a child."""
    found = wanted(text, turn.rules.policy.asides)
    finding.find(turn, found[1] if found else text)


def _grouped(turn: Turn, rest: Sequence[Entry]) -> Iterator[Button]:
    """What fits one card, group after group; else a button that opens each group of several."""
    fits = len(rest) <= CHOICES - 2  # the way back, and the way home
    for group in GROUPS:
        found = [entry for entry in rest if entry.group == group]
        if len(found) > 1 and not fits:
            yield _opener(turn, f"mine.group.{group}", "mine.more", group)
        else:
            yield from (_button(turn, entry) for entry in found)


def _button(turn: Turn, entry: Entry) -> Button:
    return _opener(turn, f"mine.{entry.verb}", entry.verb)


def _opener(turn: Turn, key: str, verb: str, arg: str = "") -> Button:
    return Button(label=turn.words(key), action=Action(verb, arg))


def _posts(turn: Turn) -> str:
    posts = [colleagues.post_line(turn, role) for role in turn.roles]
    more = len(posts) - NAMED
    tail = [turn.words("mine.posts_more", count=more)] if more > 0 else []
    return "\n".join([*posts[:NAMED], *tail])


def todo(turn: Turn, _: str = "") -> None:
    """What waits for the speaker's answer, the oldest first."""
    rows = waiting(turn)
    key = "mine.waiting" if rows else "mine.nothing"
    answer(turn, turn.words(key, count=len(rows)), *rows[:OFFERED])


def waiting(turn: Turn) -> list[tuple[Button, ...]]:
    """What waits for the speaker's answer, a button each."""
    return [
        *(
            button(
                turn.words(
                    "mine.registration",
                    name=row.said["name"],
                    what=colleagues.post_name(turn, row.role, row.area_id),
                ),
                "register.show",
                str(row.id),
            )
            for row in registration.waiting(turn)
        ),
        *(
            button(
                turn.words("mine.dispute", name=COLUMNS[dispute.key].heading),
                "child.dispute",
                str(dispute.id),
            )
            for dispute in changing.disputes(turn)
        ),
        *(
            button(
                turn.words("mine.offer", area=turn.work.areas.full_name(child.area_id)),
                "transfer",
                str(child.id),
            )
            for child in departure.offers(turn)
        ),
        *(
            button(turn.words("mine.twin"), "twin", f"{one.child_id}:{one.other_id}")
            for one in twins.waiting(turn)
        ),
        *(
            button(turn.words("mine.unmasking"), "unmask.show", str(wish.id))
            for wish in identity.waiting(turn)
        ),
        *(button(calls.label(turn, one), "call", str(one.id)) for one in calls.mine(turn)),
        *month_duties.waiting(turn),
        *(
            button(turn.words("mine.routes", count=count), "routes")
            for count in (len(routes.mine(turn)),)
            if count
        ),
    ]

"""分孩子: somebody's children, household by household, into other hands in one step."""

from collections.abc import Mapping, Sequence

from conversation.cards import Action, Button
from conversation.drawing import done_button
from handlers.children import child_file, keeping, register
from handlers.children.register import View
from handlers.people import colleagues
from handlers.saying import answer, button
from handlers.turn import Turn
from storage.children.responsibility import PRIMARY

#: Of a card, beside the ways on and back.
SHOWN = 6
#: Names on one button.
NAMES = 2
NOBODY = 0

Households = Mapping[int, Sequence[View]]


def show(turn: Turn, page: str = "") -> None:
    """Whose children: those of nobody, then the fullest hands first."""
    if not keeping.keeps(turn):
        answer(turn, turn.words("people.not_yours"))
        return
    loads = {
        person: count
        for area in keeping.places(turn)
        for person, count in turn.work.responsibilities.loads(area).items()
    }
    people = sorted(loads, key=lambda one: (-loads[one], one))
    if count := len(_of_nobody(turn)):
        loads[NOBODY] = count
        people.insert(0, NOBODY)
    at = int(page or 0)
    rows = [
        button(
            turn.words("split.pile", name=_called(turn, one), count=loads[one]),
            "split.of",
            f"{one}::0",
        )
        for one in people[at : at + SHOWN]
    ]
    more = (
        [button(turn.words("form.more"), "split", str(at + SHOWN))] if people[at + SHOWN :] else []
    )
    answer(turn, turn.words("split.whose" if people else "split.none"), *rows, *more)


def choose(turn: Turn, arg: str) -> None:
    """One household after the other, or all of them."""
    person, chosen, at = _read(arg)
    homes = _households(turn, person)
    if not homes:
        register.refuse(turn)
        return
    chosen &= homes.keys()
    shown = [*homes][at : at + SHOWN]
    rows = [
        button(
            _label(turn, homes[one], one in chosen), "split.of", _arg(person, chosen ^ {one}, at)
        )
        for one in shown
    ]
    if len(homes) > SHOWN:
        after = at + SHOWN if at + SHOWN < len(homes) else 0
        rows.append(button(turn.words("form.more"), "split.of", _arg(person, chosen, after)))
    if chosen:
        count = sum(len(homes[one]) for one in chosen)
        rows.append((done_button(turn.words, count, Action("split.to", _arg(person, chosen, 0))),))
    else:
        rows.append(button(turn.words("split.all"), "split.of", _arg(person, {*homes}, at)))
    answer(turn, turn.words("split.which", name=_called(turn, person)), *rows, _back(turn))


def ask_whom(turn: Turn, arg: str) -> None:
    """交给谁: who may answer for every one of them."""
    person, chosen, at = _read(arg)
    views = _chosen(turn, person, chosen)
    if not views:
        register.refuse(turn)
        return
    people = [one for one in _candidates(turn, views) if one != person]
    loads = turn.work.responsibilities.loads(keeping.town_of(turn, views[0]))
    rows = [
        button(
            turn.words("keep.person", name=_called(turn, one), count=loads.get(one, 0)),
            "split.do",
            f"{person}:{','.join(map(str, sorted(chosen)))}:{one}",
        )
        for one in people[at : at + SHOWN]
    ]
    if people[at + SHOWN :]:
        rows.append(button(turn.words("form.more"), "split.to", _arg(person, chosen, at + SHOWN)))
    key = "split.whom" if people else "split.nobody_near"
    again = button(turn.words("split.again"), "split.of", _arg(person, chosen, 0))
    answer(turn, turn.words(key, count=len(views)), *rows, again)


def give(turn: Turn, arg: str) -> None:
    """All of them at once, or none; both people hear how many, and no name."""
    person, chosen, to = _read(arg)
    views = _chosen(turn, person, chosen)
    if not views or to == person or to not in _candidates(turn, views):
        register.refuse(turn)
        return
    ids, by = [seen.child.id for seen in views], turn.speaker.person_id
    work = turn.work
    if person == NOBODY:
        for child_id in ids:
            work.responsibilities.assign(child_id, to, PRIMARY, by=by)
    else:
        work.responsibilities.hand_over(person, to, by=by, child_ids=ids)
    cause = work.new_id()
    for who, key in ((to, "split.yours"), (person, "split.not_yours")):
        if who not in (NOBODY, by):
            text = turn.words(key, count=len(ids))
            look = button(turn.words("mine.children"), "children")
            colleagues.tell_person(turn, who, text, look, key=f"split:{cause}:{who}")
    done = turn.words("split.done", count=len(ids), other=_called(turn, to))
    answer(turn, done, _back(turn))


# -- small things -------------------------------------------------------------------------------


def _households(turn: Turn, person: int) -> Households:
    """The children whom the speaker may put elsewhere, those of one household together."""
    if person == NOBODY:
        children = turn.work.children.some(_of_nobody(turn))
    else:
        held = turn.work.responsibilities.of_person(person)
        children = tuple(one.child for one in held if one.kind == PRIMARY)
    own = register.own_ids(turn)
    homes: dict[int, list[View]] = {}
    for child in children:
        seen = register.view_of(turn, child, own=child.id in own)
        if seen is not None and child_file.may_assign(turn, seen):
            homes.setdefault(child.household_id, []).append(seen)
    return homes


def _chosen(turn: Turn, person: int, chosen: set[int]) -> list[View]:
    homes = _households(turn, person)
    return [seen for one, views in homes.items() if one in chosen for seen in views]


def _candidates(turn: Turn, views: Sequence[View]) -> list[int]:
    first, *others = (keeping.candidates(turn, seen) for seen in views)
    return [one for one in first if all(one in known for known in others)]


def _of_nobody(turn: Turn) -> list[int]:
    return [gap.child_id for gap in keeping.gaps_of(turn, "nobody")]


def _called(turn: Turn, person: int) -> str:
    return turn.words("split.nobody") if person == NOBODY else colleagues.called(turn, person)


def _label(turn: Turn, views: Sequence[View], is_chosen: bool) -> str:
    key = "split.chosen" if is_chosen else "split.open"
    names = "、".join(register.called(turn, seen) for seen in views[:NAMES])
    if len(views) > NAMES:
        names = turn.words("split.more", text=names, count=len(views))
    return turn.words(key, text=names)


def _back(turn: Turn) -> tuple[Button, ...]:
    return button(turn.words("split.others"), "split")


def _arg(person: int, chosen: set[int], at: int) -> str:
    return f"{person}:{','.join(map(str, sorted(chosen)))}:{at}"


def _read(arg: str) -> tuple[int, set[int], int]:
    """Whose children, which households, and what comes last: a page, or another person."""
    person, chosen, last = arg.split(":")
    return int(person), {int(one) for one in chosen.split(",") if one}, int(last)

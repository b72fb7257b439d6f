"""Children in the talk: those in one's own hands, and finding one as villagers speak."""

from collections import Counter
from collections.abc import Mapping, Sequence

from conversation.cards import Button
from handlers import filling
from handlers.children import register
from handlers.children.own import own
from handlers.saying import answer, button
from handlers.turn import Filled, Turn
from handlers.visiting import visits
from storage.children.child import Child

#: Children that fit one card; more are shown place by place.
SHOWN = 6


# -- one's own ----------------------------------------------------------------------------------


def mine(turn: Turn, arg: str = "") -> None:
    """我的孩子: by natural village; a long list opens place by place, and page by page."""
    children = own(turn)
    if not children:
        answer(turn, turn.words("child.none_yours"))
        return
    area_id, _, start = arg.partition(":")
    groups = Counter(child.area_id for child in children)
    head = turn.words("child.yours", count=len(children), text=_places(turn, groups))
    if area_id:
        children = [child for child in children if child.area_id == int(area_id)]
        head = turn.words("child.yours_there", text=_places(turn, {int(area_id): len(children)}))
    elif len(children) > SHOWN and len(groups) > 1:
        rows = [
            button(_place(turn, area, count), "children", str(area))
            for area, count in groups.items()
        ]
        answer(turn, head, *rows)
        return
    first = int(start or 0)
    page = children[first : first + SHOWN]
    more = (
        [button(turn.words("form.more"), "children", f"{area_id}:{first + SHOWN}")]
        if first + SHOWN < len(children)
        else []
    )
    answer(turn, head + _plans(turn, page), *(_open(turn, child) for child in page), *more)


def _plans(turn: Turn, children: Sequence[Child]) -> str:
    """When each of them is visited next, and why."""
    duties = turn.work.duties.visits_of([child.id for child in children])
    lines = [
        turn.words(
            "visit.plan",
            name=child.name,
            left=visits.left(turn, duties[child.id].due_at),
            reasons=visits.reasons(turn, duties[child.id], most=1),
        )
        for child in children
        if child.id in duties
    ]
    return "".join(f"\n· {line}" for line in lines)


def _open(turn: Turn, child: Child) -> tuple[Button, ...]:
    seen = register.view_of(turn, child, own=True)
    assert seen is not None
    return button(register.called(turn, seen), "child", str(child.id))


def _places(turn: Turn, groups: Mapping[int, int]) -> str:
    return "\n".join(_place(turn, area, count) for area, count in groups.items())


def _place(turn: Turn, area: int, count: int) -> str:
    return turn.words("child.in_place", area=turn.work.areas.full_name(area), count=count)


# -- finding ------------------------------------------------------------------------------------


def begin_find(turn: Turn, _: str = "") -> None:
    """找孩子."""
    if not register.sees_register(turn):
        answer(turn, turn.words("child.not_for_you"))
        return
    filling.begin(turn, "find_child", in_place=True)


def found(turn: Turn, filled: Filled) -> None:
    """The words that the form asked for."""
    find(turn, filled.answers["child_said"])


def find(turn: Turn, text: str) -> None:
    """Up to three who may be meant, each to be opened."""
    seen = register.search(turn, text)
    again = button(turn.words("child.find_again"), "find")
    if not seen:
        answer(turn, turn.words("child.not_found"), again)
        return
    rows = [button(register.called(turn, one), "child", str(one.child.id)) for one in seen]
    answer(turn, turn.words("child.found"), *rows, again)

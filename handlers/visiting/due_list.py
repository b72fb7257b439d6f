"""今天去哪几家: the list of who is visited next, and what is said of a visit that must wait."""

from dataclasses import replace
from datetime import timedelta

from conversation.cards import Button
from handlers import filling
from handlers.children import register
from handlers.saying import BESIDE, answer, button
from handlers.turn import Filled, Turn
from handlers.visiting import visits
from handlers.visiting.digest import share_now, wait_rows
from handlers.visiting.households import Home, read
from policy.masking import mask_name


def show(turn: Turn, arg: str = "") -> None:
    """今天去哪几家: by natural village and household, with names; each household to be opened."""
    share = share_now(turn, turn.speaker.person_id)
    seen = read(turn.work, share.told())
    homes, climbed = seen.homes(share.all()), seen.homes(share.climbed)
    if not homes and not climbed:
        answer(turn, turn.words("visits.nothing"), *_next(turn))
        return
    start = int(arg.removeprefix("+")) if arg.startswith("+") else 0
    listed = [*((home, "visit") for home in homes), *((home, "child") for home in climbed)]
    page = listed[start : start + BESIDE]
    heads = [
        *([turn.words("visits.title", count=len(homes))] if homes else []),
        *([turn.words("visits.climbed", count=len(climbed))] if climbed else []),
    ]
    rows = [
        button(_label(turn, home), verb, str(home.duties[0].subject_id)) for home, verb in page
    ]
    if start + BESIDE < len(listed):
        rows.append(button(turn.words("form.more"), "visits", f"+{start + BESIDE}"))
    if homes:
        rows += wait_rows(turn)
    lines = [*heads, *(_told(turn, home) for home, verb in page if verb == "visit")]
    answer(turn, "\n".join(lines), *rows)


def _told(turn: Turn, home: Home) -> str:
    duty = home.duties[0]
    return turn.words(
        "visits.line",
        name=_names(turn, home),
        what=turn.words(f"visits.step.{visits.step(duty)}"),
        reasons=visits.reasons(turn, duty, most=2),
    )


def _label(turn: Turn, home: Home) -> str:
    area = turn.work.areas.get(home.area_id)
    left = visits.left(turn, home.due)
    return turn.words(
        "visits.label", name=_names(turn, home), area=area.name if area else "", left=left
    )


def _names(turn: Turn, home: Home) -> str:
    """As far as the speaker may read them."""
    own = register.own_ids(turn)
    views = (register.view_of(turn, child, own=child.id in own) for child in home.children)
    return "、".join(
        one.child.name if "name" in one.fields else mask_name(one.child.name)
        for one in views
        if one is not None
    )


def _next(turn: Turn) -> list[tuple[Button, ...]]:
    return [button(turn.words("mine.children"), "children")]


def later(turn: Turn, _: str = "") -> None:
    """明天再提醒: the next digest speaks of it again; the day of the visit stays."""
    share = share_now(turn, turn.speaker.person_id)
    tomorrow = turn.at.date() + timedelta(days=1)
    turn.work.visits.be_quiet(share.all(), tomorrow)
    homes = read(turn.work, share.all()).homes(share.all())
    answer(turn, turn.words("digest.put_off", count=len(homes)))


def begin_why(turn: Turn, _: str = "") -> None:
    """说明原因: why it is late; the day of the visit stays."""
    if share_now(turn, turn.speaker.person_id).all():
        filling.begin(turn, "visit_late", in_place=True)
    else:
        answer(turn, turn.words("visits.nothing"))


def explained(turn: Turn, filled: Filled) -> None:
    """The reason stands beside every visit that is due; whoever hears of a missed one sees it."""
    filled = replace(filled, answers=filling.with_told(filled.answers, "late_note"))
    share = share_now(turn, turn.speaker.person_id)
    for child_id in share.all():
        visits.explain(turn, child_id, filled)
    answer(turn, turn.words("digest.explained", count=len(share.all())))

"""One child with two files: seen side by side, made one, and two again for a while."""

from conversation.cards import Button
from handlers import filling
from handlers.children import changing, child_file, register, stewards
from handlers.children.register import View
from handlers.people import proof
from handlers.saying import OFFERED, answer, button
from handlers.turn import Filled, Turn
from policy.masking import defang
from policy.register.columns import COLUMNS
from storage.children.twins import Twin

#: What is compared, whether it differs or not; of the rest only what differs.
ALWAYS = ("name", "birth_date", "village")


def begin(turn: Turn, child_id: str) -> None:
    """和另一份重复: which other one is found by its name."""
    if _headed(turn, int(child_id)) is None:
        register.refuse(turn)
        return
    filling.begin(turn, "find_twin", preset={"child_id": child_id}, in_place=True)


def found(turn: Turn, filled: Filled) -> None:
    """Who may be meant, each to be laid beside the first."""
    child_id = filled.answers["child_id"]
    others = [
        seen
        for seen in register.search(turn, filled.answers["child_said"])
        if str(seen.child.id) != child_id
    ]
    rows = [
        button(register.called(turn, seen), "twin", f"{child_id}:{seen.child.id}")
        for seen in others
    ]
    key = "child.found" if rows else "child.not_found"
    again = button(turn.words("child.find_again"), "twin.find", child_id)
    answer(turn, turn.words(key), *rows, again, _to_file(turn, child_id))


def waiting(turn: Turn) -> tuple[Twin, ...]:
    """Children who may be one and whom the speaker may decide about."""
    tops = stewards.heads(turn)
    found = turn.work.twins.open(tops) if tops else ()
    return tuple(
        one
        for one in found[:OFFERED]
        if (other := _headed(turn, one.other_id)) and other.child.id != one.child_id
    )


def show(turn: Turn, pair: str) -> None:
    """Both side by side; both looks are in the audit."""
    both = _both(turn, pair)
    if both is None or (any(seen.waits for seen in both) and proof.is_missing(turn)):
        return
    one, other = both
    for seen in both:
        register.open_file(turn, seen, code="twin")
    unknown = child_file.said(COLUMNS["name"], "")
    keys = [key for key in COLUMNS.table if key in one.fields & other.fields]
    lines = [
        turn.words(
            "twin.line", heading=COLUMNS[key].heading, before=a or unknown, after=b or unknown
        )
        for key in keys
        if COLUMNS[key].person != "responsible" and key not in child_file.TOLD_APART
        for a, b in [(child_file.value(turn, one, key), child_file.value(turn, other, key))]
        if key in ALWAYS or a != b
    ]
    answer(
        turn,
        defang("\n".join([turn.words("twin.ask"), *lines])),
        button(turn.words("twin.join"), "twin.join", pair),
        button(turn.words("twin.apart"), "twin.apart", pair),
        _to_file(turn, str(one.child.id)),
    )


def join(turn: Turn, pair: str) -> None:
    """是同一个: what only the newer file knew goes to the older one."""
    both = _both(turn, pair)
    if both is None:
        return
    one, other = sorted(both, key=lambda seen: seen.child.id)
    by = turn.speaker.person_id
    turn.work.children.merge(one.child.id, other.child.id, by=by)
    turn.work.twins.decide(one.child.id, other.child.id, "merged", by=by)
    for seen in both:
        changing.note(turn, seen)
    days = turn.rules.policy.timing["merge_undone"].days
    text = turn.words("twin.joined", name=register.called(turn, one), count=days)
    answer(turn, text, _to_file(turn, str(one.child.id)))


def apart(turn: Turn, pair: str) -> None:
    """是两个孩子: it is not asked again."""
    both = _both(turn, pair)
    if both is None:
        return
    one, other = (seen.child.id for seen in both)
    turn.work.twins.decide(one, other, "apart", by=turn.speaker.person_id)
    answer(turn, turn.words("twin.kept_apart"), _to_file(turn, str(one)))


def split(turn: Turn, twice_id: str) -> None:
    """拆开: two children after all, within the time that the county allows."""
    twice = turn.work.children.get(int(twice_id))
    seen = _headed(turn, twice.merged_into) if twice and twice.merged_into else None
    if (
        twice is None
        or seen is None
        or twice.id not in {one.id for one, _ in child_file.undoable(turn, seen)}
    ):
        register.refuse(turn)
        return
    turn.work.children.unmerge(twice.id, by=turn.speaker.person_id)
    changing.note(turn, seen)
    again = register.view(turn, twice.id)
    assert again is not None
    changing.note(turn, again)
    answer(
        turn,
        turn.words("twin.split_done"),
        button(register.called(turn, seen), "child", str(seen.child.id)),
        button(register.called(turn, again), "child", twice_id),
    )


def _both(turn: Turn, pair: str) -> tuple[View, View] | None:
    """The two, each active and at or below the speaker's places; they are not one already."""
    one, other = (_headed(turn, int(part)) for part in pair.split(":"))
    if one is None or other is None or one.child.id == other.child.id:
        register.refuse(turn)
        return None
    return one, other


def _headed(turn: Turn, child_id: int) -> View | None:
    seen = register.view(turn, child_id)
    if seen is None or seen.child.status != "active":
        return None
    return seen if stewards.is_head(turn, seen.child.area_id) else None


def _to_file(turn: Turn, child_id: str) -> tuple[Button, ...]:
    return button(turn.words("child.back"), "child", child_id)

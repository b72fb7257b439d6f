"""A child who needs no care from here any more: grown, home again, moved, died; and coming back.

Whoever moves stays in the old hands until the new place takes them.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from conversation.cards import Button, Card
from handlers import filling
from handlers.children import changing, child_file, register, stewards
from handlers.children.register import View
from handlers.people import colleagues, proof
from handlers.reporting import first_words
from handlers.rules import Rules
from handlers.saying import SHOWN, answer, button, home_row
from handlers.turn import Filled, Turn
from policy.masking import defang
from storage.children.child import NOTE, TO, Child
from storage.work import Reading, Work

#: How old the child is at least, for what can be counted.
AGES = {"grown_16": 16, "grown_18": 18}


# -- leaving ------------------------------------------------------------------------------------


def begin(turn: Turn, child_id: str) -> None:
    """Why, and since when."""
    seen = _kept(turn, child_id, "active")
    if seen is not None:
        told = {
            "child_id": child_id,
            "child_label": register.called(turn, seen),
            "leaves_at": str(turn.rules.policy.limits["leaves_register_at"]),
        }
        filling.begin(turn, "departure", preset=told, in_place=True)


def told(turn: Turn, filled: Filled) -> None:
    """The child leaves, or is offered to where they moved."""
    said = filling.with_told(filled.answers, "left_note")
    seen = _kept(turn, said["child_id"], "active")
    if seen is None:
        return
    why, on = said["left_for"], date.fromisoformat(said["left_on"])
    if _is_too_young(seen.child, why, on):
        text = turn.words("depart.too_young", name=register.called(turn, seen), count=AGES[why])
        again = button(turn.words("child.again"), "depart", said["child_id"])
        answer(turn, text, again, _to_file(turn, seen))
    elif said.get("place"):
        place = turn.work.areas.meant(int(said["place"]))
        _moves_to(turn, seen, place, on, said.get("left_note", ""))
    else:
        note = "；".join(filter(None, (said.get("away_to", ""), said.get("left_note", ""))))
        _leaves(turn, seen, why, on, note)
    first_words.told_elsewhere(turn, filled.answers.get("told", ""))


def _is_too_young(child: Child, why: str, on: date) -> bool:
    years = register.age(child, on)
    return why in AGES and years is not None and years < AGES[why]


def _leaves(turn: Turn, seen: View, why: str, on: date, note: str) -> None:
    child_id, keeper = seen.child.id, turn.work.responsibilities.primary(seen.child.id)
    turn.work.children.leave(
        child_id, why, on, by=turn.speaker.person_id, note=note, true_at=_began(turn, on)
    )
    changing.note(turn, seen)
    reason = turn.words(f"child.left.{why}")
    _tell_keeper(turn, seen, keeper, "depart.not_yours", reason)
    key = "depart.died" if why == "died" else "depart.done"
    text = turn.words(key, name=register.called(turn, seen), what=reason, when=on)
    answer(turn, text, _to_file(turn, seen))


def come_back(turn: Turn, child_id: str) -> None:
    """又回来了: in the register again, and in nobody's hands yet."""
    seen = _kept(turn, child_id, "left")
    if seen is None:
        return
    if seen.child.is_erased:
        answer(turn, turn.words("depart.erased"))
        return
    turn.work.children.come_back(seen.child.id, by=turn.speaker.person_id)
    changing.note(turn, seen)
    text = turn.words("depart.back_done", name=register.called(turn, seen))
    answer(turn, text, *_to_keeper(turn, seen), _to_file(turn, seen))


# -- moving within the county ---------------------------------------------------------------------


def _moves_to(turn: Turn, seen: View, place: int, on: date, note: str) -> None:
    """Within the speaker's own place at once; elsewhere the new place is asked."""
    child, by = seen.child, turn.speaker.person_id
    area = turn.work.areas.full_name(place)
    if place == child.area_id:
        answer(turn, turn.words("depart.same_place"), _to_file(turn, seen))
        return
    if stewards.keeps(turn, place):
        turn.work.children.move(child.id, place, by=by, note=note, true_at=_began(turn, on))
        changing.note(turn, seen)
        text = turn.words("depart.moved", name=register.called(turn, seen), area=area)
        answer(turn, text, *_to_keeper(turn, seen), _to_file(turn, seen))
        return
    turn.work.children.transfer(child.id, place, by=by, note=note, true_at=_began(turn, on))
    card = Card(
        text=turn.words(
            "transfer.asked", other=turn.work.areas.full_name(child.area_id), area=area
        ),
        rows=(
            button(turn.words("transfer.look"), "transfer", str(child.id)),
            home_row(turn),
        ),
    )
    holders = stewards.of_place(turn.work, turn.rules, place)
    stewards.tell(turn.work, holders, card, key=f"moves:{turn.work.new_id()}")
    turn.told_others = True
    text = turn.words("transfer.sent", name=register.called(turn, seen), area=area)
    answer(turn, text, _to_file(turn, seen))


def stop(turn: Turn, child_id: str) -> None:
    """不转了: whoever offered the child takes the offer back."""
    seen = _kept(turn, child_id, "active")
    if seen is None:
        return
    if seen.child.to_area_id is not None:
        turn.work.children.refuse_transfer(seen.child.id, by=turn.speaker.person_id)
    answer(turn, turn.words("transfer.stopped"), _to_file(turn, seen))


def offers(turn: Turn) -> tuple[Child, ...]:
    """The children whom other places hand to the speaker's."""
    tops = stewards.heads(turn)
    return turn.work.children.offered_to(tops) if tops else ()


def show(turn: Turn, child_id: str) -> None:
    """Who is offered, and from where; the look is in the audit."""
    seen = _offered(turn, child_id)
    if seen is None or (seen.waits and proof.is_missing(turn)):
        return
    child = register.open_file(turn, seen, code="transfer").child
    assert child.to_area_id is not None
    text = turn.words(
        "transfer.ask",
        name=register.called(turn, seen),
        other=turn.work.areas.full_name(child.area_id),
        area=turn.work.areas.full_name(child.to_area_id),
        text=_note_of(turn, child) or turn.words("transfer.no_note"),
    )
    take_it = button(turn.words("transfer.take"), "transfer.take", child_id)
    refuse_it = button(turn.words("transfer.refuse"), "transfer.refuse", child_id)
    answer(turn, defang(text), take_it, refuse_it)


def take(turn: Turn, child_id: str) -> None:
    """接收: the child is ours; the old place's people are free and hear of it."""
    seen = _offered(turn, child_id)
    if seen is None:
        return
    child = seen.child
    keeper = turn.work.responsibilities.primary(child.id)
    turn.work.children.accept_transfer(child.id, by=turn.speaker.person_id)
    changing.note(turn, seen)
    for person in dict.fromkeys((child.offered_by, keeper)):
        _tell_keeper(turn, seen, person, "transfer.taken", "")
    text = turn.words("transfer.yours", name=register.called(turn, seen))
    answer(turn, text, button(turn.words("keep.change"), "keep", child_id), _to_file(turn, seen))


def begin_refuse(turn: Turn, child_id: str) -> None:
    """不接收: with a reason."""
    if _offered(turn, child_id) is not None:
        filling.begin(turn, "decline", preset={"child_id": child_id}, in_place=True)


def refused(turn: Turn, filled: Filled) -> None:
    """The child stays where they are, and whoever offered them reads why."""
    seen = _offered(turn, filled.answers["child_id"])
    if seen is None:
        return
    child, why = seen.child, filled.answers["decline_why"]
    turn.work.children.refuse_transfer(child.id, by=turn.speaker.person_id, note=why)
    if child.offered_by is not None:
        text = turn.words("transfer.declined", area=_offered_to(turn, child))
        why_button = button(turn.words("transfer.why"), "child.history", str(child.id))
        colleagues.tell_person(
            turn, child.offered_by, text, why_button, key=f"moves:{turn.work.new_id()}"
        )
    answer(turn, turn.words("transfer.refused_done"))


def _offered(turn: Turn, child_id: str) -> View | None:
    """The child, if it is offered to a place whose register the speaker keeps."""
    child = turn.work.children.get(int(child_id))
    place = child.to_area_id if child is not None and child.status == "active" else None
    if child is None or place is None or not stewards.is_head(turn, place):
        answer(turn, turn.words("transfer.gone"))
        return None
    return register.view_of(turn, child, own=False, at=place)


def _offered_to(turn: Turn, child: Child) -> str:
    return turn.work.areas.full_name(child.to_area_id) if child.to_area_id else ""


def _note_of(turn: Turn, child: Child) -> str:
    offers = turn.work.children.history(child.id, TO)
    return offers[-1].changes.get(NOTE, ("", ""))[1] if offers else ""


# -- who will be too old --------------------------------------------------------------------------


def soon(turn: Turn, _: str = "") -> None:
    """Who reaches the age at which they leave, the next first."""
    policy = turn.rules.policy
    years, ahead = policy.limits["leaves_register_at"], policy.timing["leaving_told"]
    today = turn.at.date()
    views = [
        seen
        for child in turn.work.children.turning(years, today, ahead)
        if stewards.keeps(turn, child.area_id)
        and (seen := register.view_of(turn, child, own=False))
    ]
    views.sort(key=lambda seen: _turns(seen.child, years))
    rows = [
        button(
            turn.words(
                "soon.line",
                name=register.called(turn, seen),
                when=turn.day(_turns(seen.child, years)),
            ),
            "child",
            str(seen.child.id),
        )
        for seen in views[:SHOWN]
    ]
    key = "soon.some" if views else "soon.none"
    answer(turn, turn.words(key, count=len(views), what=years), *rows)


def towns_with_soon(reading: Reading, rules: Rules) -> dict[int, int]:
    """How many children of each township will soon be too old; townships without are left out."""
    years, ahead = rules.policy.limits["leaves_register_at"], rules.policy.timing["leaving_told"]
    today = reading.now.astimezone(rules.zone).date()
    children = reading.children.turning(years, today, ahead)
    return dict(Counter(_town(reading, child) for child in children))


def tell_soon(work: Work, rules: Rules, towns: Mapping[int, int]) -> None:
    """One card of the week to each township with somebody who will soon be too old."""
    ahead = rules.policy.timing["leaving_told"] // timedelta(days=1)
    year, week, _ = work.now.astimezone(rules.zone).isocalendar()
    for town, count in towns.items():
        text = rules.words(
            "soon.told",
            area=work.areas.full_name(town),
            count=count,
            what=rules.policy.limits["leaves_register_at"],
            when=ahead,
        )
        look, find = rules.words("soon.look"), rules.words("mine.find")
        home = rules.words("home.again")
        card = Card(
            text=text, rows=(button(look, "soon"), button(find, "find"), button(home, "home"))
        )
        holders = stewards.of_place(work, rules, town)
        stewards.tell(work, holders, card, key=f"soon:{year}{week:02}:{town}")


def _town(reading: Reading, child: Child) -> int:
    path = reading.areas.path(child.area_id)
    return next((row.id for row in path if row.kind == "town"), child.area_id)


def _turns(child: Child, years: int) -> date:
    born = child.born_on
    assert born is not None
    try:
        return born.replace(year=born.year + years)
    except ValueError:  # 29 February
        return date(born.year + years, 3, 1)


# -- small things ---------------------------------------------------------------------------------


def _kept(turn: Turn, child_id: str, status: str) -> View | None:
    """The child, if the speaker keeps the register where they live."""
    seen = register.view(turn, int(child_id))
    if seen is None or not stewards.keeps(turn, seen.child.area_id):
        register.refuse(turn)
        return None
    if seen.child.status != status:
        child_file.show(turn, child_id)
        return None
    return seen


def _began(turn: Turn, day: date) -> datetime:
    return datetime.combine(day, time(), turn.rules.zone)


def _tell_keeper(turn: Turn, seen: View, person: int | None, key: str, what: str) -> None:
    """Whoever answered for the child hears of it: the place, no name."""
    if person is None or person == turn.speaker.person_id:
        return
    area = turn.work.areas.full_name(seen.child.area_id)
    text = turn.words(key, area=area, what=what, other=_offered_to(turn, seen.child))
    colleagues.tell_person(turn, person, text, key=f"moves:{turn.work.new_id()}")


def _to_file(turn: Turn, seen: View) -> tuple[Button, ...]:
    return button(turn.words("child.back"), "child", str(seen.child.id))


def _to_keeper(turn: Turn, seen: View) -> tuple[tuple[Button, ...], ...]:
    """The way to who answers for the child, for whoever says that."""
    if not colleagues.manages(turn, "responsible", seen.child.area_id):
        return ()
    return (button(turn.words("keep.change"), "keep", str(seen.child.id)),)

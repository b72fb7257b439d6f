"""A child who is not in the register is entered in the talk, unless they are known already."""

import json
from collections.abc import Mapping

from conversation.cards import Button, Card
from handlers import filling
from handlers.children import changing, child_file, register, stewards
from handlers.form_cards import Notice
from handlers.saying import answer, button, home_row
from handlers.turn import Filled, Turn
from policy.register.comparing import child_of_record
from policy.register.identity import BadNumber, Identity, read_identity
from policy.register.matching import same_child, sounds_alike
from storage.children.child import Child

#: A question's name is the column's behind this.
COLUMN = "kid_"
#: Nobody so old is a child.
ADULT = 18


def may(turn: Turn) -> bool:
    """True for whoever writes children into a register."""
    return bool(stewards.enters(turn))


def begin(turn: Turn, _: str = "") -> None:
    """登记新孩子: which village is asked only of those who have several."""
    places = stewards.enters(turn)
    if not places:
        answer(turn, turn.words("people.not_yours"))
        return
    only = places[0] if len(places) == 1 and _is_village(turn, places[0]) else None
    preset = {"place": str(only)} if only is not None else {}
    filling.begin(turn, "enter_child", preset=preset, in_place=True)


def told(turn: Turn, filled: Filled) -> None:
    """All is answered: what cannot be is asked again, whom we may know is shown first."""
    place = turn.work.areas.meant(int(filled.answers["place"]))
    values = _values(filled.answers)
    wrong = _wrong(turn, place, values)
    if wrong:
        keys, sentence = wrong
        said = {name: value for name, value in filled.answers.items() if name not in keys}
        notice = Notice(text=turn.words(sentence))
        filling.begin(turn, "enter_child", preset=said, notice=notice)
        return
    known = _double(turn, place, values)
    seen = known and register.view_of(turn, known, own=known.id in register.own_ids(turn))
    if not seen:
        _enter(turn, place, values, known)
        return
    preset = {
        "entered": json.dumps([place, values], ensure_ascii=False),
        "double_id": str(seen.child.id),
        "double_label": register.called(turn, seen),
    }
    filling.begin(turn, "double", preset=preset)


def decided(turn: Turn, filled: Filled) -> None:
    """The same child: their file is opened. Another one: entered, as a human said so."""
    if filled.answers["double"] == "same":
        child_file.show(turn, filled.answers["double_id"])
        return
    place, values = json.loads(filled.answers["entered"])
    if _is_ours(turn, place):
        _enter(turn, place, values, None)
    else:
        answer(turn, turn.words("people.not_yours"))


# -- what was said --------------------------------------------------------------------------------


def _values(said: Mapping[str, str]) -> dict[str, str]:
    """The record's columns; a sound number tells birthday and sex, too."""
    values = {
        name.removeprefix(COLUMN): value
        for name, value in said.items()
        if name.startswith(COLUMN) and value
    }
    if told_too := said.get("told"):
        values["notes"] = told_too
    for key in values.keys() & {"guardian_phone"}:
        values[key] = changing.tidied(key, values[key]) or values[key]
    match read_identity(values["id_number"]) if "id_number" in values else None:
        case Identity() as told:
            values["id_number"] = told.number
            if told.birth is not None:
                values["birth_date"] = told.birth.isoformat()
            if told.sex is not None:
                values["sex"] = told.sex
        case _:
            pass
    return values


def _wrong(
    turn: Turn, place: int, values: Mapping[str, str]
) -> tuple[tuple[str, ...], str] | None:
    """The questions to ask again, and why."""
    number = values.get("id_number", "")
    if not _is_village(turn, place):
        return ("place",), "enter.closer"
    if not _is_ours(turn, place):
        return ("place",), "enter.elsewhere"
    if number and isinstance(read_identity(number), BadNumber):
        return ("kid_id_number",), "enter.bad_number"
    years = register.years(values.get("birth_date", ""), turn.at.date())
    if years is not None and years >= ADULT:
        return ("kid_id_number", "kid_birth_date"), "enter.adult"
    return None


def _is_ours(turn: Turn, place: int) -> bool:
    return any(turn.work.areas.is_within(place, at) for at in stewards.enters(turn))


def _is_village(turn: Turn, place: int) -> bool:
    area = turn.work.areas.get(place)
    return area is not None and area.kind in ("village", "group")


# -- perhaps known --------------------------------------------------------------------------------


def _double(turn: Turn, place: int, values: Mapping[str, str]) -> Child | None:
    """The child of the register who is most like this one, wherever they live."""
    children, born = turn.work.children, values.get("birth_date", "")
    number = values.get("id_number", "")
    same_number = children.by_id_number(number) if number else None
    if same_number is not None:
        return same_number
    new = child_of_record(values, _village(turn, place))
    near = children.born_in(born) if len(born) >= len("2016-09") else ()
    for one in near:
        if same_child(new, child_of_record(one.values, _village(turn, one.area_id))) != "no":
            return one
    return None if born else _namesake(turn, place, new.name)


def _namesake(turn: Turn, place: int, name: str) -> Child | None:
    """Without a birthday: whoever in the same village is called the same."""
    areas = turn.work.areas.descendants(_village(turn, place))
    turn.rules.roll.catch_up(turn.work, areas, ())
    hits = turn.work.children.some(turn.rules.roll.find(name, areas, ()))
    return next((one for one in hits if sounds_alike(one.name, name)), None)


def _village(turn: Turn, area_id: int) -> int:
    path = turn.work.areas.path(area_id)
    return next((row.id for row in path if row.kind == "village"), area_id)


# -- entering -------------------------------------------------------------------------------------


def _enter(turn: Turn, place: int, values: Mapping[str, str], double: Child | None) -> None:
    """Enter the child; one whom the speaker may not see may be the same: the township decides."""
    by = turn.speaker.person_id
    child_id = turn.work.children.add(place, values, source="registration", by=by)
    turn.work.audit.write(by, "child-entered", "child", child_id, {"area": place})
    if double is not None:
        turn.work.twins.note(child_id, double.id, by=by)
    _tell(turn, place, child_id)
    seen = register.view(turn, child_id)
    if seen is None:
        answer(turn, turn.words("enter.done_unseen", name=values["name"]), _another(turn))
        return
    rows = [button(turn.words("enter.open"), "child", str(child_id)), _another(turn)]
    if child_file.may_assign(turn, seen):
        rows.insert(0, button(turn.words("keep.change"), "keep", str(child_id)))
    answer(turn, turn.words("enter.done", name=register.called(turn, seen)), *rows)


def _another(turn: Turn) -> tuple[Button, ...]:
    return button(turn.words("enter.another"), "enter")


def _tell(turn: Turn, place: int, child_id: int) -> None:
    """The township hears that there is a child nobody answers for yet; no name on the card."""
    card = Card(
        text=turn.words("enter.told", area=turn.work.areas.full_name(place)),
        rows=(button(turn.words("enter.open"), "child", str(child_id)), home_row(turn)),
    )
    me = turn.speaker.person_id
    holders = [
        one for one in stewards.of_place(turn.work, turn.rules, place) if one.person_id != me
    ]
    stewards.tell(turn.work, holders, card, key=f"entered:{child_id}")
    turn.told_others = turn.told_others or bool(holders)

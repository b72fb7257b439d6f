"""Who looks after a child: entered, changed, ended; and delegated care as the law wants it."""

import json
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from conversation.cards import Button, Card
from handlers import filling
from handlers.children import changing, child_file, register, stewards
from handlers.children.register import View
from handlers.reporting import first_words
from handlers.rules import Rules
from handlers.saying import OFFERED, answer, button
from handlers.turn import Filled, Turn
from policy.delegated_care import stops, wanting
from policy.masking import defang
from policy.register.columns import COLUMNS
from storage.children.carers import Carer, CarerIn
from storage.children.child import Child, Conflict
from storage.work import Work

#: A question's name is what is kept of a carer behind this; the others keep their own.
OF_CARER = "carer_"
#: What the program told the form.
PRESETS = frozenset({"child_id", "child_label", "carer_id", "in_school", "care_stands", "stopped"})
#: What the register knows of the one to whom the parents entrusted the child.
GUARDIAN = ("name", "phone", "relation", "address", "health", "id_number")
#: Whoever goes to no school has none to be told.
NOT_AT_SCHOOL = frozenset({"not_yet", "dropped_out", "out_of_school"})
#: When the day's bells ring, and how many in one go.
HOUR, BELLS = 9, 50


# -- looking --------------------------------------------------------------------------------------


def show(turn: Turn, child_id: str) -> None:
    """谁照看孩子: all of now, and whom the law forbade."""
    seen = _readable(turn, child_id)
    if seen is None:
        return
    today = turn.at.date()
    now = turn.work.carers.current(seen.child.id, today)
    refused = [one for one in turn.work.carers.of_child(seen.child.id) if one.kind == "refused"]
    rows = [
        button(_line(turn, one), "carer", f"{seen.child.id}:{one.id}")
        for one in (*now, *refused)[:OFFERED]
    ]
    if _may_change(turn, seen):
        known = seen.child.values.get("guardian_name", "")
        if known and not any(one.said.get("name") == known for one in now):
            label = turn.words("carer.add_known", name=known)
            rows.append(button(label, "carer.add", f"{seen.child.id}:known"))
        rows.append(button(turn.words("carer.add"), "carer.add", str(seen.child.id)))
        rows.append(button(turn.words("paper.offer"), "paper", f"child:{seen.child.id}"))
    key = "carer.some" if now else "carer.nobody"
    answer(turn, turn.words(key, name=register.called(turn, seen)), *rows, _to_file(turn, seen))


def one(turn: Turn, arg: str) -> None:
    """What is known of one carer, and what is still wanted."""
    found = _one(turn, arg)
    if found is None:
        return
    seen, carer = found
    lines = [_line(turn, carer)]
    lines += [
        turn.words("child.line", heading=COLUMNS[f"guardian_{key}"].heading, value=told)
        for key in GUARDIAN
        if (told := child_file.said(COLUMNS[f"guardian_{key}"], carer.said.get(key, "")))
        and carer.said.get(key)
    ]
    if carer.said.get("child_opinion"):
        lines.append(turn.words("carer.opinion", text=carer.said["child_opinion"]))
    if carer.said.get("told"):
        lines.append(turn.words("carer.told", text=carer.said["told"]))
    if carer.kind == "delegated":
        lines += _wanting(turn, carer.said)
    if carer.kind == "refused":
        lines.append(turn.words("carer.forbidden", what=_forbidden(turn, carer.said)))
    rows = []
    if _may_change(turn, seen) and carer.kind != "refused" and _lasts(carer, turn.at.date()):
        rows = [
            button(turn.words("carer.change"), "carer.change", arg),
            button(turn.words("carer.end"), "carer.end", arg),
        ]
    back = button(turn.words("carer.back"), "carers", str(seen.child.id))
    answer(turn, defang("\n".join(lines)), *rows, back)


def _line(turn: Turn, carer: Carer) -> str:
    key = "carer.line_until" if carer.until else "carer.line"
    return turn.words(
        key,
        name=carer.said.get("name", ""),
        other=carer.said.get("relation", ""),
        what=turn.words(f"carer.kind.{carer.kind}"),
        when=carer.until,
    )


def _wanting(turn: Turn, said: Mapping[str, str]) -> list[str]:
    missing = "、".join(turn.words(f"carer.want.{key}") for key in wanting(said))
    return [turn.words("carer.wanting", text=missing)] if missing else [turn.words("carer.stands")]


def _forbidden(turn: Turn, said: Mapping[str, str]) -> str:
    return "、".join(turn.words(f"carer.stop.{key}") for key in stops(said))


# -- entering and changing ------------------------------------------------------------------------


def begin_add(turn: Turn, arg: str) -> None:
    """One more who looks after the child; what the register knows of them is not asked again."""
    child_id, _, known = arg.partition(":")
    seen = _changeable(turn, child_id)
    if seen is None:
        return
    told = seen.child.values
    preset = {
        f"{OF_CARER}{key}": told[f"guardian_{key}"]
        for key in GUARDIAN
        if known and told.get(f"guardian_{key}")
    }
    filling.begin(turn, "carer", preset={**_presets(turn, seen), **preset}, in_place=True)


def begin_change(turn: Turn, arg: str) -> None:
    """All that was said, to be changed line by line; what is wanting is asked."""
    found = _one_to_change(turn, arg)
    if found is None:
        return
    seen, carer = found
    said = {
        name: value
        for key, value in carer.said.items()
        for name in (key, f"{OF_CARER}{key}")
        if name in _questions(turn)
    }
    # Asked anew: a letter that was not written yet, an answer that was not known.
    asked = {name for key in wanting(carer.said) for name in (key, f"{OF_CARER}{key}")}
    known = {name: value for name, value in said.items() if name not in asked}
    preset = {**_presets(turn, seen), **known, "carer_kind": carer.kind, "carer_id": str(carer.id)}
    filling.begin(turn, "carer", preset=preset, in_place=True)


def _presets(turn: Turn, seen: View) -> dict[str, str]:
    told = seen.child.values
    schooling = told.get("schooling", "")
    at_school = "unknown" if not schooling else "no" if schooling in NOT_AT_SCHOOL else "yes"
    stands = {key: told.get(key, "") for key in _columns()}
    return {
        "child_id": str(seen.child.id),
        "child_label": register.called(turn, seen),
        "in_school": at_school,
        "care_stands": json.dumps(stands, ensure_ascii=False),
    }


def _columns() -> tuple[str, ...]:
    return ("has_guardian", "care_reason", *(f"guardian_{key}" for key in GUARDIAN))


def _questions(turn: Turn) -> frozenset[str]:
    _, form = turn.rules.current_form(turn.work, "carer")
    return frozenset(question.name for question in form.questions)


def told(turn: Turn, filled: Filled) -> None:
    """Entered or changed; a delegation that the law forbids is refused, and the township hears."""
    seen = _changeable(turn, filled.answers["child_id"])
    if seen is None:
        return
    said = {
        name.removeprefix(OF_CARER): value
        for name, value in filled.answers.items()
        if name not in PRESETS and name != "carer_kind"
    }
    if filled.answers.get("in_school") == "no":
        said["school_told_on"] = "none"
    carer_id = int(filled.answers.get("carer_id") or 0)
    if carer_id and not _is_of(turn, carer_id, seen):
        register.refuse(turn)
        return
    kind = filled.answers["carer_kind"]
    if kind == "delegated" and stops(said):
        _forbid(turn, seen, said, carer_id)
        first_words.told_elsewhere(turn, said.get("told", ""))
        return
    _keep(turn, seen, kind, said, carer_id)
    lines = [turn.words("carer.kept", name=said["name"])]
    if kind == "delegated":
        stands = json.loads(filled.answers["care_stands"])
        lines += _wanting(turn, said) + _to_register(turn, seen, said, stands)
    answer(
        turn,
        defang("\n".join(lines)),
        button(turn.words("carer.back"), "carers", str(seen.child.id)),
        _to_file(turn, seen),
    )
    first_words.told_elsewhere(turn, said.get("told", ""))


def _keep(turn: Turn, seen: View, kind: str, said: Mapping[str, str], carer_id: int) -> None:
    until = date.fromisoformat(said["care_until"]) if said.get("care_until") else None
    wake_at = _warns(turn.rules, until, turn.work.now) if until else None
    by = turn.speaker.person_id
    if carer_id:
        turn.work.carers.change(carer_id, said, by=by, until=until, wake_at=wake_at)
        return
    since = date.fromisoformat(said["care_from"]) if said.get("care_from") else None
    entered = CarerIn(kind=kind, said=said, since=since, until=until, wake_at=wake_at)
    turn.work.carers.add(seen.child.id, entered, by=by)


def _forbid(turn: Turn, seen: View, said: Mapping[str, str], carer_id: int) -> None:
    """Nobody is entrusted with the child; what was declared is kept for the township."""
    by, child_id = turn.speaker.person_id, seen.child.id
    if carer_id:
        turn.work.carers.change(carer_id, {}, by=by, until=turn.at.date() - timedelta(days=1))
        _out_of_register(turn.work, seen.child, said.get("name", ""), by)
    turn.work.carers.add(child_id, CarerIn(kind="refused", said=said), by=by)
    keys = list(stops(said))
    turn.work.audit.write(by, "carer-refused", "child", child_id, {"why": keys})
    area = turn.work.areas.full_name(seen.child.area_id)
    card = _card(turn.rules, turn.words("carer.refused_told", area=area), child_id)
    holders = stewards.of_place(turn.work, turn.rules, seen.child.area_id)
    stewards.tell(turn.work, holders, card, key=f"care:{turn.work.new_id()}")
    turn.told_others = True
    text = turn.words("carer.refused", what=_forbidden(turn, said))
    answer(turn, text, button(turn.words("carer.back"), "carers", str(child_id)))


def _to_register(
    turn: Turn, seen: View, said: Mapping[str, str], stands: Mapping[str, str]
) -> list[str]:
    """The one fact is in the child's record too; what somebody else changed waits for a human."""
    wanted = {
        f"guardian_{key}": tidied
        for key in GUARDIAN
        if said.get(key) and (tidied := changing.tidied(f"guardian_{key}", said[key]))
    }
    wanted |= {"has_guardian": "yes", "care_reason": said.get("care_reason", "")}
    done = turn.work.children.change(
        seen.child.id,
        wanted,
        source="correction",
        by=turn.speaker.person_id,
        expect=stands,
    )
    if not isinstance(done, Conflict):
        return []
    headings = "、".join(COLUMNS[key].heading for key in done.disputes)
    return [turn.words("child.conflict", heading=headings)]


# -- ending ---------------------------------------------------------------------------------------


def begin_end(turn: Turn, arg: str) -> None:
    """不再由这个人照看: since when, and why."""
    found = _one_to_change(turn, arg)
    if found is not None:
        preset = {"carer_id": arg, "carer_label": found[1].said.get("name", "")}
        filling.begin(turn, "care_end", preset=preset, in_place=True)


def ended(turn: Turn, filled: Filled) -> None:
    """The care is over; the record says so, and what was known stays in the history."""
    found = _one_to_change(turn, filled.answers["carer_id"])
    if found is None:
        return
    seen, carer = found
    until = date.fromisoformat(filled.answers["care_ended_on"])
    if carer.since and until < carer.since:
        until = carer.since
    why = filling.with_told(filled.answers, "care_end_why")["care_end_why"]
    said = {"ended_why": why}
    by = turn.speaker.person_id
    turn.work.carers.change(carer.id, said, by=by, until=until)
    _out_of_register(turn.work, seen.child, carer.said.get("name", ""), by)
    text = turn.words("carer.ended", name=carer.said.get("name", ""), when=until)
    answer(turn, text, button(turn.words("carer.back"), "carers", str(seen.child.id)))


def _out_of_register(work: Work, child: Child, name: str, by: int) -> None:
    """Nobody is known to be entrusted with the child, unless it is somebody else by now."""
    if name and child.values.get("guardian_name") == name:
        stands = {key: child.values.get(key, "") for key in _columns()}
        work.children.change(
            child.id, dict.fromkeys(stands, ""), source="correction", by=by, expect=stands
        )


# -- what ends by itself --------------------------------------------------------------------------


def ring(work: Work, rules: Rules) -> None:
    """Whose end is near: a warning. Whose end has come: it is over, and somebody hears of it."""
    today = work.now.astimezone(rules.zone).date()
    for carer in work.carers.due(BELLS):
        child = work.children.meant(carer.child_id)
        if child is None or child.status != "active" or carer.until is None:
            work.carers.wake(carer.id, None)
        elif today <= carer.until:
            _tell(work, rules, child, carer, "carer.ends_soon")
            work.carers.wake(carer.id, _morning(rules, carer.until + timedelta(days=1)))
        else:
            _out_of_register(work, child, carer.said.get("name", ""), 0)
            work.audit.write(0, "carer-ended", "child", child.id, {"carer": carer.id})
            _tell(work, rules, child, carer, "carer.is_over")
            work.carers.wake(carer.id, None)


def _tell(work: Work, rules: Rules, child: Child, carer: Carer, key: str) -> None:
    """Whoever answers for the child; nobody does: the township."""
    area = work.areas.full_name(child.area_id)
    card = _card(rules, rules.words(key, area=area, when=carer.until), child.id)
    keeper = work.responsibilities.primary(child.id)
    reached = stewards.reach(work, keeper) if keeper is not None else ()
    holders = reached or stewards.of_place(work, rules, child.area_id)
    stewards.tell(work, holders, card, key=f"{key}:{carer.id}:{carer.until}")


def _card(rules: Rules, text: str, child_id: int) -> Card:
    look, home = rules.words("carer.look"), rules.words("home.again")
    visit = button(rules.words("checkin.begin"), "visit", str(child_id))
    return Card(
        text=text, rows=(button(look, "carers", str(child_id)), visit, button(home, "home"))
    )


def _warns(rules: Rules, until: date, now: datetime) -> datetime:
    """So many days ahead in the morning; for a short care, when it is over."""
    early = _morning(rules, until - rules.policy.timing["care_ends_told"])
    return early if early > now else _morning(rules, until + timedelta(days=1))


def _morning(rules: Rules, day: date) -> datetime:
    return datetime.combine(day, time(HOUR), rules.zone)


# -- who may --------------------------------------------------------------------------------------


def _readable(turn: Turn, child_id: str) -> View | None:
    seen = child_file.opened(turn, child_id)
    if seen is not None and "guardian_name" not in seen.fields:
        register.refuse(turn)
        return None
    return seen


def _changeable(turn: Turn, child_id: str) -> View | None:
    seen = _readable(turn, child_id)
    if seen is not None and not _may_change(turn, seen):
        register.refuse(turn)
        return None
    return seen


def _may_change(turn: Turn, seen: View) -> bool:
    """True for whoever answers for the child, and whoever keeps the register there."""
    keeps = seen.own or stewards.keeps(turn, seen.child.area_id)
    return keeps and seen.child.status == "active"


def _one(turn: Turn, arg: str) -> tuple[View, Carer] | None:
    child_id, _, carer_id = arg.partition(":")
    seen = _readable(turn, child_id)
    if seen is None:
        return None
    carer = turn.work.carers.get(int(carer_id))
    if carer is None or not _is_of(turn, carer.id, seen):
        register.refuse(turn)
        return None
    return seen, carer


def _one_to_change(turn: Turn, arg: str) -> tuple[View, Carer] | None:
    found = _one(turn, arg)
    if found is None:
        return None
    seen, carer = found
    if carer.kind == "refused" or not _may_change(turn, seen):
        register.refuse(turn)
        return None
    return found


def _is_of(turn: Turn, carer_id: int, seen: View) -> bool:
    return carer_id in {one.id for one in turn.work.carers.of_child(seen.child.id)}


def _lasts(carer: Carer, today: date) -> bool:
    return carer.until is None or carer.until >= today


def _to_file(turn: Turn, seen: View) -> tuple[Button, ...]:
    return button(turn.words("child.back"), "child", str(seen.child.id))

"""点名: who of a class is missing today, tapped on a grid of names or written in one line."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from conversation.cards import Action, Button, Card, card_from_json
from conversation.dates import parse_date
from conversation.drawing import done_button
from handlers.reaching.telling import pairs
from handlers.saying import SHOWN, answer, button
from handlers.school import absence_acts, absences, classes, my_classes
from handlers.turn import Turn
from policy.absence_lines.reading import AbsenceLine, read_arrivals, read_line, speaks_of_absence
from policy.absence_lines.roster import NameMatch, match_names
from policy.absence_lines.said import Absent
from policy.danger import danger_signs
from storage.school.absences import Missed
from storage.school.classes import Pupil, SchoolClass

#: So long ago a day may be that is still entered.
LONGEST_AGO = timedelta(days=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Roll:
    """A class on a day, with what is known of it."""

    room: SchoolClass
    day: date
    pupils: tuple[Pupil, ...] = field(repr=False)
    missing: Mapping[int, Missed]

    def of(self, pupil_id: int) -> Pupil | None:
        return next((one for one in self.pupils if one.id == pupil_id), None)


def _roll(turn: Turn, class_id: str, day: str) -> _Roll | None:
    """The class on this day, for who may call its roll; a day to come is none."""
    room = classes.room(turn, class_id)
    if room is None:
        return None
    on, today = _date(day), turn.at.date()
    if on is None or not today - LONGEST_AGO <= on <= today:
        my_classes.show(turn, class_id)
        return None
    return _of(turn, room, on)


def _of(turn: Turn, room: SchoolClass, day: date) -> _Roll:
    missing = {one.pupil_id: one for one in turn.work.absences.of_class(room.id)}
    return _Roll(room=room, day=day, pupils=turn.work.classes.pupils(room.id), missing=missing)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


# -- the grid -------------------------------------------------------------------------------------


def call(turn: Turn, arg: str) -> None:
    """The names, eight a page: "class|day|page|ids of those who are missing"."""
    class_id, day, page, ticked = (*arg.split("|"), "", "", "", "")[:4]
    roll = _roll(turn, class_id, day)
    if roll is None:
        return
    known = [one.pupil_id for one in roll.missing.values() if one.first_day <= roll.day]
    marked = _ids(ticked) if page else known
    _show_grid(turn, roll, int(page or 0), [one for one in marked if roll.of(one)])


def _show_grid(turn: Turn, roll: _Roll, page: int, marked: Sequence[int]) -> None:
    head = f"{roll.room.id}|{roll.day}"
    first = page * SHOWN
    names = [
        button(
            f"{'☑' if one.id in marked else '☐'} {one.name}",
            "roll",
            f"{head}|{page}|{_text(_toggled(marked, one.id))}",
        )[0]
        for one in roll.pupils[first : first + SHOWN]
    ]
    state = _text(marked)
    at_end = len(roll.pupils) <= first + SHOWN
    key, following = ("form.again", 0) if at_end else ("form.more", page + 1)
    is_long = len(roll.pupils) > SHOWN
    turns = [_turn(turn, key, f"{head}|{following}|{state}")] if is_long else []
    done = done_button(turn.words, len(marked), Action("roll.done", f"{head}|{state}"))
    text = turn.words("roll.ask", where=classes.called(roll.room), when=turn.day(roll.day))
    answer(turn, text, *pairs(names), *([tuple(turns)] if turns else []), (done,))


def _turn(turn: Turn, key: str, arg: str) -> Button:
    return button(turn.words(key), "roll", arg)[0]


def _toggled(marked: Sequence[int], pupil_id: int) -> list[int]:
    if pupil_id in marked:
        return [one for one in marked if one != pupil_id]
    return [*marked, pupil_id]


def _ids(text: str) -> list[int]:
    return [int(one) for one in text.split(",") if one.isdecimal()]


def _text(ids: Iterable[int]) -> str:
    return ",".join(map(str, ids))


def done(turn: Turn, arg: str) -> None:
    """选好了: the ticked are missing, all others are here."""
    class_id, day, ticked = (*arg.split("|"), "", "")[:3]
    roll = _roll(turn, class_id, day)
    if roll is not None:
        _set(turn, roll, set(_ids(ticked)))
        _say(turn, roll, [])


def all_here(turn: Turn, arg: str) -> None:
    """全到: one tap."""
    class_id, _, day = arg.partition("|")
    roll = _roll(turn, class_id, day)
    if roll is not None:
        _set(turn, roll, set())
        _say(turn, roll, [])


def _set(turn: Turn, roll: _Roll, marked: set[int]) -> None:
    """What was not so before becomes so; a mistake of the same day leaves no return behind."""
    for pupil in roll.pupils:
        known = roll.missing.get(pupil.id)
        if pupil.id in marked:
            if known is None or roll.day < known.first_day:
                absences.note(turn, pupil, roll.room, roll.day, "", excused=True)
        elif known is not None and known.first_day <= roll.day:
            _not_missing(turn, roll, known)


def _not_missing(turn: Turn, roll: _Roll, known: Missed) -> None:
    noted = known.noted_at.astimezone(turn.rules.zone).date()
    if known.first_day == roll.day and noted == turn.at.date() and not known.cannot_be_found:
        absences.withdraw(turn, known)
    else:
        absences.came_back(turn, known, roll.day)


# -- one line -------------------------------------------------------------------------------------


def said_line(turn: Turn, text: str, *, beside_form: bool = False) -> bool:
    """三(2)班缺:王小明、李红(病) is a roll; False for words about something else.

    Beside an open form a line is one only where it names the class itself.
    """
    mine = classes.own(turn)
    if not mine:
        return False
    if _said_arrived(turn, text, mine):
        return True
    if not speaks_of_absence(text):
        return False
    rolls = [_of(turn, one, turn.at.date()) for one in mine]
    known = [one.name for roll in rolls for one in roll.pupils]
    line = read_line(text, turn.at.date(), parse_date, known)
    roll = _meant(line, rolls)
    if roll is None or not _is_roll(turn, text, line, roll):
        return False
    if beside_form and line.class_name is None:
        return False
    if line.all_present:
        roll = _of(turn, roll.room, line.day)
        _set(turn, roll, set())
        _say(turn, roll, [])
        return True
    _take_line(turn, _of(turn, roll.room, line.day), line)
    return True


def _said_arrived(turn: Turn, text: str, mine: Sequence[SchoolClass]) -> bool:
    """更正：李红来了, of pupils who are noted as missing in one class; nobody else is meant."""
    names = read_arrivals(text)
    if not names or danger_signs(text, turn.rules.policy.danger):
        return False
    for room in mine:
        roll = _of(turn, room, turn.at.date())
        missing = {
            pupil.name: known
            for known in roll.missing.values()
            if (pupil := roll.of(known.pupil_id)) is not None
        }
        if all(one in missing for one in names):
            for one in names:
                _not_missing(turn, roll, missing[one])
            _say(turn, _of(turn, room, roll.day), [])
            return True
    return False


def _meant(line: AbsenceLine, rolls: Sequence[_Roll]) -> _Roll | None:
    """The class that the line names; else the one in which most of the names sit."""
    said = line.class_name
    if said is not None:
        fitting = [
            roll
            for roll in rolls
            if said.number in (None, roll.room.number) and said.grade in (None, roll.room.grade)
        ]
        return fitting[0] if len(fitting) == 1 else None
    counted = [(_fitting(line, roll), roll) for roll in rolls]
    most = max(count for count, _ in counted)
    best = [roll for count, roll in counted if count == most]
    return best[0] if len(best) == 1 else None


def _fitting(line: AbsenceLine, roll: _Roll) -> int:
    found = match_names(line.absent, [one.name for one in roll.pupils])
    return sum(one.fit == "exact" for one in found)


def _is_roll(turn: Turn, text: str, line: AbsenceLine, roll: _Roll) -> bool:
    """A line about a child in danger is a report, whoever sits in the class."""
    lost = any(one.reason == "missing" for one in line.absent)
    if danger_signs(text, turn.rules.policy.danger) and not lost:
        return False
    if line.all_present or _asks_for_roll(turn):
        return True
    names_class = line.class_name is not None
    return bool(line.absent) and (names_class or _names_somebody(line, roll))


def _names_somebody(line: AbsenceLine, roll: _Roll) -> bool:
    """True when a name is that of a pupil, or like it: 小明, where 王小明 sits."""
    found = match_names(line.absent, [one.name for one in roll.pupils])
    return any(one.fit != "nobody" for one in found)


def _asks_for_roll(turn: Turn) -> bool:
    row = turn.work.outbox.newest_of(turn.speaker)
    return row is not None and any(
        one.action.verb == "roll.done" for one in card_from_json(row.card).all_buttons()
    )


def _take_line(turn: Turn, roll: _Roll, line: AbsenceLine) -> None:
    """Who is certain is noted; the others are asked about, one by one."""
    asks = []
    for match in match_names(line.absent, [one.name for one in roll.pupils]):
        if match.fit == "exact":
            _note(turn, roll, roll.pupils[match.pupils[0]], match.absent)
        else:
            asks.append(match)
    notes = []
    if line.stated is not None and line.stated != len(line.absent):
        notes.append(turn.words("roll.stated", what=line.stated, count=len(line.absent)))
    if line.leftovers:
        notes.append(turn.words("roll.not_read", text="、".join(line.leftovers)))
    _go_on(turn, roll, [_plain(one) for one in asks], notes)


def _note(turn: Turn, roll: _Roll, pupil: Pupil, told: Absent) -> None:
    noted = absences.note(
        turn, pupil, roll.room, roll.day, told.reason, excused=told.excused != "no"
    )
    if told.reason == "missing" and noted is not None:
        absence_acts.ask_missing(turn, str(noted.id))


def _plain(match: NameMatch) -> list[str]:
    return [match.absent.name, match.absent.reason, match.absent.excused]


def _go_on(turn: Turn, roll: _Roll, asks: Sequence[list[str]], notes: Sequence[str]) -> None:
    """The next name that is not certain; when there is none, what was understood."""
    if not asks:
        _say(turn, _of(turn, roll.room, roll.day), notes)
        return
    told = _absent(asks[0])
    match = match_names([told], [one.name for one in roll.pupils])[0]
    state = json.dumps([roll.room.id, str(roll.day), list(asks)], ensure_ascii=False)
    offers = [
        button(roll.pupils[at].name, "roll.name", f"{roll.pupils[at].id}|{state}")
        for at in match.pupils[:SHOWN]
    ]
    new = button(turn.words("roll.new", name=told.name), "roll.name", f"new|{state}")
    none = button(turn.words("roll.nobody"), "roll.name", f"0|{state}")
    key = "roll.which" if offers else "roll.unknown"
    text = "\n".join([*notes, turn.words(key, name=told.name)])
    answer(turn, text, *offers, *([] if offers else [new]), none)


def _absent(told: Sequence[str]) -> Absent:
    name, reason, excused = told
    return Absent(
        name=name,
        reason=reason,
        excused="no" if excused == "no" else "yes" if excused == "yes" else "unknown",
    )


def name(turn: Turn, arg: str) -> None:
    """Which pupil a name meant; a new one; or nobody."""
    meant, _, state = arg.partition("|")
    class_id, day, asks = json.loads(state) if state else (0, "", [])
    roll = _roll(turn, str(class_id), day)
    if roll is None or not asks:
        return
    told = _absent(asks[0])
    if meant == "new":
        made = classes.add_one(turn, roll.room, told.name)
        roll = _of(turn, roll.room, roll.day)
        meant = str(made)
    pupil = roll.of(int(meant or 0))
    if pupil is not None:
        _note(turn, roll, pupil, told)
    _go_on(turn, roll, asks[1:], [])


# -- what was understood --------------------------------------------------------------------------


def _say(turn: Turn, roll: _Roll, notes: Sequence[str]) -> None:
    """Who is missing and why, how many are here; it can be changed until the end of the day."""
    now = _of(turn, roll.room, roll.day)
    missing = [one for one in now.missing.values() if one.first_day <= roll.day]
    here = len(now.pupils) - len(missing)
    by = turn.speaker.person_id
    turn.work.classes.take_roll(roll.room.id, roll.day, absent=len(missing), by=by)
    turn.work.audit.write(
        by, "roll.called", "class", roll.room.id, {"day": str(roll.day), "absent": len(missing)}
    )
    lines = [
        turn.words(
            "roll.said" if missing else "roll.said_all",
            where=classes.called(roll.room),
            when=turn.day(roll.day),
            count=len(missing) or here,
        ),
        *(_line(turn, now, one) for one in missing),
        *([turn.words("roll.others", count=here)] if missing and here else []),
        *notes,
    ]
    unknown = [one for one in missing if not one.reason]
    if unknown:
        lines.append(turn.words("roll.please"))
    rows = [
        button(turn.words("roll.why", name=_name(now, one)), "absence", str(one.id))
        for one in [*unknown, *(one for one in missing if one.reason)][:SHOWN]
    ]
    change = button(turn.words("roll.change"), "roll", f"{roll.room.id}|{roll.day}")
    answer_after(turn, "\n".join(lines), *rows, change)


def _line(turn: Turn, roll: _Roll, missed: Missed) -> str:
    since = "" if missed.first_day == roll.day else turn.day(missed.first_day)
    reason = turn.words(f"absent.reason.{missed.reason or 'unknown'}")
    key = "roll.line_since" if since else "roll.line"
    return turn.words(key, name=_name(roll, missed), reasons=reason, when=since)


def _name(roll: _Roll, missed: Missed) -> str:
    pupil = roll.of(missed.pupil_id)
    return pupil.name if pupil is not None else ""


def answer_after(turn: Turn, text: str, *rows: tuple[Button, ...]) -> None:
    """Answer; a question about a child whom nobody finds, asked in this turn, stays the last."""
    if not any(_is_alarm(spoken.card) for spoken in turn.spoken):
        answer(turn, text, *rows)
        return
    turn.say(Card(text=text, rows=rows), asks=False)


def _is_alarm(card: Card) -> bool:
    return any(one.action.verb == "absence.lost" for one in card.all_buttons())

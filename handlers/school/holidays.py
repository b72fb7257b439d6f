"""假期交接: before a holiday a school hands its children to the villages; after it, who is back?

Each child has a named person in the holiday, whose own child it is meanwhile. ``_headed`` and
``_taker`` are where it is decided whose the handover is.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from conversation.cards import Button, Card
from handlers.children import keeping, register, stewards
from handlers.matter import Matter
from handlers.people import colleagues
from handlers.saying import SHOWN, answer, button
from handlers.school import absences, classes, school_tasks
from handlers.school.school_tasks import Task
from handlers.turn import Turn
from policy.absence import Break, Handover
from storage.cases.duties import Duty
from storage.school.classes import School
from storage.school.holidays import Holiday, InHoliday

HAND, TAKE, BACK = "holiday_hand", "holiday_take", "holiday_back"
SUBJECT = "holiday"
#: How the register calls whoever looks after a child in a holiday.
KIND = "holiday"
#: Schools that one turn asks.
ASKED = 50


def _handover(turn: Turn) -> Handover:
    return turn.rules.policy.absence.handover


# -- by itself ------------------------------------------------------------------------------------


def ask_all(turn: Turn) -> int:
    """Ask the next schools before a holiday; how many were asked."""
    rule, today = turn.rules.policy.absence, turn.at.date()
    calendar = turn.rules.policy.calendar
    for one in rule.school.breaks.values():
        is_long = (one.last - one.first).days + 1 >= rule.handover.shortest
        begins = rule.school.days_before(one.first, rule.handover.days, calendar)
        if is_long and begins <= today <= one.last:
            schools = turn.work.holidays.unasked(one.first, ASKED)
            for school_id in schools:
                _ask(turn, school_id, one)
            if schools:
                return len(schools)
    return 0


def _ask(turn: Turn, school_id: int, rest: Break) -> None:
    school = turn.work.classes.school(school_id)
    row = turn.work.holidays.ask(school_id, rest.first, rest.last)
    if school is None or row is None:
        return
    count = len(turn.work.holidays.registered(school_id))
    if not count:
        turn.work.holidays.to_state(row, "back", was="asked")
        return
    due = _closing(turn, rest.first - timedelta(days=1))
    key = "holiday.asked"
    text = turn.words(key, where=school.name, when=turn.day(rest.first), count=count)
    _tell_head(turn, school, row, HAND, due, text)


def ask_back(turn: Turn) -> None:
    """On the first school day after a holiday: who is back?"""
    calendar, rule = turn.rules.policy.calendar, turn.rules.policy.absence
    today = turn.at.date()
    if not rule.school.is_taught(today, calendar):
        return
    for one in turn.work.holidays.ended(today):
        school = turn.work.classes.school(one.school_id)
        if school is None or not turn.work.holidays.to_state(one.id, "over", was=one.state):
            continue
        turn.work.duties.end_of(SUBJECT, one.id, by=0, state="cancelled")
        last = rule.school.add_days(today, rule.handover.days, calendar)
        text = turn.words("holiday.ended", where=school.name)
        _tell_head(turn, school, one.id, BACK, _closing(turn, last), text)


def _closing(turn: Turn, day: date) -> datetime:
    """When offices close on the last working day by then; never sooner than the next one."""
    calendar = turn.rules.policy.calendar
    soon = calendar.add_workdays(turn.at.date(), 1)
    return school_tasks.closing(turn, max(calendar.workday_by(day), soon))


def _task(row: int, kind: str, area: int, due: datetime) -> Task:
    return Task(
        key=f"holiday:{row}:{kind}:{area}",
        kind=kind,
        subject=SUBJECT,
        subject_id=row,
        area_id=area,
        due=due,
    )


def _tell_head(turn: Turn, school: School, row: int, kind: str, due: datetime, text: str) -> None:
    card = Card(text=text, rows=(button(turn.words("holiday.look"), "holiday", str(row)),))
    task = _task(row, kind, school.area_id, due)
    school_tasks.ask_head(turn, school, task, card, key=f"holiday:{row}:{kind}")


def matter(turn: Turn, duty: Duty) -> Matter | None:
    """The holiday of a duty, as the school or the village is told of it."""
    row = turn.work.holidays.get(duty.subject_id)
    school = turn.work.classes.school(row.school_id) if row else None
    if row is None or school is None:
        return None
    at = f"{row.id}:{duty.area_id}"
    verb, arg = ("holiday.place", at) if duty.kind == TAKE else ("holiday", str(row.id))
    text = turn.words(
        f"holiday.waiting.{duty.kind}",
        where=school.name,
        area=turn.work.areas.full_name(duty.area_id) if duty.area_id else "",
        when=turn.day(row.first),
    )
    look = button(turn.words("holiday.look"), verb, arg)
    return Matter(without=frozenset(), about=f"holiday:{row.id}", text=text, rows=(look,))


# -- the school -----------------------------------------------------------------------------------


def _headed(turn: Turn, holiday_id: str) -> tuple[Holiday, School] | None:
    """The holiday, for the head of its school; absent and foreign are the same."""
    row = turn.work.holidays.get(int(holiday_id or 0))
    school = turn.work.classes.school(row.school_id) if row else None
    if row is None or school is None or not classes.heads(turn, school):
        answer(turn, turn.words("holiday.not_yours"))
        return None
    return row, school


def show(turn: Turn, holiday_id: str) -> None:
    """How many children go to which village, or who is back, as it stands."""
    found = _headed(turn, holiday_id)
    if found is None:
        return
    row, school = found
    match row.state:
        case "asked":
            _show_asked(turn, row, school)
        case "over":
            _show_back(turn, row, school)
        case _:
            _show_sent(turn, row, school)


def _show_asked(turn: Turn, row: Holiday, school: School) -> None:
    counts = Counter(
        _village(turn, area) for _, _, area in turn.work.holidays.registered(school.id)
    )
    text = turn.words(
        "holiday.list",
        where=school.name,
        when=turn.day(row.first),
        last=turn.day(row.last),
        text="\n".join(_line(turn, area, count) for area, count in counts.items()),
    )
    answer(turn, text, button(turn.words("holiday.hand"), "holiday.hand", str(row.id)))


def _show_sent(turn: Turn, row: Holiday, school: School) -> None:
    counts = Counter(one.area_id for one in turn.work.holidays.children(row.id))
    taken = Counter(one.area_id for one in turn.work.holidays.children(row.id) if one.taken_at)
    lines = [
        turn.words(
            "holiday.taken_line",
            area=turn.work.areas.full_name(area),
            count=count,
            what=taken[area],
        )
        for area, count in counts.items()
    ]
    key = "holiday.sent" if row.state == "sent" else "holiday.all_back"
    answer(turn, "\n".join([turn.words(key, where=school.name), *lines]))


def _line(turn: Turn, area: int, count: int) -> str:
    return turn.words("holiday.line", area=turn.work.areas.full_name(area), count=count)


def _village(turn: Turn, area: int) -> int:
    path = turn.work.areas.path(area)
    return next((one.id for one in path if one.kind == "village"), area)


def hand(turn: Turn, holiday_id: str) -> None:
    """交给村里: each village gets its children, with who answers for them anyway."""
    found = _headed(turn, holiday_id)
    if found is None:
        return
    row, school = found
    if turn.work.holidays.to_state(row.id, "sent", was="asked"):
        pupils = turn.work.holidays.registered(school.id)
        keepers = turn.work.responsibilities.primaries([child for _, child, _ in pupils])
        turn.work.holidays.add(
            row.id,
            [
                (pupil, child, _village(turn, area), _reached(turn, keepers.get(child)))
                for pupil, child, area in pupils
            ],
        )
        by = turn.speaker.person_id
        turn.work.duties.end_of(SUBJECT, row.id, by=by, kinds=[HAND])
        turn.work.audit.write(by, "holiday.handed", "school", school.id, {"count": len(pupils)})
        for area in dict.fromkeys(one.area_id for one in turn.work.holidays.children(row.id)):
            _offer(turn, row, school, area, _handover(turn).takes)
    show(turn, holiday_id)


def _reached(turn: Turn, person: int | None) -> int | None:
    return person if person is not None and turn.work.people.reach(person) else None


def _offer(turn: Turn, row: Holiday, school: School, area: int, role: str) -> None:
    """A place is asked who looks after its children; the card names none."""
    count = sum(one.area_id == area for one in turn.work.holidays.children(row.id))
    held = turn.work.people.in_posts([role], [area])
    people = tuple(dict.fromkeys(one.person_id for one in held))
    text = turn.words(
        "holiday.offer",
        where=school.name,
        count=count,
        area=turn.work.areas.full_name(area),
        when=turn.day(row.first),
    )
    card = Card(
        text=text, rows=(button(turn.words("holiday.look"), "holiday.place", f"{row.id}:{area}"),)
    )
    task = _task(row.id, TAKE, area, _closing(turn, row.first))
    school_tasks.ask_holders(turn, people, role, task, card, key=f"holiday:{row.id}:{area}")


# -- the village ----------------------------------------------------------------------------------


def _taker(turn: Turn, holiday_id: str, area: str) -> tuple[Holiday, list[InHoliday]] | None:
    """The children of a place in a holiday, for whoever keeps its register."""
    row = turn.work.holidays.get(int(holiday_id or 0))
    place = int(area or 0)
    if row is not None and stewards.keeps(turn, place):
        found = [one for one in turn.work.holidays.children(row.id) if one.area_id == place]
        if found and row.state == "sent":
            return row, found
    answer(turn, turn.words("holiday.not_yours"))
    return None


def place(turn: Turn, arg: str) -> None:
    """The children of a place with who looks after each; one tap takes them all."""
    holiday_id, area, skip = (*arg.split(":"), "", "")[:3]
    found = _taker(turn, holiday_id, area)
    if found is None:
        return
    row, children = found
    start = int(skip or 0)
    rows = [
        _child_row(turn, one) for one in children[start : start + SHOWN] if one.taken_at is None
    ]
    if len(children) > start + SHOWN:
        more = f"{holiday_id}:{area}:{start + SHOWN}"
        rows.append(button(turn.words("form.more"), "holiday.place", more))
    waiting = [one for one in children if one.taken_at is None]
    nobody = sum(one.person_id is None for one in waiting)
    if waiting and not nobody:
        rows.append(button(turn.words("holiday.take"), "holiday.take", f"{row.id}:{area}"))
    key = "holiday.place" if waiting else "holiday.place_done"
    text = turn.words(
        key,
        area=turn.work.areas.full_name(int(area)),
        when=turn.day(row.first),
        last=turn.day(row.last),
        count=len(children),
    )
    missing = [turn.words("holiday.unnamed", left=nobody)] if nobody else []
    answer(turn, "\n".join([text, *missing]), *rows)


def _child_row(turn: Turn, one: InHoliday) -> tuple[Button, ...]:
    seen = register.view(turn, one.child_id)
    label = turn.words(
        "holiday.child",
        name=register.called(turn, seen) if seen else "",
        other=colleagues.called(turn, one.person_id)
        if one.person_id
        else turn.words("holiday.nobody"),
    )
    return button(label, "holiday.who", f"{one.holiday_id}:{one.area_id}:{one.pupil_id}")


def who(turn: Turn, arg: str) -> None:
    """Who looks after this child: the people of the village and the township."""
    found = _one(turn, arg)
    if found is None:
        return
    one = found
    seen = register.view(turn, one.child_id)
    if seen is None:
        answer(turn, turn.words("holiday.not_yours"))
        return
    at = f"{one.holiday_id}:{one.area_id}"
    rows = [
        button(colleagues.called(turn, person), "holiday.name", f"{at}:{one.pupil_id}:{person}")
        for person in keeping.candidates(turn, seen)[: SHOWN - 1]
    ]
    if turn.work.areas.path(one.area_id)[-1].kind == "village":
        label = turn.words("holiday.elsewhere")
        rows.append(button(label, "holiday.elsewhere", f"{at}:{one.pupil_id}"))
    back = button(turn.words("holiday.to_list"), "holiday.place", at)
    answer(turn, turn.words("holiday.who", name=register.called(turn, seen)), *rows, back)


def _one(turn: Turn, arg: str) -> InHoliday | None:
    holiday_id, area, pupil = (*arg.split(":"), "", "")[:3]
    found = _taker(turn, holiday_id, area)
    if found is None:
        return None
    one = next((one for one in found[1] if str(one.pupil_id) == pupil), None)
    if one is None:
        answer(turn, turn.words("holiday.not_yours"))
    return one


def name(turn: Turn, arg: str) -> None:
    """This person looks after the child."""
    one = _one(turn, arg)
    if one is None:
        return
    person = int(arg.rpartition(":")[2] or 0)
    seen = register.view(turn, one.child_id)
    if seen is not None and person in keeping.candidates(turn, seen):
        turn.work.holidays.name(one, person)
    place(turn, f"{one.holiday_id}:{one.area_id}")


def elsewhere(turn: Turn, arg: str) -> None:
    """不在我们村: the township looks for whoever takes the child."""
    one = _one(turn, arg)
    row = turn.work.holidays.get(one.holiday_id) if one else None
    school = turn.work.classes.school(row.school_id) if row else None
    if one is None or row is None or school is None:
        return
    path = turn.work.areas.path(one.area_id)
    town = next((area.id for area in path if area.kind == "town"), None)
    if town is not None and turn.work.holidays.elsewhere(one, town):
        _offer(turn, row, school, town, _handover(turn).above)
        _end_if_done(turn, row.id, one.area_id)
    answer(turn, turn.words("holiday.elsewhere_done"))


def take(turn: Turn, arg: str) -> None:
    """都收下: each child is in its person's hands until school begins; these hear how many."""
    holiday_id, _, area = arg.partition(":")
    found = _taker(turn, holiday_id, area)
    if found is None:
        return
    row, children = found
    waiting = [one for one in children if one.taken_at is None]
    if all(one.person_id is not None for one in waiting):
        by = turn.speaker.person_id
        counts = Counter[int]()
        for one in waiting:
            if one.person_id is not None and turn.work.holidays.take(one, by=by):
                _give(turn, one.child_id, one.person_id)
                counts[one.person_id] += 1
        _end_if_done(turn, row.id, int(area))
        _tell_people(turn, row, int(area), counts)
        detail = {"area": int(area), "count": len(waiting)}
        turn.work.audit.write(by, "holiday.taken", "school", row.school_id, detail)
    place(turn, arg)


def _give(turn: Turn, child_id: int, person: int) -> None:
    if not turn.work.responsibilities.holds(person, child_id):
        turn.work.responsibilities.assign(child_id, person, KIND, by=turn.speaker.person_id)


def _end_if_done(turn: Turn, row: int, area: int) -> None:
    open_ones = [
        one
        for one in turn.work.holidays.children(row)
        if one.area_id == area and one.taken_at is None
    ]
    for duty in turn.work.duties.open_of(SUBJECT, row):
        if not open_ones and duty.kind == TAKE and duty.area_id == area:
            turn.work.duties.end(duty.id, by=turn.speaker.person_id)


def _tell_people(turn: Turn, row: Holiday, area: int, counts: Counter[int]) -> None:
    for person, count in counts.items():
        if person != turn.speaker.person_id:
            text = turn.words(
                "holiday.yours",
                area=turn.work.areas.full_name(area),
                count=count,
                when=turn.day(row.first),
                last=turn.day(row.last),
            )
            mine = button(turn.words("mine.children"), "children")
            colleagues.tell_person(
                turn, person, text, mine, key=f"holiday:{row.id}:{area}:named:{person}"
            )


# -- school begins --------------------------------------------------------------------------------


def _expected(turn: Turn, row: Holiday) -> Iterator[tuple[int, str]]:
    """The children of the register who should be back, pupil by pupil."""
    for pupil_id, _, _ in turn.work.holidays.registered(row.school_id):
        pupil = turn.work.classes.pupil(pupil_id)
        if pupil is not None and turn.work.absences.of_pupil(pupil_id) is None:
            yield pupil_id, pupil.name


def _show_back(turn: Turn, row: Holiday, school: School, skip: int = 0) -> None:
    expected = [*_expected(turn, row)]
    rows = [
        button(turn.words("holiday.not_here", name=called), "holiday.away", f"{row.id}:{pupil}")
        for pupil, called in expected[skip : skip + SHOWN]
    ]
    if len(expected) > skip + SHOWN:
        rows.append(button(turn.words("form.more"), "holiday.more", f"{row.id}:{skip + SHOWN}"))
    text = turn.words("holiday.who_is_back", where=school.name, count=len(expected))
    done = button(turn.words("holiday.here"), "holiday.back", str(row.id))
    answer(turn, text, *rows, done)


def more(turn: Turn, arg: str) -> None:
    """The next page of who should be back."""
    holiday_id, _, skip = arg.partition(":")
    found = _headed(turn, holiday_id)
    if found is not None and found[0].state == "over":
        _show_back(turn, *found, int(skip or 0))


def away(turn: Turn, arg: str) -> None:
    """没回来: the pupil is missing from today on, and the ladder begins."""
    holiday_id, _, pupil_id = arg.partition(":")
    found = _headed(turn, holiday_id)
    if found is None:
        return
    row, school = found
    pupil = turn.work.classes.pupil(int(pupil_id or 0))
    room = turn.work.classes.get(pupil.class_id) if pupil else None
    if row.state == "over" and pupil and room and room.school.id == school.id:
        absences.note(turn, pupil, room, turn.at.date(), "", excused=False)
    show(turn, holiday_id)


def back(turn: Turn, holiday_id: str) -> None:
    """其他都回来了: the holiday is over for everybody."""
    found = _headed(turn, holiday_id)
    if found is None:
        return
    row, school = found
    if turn.work.holidays.to_state(row.id, "back", was="over"):
        by = turn.speaker.person_id
        turn.work.duties.end_of(SUBJECT, row.id, by=by)
        _let_go(turn, turn.work.holidays.children(row.id))
        turn.work.audit.write(by, "holiday.back", "school", school.id, {})
    show(turn, holiday_id)


def _let_go(turn: Turn, children: Sequence[InHoliday]) -> None:
    for one in children:
        for held in turn.work.responsibilities.of_child(one.child_id):
            if held.kind == KIND:
                turn.work.responsibilities.end(held.id, by=turn.speaker.person_id)

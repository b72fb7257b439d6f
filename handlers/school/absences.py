"""One absence: its steps as duties, whoever must hear, why, and the return.

``view`` is the one place where it is decided who has to do with an absence.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from conversation.cards import Button, Card
from conversation.engine import told
from handlers import filling
from handlers.cases import adding_up, duties
from handlers.children import register, weeks
from handlers.choices import lists
from handlers.filling import EMERGENCY
from handlers.matter import Matter
from handlers.people import colleagues
from handlers.people.colleagues import answer, button
from handlers.reaching import telling
from handlers.reporting import report
from handlers.school import classes
from handlers.turn import Filled, Turn
from policy.absence import (
    NOTICED,
    STOOD,
    Absence,
    Step,
    plan,
    stage,
    standing,
    steps_due,
)
from policy.duties import first_ring
from policy.masking import defang, mask_name
from policy.routing import seated
from storage.cases.duties import Duty, DutyIn
from storage.school.absences import AbsenceIn, Missed
from storage.school.classes import Pupil, SchoolClass

#: How the duties of an absence climb (policy/duties.toml): whose it is first, who goes along.
GRADE, ALONG = "yellow", "blue"
#: Whose the child is while nobody answers for it.
VILLAGE = "child_director"
#: Reasons that are offered, the usual ones first, and the days of a leave.
REASONS = ("sick", "personal", "school", "weather", "transferred", "left", "unreachable")
DAYS = (1, 3, 5)
#: Nobody knows where the child is: said as the result of a step.
NOWHERE = "nowhere"
CHILD_POST = "responsible"
#: What a step asks besides, and the stage at which all is done.
CHOSEN, CLOSED = ("causes", "helps"), "closed"
#: 限期返校通知书 (policy/papers.toml).
NOTICE = "return_notice"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """An absence as somebody may see it."""

    missed: Missed
    pupil: Pupil = field(repr=False)
    room: SchoolClass
    #: The name, as far as it may be read.
    name: str = field(repr=False)
    is_named: bool
    #: The posts as which the speaker has to do with it.
    posts: frozenset[str]


# -- noting -------------------------------------------------------------------------------------


def note(
    turn: Turn, pupil: Pupil, room: SchoolClass, day: date, reason: str, excused: bool
) -> Missed | None:
    """The pupil is missing since a day; what another teacher noted is added to, never doubled.

    None for a reason with which the pupil is expected: late.
    """
    kind = turn.rules.policy.absence.path(reason)
    if kind.path == "none":
        return None
    # Nobody is given up for lost by a word in a line: whoever wrote it is asked at once.
    reason = "unreachable" if kind.path == "police" else reason
    known = turn.work.absences.of_pupil(pupil.id)
    if known is None:
        made = turn.work.absences.note(_absence_in(turn, pupil, room, day, reason, excused))
        if made is not None:
            _set_duties(turn, _get(turn, made))
            adding_up.heed(turn, [_get(turn, made).child_id])
            _tell_first(turn, _get(turn, made), room)
        known = turn.work.absences.of_pupil(pupil.id)
    elif (reason and reason != known.reason) or day < known.first_day:
        since = min(day, known.first_day)
        _learn(turn, known, reason or known.reason, excused, known.excused_until, since)
    return known and _get(turn, known.id)


def _absence_in(
    turn: Turn, pupil: Pupil, room: SchoolClass, day: date, reason: str, excused: bool
) -> AbsenceIn:
    child = turn.work.children.meant(pupil.child_id) if pupil.child_id else None
    boards = pupil.boards or (child is not None and child.values.get("boarding") == "yes")
    return AbsenceIn(
        pupil_id=pupil.id,
        class_id=room.id,
        child_id=child.id if child else None,
        area_id=child.area_id if child else room.school.area_id,
        first_day=day,
        reason=reason,
        excused=excused,
        boards=boards,
        by=turn.speaker.person_id,
    )


def _get(turn: Turn, absence_id: int) -> Missed:
    found = turn.work.absences.get(absence_id)
    assert found is not None
    return found


def _learn(
    turn: Turn, missed: Missed, reason: str, excused: bool, until: date | None, since: date
) -> None:
    """What was learnt moves the first day that nothing explains, and all steps with it."""
    turn.work.absences.learn(
        missed.id,
        reason=reason,
        excused=excused,
        until=until,
        first_day=since,
        by=turn.speaker.person_id,
    )
    _set_duties(turn, _get(turn, missed.id))
    adding_up.heed(turn, [missed.child_id])


def as_rule(turn: Turn, missed: Missed) -> Absence:
    """The absence as policy/absence.py knows it."""
    return Absence(
        first_day=missed.first_day,
        noted=missed.noted_at.astimezone(turn.rules.zone),
        reason=missed.reason,
        is_excused=missed.excused,
        excused_until=missed.excused_until,
        is_boarder=missed.boards,
        cannot_be_found=missed.cannot_be_found,
        noticed=missed.noticed,
        returned=missed.returned,
        stood=missed.stood,
        done=missed.done,
    )


def stage_line(turn: Turn, missed: Missed) -> str:
    """How far 控辍保学 has come with somebody who was about to leave school; "" for others."""
    table = turn.rules.policy.absence
    if stands(turn, missed) not in STOOD and missed.stood not in STOOD:
        return ""
    keys = [*table.stages]
    reached = stage(as_rule(turn, missed), table)
    if not reached:
        return ""
    return turn.words(
        "absent.stage",
        number=keys.index(reached) + 1,
        count=len(keys),
        name=table.stages[reached].name,
    )


def stands(turn: Turn, missed: Missed) -> str:
    """absent, suspected, dropout, missing or present."""
    policy = turn.rules.policy
    return standing(as_rule(turn, missed), turn.at.date(), policy.absence, policy.calendar)


# -- whose each step is -------------------------------------------------------------------------


def _set_duties(turn: Turn, missed: Missed) -> None:
    """The duties are what the table plans: new ones are set, others moved, the rest called off."""
    policy, clock = turn.rules.policy, duties.clockwork(turn)
    work = turn.work
    waiting = {(one.kind, one.role): one for one in work.duties.open_of("absence", missed.id)}
    cause = len(work.absences.entries(missed.id))
    for step in plan(as_rule(turn, missed), policy.absence, policy.calendar):
        if step.key in missed.done or step.duty not in policy.duties.kinds:
            continue
        first = first_ring(policy.duties, step.duty, GRADE, work.now, step.due, clock)
        rings = max(first, step.begins) if first else None
        for at, (role, person, area) in enumerate(_owners(turn, missed, step)):
            set_before = waiting.pop((step.duty, role), None)
            if set_before is None:
                work.duties.set(
                    DutyIn(
                        key=f"a:{missed.id}:{step.key}:{role}:{cause}",
                        kind=step.duty,
                        subject="absence",
                        subject_id=missed.id,
                        area_id=area,
                        grade=ALONG if at else GRADE,
                        person_id=person,
                        role=role,
                        due_at=step.due,
                        rings_at=rings,
                    )
                )
            elif set_before.due_at != step.due:
                work.duties.move(set_before.id, step.due, rings, 0)
    for one in waiting.values():
        work.duties.end(one.id, by=turn.speaker.person_id, state="cancelled")


def _owners(turn: Turn, missed: Missed, step: Step) -> list[tuple[str, int | None, int]]:
    """Posts with the person, as long as it is one, and the place from which it climbs."""
    found = [
        (role, held[0] if len(held) == 1 else None, area)
        for role in step.whose
        for held, area in [_people(turn, missed, role)]
        if held
    ]
    if found:
        return found
    if step.whose == (CHILD_POST,):
        # A pupil whom the register does not know is nobody's to answer for but the school's.
        return [(VILLAGE, None, missed.area_id)] if missed.child_id else []
    return [(step.whose[0], None, _people(turn, missed, step.whose[0])[1])]


def _people(turn: Turn, missed: Missed, role: str) -> tuple[tuple[int, ...], int]:
    """Who does what a post does about an absence, and where that post sits."""
    room = turn.work.classes.get(missed.class_id)
    assert room is not None
    described = turn.rules.policy.roles[role]
    if described.teaches:
        return turn.work.classes.teachers(room.id)[:1], room.school.area_id
    if described.heads_school:
        return classes.who_heads(turn, room.school, role), room.school.area_id
    if role == CHILD_POST:
        keeper = turn.work.responsibilities.primary(missed.child_id) if missed.child_id else None
        return (keeper,) if keeper is not None else (), missed.area_id
    posts = seated([role], missed.area_id, turn.work.areas, turn.rules.policy.routing)
    people = [one.person_id for one in turn.work.people.in_posts([role], [at for _, at in posts])]
    return tuple(dict.fromkeys(people)), missed.area_id


def _begun(turn: Turn, missed: Missed) -> tuple[Step, ...]:
    """The steps whose time has come, done or not."""
    policy, now = turn.rules.policy, turn.work.now
    steps = plan(as_rule(turn, missed), policy.absence, policy.calendar)
    return tuple(step for step in steps if step.begins <= now)


# -- who has to do with it ----------------------------------------------------------------------


def view(turn: Turn, absence_id: str) -> View | None:
    """The absence, for whoever has to do with it; absent and foreign sound the same."""
    missed = turn.work.absences.get(int(absence_id or 0))
    seen = view_of(turn, missed) if missed is not None else None
    if seen is None:
        answer(turn, turn.words("absent.not_yours"))
    return seen


def label(turn: Turn, absence_id: int) -> str:
    """王小明（11-23 起没来）, as far as it may be read; "" for what is not the speaker's."""
    missed = turn.work.absences.get(absence_id)
    seen = view_of(turn, missed) if missed is not None else None
    if seen is None:
        return ""
    return turn.words("class.missing", name=seen.name, when=turn.day(seen.missed.first_day))


def view_of(turn: Turn, missed: Missed) -> View | None:
    """The absence as far as the speaker has to do with it."""
    room = turn.work.classes.get(missed.class_id)
    pupil = turn.work.classes.pupil(missed.pupil_id)
    assert room is not None
    assert pupil is not None
    posts, acting = _posts(turn, missed, room)
    child = turn.work.children.meant(missed.child_id) if missed.child_id else None
    own = child is not None and child.id in register.own_ids(turn)
    seen = register.view_of(turn, child, own=own) if child is not None else None
    if own:
        posts |= {CHILD_POST}
    if not posts:
        return None
    named = acting or (seen is not None and "name" in seen.fields)
    name = pupil.name if named else mask_name(pupil.name)
    return View(
        missed=missed,
        pupil=pupil,
        room=room,
        name=name,
        is_named=named,
        posts=frozenset(posts),
    )


def _posts(turn: Turn, missed: Missed, room: SchoolClass) -> tuple[set[str], bool]:
    """As what the speaker has to do with it, and whether they must know who it is."""
    roles, tree = turn.rules.policy.roles, turn.work.areas
    steps = _begun(turn, missed)
    calls = turn.rules.policy.absence.police
    doing = {role for step in steps for role in step.whose}
    if missed.cannot_be_found:
        doing |= {*calls.whose, *calls.tells}
    if CHILD_POST in doing and missed.child_id and not _people(turn, missed, CHILD_POST)[0]:
        doing.add(VILLAGE)
    hearing = {role for step in steps for role in step.tells}
    climbs = {role for named in turn.rules.policy.duties.levels.values() for role in named}
    posts: set[str] = set()
    if classes.teaches(turn, room.id):
        posts |= {role for role in _held(turn) if roles[role].teaches}
    if classes.heads(turn, room.school):
        posts |= {role for role in _held(turn) if roles[role].heads_school}
    of_school = bool(posts)
    there = {
        post.role
        for post in turn.roles
        if post.role in roles
        and post.role != CHILD_POST
        and not (roles[post.role].teaches or roles[post.role].heads_school)
        and tree.is_within(missed.area_id, post.area_id)
    }
    acting = there & doing
    return posts | acting | (there & (hearing | climbs)), of_school or bool(acting)


def _held(turn: Turn) -> set[str]:
    return {post.role for post in turn.roles if post.role in turn.rules.policy.roles}


# -- who hears ----------------------------------------------------------------------------------


def about(missed: Missed) -> str:
    """How rows of the outbox name an absence."""
    return f"absence:{missed.id}"


def matter(turn: Turn, duty: Duty) -> Matter | None:
    """The absence of a duty; None when there is nothing to be told any more."""
    missed = turn.work.absences.get(duty.subject_id)
    if missed is None or missed.state not in ("open", "returned"):
        return None
    told = _card(turn, missed, "absent.waiting" if missed.is_open else "absent.is_back", [duty])
    return Matter(without=frozenset(), about=about(missed), text=told.text, rows=told.rows)


def _card(turn: Turn, missed: Missed, key: str, waiting: Iterable[Duty]) -> Card:
    """What is pushed: the place, since when, what is to be done; nobody's name."""
    lines = [
        turn.words(
            key,
            area=turn.work.areas.full_name(missed.area_id),
            when=turn.day(missed.first_day),
        ),
        *(duties.said(turn, duty) for duty in waiting),
    ]
    look = button(turn.words("absent.look"), "absence", str(missed.id))
    return Card(text="\n".join(lines), rows=(look,))


def _tell_first(turn: Turn, missed: Missed, room: SchoolClass) -> None:
    """Whoever has to do something now, or must know of it the same day; not who said it."""
    policy = turn.rules.policy
    steps = steps_due(as_rule(turn, missed), turn.work.now, policy.absence, policy.calendar)
    for step in steps:
        for role in (*step.whose, *step.tells):
            _tell_post(turn, missed, role, "absent.new", step.duty)
    if steps:
        _tell_carer(turn, missed, room)


def _tell_post(turn: Turn, missed: Missed, role: str, key: str, kind: str) -> None:
    people, _ = _people(turn, missed, role)
    if not people and role == CHILD_POST and missed.child_id:
        people, _ = _people(turn, missed, VILLAGE)
    waiting = turn.work.duties.open_of("absence", missed.id)
    for person in people:
        if person == turn.speaker.person_id:
            continue
        mine = [one for one in waiting if one.kind == kind and one.person_id == person]
        telling.tell_person(
            turn,
            turn.work.deputies.deputy_of(person, turn.work.now) or person,
            _card(turn, missed, key, mine),
            key=f"a:{missed.id}:{key}:{person}",
            about=about(missed),
        )


def _tell_carer(turn: Turn, missed: Missed, room: SchoolClass) -> None:
    """Whoever looks after the child at home hears: of its family, or by the register's phone."""
    for person in _carers(turn, missed):
        text = turn.words("absent.carer", where=room.school.name)
        telling.tell_person(
            turn, person, colleagues.note(turn, text), key=f"a:{missed.id}:carer:{person}"
        )


def _carers(turn: Turn, missed: Missed) -> Iterator[int]:
    child = turn.work.children.get(missed.child_id) if missed.child_id else None
    if child is None:
        return
    if weeks.is_on(turn):
        for link in turn.work.families.of_child(child.id):
            if link.kind == "carer" and link.person_id is not None:
                yield link.person_id
    phone = child.values.get("guardian_phone", "")
    if phone and turn.rules.policy.absence.tells_carer:
        yield from turn.work.people.by_phone(phone)


def _settle(turn: Turn, missed: Missed, key: str) -> None:
    text = turn.words(key, area=turn.work.areas.full_name(missed.area_id))
    telling.settle(turn, about(missed), Card(text=text), but=turn.speaker.contact_id)


# -- the card of one absence ----------------------------------------------------------------------


def show(turn: Turn, absence_id: str) -> None:
    """Who is missing since when, what was done, what is to be done; the look is audited."""
    seen = view(turn, absence_id)
    if seen is None:
        return
    missed = seen.missed
    turn.work.audit.write(turn.speaker.person_id, "absence.read", "absence", missed.id, {})
    child = register.view(turn, missed.child_id) if missed.child_id else None
    if child is not None and child.own:
        register.open_file(turn, child, code="own")
    answer(turn, defang("\n".join(_lines(turn, seen))), *_buttons(turn, seen))


def _lines(turn: Turn, seen: View) -> Iterator[str]:
    missed = seen.missed
    yield turn.words(
        "absent.title",
        name=seen.name,
        where=classes.called(seen.room),
        when=turn.day(missed.first_day),
    )
    known = turn.words(f"absent.reason.{missed.reason or 'unknown'}")
    yield turn.words("absent.why_line", reasons=known) if missed.reason else known
    if missed.excused_until is not None:
        yield turn.words("absent.until_line", when=turn.day(missed.excused_until))
    stood = stands(turn, missed)
    if stood in ("suspected", "dropout", "missing"):
        yield turn.words(f"absent.stands.{stood}")
    if line := stage_line(turn, missed):
        yield line
    rungs = turn.rules.policy.absence.rungs
    for entry in turn.work.absences.entries(missed.id):
        when = turn.moment(entry.entered_at)
        did = (
            rungs[entry.code].name
            if entry.code in rungs
            else turn.words(f"absent.did.{entry.act}")
        )
        name = colleagues.called(turn, entry.person_id) if entry.person_id else ""
        yield turn.words("absent.story", when=when, name=name, did=did)
        if entry.note:
            yield f"　{entry.note}"
    for duty in turn.work.duties.open_of("absence", missed.id):
        if duty.due_at <= turn.work.now + timedelta(days=2):
            yield duties.said(turn, duty)


def _buttons(turn: Turn, seen: View) -> list[tuple[Button, ...]]:
    missed, row = seen.missed, str(seen.missed.id)
    rows = _done_rows(turn, seen)
    if not missed.is_open:
        return rows
    if _may_send_notice(turn, seen):
        rows.append(button(turn.words("absent.notice"), "paper.make", f"absence:{row}:{NOTICE}"))
    rows.append(button(turn.words("absent.why"), "absence.why", row))
    rows.append(button(turn.words("absent.back"), "absence.back", row))
    if missed.reason == "transferred":
        rows.append(button(turn.words("absent.gone"), "absence.gone", row))
    if not missed.cannot_be_found:
        rows.append(button(turn.words("absent.nowhere"), "absence.missing", row))
    return rows


def _done_rows(turn: Turn, seen: View) -> list[tuple[Button, ...]]:
    return [
        button(
            turn.words("absent.done", what=step.name),
            "absence.did",
            f"{seen.missed.id}:{step.key}",
        )
        for step in _mine_due(turn, seen)
    ]


def _may_send_notice(turn: Turn, seen: View) -> bool:
    """乡镇 and 教育局 order the return of a pupil who is about to leave school for good."""
    roles = turn.rules.policy.roles
    above = any(roles[post].level != "village" for post in seen.posts if post in roles)
    return above and seen.is_named and stands(turn, seen.missed) in ("suspected", "dropout")


def noticed(turn: Turn, seen: View) -> None:
    """The notice to return was made out: when its time is over, somebody looks."""
    missed, day = seen.missed, turn.at.date()
    if not missed.is_open or missed.noticed == day:
        return
    by = turn.speaker.person_id
    turn.work.absences.add_entry(missed.id, "notice", by=by, code=day.isoformat())
    _set_duties(turn, _get(turn, missed.id))


def _mine_due(turn: Turn, seen: View) -> list[Step]:
    """What the speaker can say is done: steps of their posts; a stand-in's for nobody's child."""
    policy = turn.rules.policy
    known = as_rule(turn, seen.missed)
    posts = seen.posts | ({CHILD_POST} if VILLAGE in seen.posts else set())
    due = steps_due(known, turn.work.now, policy.absence, policy.calendar)
    # The call to the police is asked for with the case that it opened.
    return [step for step in due if step.key != "police" and posts.intersection(step.whose)]


def steps_of_child(turn: Turn, child_id: int, day: date) -> list[tuple[Button, ...]]:
    """What somebody who was with a child on a day may say is done about its absence."""
    rows = []
    for missed in turn.work.absences.of_child(child_id, turn.at.date()):
        heeds = missed.is_open and missed.first_day <= day
        seen = view_of(turn, missed) if heeds else None
        rows += _done_rows(turn, seen) if seen else []
    return rows


# -- what somebody did or learnt ------------------------------------------------------------------


def begin_step(turn: Turn, arg: str) -> None:
    """办完了: what came of it is asked."""
    absence_id, _, key = arg.partition(":")
    seen = view(turn, absence_id)
    if seen is None:
        return
    step = next((one for one in _mine_due(turn, seen) if one.key == key), None)
    if step is None:
        show(turn, absence_id)
        return
    watching = "no" if seen.missed.is_open else "yes"
    rung = turn.rules.policy.absence.rungs.get(key)
    asks = rung.asks if rung else ""
    preset = {"absence_id": absence_id, "step": key, "watching": watching, "asks": asks}
    filling.begin(turn, "absence_step", preset=preset, in_place=True)


def step_told(turn: Turn, filled: Filled) -> None:
    """The step is done; who must know is told; a child nobody can find is the police's."""
    said = filling.with_told(filled.answers, "step_note")
    seen = view(turn, said["absence_id"])
    if seen is None:
        return
    step = next((one for one in _mine_due(turn, seen) if one.key == said["step"]), None)
    if step is None:
        show(turn, said["absence_id"])
        return
    missed, by = seen.missed, turn.speaker.person_id
    came = said.get("step_result") or said.get("watch_result", "")
    result = turn.words(f"absent.result.{came}") if came else _chosen(turn, filled)
    words = "。".join(filter(None, (result, said.get("step_note", ""))))
    turn.work.absences.add_entry(missed.id, "did", by=by, code=step.key, note=words)
    _end_duties(turn, missed, step)
    turn.work.audit.write(by, "absence.did", "absence", missed.id, {"step": step.key})
    if came == NOWHERE:
        ask_missing(turn, str(missed.id))
        return
    if step.key in turn.rules.policy.absence.rungs or step.key.startswith(NOTICED):
        for role in step.tells:
            _tell_post(turn, missed, role, "absent.report", step.duty)
    text = turn.words("absent.step_done", what=step.name)
    after = _get(turn, missed.id)
    if stage(as_rule(turn, after), turn.rules.policy.absence) == CLOSED and not after.is_open:
        text = f"{text}\n{turn.words('absent.closed')}"
    answer(turn, text, to(turn, missed))


def _chosen(turn: Turn, filled: Filled) -> str:
    """What was chosen of causes and of ways to help, in the form's own words."""
    lines = told(filled.form, filled.answers, now=turn.at, lists=lists(turn))
    return "；".join(one.answer for one in lines if one.path.rpartition("/")[2] in CHOSEN)


def _end_duties(turn: Turn, missed: Missed, step: Step) -> None:
    """Whoever did it did it for all; of several looks at one who is back only this one is over."""
    for duty in turn.work.duties.open_of("absence", missed.id):
        if duty.kind == step.duty and (missed.is_open or duty.due_at <= step.due):
            turn.work.duties.end(duty.id, by=turn.speaker.person_id)


def to(turn: Turn, missed: Missed) -> tuple[Button, ...]:
    """The way to an absence."""
    return button(turn.words("absent.open"), "absence", str(missed.id))


def why(turn: Turn, absence_id: str) -> None:
    """知道原因了: one tap."""
    seen = view(turn, absence_id)
    if seen is None:
        return
    rows = [
        button(turn.words(f"absent.reason.{one}"), "absence.because", f"{absence_id}:{one}")
        for one in REASONS
    ]
    nowhere = button(turn.words("absent.nowhere"), "absence.missing", absence_id)
    answer(turn, turn.words("absent.why_ask", name=seen.name), *rows, nowhere)


def because(turn: Turn, arg: str) -> None:
    """The reason; of an excused one how long it lasts is asked, too."""
    absence_id, _, rest = arg.partition(":")
    reason, _, days = rest.partition(":")
    seen = view(turn, absence_id)
    if seen is None or not seen.missed.is_open or reason not in REASONS:
        return
    policy = turn.rules.policy
    if policy.absence.path(reason).path == "excused" and not days and reason != "transferred":
        rows = [
            button(
                turn.words("absent.days", count=one),
                "absence.because",
                f"{absence_id}:{reason}:{one}",
            )
            for one in DAYS
        ]
        unknown = button(
            turn.words("absent.days_unknown"), "absence.because", f"{absence_id}:{reason}:0"
        )
        answer(turn, turn.words("absent.days_ask"), *rows, unknown)
        return
    today, count = turn.at.date(), int(days or 0)
    until = policy.absence.school.add_days(today, count - 1, policy.calendar) if count else None
    _learn(turn, seen.missed, reason, True, until, seen.missed.first_day)
    turn.work.audit.write(
        turn.speaker.person_id, "absence.reason", "absence", seen.missed.id, {"reason": reason}
    )
    text = turn.words(
        "absent.learnt", name=seen.name, reasons=turn.words(f"absent.reason.{reason}")
    )
    answer(turn, text, to(turn, seen.missed))


# -- nobody knows where the child is --------------------------------------------------------------


def ask_missing(turn: Turn, absence_id: str) -> None:
    """110 first; one tap more, so that nobody raises the alarm by a slip."""
    seen = view(turn, absence_id)
    if seen is None:
        return
    yes = Button(
        label=turn.words("absent.lost_yes"),
        action=button("", "absence.lost", absence_id)[0].action,
        style="danger",
    )
    rows = ((yes,), to(turn, seen.missed), filling.home_row(turn))
    text = turn.words("absent.lost_ask", name=seen.name)
    turn.say(Card(text=text, rows=rows, calls=EMERGENCY), in_place=True)


def lost(turn: Turn, absence_id: str) -> None:
    """失踪: the red case with all that is known, at once; no ladder waits for anybody."""
    seen = view(turn, absence_id)
    if seen is None or not seen.missed.is_open:
        return
    missed = seen.missed
    if missed.cannot_be_found:
        show(turn, absence_id)
        return
    body = {
        "place": str(missed.area_id),
        "what": _what_is_known(turn, seen),
        "circumstances": "missing",
    }
    filed, receipt = report.raise_known(turn, body, missed.child_id)
    case = turn.work.cases.of_report(filed.id)
    assert case is not None
    by = turn.speaker.person_id
    turn.work.absences.lost(missed.id, case.id, by=by)
    turn.work.duties.end_of("absence", missed.id, by=by, state="cancelled")
    _settle(turn, missed, "absent.settled_lost")
    text = f"{receipt}\n{turn.words('danger.duty')}"
    turn.say(
        Card(text=text, rows=(to(turn, missed), filling.home_row(turn)), calls=EMERGENCY),
        report_id=filed.id,
    )


def _what_is_known(turn: Turn, seen: View) -> str:
    """The story of the alarm, out of what the school and the register know."""
    missed = seen.missed
    child = turn.work.children.get(missed.child_id) if missed.child_id else None
    told = child.values if child else {}
    carer = "　".join(
        filter(None, (told.get("guardian_name", ""), told.get("guardian_phone", "")))
    )
    lines = [
        turn.words(
            "absent.lost_story",
            name=seen.pupil.name,
            where=classes.called(seen.room),
            when=turn.day(missed.first_day),
        ),
        *([turn.words("absent.lost_carer", text=carer)] if carer else []),
        *(entry.note for entry in turn.work.absences.entries(missed.id) if entry.note),
    ]
    return "\n".join(lines)


# -- coming back ----------------------------------------------------------------------------------


def back(turn: Turn, absence_id: str) -> None:
    """到校了: the ladder ends; who was away for days is looked after at dates."""
    seen = view(turn, absence_id)
    if seen is None:
        return
    if seen.missed.is_open:
        came_back(turn, seen.missed, turn.at.date())
    answer(turn, turn.words("absent.back_done", name=seen.name), *_to_class(turn, seen.room))


def came_back(turn: Turn, missed: Missed, day: date) -> None:
    """The pupil is at school again since a day."""
    policy, by = turn.rules.policy, turn.speaker.person_id
    before = as_rule(turn, missed)
    stood = standing(before, day, policy.absence, policy.calendar)
    late = any(step.begins.date() < day for step in plan(before, policy.absence, policy.calendar))
    if not turn.work.absences.close(missed.id, "returned", returned=day, stood=stood, by=by):
        return
    turn.work.duties.end_of("absence", missed.id, by=by, state="cancelled")
    if late or missed.cannot_be_found:
        _set_duties(turn, _get(turn, missed.id))
    _settle(turn, missed, "absent.settled_back")
    turn.work.audit.write(by, "absence.returned", "absence", missed.id, {"stood": stood})


def gone(turn: Turn, absence_id: str) -> None:
    """转学的学校收了: the pupil is at another school."""
    seen = view(turn, absence_id)
    if seen is None or not seen.missed.is_open or seen.missed.reason != "transferred":
        return
    _close(turn, seen.missed, "gone", "absent.settled_gone")
    turn.work.classes.left(seen.pupil.id)
    answer(turn, turn.words("absent.gone_done", name=seen.name), *_to_class(turn, seen.room))


def withdraw(turn: Turn, missed: Missed) -> None:
    """It was a mistake: nobody is missing."""
    _close(turn, missed, "withdrawn", "absent.settled_mistake")


def _close(turn: Turn, missed: Missed, state: str, key: str) -> None:
    by = turn.speaker.person_id
    if turn.work.absences.close(missed.id, state, returned=None, stood="", by=by):
        turn.work.duties.end_of("absence", missed.id, by=by, state="cancelled")
        _settle(turn, missed, key)
        turn.work.audit.write(by, f"absence.{state}", "absence", missed.id, {})


def _to_class(turn: Turn, room: SchoolClass) -> list[tuple[Button, ...]]:
    if not classes.teaches(turn, room.id):
        return []
    return [button(turn.words("class.open"), "class", str(room.id))]

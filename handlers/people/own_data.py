"""删掉我的信息: what somebody left here of themselves goes, as far as the law lets it.

Whoever asks learns at once what can go, and what stays, why, and until when. Another person of
the county agrees, without learning which reports are theirs, and it goes in the same night; or
does not, and says why.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from conversation.cards import Button
from conversation.letters import tidy
from handlers import filling
from handlers.cases import duties
from handlers.matter import Matter as Rung
from handlers.people import colleagues, standing
from handlers.reaching import open_ways, telling
from handlers.rules import Rules
from handlers.saying import answer, button, home_row, note
from handlers.turn import REMINDER, Filled, Turn
from policy.duties import due_at, first_ring
from policy.receipt import say_number
from storage.cases.case import CLOSED, Case
from storage.cases.duties import Duty, DutyIn
from storage.erasing.erasure import Gone, Matter, Wish
from storage.people.person import Role
from storage.reporting.reports import Report
from storage.work import Reading, Work

#: What was written without becoming a case is read by somebody meanwhile.
READ_BY = timedelta(days=90)
#: Whoever answered something so lately may go on with it, and whoever said or sent anything.
A_DAY, STILL_HERE = timedelta(days=1), timedelta(hours=3)
#: How the rule of it reads: not whose wish it was, because the mark stands beside a report.
RULE = "asked by whoever it is of"
#: What somebody of the county is to do about a wish, and how urgent that is.
SUBJECT, KIND, GRADE = "wish", "own_wish", "yellow"
#: The act of a case whose doers agree here, too.
ACT = "erase"


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """What is known of somebody."""

    #: Reports of which it goes who made them, each with what it belongs to.
    goes: tuple[tuple[int, Matter, int], ...] = field(repr=False)
    #: Reports of which it stays, each with its case, if it has one.
    stays: tuple[tuple[Report, Case | None], ...] = field(repr=False)
    #: What they are or were here.
    posts: tuple[Role, ...]

    @property
    def is_whole(self) -> bool:
        """True where nothing has to stay."""
        return not self.stays and not self.posts


def own(reading: Reading, person_id: int) -> Own:
    """What is known of somebody, and what of it has to stay."""
    goes: list[tuple[int, Matter, int]] = []
    stays: list[tuple[Report, Case | None]] = []
    for contact in reading.people.contacts_of(person_id):
        for report in reading.reports.of_contact(contact.id):
            case = reading.cases.of_report(report.id)
            is_held = reading.erasures.hold("report", report.id) is not None
            if case is None and not is_held and report.created_at < reading.now - READ_BY:
                goes.append((report.id, "report", report.id))
            elif case is not None and _may_go(reading, case):
                goes.append((report.id, "case", case.id))
            else:
                stays.append((report, case))
    posts = reading.people.ever_held(person_id)
    return Own(goes=tuple(goes), stays=tuple(stays), posts=posts)


def _may_go(reading: Reading, case: Case) -> bool:
    return case.stage == CLOSED and reading.erasures.held(case.id) is None


def _is_needed(reading: Reading, person_id: int) -> bool:
    """True while a case that is open, or held back, names somebody, or is about a child of theirs.

    It says nothing to them: whom a case names must not learn of it.
    """
    cases = [reading.cases.get(one) for one in reading.cases.hidden_from(person_id)]
    for link in reading.families.of_person(person_id):
        if reading.erasures.hold("child", link.child_id) is not None:
            return True
        cases += reading.cases.of_child(link.child_id)
    return any(case is not None and not _may_go(reading, case) for case in cases)


def _is_busy(reading: Reading, person_id: int) -> bool:
    """True for whoever is in the middle of telling something: that must not be lost."""
    now = reading.now
    return any(
        (contact.heard_at is not None and contact.heard_at > now - STILL_HERE)
        or any(one.updated_at > now - A_DAY for one in reading.drafts.open_of(contact.id))
        for contact in reading.people.contacts_of(person_id)
    )


# -- who asks -----------------------------------------------------------------------------------


def ask(turn: Turn, _: str = "") -> None:
    """What goes, what stays, why and until when; one tap asks for it."""
    me = turn.speaker.person_id
    wish = turn.work.erasures.wish("person", me)
    if wish is not None:
        answer(turn, turn.words("own.agreed" if wish.agreed_by else "own.waits"))
        return
    known = own(turn.work, me)
    lines = [turn.words("own.goes"), *_goes(turn, known)]
    if stays := _stays(turn, known):
        lines += [turn.words("own.stays"), *stays]
    answer(
        turn,
        "\n".join([*lines, turn.words("own.sure")]),
        button(turn.words("own.yes"), "own.yes"),
        home_row(turn),
    )


def asked(turn: Turn, _: str = "") -> None:
    """It is asked for; those of the county who may agree hear of it."""
    me = turn.speaker.person_id
    if turn.work.erasures.wish("person", me) is not None:
        ask(turn)
        return
    wish_id = turn.work.erasures.ask("person", me, by=me)
    _set(turn, wish_id)
    # Whoever reported is not named to anybody; who holds a post is.
    name = colleagues.called(turn, me) if turn.work.people.ever_held(me) else ""
    text = turn.words("own.agree_ask", who=name or turn.words("own.somebody"))
    card = note(turn, text, *_agree_rows(turn, wish_id))
    for person_id in _seconds(turn, me):
        key = f"own:{wish_id}:{person_id}"
        telling.tell_person(turn, person_id, card, key=key, about=_about(wish_id))
    answer(turn, turn.words("own.sent"))


def _agree_rows(turn: Turn, wish_id: int) -> tuple[tuple[Button, ...], ...]:
    ways = ("own.agree", "own.refuse")
    return (tuple(one for way in ways for one in button(turn.words(way), way, str(wish_id))),)


def _about(wish_id: int) -> str:
    return f"{SUBJECT}:{wish_id}"


def _set(turn: Turn, wish_id: int) -> None:
    """The county is to look at it within its time; what nobody looks at climbs."""
    table, clock, now = turn.rules.policy.duties, duties.clockwork(turn), turn.work.now
    until = due_at(table.kinds[KIND], GRADE, now, clock)
    turn.work.duties.set(
        DutyIn(
            key=_about(wish_id),
            kind=KIND,
            subject=SUBJECT,
            subject_id=wish_id,
            area_id=next((root.id for root in turn.work.areas.roots()), None),
            grade=GRADE,
            person_id=None,
            role=turn.rules.policy.lifecycle.acts[ACT].who[0],
            due_at=until,
            rings_at=first_ring(table, KIND, GRADE, now, until, clock),
        )
    )


def matter(turn: Turn, duty: Duty) -> Rung | None:
    """The wish of a duty that rings, not for whoever it is of; None once it is decided."""
    found = turn.work.erasures.wish_by_id(duty.subject_id, "person")
    if found is None or found.agreed_by is not None:
        return None
    return Rung(
        without=frozenset({found.matter_id}),
        about=_about(found.id),
        text=turn.words("own.waiting"),
        rows=_agree_rows(turn, found.id),
    )


def _goes(turn: Turn, known: Own) -> list[str]:
    lines = [turn.words("own.goes_begun")]
    if known.goes:
        lines.append(turn.words("own.goes_reports", count=len(known.goes)))
    if known.is_whole:
        lines.append(turn.words("own.goes_name"))
    return lines


def _stays(turn: Turn, known: Own) -> list[str]:
    years = turn.rules.policy.retention["reporter"].years
    lines = []
    for report, case in known.stays:
        number, erasures = say_number(report.number), turn.work.erasures
        hold = erasures.held(case.id) if case else erasures.hold("report", report.id)
        if hold is not None:
            until = turn.day(hold.until)
            lines.append(turn.words("own.stays_held", number=number, when=until))
        elif case is None:
            until = turn.day(report.created_at + READ_BY)
            lines.append(turn.words("own.stays_new", number=number, when=until))
        else:
            lines.append(turn.words("own.stays_open", number=number, count=years))
    if known.posts:
        lines.append(_stays_of_post(turn, known, years))
    return lines


def _stays_of_post(turn: Turn, known: Own, years: int) -> str:
    ends = [one.until for one in known.posts]
    last = None if None in ends else max(filter(None, ends))
    if last is None or last > turn.work.now:
        return turn.words("own.stays_post", count=years)
    until = turn.rules.policy.retention["reporter"].ends(last)
    return turn.words("own.stays_left", when=turn.day(until))


# -- who agrees ---------------------------------------------------------------------------------


def agree(turn: Turn, wish_id: str) -> None:
    """Another person of the county agrees: it goes tonight."""
    found = _to_decide(turn, wish_id)
    if found is None:
        return
    if not turn.work.erasures.agree(found, "person", by=turn.speaker.person_id):
        answer(turn, turn.words("own.decided"))
        return
    _decided(turn, found)
    key = f"own:{found.id}:agreed"
    colleagues.tell_person(turn, found.matter_id, turn.words("own.agreed"), key=key)
    answer(turn, turn.words("own.agreed_done"))


def refuse(turn: Turn, wish_id: str) -> None:
    """不同意: whoever asked must hear why."""
    if _to_decide(turn, wish_id) is not None:
        filling.begin(turn, "own_refuse", preset={"wish_id": wish_id})


def refused(turn: Turn, filled: Filled) -> None:
    """It stays, and whoever asked hears why and what they may do then."""
    found = _to_decide(turn, filled.answers["wish_id"])
    if found is None:
        return
    why = tidy(filled.answers["refuse_why"])
    if not turn.work.erasures.refuse(found, "person", by=turn.speaker.person_id, reason=why):
        answer(turn, turn.words("own.decided"))
        return
    _decided(turn, found)
    key = f"own:{found.id}:refused"
    colleagues.tell_person(turn, found.matter_id, _refusal(turn, found, why), key=key)
    answer(turn, turn.words("own.refused_done"))


def _refusal(turn: Turn, wish: Wish, why: str) -> str:
    """With the reason, which does not stand in a short message that anybody may read."""
    reach = telling.way_to(turn, wish.matter_id, REMINDER, None)
    if reach is not None and open_ways.is_open(reach.channel):
        return turn.words("own.refused_short")
    return turn.words("own.refused", text=why)


def _to_decide(turn: Turn, wish_id: str) -> Wish | None:
    """The wish, if it waits and is the speaker's to decide; said where it is not."""
    found = turn.work.erasures.wish_by_id(int(wish_id), "person")
    if turn.speaker.person_id not in _seconds(turn, found.matter_id if found else 0):
        answer(turn, turn.words("people.not_yours"))
        return None
    if found is None or found.agreed_by is not None:
        answer(turn, turn.words("own.decided"))
        return None
    return found


def _decided(turn: Turn, wish: Wish) -> None:
    """Nobody is asked any more."""
    turn.work.duties.end_of(SUBJECT, wish.id, by=turn.speaker.person_id)
    over = note(turn, turn.words("own.decided"))
    telling.settle(turn, _about(wish.id), over, but=turn.speaker.contact_id)


def _seconds(turn: Turn, asker: int) -> tuple[int, ...]:
    """Who may agree: of the county, known there, and somebody else."""
    names = turn.rules.policy.lifecycle.acts[ACT].who
    roots = [root.id for root in turn.work.areas.roots()]
    return tuple(
        dict.fromkeys(
            post.person_id
            for post in turn.work.people.in_posts(names, roots)
            if post.person_id != asker and standing.counts(turn, post)
        )
    )


# -- at night -----------------------------------------------------------------------------------


def carry_out(work: Work, rules: Rules, person_id: int) -> bool:
    """What two agreed to; what became open meanwhile stays. False where nothing goes tonight.

    Who they are, and what they told as family, waits as long as it is needed.
    """
    known, gone = own(work, person_id), Gone()
    for report_id, matter, matter_id in known.goes:
        work.erasures.forget_reporter(report_id, matter, matter_id, RULE)
    if _is_busy(work, person_id) or _is_needed(work, person_id):
        return bool(known.goes)
    work.forgetting.forget_loose(person_id, gone)
    if known.is_whole or _is_long_gone(work, rules, known):
        work.forgetting.forget_person(person_id, gone)
    work.erasures.mark("person", "person", person_id, RULE, gone)
    work.erasures.done("person", person_id)
    return True


def _is_long_gone(work: Work, rules: Rules, known: Own) -> bool:
    """True for who held posts so long ago that nothing asks for their name any more."""
    before = rules.policy.retention["reporter"].over_before(work.now)
    return not known.stays and all(_ended(one, before) for one in known.posts)


def _ended(post: Role, before: datetime) -> bool:
    return post.until is not None and post.until < before

"""Who reported: asked by one person of the county with a reason, opened by another."""

from collections.abc import Mapping
from datetime import timedelta

from conversation.cards import Card
from handlers import filling
from handlers.cases import involved
from handlers.people import colleagues, proof, standing
from handlers.reaching import telling
from handlers.reporting import reporters
from handlers.saying import answer, button, home_row, note
from handlers.turn import REMINDER, Filled, Turn
from policy.receipt import read_number, say_number
from policy.safe_hours import spans
from policy.scope import may_see
from storage.people.person import Holder
from storage.reporting.reports import Report
from storage.reporting.unmasking import NotOpened, Unmasking

#: How long whoever asked may read what was opened; then they ask anew.
READABLE = timedelta(days=3)


def may_ask(turn: Turn) -> bool:
    """True for whoever holds a post of the county that opens identities."""
    return bool(_posts(turn, turn.speaker.person_id))


def begin(turn: Turn, _: str = "") -> None:
    """查报告人: the number and the reason."""
    if not may_ask(turn):
        answer(turn, turn.words("people.not_yours"))
        return
    filling.begin(turn, "unmask", in_place=True)


def reason_given(turn: Turn, filled: Filled) -> None:
    """The wish goes to the others who may agree; nothing is opened yet."""
    report = turn.work.reports.by_number(read_number(filled.answers["number"]) or "")
    if report is None or not _sees(turn, turn.speaker.person_id, report):
        answer(turn, turn.words("unmask.no_report"))
        return
    if report.anonymous:
        answer(turn, turn.words("unmask.anonymous"))
        return
    others = _others(turn, report)
    if not others:
        answer(turn, turn.words("unmask.alone"))
        return
    asked = turn.work.unmaskings.ask(
        report.id,
        turn.speaker.person_id,
        filled.answers["unmask_why"],
        county_roles=_county(turn),
    )
    wish = None if isinstance(asked, NotOpened) else turn.work.unmaskings.get(asked)
    if wish is None:
        answer(turn, turn.words("people.not_yours"))
        return
    for other in others:
        turn.tell(
            other.contact_id,
            other.channel,
            _question(turn, wish, report),
            key=f"unmask:{wish.id}:asked:{other.person_id}",
            priority=REMINDER,
        )
    told = colleagues.posts_named(turn, (other.role for other in others))
    answer(turn, turn.words("unmask.sent", number=say_number(report.number), told=told))


def waiting(turn: Turn) -> tuple[Unmasking, ...]:
    """The wishes that the speaker may decide, the oldest first."""
    if not may_ask(turn):
        return ()
    return tuple(
        wish
        for wish in turn.work.unmaskings.waiting(turn.speaker.person_id)
        if _decidable(turn, wish) is not None
    )


def show(turn: Turn, wish_id: str) -> None:
    """One wish, to be decided."""
    wish = turn.work.unmaskings.get(int(wish_id))
    report = _decidable(turn, wish) if wish else None
    if wish is None or report is None:
        answer(turn, turn.words("people.not_yours"))
        return
    turn.say(_question(turn, wish, report), in_place=True)


def agree(turn: Turn, wish_id: str) -> None:
    """The second person agrees: the first one may read it, and the reporter hears of it."""
    found = _to_decide(turn, wish_id)
    if found is None:
        return
    if not proof.is_given(turn):
        answer(turn, turn.words("authenticator.first"))
        return
    wish, report = found
    opened = turn.work.unmaskings.confirm(
        wish.id, turn.speaker.person_id, county_roles=_county(turn)
    )
    if isinstance(opened, NotOpened):
        answer(turn, turn.words("unmask.decided"))
        return
    # What is pushed may stand on a locked telephone: the name is shown to whoever taps.
    text = turn.words("unmask.ready", number=say_number(report.number))
    read = button(turn.words("unmask.read"), "unmask.read", str(wish.id))
    key = f"unmask:{wish.id}:opened"
    telling.tell_person(turn, wish.asked_by, note(turn, text, read), key=key)
    _tell_reporter(turn, report, wish)
    answer(turn, turn.words("unmask.agreed", number=say_number(report.number)))


def read(turn: Turn, wish_id: str) -> None:
    """Name and telephone, for whoever asked and still may, each look in the audit."""
    if not proof.is_given(turn):
        answer(turn, turn.words("authenticator.first"))
        return
    me, wish = turn.speaker.person_id, turn.work.unmaskings.get(int(wish_id))
    report = turn.work.reports.get(wish.report_id) if wish and wish.asked_by == me else None
    if wish is None or report is None or not _sees(turn, me, report):
        answer(turn, turn.words("people.not_yours"))
        return
    if wish.decided_at is None or turn.work.now > wish.decided_at + READABLE:
        answer(turn, turn.words("unmask.over"))
        return
    if wish.state != "opened":
        answer(turn, turn.words("unmask.refused", number=say_number(report.number)))
        return
    said = turn.work.reporters.open_identity(report.id, me, f"unmasking:{wish.id}")
    answer(turn, _identity(turn, report, said or {}))


def disagree(turn: Turn, wish_id: str) -> None:
    """The second person does not agree: nothing is opened."""
    found = _to_decide(turn, wish_id)
    if found is None:
        return
    wish, report = found
    me, number = turn.speaker.person_id, say_number(report.number)
    if not turn.work.unmaskings.refuse(wish.id, me, county_roles=_county(turn)):
        answer(turn, turn.words("unmask.decided"))
        return
    text = turn.words("unmask.refused", number=number)
    colleagues.tell_person(turn, wish.asked_by, text, key=f"unmask:{wish.id}:refused")
    answer(turn, turn.words("unmask.disagreed", number=number))


def _to_decide(turn: Turn, wish_id: str) -> tuple[Unmasking, Report] | None:
    """The wish and its report, if they are the speaker's to decide as the second person."""
    wish = turn.work.unmaskings.get(int(wish_id))
    report = _decidable(turn, wish) if wish else None
    if wish is None or report is None:
        answer(turn, turn.words("people.not_yours"))
        return None
    return wish, report


def _decidable(turn: Turn, wish: Unmasking) -> Report | None:
    """The report, where both persons still hold the post, and the second is not the reporter."""
    report = turn.work.reports.get(wish.report_id)
    if report is None or wish.asked_by == turn.speaker.person_id:
        return None
    if _reporter(turn, report) == turn.speaker.person_id:
        return None
    if not _sees(turn, turn.speaker.person_id, report, as_second=True):
        return None
    return report if _sees(turn, wish.asked_by, report) else None


def _posts(turn: Turn, person_id: int, *, as_second: bool = False) -> list[tuple[str, int]]:
    """A person's own posts that open identities; a deputy's do not count."""
    roles = turn.rules.policy.roles
    return [
        (post.role, post.area_id)
        for post in turn.work.people.roles(person_id)
        if post.role in roles
        and roles[post.role].opens_identity
        and (not as_second or standing.counts(turn, post))
    ]


def _county(turn: Turn) -> tuple[str, ...]:
    """The posts that open identities."""
    roles = turn.rules.policy.roles
    return tuple(name for name, role in roles.items() if role.opens_identity)


def _sees(turn: Turn, person_id: int, report: Report, *, as_second: bool = False) -> bool:
    """True for whoever's posts reach there, but not for whoever must not hear of the case."""
    case = turn.work.cases.of_report(report.id)
    if case is not None and person_id in involved.excluded(turn, case.id):
        return False
    posts = _posts(turn, person_id, as_second=as_second)
    return may_see(posts, report.area_id, turn.work.areas, turn.rules.policy.roles)


def _others(turn: Turn, report: Report) -> tuple[Holder, ...]:
    """The second persons: whoever else may, but not the reporter themselves."""
    places = [area.id for area in turn.work.areas.path(report.area_id or 0)]
    reporter = _reporter(turn, report)
    found: dict[int, Holder] = {}
    for holder in turn.work.people.holders(_county(turn), places) if places else ():
        if holder.person_id not in (turn.speaker.person_id, reporter) and _sees(
            turn, holder.person_id, report, as_second=True
        ):
            found.setdefault(holder.person_id, holder)
    return tuple(found.values())


def _reporter(turn: Turn, report: Report) -> int | None:
    contact_id = turn.work.reporters.contact_of(report.id)
    contact = turn.work.people.contact(contact_id) if contact_id else None
    return contact.person_id if contact else None


def _question(turn: Turn, wish: Unmasking, report: Report) -> Card:
    text = turn.words(
        "unmask.ask",
        name=colleagues.called(turn, wish.asked_by),
        number=say_number(report.number),
        text=wish.reason,
    )
    rows = (
        button(turn.words("unmask.agree"), "unmask.agree", str(wish.id)),
        button(turn.words("unmask.disagree"), "unmask.disagree", str(wish.id)),
        home_row(turn),
    )
    return Card(text=text, rows=rows)


def _identity(turn: Turn, report: Report, said: Mapping[str, str]) -> str:
    """Name and telephone, as the reporter gave them now or when they were met."""
    reporter = _reporter(turn, report)
    people, unsaid = turn.work.people, turn.words("unmask.unsaid")
    name = said.get("speaker_name") or (people.name_of(reporter) if reporter else "")
    phone = said.get("speaker_phone") or (people.phone_of(reporter) if reporter else "")
    opened = turn.words(
        "unmask.opened",
        number=say_number(report.number),
        name=name or unsaid,
        phone=phone or unsaid,
    )
    source = said.get("speaker_told_by", "")
    told_by = [turn.words("unmask.told_by", name=source)] if source else []
    return "\n".join([opened, *told_by, *_hours(turn, said)])


def _hours(turn: Turn, said: Mapping[str, str]) -> list[str]:
    """When they may be called, and when never: whoever has the number must know."""
    chosen = [
        turn.words("unmask.from_to", first=first, last=last)
        for first, last in sorted(spans(said.get("callback_when", "").split()))
    ]
    lines = [turn.words("unmask.hours", when="、".join(chosen))] if chosen else []
    avoid = said.get("callback_avoid", "")
    return [*lines, *([turn.words("unmask.avoid", text=avoid)] if avoid else [])]


def _tell_reporter(turn: Turn, report: Report, wish: Unmasking) -> None:
    text = turn.words("unmask.told", number=say_number(report.number))
    reporters.tell(turn, report, text, key=f"unmask:{wish.id}:told")

"""Who must hear of a report, and how people hear: cards without name or story."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

from conversation.cards import Button, Card, card_to_json
from handlers.people.staff import Present, Unreached
from handlers.reaching import gathering
from handlers.turn import ALARM, REMINDER, Turn
from policy.grading import GRADES
from policy.masking import defang
from policy.routing import Hearer, Hour, Post, Told, hour_of, who_hears, who_hears_of
from storage.people.person import Holder, Reach
from storage.reaching.calls import Call
from storage.reporting.reports import Report

#: The channel whose messages ring no phone, and that says what it showed.
PAGE = "web"
#: The text of one message of a long story; eight buttons with it are 2 KB on the line. And as
#: many characters of one answer, which are three times as many bytes.
PAGE_BYTES, PIECE = 1200, 400
#: What cards ask workers to do something about.
MATTERS = frozenset({"case", "visit", "absence"})


def hour(turn: Turn, grade: str) -> Hour:
    """When something of this grade is told that happens now."""
    policy = turn.rules.policy
    return hour_of(
        grade, turn.work.now.astimezone(turn.rules.zone), policy.routing, policy.calendar
    )


@contextmanager
def as_read(turn: Turn, when: Hour) -> Iterator[None]:
    """What is written inside speaks of the time when it will be read."""
    before, turn.read_at = turn.read_at, when.at if when.waits else None
    try:
        yield
    finally:
        turn.read_at = before


def receivers(
    turn: Turn, report: Report, when: Hour, *, without: Collection[int] = ()
) -> tuple[Holder, ...]:
    """Who must hear of this report: at least the county, whatever is missing below.

    Whoever reported it without a name hears of it by their post like anybody: who is left out
    would be known by that.
    """
    if report.area_id is None:
        return ()
    told = Told(
        grade=report.grade,
        circumstances=report.circumstances,
        suspect=json.loads(report.answers).get("suspect", ""),
        area=report.area_id,
    )
    knows = () if _is_nameless_own(turn, report) else (turn.speaker.person_id,)
    return hearers(turn, told, when, without={*knows, *without})


def _is_nameless_own(turn: Turn, report: Report) -> bool:
    """True for a report of the speaker's who does not want to be known."""
    return (
        report.anonymous
        and bool(turn.roles)
        and turn.work.reporters.contact_of(report.id) == turn.speaker.contact_id
    )


def hearers(
    turn: Turn, told: Told, when: Hour, *, without: Collection[int] = ()
) -> tuple[Holder, ...]:
    """The same for what a report would say."""
    policy = turn.rules.policy

    def who(staff: Present) -> tuple[Holder, ...]:
        found = who_hears_of(
            told,
            staff,
            turn.work.areas,
            policy.routing,
            policy.duties.levels,
            in_office=when.in_office,
            without=without,
        )
        return _holders(found, staff)

    # Where nobody is reached they are told all the same: what is not noticed is telephoned.
    return who(Present(turn.work, when.at)) or who(Unreached(turn.work, when.at))


def told_line(turn: Turn, report: Report, told: Sequence[Holder]) -> str:
    """What whoever reported hears of who was told."""
    told = [holder for holder in told if holder.is_reached]
    if not told:
        return turn.words("receipt.nobody")
    roles, when = turn.rules.policy.roles, hour(turn, report.grade)
    names = "、".join(dict.fromkeys(roles[holder.role].name for holder in told))
    key = "receipt.told_later" if when.waits else "receipt.told"
    return turn.words(key, told=names, when=turn.moment(when.at))


def on_call(
    turn: Turn, posts: Iterable[Post], grade: str, *, without: Collection[int] = ()
) -> tuple[Holder, ...]:
    """Who of these posts hears of something of this grade, by the hour of its telling."""
    when = hour(turn, grade)
    staff = Present(turn.work, when.at)
    found = who_hears(
        posts,
        staff,
        in_office=when.in_office,
        everybody=grade == GRADES[0],
        without=without,
    )
    return _holders(found, staff)


def reachable(
    turn: Turn, posts: Iterable[Post], *, without: Collection[int] = ()
) -> tuple[Holder, ...]:
    """The people of these posts and who stands in for them, each once, in the posts' order."""
    staff = Present(turn.work, turn.work.now)
    return _holders(who_hears(posts, staff, without=without), staff)


def _holders(found: Iterable[Hearer], staff: Present) -> tuple[Holder, ...]:
    return tuple(
        Holder(
            person_id=one.person,
            contact_id=reach.contact_id,
            channel=reach.channel,
            role=one.role,
            area_id=one.area_id,
            is_reached=not isinstance(staff, Unreached),
        )
        for one in found
        if (reach := staff.reach(one.person)) is not None
    )


def urgency(grade: str) -> int:
    """How a card about something of this grade is sent."""
    return ALARM if grade == "red" else REMINDER


def tell_person(
    turn: Turn,
    person_id: int,
    card: Card,
    *,
    key: str,
    priority: int = REMINDER,
    about: str | None = None,
    when: Hour | None = None,
) -> bool:
    """Tell a person where they were heard last, of where messages reach them; False for nowhere.

    At once, or when its hour comes. Whom no channel reaches somebody is to call.
    """
    reach = way_to(turn, person_id, priority, about)
    if reach is None:
        if asks_a_worker(about):
            turn.work.undelivered.add(
                person_id, about or "", "no_contact", card_to_json(card), priority
            )
        # Whoever opens their page after all, or comes to one, finds the card.
        waits = (PAGE, *turn.rules.given_up)
        reach = turn.work.people.resting(person_id, waits)
        if reach is None:
            return False
    not_before = when.at if when and when.waits else None
    if is_gathered(turn, person_id, reach, card, priority, about, not_before):
        return True
    turn.tell(
        reach.contact_id,
        reach.channel,
        card,
        key=key,
        priority=priority,
        about=about,
        not_before=not_before,
    )
    return True


def way_to(turn: Turn, person_id: int, priority: int, about: str | None) -> Reach | None:
    """Where messages reach the person: what is not urgent goes where they want to hear of it."""
    reach = turn.work.people.reach(person_id)
    if reach is None or not reach.alarms_only or _is_urgent(turn, priority, about):
        return reach
    return turn.work.people.reach(person_id, calm=True)


def _is_urgent(turn: Turn, priority: int, about: str | None) -> bool:
    kind, _, row = (about or "").partition(":")
    if priority == ALARM or kind in ("call", "ring"):
        return True
    case = turn.work.cases.get(int(row)) if kind == "case" else None
    return case is not None and case.grade in turn.rules.policy.reminders.through


def is_gathered(
    turn: Turn,
    person_id: int,
    reach: Reach,
    card: Card,
    priority: int,
    about: str | None,
    not_before: datetime | None,
) -> bool:
    """True where the person heard of so many cases within the hour that this one joins others."""
    if priority == ALARM or not (about or "").startswith("case:"):
        return False
    return gathering.took(turn, person_id, reach, about or "", card, not_before)


def asks_a_worker(about: str | None) -> bool:
    """True for a card that must not be lost; what asks a reporter is nobody else's business."""
    return (about or "").partition(":")[0] in MATTERS


def settle(
    turn: Turn,
    about: str,
    card: Card,
    *,
    but: int | None = None,
    others: Mapping[int, Card] | None = None,
) -> None:
    """Every card that asked to do something about it says this now, in its own place.

    Not the cards of the contact ``but``, who is answered by the turn itself; those of ``others``
    still have something to do.
    """
    if about.startswith("case:"):
        end_calls(turn, about, lambda call: call.cause == "unseen")
    left = others or {}
    gathering.drop(turn, about, but={*left})
    for row in turn.work.outbox.about(about):
        turn.work.outbox.settle(row.id)
        if row.state == "queued":
            turn.work.outbox.supersede(row.id)
        if row.contact_id != but:
            turn.tell(
                row.contact_id,
                row.channel,
                left.get(row.contact_id, card),
                key=f"settled:{row.id}",
                priority=REMINDER,
                about=about if row.contact_id in left else None,
                report_id=row.report_id,
                replaces=row.id if row.state == "sent" else None,
            )


def withdraw(turn: Turn, about: str, people: Collection[int], card: Card) -> None:
    """The cards of some people that asked to do something about it say only this, or are not sent.

    They ask nothing from then on, so that nothing that happens later changes them.
    """
    contacts = {
        contact.id for person in people for contact in turn.work.people.contacts_of(person)
    }
    end_calls(turn, about, lambda call: call.person_id in people)
    gathering.drop(turn, about, people)
    for row in turn.work.outbox.about(about):
        if row.contact_id not in contacts:
            continue
        turn.work.outbox.settle(row.id)
        if row.state == "queued":
            turn.work.outbox.supersede(row.id)
        elif row.contact_id != turn.speaker.contact_id:
            turn.tell(
                row.contact_id,
                row.channel,
                card,
                key=f"settled:{row.id}",
                priority=REMINDER,
                replaces=row.id,
            )


def end_calls(turn: Turn, about: str, which: Callable[[Call], bool]) -> None:
    """Nobody need telephone any more about this matter, of those lines that are meant."""
    by, over = turn.speaker.person_id, Card(text=turn.words("call.over"))
    lines = turn.work.undelivered.of_matter(about)
    ended = [
        one for one in lines if which(one) and turn.work.undelivered.end(one.id, "over", by=by)
    ]
    for call in ended:
        turn.work.duties.end_of("call", call.id, by=by)
        settle(turn, f"call:{call.id}", over)
    left = {one.id for one in lines if one.state in ("new", "open")} - {one.id for one in ended}
    if ended and not left:
        settle(turn, ring(about), over)


def ring(about: str) -> str:
    """How the card is known that asks somebody to call who did not notice it."""
    return f"ring:{about}"


def pages(lines: Sequence[str]) -> list[str]:
    """The lines as texts that every channel takes whole, with no link that could be tapped.

    What is indented stays with the line above it.
    """
    found = [""]
    for line in _blocks(map(defang, lines)):
        if found[-1] and _bytes(found[-1]) + _bytes(line) > PAGE_BYTES:
            found.append("")
        found[-1] += f"\n{line}" if found[-1] else line
    return found


def _blocks(lines: Iterable[str]) -> Iterator[str]:
    """Lines with what is indented below them, cut where they are too long."""
    block = ""
    for line in lines:
        whole = f"{block}\n{line}"
        if block and line.startswith("\u3000") and _bytes(whole) <= PAGE_BYTES:
            block = whole
            continue
        yield from _pieces(block)
        block = line
    yield from _pieces(block)


def _pieces(text: str) -> Iterator[str]:
    if _bytes(text) <= PAGE_BYTES:
        yield from [text] if text else []
        return
    yield from (text[at : at + PIECE] for at in range(0, len(text), PIECE))


def _bytes(text: str) -> int:
    return len(text.encode())


def rows(*buttons: Button | None) -> tuple[tuple[Button, ...], ...]:
    """A row for each button that there is."""
    return tuple((button,) for button in buttons if button is not None)


def pairs(buttons: Sequence[Button]) -> tuple[tuple[Button, ...], ...]:
    """Two buttons in a row."""
    return tuple(tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2))

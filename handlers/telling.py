"""Who must hear of a report, and how people hear: cards without name or story."""

import json
from collections.abc import Collection, Iterable, Sequence

from conversation.cards import Button, Card
from handlers.turn import ALARM, REMINDER, Turn
from policy.routing import Post, last_resort, who_is_told
from storage.people import Holder, Role
from storage.reports import Report


def receivers(turn: Turn, report: Report) -> tuple[Holder, ...]:
    """Who must hear of this report now: at least the county, whatever is missing below."""
    tree = turn.work.areas
    if report.area_id is None:
        return ()
    posts = who_is_told(
        report.grade,
        report.circumstances,
        report.area_id,
        tree,
        turn.rules.policy.routing,
        suspect=json.loads(report.answers).get("suspect", ""),
    )
    without = {turn.speaker.person_id}
    found = reachable(turn, posts, without=without)
    if not found:
        found = reachable(
            turn, last_resort(report.area_id, tree, turn.rules.policy.routing), without=without
        )
    return found


def reachable(
    turn: Turn, posts: Iterable[Post], *, without: Collection[int] = ()
) -> tuple[Holder, ...]:
    """The people of these posts and who stands in for them, each once, in the posts' order."""
    found: dict[int, Holder] = {}
    for role, area_id in posts:
        for holder in turn.work.people.holders((role,), (area_id,)):
            found.setdefault(holder.person_id, holder)
        for away in turn.work.people.in_posts((role,), (area_id,)):
            deputy = _deputy(turn, away)
            if deputy is not None:
                found.setdefault(deputy.person_id, deputy)
    return tuple(one for one in found.values() if one.person_id not in without)


def _deputy(turn: Turn, post: Role) -> Holder | None:
    """Whoever does the work of a post while its holder is on leave, if they can be reached."""
    person_id = turn.work.deputies.deputy_of(post.person_id, turn.work.now)
    for contact in turn.work.people.contacts_of(person_id) if person_id is not None else ():
        if contact.reachable:
            return Holder(
                person_id=contact.person_id,
                contact_id=contact.id,
                channel=contact.channel,
                role=post.role,
                area_id=post.area_id,
            )
    return None


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
) -> bool:
    """Tell a person by the first of their contacts that is reached; False when there is none."""
    for contact in turn.work.people.contacts_of(person_id):
        if contact.reachable:
            turn.tell(contact.id, contact.channel, card, key=key, priority=priority, about=about)
            return True
    return False


def settle(turn: Turn, about: str, card: Card, *, but: int | None = None) -> None:
    """Every card that asked to do something about it says this now, in its own place.

    Not the cards of the contact ``but``, who is answered by the turn itself.
    """
    for row in turn.work.outbox.about(about):
        turn.work.outbox.settle(row.id)
        if row.state == "queued":
            turn.work.outbox.supersede(row.id)
        if row.contact_id != but:
            turn.tell(
                row.contact_id,
                row.channel,
                card,
                key=f"settled:{row.id}",
                priority=REMINDER,
                report_id=row.report_id,
                replaces=row.id if row.state == "sent" else None,
            )


def rows(*buttons: Button | None) -> tuple[tuple[Button, ...], ...]:
    """A row for each button that there is."""
    return tuple((button,) for button in buttons if button is not None)


def pairs(buttons: Sequence[Button]) -> tuple[tuple[Button, ...], ...]:
    """Two buttons in a row."""
    return tuple(tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2))

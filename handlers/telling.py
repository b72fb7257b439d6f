"""Who must hear of a report, and the card that tells them: no name, no story, what to do."""

import json

from conversation.cards import Action, Button, Card
from handlers.turn import ALARM, REMINDER, Turn
from policy.receipt import say_number
from policy.routing import Post, last_resort, who_is_told
from storage.people import Holder, Role
from storage.reports import Report


def tell(turn: Turn, report: Report) -> tuple[Holder, ...]:
    """One card to everybody whom the routing table names, except the reporter."""
    holders = receivers(turn, report)
    for holder in holders:
        turn.tell(
            holder.contact_id,
            holder.channel,
            alarm_card(turn, report),
            key=f"report:{report.id}:told:{holder.contact_id}",
            priority=ALARM if report.grade == "red" else REMINDER,
            report_id=report.id,
        )
    return holders


def tell_again(turn: Turn, report: Report, cause: int) -> None:
    """Whoever was told hears that there is more to read."""
    for holder in receivers(turn, report):
        turn.tell(
            holder.contact_id,
            holder.channel,
            alarm_card(turn, report, what="alarm.more"),
            key=f"report:{report.id}:more:{cause}:{holder.contact_id}",
            priority=ALARM if report.grade == "red" else REMINDER,
            report_id=report.id,
        )


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
    found: dict[int, Holder] = {}
    for post in posts:
        _find(turn, post, found)
    if not found:
        for post in last_resort(report.area_id, tree, turn.rules.policy.routing):
            _find(turn, post, found)
    return tuple(found.values())


def _find(turn: Turn, post: Post, found: dict[int, Holder]) -> None:
    """The people of one post and who stands in for them, each once; not the reporter."""
    role, area_id = post
    for holder in turn.work.people.holders((role,), (area_id,)):
        if holder.person_id != turn.speaker.person_id:
            found.setdefault(holder.person_id, holder)
    for away in turn.work.people.in_posts((role,), (area_id,)):
        deputy = _deputy(turn, away)
        if deputy is not None and deputy.person_id != turn.speaker.person_id:
            found.setdefault(deputy.person_id, deputy)


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


def alarm_card(turn: Turn, report: Report, *, what: str = "") -> Card:
    """What a receiver sees first: no name, no story; those open on demand."""
    area = turn.work.areas
    when = report.created_at.astimezone(turn.rules.zone)
    text = turn.words(
        "alarm.text",
        what=turn.words(what or _headline(report)),
        number=say_number(report.number),
        grade=turn.words(f"grade.{report.grade}"),
        area=area.full_name(report.area_id) if report.area_id else "",
        when=f"{when:%m-%d %H:%M}",
    )
    button = Button(
        label=turn.words("alarm.details"), action=Action("case.details", str(report.id))
    )
    return Card(text=text, rows=((button,),))


def _headline(report: Report) -> str:
    urgent = report.kind == "report" and report.grade == "red"
    return "alarm.urgent" if urgent else f"alarm.{report.kind}"

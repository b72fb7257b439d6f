"""A report opens its case: an owner, the first duties, and a card to each who must hear."""

from handlers.cases import case_card, conflicts, duties, involved, owners
from handlers.reaching import telling
from handlers.reaching.telling import urgency
from handlers.turn import Turn
from policy.lifecycle import Raised
from policy.routing import Hour
from storage.audit import PROGRAM
from storage.cases.case import Case, Owner
from storage.people.person import Holder, Reach
from storage.reporting.reports import Report


def open_case(
    turn: Turn, report: Report, child_id: int | None = None, *, quietly: bool = False
) -> tuple[Holder, ...]:
    """The case of a new report: an owner, its first duties, one card to each who must hear.

    ``quietly``: no card, as it goes on in another case.
    """
    when = telling.hour(turn, report.grade)
    hidden = conflicts.meant_by(turn, report)
    holders = telling.receivers(turn, report, when, without=hidden)
    start = turn.rules.policy.lifecycle.start
    case = turn.work.cases.open(
        report,
        first_owner(turn, report.grade, report.area_id, holders, hidden),
        stage=start.stage,
        child_id=child_id,
    )
    for person in sorted(hidden):
        turn.work.cases.add_member(case.id, person, "excluded", by=0, basis="meant")
    turn.work.cases.add_entry(case.id, "opened", by=0, role="", stage=case.stage)
    for kind in start.sets:
        duties.set_for_case(turn, case, kind, case.id)
    begins = turn.rules.policy.lifecycle.raised.get(case.grade, Raised())
    for post in dict.fromkeys(holder.role for holder in holders):
        for kind in begins.posts.get(post, ()):
            duties.set_for_case(turn, case, kind, case.id, post=post)
    with telling.as_read(turn, when):
        for holder in () if quietly else holders:
            _let_hear(turn, case, holder, report, when)
    return holders


def first_owner(
    turn: Turn,
    grade: str,
    area_id: int | None,
    holders: tuple[Holder, ...],
    hidden: frozenset[int],
) -> Owner:
    """The first in the table who can be reached; else the co-ordinator's post, held or not."""
    for role in turn.rules.policy.routing.owners.get(grade, ()):
        for holder in holders:
            if holder.role == role:
                return owners.owner_of(holder)
    return owners.coordinator(turn, area_id, without=hidden)


def _let_hear(turn: Turn, case: Case, holder: Holder, report: Report, when: Hour) -> None:
    turn.work.cases.add_member(case.id, holder.person_id, "told", by=PROGRAM, role=holder.role)
    told = case_card.card(
        turn, case, case_card.headline(report), involved.of_post(turn, case, holder.role)
    )
    about, not_before = case_card.about(case), when.at if when.waits else None
    priority = urgency(case.grade)
    reach = telling.way_to(turn, holder.person_id, priority, about)
    if reach is None:
        reach = Reach(contact_id=holder.contact_id, channel=holder.channel)
    if telling.is_gathered(turn, holder.person_id, reach, told, priority, about, not_before):
        return
    turn.tell(
        reach.contact_id,
        reach.channel,
        told,
        key=f"report:{report.id}:told:{holder.contact_id}",
        priority=priority,
        report_id=report.id,
        about=about,
        not_before=not_before,
    )

"""Somebody leaves: all that is in their hands goes to another person, in one turn."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import timedelta

from handlers import filling
from handlers.cases import case_card, exclusion, owners
from handlers.people import colleagues, standing
from handlers.reporting import reporters
from handlers.saying import answer, button
from handlers.turn import Filled, Turn
from policy.receipt import say_number
from storage.cases.duties import Duty
from storage.people.person import Role as Post
from storage.reporting.reports import Report

#: Pairs of people that fit one card.
PAIRS = 6
#: No report is older, and no duty is due later.
EVER = timedelta(days=36500)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What went from one person to the other."""

    posts: tuple[Post, ...]
    children: int
    cases: int
    duties: int
    shifts: int
    drafts: int
    reports: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gone:
    """All that went, before it is said to anybody."""

    posts: tuple[Post, ...]
    reports: tuple[Report, ...]
    drafts: int
    children: int = 0
    cases: frozenset[int] = frozenset()
    duties: tuple[Duty, ...] = ()
    shifts: int = 0


def begin(turn: Turn, _: str = "") -> None:
    """交接工作: who leaves, who takes over."""
    if not colleagues.is_manager(turn):
        answer(turn, turn.words("people.not_yours"))
        return
    filling.begin(turn, "handover", in_place=True)


def named(turn: Turn, filled: Filled) -> None:
    """The two names are given: whom they may mean; one tap hands over."""
    staff = colleagues.staff(turn, ahead=True)
    leavers = colleagues.named(turn, staff, filled.answers["leaver_name"])
    successors = colleagues.named(turn, staff, filled.answers["successor_name"])
    pairs = [(one, other) for one in leavers for other in successors if one != other][:PAIRS]
    rows = [
        button(
            turn.words(
                "handover.pair",
                name=colleagues.with_posts(turn, one, staff[one]),
                other=colleagues.with_posts(turn, other, staff[other]),
            ),
            "handover.do",
            f"{one}:{other}",
        )
        for one, other in pairs
    ]
    missing = filled.answers["successor_name" if leavers else "leaver_name"]
    text = turn.words("handover.sure") if pairs else turn.words("handover.nobody", name=missing)
    answer(turn, text, *rows, button(turn.words("handover.again"), "handover"))


def go(turn: Turn, arg: str) -> None:
    """One tap: everything moves, and everybody who must know is told."""
    leaver, successor = (int(part) for part in arg.split(":"))
    staff = colleagues.staff(turn, ahead=True)
    if leaver not in staff or successor not in staff:
        answer(turn, turn.words("handover.gone"))
        return
    moved = hand_over(turn, leaver, successor, staff[leaver])
    answer(turn, _said(turn, "handover.done", leaver, successor, moved))


def hand_over(turn: Turn, leaver: int, successor: int, posts: list[Post]) -> Moved:
    """Move posts, children, cases, duties, drafts; tell both, and who reported what is open."""
    hidden = turn.work.cases.hidden_from(successor)
    gone = _give_posts(turn, leaver, successor, posts, hidden)
    # Whoever still holds a post elsewhere keeps what belongs to it.
    if not turn.work.people.roles_ahead(leaver):
        gone = _give_work(turn, leaver, successor, hidden, gone)
    cause = turn.work.new_id()
    thanks = _said(turn, "handover.thanks", leaver, successor, _as_heard(turn, gone, leaver))
    colleagues.tell_person(turn, leaver, thanks, key=f"out:{cause}")
    yours = _said(turn, "handover.yours", leaver, successor, _as_heard(turn, gone, successor))
    colleagues.tell_person(turn, successor, yours, key=f"in:{cause}")
    for report in gone.reports:
        _tell_reporter(turn, report, cause)
    return _as_heard(turn, gone, turn.speaker.person_id)


def _give_posts(
    turn: Turn, leaver: int, successor: int, posts: list[Post], hidden: Collection[int]
) -> _Gone:
    """The posts, and what was begun: drafts, but those about a case that is ``hidden``."""
    work = turn.work
    reports = _open_reports(turn, leaver, posts)
    contacts = [one.id for one in work.people.contacts_of(leaver)]
    to = next((one for one in work.people.contacts_of(successor) if one.reachable), None)
    abouts = [case_card.about(case) for case in work.cases.some(hidden)]
    drafts = work.drafts.hand_over(contacts, to.id, hidden=abouts) if to else 0
    for post in posts:
        work.people.end_role(post.id)
        _take_post(turn, successor, post)
    return _Gone(posts=tuple(posts), reports=tuple(reports), drafts=drafts)


def _give_work(
    turn: Turn, leaver: int, successor: int, hidden: Collection[int], gone: _Gone
) -> _Gone:
    """Children, cases, duties, shifts, classes; around a hidden case the way leads as before."""
    work = turn.work
    duties = work.duties.of_people([leaver], work.now + EVER)
    children = work.responsibilities.hand_over(leaver, successor, by=turn.speaker.person_id)
    cases = owners.hand_over(turn, leaver, successor)
    shifts = work.shifts.hand_over(leaver, successor)
    work.duties.hand_over(leaver, successor)
    for case in work.cases.some(hidden):
        exclusion.around(turn, case, {successor})
    work.classes.hand_over(leaver, successor)
    work.deputies.hand_over(leaver, successor)
    work.holidays.hand_over(leaver, successor)
    return replace(
        gone,
        children=len(children),
        cases=frozenset(cases),
        duties=tuple(duties),
        shifts=shifts,
    )


def _as_heard(turn: Turn, gone: _Gone, reader: int) -> Moved:
    """What somebody may hear of it: nothing counts of which they must not."""
    work = turn.work
    hidden = frozenset(work.cases.hidden_from(reader))
    of = [work.cases.of_report(one.id) for one in gone.reports] if hidden else []
    return Moved(
        posts=gone.posts,
        children=gone.children,
        cases=len(gone.cases - hidden),
        duties=sum(one.subject != "case" or one.subject_id not in hidden for one in gone.duties),
        shifts=gone.shifts,
        drafts=gone.drafts,
        reports=len(gone.reports) - sum(case is not None and case.id in hidden for case in of),
    )


def _take_post(turn: Turn, person_id: int, post: Post) -> None:
    """Let a person hold a post for what is left of its term, once; the audit says who did."""
    people, by = turn.work.people, turn.speaker.person_id
    since = max(turn.work.now, post.since)
    same = (post.role, post.area_id)
    mine = [one for one in people.roles_ahead(person_id) if (one.role, one.area_id) == same]
    if mine:
        people.widen(mine[0], replace(post, since=since), by=by)
    else:
        people.add_role(person_id, post.role, post.area_id, since=since, until=post.until, by=by)
        standing.tell_of_new(turn, person_id, post.role, post.area_id)
    turn.work.audit.write(
        by, "role.given", "person", person_id, {"role": post.role, "area": post.area_id}
    )


def _open_reports(turn: Turn, leaver: int, posts: list[Post]) -> list[Report]:
    """What is reported and not closed, of their own cases and where a post of theirs reads it."""
    roles, tree = turn.rules.policy.roles, turn.work.areas
    areas = {
        area
        for post in posts
        if post.role in roles and roles[post.role].reads_reports
        for area in tree.descendants(post.area_id)
    }
    since = turn.work.now - EVER
    of_places = turn.work.reports.in_areas(sorted(areas), since) if areas else ()
    of_cases = [
        report
        for case in turn.work.cases.owned_by([leaver])
        for report in turn.work.cases.reports(case.id)
    ]
    reports = {report.id: report for report in (*of_places, *of_cases)}
    return [report for report in reports.values() if report.state != "closed"]


def _tell_reporter(turn: Turn, report: Report, cause: int) -> None:
    text = turn.words("handover.reporter", number=say_number(report.number))
    reporters.tell(turn, report, text, key=f"report:{report.id}:handed:{cause}")


def _said(turn: Turn, key: str, leaver: int, successor: int, moved: Moved) -> str:
    """Who, to whom, and how much; only what there is."""
    counts = {
        "children": moved.children,
        "cases": moved.cases,
        "duties": moved.duties,
        "shifts": moved.shifts,
        "drafts": moved.drafts,
        "reports": moved.reports,
    }
    told = [
        turn.words(f"handover.moved.{name}", count=count)
        for name, count in counts.items()
        if count
    ]
    posts = [colleagues.post_line(turn, post) for post in moved.posts]
    return turn.words(
        key,
        name=colleagues.called(turn, leaver),
        other=colleagues.called(turn, successor),
        what="、".join([*posts, *told]),
    )

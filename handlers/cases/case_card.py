"""What is pushed of a case: no name, no story; and what a duty about it says when it rings."""

import json
from collections.abc import Mapping, Sequence

from conversation.cards import Button, Card
from handlers.cases import duties, involved, possible
from handlers.matter import Matter
from handlers.reaching.telling import pairs
from handlers.reporting import reporters
from handlers.turn import Turn
from policy.lifecycle import may
from policy.masking import mask_name
from policy.receipt import say_number
from storage.cases.case import Case
from storage.cases.duties import Duty
from storage.reporting.reports import Report

#: How the names of what is about a case begin, in the outbox and in drafts.
ABOUT = "case:"
#: Acts on the card of a duty.
ANSWERS = 2


def about(case: Case) -> str:
    """How rows of the outbox and drafts name the case."""
    return f"{ABOUT}{case.id}"


def headline(report: Report) -> str:
    """The words key of what happened."""
    urgent = report.kind == "report" and report.grade == "red"
    return "alarm.urgent" if urgent else f"alarm.{report.kind}"


def card(
    turn: Turn,
    case: Case,
    what: str,
    own: Duty | None = None,
    *,
    due: Duty | None = None,
    told: Mapping[str, str] | None = None,
) -> Card:
    """What is pushed: no name, no story; what, why this grade, since when, until when.

    ``own`` is what whoever gets it has to do, if that is not what is due first; ``due`` is the
    same for who must look at the case before; ``told`` fills in what happened.
    """
    reports = turn.work.cases.reports(case.id)
    keys = dict.fromkeys(key for report in reports for key in report.reasons)
    reasons = turn.rules.policy.grading.reasons(tuple(keys))
    lines = [
        _head(turn, case, what, told or {}),
        *_where_else(turn, case, reports),
        *([turn.words("alarm.reasons", reasons="；".join(reasons))] if reasons else []),
        *([turn.words("alarm.child", child=child)] if (child := _child(turn, case)) else []),
        *([duties.said(turn, asked)] if (asked := own or due) else _next_duty(turn, case)),
    ]
    first = () if case.is_accepted else ("accept", "not_ours")
    if own is not None:
        first = (*_ends(turn, own), *first)
    return Card(text="\n".join(lines), rows=possible.rows_of(turn, case, first))


def rows_of_post(turn: Turn, case: Case, own: Duty) -> tuple[tuple[Button, ...], ...]:
    """What ends the duty of a post, and the details."""
    return possible.rows_of(turn, case, _ends(turn, own))


def card_for_helper(turn: Turn, case: Case, what: str, duty: Duty | None) -> Card:
    """What is pushed to somebody who helps: not even why it is urgent; what they may answer."""
    acts = turn.rules.policy.lifecycle.acts
    answers = [name for name, act in acts.items() if duty is not None and duty.kind in act.of]
    lines = [_head(turn, case, what, {}), *([duties.said(turn, duty)] if duty else [])]
    return Card(text="\n".join(lines), rows=possible.rows_of(turn, case, answers))


def _ends(turn: Turn, duty: Duty) -> list[str]:
    """The first act by which such a duty is done."""
    acts = turn.rules.policy.lifecycle.acts.items()
    return [name for name, act in acts if duty.kind in act.ends][:1]


def _head(turn: Turn, case: Case, what: str, told: Mapping[str, str]) -> str:
    when = case.opened_at.astimezone(turn.rules.zone)
    return turn.words(
        "alarm.text",
        what=turn.words(what, **told),
        number=say_number(case.number),
        grade=turn.words(f"grade.{case.grade}"),
        area=turn.work.areas.full_name(case.area_id) if case.area_id else "",
        when=turn.moment(when),
    )


def _where_else(turn: Turn, case: Case, reports: Sequence[Report]) -> list[str]:
    """No village is known, but whoever reported said more of where it is."""
    area = turn.work.areas.get(case.area_id) if case.area_id is not None else None
    if area is not None and area.kind != "county":
        return []
    said = (json.loads(report.answers) for report in reports)
    told = any(one.get("place_point") or one.get("place_words") for one in said)
    return [turn.words("alarm.where")] if told else []


def _child(turn: Turn, case: Case) -> str:
    child = turn.work.children.get(case.child_id) if case.child_id else None
    return mask_name(child.values.get("name", "")) if child else ""


def _next_duty(turn: Turn, case: Case) -> list[str]:
    """The acceptance while nobody accepted, then what the owner has to do first, then others."""
    waiting = turn.work.duties.open_of("case", case.id)
    first = [one for one in waiting if one.kind == "acknowledge"]
    owners = [one for one in waiting if one.person_id == case.owner.person_id]
    nearest = next(iter((*first, *owners, *waiting)), None)
    return [duties.said(turn, nearest)] if nearest else []


# -- when a duty rings --------------------------------------------------------------------------


def matter(turn: Turn, duty: Duty) -> Matter | None:
    """The case of a duty; None when there is nothing to be told any more."""
    case = turn.work.cases.get(duty.subject_id)
    if case is None or case.joined_into is not None:
        return None
    what = _how_it_stands(case)
    helps = duty.person_id is not None and duty.person_id != case.owner.person_id
    is_posts = duty.person_id is None and duty.role != case.owner.role
    rang = duty if case.is_accepted else None  # else that somebody accepts is said first
    is_owners = case.is_accepted and not helps and not is_posts
    own = duty if is_posts else None
    told = (
        card_for_helper(turn, case, what, duty) if helps else card(turn, case, what, own, due=rang)
    )
    return Matter(
        without=involved.excluded(turn, case.id),
        about=about(case),
        text=told.text,
        rows=pairs([possible.details_button(turn, case)]) if is_posts else told.rows,
        answers=_owners(turn, case, duty) if is_owners else told.rows if is_posts else (),
        ask_reporters=lambda: reporters.tell_of(turn, case, "still", duty.id),
    )


def _owners(turn: Turn, case: Case, duty: Duty) -> tuple[tuple[Button, ...], ...]:
    """By what the owner does such a duty, and the details."""
    acts = turn.rules.policy.lifecycle.acts
    names = [
        name
        for name, act in acts.items()
        if duty.kind in (*act.ends, *act.of) and "owner" in act.who and may(act, case, ["owner"])
    ]
    return possible.rows_of(turn, case, names[:ANSWERS])


def _how_it_stands(case: Case) -> str:
    if not case.is_open:
        return "case.looked_after"
    return "case.running" if case.is_accepted else "case.waiting"

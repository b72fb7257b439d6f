"""A case: who has to do with it, its card, and what may be done about it.

``view`` is the one place where it is decided who has to do with a case.
"""

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from conversation.cards import Action, Button, Card
from conversation.letters import tidy
from handlers import saying
from handlers.cases import duties
from handlers.matter import Matter
from handlers.people import colleagues, standing
from handlers.reaching import telling
from handlers.reaching.telling import pairs, rows, urgency
from handlers.reporting import reporters
from handlers.saying import home_row
from handlers.turn import Turn
from policy.lifecycle import BEFORE, Act, may, offered
from policy.masking import mask_name
from policy.receipt import say_number
from policy.scope import may_see
from storage.cases.case import Case, Owner
from storage.cases.duties import Duty
from storage.people.person import Role
from storage.reporting.reports import Report

#: A member of this kind is only mentioned: they act, and read no words until the county decided.
HELD = "held"
#: How the names of what is about a case begin, in the outbox and in drafts.
ABOUT = "case:"
#: Duties that make up a plan.
PLANNED = ("goal", "plan_item")
#: Acts on the card of a case, beside the ways to more of them and elsewhere.
ACTS = 4
#: Acts on the card of a duty.
ANSWERS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A case as somebody may see it, and what they are to it."""

    case: Case
    is_to_it: frozenset[str]


# -- who has to do with it ----------------------------------------------------------------------


def view(turn: Turn, case_id: int) -> View | None:
    """The case, for whoever has to do with it; absent and foreign are the same."""
    case = turn.work.cases.standing(case_id)
    if case is None:
        return None
    is_to_it = relations(turn, case)
    return View(case=case, is_to_it=is_to_it) if is_to_it else None


def relations(turn: Turn, case: Case) -> frozenset[str]:
    """What the speaker is to a case: owner, receiver, partner, second, and posts in its place.

    Nothing at all for whoever holds no post there any more and was not let in.
    """
    members = turn.work.cases.members(case.id)
    me = turn.speaker.person_id
    kinds = {one.kind for one in members if one.person_id == me}
    if any(one.kind == "excluded" and one.person_id == turn.seer for one in members):
        return frozenset()
    tree, roles = turn.work.areas, turn.rules.policy.roles
    held = [
        post
        for post in turn.roles
        if may_see([(post.role, post.area_id)], case.area_id, tree, roles)
    ]
    posts = {post.role for post in held}
    found = posts | ({"partner"} & kinds)
    if posts:
        found.add("receiver")
        if is_owner(turn, case):
            found.add("owner")
        elif _may_be_second(turn, held) and not _asked_for(turn, case):
            found.add("second")
    if _has_a_post(turn, case) and any(is_mine(turn, duty) for duty in open_duties(turn, case)):
        found.add("doer")
    return frozenset(found)


def _may_be_second(turn: Turn, posts: Collection[Role]) -> bool:
    roles = turn.rules.policy.roles
    return any(roles[post.role].lowers_grade and standing.counts(turn, post) for post in posts)


def _asked_for(turn: Turn, case: Case) -> bool:
    """True when the speaker brought it to where a second person decides: nobody is both."""
    if case.stage != turn.rules.policy.lifecycle.closing.stage:
        return False
    return turn.work.cases.brought_by(case.id, case.stage) == turn.speaker.person_id


def _has_a_post(turn: Turn, case: Case) -> bool:
    """True for whoever holds any post where the case is, reading or not."""
    tree = turn.work.areas
    return case.area_id is not None and any(
        tree.is_within(case.area_id, post.area_id) for post in turn.roles
    )


def open_duties(turn: Turn, case: Case) -> tuple[Duty, ...]:
    """What is still to be done about it, the most urgent first."""
    return turn.work.duties.open_of("case", case.id)


def is_mine(turn: Turn, duty: Duty) -> bool:
    """True when the speaker, or somebody they stand in for, has to do it."""
    return duty.person_id is not None and duty.person_id in turn.whose


def is_posts(turn: Turn, duty: Duty) -> bool:
    """True for what anybody of a post has to do, where the speaker holds that post there."""
    tree = turn.work.areas
    return (
        duty.person_id is None
        and duty.area_id is not None
        and any(
            post.role == duty.role and tree.is_within(duty.area_id, post.area_id)
            for post in turn.roles
        )
    )


def is_owner(turn: Turn, case: Case) -> bool:
    """True when it is the speaker's, or somebody's they stand in for."""
    owner = case.owner
    if owner.person_id is not None:
        return owner.person_id in turn.whose
    held = {(post.role, post.area_id) for post in turn.roles}
    return (owner.role, owner.area_id) in held


def is_held(turn: Turn, case_id: int) -> bool:
    """True while the county decides whether what was said of the speaker keeps them out."""
    members = turn.work.cases.members(case_id)
    return any(one.kind == HELD and one.person_id == turn.seer for one in members)


def excluded(turn: Turn, case_id: int) -> frozenset[int]:
    """Who must not hear of a case."""
    members = turn.work.cases.members(case_id)
    return frozenset(one.person_id for one in members if one.kind == "excluded")


def tell_more(turn: Turn, report: Report, cause: str, *, what: str = "alarm.more") -> None:
    """Whoever works on the case of a report hears that there is more to read."""
    case = turn.work.cases.of_report(report.id)
    if case is None:
        return
    for person in working_on(turn, case):
        telling.tell_person(
            turn,
            person,
            card(turn, case, what),
            key=f"report:{report.id}:more:{cause}:{person}",
            priority=urgency(case.grade),
            about=about(case),
        )


def working_on(turn: Turn, case: Case) -> tuple[int, ...]:
    """Others who have it in hand: the owner who accepted; before that everybody who was told."""
    if case.is_accepted and case.owner.person_id is not None:
        return (case.owner.person_id,)
    told = told_of(turn, case)
    owner = [case.owner.person_id] if case.owner.person_id is not None else []
    people = dict.fromkeys([*owner, *told])
    return tuple(one for one in people if one != turn.speaker.person_id)


def told_of(turn: Turn, case: Case) -> list[int]:
    """Who was told of it, and has not stepped back."""
    return [one.person_id for one in turn.work.cases.members(case.id) if one.kind == "told"]


# -- the card -----------------------------------------------------------------------------------


def about(case: Case) -> str:
    """How rows of the outbox and drafts name the case."""
    return f"{ABOUT}{case.id}"


def headline(report: Report) -> str:
    """The words key of what happened."""
    urgent = report.kind == "report" and report.grade == "red"
    return "alarm.urgent" if urgent else f"alarm.{report.kind}"


def card(
    turn: Turn, case: Case, what: str, own: Duty | None = None, *, due: Duty | None = None
) -> Card:
    """What is pushed: no name, no story; what, why this grade, since when, until when.

    ``own`` is what whoever gets it has to do, if that is not what is due first; ``due`` is the
    same for who must look at the case before.
    """
    reports = turn.work.cases.reports(case.id)
    keys = dict.fromkeys(key for report in reports for key in report.reasons)
    reasons = turn.rules.policy.grading.reasons(tuple(keys))
    lines = [
        _head(turn, case, what),
        *([turn.words("alarm.reasons", reasons="；".join(reasons))] if reasons else []),
        *([turn.words("alarm.child", child=child)] if (child := _child(turn, case)) else []),
        *([duties.said(turn, asked)] if (asked := own or due) else _next_duty(turn, case)),
    ]
    first = () if case.is_accepted else ("accept", "not_ours")
    if own is not None:
        first = (*_ends(turn, own), *first)
    return Card(text="\n".join(lines), rows=_rows_of(turn, case, first))


def rows_of_post(turn: Turn, case: Case, own: Duty) -> tuple[tuple[Button, ...], ...]:
    """What ends the duty of a post, and the details."""
    return _rows_of(turn, case, _ends(turn, own))


def _ends(turn: Turn, duty: Duty) -> list[str]:
    """The first act by which such a duty is done."""
    acts = turn.rules.policy.lifecycle.acts.items()
    return [name for name, act in acts if duty.kind in act.ends][:1]


def _rows_of(turn: Turn, case: Case, acts: Iterable[str]) -> tuple[tuple[Button, ...], ...]:
    """These acts, as far as the county has them, and the details."""
    buttons = [button for name in acts if (button := act_button(turn, case, name))]
    return pairs([*buttons, details_button(turn, case)])


def card_for_helper(turn: Turn, case: Case, what: str, duty: Duty | None) -> Card:
    """What is pushed to somebody who helps: not even why it is urgent; what they may answer."""
    acts = turn.rules.policy.lifecycle.acts
    answers = [name for name, act in acts.items() if duty is not None and duty.kind in act.of]
    lines = [_head(turn, case, what), *([duties.said(turn, duty)] if duty else [])]
    return Card(text="\n".join(lines), rows=_rows_of(turn, case, answers))


def _head(turn: Turn, case: Case, what: str) -> str:
    when = case.opened_at.astimezone(turn.rules.zone)
    return turn.words(
        "alarm.text",
        what=turn.words(what),
        number=say_number(case.number),
        grade=turn.words(f"grade.{case.grade}"),
        area=turn.work.areas.full_name(case.area_id) if case.area_id else "",
        when=turn.moment(when),
    )


def _child(turn: Turn, case: Case) -> str:
    child = turn.work.children.get(case.child_id) if case.child_id else None
    return mask_name(child.values.get("name", "")) if child else ""


def of_post(turn: Turn, case: Case, post: str) -> Duty | None:
    """What is left to a post, not to the owner."""
    left = open_duties(turn, case)
    mine = (one for one in left if post and one.role == post and one.person_id is None)
    return next(mine, None) if case.owner.role != post else None


def _next_duty(turn: Turn, case: Case) -> list[str]:
    """The acceptance while nobody accepted, then what the owner has to do first, then others."""
    waiting = turn.work.duties.open_of("case", case.id)
    first = [one for one in waiting if one.kind == "acknowledge"]
    owners = [one for one in waiting if one.person_id == case.owner.person_id]
    nearest = next(iter((*first, *owners, *waiting)), None)
    return [duties.said(turn, nearest)] if nearest else []


def details_button(turn: Turn, case: Case) -> Button:
    """看详情."""
    return Button(label=turn.words("alarm.details"), action=Action("case.details", str(case.id)))


def act_button(turn: Turn, case: Case, name: str) -> Button | None:
    """The button of an act; None for one that the county switched off."""
    act = turn.rules.policy.lifecycle.acts.get(name)
    if act is None:
        return None
    return Button(label=act.label, action=Action("case.act", f"{case.id}:{name}"))


def act_buttons(turn: Turn, seen: View) -> list[Button]:
    """What the speaker may do with the case now."""
    found = (act_button(turn, seen.case, name) for name in offers(turn, seen))
    return [button for button in found if button]


def act_rows(turn: Turn, seen: View) -> tuple[tuple[Button, ...], ...]:
    """The first of these, two in a row, and the way to the others."""
    buttons = act_buttons(turn, seen)
    more = [more_row(turn, seen.case)] if len(buttons) > ACTS else []
    return (*pairs(buttons[:ACTS]), *more)


def more_row(turn: Turn, case: Case, page: int = 0) -> tuple[Button, ...]:
    """更多."""
    return saying.button(turn.words("case.more"), "case.more", f"{case.id}:{page}")


def offers(turn: Turn, seen: View) -> tuple[str, ...]:
    """What the speaker may do with the case now; first of all what ends a duty."""
    acts = turn.rules.policy.lifecycle.acts
    names = [
        name
        for name in offered(turn.rules.policy.lifecycle, seen.case, seen.is_to_it)
        if (not acts[name].of or answerable(turn, seen, acts[name]))
        and (name not in OFFERED_IF or OFFERED_IF[name](turn, seen.case))
    ]
    due = [name for name in names if is_awaited(turn, seen.case, name)]
    return tuple(dict.fromkeys([*due, *names]))


def is_awaited(turn: Turn, case: Case, name: str) -> bool:
    """True for an act by which something is done that waits to be done."""
    act = turn.rules.policy.lifecycle.acts[name]
    return any(duty.kind in (*act.of, *act.ends) for duty in open_duties(turn, case))


def _has_partners(turn: Turn, case: Case) -> bool:
    return any(one.kind == "partner" for one in turn.work.cases.members(case.id))


def _has_plan(turn: Turn, case: Case) -> bool:
    return any(duty.kind in PLANNED for duty in turn.work.duties.of("case", case.id))


#: Acts that are shown only where there is something for them to do.
OFFERED_IF: Mapping[str, Callable[[Turn, Case], bool]] = {
    "shut_out": _has_partners,
    "plan_signed": _has_plan,
    "readmit": lambda turn, case: bool(excluded(turn, case.id)),
}


def answerable(turn: Turn, seen: View, act: Act) -> tuple[Duty, ...]:
    """The open duties that the speaker may say are done by this act: all, or their own."""
    found = [duty for duty in open_duties(turn, seen.case) if duty.kind in act.of]
    if not seen.is_to_it.isdisjoint({*act.who} - {"doer"}):
        return tuple(found)
    return tuple(duty for duty in found if is_mine(turn, duty))


def required(turn: Turn, seen: View) -> dict[str, str]:
    """What 13号 wants done in the circumstances of the case."""
    lines = turn.rules.policy.circumstances.lines
    told = [
        must
        for report in turn.work.cases.reports(seen.case.id)
        for one in report.circumstances
        if one in lines
        for must in lines[one].must
    ]
    return {"must": "；".join(dict.fromkeys(told)) or turn.words("case.must_nothing")}


# -- acts ---------------------------------------------------------------------------------------


def may_do(turn: Turn, case_id: int, name: str) -> tuple[View, Act] | None:
    """The case and the act, if the speaker may do it now; else they are told why not."""
    seen = view(turn, case_id)
    act = turn.rules.policy.lifecycle.acts.get(name)
    if seen is None or act is None:
        _say_not_yours(turn)
        return None
    if not may(act, seen.case, seen.is_to_it) or (act.of and not answerable(turn, seen, act)):
        say_too_late(turn, seen.case)
        return None
    return seen, act


def _say_not_yours(turn: Turn) -> None:
    turn.say(Card(text=turn.words("alarm.not_yours"), rows=(home_row(turn),)))


def say_too_late(turn: Turn, case: Case) -> None:
    """Somebody else was first, or it cannot be done now."""
    key = "case.taken" if case.is_accepted and case.is_open else "case.not_now"
    text = turn.words(key, number=say_number(case.number), name=owner_name(turn, case))
    turn.say(Card(text=text, rows=(*rows(details_button(turn, case)), home_row(turn))))


def record(turn: Turn, case: Case, name: str, act: Act, body: Mapping[str, str]) -> Case:
    """Write an act into the story with all that the table says follows from it."""
    me, work = turn.speaker.person_id, turn.work
    stage = act.stage_after(case.stage, case.grade)
    if stage == BEFORE:
        stage = work.cases.stage_before(case.id, case.stage) or case.stage
    if stage != case.stage:
        work.cases.to_stage(case.id, stage, was=case.stage)
        case = replace(case, stage=stage)
    entry = work.cases.add_entry(
        case.id, name, by=me, role=role_in(turn, case), stage=stage, body=dump(body)
    )
    work.duties.end_of("case", case.id, by=me, kinds=act.ends)
    for duty in _answered(turn, case, act, body.get("duty", "")):
        work.duties.end(duty.id, by=me)
    if act.lapses:
        work.duties.end_of("case", case.id, by=me, state="cancelled")
    # Whoever takes it over has to do what is open already, by the same time.
    waiting = {duty.kind for duty in open_duties(turn, case) if not duty.what}
    for kind in act.sets:
        if kind not in waiting:
            duties.set_for_case(turn, case, kind, entry)
    if act.tells:
        reporters.tell_of(turn, case, act.tells, entry)
    work.audit.write(me, f"case.{name}", "case", case.id, {"stage": stage})
    return case


def _answered(turn: Turn, case: Case, act: Act, duty_id: str) -> tuple[Duty, ...]:
    """The duty that an act says is done; for a late visit also those that it makes up for."""
    now = turn.work.now
    return tuple(
        duty
        for duty in open_duties(turn, case)
        if duty.kind in act.of
        and not act.keeps
        and (str(duty.id) == duty_id or (act.nearest and duty.due_at <= now))
    )


def role_in(turn: Turn, case: Case) -> str:
    """The post by which the speaker acts in a case."""
    post = post_for(turn, case) if hats(turn, case) else None
    return post.role if post else ""


def hats(turn: Turn, case: Case) -> tuple[tuple[str, int], ...]:
    """The speaker's posts that fit a case best, each with its place: more than one is asked about.

    Those that read reports before others, and of these the nearest.
    """
    tree, roles = turn.work.areas, turn.rules.policy.roles
    fitting = [
        (post.role, post.area_id)
        for post in turn.roles
        if case.area_id is not None and tree.is_within(case.area_id, post.area_id)
    ]
    reading = [one for one in fitting if one[0] in roles and roles[one[0]].reads_reports]
    depths = {one: len(tree.path(one[1])) for one in reading or fitting}
    return tuple(one for one, depth in depths.items() if depth == max(depths.values()))


def post_for(turn: Turn, case: Case) -> Owner:
    """The speaker as an owner: with the post that they chose, or that fits best."""
    fitting = hats(turn, case)
    role, area_id = (case.owner.role, case.owner.area_id)
    if fitting:
        role, area_id = turn.hat if turn.hat in fitting else fitting[0]
    return Owner(role=role, area_id=area_id, person_id=turn.speaker.person_id)


def act_rows_of(turn: Turn, case: Case) -> tuple[tuple[Button, ...], ...]:
    """The same for a case that was looked at already."""
    return act_rows(turn, View(case=case, is_to_it=relations(turn, case)))


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
        without=excluded(turn, case.id),
        about=about(case),
        text=told.text,
        rows=pairs([details_button(turn, case)]) if is_posts else told.rows,
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
    return _rows_of(turn, case, names[:ANSWERS])


def _how_it_stands(case: Case) -> str:
    if not case.is_open:
        return "case.looked_after"
    return "case.running" if case.is_accepted else "case.waiting"


def owner_name(turn: Turn, case: Case) -> str:
    """Whose it is, as people call them; the post while nobody holds it."""
    if case.owner.person_id is not None:
        return colleagues.called(turn, case.owner.person_id)
    return turn.rules.policy.roles[case.owner.role].name


def progress(turn: Turn, report: Report) -> str:
    """How far a report is, as its reporter may know: a key of the words table "state"."""
    case = turn.work.cases.of_report(report.id)
    if case is None or not case.is_accepted:
        return "filed"
    if not case.is_open:
        return "closed"
    return "visited" if case.seen_at is not None else "accepted"


def dump(body: Mapping[str, str]) -> str:
    """Answers as a story keeps them."""
    said = {key: tidy(value) for key, value in body.items()}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))

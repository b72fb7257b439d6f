"""An act of a case, from the button to what follows: its duty, its form, its effect, the story."""

from collections.abc import Callable, Mapping

from conversation.cards import Button, Card
from handlers import filling, saying
from handlers.cases import (
    assessing,
    assisting,
    case_card,
    casework,
    closing,
    deadlines,
    duties,
    exclusion,
    grades,
    hearing,
    holding,
    intervening,
    involved,
    owners,
    possible,
    referrals,
    siblings,
)
from handlers.cases.involved import View
from handlers.people import colleagues
from handlers.reaching.telling import pairs, rows
from handlers.reporting import reporters, which_line
from handlers.saying import home_row
from handlers.turn import Filled, Turn
from policy.lifecycle import Act, lacks
from policy.receipt import say_number
from storage.cases.case import Case
from storage.cases.duties import Duty
from storage.reporting.drafts import Draft

#: Acts that ask by a card of their own instead of a form.
ASKS: Mapping[str, Callable[[Turn, Case], None]] = {
    "pass_on": owners.ask_whom,
    "move": deadlines.ask_which,
    "shut_out": assisting.ask_whom_to_shut_out,
    "readmit": exclusion.ask_whom_back,
    "fix": which_line.ask_of_case,
}
#: What the program fills into the form of an act beforehand.
KNOWN: Mapping[str, Callable[[Turn, View], Mapping[str, str]]] = {
    "settle_risk": assessing.proposed,
    "police_result": casework.required,
    "close": closing.left,
    "confirm_close": closing.left,
    "revisit": closing.asks_child,
}
#: What an act does besides what the table says; None: it did not happen.
EFFECTS: Mapping[str, Callable[[Turn, Case, Mapping[str, str]], Case | None]] = {
    "accept": owners.accept,
    "seen": grades.seen,
    "siblings_seen": siblings.seen,
    "settle_risk": assessing.settled,
    "plan_item": assisting.planned,
    "plan_goal": assisting.aimed,
    "decide": assisting.decided,
    "confer": assisting.conferred,
    "refer": referrals.referred,
    "referral_taken": referrals.taken,
    "provider_took": referrals.taken,
    "let_in": assisting.let_in,
    "intervene": intervening.intervened,
    "admonition_visited": intervening.intervened,
    "not_ours": exclusion.stepped_back,
    "exclude": exclusion.kept_out,
    "readmit": exclusion.let_back,
    "police_result": intervening.police_said,
    "close": closing.proposed,
    "revisit": closing.revisited,
    "reopen": closing.taken_up,
    "move": deadlines.moved,
    "ask": reporters.ask,
    "feedback": reporters.say_back,
    "hold": holding.held,
    "erase": holding.asked_to_erase,
}
#: What follows once it is in the story.
AFTERWARDS: Mapping[str, Callable[[Turn, Case, Mapping[str, str]], None]] = {
    "accept": siblings.look_after,
    "item_stuck": assisting.tell_owner_stuck,
    "refer": referrals.say_whom_to_ring,
    "referral_refused": assisting.over,
    "referral_done": assisting.over,
    "close": closing.ask_second,
    "send_back": closing.sent_back,
    "revisit": closing.after_visit,
    "reopen": closing.tell_of_reopening,
}


def begin(turn: Turn, arg: str, *, known: Mapping[str, str] | None = None) -> None:
    """A button of a case was pressed: "case:act", or "case:act:duty".

    ``known`` answers questions of the act's form beforehand.
    """
    case_id, _, rest = arg.partition(":")
    name, _, duty_id = rest.partition(":")
    found = casework.may_do(turn, int(case_id), name)
    if found is None or _is_lacking(turn, found[0].case, found[1]):
        return
    seen, act = found
    if name == "accept" and turn.hat is None and len(involved.hats(turn, seen.case)) > 1:
        _ask_hat(turn, seen)
        return
    if name in ASKS:
        ASKS[name](turn, seen.case)
        return
    open_ones = possible.answerable(turn, seen, act)
    if not (act.nearest or duty_id) and len(open_ones) > 1:
        _ask_which(turn, seen, name, open_ones)
        return
    duty = next((one for one in open_ones if duty_id in ("", str(one.id))), None)
    if act.of and duty is None:
        casework.say_too_late(turn, seen.case)
    else:
        _go_on(turn, seen, name, act, duty, known or {})


def accept_as(turn: Turn, arg: str) -> None:
    """我来处理, by one of the speaker's posts: "case:post:place"."""
    case_id, role, area_id = arg.split(":")
    held = {(post.role, post.area_id) for post in turn.roles}
    turn.hat = hat if (hat := (role, int(area_id))) in held else None
    begin(turn, f"{case_id}:accept")


def _ask_hat(turn: Turn, seen: View) -> None:
    """By which post? Whoever holds it after them has the case, and hears when nothing happens."""
    offers = [
        saying.button(
            colleagues.post_name(turn, role, at), "case.hat", f"{seen.case.id}:{role}:{at}"
        )
        for role, at in involved.hats(turn, seen.case)[: saying.SHOWN]
    ]
    text = turn.words("case.which_hat", number=say_number(seen.case.number))
    saying.answer(turn, text, *offers, *rows(possible.details_button(turn, seen.case)))


def _go_on(
    turn: Turn, seen: View, name: str, act: Act, duty: Duty | None, known: Mapping[str, str]
) -> None:
    about_it = {"duty": str(duty.id)} if duty else {}
    if act.form:
        found = KNOWN[name](turn, seen) if name in KNOWN else {}
        about = case_card.about(seen.case)
        preset = {**about_it, **found, **known}
        filling.begin(turn, f"case_{name}", preset=preset, about=about, in_place=True)
    else:
        do(turn, seen.case, name, about_it)


def _ask_which(turn: Turn, seen: View, name: str, known: tuple[Duty, ...]) -> None:
    """Several are open: which one is it?"""
    offers = [
        saying.button(duties.brief(turn, duty), "case.act", f"{seen.case.id}:{name}:{duty.id}")
        for duty in known[: saying.OFFERED]
    ]
    text = turn.words("case.which", number=say_number(seen.case.number))
    saying.answer(turn, text, *offers, *rows(possible.details_button(turn, seen.case)))


def answered(turn: Turn, filled: Filled) -> None:
    """The form of an act was filled in."""
    _, _, case_id = (filled.draft.about or "").partition(":")
    name = filled.form.name.removeprefix("case_")
    found = casework.may_do(turn, int(case_id or 0), name)
    if found is None or _is_lacking(turn, found[0].case, found[1]):
        return
    seen, act = found
    known = {str(one.id) for one in possible.answerable(turn, seen, act)}
    if act.of and filled.answers.get("duty") not in known:
        casework.say_too_late(turn, seen.case)
        return
    keep_files(turn, seen.case, filled.draft)
    do(turn, seen.case, name, {"form": filled.draft.form_version, **filled.answers})


def keep_files(turn: Turn, case: Case, draft: Draft) -> None:
    """What was sent meanwhile is evidence of the case."""
    reports = turn.work.cases.reports(case.id)
    turn.work.attachments.bind(draft.id, reports[-1].id)


def do(turn: Turn, case: Case, name: str, body: Mapping[str, str]) -> None:
    """An act happens, and whoever did it hears so."""
    after = write(turn, case, name, body)
    if after is not None:
        say_done(turn, after, name)


def write(turn: Turn, case: Case, name: str, body: Mapping[str, str]) -> Case | None:
    """An act happens: owner, story, stage, duties, whoever must hear, all in this turn.

    None, and said why, where it did not.
    """
    act = turn.rules.policy.lifecycle.acts[name]
    after = EFFECTS[name](turn, case, body) if name in EFFECTS else case
    if after is None:
        return None
    after = exclusion.noted(turn, casework.record(turn, after, name, act, body), body)
    if act.owner_hears:
        hearing.tell_owner(turn, after, act)
    if name in AFTERWARDS:
        AFTERWARDS[name](turn, after, body)
    return after


def say_done(turn: Turn, case: Case, name: str, *, text: str = "") -> None:
    """What was done, in words of its own or the usual ones, and what comes next, by when."""
    act = turn.rules.policy.lifecycle.acts[name]
    done = turn.words("case.done", what=act.label, number=say_number(case.number))
    turn.say(
        Card(
            text="\n".join([text or done, *duties.next_of(turn, case)]),
            rows=(
                *pairs([*_then(turn, case, act), possible.details_button(turn, case)]),
                home_row(turn),
            ),
        ),
        in_place=bool(text),
    )


def _then(turn: Turn, case: Case, act: Act) -> list[Button]:
    """What usually comes next, as far as the speaker may do it."""
    seen = View(case=case, is_to_it=involved.relations(turn, case))
    offers = possible.offers(turn, seen)
    found = (possible.act_button(turn, case, name) for name in act.then if name in offers)
    return [button for button in found if button is not None]


def _is_lacking(turn: Turn, case: Case, act: Act) -> bool:
    """True, and said, when something must be true first and is not."""
    lacking = lacks(act, case, turn.rules.policy.lifecycle.closing, turn.work.now)
    if lacking:
        text = "\n".join(
            turn.words(f"need.{need}", number=say_number(case.number)) for need in lacking
        )
        seen = possible.act_button(turn, case, "seen")
        saying.answer(turn, text, *rows(seen, possible.details_button(turn, case)))
    return bool(lacking)

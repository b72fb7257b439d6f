"""记一句: what somebody tells of a case in their hands is offered to it and kept in its story."""

from collections.abc import Sequence
from datetime import timedelta

from conversation.cards import Button, card_from_json
from conversation.letters import tidy
from handlers.cases import acts, case_card, cases, grades, involved, placing, possible
from handlers.cases.involved import View
from handlers.reaching import telling
from handlers.reaching.telling import pairs
from handlers.reporting.instead import Instead
from handlers.turn import Turn
from policy.lifecycle import Act, may
from policy.receipt import say_number
from storage.cases.case import Case
from storage.reaching.owed import OutRow

#: The act that keeps words and nothing else, and the one by which a case gets its owner.
NOTE, ACCEPT = "note", "accept"
#: Words are of a case whose card the speaker saw so lately.
IN_HAND = timedelta(hours=24)
#: And of one that was pushed to them, so lately.
JUST_NOW = timedelta(minutes=30)
#: So many cases are offered, and so many acts of the first.
MOST, MOST_ACTS = 2, 2
#: On a card these name their case.
OF_CASES = frozenset({"case.details", "case.act"})
#: The text of a form that takes what was said already.
WHAT = "what"


def in_hand(turn: Turn, text: str) -> tuple[View, ...]:
    """The cases that words may be of: what the speaker was busy with lately, the last first.

    Of a case that was only pushed to them, or that they only looked at while nobody had it, when
    the words tell of an act of it: 我马上过去.
    """
    shown = _shown(turn)
    busy = {case_of(row) for row in shown if row.turn and not _asks_to_accept(row)}
    return tuple(
        seen
        for seen in _views(turn, shown)
        if seen.case.id in busy or offers_of_acts(turn, seen, text)
    )


def waiting(turn: Turn) -> tuple[View, ...]:
    """What was pushed to the speaker just now and nobody has yet."""
    since, shown = turn.work.now - JUST_NOW, _shown(turn)
    pushed = {case_of(row) for row in shown if row.created_at >= since}
    return tuple(
        seen
        for seen in _views(turn, shown)
        if seen.case.id in pushed and not seen.case.is_accepted
    )


def lately(turn: Turn) -> tuple[View, ...]:
    """All cases that the speaker was busy with or told of lately, the last first."""
    return _views(turn, _shown(turn))


def _views(turn: Turn, shown: Sequence[OutRow]) -> tuple[View, ...]:
    """The cases of these cards that the speaker may write into."""
    return _noted(turn, [one for row in shown if (one := case_of(row)) is not None])


def _shown(turn: Turn) -> list[OutRow]:
    """What a worker was shown lately, the last first."""
    if not turn.roles:
        return []
    outbox, contact_id = turn.work.outbox, turn.speaker.contact_id
    newest = outbox.newest_of(turn.speaker)
    rows = [*([newest] if newest else []), *outbox.since(contact_id, 0)]
    since = turn.work.now - IN_HAND
    return sorted((row for row in rows if row.created_at >= since), key=_newest_first)


def own(turn: Turn) -> tuple[View, ...]:
    """The cases that the speaker has accepted, where they are few enough to be meant."""
    held = [case.id for case in cases.owned(turn) if case.is_accepted] if turn.roles else []
    return _noted(turn, held) if len(held) <= MOST else ()


def case_of(row: OutRow) -> int | None:
    """The case that a card speaks of."""
    for button in card_from_json(row.card).all_buttons():
        if button.action.verb in OF_CASES:
            return int(button.action.arg.partition(":")[0])
    return None


def _asks_to_accept(row: OutRow) -> bool:
    """True for a card of a case that nobody had: whoever saw it has not begun yet."""
    return any(
        one.action.verb in OF_CASES and one.action.arg.endswith(f":{ACCEPT}")
        for one in card_from_json(row.card).all_buttons()
    )


def _newest_first(row: OutRow) -> int:
    return -row.id


def _noted(turn: Turn, ids: Sequence[int]) -> tuple[View, ...]:
    found: dict[int, View] = {}
    for case_id in dict.fromkeys(ids):
        seen = may_note(turn, case_id)
        if seen is not None:
            found.setdefault(seen.case.id, seen)
        if len(found) == MOST:
            break
    return tuple(found.values())


def may_note(turn: Turn, case_id: int) -> View | None:
    """The case, if the speaker may write into its story."""
    seen, act = involved.view(turn, case_id), turn.rules.policy.lifecycle.acts.get(NOTE)
    return seen if seen and act and may(act, seen.case, seen.is_to_it) else None


# -- offering -----------------------------------------------------------------------------------


def offers(turn: Turn, views: Sequence[View]) -> list[Instead]:
    """To keep words in these cases."""
    return [_offer(one.case, NOTE, label(turn, one.case)) for one in views]


def offers_of_acts(turn: Turn, seen: View, text: str) -> list[Instead]:
    """The acts that words tell of, as far as the speaker may do them now."""
    table = turn.rules.policy.lifecycle.acts
    heard = [
        name
        for name in possible.offers(turn, seen)
        if any(word in text for word in table[name].heard)
    ]
    return [_offer(seen.case, name, table[name].label) for name in heard[:MOST_ACTS]]


def label(turn: Turn, case: Case) -> str:
    """记进 ### ### ###."""
    return turn.words("note.keep", number=say_number(case.number))


def _offer(case: Case, name: str, label: str) -> Instead:
    return Instead(label=label, verb="case.told", of=f"{case.id}:{name}:")


def to_accept(turn: Turn) -> tuple[str, tuple[tuple[Button, ...], ...]] | None:
    """The number of the newest case that waits for somebody like the speaker, and its buttons."""
    for seen in lately(turn):
        offers = possible.offers(turn, seen)
        if ACCEPT not in offers:
            continue
        asked = [one for one in offers if _is_for_post(turn, seen.case, one)]
        buttons = [
            one
            for name in (*asked[:1], ACCEPT)
            if (one := possible.act_button(turn, seen.case, name))
        ]
        number = say_number(seen.case.number)
        return number, pairs([*buttons, possible.details_button(turn, seen.case)])
    return None


def _is_for_post(turn: Turn, case: Case, name: str) -> bool:
    """True for what waits for a post of the speaker's, as 已接警 for the police."""
    posts = {post.role for post in turn.roles}
    who = turn.rules.policy.lifecycle.acts[name].who
    return not posts.isdisjoint(who) and possible.is_awaited(turn, case, name)


# -- keeping ------------------------------------------------------------------------------------


def told(turn: Turn, seen: View, act: Act, name: str, text: str) -> None:
    """What was said becomes an act of the case, or the first answer of the act's form."""
    if name == NOTE:
        keep(turn, seen.case, text)
        return
    form = turn.rules.current_form(turn.work, f"case_{name}")[1] if act.form else None
    asked = form.named(WHAT) if form is not None else None
    if asked is not None and asked.kind == "text":
        acts.begin(turn, f"{seen.case.id}:{name}", known={WHAT: tidy(text)})
    else:
        write(turn, seen.case, text)
        acts.begin(turn, f"{seen.case.id}:{name}")


def keep(turn: Turn, case: Case, text: str) -> None:
    """Words in the story, and what usually comes next."""
    after, risen = write(turn, case, text)
    kept = turn.words("note.kept", number=say_number(case.number))
    acts.say_done(turn, after, NOTE, text="\n".join(filter(None, (kept, risen))))
    placing.ask(turn, after, text)


def write(turn: Turn, case: Case, text: str) -> tuple[Case, str]:
    """The words in the story; danger in them makes it more urgent; its owner hears of them."""
    first, *_ = turn.work.cases.reports(case.id)
    risen = grades.rise(turn, first, text)
    after = turn.work.cases.get(case.id) or case
    version, _ = turn.rules.current_form(turn.work, f"case_{NOTE}")
    after = acts.write(turn, after, NOTE, {"form": version, WHAT: tidy(text)}) or after
    _tell_owner(turn, after)
    return after, risen


def _tell_owner(turn: Turn, case: Case) -> None:
    """Whoever has it in hand hears, once an hour, that somebody else wrote into it."""
    owner = case.owner.person_id
    if case.is_accepted and owner is not None and owner not in turn.whose:
        telling.tell_person(
            turn,
            owner,
            case_card.card(turn, case, "note.added"),
            key=f"case:{case.id}:noted:{turn.work.now:%d%H}:{owner}",
            priority=telling.urgency(case.grade),
            about=case_card.about(case),
        )

"""How a report begins: by a button, by words, by danger that was told."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType

from conversation.answers import MAX_TEXT_CHARS
from conversation.cards import Action, Button, Card, card_from_json
from conversation.letters import key, tidy
from handlers import filling, form_cards
from handlers.cases import noting
from handlers.cases.involved import View
from handlers.children.own import alarming, by_full_name, own
from handlers.form_cards import Notice
from handlers.heard.reporters import FOR_ANOTHER, FOR_OTHER, SIGN, SIGN_KNOWN, UNSIGNED
from handlers.reporting import picking
from handlers.reporting.instead import Instead
from handlers.saying import EMERGENCY, home_row
from handlers.turn import Turn
from handlers.visiting import hearing
from policy.absence_lines.reading import speaks_of_absence
from policy.asides import is_advert, is_child, tells_of_several
from policy.circumstances import suggest
from policy.danger import is_despair, is_far
from policy.receipt import say_number
from storage.reaching.owed import OutRow
from storage.reporting.drafts import Draft
from storage.reporting.reports import Report

#: Forms that become a report; their names are its kinds.
REPORTS = frozenset({"danger", "report", "message"})
#: Buttons of cards that ask what somebody's words are; more words of theirs are the same story.
WHAT_IS_IT = frozenset(
    {
        "danger.said",
        "receipt.more",
        "free.work",
        "free.nothing",
        "case.told",
        "visit.said",
        "visit.of",
        "visit.more",
        "absence.told",
    }
)
#: Nothing is known of a report before it begins.
NOTHING: Mapping[str, str] = MappingProxyType({})
#: Children whom a button names.
NAMED = 3
#: Who listens to whoever does not want to live: the national line of psychological help.
LISTENER = "12356"
#: And to a child.
OF_CHILDREN = "12355"


#: Who writes of their own despair speaks of nobody else.
ME, OF_OTHERS = "我", ("孩子", "娃", "他", "她", "儿", "女", "孙", "学生", "妹", "弟")


#: A file or a position that comes out of the blue is offered to reports as young as this, the
#: newest few of them.
RECENT, MOST = timedelta(days=7), 3
#: So long after a report words without a form are asked whether they belong to it: who reports
#: once in years goes on with it the next day, who works here has the next case.
FRESH, FRESH_AT_WORK = timedelta(days=3), timedelta(hours=2)


def begin_danger(turn: Turn, _: str = "", *, what: str = "", point: str = "") -> None:
    """孩子现在有危险: 110 first, then where and what; nothing else is asked before the alarm.

    ``what`` was said before and is not asked again; ``point`` is where the person shared to be.
    """
    preset = {**speaker(turn), **({"what": what} if what else {})}
    said = form_cards.with_listener(turn, what, turn.words("danger.first"))
    first = Notice(text=said, urgent=True)
    filling.begin(turn, "danger", preset=preset, in_place=True, notice=first, quiet=bool(point))
    if point:
        filling.placed(turn, point, first, in_place=True)


def begin_report(
    turn: Turn,
    _: str = "",
    *,
    suggested: str = "",
    said: Mapping[str, str] = NOTHING,
    point: str = "",
) -> None:
    """我要报告; ``said`` is known of it before it begins, and where the person shared to be."""
    preset = {**speaker(turn), "suggested": suggested, **said}
    filling.begin(turn, "report", preset=preset, in_place=True, quiet=bool(point))
    if point:
        filling.placed(turn, point, in_place=True)


def began_by_name(turn: Turn, text: str) -> bool:
    """True for 匿名报告 and 替别人报: the report begins, and knows that already."""
    word, listed = key(text), turn.rules.words.listed
    if word in listed("form.begin_unsigned"):
        begin_report(turn, said=dict.fromkeys((SIGN, SIGN_KNOWN), UNSIGNED))
    elif word in listed("form.for_other"):
        begin_report(turn, said={FOR_OTHER: FOR_ANOTHER})
    else:
        return False
    return True


def begin_from_words(
    turn: Turn,
    text: str,
    *,
    instead: Sequence[Instead] = (),
    of: View | None = None,
    goes_on: bool = False,
    asks: Callable[[int], Card] | None = None,
) -> None:
    """Words before any form are no dead end: they become the draft's description.

    ``instead`` is what they may be as well, ``of`` the case to whose card they replied, ``asks``
    the card for the draft of a worker whose words are of no case. Who goes on telling, whatever
    they were asked, is not asked once more what it is.
    """
    policy = turn.rules.policy
    form_cards.heed_child(turn, text)
    preset = {
        **speaker(turn),
        "what": tidy(tidy(text)[:MAX_TEXT_CHARS]),
        "suggested": " ".join(suggest(text, policy.circumstances)),
    }
    before = just_reported(turn)
    danger = form_cards.danger_in(turn, text)
    hand = (of,) if of else noting.in_hand(turn, text)
    if goes_on and is_despair(text, policy.danger):
        begin_danger(turn, what=preset["what"])
    elif goes_on and before is None and not hand:
        kept = Notice(text=_taken(turn, text))
        filling.begin(
            turn, "report", preset=preset, danger=danger is not None, notice=danger or kept
        )
    elif danger is not None:
        filling.begin(turn, "report", preset=preset, danger=True, quiet=True)
        turn.say(_danger_card(turn, text, [*instead, *_also(turn, before, hand)]))
    elif before is not None and not _is_of(turn, before, hand):
        filling.begin(turn, "report", preset=preset, quiet=True)
        turn.say(_which_card(turn, before, [*noting.offers(turn, hand), *instead]))
    elif hand or (not preset["suggested"] and (hand := noting.own(turn))):
        filling.begin(turn, "report", preset=preset, quiet=True)
        turn.say(_case_card(turn, hand, text, instead))
    elif asks is not None:
        filling.begin(turn, "report", preset=preset, quiet=True)
        turn.say(asks(turn.draft.id if turn.draft else 0))
    elif turn.roles and (instead or not preset["suggested"]):
        filling.begin(turn, "report", preset=preset, quiet=True)
        turn.say(_work_card(turn, text, instead))
    elif not preset["suggested"] and _is_of_nobody(turn, text):
        filling.begin(turn, "report", preset=preset, quiet=True)
        turn.say(_nobody_card(turn))
    else:
        filling.begin(turn, "report", preset=preset, notice=Notice(text=_taken(turn, text)))


def _is_of_nobody(turn: Turn, text: str) -> bool:
    """True for an advert or a link that names no child."""
    return is_advert(text, turn.rules.policy.asides) and not any(one in text for one in OF_OTHERS)


def _nobody_card(turn: Turn) -> Card:
    """Is it of a child? Who sends adverts is not led through a report."""
    yes = Button(label=turn.words("free.report_it"), action=Action("form.show"))
    no = Button(label=turn.words("free.not_child"), action=Action("free.nothing"))
    return Card(text=turn.words("free.unclear"), rows=((yes,), (no,)))


def _also(turn: Turn, before: Report | None, hand: Sequence[View]) -> list[Instead]:
    """More of the report before, or words of a case in hand."""
    more = [Instead(label=turn.words("free.more"), verb="receipt.more")] if before else []
    return [*more, *noting.offers(turn, hand)]


def _is_of(turn: Turn, report: Report, hand: Sequence[View]) -> bool:
    """True when what the speaker reported is the case that they have in hand now."""
    case = turn.work.cases.of_report(report.id) if hand else None
    return case is not None and any(case.id == one.case.id for one in hand)


def told_elsewhere(turn: Turn, text: str) -> None:
    """Words told by the way in a form that is no report: what alarms in them becomes one."""
    if alarming(turn, text):
        begin_from_words(turn, text)


def _taken(turn: Turn, text: str) -> str:
    """What is said to words that are no alarm; a child reads that it did nothing wrong."""
    if is_child(text, turn.rules.policy.asides):
        keys = ("free.child_heard", "free.child", "free.child_asks")
        return "\n".join(turn.words(key) for key in keys)
    whole = len(tidy(text)) <= MAX_TEXT_CHARS
    taken = turn.words("free.taken" if whole else "free.taken_part")
    return "\n".join([taken, *_of_several(turn, text)])


def _of_several(turn: Turn, text: str) -> list[str]:
    """What is said to whoever tells of several children at once."""
    is_so = tells_of_several(text, turn.rules.policy.asides)
    return [turn.words("free.several")] if is_so else []


def just_reported(turn: Turn) -> Report | None:
    """What the speaker reported a moment ago: words that follow may belong to it."""
    newest = next(iter(turn.work.reports.of_contact(turn.speaker.contact_id)), None)
    span = FRESH_AT_WORK if turn.roles else FRESH
    is_fresh = newest is not None and turn.work.now - newest.created_at <= span
    return newest if is_fresh else None


def lately_reported(turn: Turn) -> list[Report]:
    """The speaker's own reports to which what comes out of the blue may belong."""
    mine = turn.work.reports.of_contact(turn.speaker.contact_id)
    return [one for one in mine if one.created_at >= turn.work.now - RECENT][:MOST]


def asking_what(turn: Turn) -> OutRow | None:
    """The card that asks what the words before it are, while it waits and nothing was answered."""
    row = turn.work.outbox.newest_of(turn.speaker)
    if row is None or turn.draft is None or not filling.is_untouched(turn.draft):
        return None
    verbs = {button.action.verb for button in card_from_json(row.card).all_buttons()}
    return None if WHAT_IS_IT.isdisjoint(verbs) else row


def may_be_of_cases(turn: Turn, draft: Draft) -> list[Instead]:
    """The cases in hand that a draft may be of, while it holds no more than its first words."""
    form, said = filling.answers_of(turn, draft)
    begun = form.name in REPORTS and said.get("what") and filling.is_untouched(draft)
    if draft.danger or not begun:
        return []
    return noting.offers(turn, noting.in_hand(turn, said["what"]))


def words_of(turn: Turn, draft: Draft) -> str:
    """What was said so far to begin this draft."""
    return filling.answers_of(turn, draft)[1].get("what", "")


def begin_danger_with_words(turn: Turn, told: str) -> None:
    """The danger that was already told in words: only the place is still asked.

    ``told`` is the draft that holds the words; it ends here unless more was answered since.
    """
    before = said_before(turn, told)
    if before is None:
        begin_danger(turn)
        return
    point = filling.position_of(turn, before)
    begin_danger(turn, what=words_of(turn, before), point=point)
    take_over(turn, before)


def said_before(turn: Turn, told: str) -> Draft | None:
    """The speaker's draft of that id, whose words are to become something else."""
    before = turn.work.drafts.get(int(told)) if told else None
    return before if before is not None and before.contact_id == turn.speaker.contact_id else None


def take_over(turn: Turn, before: Draft) -> None:
    """The open draft has the words of an earlier one: it ends unless more was answered since."""
    assert turn.draft is not None
    if filling.is_untouched(before):
        for sent in turn.work.attachments.of_draft(before.id):
            turn.work.attachments.attach(sent.id, draft_id=turn.draft.id)
        filling.keep_position(turn, filling.position_of(turn, before))
        turn.work.drafts.remove(before.id)


def begin_message(turn: Turn, _: str = "") -> None:
    """先留言，由人工处理: the draft is put aside and can still be finished."""
    filling.begin(turn, "message", preset=speaker(turn), in_place=True)


def _which_card(turn: Turn, before: Report, others: Sequence[Instead]) -> Card:
    number = say_number(before.number)
    yes = Instead(label=turn.words("free.more"), verb="receipt.more")
    text = turn.words("free.which", number=number)
    return _what_card(turn, text, yes, turn.words("free.another"), others)


def _case_card(turn: Turn, hand: Sequence[View], text: str, instead: Sequence[Instead]) -> Card:
    """Whoever has a case in hand writes of it as of nothing else; a second child is another."""
    yes, *others = noting.offers(turn, hand)
    done = noting.offers_of_acts(turn, hand[0], text)
    said = turn.words("note.which", number=say_number(hand[0].case.number))
    return _what_card(turn, said, yes, turn.words("note.another"), [*done, *others, *instead])


def _what_card(turn: Turn, text: str, yes: Instead, no: str, others: Sequence[Instead]) -> Card:
    """What are these words? Yes and no stand first, so that they can be typed."""
    told = turn.draft.id if turn.draft else 0
    buttons = [
        yes.button(told),
        Button(label=no, action=Action("form.show")),
        *(one.button(told) for one in others),
    ]
    return Card(text=text, rows=(*((one,) for one in buttons), home_row(turn)))


def _lacks_class(turn: Turn, text: str) -> bool:
    """True for a teacher who tells of somebody's absence and has no class yet to note it in."""
    teaches = any(turn.rules.policy.roles[one.role].teaches for one in turn.roles)
    return teaches and speaks_of_absence(text) and not turn.work.classes.of_teachers(turn.whose)


def _own_children(turn: Turn, text: str) -> list[str]:
    """The children in the speaker's own hands whom words name, as far as a button has room."""
    children = own(turn)
    said = by_full_name(text, children)
    found = hearing.read(turn, said, [one.name for one in children]).children
    return [children[one.child].name for one in found if one.is_sure][:NAMED]


def _work_card(turn: Turn, text: str, instead: Sequence[Instead]) -> Card:
    """Whoever holds a post asks for work as often as they report."""
    draft_id = turn.draft.id if turn.draft else 0
    told = Action("free.work", str(draft_id))
    buttons = [
        Button(label=turn.words("free.report_it"), action=Action("form.show")),
        Button(label=turn.words("free.work"), action=told),
    ]
    offers = [*instead, *noting.offers(turn, noting.waiting(turn))]
    buttons += [one.button(draft_id) for one in offers]
    if names := _own_children(turn, text):
        note = turn.words("checkin.note", name="、".join(names))
        buttons.append(Instead(label=note, verb="visit.said").button(draft_id))
    if _lacks_class(turn, text):
        buttons.append(Button(label=turn.words("class.new"), action=Action("class.new")))
    rows = tuple((one,) for one in buttons)
    return Card(text=turn.words("free.unclear"), rows=rows)


def _danger_card(turn: Turn, text: str, instead: Sequence[Instead]) -> Card:
    told = turn.draft.id if turn.draft else 0
    policy = turn.rules.policy
    far = "free.danger_far" if is_far(text, policy.danger) else ""
    yes = Button(
        label=turn.words("free.danger_far_yes" if far else "free.danger_yes"),
        action=Action("danger.said", str(told)),
        style="danger",
    )
    no = Button(
        label=turn.words("free.danger_far_no" if far else "free.danger_no"),
        action=Action("form.show"),
    )
    rows = tuple((one,) for one in (yes, no, *(one.button(told) for one in instead)))
    child = is_child(text, policy.asides)
    despairs = is_despair(text, policy.danger)
    own = despairs and ME in text and not any(one in text for one in OF_OTHERS)
    of_oneself = "free.danger_child" if child else "free.danger_self" if own else ""
    key = of_oneself or far or "free.danger"
    said = "\n".join([turn.words(key), *_of_several(turn, text)])
    listeners = (
        *((LISTENER,) if despairs else ()),
        *((OF_CHILDREN,) if child else ()),
    )
    return Card(
        text=form_cards.with_listener(turn, text, said), rows=rows, calls=(*EMERGENCY, *listeners)
    )


def speaker(turn: Turn) -> dict[str, str]:
    """What the forms may know of the speaker, so that it is not asked again."""
    roles = turn.rules.policy.roles
    held = [role.role for role in turn.roles]
    name = turn.work.people.name_of(turn.speaker.person_id)
    return {
        "speaker_known": "yes" if name else "no",
        # Of several posts the one that is asked more: whoever teaches knows of school.
        "speaker_role": next((one for one in held if roles[one].teaches), (*held, "public")[0]),
        "speaker_duty": "yes" if any(roles[role].must_report for role in held) else "no",
        "sees_register": "yes" if picking.sees_children(turn) else "no",
    }

"""What one incoming leads to: a word that always works, the open form, or the first screen."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeAlias, assert_never

from conversation import answers, elders
from conversation.cards import Action, Button, Card, action_in, card_from_json
from conversation.dialogue import Option
from conversation.incoming import (
    Chosen,
    Incoming,
    Left,
    Pressed,
    Said,
    SentFile,
    SharedPlace,
    Unreadable,
)
from handlers import (
    area_tables,
    binding,
    broadcast,
    burden,
    calls,
    desk,
    figures,
    filling,
    home,
    open_ways,
    reminding,
    routes,
    tables,
    watch,
)
from handlers.cases import (
    acts,
    assisting,
    cases,
    casework,
    closing,
    deadlines,
    evidence,
    exclusion,
    joining,
    noting,
    owners,
    placing,
    which_child,
)
from handlers.children import (
    carers,
    child_file,
    departure,
    entering,
    families,
    keeping,
    register,
    retained,
    rosters,
    splitting,
    summary,
    twins,
)
from handlers.children.own import tells_of_child
from handlers.heard import question
from handlers.heard.open_form import clauses
from handlers.office import sent_forms, tryout_talk
from handlers.papers import papers
from handlers.people import (
    account,
    channels,
    elder_mode,
    entrance,
    handover,
    leave,
    lost,
    moving,
    own_data,
    registration,
    shift_tables,
    shifts,
    standing,
    terms,
    wiping,
)
from handlers.reporting import (
    additions,
    answering,
    asides,
    call_back,
    corrections,
    drafts,
    guide,
    identity,
    progress,
    recordings,
    report,
    same,
    slips,
    which_line,
)
from handlers.school import (
    absences,
    attendance,
    class_tables,
    classes,
    holidays,
    passed_on,
    school_months,
)
from handlers.turn import Filled, Turn
from handlers.visiting import afterwards, checkin, digest, tiers
from storage.drafts import Draft
from storage.outbox import OutRow

Verb: TypeAlias = Callable[[Turn, str], None]

#: What comes without anybody having said it: a moving live position, a pinned message ...
SILENT = frozenset({"edited-place", "service"})
#: 是补充 means 补充.
IT_IS = "是"
#: Buttons that stand side by side, of which one is meant.
ONE_OF = frozenset({"visit.of", "absence.told"})
#: What stands behind a word and changes nothing.
SIGNS = "。.!！~～"
#: What each button does.
VERBS: Mapping[str, Verb] = {
    "home": home.show,
    "help": home.help_and_hotlines,
    "drafts": home.drafts,
    "danger": report.begin_danger,
    "danger.said": report.begin_danger_with_words,
    "visit.said": checkin.begin_said,
    "visit.of": checkin.begin_of,
    "visit.of_more": checkin.more_houses,
    "visit.more": additions.words_are_of_visit,
    "danger.heard": recordings.begin_danger,
    "report": report.begin_report,
    "message": report.begin_message,
    "call_me": call_back.begin,
    "elder": elder_mode.offer,
    "elder.on": elder_mode.switch_on,
    "elder.off": elder_mode.switch_off,
    "elder.suggest": families.suggest_elder,
    "progress": progress.show,
    "progress.other": progress.ask_number,
    "reported": answering.show,
    "answer": answering.begin,
    "discreet": answering.discreet,
    "fix": which_line.ask,
    "fix.line": corrections.begin,
    "fix.yes": corrections.yes,
    "same.yes": same.yes,
    "same.no": same.no,
    "slip.again": slips.again,
    "guide": guide.begin,
    "feedback": lambda turn, _: filling.begin(turn, "feedback", in_place=True),
    "draft.resume": filling.resume,
    "draft.drop": drafts.drop,
    "file.add": additions.add_to,
    "file.case": additions.add_to_case,
    "file.visit": additions.add_to_visit,
    "receipt.more": additions.words_are_more,
    "free.work": desk.instead,
    "file.new": additions.new_report_with,
    "cases": cases.mine,
    "table.roster": partial(tables.begin, "roster"),
    "table.areas": partial(tables.begin, "areas"),
    "table.shifts": partial(tables.begin, "shifts"),
    "table.evidence": additions.as_evidence,
    "table.form": tables.begin_form,
    "try": tryout_talk.begin,
    "try.form": tryout_talk.choose,
    "try.as": tryout_talk.start,
    "forms.publish": sent_forms.publish,
    "forms.change": sent_forms.show,
    "forms.agree": sent_forms.agree,
    "forms.disagree": sent_forms.disagree,
    "areas.confirm": area_tables.confirm,
    "areas.apart": area_tables.apart,
    "areas.drop": area_tables.drop,
    "table.class": partial(tables.begin, "class"),
    "table.claims": tables.begin_claims,
    "class_table.confirm": class_tables.confirm,
    "class_table.drop": class_tables.drop,
    "class_table.same": class_tables.same,
    "class_table.other": class_tables.other,
    "shift_table.confirm": shift_tables.confirm,
    "shift_table.drop": shift_tables.drop,
    "tables": rosters.history,
    "roster.confirm": rosters.confirm,
    "roster.drop": rosters.drop,
    "roster.doubts": rosters.doubts,
    "roster.same": rosters.is_same,
    "roster.other": rosters.is_other,
    "roster.skip": rosters.skip,
    "roster.show": rosters.show,
    "roster.undo": rosters.ask_undo,
    "roster.kept": rosters.kept,
    "roster.undo_sure": rosters.undo,
    "case.details": cases.details,
    "case.files": evidence.listed,
    "case.file": evidence.send,
    "case.regrade": cases.begin_regrade,
    "case.twin": joining.compare,
    "case.join": joining.join,
    "case.apart": joining.keep_apart,
    "case.part": joining.part,
    "case.here": placing.set_place,
    "case.child": which_child.begin,
    "case.bind": which_child.bind,
    "case.unbind": which_child.unbind,
    "broadcast": broadcast.begin,
    "broadcast.new": broadcast.write,
    "broadcast.go": broadcast.go,
    "broadcast.stop": broadcast.stop,
    "broadcast.show": broadcast.show,
    "broadcast.silent": broadcast.silent,
    "broadcast.got": broadcast.got,
    "paper": papers.offer,
    "paper.make": papers.make,
    "case.act": acts.begin,
    "case.told": additions.words_are_of_case,
    "case.hat": acts.accept_as,
    "case.more": casework.more,
    "case.move": deadlines.choose,
    "case.pass": owners.pass_to,
    "standing.agree": standing.agree,
    "case.shut": assisting.shut_out,
    "case.readmit": exclusion.choose_back,
    "case.solved": closing.solved,
    "case.unsolved": closing.unsolved,
    "children": register.mine,
    "visits": digest.show,
    "tiers": tiers.show,
    "tier": tiers.look,
    "tier.said": tiers.said,
    "visits.later": digest.later,
    "visit": checkin.begin,
    "visit.report": checkin.file_report,
    "visit.pause": checkin.begin_pause,
    "visit.go_on": checkin.go_on,
    "child.visits": checkin.look_back,
    "visits.why": digest.begin_why,
    "find": register.begin_find,
    "child": child_file.show,
    "child.look": child_file.ask_why,
    "child.part": child_file.part,
    "child.parts": child_file.parts,
    "child.records": child_file.records,
    "child.more": child_file.more,
    "child.lines": child_file.lines,
    "child.line": child_file.begin_line,
    "child.history": child_file.history,
    "child.looks": child_file.looks,
    "child.dispute": child_file.show_dispute,
    "child.keep_stands": child_file.keep_stands,
    "child.take_wanted": child_file.take_wanted,
    "carers": carers.show,
    "carer": carers.one,
    "carer.add": carers.begin_add,
    "carer.change": carers.begin_change,
    "carer.end": carers.begin_end,
    "family": families.show,
    "family.invite": families.begin_invite,
    "family.end": families.end,
    "family.mine": families.mine_show,
    "family.fine": families.fine,
    "family.call": families.begin_call,
    "family.talk": families.talk,
    "family.stop": families.stop,
    "family.stop_yes": families.stopped,
    "enter": entering.begin,
    "twin": twins.show,
    "twin.find": twins.begin,
    "twin.join": twins.join,
    "twin.apart": twins.apart,
    "twin.split": twins.split,
    "depart": departure.begin,
    "depart.back": departure.come_back,
    "child.hold": retained.begin_hold,
    "child.erase": retained.begin_erase,
    "transfer": departure.show,
    "transfer.take": departure.take,
    "transfer.refuse": departure.begin_refuse,
    "transfer.stop": departure.stop,
    "soon": departure.soon,
    "gaps": keeping.gaps,
    "keep": keeping.choose,
    "keep.set": keeping.give,
    "split": splitting.show,
    "split.of": splitting.choose,
    "split.to": splitting.ask_whom,
    "split.do": splitting.give,
    "stats": figures.show,
    "stats.list": figures.listed,
    "stats.apart": figures.apart,
    "stats.lists": figures.lists,
    "stats.means": figures.means,
    "stats.paces": figures.paces,
    "stats.below": figures.below,
    "stats.table": summary.show,
    "classes": classes.mine,
    "class": classes.show,
    "class.new": classes.begin,
    "class.let": classes.let,
    "class.names": classes.names,
    "class.add": classes.begin_more,
    "class.leaves": classes.leaves,
    "class.doubts": classes.doubts,
    "pupil.left": classes.left,
    "pupil.is": classes.link,
    "school": classes.school,
    "school.mine": classes.take_school,
    "months": school_months.listed,
    "month": school_months.show,
    "month.say": school_months.say,
    "month.fix": school_months.begin_fix,
    "month.back": school_months.begin_back,
    "quarter": school_months.quarter,
    "quarter.done": school_months.finish,
    "holiday": holidays.show,
    "holiday.hand": holidays.hand,
    "holiday.place": holidays.place,
    "holiday.who": holidays.who,
    "holiday.name": holidays.name,
    "holiday.elsewhere": holidays.elsewhere,
    "holiday.take": holidays.take,
    "holiday.more": holidays.more,
    "holiday.away": holidays.away,
    "holiday.back": holidays.back,
    "roll": attendance.call,
    "roll.done": attendance.done,
    "roll.all": attendance.all_here,
    "roll.name": attendance.name,
    "absence": absences.show,
    "absence.did": absences.begin_step,
    "absence.why": absences.why,
    "absence.because": absences.because,
    "absence.missing": absences.ask_missing,
    "absence.lost": absences.lost,
    "absence.back": absences.back,
    "absence.told": passed_on.take,
    "absence.gone": absences.gone,
    "mine": desk.show,
    "mine.more": desk.more,
    "todo": desk.todo,
    "wipe": wiping.ask,
    "wipe.yes": wiping.wipe,
    "account": account.show,
    "burden": burden.show,
    "account.code": account.offer_code,
    "account.enter": account.ask_code,
    "hears": channels.show,
    "hears.turn": channels.turn_over,
    "console": entrance.explain,
    "console.yes": entrance.let_in,
    "console.no": entrance.refuse,
    "register": registration.begin,
    "register.show": registration.show,
    "register.approve": registration.approve,
    "register.refuse": registration.refuse,
    "invite": registration.begin_invite,
    "poster": registration.begin_poster,
    "poster.make": registration.make_poster,
    "handover": handover.begin,
    "posts": terms.begin,
    "lost": lost.begin,
    "lost.mine": lost.ask_mine,
    "lost.mine_yes": lost.lock_mine,
    "lost.other": lost.ask_whose,
    "lost.ask": lost.ask,
    "lost.lock": lost.lock,
    "lost.code": lost.offer_code,
    "own": own_data.ask,
    "own.yes": own_data.asked,
    "own.agree": own_data.agree,
    "post": terms.one,
    "handover.do": handover.go,
    "leave": leave.begin,
    "leave.more": leave.begin_another,
    "leave.with": leave.go,
    "leave.back": leave.back,
    "calls": calls.show,
    "call": calls.one,
    "call.reached": calls.reached,
    "call.missed": calls.missed,
    "clock.right": watch.right,
    "clock.wrong": watch.wrong,
    "routes": routes.show,
    "duty.later": reminding.later,
    "duty.urge": reminding.urge,
    "shifts": shifts.show,
    "shifts.coming": shifts.coming,
    "shift.arrange": shifts.begin,
    "shift.set": shifts.go,
    "shift.drop": shifts.drop,
    "unmask": identity.begin,
    "unmask.show": identity.show,
    "unmask.read": identity.read,
    "unmask.agree": identity.agree,
    "unmask.disagree": identity.disagree,
}

#: What a button of an open form does; on a card that is no longer the newest it does nothing.
FORM_VERBS: Mapping[str, Verb] = {
    **{verb: filling.press(verb) for verb in filling.MOVES},
    "form.later": filling.later,
    "form.cancel": filling.ask_cancel,
    "form.drop": filling.drop,
    "form.message": report.begin_message,
    "form.show": lambda turn, _: filling.show(turn),
}

#: What a typed word does, whatever is going on (the words are policy/words.toml, "say").
SPOKEN: Mapping[str, Verb] = {
    "start": home.show,
    "cancel": filling.ask_cancel,
    "help": home.help_and_hotlines,
    "danger": report.begin_danger,
    "report": report.begin_report,
    "progress": progress.show,
    "guide": guide.begin,
    "later": filling.later,
    "feedback": VERBS["feedback"],
    "cases": cases.mine,
    "children": register.mine,
    "visits": digest.show,
    "find": register.begin_find,
    "enter": entering.begin,
    "family": families.mine_show,
    "classes": classes.mine,
    "stats": figures.show,
    "tryout": tryout_talk.begin,
    "mine": desk.show,
    "account": account.show,
    "burden": burden.show,
    "console": entrance.explain,
    "register": registration.begin,
    "wipe": wiping.ask,
    "lost": lost.begin,
    "own": own_data.ask,
    "resume": filling.go_on,
    "urgent_here": channels.urgent_here,
    "all_here": channels.all_here,
    "elder": elder_mode.switch_on,
    "plain": elder_mode.switch_off,
}

#: What a finished form leads to.
FINISHED: Mapping[str, Callable[[Turn, Filled], None]] = {
    "danger": report.raise_alarm,
    "danger_more": additions.add_details,
    "police": additions.add_details,
    "report": report.file_report,
    "message": report.file_message,
    "progress": progress.tell,
    "answer": answering.filled_in,
    "guide": guide.end,
    "feedback": home.keep_feedback,
    "call_back": call_back.filled_in,
    "regrade": cases.regrade,
    "find_child": register.found,
    "look": child_file.looked,
    "child": child_file.change,
    "carer": carers.told,
    "care_end": carers.ended,
    "family_invite": families.invited,
    "family_call": families.called,
    "which_child": which_child.found,
    "enter_child": entering.told,
    "double": entering.decided,
    "find_twin": twins.found,
    "visit": checkin.entered,
    "visit_pause": checkin.paused,
    "visit_late": digest.explained,
    "departure": departure.told,
    "decline": departure.refused,
    "school_class": classes.told,
    "class_names": classes.more,
    "absence_step": absences.step_told,
    "month_fix": school_months.fixed,
    "month_back": school_months.sent_back,
    "register": registration.registered,
    "introduce": registration.introduced,
    "invite": registration.invite,
    "handover": handover.named,
    "whose_post": terms.named,
    "lost_phone": lost.named,
    "post_dates": terms.told,
    "broadcast": broadcast.written,
    "leave": leave.entered,
    "shift": shifts.told,
    "link": account.code_given,
    "unmask": identity.reason_given,
    "form_why": sent_forms.why_given,
}


def is_stale(action: Action) -> bool:
    """True for what a button does only while its card is the newest."""
    return action.verb in FORM_VERBS


def take(turn: Turn, incoming: Incoming) -> None:
    """Do what the person means, and say what comes next: whoever spoke gets a card."""
    match incoming:
        case Said():
            _said(turn, incoming.text)
        case Pressed():
            _pressed(turn, incoming)
        case Chosen():
            _chosen(turn, incoming)
        case SentFile():
            _turn_to_replied(turn)
            if not tryout_talk.file_came(turn, incoming):
                _file_came(turn, incoming)
        case SharedPlace():
            _turn_to_replied(turn)
            if not tryout_talk.place_came(turn, incoming):
                additions.place_came(turn, incoming)
        case Unreadable():
            _unreadable(turn, incoming.what)
        case Left():
            turn.work.people.mark_reachable(turn.speaker.contact_id, not incoming.gone)
        case _:
            assert_never(incoming)
    if turn.draft is not None and turn.draft.report_id is not None:
        additions.add_so_far(turn, turn.draft.id)


def finish(turn: Turn, filled: Filled) -> None:
    """Hand a confirmed form to the task that asked for it."""
    name = filled.form.name
    if corrections.is_one(filled.draft):
        corrections.filed(turn, filled)
    elif name.startswith(filling.OF_CASES) and (filled.draft.about or "").startswith("child:"):
        retained.answered(turn, filled)
    elif name.startswith(filling.OF_CASES):
        acts.answered(turn, filled)
    else:
        FINISHED[name](turn, filled)


def _said(turn: Turn, text: str) -> None:
    word = text.strip().casefold()
    if token := _invitation(text):
        if open_ways.is_open(turn.speaker.channel):
            home.elsewhere(turn)
        elif not moving.arrive(turn, token) and not families.arrive(turn, token):
            registration.arrive(turn, token)
        return
    replied_to = binding.replied_card(turn)
    if replied_to is not None and _answered(turn, replied_to, word):
        return
    if tryout_talk.left(turn, word) or _spoke_verb(turn, word) or entrance.said_code(turn, text):
        return
    if tryout_talk.heard(turn, text, replied_to):
        return
    replied = additions.replied_report(turn)
    if replied is not None:
        additions.words_for_receipt(turn, replied, text)
    elif replied_to is not None and additions.words_for_case(turn, replied_to, text):
        return
    elif replied_to is not None and _is_of_another(turn, replied_to):
        _answer_other(turn, replied_to, text)
    elif any(rule(turn, text) for rule in BESIDE):
        return
    elif turn.draft is not None and not guide.left_by(turn, text):
        _typed(turn, turn.draft, text)
    elif not any(rule(turn, text) for rule in ALONE):
        report.begin_from_words(turn, text, instead=afterwards.offers_of_words(turn))


def _spoke_verb(turn: Turn, word: str) -> bool:
    """True for a word that always works."""
    listed, called = turn.rules.words.listed, word.rstrip(SIGNS)
    for name, verb in SPOKEN.items():
        is_word = called in listed(f"say.{name}")
        if (is_word and not question.offers(turn, called)) or _is_command(turn, word, name):
            if open_ways.is_open(turn.speaker.channel) and name not in open_ways.WORDS:
                verb = home.elsewhere
            verb(turn, "")
            return True
    return False


def _typed(turn: Turn, draft: Draft, text: str) -> None:
    """An answer; while an alarm is added to, a village in it is asked about at once."""
    filling.typed(turn, text)
    if draft.report_id is not None:
        placing.ask(turn, turn.work.cases.of_report(draft.report_id), text)


def _file_came(turn: Turn, incoming: SentFile) -> None:
    """A file, and the words below it, which mean what they mean without it."""
    file_id = additions.file_came(turn, incoming)
    if file_id is None:
        return
    kept = turn.words("file.kept", what=turn.words(f"file.{incoming.kind}"))
    turn.say(Card(text=kept), asks=False)
    if not checkin.said(turn, incoming.caption):
        report.begin_from_words(turn, incoming.caption)
    additions.give_to_draft(turn, file_id)


def _answered_briefly(turn: Turn, word: str) -> bool:
    """True for 谢谢, 收到; whoever says so to a case that nobody has yet is shown its button."""
    return home.answered(turn, word, to_accept=noting.to_accept)


def _says_nothing(turn: Turn, text: str) -> bool:
    """A number that belongs to no card, or signs alone, begin no report: the way in is shown."""
    says = any(letter.isalnum() for letter in text)
    says = says and binding.number_of(text.strip()) is None
    if not says:
        home.show(turn)
    return not says


def _goes_on_telling(turn: Turn, text: str) -> bool:
    """True while a card asks what was told: yes and no choose, other words belong to the story."""
    row, before = report.asking_what(turn), turn.draft
    if row is None or before is None:
        return False
    buttons = card_from_json(row.card).all_buttons()
    options = [
        Option(value=value, label=one.label)
        for value, one in zip(_yes_and_no(buttons), buttons, strict=False)
    ]
    found = answers.pick(text, options) or answers.pick(text.removeprefix(IT_IS), options)
    if len(found) == 1:
        _do(turn, row, buttons[options.index(found[0])].action)
        return True
    of_case = any(one.action.verb == "case.told" for one in buttons)
    if not of_case and _is_all_clear(turn, text):
        filling.ask_cancel(turn)
        return True
    asks_of_danger = any(one.action.verb == "danger.said" for one in buttons)
    if asks_of_danger and answers.key(text) in turn.rules.words.listed("free.no_hurry"):
        filling.show(turn)
        return True
    turn.draft = None
    if not (
        attendance.said_line(turn, text)
        or _named_work(turn, text)
        or _answered_briefly(turn, answers.key(text))
    ):
        told = report.words_of(turn, before)
        if not checkin.said(turn, f"{told}\n{text}"):
            report.begin_from_words(turn, f"{told}\n{text}", goes_on="\n" in told)
        report.take_over(turn, before)
    return True


def _yes_and_no(buttons: Sequence[Button]) -> Iterator[str]:
    """The first button is yes, the second no; where one of several is asked, no is the last."""
    if sum(one.action.verb in ONE_OF for one in buttons) > 1:
        for place, one in enumerate(buttons):
            yield "no" if one.action.verb == "form.show" else str(place)
    else:
        yield from ("yes", "no", *map(str, range(len(buttons))))


def _is_all_clear(turn: Turn, text: str) -> bool:
    """True for 找到了 and 联系上了，手机没电: what was begun is over, nothing else is wrong."""
    first, *others = clauses(text) or [""]
    rest = "，".join(others)
    clear = turn.rules.words.listed("free.all_clear")
    return answers.key(first) in clear and not tells_of_child(turn, rest)


def _is_over(turn: Turn, text: str) -> bool:
    """True for an all-clear where a report asks for anything that it does not answer."""
    if turn.draft is None or not _is_all_clear(turn, text) or question.must_have_text(turn):
        return False
    form = turn.rules.form(turn.work, turn.draft.form_version)
    is_choice = question.asks_for_choice(turn) and not question.takes_words(turn)
    if form.name not in report.REPORTS or (is_choice and question.is_answer(turn, text)):
        return False
    filling.ask_cancel(turn)
    return True


def _is_here_again(turn: Turn, text: str) -> bool:
    """True for who was away and says so: what was asked is asked again, and that is no answer."""
    back_at_work = turn.draft is None and bool(turn.roles)  # from leave, or to what is to be done
    if back_at_work or answers.key(text) not in turn.rules.words.listed("form.here_again"):
        return False
    if turn.draft is not None:
        filling.show(turn)
    elif turn.work.drafts.open_of(turn.speaker.contact_id):
        filling.go_on(turn)
    else:
        home.show(turn)
    return True


def _is_work_beside(turn: Turn, text: str) -> bool:
    """True for the day's roll, or work that is asked for, while a form asks for a choice."""
    if turn.draft is None or question.asks_for_text(turn):
        return False
    is_choice = question.asks_for_choice(turn)
    if is_choice and checkin.said_beside(turn, text):
        return True
    return (is_choice and attendance.said_line(turn, text, beside_form=True)) or (
        desk.asked(turn, text) is not None and _named_work(turn, text)
    )


def _named_work(turn: Turn, text: str) -> bool:
    """True when the words are the name of something at the speaker's workplace."""
    verb = desk.named(turn, text) or desk.asked(turn, text)
    if verb is not None and open_ways.is_open(turn.speaker.channel) and not open_ways.offers(verb):
        home.elsewhere(turn)
    elif verb == "find" and desk.named(turn, text) is None:
        desk.find(turn, text)
    elif verb is not None:
        VERBS[verb](turn, "")
    return verb is not None


def _invitation(text: str) -> str:
    """The token of "/start TOKEN", as Telegram and the page pass a link on; "" for other words."""
    command, _, token = text.strip().partition(" ")
    return token.strip() if command.split("@")[0] == "/start" else ""


def _is_command(turn: Turn, word: str, name: str) -> bool:
    """ "/start TOKEN" and "/start@botname" are /start."""
    if not word.startswith("/"):
        return False
    return word.split()[0].split("@")[0] in turn.rules.words.listed(f"say.{name}")


def _turn_to_replied(turn: Turn) -> None:
    """What is sent in reply to a question belongs to its form."""
    row = binding.replied_card(turn)
    if row is not None and card_from_json(row.card).is_question:
        binding.turn_to(turn, row)


def _answered(turn: Turn, row: OutRow, word: str) -> bool:
    """True when the reply names or numbers a button of the card that it replies to."""
    meant = binding.meant_on(row, word)
    if meant is not None:
        _do(turn, row, meant.button.action)
    return meant is not None


def _is_of_another(turn: Turn, row: OutRow) -> bool:
    """True for a card that is neither the open question nor words without buttons."""
    card = card_from_json(row.card)
    if not card.rows or (row.id == turn.speaker.card_id and turn.draft is None):
        return False
    if card.is_question:
        return row.id != turn.speaker.card_id
    return turn.draft is not None or row.turn == 0


def _answer_other(turn: Turn, row: OutRow, text: str) -> None:
    """Words that reply to an older card answer it if it still asks; a card of buttons is shown."""
    card = card_from_json(row.card)
    if not card.is_question:
        shown = replace(card, text=turn.words("stale.buttons") + "\n\n" + card.text)
        turn.say(shown, report_id=row.report_id, asks=False)
    elif binding.is_still_asked(turn, row):
        binding.turn_to(turn, row)
        filling.typed(turn, text)
    else:
        turn.say(Card(text=turn.words("stale.form")), asks=False)
        _reshow(turn)


def _meant_button(turn: Turn, text: str) -> bool:
    """A label or a bare number answers a card, so that no button is ever needed."""
    meant = binding.meant(turn, text.strip().casefold())
    if meant is None:
        return False
    if meant.only_by_label:
        said = turn.words("stale.by_label", label=meant.button.label)
        turn.say(Card(text=said), asks=False)
    else:
        _do(turn, meant.row, meant.button.action)
    return True


#: What words may be whatever is asked: the first that knows them has done what they mean.
BESIDE: tuple[Callable[[Turn, str], bool], ...] = (
    _meant_button,
    elder_mode.wished,
    slips.heard,
    corrections.heard,
    asides.heard,
    _is_here_again,
    _is_work_beside,
    _goes_on_telling,
    _is_over,
)
#: And what where nothing is asked; what nobody knows begins a report.
ALONE: tuple[Callable[[Turn, str], bool], ...] = (
    tryout_talk.named,
    report.began_by_name,
    answering.heard,
    attendance.said_line,
    account.said_code,
    passed_on.heard,
    checkin.said,
    _named_work,
    families.said,
    lambda turn, text: _answered_briefly(turn, text.strip().casefold().rstrip(SIGNS)),
    _says_nothing,
    additions.words_for_file,
)


def _pressed(turn: Turn, pressed: Pressed) -> None:
    newest = turn.work.outbox.newest_of(turn.speaker)
    is_newest = newest is not None and newest.token == pressed.token
    row = newest if is_newest else turn.work.outbox.by_token(pressed.token)
    if row is None:
        turn.toast = turn.words("stale.old")
        _reshow(turn)
        return
    if row.contact_id != turn.speaker.contact_id:
        turn.toast = turn.words("stale.foreign")
        _reshow(turn)
        return
    action = action_in(row.card, pressed.position)
    if action is None:
        _reshow(turn)
        return
    if row.id == turn.speaker.card_id:
        # What carries a file stays where it is: the file would vanish with it.
        turn.in_place = turn.replies_to if row.document_id is None else None
    _do(turn, row, action)


def _do(turn: Turn, row: OutRow, action: Action) -> None:
    if action.verb == tryout_talk.PRESS:
        tryout_talk.press(turn, row, action.arg)
    elif action.verb == elders.OTHERS:
        _show_others(turn, row, int(action.arg))
    elif action.verb in VERBS:
        waits = report.asking_what(turn)
        if waits is not None and waits.id != row.id:
            additions.take_along(turn, waits, action)
            turn.draft = None  # what it asks can wait; it is no part of what follows
        VERBS[action.verb](turn, action.arg)
    elif is_stale(action) and not binding.is_still_asked(turn, row):
        turn.toast = turn.words("stale.form")
        turn.in_place = None
        _reshow(turn)
    else:
        if row.id != turn.speaker.card_id:
            binding.turn_to(turn, row)
        FORM_VERBS[action.verb](turn, action.arg)


def _show_others(turn: Turn, row: OutRow, start: int) -> None:
    """都不是，看别的: the same card with its next buttons; what it asks is asked still."""
    card = card_from_json(row.card)
    if card.is_question and not binding.is_still_asked(turn, row):
        turn.toast = turn.words("stale.form")
        _reshow(turn)
        return
    if card.is_question and row.id != turn.speaker.card_id:
        binding.turn_to(turn, row)
    turn.say(
        elders.show_others(card, start, turn.words),
        report_id=row.report_id,
        about=row.about,
        in_place=True,
    )


def _reshow(turn: Turn) -> None:
    """Where the person is now: the open question, else the first screen."""
    if turn.draft is not None:
        filling.show(turn)
    else:
        home.show(turn)


def _chosen(turn: Turn, chosen: Chosen) -> None:
    """What a page offered beside the talk; it names no step of a form."""
    if chosen.verb in VERBS:
        VERBS[chosen.verb](turn, chosen.arg)
    else:
        _reshow(turn)


def _unreadable(turn: Turn, what: str) -> None:
    if what in SILENT:
        return
    if what == "edited":
        turn.say(Card(text=turn.words("file.edited")), asks=False)
        return
    if turn.draft is None:
        turn.say(Card(text=turn.words("file.unreadable"), rows=home.menu(turn)))
        return
    turn.say(Card(text=turn.words("file.unreadable")), asks=False)
    filling.show(turn)

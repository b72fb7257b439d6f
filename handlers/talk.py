"""What one incoming leads to: a word that always works, the open form, or the first screen."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import assert_never

from conversation import choosing, commands, letters
from conversation.cards import Button, Card, card_from_json
from conversation.dialogue import Done, Option, Skip
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
from handlers import binding, desk, filling, home, mending, pressing
from handlers.cases import (
    acts,
    noting,
    placing,
)
from handlers.children import (
    families,
    retained,
)
from handlers.children.own import alarming, tells_of_child
from handlers.doing import FINISHED, SPOKEN, VERBS
from handlers.heard import question
from handlers.heard.open_form import clauses
from handlers.office import tryout_talk
from handlers.people import (
    account,
    elder_mode,
    entrance,
    moving,
    registration,
)
from handlers.reaching import open_ways
from handlers.reporting import (
    additions,
    answering,
    asides,
    corrections,
    files_came,
    first_words,
    guide,
    held,
    positions,
    progress,
    slips,
)
from handlers.saying import home_row
from handlers.school import (
    attendance,
    passed_on,
)
from handlers.turn import Filled, Turn
from handlers.visiting import afterwards, beginning
from policy.simplified import bare
from storage.reaching.owed import OutRow
from storage.reporting.drafts import Draft

#: What comes without anybody having said it: a moving live position, a pinned message ...
SILENT = frozenset({"edited-place", "service"})
#: 是补充 means 补充.
IT_IS = "是"
#: Buttons that stand side by side, of which one is meant.
ONE_OF = frozenset({"visit.of", "absence.told"})
#: What stands behind a word and changes nothing.
SIGNS = "。.!！~～"


def take(turn: Turn, incoming: Incoming) -> None:
    """Do what the person means, and say what comes next: whoever spoke gets a card."""
    match incoming:
        case Said():
            if open_ways.is_open(turn.speaker.channel):
                turn.is_urgent = alarming(turn, incoming.text) or turn.is_in_danger
            _said(turn, incoming.text)
        case Pressed():
            pressing.pressed(turn, incoming)
        case Chosen():
            pressing.chosen(turn, incoming)
        case SentFile():
            _turn_to_replied(turn)
            if not tryout_talk.file_came(turn, incoming):
                _file_came(turn, incoming)
        case SharedPlace():
            _turn_to_replied(turn)
            if not tryout_talk.place_came(turn, incoming):
                positions.came(turn, incoming)
        case Unreadable():
            _unreadable(turn, incoming.what)
        case Left():
            _left(turn, incoming)
        case _:
            assert_never(incoming)
    if turn.draft is not None and turn.draft.report_id is not None:
        additions.add_so_far(turn, turn.draft.id)


def _left(turn: Turn, left: Left) -> None:
    """Gone, or back; by short message they read that it was heard: it may be a forged number."""
    if left.gone and open_ways.is_open(turn.speaker.channel) and turn.speaker.reachable:
        turn.say(Card(text=turn.words("sms.no_more")), asks=False)
    turn.work.people.mark_reachable(turn.speaker.contact_id, not left.gone)


def finish(turn: Turn, filled: Filled) -> None:
    """Hand a confirmed form to the task that asked for it."""
    name = filled.form.name
    if corrections.is_one(filled.draft):
        corrections.filed(turn, filled)
    elif name.startswith(filling.OF_CASES) and (filled.draft.about or "").startswith("child:"):
        retained.answered(turn, filled)
    elif (filled.draft.about or "").startswith(held.ABOUT):
        held.answered(turn, filled)
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
        first_words.begin_from_words(turn, text, instead=afterwards.offers_of_words(turn))


def _spoke_verb(turn: Turn, word: str) -> bool:
    """True for a word that always works."""
    listed, called = turn.rules.words.listed, _once(bare(word))
    for name, verb in SPOKEN.items():
        is_word = called in listed(f"say.{name}") and not question.offers(turn, called)
        if verb is filling.ask_cancel and binding.is_called(turn, word):
            continue  # 不填了, where it is asked whether
        if is_word or _is_command(turn, word, name):
            if open_ways.is_open(turn.speaker.channel) and name not in open_ways.WORDS:
                verb = home.elsewhere
            verb(turn, "")
            return True
    return False


def _once(said: str) -> str:
    """取消取消 is 取消."""
    half = said[: len(said) // 2]
    return half if half * 2 == said else said


def _drops(turn: Turn, text: str) -> bool:
    """True for 删掉 where it is asked what becomes of a form."""
    row = turn.work.outbox.newest_of(turn.speaker)
    if row is None or letters.key(text) not in turn.rules.words.listed("form.drop_said"):
        return False
    is_asked = any(
        one.action.verb == "form.drop" for one in card_from_json(row.card).all_buttons()
    )
    if is_asked:
        filling.drop(turn)
    return is_asked


def _typed(turn: Turn, draft: Draft, text: str) -> None:
    """An answer; while an alarm is added to, a village in it is asked about at once."""
    filling.typed(turn, text)
    if draft.report_id is not None:
        placing.ask(turn, turn.work.cases.of_report(draft.report_id), text)


def _file_came(turn: Turn, incoming: SentFile) -> None:
    """A file, and the words below it, which mean what they mean without it."""
    if additions.is_too_large(turn, incoming):
        _refuse_large(turn, incoming)
        return
    file_id = files_came.file_came(turn, incoming)
    if file_id is None:
        return
    kept = turn.words("file.kept", what=turn.words(f"file.{incoming.kind}"))
    turn.say(Card(text=kept), asks=False)
    if not beginning.said(turn, incoming.caption):
        first_words.begin_from_words(turn, incoming.caption)
    files_came.give_to_draft(turn, file_id)


def _refuse_large(turn: Turn, incoming: SentFile) -> None:
    """The file cannot be had; what was written below it was said, and what was asked still is."""
    goes_on = bool(incoming.caption.strip()) or turn.draft is not None
    said = Card(text=turn.words("file.too_large"))
    turn.say(said if goes_on else replace(said, rows=(home_row(turn),)), asks=not goes_on)
    if incoming.caption.strip():
        _said(turn, incoming.caption)
    elif turn.draft is not None:
        filling.show(turn)


def _answered_briefly(turn: Turn, word: str) -> bool:
    """True for 谢谢, 收到; whoever says so to a case that nobody has yet is shown its button."""
    return home.answered(turn, word, to_accept=noting.to_accept)


def _moves_nothing(turn: Turn, text: str) -> bool:
    """True for 上一步, 跳过, 就这些 where no form is open: they are no report."""
    match commands.move(text):
        case None:
            return False
        case Skip() | Done():
            turn.say(Card(text=turn.words("home.welcome"), rows=(home_row(turn),)))
        case _:
            filling.ask_cancel(turn)
    return True


def _says_nothing(turn: Turn, text: str) -> bool:
    """A number that belongs to no card, or signs alone, begin no report: the way in is shown."""
    says = any(letter.isalnum() for letter in text)
    says = says and binding.number_of(text.strip()) is None
    says = says and letters.key(text) not in turn.rules.words.listed("home.idle")
    if not says:
        home.show(turn)
    return not says


def _goes_on_telling(turn: Turn, text: str) -> bool:
    """True while a card asks what was told: yes and no choose, other words belong to the story."""
    row, before = first_words.asking_what(turn), turn.draft
    if row is None or before is None:
        return False
    buttons = card_from_json(row.card).all_buttons()
    options = [
        Option(value=value, label=one.label)
        for value, one in zip(_yes_and_no(buttons), buttons, strict=False)
    ]
    found = choosing.pick(text, options) or choosing.pick(text.removeprefix(IT_IS), options)
    if len(found) == 1:
        pressing.do(turn, row, buttons[options.index(found[0])].action)
        return True
    if commands.move(text) is not None:  # 上一步, 跳过: there is nothing before it
        turn.say(card_from_json(row.card), report_id=row.report_id, about=row.about)
        return True
    of_case = any(one.action.verb == "case.told" for one in buttons)
    if not of_case and _is_all_clear(turn, text):
        filling.ask_cancel(turn)
        return True
    asks_of_danger = any(one.action.verb == "danger.said" for one in buttons)
    if asks_of_danger and letters.key(text) in turn.rules.words.listed("free.no_hurry"):
        filling.show(turn)
        return True
    turn.draft = None
    if not (
        attendance.said_line(turn, text)
        or _named_work(turn, text)
        or _answered_briefly(turn, letters.key(text))
    ):
        told = first_words.words_of(turn, before)
        if not beginning.said(turn, f"{told}\n{text}"):
            first_words.begin_from_words(turn, f"{told}\n{text}", goes_on="\n" in told)
        first_words.take_over(turn, before)
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
    return letters.key(first) in clear and not tells_of_child(turn, rest)


def _is_over(turn: Turn, text: str) -> bool:
    """True for an all-clear where a report asks for anything that it does not answer."""
    if turn.draft is None or not _is_all_clear(turn, text) or question.must_have_text(turn):
        return False
    form = turn.rules.form(turn.work, turn.draft.form_version)
    is_choice = question.asks_for_choice(turn) and not question.takes_words(turn)
    if form.name not in first_words.REPORTS or (is_choice and question.is_answer(turn, text)):
        return False
    filling.ask_cancel(turn)
    return True


def _is_here_again(turn: Turn, text: str) -> bool:
    """True for who was away and says so: what was asked is asked again, and that is no answer."""
    back_at_work = turn.draft is None and bool(turn.roles)  # from leave, or to what is to be done
    if back_at_work or letters.key(text) not in turn.rules.words.listed("form.here_again"):
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
    if is_choice and beginning.said_beside(turn, text):
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
        pressing.do(turn, row, meant.button.action)
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
        pressing.reshow(turn)


def _meant_button(turn: Turn, text: str) -> bool:
    """A label or a bare number answers a card, so that no button is ever needed."""
    meant = binding.meant(turn, text.strip().casefold())
    if meant is None:
        return False
    if meant.only_by_label:
        said = turn.words("stale.by_label", label=meant.button.label)
        turn.say(Card(text=said), asks=False)
    else:
        pressing.do(turn, meant.row, meant.button.action)
    return True


#: What words may be whatever is asked: the first that knows them has done what they mean.
BESIDE: tuple[Callable[[Turn, str], bool], ...] = (
    _meant_button,
    _drops,
    elder_mode.wished,
    slips.heard,
    held.heard,
    corrections.heard,
    mending.heard,
    asides.heard,
    _is_here_again,
    _is_work_beside,
    _goes_on_telling,
    _is_over,
)
#: And what where nothing is asked; what nobody knows begins a report.
ALONE: tuple[Callable[[Turn, str], bool], ...] = (
    tryout_talk.named,
    first_words.began_by_name,
    answering.heard,
    attendance.said_line,
    account.said_code,
    progress.heard,
    passed_on.heard,
    beginning.said,
    _named_work,
    families.said,
    lambda turn, text: _answered_briefly(turn, text.strip().casefold().rstrip(SIGNS)),
    lambda turn, text: home.says_all_is_well(turn, text.strip().rstrip(SIGNS)),
    _moves_nothing,
    _says_nothing,
    files_came.words_behind,
)


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

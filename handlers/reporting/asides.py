"""What people ask the bot itself in the middle of anything: answered at once, and on it goes."""

from conversation import letters
from conversation.cards import Button, Card, card_from_json
from handlers import filling, form_cards, home, mending
from handlers.children import families, weeks
from handlers.children.own import tells_of_child
from handlers.heard import question, reporters
from handlers.heard.open_form import open_form
from handlers.heard.places import speaks_of_place
from handlers.reaching.telling import rows
from handlers.reporting import answering, first_words, progress, urging
from handlers.saying import button, home_row
from handlers.turn import Turn
from policy.asides import Asked, asked
from policy.correcting import mended

#: While a sentence is asked, these are heard as the sentence.
NOT_BESIDE_WORDS = frozenset({"progress", "hotline", "angry", "urge"})
#: Of a longer message these are but a part: 请假怎么弄.
ALONE = frozenset({"unclear", "hotline"})
#: What each answer offers besides the words: labels and verbs.
OFFERS = {
    "human": (("form.message", "message"),),
    "feedback": (("home.feedback", "feedback"),),
    "angry": (("form.message", "message"), ("home.feedback", "feedback")),
    "withdraw": (("home.progress", "progress"),),
}


def heard(turn: Turn, text: str) -> bool:
    """True when somebody asked who this is, who reads it, for a person ...: it is answered."""
    if question.asks_for_choice(turn) and home.is_thanks(turn, letters.key(text)):
        _answer(turn, turn.words("home.welcome"))
        return True
    found = asked(text, turn.rules.policy.asides)
    if found is None or _tells_too(turn, found) or _is_wanted(turn, text, found):
        return False
    if turn.draft is not None and mended(text, mending.ways(turn)) is not None:
        return False  # 说错了，现在不安全 takes nothing back
    if _wants_call(turn, text):
        return False
    match found.key:
        case "progress":
            progress.show(turn)
        case "hotline":
            home.help_and_hotlines(turn)
        case "urge":
            return _urges(turn, text)
        case "stop":
            _stops(turn)
        case "human" if weeks.menu(turn):
            families.talk(turn)
        case "withdraw" if turn.draft is not None:
            filling.ask_cancel(turn)
        case key:
            offers = (_offer(turn, label, verb) for label, verb in OFFERS.get(key, ()))
            _answer(turn, turn.words(f"aside.{key}"), *offers)
    return True


def _urges(turn: Turn, text: str) -> bool:
    """Who reported and waits sees how it stands, and may urge it; who did not is angry."""
    reports = urging.waiting(turn)
    if reports:
        _answer(turn, urging.said(turn, reports), *urging.offers(turn, reports))
    elif tells_of_child(turn, text):
        return False
    else:
        offers = (_offer(turn, label, verb) for label, verb in OFFERS["angry"])
        _answer(turn, turn.words("aside.urge"), *offers)
    return True


def _stops(turn: Turn) -> None:
    """别再发了: what can be stopped, or written so that nobody else understands it."""
    mine = turn.work.reports.of_contact(turn.speaker.contact_id)
    if turn.draft is not None and first_words.asking_what(turn) is None:
        filling.ask_cancel(turn)
    elif weeks.menu(turn):
        _answer(turn, turn.words("aside.stop_family"), _offer(turn, "family.stop", "family.stop"))
    elif turn.roles:
        _answer(turn, turn.words("aside.stop_post"))
    else:
        discreet = answering.discreet_button(turn, mine) if mine else ()
        _answer(turn, turn.words("aside.stop"), *discreet)


def _tells_too(turn: Turn, found: Asked) -> bool:
    """True when the message speaks of something else as well: nothing is lost to a question."""
    if found.key in ALONE and not found.alone:
        return True
    return tells_of_child(turn, found.rest) or _names_a_place(turn, found.rest)


def _names_a_place(turn: Turn, text: str) -> bool:
    named = turn.draft is not None and speaks_of_place(text)
    return named and bool(turn.work.areas.spoken_of(text))


def _is_wanted(turn: Turn, text: str, found: Asked) -> bool:
    """True while the open question may be answered by just these words: 申请撤销."""
    if not question.takes_words(turn):
        return question.is_answer(turn, text)
    unheard = question.asks_for_text(turn) and found.key in NOT_BESIDE_WORDS
    return unheard or not found.alone


def _wants_call(turn: Turn, text: str) -> bool:
    """True for 给我打电话 where the open form keeps that wish: it is more than a question."""
    here = open_form(turn) if first_words.asking_what(turn) is None else None
    return here is not None and reporters.wants_call(here, text) is not None


def _answer(turn: Turn, text: str, *offers: Button) -> None:
    """Said beside whatever is asked, which is asked again."""
    if turn.draft is None:
        turn.say(Card(text=text, rows=(*rows(*offers), home_row(turn))))
        return
    here, waits = open_form(turn), first_words.asking_what(turn)
    form_cards.heed_child(turn, here.told if here else "")
    turn.say(Card(text=text, rows=rows(*offers)), asks=False)
    if waits is not None:
        turn.say(card_from_json(waits.card))
    else:
        filling.show(turn)


def _offer(turn: Turn, label: str, verb: str) -> Button:
    return button(turn.words(label), verb)[0]

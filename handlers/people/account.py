"""我的账号: who one is here, and one person on two phones, or on a phone and the page."""

from handlers import filling, home, watch
from handlers.people import colleagues, entrance, lost
from handlers.reaching import open_ways
from handlers.saying import answer, button, note
from handlers.turn import REMINDER, Filled, Turn
from policy.receipt import digits_in
from storage.people.links import GUESSES, NotLinked

#: Of a linking code.
DIGITS = 8


def show(turn: Turn, _: str = "") -> None:
    """Name, posts, and the way to a second phone."""
    person_id = turn.speaker.person_id
    posts = [colleagues.post_line(turn, role) for role in turn.work.people.roles_ahead(person_id)]
    count = len(turn.work.people.contacts_of(person_id))
    lines = [
        turn.words("account.name", name=colleagues.called(turn, person_id)),
        *(posts or [turn.words("account.no_post")]),
        *([turn.words("account.doors", count=count)] if count > 1 else []),
    ]
    answer(
        turn,
        "\n".join(lines),
        button(turn.words("account.register"), "register"),
        button(turn.words("account.link"), "account.code"),
        button(turn.words("account.enter"), "account.enter"),
        *([button(turn.words("account.hears"), "hears")] if count > 1 else []),
        *([button(turn.words("account.console"), "console")] if entrance.may(turn) else []),
        *([button(turn.words("account.burden"), "burden")] if turn.roles else []),
        button(turn.words("account.lost"), "lost"),
    )


def offer_code(turn: Turn, _: str = "") -> None:
    """Eight digits for the other phone."""
    code = turn.work.links.offer(turn.speaker.person_id)
    answer(turn, turn.words("account.code", number=f"{code[:4]} {code[4:]}"))


def ask_code(turn: Turn, _: str = "") -> None:
    """The digits that the other phone shows."""
    filling.begin(turn, "link", in_place=True)


def code_given(turn: Turn, filled: Filled) -> None:
    """The digits were typed where they are asked for."""
    _join(turn, digits_in(filled.answers["link_code"]))


def said_code(turn: Turn, text: str) -> bool:
    """True when the words are a code that was shown elsewhere; then the two are one person."""
    code = digits_in(text)
    is_code = len(code) == DIGITS and len(text.replace(" ", "")) == DIGITS
    if is_code:
        _join(turn, code)
    return is_code


def _join(turn: Turn, code: str) -> None:
    stays = come_by(turn, code)
    if stays is not None:
        answer(turn, turn.words("account.joined", name=colleagues.called(turn, stays)))


def come_by(turn: Turn, code: str) -> int | None:
    """Be the person whose code it is from now on; None, with an answer, where that cannot be."""
    if open_ways.is_open(turn.speaker.channel):
        home.elsewhere(turn)
        return None
    goes = turn.speaker.person_id
    found = turn.work.links.use(code, goes)
    if isinstance(found, NotLinked):
        retry = button(turn.words("account.enter"), "account.enter")
        answer(turn, turn.words("account.wrong"), retry)
        watch.guessed(turn, GUESSES)
        return None
    stays = found.person_id
    if stays == goes:
        answer(turn, turn.words("account.same"))
        return None
    if found.given_by == goes:
        answer(turn, turn.words("lost.not_oneself"))
        return None
    if (why := _apart(turn, stays, goes)) is not None:
        answer(turn, turn.words(why))
        return None
    contacts = turn.work.people.contacts_of(stays)
    turn.work.links.join(stays, goes, by=goes)
    _found_again(turn, stays)
    for contact in contacts:
        if contact.channel in turn.rules.given_up:
            continue
        turn.tell(
            contact.id,
            contact.channel,
            note(turn, turn.words("account.joined_there")),
            key=f"joined:{turn.work.new_id()}",
            priority=REMINDER,
        )
    if found.given_by is not None:
        lost.tell_of_return(turn, stays, found.given_by)
    return stays


def _apart(turn: Turn, stays: int, goes: int) -> str | None:
    """Why they stay two: nobody is taken past their app by a phone that lies open."""
    if not turn.work.authenticators.is_set(goes):
        return None
    if turn.work.authenticators.is_set(stays):
        return "account.two_apps"
    return None if turn.is_proven else "account.app_here"


def _found_again(turn: Turn, person_id: int) -> None:
    """A locked phone that is theirs again goes on where it stood."""
    here = turn.work.people.contact(turn.speaker.contact_id)
    before = turn.work.locks.at(person_id, here) if here else None
    if here is not None and before is not None:
        turn.work.locks.give_back(before, here, by=person_id)

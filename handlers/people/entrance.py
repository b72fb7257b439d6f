"""Coming in at the office page: its code is typed here, and one tap lets that browser in."""

from handlers.cases import cases
from handlers.people import colleagues
from handlers.saying import answer, button
from handlers.turn import Turn
from storage.office.console import is_code

#: Levels whose people sit at desks.
OFFICES = ("town", "county")


def may(turn: Turn) -> bool:
    """True for a post that sees reports, children or colleagues, and for who helps with a case."""
    policy = turn.rules.policy
    reading = policy.rights.reading_posts()
    held = {name for name, _ in colleagues.held(turn)} & policy.roles.keys()
    sees = any(
        name in reading or policy.roles[name].reads_reports or policy.roles[name].manages
        for name in held
    )
    return sees or (bool(held) and cases.has_cases(turn))


def explain(turn: Turn, _: str = "") -> None:
    """进后台: where to look, and to send the code."""
    if not may(turn):
        answer(turn, turn.words("people.not_yours"))
        return
    door = next((one for one in turn.rules.doors if one.startswith("http")), "")
    site = door.partition("/chat")[0] if "/chat" in door else ""
    key = "console.how_at" if site else "console.how"
    answer(turn, turn.words(key, text=f"{site}/console"))


def said_code(turn: Turn, text: str) -> bool:
    """True when the words are a code of the office page; its browser waits for one tap then.

    In the middle of a form only a code that is really shown somewhere counts as one.
    """
    code = "".join(text.split()).upper()
    if not is_code(code):
        return False
    is_shown = turn.work.console.shown(code) is not None
    if not may(turn):
        return is_shown and _not_yet(turn)
    if turn.draft is not None and not is_shown:
        return False
    door = turn.work.console.find(code, turn.speaker.person_id)
    if door is None:
        answer(turn, turn.words("console.wrong"))
        return True
    when = f"{door.asked_at.astimezone(turn.rules.zone):%H:%M}"
    answer(
        turn,
        turn.words("console.ask", number=f"{code[:3]} {code[3:]}", when=when),
        button(turn.words("console.yes"), "console.yes", code),
        button(turn.words("console.no"), "console.no", code),
    )
    return True


def _not_yet(turn: Turn) -> bool:
    """Another office of the township or the county hears when it may come in; nobody else does."""
    roles = turn.rules.policy.roles
    is_office = any(
        roles[name].level in OFFICES for name, _ in colleagues.held(turn) if name in roles
    )
    if is_office:
        answer(turn, turn.words("console.not_yet"))
    return is_office


def let_in(turn: Turn, code: str) -> None:
    """是我: the browser that shows the code comes in as the speaker."""
    door = turn.work.console.shown(code)
    if not may(turn) or door is None:
        answer(turn, turn.words("console.late"))
        return
    turn.work.console.confirm(door.id, turn.speaker.person_id)
    answer(turn, turn.words("console.in"))


def refuse(turn: Turn, code: str) -> None:
    """不是我: nobody comes in by this code."""
    door = turn.work.console.shown(code)
    if may(turn) and door is not None:
        turn.work.console.drop(door.id)
    answer(turn, turn.words("console.out"))

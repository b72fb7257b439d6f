"""请假 and 替班: from which day to which, and who does the work meanwhile."""

from datetime import date, datetime, time, timedelta

from handlers import filling
from handlers.form_cards import Notice
from handlers.people import colleagues
from handlers.saying import OFFERED, answer, button
from handlers.turn import Filled, Turn


def begin(turn: Turn, _: str = "") -> None:
    """请假: three questions; or, while one is away, the way back."""
    if not turn.work.people.roles(turn.speaker.person_id):
        answer(turn, turn.words("people.not_yours"))
        return
    coming = turn.work.deputies.of_person(turn.speaker.person_id)
    if not coming:
        filling.begin(turn, "leave", in_place=True)
        return
    rows = [
        button(
            turn.words("leave.back", when=_days(turn, leave.since, leave.until)),
            "leave.back",
            str(leave.id),
        )
        for leave in coming[:OFFERED]
    ]
    answer(
        turn, turn.words("leave.is_away"), *rows, button(turn.words("leave.more"), "leave.more")
    )


def begin_another(turn: Turn, _: str = "") -> None:
    """One more leave."""
    filling.begin(turn, "leave", in_place=True)


def entered(turn: Turn, filled: Filled) -> None:
    """The days are known: one tap on who stands in."""
    if filled.answers["leave_until"] < filled.answers["leave_from"]:
        _ask_end_again(turn, filled)
        return
    days = f"{filled.answers['leave_from']}:{filled.answers['leave_until']}"
    alone = button(turn.words("leave.alone"), "leave.with", f"0:{days}")
    wanted = filled.answers.get("deputy_name", "")
    people = colleagues.stand_ins(turn)
    found = colleagues.named(turn, people, wanted)[:OFFERED] if wanted else []
    rows = [
        button(
            colleagues.with_posts(turn, person, people[person]), "leave.with", f"{person}:{days}"
        )
        for person in found
    ]
    key = "leave.who" if found else "leave.nobody_called" if wanted else "leave.sure"
    again = () if found else (button(turn.words("leave.again"), "leave.more"),)
    answer(turn, turn.words(key, name=wanted), *rows, alone, *again)


def _ask_end_again(turn: Turn, filled: Filled) -> None:
    said = {name: value for name, value in filled.answers.items() if name != "leave_until"}
    filling.begin(turn, "leave", preset=said, notice=Notice(text=turn.words("leave.backwards")))


def go(turn: Turn, arg: str) -> None:
    """The leave is entered, and the one who stands in hears of it."""
    deputy_text, first, last = arg.split(":")
    deputy = int(deputy_text)
    if deputy and deputy not in colleagues.stand_ins(turn):
        answer(turn, turn.words("leave.gone"), button(turn.words("leave.again"), "leave.more"))
        return
    since, until = _begins(turn, first), _ends(turn, last)
    if until <= turn.work.now or not turn.work.people.roles(turn.speaker.person_id):
        answer(turn, turn.words("leave.over"), button(turn.words("leave.again"), "leave.more"))
        return
    me = turn.speaker.person_id
    if any(
        leave.since == since and leave.until == until for leave in turn.work.deputies.of_person(me)
    ):
        answer(turn, turn.words("leave.known"))
        return
    row = turn.work.deputies.plan(me, deputy or None, since, until, by=me)
    when = _days(turn, since, until)
    if deputy:
        text = turn.words("leave.stand_in", name=colleagues.called(turn, me), when=when)
        colleagues.tell_person(turn, deputy, text, key=f"leave:{row}")
    said = "leave.done" if deputy else "leave.done_alone"
    answer(turn, turn.words(said, when=when, name=colleagues.called(turn, deputy)))


def back(turn: Turn, leave_id: str) -> None:
    """我回来了: the leave ends now, and the one who stood in hears of it."""
    me = turn.speaker.person_id
    mine = {str(leave.id): leave for leave in turn.work.deputies.of_person(me)}
    leave = mine.get(leave_id)
    if leave is None or not turn.work.deputies.end(leave.id, by=me):
        answer(turn, turn.words("people.not_yours"))
        return
    if leave.deputy_id is not None:
        text = turn.words("leave.returned", name=colleagues.called(turn, me))
        colleagues.tell_person(turn, leave.deputy_id, text, key=f"leave:{leave.id}:back")
    answer(turn, turn.words("leave.welcome"))


def _begins(turn: Turn, day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(), turn.rules.zone)


def _ends(turn: Turn, day: str) -> datetime:
    return _begins(turn, day) + timedelta(days=1)


def _days(turn: Turn, since: datetime, until: datetime) -> str:
    first = since.astimezone(turn.rules.zone)
    last = until.astimezone(turn.rules.zone) - timedelta(days=1)
    return turn.words("leave.days", first=turn.day(first), last=turn.day(last))

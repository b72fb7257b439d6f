"""A child's own family: invited from the child's file, asked each week, heard, never blamed.

Where a county switches it on: a carer taps 平安, parents tell of the week's call. Whoever takes
part sees nothing of the register but what the child is called at home.
"""

import io
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from urllib.parse import urlsplit

import segno

from conversation.cards import Button, Card, Document
from handlers import filling, saying
from handlers.children import child_file, register, weeks
from handlers.children.register import View
from handlers.reaching import quiet, telling
from handlers.reporting import first_words
from handlers.saying import SHOWN, answer, button, home_row, note
from handlers.turn import Filled, Turn
from handlers.visiting import visits
from policy.danger import danger_signs
from policy.masking import defang
from policy.routing import Hour
from storage.children.families import Kind, Link, Wanted

#: People who are asked, and weeks that are closed, in one turn.
ASKED, CLOSED = 50, 500
#: Whoever asks a family is in no hurry: night and the day's number of reminders count.
GRADE = "blue"
#: Pixels of one square of a code: it is shown on a telephone and photographed by another.
_SQUARE = 8


# -- the child's file ---------------------------------------------------------------------------


def show(turn: Turn, child_id: str) -> None:
    """家里人: who takes part, what they said in the latest weeks, and one more to be invited."""
    seen = _opened(turn, child_id)
    if seen is None:
        return
    links = turn.work.families.of_child(seen.child.id)
    lines = [turn.words("family.title", name=register.called(turn, seen))]
    lines += [_told_of(turn, one) for one in links] or [turn.words("family.nobody")]
    lines += weeks.lines(turn, links, reads_notes="notes" in seen.fields)
    ends = [
        button(
            turn.words(f"family.end.{one.kind}", when=_joined(turn, one)),
            "family.end",
            str(one.id),
        )
        for one in links
    ]
    answer(
        turn,
        defang("\n".join(lines)),
        button(turn.words("family.invite"), "family.invite", child_id),
        *[_elder_button(turn, one) for one in links if _may_suit(turn, one)][:1],
        *ends[: SHOWN - 4],
        button(turn.words("child.back"), "child", child_id),
    )


def _told_of(turn: Turn, link: Link) -> str:
    key = "family.joined" if link.person_id else "family.waits"
    return turn.words(
        key,
        what=turn.words(f"family.kind.{link.kind}"),
        name=link.called,
        when=_joined(turn, link),
    )


def _joined(turn: Turn, link: Link) -> str:
    return weeks.day(turn, link.accepted_at or link.expires_at)


def _opened(turn: Turn, child_id: str) -> View | None:
    """The child whose family the speaker may ask."""
    seen = child_file.opened(turn, child_id)
    if seen is not None and weeks.is_on(turn) and child_file.may_visit(turn, seen):
        return seen
    if seen is not None:
        register.refuse(turn)
    return None


# -- inviting -----------------------------------------------------------------------------------


def begin_invite(turn: Turn, child_id: str) -> None:
    """请家里人报平安: who, and what the child is called at home."""
    seen = _opened(turn, child_id)
    if seen is None:
        return
    preset = {"child_id": child_id, "child_label": register.called(turn, seen)}
    if "nickname" in seen.fields and (called := seen.child.values.get("nickname")):
        preset["family_called"] = called
    filling.begin(turn, "family_invite", preset=preset, in_place=True)


def invited(turn: Turn, filled: Filled) -> None:
    """A link for one person, as words and as a code to be shown on this telephone."""
    told = filled.answers
    seen = _opened(turn, told["child_id"])
    if seen is None:
        return
    kind: Kind = "parent" if told["family_kind"] == "parent" else "carer"
    life = turn.rules.policy.timing["invite_life"]
    _, token = turn.work.families.invite(
        seen.child.id, kind, told["family_called"], by=turn.speaker.person_id, life=life
    )
    doors = turn.rules.doors or (turn.words("invite.by_hand"),)
    links = [door.replace("TOKEN", token) for door in doors]
    until = turn.at + life
    text = turn.words(
        "family.invited",
        what=turn.words(f"family.kind.{kind}"),
        name=told["family_called"],
        text="\n".join(links),
        when=turn.moment(until),
    )
    back = button(turn.words("family.back"), "family", told["child_id"])
    # A card that was tapped is not made a file in its place.
    turn.say(Card(text=text, rows=(back, home_row(turn)), document=_code(turn, links)))


def _code(turn: Turn, links: Iterable[str]) -> Document | None:
    """The first address as a picture; None where there is none to scan."""
    link = next((one for one in links if urlsplit(one).scheme in ("http", "https")), None)
    if link is None:
        return None
    drawn = io.BytesIO()
    segno.make(link, micro=False, error="m").save(drawn, kind="png", scale=_SQUARE, border=2)
    return turn.document(f"{turn.words('family.code')}.png", "image/png", drawn.getvalue())


def _may_suit(turn: Turn, link: Link) -> bool:
    """True for a carer who came and does not see few and large buttons yet."""
    return (
        link.kind == "carer"
        and link.person_id is not None
        and not turn.work.people.is_elder(link.person_id)
    )


def _elder_button(turn: Turn, link: Link) -> tuple[Button, ...]:
    return button(turn.words("elder.suggest"), "elder.suggest", str(link.id))


def suggest_elder(turn: Turn, link_id: str) -> None:
    """建议用长辈模式: whoever looks after the child asks its carer; the carer decides."""
    link = turn.work.families.get(int(link_id))
    seen = _opened(turn, str(link.child_id)) if link else None
    if link is None or seen is None or not _may_suit(turn, link):
        if seen is None and link is None:
            register.refuse(turn)
        return
    assert link.person_id is not None
    card = Card(
        text=turn.words("elder.suggested"),
        rows=(
            button(turn.words("elder.yes"), "elder.on"),
            button(turn.words("elder.no"), "elder.off"),
        ),
    )
    now = Hour(at=turn.at, in_office=True)
    telling.tell_person(
        turn,
        link.person_id,
        card,
        key=f"family:{link.id}:elder:{turn.at:%Y%m%d}",
        when=quiet.later(turn, link.person_id, GRADE, now),
    )
    text = turn.words("elder.sent", what=turn.words(f"family.kind.{link.kind}"))
    answer(turn, text, button(turn.words("family.back"), "family", str(link.child_id)))


def end(turn: Turn, link_id: str) -> None:
    """不再请: an invitation is void, or somebody is asked no more; the child's worker decides."""
    link = turn.work.families.get(int(link_id))
    seen = _opened(turn, str(link.child_id)) if link else None
    if link is None or seen is None:
        if link is None:
            register.refuse(turn)
        return
    turn.work.families.end(link, by=turn.speaker.person_id)
    show(turn, str(link.child_id))


# -- coming -------------------------------------------------------------------------------------


def arrive(turn: Turn, token: str) -> bool:
    """True when the link is a family's: whoever came first is welcomed, all others are not."""
    known = turn.work.families.find(token)
    if known is None:
        return False
    person = turn.speaker.person_id
    link = turn.work.families.use(token, person, weeks.week_of(turn.at.date()))
    if link is None:
        mine = any(one.id == known.id for one in turn.work.families.of_person(person))
        if mine:
            mine_show(turn)
        else:
            answer(turn, turn.words("family.over"))
        return True
    turn.say(
        Card(
            text=turn.words(f"family.welcome.{link.kind}", name=link.called),
            rows=(*_answers([link], turn), home_row(turn)),
            calls=saying.EMERGENCY,
        ),
        in_place=True,
    )
    _tell_keepers(turn, link, "family.came", key=f"family:{link.id}:came")
    return True


# -- the family's own side ----------------------------------------------------------------------


def mine_show(turn: Turn, _: str = "") -> None:
    """家里报平安: for whom, and the answers of this week."""
    links = _own(turn)
    if not links:
        answer(turn, turn.words("family.not_yours"))
        return
    text = turn.words("family.mine_text", name=_names(links))
    answer(turn, text, *_answers(links, turn), button(turn.words("family.stop"), "family.stop"))


def _own(turn: Turn) -> tuple[Link, ...]:
    return turn.work.families.of_person(turn.speaker.person_id) if weeks.is_on(turn) else ()


def _names(links: Iterable[Link]) -> str:
    return "、".join(dict.fromkeys(one.called for one in links))


def _answers(links: Collection[Link], turn: Turn) -> list[tuple[Button, ...]]:
    """平安 for who is at home, the call for who is away, and a word for whoever needs one."""
    kinds = {one.kind for one in links}
    return [
        *([button(turn.words("family.fine"), "family.fine")] if "carer" in kinds else []),
        *([button(turn.words("family.call"), "family.call")] if "parent" in kinds else []),
        button(turn.words("family.talk"), "family.talk"),
    ]


def fine(turn: Turn, _: str = "") -> None:
    """都平安: the week has a word, whichever card it stands on."""
    links = [one for one in _own(turn) if one.kind == "carer"]
    if not links:
        answer(turn, turn.words("family.not_yours"))
        return
    _say(turn, links, told={"fine": "yes"})
    text = turn.words("family.thanks", name=_names(links))
    answer(turn, text, button(turn.words("family.talk"), "family.talk"))


def said(turn: Turn, text: str) -> bool:
    """True when somebody writes 平安 instead of tapping it: it is no report."""
    word = text.strip().rstrip("。！!.")
    if not weeks.is_on(turn) or word not in turn.rules.words.listed("family.say_fine"):
        return False
    if any(one.kind == "carer" for one in _own(turn)):
        fine(turn)
    else:
        mine_show(turn)
    return True


def talk(turn: Turn, _: str = "") -> None:
    """想找人说说: whoever looks after the child is in touch; until then there is help."""
    links = _own(turn)
    if not links:
        answer(turn, turn.words("family.not_yours"))
        return
    _say(turn, links, wanted="talk")
    for link in links:
        _tell_keepers(turn, link, "family.wants_talk", key=_key_of(turn, link, "talk"))
    contact = turn.rules.policy.rhythm.contact
    within = visits.within(turn, contact.heard_within)
    turn.say(
        Card(
            text=turn.words("family.heard", what=within),
            rows=(
                button(turn.words("home.danger"), "danger"),
                button(turn.words("home.report"), "report"),
                button(turn.words("home.help"), "help"),
                home_row(turn),
            ),
            calls=saying.EMERGENCY,
        ),
        in_place=True,
    )


def begin_call(turn: Turn, _: str = "") -> None:
    """打过电话了: when, how long, and whether anything worries."""
    if any(one.kind == "parent" for one in _own(turn)):
        filling.begin(turn, "family_call", in_place=True)
    else:
        answer(turn, turn.words("family.not_yours"))


def called(turn: Turn, filled: Filled) -> None:
    """The call is kept with the week; what worries is somebody's to look at, danger an alarm."""
    links = [one for one in _own(turn) if one.kind == "parent"]
    if not links:
        answer(turn, turn.words("family.not_yours"))
        return
    answers = filling.with_told(filled.answers, "call_what")
    told = {name: value for name, value in answers.items() if value}
    told["call_on"] = turn.words(
        f"family.on.{told['call_day']}",
        when=visits.say_day(turn, _called_on(turn, told["call_day"])),
    )
    worries = told["call_worry"] == "yes"
    _say(turn, links, wanted="worry" if worries else "", told=told)
    if worries:
        for link in links:
            _tell_keepers(turn, link, "family.worries", key=_key_of(turn, link, "worry"))
    if danger_signs(told.get("call_what", ""), turn.rules.policy.danger):
        first_words.begin_from_words(turn, told["call_what"])
        return
    key = "family.kept_worry" if worries else "family.kept"
    within = visits.within(turn, turn.rules.policy.rhythm.contact.heard_within)
    answer(
        turn,
        turn.words(key, name=_names(links), what=within),
        button(turn.words("family.talk"), "family.talk"),
    )


def _called_on(turn: Turn, day: str) -> date:
    return turn.at.date() - timedelta(days=1 if day == "yesterday" else 0)


def stop(turn: Turn, _: str = "") -> None:
    """不再报平安: asked once, for a finger slips easily."""
    if _own(turn):
        answer(
            turn,
            turn.words("family.stop_sure"),
            button(turn.words("family.stop_yes"), "family.stop_yes"),
            button(turn.words("family.stop_no"), "family.mine"),
        )
    else:
        answer(turn, turn.words("family.not_yours"))


def stopped(turn: Turn, _: str = "") -> None:
    """Nobody has to take part: whoever leaves is asked no more."""
    links = _own(turn)
    for link in links:
        turn.work.families.end(link, by=turn.speaker.person_id)
        _tell_keepers(turn, link, "family.left", key=f"family:{link.id}:left")
    answer(turn, turn.words("family.stopped" if links else "family.not_yours"))


def _say(
    turn: Turn,
    links: Iterable[Link],
    *,
    wanted: Wanted = "",
    told: dict[str, str] | None = None,
) -> None:
    week = weeks.week_of(turn.at.date())
    for link in links:
        turn.work.families.say(link, week, wanted=wanted, told=told)


# -- whoever looks after the child --------------------------------------------------------------


def _tell_keepers(turn: Turn, link: Link, what: str, *, key: str) -> None:
    """A card that names nobody; their day's number of reminders counts."""
    within = visits.within(turn, turn.rules.policy.rhythm.contact.heard_within)
    text = turn.words(what, what=turn.words(f"family.kind.{link.kind}"), count=within)
    look = button(turn.words("visit.look"), "child", str(link.child_id))
    about = (
        visits.about(link.child_id) if what in ("family.wants_talk", "family.worries") else None
    )
    now = Hour(at=turn.at, in_office=True)
    for keeper in turn.work.responsibilities.of_child(link.child_id):
        person = turn.work.deputies.deputy_of(keeper.person_id, turn.work.now) or keeper.person_id
        telling.tell_person(
            turn,
            person,
            note(turn, text, look),
            key=f"{key}:{person}",
            about=about,
            when=quiet.later(turn, person, GRADE, now),
        )


def _key_of(turn: Turn, link: Link, what: str) -> str:
    """Said twice on a day it is told once."""
    return f"family:{link.id}:{what}:{turn.at:%Y%m%d}"


# -- by the beat --------------------------------------------------------------------------------


def ask_all(turn: Turn) -> bool:
    """Put this week's question to the next few; True while there may be more."""
    contact, reminders = turn.rules.policy.rhythm.contact, turn.rules.policy.reminders
    if not contact.asks_at(turn.at) or reminders.loud(turn.at) != turn.at:
        return False
    week = weeks.week_of(turn.at.date())
    people = turn.work.families.to_ask(week, ASKED)
    for person in people:
        _ask(turn, person, week)
    return len(people) == ASKED


def _ask(turn: Turn, person: int, week: date) -> None:
    links = turn.work.families.of_person(person)
    asked = [one for one in links if not _is_paused(turn, one)]
    when = quiet.later(turn, person, GRADE, Hour(at=turn.at, in_office=True))
    if not asked or when.at.astimezone(turn.rules.zone).date() > week:
        turn.work.families.ask([one.id for one in links], week, "skipped")
        return
    turn.work.families.ask([one.id for one in links], week)
    kinds = {one.kind for one in asked}
    key = "family.ask.both" if len(kinds) > 1 else f"family.ask.{next(iter(kinds))}"
    telling.tell_person(
        turn,
        person,
        Card(text=turn.words(key), rows=tuple(_answers(asked, turn))),
        key=f"family:{person}:{week:%Y%m%d}",
        when=when,
    )


def _is_paused(turn: Turn, link: Link) -> bool:
    """While the parents are at home, nobody asks how the child is."""
    child = turn.work.children.meant(link.child_id)
    if child is None:
        return True
    today = turn.at.date()
    return any(
        one.first_day <= today <= one.last_day
        for one in turn.work.visits.pauses([child.id], [child.household_id])
    )


def close_weeks(turn: Turn) -> bool:
    """Weeks that ended without a word are silent; True while there may be more."""
    return weeks.is_on(turn) and turn.work.families.close_weeks(turn.at.date(), CLOSED)

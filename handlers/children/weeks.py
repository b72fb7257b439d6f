"""The weeks of a child's family in words: when the last word came, and what was said."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from conversation.cards import Action, Button
from handlers.turn import Turn
from handlers.visiting import planning, visits
from storage.children.families import Link, Week

#: Weeks that the child's file tells of.
SHOWN = 12


def is_on(turn: Turn) -> bool:
    """True where the county asks families."""
    return turn.rules.policy.rhythm.contact.on


def week_of(day: date) -> date:
    """The Sunday of a day's week: it names the week."""
    return day + timedelta(days=7 - day.isoweekday())


def menu(turn: Turn) -> tuple[tuple[Button, ...], ...]:
    """The button of the first screen of whoever is of a child's family."""
    if not is_on(turn) or not turn.work.families.of_person(turn.speaker.person_id):
        return ()
    return ((Button(label=turn.words("family.mine"), action=Action("family.mine")),),)


def in_file(turn: Turn, child_id: int) -> list[str]:
    """家里人：11月28日 报过平安; no line where nobody takes part."""
    links = turn.work.families.of_child(child_id) if is_on(turn) else ()
    came = [one for one in links if one.person_id is not None]
    return [turn.words("family.in_file", text=_standing(turn, came))] if came else []


def _standing(turn: Turn, links: Sequence[Link]) -> str:
    child_id, since = links[0].child_id, turn.at.date() - planning.HEARD_SINCE
    heard = turn.work.families.heard([child_id], since).get(child_id)
    if heard is not None and heard.wanted:
        return turn.words(f"family.wish.{heard.wanted}")
    if heard is not None and heard.silent:
        return turn.words("family.silent", count=heard.silent)
    told = turn.work.families.weeks([one.id for one in links], SHOWN)
    said = max(one.said_at for one in told if one.said_at is not None)
    return turn.words("family.well", when=day(turn, said))


def lines(turn: Turn, links: Sequence[Link], *, reads_notes: bool) -> list[str]:
    """A line a week, the newest first; what worried somebody only for whoever reads notes."""
    kinds = {one.id: one.kind for one in links}
    by_week: dict[date, list[Week]] = defaultdict(list)
    for one in turn.work.families.weeks([*kinds], SHOWN * len(kinds)):
        if one.state != "skipped":
            by_week[one.week].append(one)
    return [
        turn.words(
            "family.week",
            when=visits.say_day(turn, week),
            text=_week(turn, told, kinds, reads_notes=reads_notes),
        )
        for week, told in [*by_week.items()][:SHOWN]
    ]


def _week(turn: Turn, told: Sequence[Week], kinds: Mapping[int, str], *, reads_notes: bool) -> str:
    said = [
        _said(turn, kinds[one.link_id], one, reads_notes=reads_notes)
        for one in told
        if one.state == "told"
    ]
    waits = any(one.state == "asked" for one in told)
    return "；".join(said) or turn.words("family.waits_for" if waits else "family.no_word")


def _said(turn: Turn, kind: str, week: Week, *, reads_notes: bool) -> str:
    told, what = week.told, turn.words(f"family.kind.{kind}")
    wish = turn.words(f"family.wish.{week.wanted}") if week.wanted else ""
    if "call_long" in told:
        long = turn.words(f"family.long.{told['call_long']}")
        said = turn.words("family.told_call", what=what, when=told["call_on"], count=long)
    elif "fine" in told:
        said = turn.words("family.told_well", what=what)
    elif wish:
        said, wish = turn.words("family.told_wish", what=what, text=wish), ""
    else:
        said = turn.words("family.told_came", what=what)
    worry = told.get("call_what", "") if reads_notes else ""
    return "，".join(filter(None, (said, worry, wish)))


def day(turn: Turn, moment: datetime) -> str:
    """11月28日, where the county is."""
    return visits.say_day(turn, moment.astimezone(turn.rules.zone).date())

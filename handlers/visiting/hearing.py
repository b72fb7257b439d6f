"""What words tell of a visit, as answers of its form."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from conversation.dates import find_moment, parse_coming_date, parse_date, parse_moment, say_date
from handlers.turn import Turn
from policy.extraction import VisitCard, read_visit

#: What whoever answers such a question does not say once more: 婆婆和娃.
LEADING = {"people_met": "见到", "alone": "见到孩子，"}


def read(turn: Turn, text: str, names: Sequence[str] = ()) -> VisitCard:
    """The card of a paragraph; ``names`` are the children who may be meant."""
    extraction = turn.rules.policy.extraction
    return read_visit(text, turn.at.date(), names, extraction, _day_of, _coming_day_of)


def answers_in(turn: Turn, text: str, asked: str, *, met: bool) -> dict[str, str]:
    """What words to a question of a visit's form answer; ``met`` when somebody was met."""
    card = read(turn, LEADING.get(asked, "") + text)
    return answers_of(turn, text, replace(card, outcome="done") if met else card)


def answers_of(turn: Turn, text: str, card: VisitCard) -> dict[str, str]:
    """What a paragraph says, as answers; what it does not say is asked."""
    met = [*card.met, *(["child"] if card.seen or card.alone else [])]
    groups: dict[str, list[str]] = {}
    for key in card.hazards:
        groups.setdefault(key.split(".")[0], []).append(key.replace(".", "_"))
    found = {
        "went": card.outcome or "",
        "way_went": card.kind or "",
        "people_met": " ".join(met) if card.outcome == "done" else "",
        "alone": "yes" if card.alone else "",
        "worries": " ".join([*groups, *(["help"] if card.needs else [])]),
        "needs": " ".join(card.needs),
        "next_on": card.next_day.isoformat() if card.next_day else "",
        **{f"hazard_{group}": " ".join(keys) for group, keys in groups.items()},
    }
    if (at := _when(text, card, turn.at)) is not None:
        found["visit_at"] = at.isoformat(timespec="minutes")
    return {name: value for name, value in found.items() if value}


def _when(text: str, card: VisitCard, now: datetime) -> datetime | None:
    """The moment of the day that the paragraph means; None for now."""
    day = card.day or now.date()
    said = find_moment(text, now)
    if said is not None and said.date() == day and said <= now:
        return said
    return parse_moment(say_date(day, now.date()), now) if day < now.date() else None


def _day_of(phrase: str, today: date) -> date | None:
    return parse_date(phrase, today)


def _coming_day_of(phrase: str, today: date) -> date | None:
    return parse_coming_date(phrase, today)

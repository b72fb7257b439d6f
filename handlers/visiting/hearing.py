"""What words tell of a visit, as answers of its form."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from conversation.dates import find_moment, parse_coming_date, parse_date, parse_moment, say_date
from handlers.turn import Turn
from policy.extraction import VisitCard, read_visit

#: The name of the form.
VISIT = "visit"
#: 赵雨涵也在家: as it was with the child before.
ALSO = "也"
SEVERAL = 2
#: What may go otherwise than what was said before it.
CLAUSE = re.compile(r"[^，,。；;！!？?\s]+[，,。；;！!？?\s]*|[，,。；;！!？?\s]+")
#: Nothing became another, and nothing worries.
FINE = "fine"
#: What may stand behind a clause.
STOPS = "，,。；;！!～~ 的了啦哦啊\n"
#: What whoever answers such a question does not say once more: 婆婆和娃.
LEADING = {"people_met": "见到", "alone": "见到孩子，"}


def read(turn: Turn, text: str, names: Sequence[str] = ()) -> VisitCard:
    """The card of a paragraph; ``names`` are the children who may be meant."""
    extraction = turn.rules.policy.extraction
    return read_visit(text, turn.at.date(), names, extraction, _day_of, _coming_day_of)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one paragraph tells of some children, and its words."""

    text: str = field(repr=False)
    card: VisitCard


def parts(turn: Turn, text: str, names: Sequence[str]) -> tuple[Part, ...]:
    """A paragraph of several houses, cut where the next one went otherwise.

    王小明见到了，赵雨涵家锁门: two visits. What tells of no visit stays with the words before it.
    """
    whole = Part(text=text, card=read(turn, text, names))
    pieces = tuple(_pieces(turn, text, names))
    if len(pieces) < SEVERAL:
        return (whole,)
    found: list[Part] = []
    for piece in pieces:
        card = read(turn, piece, names)
        card = replace(card, day=card.day or whole.card.day)
        same = next((at for at, one in enumerate(found) if _goes_with(one.card, card)), None)
        if same is None:
            found.append(Part(text=piece, card=card))
        else:
            both = found[same].text + piece
            joined = read(turn, both, names)
            children = joined.children if card.tells else found[same].card.children
            found[same] = Part(text=both, card=replace(joined, children=children))
    return tuple(found)


def _pieces(turn: Turn, text: str, names: Sequence[str]) -> Iterator[str]:
    """The paragraph in pieces: each begins with a child of whom was not spoken just before."""
    piece, told = "", set[int]()
    for clause in CLAUSE.findall(text):
        here = {one.child for one in read(turn, clause, names).children}
        goes_on = ALSO in clause or here <= told
        if here and told and not goes_on and _tells(turn, piece, names):
            yield piece
            piece, told = "", set()
        piece, told = piece + clause, told | here
    if piece:
        yield piece


def _tells(turn: Turn, piece: str, names: Sequence[str]) -> bool:
    return read(turn, piece, names).tells


def _goes_with(one: VisitCard, other: VisitCard) -> bool:
    """True for what is one visit of several children, or tells of none."""
    if not other.tells:
        return True
    kinds = {one.kind, other.kind} - {None}
    return one.outcome == other.outcome and len(kinds) <= 1


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
    if card.outcome == "done" and not found["worries"] and says_fine(turn, text):
        found["visit_well"] = FINE
    if (at := _when(text, card, turn.at)) is not None:
        found["visit_at"] = at.isoformat(timespec="minutes")
    return {name: value for name, value in found.items() if value}


def says_fine(turn: Turn, text: str) -> bool:
    """True for words that end so: 都好, 没什么事. Who goes on has something to tell."""
    last = next(reversed(CLAUSE.findall(text)), "")
    fine: tuple[str, ...] = tuple(turn.rules.words.listed("checkin.say_fine"))
    end: str = last.rstrip(STOPS)
    return end.endswith(fine)


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

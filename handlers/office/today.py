"""今日: how much of what needs the speaker now; each number opens its list."""

from dataclasses import dataclass

from conversation.cards import Button
from handlers import desk
from handlers.cases import cases
from handlers.children import keeping, register
from handlers.office import cases as office_cases
from handlers.office import children, claims, hands, missing, staff
from handlers.turn import Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """One number: its key in the words of the page, and how many."""

    key: str
    count: int
    #: True for what is wrong as long as it is not nothing.
    bad: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """What needs the speaker."""

    numbers: tuple[Number, ...]
    #: The most urgent of their cases.
    cases: tuple[office_cases.Line, ...]
    waiting: tuple[Button, ...]


#: Cases on the first page.
SHOWN = 10
#: Which cases are counted, and whether any of them is a bad sign.
WANTED = (
    ("mine", False),
    ("late", True),
    ("today", False),
    ("new", False),
    ("unclaimed", True),
)


def now(turn: Turn) -> Today:
    """What needs the speaker now, as far as their posts go."""
    found = office_cases.listed(turn, office_cases.Asked()) if cases.has_cases(turn) else ()
    numbers: list[Number] = []
    if cases.has_cases(turn):
        for only, bad in WANTED:
            count = sum(office_cases.ONLY[only](turn, case) for case in found)
            numbers.append(Number(key=only, count=count, bad=bad))
    if register.sees_register(turn):
        numbers.append(Number(key="visits", count=children.late_visits(turn), bad=True))
    for key, count in missing.now(turn).items():
        if count or not cases.has_cases(turn):  # a school has nothing else to see
            numbers.append(Number(key=key, count=count, bad=key == "suspected"))
    if keeping.keeps(turn):
        numbers.append(Number(key="gaps", count=hands.gaps(turn).count, bad=True))
    if staff.may(turn):
        count = len(staff.found(turn, staff.Asked(unreached=True)))
        numbers.append(Number(key="unreached", count=count, bad=True))
    if claims.may(turn) and (count := claims.waiting(turn)):
        numbers.append(Number(key="claims", count=count, bad=False))
    return Today(
        numbers=tuple(numbers),
        cases=office_cases.lines(turn, found[:SHOWN]),
        waiting=tuple(button for row in desk.waiting(turn) for button in row),
    )

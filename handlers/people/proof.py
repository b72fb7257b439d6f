"""Whether somebody must say six digits of their authenticator app first, and whether they did."""

from handlers.saying import answer
from handlers.turn import Turn

#: Buttons that open who a child is that is not one's own: pages ask for the digits before them.
GUARDED = frozenset(
    {"child.look", "child.dispute", "paper.make", "roster.doubts", "transfer", "twin"}
)


def is_asked(turn: Turn) -> bool:
    """True where the county asks for them: for names, exports and configuration."""
    return bool(turn.rules.policy.limits["authenticator_asked"])


def is_given(turn: Turn) -> bool:
    """True where nothing is asked, or where they were said at this browser a moment ago."""
    return turn.is_proven or not is_asked(turn)


def is_missing(turn: Turn) -> bool:
    """True where they must be said first; the way to where they are said is told."""
    if is_given(turn):
        return False
    answer(turn, turn.words("authenticator.first"))
    return True

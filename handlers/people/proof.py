"""Whether somebody must say six digits of their authenticator app first, and whether they did."""

from handlers.turn import Turn

#: Buttons of pages that are asked about before they do anything: a file that is not one's own.
GUARDED = frozenset({"child.look"})


def is_asked(turn: Turn) -> bool:
    """True where the county asks for them: for names, exports and configuration."""
    return bool(turn.rules.policy.limits["authenticator_asked"])


def is_given(turn: Turn) -> bool:
    """True where nothing is asked, or where they were said at this browser a moment ago."""
    return turn.is_proven or not is_asked(turn)

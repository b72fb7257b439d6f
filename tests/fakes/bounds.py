"""What chat pages may bring in a while, as our own tables say."""

from datetime import UTC, datetime

from bot.settings import HOME
from bot.site.chat import Bounds
from policy.tables import load_policy


def bounds() -> Bounds:
    """By the clock of the machine."""
    limits = load_policy(HOME / "policy").limits
    return Bounds(limits=lambda: limits, now=lambda: datetime.now(UTC))

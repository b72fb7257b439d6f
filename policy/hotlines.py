"""Whom to ring: the numbers that every county has, and its own."""

from dataclasses import dataclass

#: Always shown, and before all others: a child in danger needs these two.
FIRST = ("110", "120")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hotline:
    """A number and what it is for."""

    number: str
    what: str

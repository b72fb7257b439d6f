"""Statements over the rows of a fact, in each of the ways in which places are named to them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ARRAY, BigInteger, any_, select

from storage.repository import given, listed, unindexed
from storage.tables import area_closure

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select

#: The places at or below some, and these alone.
BELOW_PLACES = select(area_closure.c.below_id).where(area_closure.c.above_id.in_(listed("places")))


@dataclass(frozen=True, slots=True)
class Raw:
    """A statement over the rows: of places and all below, of places alone, of hours of a county.

    The hours at the ends of a span are few rows of many places: their index begins with the time.
    PostgreSQL is told the places by their ids: of a query for them it thinks that they are many,
    and reads all of a year.
    """

    below: Select[Any]
    named: Select[Any]
    own: Select[Any]
    hours: Select[Any]


@dataclass(frozen=True, slots=True)
class Raws:
    """A statement over the rows, and the same without cases of which the reader must not hear."""

    whole: Raw
    #: None where it is about no cases.
    without: Raw | None

    def of(self, hidden: Collection[int]) -> tuple[Raw, Mapping[str, object]]:
        """The one for a reader from whom these cases are hidden, and what it is given."""
        if hidden and self.without is not None:
            return self.without, {"hidden": [*hidden]}
        return self.whole, {}


def raw(
    statement: Select[Any],
    area: ColumnElement[int | None],
    is_hidden: ColumnElement[bool] | None = None,
) -> Raws:
    """The same for all of these ways."""
    return Raws(
        whole=_ways(statement, area),
        without=None if is_hidden is None else _ways(statement.where(~is_hidden), area),
    )


def _ways(statement: Select[Any], area: ColumnElement[int | None]) -> Raw:
    return Raw(
        below=statement.where(area.in_(BELOW_PLACES)),
        named=statement.where(area == any_(given("places", ARRAY(BigInteger())))),
        own=statement.where(area.in_(listed("places"))),
        hours=statement.where(unindexed(area, 0).in_(BELOW_PLACES)),
    )

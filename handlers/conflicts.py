"""Who must not hear of a report because it may be about them."""

import json
from collections.abc import Mapping

from handlers.turn import Turn
from policy.routing import seated
from storage.people import Role
from storage.reports import Report


def meant_by(turn: Turn, report: Report) -> frozenset[int]:
    """Workers of the place whom the report names, and those whose posts it suspects."""
    return meant_in(turn, report.area_id, json.loads(report.answers))


def meant_in(turn: Turn, area_id: int | None, said: Mapping[str, str]) -> frozenset[int]:
    """The same for some answers about a place."""
    if area_id is None:
        return frozenset()
    routing = turn.rules.policy.routing
    spared = routing.spare.get(said.get("suspect", ""), ())
    suspected = {
        held.person_id
        for role, area in seated(spared, area_id, turn.work.areas, routing)
        for held in turn.work.people.in_posts((role,), (area,))
    }
    return frozenset(suspected | named(turn, area_id, said.get("suspect_name", "")))


def named(turn: Turn, area_id: int, text: str) -> set[int]:
    """The workers of a place, and of those above it, whose whole name stands in the text.

    Of two who share a name both are meant: whoever is left out wrongly loses nothing by it.
    """
    said = "".join(text.split())
    if not said:
        return set()
    people = {post.person_id for post in workers(turn, area_id)}
    names = {person: "".join(turn.work.people.name_of(person).split()) for person in people}
    return {person for person, name in names.items() if name and name in said}


def workers(turn: Turn, area_id: int) -> tuple[Role, ...]:
    """Who holds a post in a place or above it."""
    above = [area.id for area in turn.work.areas.path(area_id)]
    return turn.work.people.in_posts([*turn.rules.policy.roles], above)

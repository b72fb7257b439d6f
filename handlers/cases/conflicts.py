"""Who must not hear of a report because it may be about them."""

import json
from collections.abc import Mapping

from handlers.turn import Turn
from policy.naming import Naming, spoken_of
from policy.routing import seated
from storage.people.person import Role
from storage.reporting.reports import Report


def meant_by(turn: Turn, report: Report) -> frozenset[int]:
    """Workers of the place whom the report names, and those whose posts it suspects."""
    return meant_in(turn, report.area_id, json.loads(report.answers))


def meant_in(turn: Turn, area_id: int | None, said: Mapping[str, str]) -> frozenset[int]:
    """The same for some answers about a place, also where it stands in the middle of a story."""
    if area_id is None:
        return frozenset()
    routing = turn.rules.policy.routing
    spared = routing.spare.get(said.get("suspect", ""), ())
    suspected = {
        held.person_id
        for role, area in seated(spared, area_id, turn.work.areas, routing)
        for held in turn.work.people.in_posts((role,), (area,))
    }
    told = said_of(turn, area_id, said)
    blamed = {person for person, kind in told.items() if kind in ("accused", "related")}
    return frozenset(suspected | blamed | named(turn, area_id, said.get("suspect_name", "")))


def said_of(turn: Turn, area_id: int, said: Mapping[str, str]) -> Mapping[int, Naming]:
    """How the answers of a report speak of workers of the place whom they name."""
    told = [value for key, value in said.items() if key != "suspect_name"]
    return spoken(turn, area_id, "\n".join(told))


def spoken(turn: Turn, area_id: int, text: str) -> Mapping[int, Naming]:
    """How a text speaks of the workers of a place, and of those above it, whom it names.

    Of two who share a name both are meant: whoever is left out wrongly loses nothing by it.
    """
    names = _names_in(turn, area_id, text)
    told = spoken_of(text, names.values())
    return {person: told[name] for person, name in names.items() if name in told}


def named(turn: Turn, area_id: int, text: str) -> set[int]:
    """The workers of a place, and of those above it, whose whole name stands in the text.

    Of two who share a name both are meant: whoever is left out wrongly loses nothing by it.
    """
    return {*_names_in(turn, area_id, text)}


def _names_in(turn: Turn, area_id: int, text: str) -> dict[int, str]:
    said = "".join(text.split())
    if not said:
        return {}
    people = {post.person_id for post in workers(turn, area_id)}
    called = turn.work.people.names_of(sorted(people))
    names = {person: "".join(name.split()) for person, name in called.items()}
    return {person: name for person, name in names.items() if name and name in said}


def readers(turn: Turn, area_id: int) -> set[int]:
    """Who may read the reports of a place."""
    roles = turn.rules.policy.roles
    posts = workers(turn, area_id)
    return {post.person_id for post in posts if roles[post.role].reads_reports}


def workers(turn: Turn, area_id: int) -> tuple[Role, ...]:
    """Who holds a post in a place or above it."""
    above = [area.id for area in turn.work.areas.path(area_id)]
    return turn.work.people.in_posts([*turn.rules.policy.roles], above)

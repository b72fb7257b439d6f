"""Settles the demo: its folder, its county and its people, once."""

import tomllib
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path

from bot.channels.webchat import address_of
from bot.commands.words import words
from bot.settings import Settings
from bot.site.sessions import DemoPerson
from bot.tables.tables import read_areas
from policy.areas import AreaTree
from storage.store import Store
from storage.work import Work

COUNTY = Path(__file__).parent / "county"
NAME = "云岭县"


def settings(given: Settings) -> Settings:
    """The demo's own database and keys, below the folder where it was started, and its county."""
    return given.model_copy(
        update={
            "database_url": "sqlite:///data/demo.db",
            "key_file": Path("data-keys/demo.keys"),
            "telegram_token": None,
            "county": given.county or COUNTY,
        }
    )


def settle(store: Store) -> tuple[DemoPerson, ...]:
    """The people of the demo; the county and whoever is new are put into the store."""
    described = _described()
    if not store.read(lambda reading: reading.places.version()).result():
        rows = read_areas(COUNTY / "areas.xlsx", words, NAME)
        store.write(lambda work: work.places.replace(rows)).result()
    store.write(lambda work: _people(work, described)).result()
    return tuple(
        DemoPerson(
            key=one["key"],
            label=one["label"],
            session=_session(one),
            has_desk=one.get("desk", "") == "yes",
        )
        for one in described
    )


def _people(work: Work, described: Sequence[Mapping[str, str]]) -> None:
    for one in described:
        address = address_of(_session(one))
        is_new = work.people.speaker("web", address) is None
        met = work.people.meet("web", address)
        if is_new and "role" in one:
            work.people.set_name(met.person_id, one["name"])
            work.people.add_role(met.person_id, one["role"], _area(work.areas, one["area"]))


def _area(tree: AreaTree, name: str) -> int:
    found = [root.id for root in tree.roots() if root.name == name]
    return found[0] if found else tree.search(name)[0].id


def _session(one: Mapping[str, str]) -> str:
    return f"demo-{one['key']}"


def _described() -> list[dict[str, str]]:
    text = resources.files("bot.demo").joinpath("people.toml").read_text("utf-8")
    people: list[dict[str, str]] = tomllib.loads(text)["person"]
    return people

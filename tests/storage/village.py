"""A place with people, for tests of the register."""

from dataclasses import dataclass

from policy.areas import AreaRow
from storage.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Village:
    """Ids of places and people."""

    county: int
    town: int
    village: int
    group: int
    #: A group of another township.
    elsewhere: int
    #: Child director of the village, a responsible cadre, another one, and the supervisor.
    director: int
    cadre: int
    other: int
    boss: int


def settled(work: Work) -> Village:
    """云岭县 with two townships; everybody can be reached."""
    rows = [
        AreaRow(id=1, parent_id=None, kind="county", name="云岭县"),
        AreaRow(id=2, parent_id=1, kind="town", name="青石镇"),
        AreaRow(id=3, parent_id=2, kind="village", name="河湾村"),
        AreaRow(id=4, parent_id=3, kind="group", name="一组"),
        AreaRow(id=5, parent_id=1, kind="town", name="白水镇"),
        AreaRow(id=6, parent_id=5, kind="village", name="大塘村"),
        AreaRow(id=7, parent_id=6, kind="group", name="二组"),
    ]
    kept = work.places.replace(rows)
    county, town, village, group, elsewhere = (kept[one] for one in (1, 2, 3, 4, 7))
    return Village(
        county=county,
        town=town,
        village=village,
        group=group,
        elsewhere=elsewhere,
        director=worker(work, "director", "child_director", village),
        cadre=worker(work, "cadre", "responsible", village),
        other=worker(work, "other", "responsible", village),
        boss=worker(work, "boss", "child_supervisor", town),
    )


def worker(work: Work, name: str, role: str, area_id: int) -> int:
    """Somebody with a post who can be reached."""
    person = work.people.meet("web", name).person_id
    if not work.people.roles(person):
        work.people.add_role(person, role, area_id)
    return person
